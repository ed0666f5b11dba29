//! What every tier stands on: configuration, telemetry, and the seams to the outside, which are
//! the database, the bucket, the queue and the mail system.

mod address;
pub mod bucket;
pub mod check;
pub mod clock;
pub mod config;
pub mod db;
pub mod digest;
pub mod dispatch;
pub mod id;
pub mod link;
pub mod mail;
pub mod monitor;
pub mod problem;
pub mod queue;
pub mod seams;
pub mod secret;
pub mod task;
pub mod telemetry;
