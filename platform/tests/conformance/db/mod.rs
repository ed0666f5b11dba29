//! The database: `SQLite` in a folder, and a database of its own on a real `PostgreSQL`.

mod again;
mod converters;
mod costs;
mod create;
mod delete;
mod ending;
mod engine;
mod given;
mod list;
mod objects;
mod observations;
mod observed;
mod observed_plans;
mod open;
mod outbox;
mod plans;
mod restart;
mod statements;
mod sweep;
mod time;
mod tokens;
mod traffic;
mod turns;
mod uploads;
mod users;
mod work;
