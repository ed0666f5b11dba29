//! Tags and pictures on their way from the source's container to the result's.
//!
//! They are a courtesy: whatever is wrong with them, the conversion goes on and the report says
//! what was left behind.

mod asf;
mod read;
mod write;

use lofty::tag::Tag;

use crate::receipt::TagReport;

pub(crate) use read::read;
pub(crate) use write::write;

/// What a source says about itself, in no container's terms.
#[derive(Default)]
pub(crate) struct Found {
    /// Fields that lofty knows by meaning, and pictures.
    known: Option<Tag>,
    /// Fields that somebody named freely: name and value.
    custom: Vec<(String, String)>,
    report: TagReport,
}

/// Tags in the forms that the targets need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags {
    /// A whole `ID3v2` tag, or nothing.
    pub(crate) id3v2: Vec<u8>,
    /// A RIFF `LIST` chunk of type `INFO`, or nothing.
    pub(crate) riff_info: Vec<u8>,
    /// Vorbis comments.
    pub(crate) comments: Vec<(String, String)>,
    /// Attributes of ASF.
    pub(crate) asf: Vec<wma::asf::Attribute>,
    /// What was carried and what was not.
    pub(crate) report: TagReport,
}
