//! The driver's side: takes executors in, passes messages between them and the driver's actors, and sees to it that one that
//! is gone is gone for all.

mod admission;
mod cluster;
mod executors;
mod incoming;
mod link;
mod manager;
mod server;

pub(super) use admission::VERSION;
pub(crate) use cluster::{Cluster, ClusterSettings, FailJobs, MakeFleet, Route};
pub(crate) use executors::Executors;
#[cfg(test)]
pub(in crate::cluster) use incoming::may_send;
