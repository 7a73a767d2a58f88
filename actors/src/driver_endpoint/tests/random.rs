//! Random lives of executors and tasks: after every message the books are right, and at the end all is free.

use std::collections::BTreeSet;

use super::{Driver, end, ready, register};
use crate::{
    ExecutorId, OfferRound,
    core::Core,
    message::{
        DecommissionExecutors, DriverEndpointMessage, ExecutorBackendMessage, ExecutorLossReason,
        KillExecutors, LaunchTasks, Message, RemoveExecutor, ResourceOffers, ReviveOffers,
        TaskSchedulerMessage,
    },
};

const EXECUTORS: u64 = 5;

/// A driver, and the world around it as far as it matters here.
struct World {
    driver: Driver,
    random: u64,
    /// The round that waits for its answer.
    open: Option<ResourceOffers>,
    next_task: u64,
    /// Attempts at executors that were sent there and have not said their last word.
    running: BTreeSet<(u64, u32)>,
    /// Executors that the driver accepted and has not given up.
    known: BTreeSet<u32>,
    /// Those of them that may get tasks.
    active: BTreeSet<u32>,
}

impl World {
    fn new(seed: u64) -> Self {
        World {
            driver: Driver::new(),
            random: seed,
            open: None,
            next_task: 0,
            running: BTreeSet::new(),
            known: BTreeSet::new(),
            active: BTreeSet::new(),
        }
    }

    fn pick(&mut self, below: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    fn tell(&mut self, message: impl Into<DriverEndpointMessage>) {
        let sent = self.driver.0.send(message);
        self.driver.check();
        for sending in sent {
            let to = sending.to;
            match sending.message {
                Message::TaskScheduler(TaskSchedulerMessage::ResourceOffers(offers)) => {
                    for offer in &offers.offers {
                        assert!(
                            self.active.contains(&offer.executor_id.0),
                            "{offer:?} of one that is not active"
                        );
                        assert!(offer.cores > 0);
                    }
                    assert!(self.open.replace(offers).is_none(), "a second round is open");
                }
                Message::ExecutorBackend(ExecutorBackendMessage::LaunchTask(launch)) => {
                    let (task, executor) = (launch.task.task_id.0, launch.task.executor_id.0);
                    assert!(self.known.contains(&executor), "{task} is sent to one that is gone ({to})");
                    self.running.insert((task, executor));
                }
                Message::ExecutorBackend(ExecutorBackendMessage::RegisteredExecutor(_)) => {
                    let crate::ActorId::ExecutorBackend(id) = to else { panic!("{to}") };
                    self.known.insert(id.0);
                    self.active.insert(id.0);
                }
                Message::ExecutorBackend(ExecutorBackendMessage::StopExecutor(_)) => {
                    let crate::ActorId::ExecutorBackend(id) = to else { panic!("{to}") };
                    self.known.remove(&id.0);
                    self.active.remove(&id.0);
                    self.running.retain(|(_, executor)| *executor != id.0);
                }
                _ => {}
            }
        }
    }

    /// Answers the open round with as many tasks as `share` of four allows.
    fn answer(&mut self, share: u64) {
        let Some(ResourceOffers { round, mut offers, .. }) = self.open.take() else { return };
        let mut tasks = Vec::new();
        for offer in &mut offers {
            while offer.cores > 0 && self.pick(4) < share {
                tasks.push(super::task(self.next_task, offer.executor_id.0));
                self.next_task += 1;
                offer.cores -= 1;
            }
        }
        offers.retain(|offer| offer.cores > 0);
        self.tell(LaunchTasks { round, tasks, returned: offers });
    }

    fn step(&mut self) {
        let executor = self.pick(EXECUTORS) as u32;
        let executor_id = ExecutorId(executor);
        match self.pick(16) {
            0 => self.tell(register(executor, 1 + executor)),
            1 => self.tell(ready(executor)),
            2..=4 => self.tell(ReviveOffers {}),
            5..=8 => self.answer(3),
            9..=11 => {
                let at = self.pick(self.running.len().max(1) as u64) as usize;
                if let Some(&(task, executor)) = self.running.iter().nth(at) {
                    self.running.remove(&(task, executor));
                    self.tell(end(task, executor));
                }
            }
            12 => {
                // A last word of any task from anywhere, once more or from the wrong place.
                let task = self.pick(self.next_task.max(1));
                if !self.running.contains(&(task, executor)) {
                    self.tell(end(task, executor));
                }
            }
            13 => match self.pick(4) {
                0 => self.tell(RemoveExecutor { executor_id, reason: ExecutorLossReason::process_lost("x") }),
                1 => self.tell(KillExecutors { executor_ids: vec![executor_id], force: true }),
                2 => self.tell(KillExecutors { executor_ids: vec![executor_id], force: false }),
                _ => {
                    self.active.remove(&executor);
                    let reason = ExecutorLossReason::LossReasonPending;
                    self.tell(RemoveExecutor { executor_id, reason });
                }
            },
            14 if self.known.contains(&executor) && self.pick(3) == 0 => {
                self.active.remove(&executor);
                let executor_ids = vec![executor_id];
                self.tell(DecommissionExecutors { executor_ids, worker_host: None, reason: "x".to_owned() });
            }
            _ => self.tell(LaunchTasks {
                round: OfferRound(u64::MAX),
                tasks: Vec::new(),
                returned: Vec::new(),
            }),
        }
    }

    /// All tasks end, and nobody launches more.
    fn settle(&mut self) {
        while let Some((task, executor)) = self.running.pop_first() {
            self.tell(end(task, executor));
            self.answer(0);
        }
        while self.open.is_some() {
            self.answer(0);
        }
    }
}

#[test]
fn whatever_happens_cores_add_up_and_in_the_end_all_are_free() {
    let mut launched = 0;
    for seed in 0..40 {
        let mut world = World::new(seed);
        for _ in 0..1_500 {
            world.step();
        }
        world.settle();
        let core = &world.driver.0.core;
        assert!(core.is_idle(), "seed {seed}: {core:?}");
        assert_eq!(core.executors.len(), world.known.len());
        launched += world.next_task;
    }
    assert!(launched > 1_000, "only {launched} tasks were launched");
}
