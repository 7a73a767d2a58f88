//! The way to the driver.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use firesteel_actors::{
    carrier::{Link, Observed, Observer},
    message::{
        Addressed, DriverEndpointMessage, ExecutorLossReason, Head, Message, MessageRef, StatusUpdate,
    },
};
use rmp_serde::encode::Error as EncodeError;

use crate::{
    cluster::{
        executor::flusher::Flusher,
        protocol::{self, FromExecutorRef},
        too_large::too_large,
    },
    executor::ExecutorExit,
    transport::{Sender, TransportError},
};

/// Bytes of a buffer that are kept.
const ROOM: usize = 64 << 10;

/// Writes to the driver. Frames leave in the order of the calls.
pub(super) struct Uplink {
    sender: Sender,
    flusher: Flusher,
    /// A message is queued, which does not wait for the next: that a task has started has to be known before its code can end
    /// the process.
    is_urgent: AtomicBool,
    out: Mutex<Vec<u8>>,
    /// Why the executor has given up, if it has.
    gave_up: Mutex<Option<ExecutorExit>>,
}

impl Uplink {
    pub(super) fn new(sender: Sender) -> std::io::Result<Self> {
        let flusher = Flusher::start(sender.clone())?;
        Ok(Uplink {
            sender,
            flusher,
            is_urgent: AtomicBool::new(false),
            out: Mutex::default(),
            gave_up: Mutex::default(),
        })
    }

    /// Puts a frame behind those before.
    fn queue(
        &self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), TransportError> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = match write(&mut out) {
            Ok(()) => self.sender.send_later(&out),
            Err(error) => {
                tracing::error!("a message to the driver cannot be written: {error}");
                Ok(())
            }
        };
        // One large frame must not keep its room.
        out.clear();
        out.shrink_to(ROOM);
        sent
    }

    fn queue_message(&self, head: &Head, message: MessageRef<'_>) -> Result<(), TransportError> {
        self.queue(|out| protocol::write(&FromExecutorRef::Message(head, message), out))
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
        let mut queued = self.queue_message(head, addressed.message.as_ref());
        if let (Err(TransportError::TooLong { length, limit }), Message::DriverEndpoint(message)) =
            (&queued, &addressed.message)
            && let DriverEndpointMessage::StatusUpdate(update) = message
        {
            // It must hear of the end of a task.
            let problem = format!("what the task sends back has {length} bytes, where {limit} are allowed");
            let update = StatusUpdate { status: too_large(problem), ..update.clone() };
            queued = self.queue_message(head, (&DriverEndpointMessage::from(update)).into());
        }
        self.is_urgent.store(true, Ordering::Relaxed);
        queued.is_ok()
    }

    fn flush(&self) {
        if self.is_urgent.swap(false, Ordering::Relaxed) {
            self.sender.flush();
        }
    }
}

/// Shows the driver what is handled here.
impl Observer for Uplink {
    fn message(&self, observed: Observed<'_>) {
        let Observed { head, handled, message } = observed;
        let observed = FromExecutorRef::Observed(head, handled, message);
        self.queue(|out| protocol::write_to_be_seen(&observed, out)).ok();
        self.flusher.note();
    }
}
