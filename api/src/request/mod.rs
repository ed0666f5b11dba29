//! What is common to all requests: their name, where they come from, what they carry, and the
//! record of them.

pub(crate) mod address;
pub(crate) mod body;
pub(crate) mod farewell;
pub(crate) mod id;
pub(crate) mod in_flight;
pub(crate) mod observe;
pub(crate) mod query;
pub(crate) mod unread;
