//! What the embedding program gets as answers.

use serde::{Deserialize, Serialize};

use super::{ExplainSubject, Reason, ids_of, messages};
use crate::JobId;

messages! {
    /// What the embedding program gets as answers.
    HostMessage {
        /// Why something is not running, or ran again.
        Explanation(boxed),
        /// Which jobs were cancelled.
        JobsCancelled,
    }
}

/// The answer to ExplainJob.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The number of the question.
    pub request: u64,
    /// What it was about.
    pub subject: ExplainSubject,
    /// The reasons, the most telling first.
    pub reasons: Vec<Reason>,
}

/// The answer to JobTagCancelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobsCancelled {
    /// The number of the question.
    pub request: u64,
    /// The jobs that had the tag, by id; cancelled when this comes.
    pub job_ids: Vec<JobId>,
}

ids_of! {
    Explanation: count = reasons.len();
    JobsCancelled: count = job_ids.len();
}
