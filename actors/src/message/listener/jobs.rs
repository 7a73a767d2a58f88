//! Events of jobs.

use serde::{Deserialize, Serialize};

use super::StageInfo;
use crate::{
    JobId, Time,
    error::JobError,
    message::{Properties, ids_of},
};

/// A job started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobStart {
    /// Which.
    pub job_id: JobId,
    /// When.
    pub time: Time,
    /// Its stages; those that will be skipped as well.
    pub stages: Vec<StageInfo>,
    /// Its properties.
    pub properties: Properties,
}

/// A job ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobEnd {
    /// Which.
    pub job_id: JobId,
    /// When.
    pub time: Time,
    /// Why it failed, if it did.
    pub error: Option<JobError>,
}

ids_of! {
    JobStart: job = job_id;
    JobEnd: job = job_id, note = error.is_some() ? "JobFailed" : "JobSucceeded";
}
