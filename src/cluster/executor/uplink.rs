//! The way to the driver.

use std::sync::{Mutex, PoisonError};

use firesteel_actors::{
    carrier::{Link, Observed, Observer},
    message::{Addressed, DriverEndpointMessage, ExecutorLossReason, Head, Message},
};

use crate::{
    cluster::{
        executor::flusher::Flusher,
        protocol::{self, FromExecutorRef},
    },
    executor::ExecutorExit,
    transport::Sender,
};

/// Bytes of a buffer that are kept.
const ROOM: usize = 64 << 10;

/// Writes to the driver. Frames leave in the order of the calls.
pub(super) struct Uplink {
    sender: Sender,
    flusher: Flusher,
    out: Mutex<Vec<u8>>,
    /// Why the executor has given up, if it has.
    gave_up: Mutex<Option<ExecutorExit>>,
}

impl Uplink {
    pub(super) fn new(sender: Sender) -> std::io::Result<Self> {
        let flusher = Flusher::start(sender.clone())?;
        Ok(Uplink { sender, flusher, out: Mutex::default(), gave_up: Mutex::default() })
    }

    /// `is_urgent`: it does not wait for the next one.
    fn write(&self, frame: &FromExecutorRef<'_>, is_urgent: bool) -> bool {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = protocol::write(frame, &mut out) {
            tracing::error!("a message to the driver cannot be written: {error}");
            return false;
        }
        let sent = if is_urgent { self.sender.send(&out) } else { self.sender.send_later(&out) };
        // One large frame must not keep its room.
        out.shrink_to(ROOM);
        drop(out);
        if !is_urgent {
            self.flusher.note();
        }
        sent.is_ok()
    }

    /// Why the executor has given up, if it has.
    pub(super) fn gave_up(&self) -> Option<ExecutorExit> {
        *self.gave_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the connection in order, when all has been written.
    pub(super) fn close(&self) {
        self.sender.close();
    }
}

impl Link for Uplink {
    fn send(&self, head: &Head, addressed: &Addressed) -> bool {
        if let Message::DriverEndpoint(DriverEndpointMessage::RemoveExecutor(remove)) = &addressed.message
            && let ExecutorLossReason::ExecutorExited { exit_code, .. } = remove.reason
        {
            let exit = ExecutorExit::of_code(exit_code);
            self.gave_up.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(exit);
        }
        self.write(&FromExecutorRef::Message(head, addressed.message.as_ref()), !may_wait(&addressed.message))
    }
}

/// That a task has started may be told with its end, if that comes soon: two messages for the price of one.
fn may_wait(message: &Message) -> bool {
    let Message::DriverEndpoint(DriverEndpointMessage::StatusUpdate(update)) = message else { return false };
    !update.status.is_terminal()
}

/// Shows the driver what is handled here.
impl Observer for Uplink {
    fn message(&self, observed: Observed<'_>) {
        self.write(&FromExecutorRef::Observed(observed.head, observed.handled, observed.message), false);
    }
}
