//! Why a file could not be read or written.

use std::io;

/// A failure of the container's reader or writer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes don't start with an ASF header.
    #[error("not an ASF file")]
    NotAsf,
    /// The header says that the content is encrypted.
    #[error("the content is encrypted (DRM)")]
    Protected,
    /// There is no audio among the streams.
    #[error("no audio stream")]
    NoAudio,
    /// The file ends within its header or within a data packet.
    #[error("the file ends at byte {offset}, within its {part}")]
    Truncated {
        /// Where it ends, from its start.
        offset: u64,
        /// What is cut: `header` or `data packet`.
        part: &'static str,
    },
    /// Something contradicts the format.
    #[error("{what} at byte {offset}")]
    Damaged {
        /// Where, from the start of the file.
        offset: u64,
        /// What, as a noun phrase.
        what: &'static str,
    },
    /// What is to be written does not fit into the format's fields.
    #[error("{0} does not fit into ASF")]
    TooLarge(&'static str),
    /// The operating system could not read.
    #[error("the input can't be read")]
    Read(#[source] io::Error),
    /// The operating system could not write.
    #[error("the output can't be written")]
    Write(#[source] io::Error),
}

impl Error {
    pub(super) fn damaged(offset: u64, what: &'static str) -> Self {
        Self::Damaged { offset, what }
    }
}
