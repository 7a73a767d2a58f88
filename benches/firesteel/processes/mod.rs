//! What executors in processes of their own cost.
//!
//! Each program is a child of this executable, whose executors are again processes of it.

mod loss;
mod shuffle;
mod start;
mod tasks;
mod word_count;

pub(crate) use loss::{child as loss_child, killed, killed_child, run as loss};
pub(crate) use shuffle::{child as shuffle_child, run as shuffle};
pub(crate) use start::{child as start_child, run as start};
pub(crate) use tasks::{noop_tasks, one_task_job};
pub(crate) use word_count::run as word_count;

/// Two executors of a thread each.
const MASTER: &str = "local-cluster[2,1,512]";
/// The same with more memory.
const LARGE_MASTER: &str = "local-cluster[2,1,1024]";

/// Prints an answer as one line of JSON.
fn print(answer: &impl serde::Serialize) -> super::context::Outcome {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    writeln!(out)?;
    Ok(())
}
