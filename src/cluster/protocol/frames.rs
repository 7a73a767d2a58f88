//! The frames of each direction.

use std::{net::SocketAddr, sync::Arc};

use firesteel_actors::{
    ExecutorId, Time,
    message::{Head, Message, MessageRef, StageTask},
};
use serde::{Deserialize, Serialize};

use super::{Hello, TaskLaunch, Welcome};
use crate::blocks::Notice;

/// What a driver writes.
#[derive(Debug, Serialize)]
#[serde(rename = "ToExecutor")]
pub(in crate::cluster) enum ToExecutorRef<'a> {
    Welcome(&'a Welcome),
    Refused(&'a str),
    Message(&'a Head, &'a Message),
    Stage(u8, &'a StageTask),
    Launch(&'a Head, &'a TaskLaunch),
    Tokens(&'a Head, &'a [u8]),
    ExecutorAdded(ExecutorId, SocketAddr),
    ExecutorLost(ExecutorId, &'a str),
    Notice(&'a Notice),
}

/// What an executor reads.
#[derive(Debug, Deserialize)]
pub(in crate::cluster) enum ToExecutor {
    /// It is taken.
    Welcome(Welcome),
    /// It is not, for this reason.
    Refused(String),
    /// A message to its actor or its task threads.
    Message(Head, Message),
    /// What the tasks that name this slot have in common; replaces what was there.
    Stage(u8, Arc<StageTask>),
    /// LaunchTask, without what it has in common with others.
    Launch(Head, TaskLaunch),
    /// UpdateDelegationTokens, whose bytes its own encoding hides.
    Tokens(Head, Vec<u8>),
    /// Another executor, and its block server.
    ExecutorAdded(ExecutorId, SocketAddr),
    /// Another executor is gone, and why: what waits for it waits in vain.
    ExecutorLost(ExecutorId, String),
    /// What becomes of data that executors keep.
    Notice(Notice),
}

/// What an executor writes.
#[derive(Debug, Serialize)]
#[serde(rename = "FromExecutor")]
pub(in crate::cluster) enum FromExecutorRef<'a> {
    Hello(&'a Hello),
    Message(&'a Head, MessageRef<'a>),
    Observed(&'a Head, Time, MessageRef<'a>),
}

/// What a driver reads.
#[derive(Debug, Deserialize)]
pub(in crate::cluster) enum FromExecutor {
    /// Its first frame.
    Hello(Hello),
    /// A message of its actor or its task threads.
    Message(Head, Message),
    /// A message that was handled at this time in the executor.
    Observed(Head, Time, Message),
}
