//! Why a stream can't be decoded.

use std::borrow::Cow;

/// Why a stream or a packet of it could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What the bytes say contradicts the format.
    #[error("{what} at bit {bit}")]
    Corrupt {
        /// What is wrong.
        what: &'static str,
        /// Where, in bits from the start of the packet or header in question.
        bit: u64,
    },
    /// The bytes are in order, but of a kind that is not decoded here.
    #[error("{0} is not supported")]
    Unsupported(Cow<'static, str>),
}
