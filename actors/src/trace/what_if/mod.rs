//! What if: at a moment of a recording something else happens, and the run goes on without the recording.
//!
//! The cores go on as they are, with all that was on its way. Around them is a model: tasks take as long and end as the
//! recording says of the same partition and attempt, else as long as the median of their stage, and succeed; results
//! are decoded, executors answered, jobs submitted and executors started and removed as the recording has it. The model
//! does not ask in a task's name (for a commit, a barrier, map outputs), and connections have one delay.
//!
//! So what comes out is a likely run, not a certain one. The same question gets the same answer.

mod branch;
mod model;
mod outcome;
#[cfg(test)]
mod tests;

pub use outcome::{JobOutcome, Outcome, WhatIf};

use std::time::Duration;

use super::{Messages, NoSuchMessage, Replay, ReplayError, Setup};
use crate::{
    ActorId,
    message::{Message, MessageId},
};
use branch::Branch;

/// What is otherwise than recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// This message is lost.
    Drop(MessageId),
    /// This message comes later than it did.
    Delay(MessageId, Duration),
    /// Another message comes, when this one has been handled.
    Inject {
        /// Behind which message.
        after: MessageId,
        /// To whom.
        to: ActorId,
        /// What it says.
        message: Box<Message>,
    },
    /// Nothing: shows how far the model is from what was recorded.
    Nothing {
        /// From here on.
        after: MessageId,
    },
}

impl Change {
    /// The message at which recording and branch part, and whether it is handled before that.
    fn moment(&self) -> (MessageId, bool) {
        match self {
            Change::Drop(id) | Change::Delay(id, _) => (*id, false),
            Change::Inject { after, .. } | Change::Nothing { after } => (*after, true),
        }
    }
}

/// Lets a run go on otherwise than it was recorded.
///
/// # Errors
/// [`ReplayError`] if the recording cannot be replayed up to there, or an actor panics in the run that comes instead.
pub fn what_if(setup: Setup, recorded: &Messages, change: &Change) -> Result<WhatIf, ReplayError> {
    let (id, is_handled) = change.moment();
    let record = recorded.get(id).ok_or(NoSuchMessage::Named(id))?;
    let place = record.number + u64::from(is_handled);
    let mut replay = Replay::new(setup);
    for record in recorded.iter().take_while(|record| record.number < place) {
        replay.take(record.clone())?;
    }
    let mut branch = Branch::new(replay, recorded, place);
    if !branch.change(change, record) {
        return Err(ReplayError::Modelled { id: id.to_string(), from: record.from() });
    }
    let messages = branch.run()?;
    Ok(WhatIf { parts_at: place, recorded: Outcome::of(recorded), branch: Outcome::of(&messages), messages })
}
