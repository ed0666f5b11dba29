//! What the library answers when it refuses.

/// An error code of the FDK encoder (`AACENC_ERROR` in `aacenc_lib.h`), and the call it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What was asked of the library.
    pub call: &'static str,
    /// The code, such as 0x23 for an invalid configuration.
    pub code: u32,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FDK AAC encoder: {} gave {:#x}", self.call, self.code)
    }
}

impl std::error::Error for Error {}
