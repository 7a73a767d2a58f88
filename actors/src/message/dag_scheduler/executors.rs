//! Executors that come and go, and what they hold.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    ExecutorId, RddId,
    message::{ExecutorLossReason, ids_of},
};

/// A new executor offered its cores for the first time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorAdded {
    /// Which.
    pub executor_id: ExecutorId,
    /// Its host.
    pub host: Arc<str>,
}

/// An executor is gone, and with it the map outputs that it held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutorLost {
    /// Which.
    pub executor_id: ExecutorId,
    /// Why.
    pub reason: ExecutorLossReason,
}

/// A worker is gone with its host, and with it the map outputs there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkerRemoved {
    /// Which.
    pub worker_id: Arc<str>,
    /// Its host.
    pub host: Arc<str>,
    /// What is known.
    pub message: String,
}

/// A cached partition came or went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockUpdated {
    /// The RDD.
    pub rdd_id: RddId,
    /// Its partition.
    pub partition_id: u32,
    /// Where it is cached, or no longer is.
    pub executor_id: ExecutorId,
    /// Whether it is there now.
    pub is_cached: bool,
}

ids_of! {
    ExecutorAdded: executor = executor_id;
    ExecutorLost: executor = executor_id;
    WorkerRemoved;
    BlockUpdated: partition = partition_id, executor = executor_id, note = is_cached ? "cached" : "gone";
}
