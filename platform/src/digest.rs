//! Checksums of uploads and results, by which clients and caches recognise them.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// A SHA-256 (FIPS 180-4) being taken.
#[derive(Debug, Clone, Default)]
pub struct Checksum(Sha256);

impl Checksum {
    /// Takes further bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum as 64 hexadecimal digits.
    #[must_use]
    pub fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What stands in place of a SHA-256 for an upload whose bytes went past us and were not hashed: as
/// good for telling whether two are the same, since such an upload is used once and never changes.
#[must_use]
pub fn of_unhashed(upload: uuid::Uuid) -> String {
    format!("upload-{upload}")
}

/// Whether this is a SHA-256, and not what stands in its place.
pub(crate) fn is_sha256(digest: &str) -> bool {
    digest.len() == 64 && digest.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_abc_is_that_of_the_standard() {
        let mut checksum = Checksum::default();
        checksum.update(b"a");
        checksum.update(b"bc");
        assert_eq!(
            checksum.finish(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_stands_in_for_a_checksum_is_told_from_one() {
        assert!(is_sha256(&Checksum::default().finish()));
        assert!(!is_sha256(&of_unhashed(uuid::Uuid::nil())));
    }
}
