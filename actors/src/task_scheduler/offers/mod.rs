//! Rounds of offers: choosing tasks for offered cores (`spark-semantics` section 8).
//!
//! The sets are asked in the order of their pools, each for all that the offers still have; `asking` has the rules
//! for one set, `barrier` those for sets that need all their places at once. Every round is answered, also one for
//! which there is nothing to launch: its cores are on lease.

mod asking;
mod barrier;
mod launch;
mod lease;

use std::sync::Arc;

use super::{TaskSchedulerCore, TaskSetId, pool::Cursor, task_set::Place};
use crate::{
    Time,
    core::Outbox,
    message::{
        DagScheduler, DriverEndpoint, ExecutorAdded, LaunchTasks, ResourceOffers, TaskDescription,
        WorkerOffer,
    },
};
use asking::{Answer, Asking};
use lease::Lease;

/// A round that is not answered yet.
#[derive(Debug)]
struct Round {
    now: Time,
    is_all_free_resources: bool,
    lease: Lease,
    tasks: Vec<TaskDescription>,
    /// The sets that have been asked so far.
    asked: Vec<TaskSetId>,
}

impl TaskSchedulerCore {
    pub(super) fn on_resource_offers(&mut self, now: Time, message: ResourceOffers, out: &mut Outbox) {
        let ResourceOffers { round: number, offers, is_all_free_resources } = message;
        let mut places = self.meet_executors(&offers, out);
        if let Some(health) = &mut self.health {
            health.apply_timeout(now, out);
            for place in &mut places {
                place.take_if(|place| {
                    health.is_node_excluded(&place.host_name)
                        || health.is_executor_excluded(place.executor_id)
                });
            }
        }
        let mut lease = Lease::new(offers, places);
        self.random.shuffle(&mut lease.usable);
        // As in Spark, offers are enough: the starvation warning ends also if nothing was launched (8.8).
        self.has_launched_task |= !lease.is_used_up();
        let (tasks, asked) = (Vec::new(), Vec::new());
        let mut round = Round { now, is_all_free_resources, lease, tasks, asked };
        let mut cursor = Cursor::default();
        while !round.lease.is_used_up() {
            let Some(id) = self.pools.next(&mut cursor) else { break };
            round.asked.push(id);
            self.offer_to_set(id, &mut round, out);
        }
        self.check_the_others(now, cursor, &round.asked, out);
        let Round { lease, tasks, .. } = round;
        for (executor_id, cores) in lease.left() {
            self.executors.set_cores_left(executor_id, cores);
        }
        out.send(DriverEndpoint, LaunchTasks { round: number, tasks, returned: lease.returned() });
    }

    /// Nothing is left for the sets that have not been asked. It may be that nobody may run them.
    fn check_the_others(&mut self, now: Time, cursor: Cursor, asked: &[TaskSetId], out: &mut Outbox) {
        for id in self.perhaps_unschedulable(cursor) {
            if !asked.contains(&id) {
                self.check_unschedulable(now, id, out);
            }
        }
    }

    /// Where the offers are, but for executors that get no tasks; tells of executors that are new.
    fn meet_executors(&mut self, offers: &[WorkerOffer], out: &mut Outbox) -> Vec<Option<Place>> {
        let mut any_is_new = false;
        let mut places = Vec::with_capacity(offers.len());
        for WorkerOffer { executor_id, host, .. } in offers {
            let (slot, is_new) = self.executors.meet(*executor_id, host);
            let executor = self.executors.at(slot).filter(|executor| !executor.loss_reason_pending);
            places.push(executor.map(|executor| Place {
                executor_id: *executor_id,
                slot,
                host: executor.host,
                host_name: host.clone(),
            }));
            if is_new {
                any_is_new = true;
                out.send(DagScheduler, ExecutorAdded { executor_id: *executor_id, host: host.clone() });
            }
        }
        if any_is_new {
            self.recompute_locality();
        }
        places
    }

    /// Lets a set choose what it runs on the offers that are left.
    fn offer_to_set(&mut self, id: TaskSetId, round: &mut Round, out: &mut Outbox) {
        let Some(set) = self.task_sets.get_mut(&id) else { return };
        self.changed.push(id);
        if set.stage.is_barrier && !barrier::has_slots(set, &round.lease, round.is_all_free_resources) {
            // The cores of some executors are not all there are: it may be that together they suffice.
            if round.is_all_free_resources {
                self.delayed.remove(id);
            } else {
                self.delayed.watch_for_barrier(round.now, id, out);
            }
            return;
        }
        let waits = &self.config.locality;
        let answer = Asking { now: round.now, waits, set, lease: &mut round.lease }.ask();
        if answer.chosen.is_empty() {
            let offers = round.lease.usable.iter().filter_map(|at| round.lease.offer(*at));
            set.shortage = set.needs.shortage(offers);
        } else {
            set.shortage = None;
        }
        self.note_delay(id, &answer, round, out);
        self.launch_answer(id, answer, round, out);
        round.lease.drop_used_up();
    }

    /// When the wait for near places begins anew (SPARK-18886), and when it ends.
    fn note_delay(&mut self, id: TaskSetId, answer: &Answer, round: &Round, out: &mut Outbox) {
        let Some(set) = self.task_sets.get_mut(&id) else { return };
        let delay = &mut set.delay;
        if !self.config.locality.legacy_reset_on_task_launch {
            if answer.has_refused {
                delay.no_rejects_since_reset = false;
            } else if !answer.chosen.is_empty()
                && (round.is_all_free_resources || delay.no_rejects_since_reset)
            {
                delay.reset(round.now, answer.nearest);
                delay.no_rejects_since_reset = true;
            }
        }
        if !round.is_all_free_resources && self.revive_if_farther(round.now, id, out) {
            return;
        }
        if answer.has_refused {
            self.on_locality_refusal(round.now, id, round.is_all_free_resources, out);
        } else if round.is_all_free_resources {
            self.delayed.remove(id);
        }
    }

    fn launch_answer(&mut self, id: TaskSetId, answer: Answer, round: &mut Round, out: &mut Outbox) {
        let Some(set) = self.task_sets.get(&id) else { return };
        let mut chosen = answer.chosen;
        if chosen.is_empty() {
            if let Some(executor_id) = self.check_unschedulable(round.now, id, out) {
                round.lease.leave_out(executor_id);
            }
            return;
        }
        if set.stage.is_barrier {
            if chosen.len() < set.tasks.len() as usize {
                return self.release_partial(round.now, id, chosen, &mut round.lease, out);
            }
            chosen.sort_by_key(|chosen| chosen.choice.index);
            let addresses = barrier::addresses(set, &chosen, &round.lease);
            self.launch(id, chosen, &addresses, round, out);
        } else {
            self.launch(id, chosen, &Arc::default(), round, out);
        }
        self.unschedulable.launched(id, out);
    }
}
