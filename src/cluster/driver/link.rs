//! The way to one executor.

use std::{
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use firesteel_actors::{
    ExecutorId,
    message::{Addressed, ExecutorBackendMessage, Head, Message, TaskDescription},
};
use serde::Serialize;

use crate::{
    ExecutorInfo,
    blocks::Notice,
    cluster::protocol::{self, StageSlots, TaskLaunch, ToExecutorRef},
    transport::{Sender, TransportError},
};

/// Writes to one executor. Frames leave in the order of the calls.
pub(super) struct ExecutorLink {
    pub(super) info: ExecutorInfo,
    /// Its block server.
    pub(super) blocks: SocketAddr,
    sender: Sender,
    out: Mutex<Out>,
}

#[derive(Default)]
struct Out {
    frame: Vec<u8>,
    stages: StageSlots,
}

impl ExecutorLink {
    pub(super) fn new(info: ExecutorInfo, blocks: SocketAddr, sender: Sender) -> Self {
        ExecutorLink { info, blocks, sender, out: Mutex::default() }
    }

    pub(super) fn executor_id(&self) -> ExecutorId {
        self.info.executor_id
    }

    /// Sends a message to the executor's actor or its task threads.
    pub(super) fn send(&self, head: &Head, addressed: &Addressed) -> Result<(), Unsent> {
        let mut out = self.lock();
        match &addressed.message {
            Message::ExecutorBackend(ExecutorBackendMessage::LaunchTask(launch)) => {
                self.launch(&mut out, head, &launch.task)
            }
            Message::ExecutorBackend(ExecutorBackendMessage::UpdateDelegationTokens(update)) => {
                self.queue(&mut out, &ToExecutorRef::Tokens(head, update.tokens.expose()))
            }
            message => self.queue(&mut out, &ToExecutorRef::Message(head, message)),
        }?;
        // Others may write meanwhile, what they say goes with this.
        drop(out);
        self.sender.flush();
        Ok(())
    }

    fn launch(&self, out: &mut Out, head: &Head, task: &TaskDescription) -> Result<(), Unsent> {
        let (slot, is_new) = out.stages.of(&task.stage);
        if is_new && let Err(unsent) = self.queue(out, &ToExecutorRef::Stage(slot, &task.stage)) {
            // It was not told.
            out.stages.forget(&task.stage);
            return Err(unsent);
        }
        self.queue(out, &ToExecutorRef::Launch(head, &TaskLaunch::new(task, slot)))
    }

    /// Sends a frame that is no message.
    pub(super) fn tell(&self, frame: &ToExecutorRef<'_>) {
        let mut out = self.lock();
        if let ToExecutorRef::Notice(Notice::NoJobs) = frame {
            // The executor forgets them as well, between the same two messages.
            out.stages.clear();
        }
        if let Err(unsent) = self.queue(&mut out, frame) {
            tracing::debug!("cannot tell executor {}: {unsent}", self.executor_id());
        }
        drop(out);
        self.sender.flush();
    }

    fn lock(&self) -> MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame behind those before, to be written soon.
    fn queue(&self, out: &mut Out, frame: &impl Serialize) -> Result<(), Unsent> {
        let written =
            protocol::write(frame, &mut out.frame).map_err(|error| Unsent::Refused(error.to_string()));
        let sent = written.and_then(|()| self.sender.send_later(&out.frame).map_err(Unsent::of));
        // One large frame must not keep its room.
        out.frame.clear();
        out.frame.shrink_to(ROOM);
        sent
    }

    /// Ends the connection in order.
    pub(super) fn close(&self) {
        self.sender.close();
    }

    /// Ends the connection at once.
    pub(super) fn abort(&self) {
        self.sender.abort();
    }
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    /// The connection has ended, or is about to: its reader tells.
    #[error("the connection has ended")]
    Ended,
    /// The message itself cannot be sent.
    #[error("{0}")]
    Refused(String),
}

impl Unsent {
    fn of(error: TransportError) -> Self {
        match error {
            error @ TransportError::TooLong { .. } => Unsent::Refused(error.to_string()),
            _ => Unsent::Ended,
        }
    }
}

/// Bytes of a buffer that are kept.
const ROOM: usize = 64 << 10;
