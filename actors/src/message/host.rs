//! What the embedding program gets as answers.

use serde::{Deserialize, Serialize};

use super::{ExplainSubject, Reason, ids_of, messages};

messages! {
    /// What the embedding program gets as answers.
    HostMessage {
        /// Why something is not running, or ran again.
        Explanation(boxed),
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

ids_of! {
    Explanation: count = reasons.len();
}
