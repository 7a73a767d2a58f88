//! The executor's side: comes to the driver, runs tasks until it is told to stop or the driver is gone.

mod application;
mod cleaner;
mod data;
mod flusher;
mod hello;
mod incoming;
mod run;
mod uplink;

pub(crate) use run::run_executor;
