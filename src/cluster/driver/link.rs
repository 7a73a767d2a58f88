//! The way to one executor.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use firesteel_actors::{
    ExecutorId,
    message::{Addressed, ExecutorBackendMessage, Head, Message},
};
use serde::Serialize;

use crate::{
    ExecutorInfo,
    cluster::protocol::{self, StageSlots, TaskLaunch, ToExecutorRef},
    transport::Sender,
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

    /// Sends a message to the executor's actor or its task threads; `false`: the connection has ended, or is about to.
    pub(super) fn send(&self, head: &Head, addressed: &Addressed) -> bool {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        match &addressed.message {
            Message::ExecutorBackend(ExecutorBackendMessage::LaunchTask(launch)) => {
                let stage = &launch.task.stage;
                let (slot, is_new) = out.stages.of(stage);
                if is_new && !self.write(&mut out, &ToExecutorRef::Stage(slot, stage)) {
                    return false;
                }
                self.write(&mut out, &ToExecutorRef::Launch(head, &TaskLaunch::new(&launch.task, slot)))
            }
            Message::ExecutorBackend(ExecutorBackendMessage::UpdateDelegationTokens(update)) => {
                self.write(&mut out, &ToExecutorRef::Tokens(head, update.tokens.expose()))
            }
            message => self.write(&mut out, &ToExecutorRef::Message(head, message)),
        }
    }

    /// Sends a frame that is no message.
    pub(super) fn tell(&self, frame: &ToExecutorRef<'_>) -> bool {
        self.write(&mut self.out.lock().unwrap_or_else(PoisonError::into_inner), frame)
    }

    fn write(&self, out: &mut Out, frame: &impl Serialize) -> bool {
        if let Err(error) = protocol::write(frame, &mut out.frame) {
            tracing::error!("a message to executor {} cannot be written: {error}", self.executor_id());
            return false;
        }
        let sent = self.sender.send(&out.frame);
        // One large frame must not keep its room.
        out.frame.shrink_to(ROOM);
        match sent {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!("cannot send to executor {}: {error}", self.executor_id());
                false
            }
        }
    }

    /// No job runs: stages need not be kept.
    pub(super) fn forget_stages(&self) {
        self.out.lock().unwrap_or_else(PoisonError::into_inner).stages.clear();
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

/// Bytes of a buffer that are kept.
const ROOM: usize = 64 << 10;
