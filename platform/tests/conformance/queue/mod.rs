//! The queue: what each kind does alike, and what only a broker can go through.

mod backend;
mod broker;
mod garbage;
mod jobs;
mod limits;
mod open;
mod outage;
mod pings;
mod proxy;
mod restart;
