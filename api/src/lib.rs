//! The HTTP tier: accounts, uploads, tasks, downloads, health, and the web page.
//!
//! [`Server`] is the whole interface. Within, every module owns its routes and `routes` is the
//! index of them; `problem` is the one table of what can go wrong.

mod auth;
mod docs;
mod endpoint;
mod files;
mod health;
mod limits;
mod openapi;
mod page;
mod problem;
mod request;
mod routes;
mod server;
mod state;
mod tasks;
mod uploads;

pub use problem::{Description, codes};
pub use server::{Server, ServerError};
