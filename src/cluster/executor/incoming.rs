//! What comes from the driver.

use std::sync::Arc;

use firesteel_actors::{
    SystemError,
    carrier::ExecutorSystem,
    message::{Addressed, ExecutorBackendMessage, Head, Message, Secret, StageTask, UpdateDelegationTokens},
};

use super::cleaner::Cleaner;
use crate::{
    blocks::{Notice, Remote},
    cluster::{
        ClusterError,
        protocol::{self, SLOTS, TaskLaunch, ToExecutor},
    },
    task::ExecutorEnv,
    transport::Receiver,
};

/// What comes from the driver, and who it is for.
pub(super) struct Incoming {
    pub(super) system: Arc<ExecutorSystem>,
    env: Arc<ExecutorEnv>,
    remote: Arc<Remote>,
    cleaner: Cleaner,
    stages: Vec<Option<Arc<StageTask>>>,
}

impl Incoming {
    pub(super) fn new(
        system: Arc<ExecutorSystem>,
        env: Arc<ExecutorEnv>,
        remote: Arc<Remote>,
    ) -> Result<Self, SystemError> {
        let cleaner = Cleaner::start()?;
        Ok(Incoming { system, env, remote, cleaner, stages: vec![None; SLOTS.into()] })
    }

    /// Passes on what comes, until the connection ends. `Ok`: the driver has ended it in order.
    pub(super) fn pass_on(&mut self, receiver: &mut Receiver) -> Result<(), ClusterError> {
        while let Some(frame) = receiver.receive()? {
            self.on_frame(protocol::read(frame, "driver")?)?;
        }
        Ok(())
    }

    fn on_frame(&mut self, frame: ToExecutor) -> Result<(), ClusterError> {
        match frame {
            ToExecutor::Message(head, message) => self.deliver(head, message),
            ToExecutor::Launch(head, launch) => {
                let message = ExecutorBackendMessage::from(self.launch_task(launch)?);
                self.deliver(head, message.into())
            }
            ToExecutor::Stage(slot, stage) => {
                let slot = self.stages.get_mut(usize::from(slot)).ok_or_else(unknown_slot)?;
                *slot = Some(stage);
                Ok(())
            }
            ToExecutor::Tokens(head, tokens) => {
                let update = UpdateDelegationTokens { tokens: Secret::new(tokens) };
                self.deliver(head, Message::ExecutorBackend(update.into()))
            }
            ToExecutor::ExecutorAdded(id, address) => {
                self.remote.executor_added(id, address);
                Ok(())
            }
            ToExecutor::ExecutorLost(id, why) => {
                self.remote.executor_lost(id, &why);
                Ok(())
            }
            ToExecutor::Notice(notice) => {
                if notice == Notice::NoJobs {
                    self.stages.fill(None);
                }
                if let Some(freed) = self.env.on_notice(&notice) {
                    self.cleaner.drop_later(freed);
                }
                Ok(())
            }
            ToExecutor::Welcome(_) | ToExecutor::Refused(_) => {
                Err(ClusterError::Protocol { side: "driver", problem: "it answered hello twice".to_owned() })
            }
        }
    }

    fn launch_task(&self, launch: TaskLaunch) -> Result<firesteel_actors::message::LaunchTask, ClusterError> {
        let stage = self.stages.get(usize::from(launch.slot)).cloned().flatten();
        Ok(launch.with(stage.ok_or_else(unknown_slot)?))
    }

    fn deliver(&self, head: Head, message: Message) -> Result<(), ClusterError> {
        if self.system.receive(head, Addressed { to: head.to, message }) {
            return Ok(());
        }
        let problem = format!("it sent what is not for this executor: {} to {}", head.id, head.to);
        Err(ClusterError::Protocol { side: "driver", problem })
    }
}

fn unknown_slot() -> ClusterError {
    ClusterError::Protocol {
        side: "driver",
        problem: "it sent a task of a stage that it has not told of".to_owned(),
    }
}
