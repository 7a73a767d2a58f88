//! Carriers: what moves messages between cores. Cores and messages are the same on each.
//!
//! [`actix`] is the one for production: one arbiter thread for all actors, task threads, a pool that decodes
//! results, a timer thread. [`ExecutorSystem`] is that of an executor in a process of its own; a [`Link`] connects the two.
//! [`sim_loop`] is a deterministic loop with a virtual clock, for tests.

pub mod actix;
mod application;
mod asker;
mod bounded_thread;
mod control_plane;
mod deliver;
mod door;
mod executor;
mod executor_spec;
mod link;
mod panic_text;
mod port;
pub mod sim_loop;
mod spin;
mod stop_report;
mod task_control;
mod task_threads;
mod timer_thread;
mod work_queue;

pub(crate) use actix::{decode_reply, getting};
pub use application::{Application, ResultError};
pub use asker::AskError;
pub use bounded_thread::BoundedThread;
pub(crate) use control_plane::ControlPlane;
pub(crate) use door::{Door, Sender, span};
pub use door::{Observed, Observer, Subscription};
pub use executor::ExecutorSystem;
pub use executor_spec::ExecutorSpec;
pub use link::Link;
pub use panic_text::panic_text;
pub use port::{Port, SystemHandle};
pub use stop_report::{StopReport, StuckTask};
pub use task_control::TaskControl;
pub(crate) use task_threads::run_caught;
