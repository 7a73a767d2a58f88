//! Tasks that are killed on request.

use super::{decoded, finished, local, offers, set, status, succeed, tasks};
use crate::{
    StageId, TaskId,
    message::{KillAllTaskAttempts, KillTaskAttempt, TaskEndReason, TaskStatus},
    testkit::NOTHING,
};

fn kill_all(stage: u32, interrupt_thread: bool) -> KillAllTaskAttempts {
    KillAllTaskAttempts { stage_id: StageId(stage), interrupt_thread, reason: "enough".to_owned() }
}

fn kill(task: u64) -> KillTaskAttempt {
    KillTaskAttempt { task_id: TaskId(task), interrupt_thread: true, reason: "slow".to_owned() }
}

fn killed(task: u64) -> crate::message::StatusUpdate {
    let reason = TaskEndReason::killed("slow");
    status(task, 1, TaskStatus::Killed(Box::new(reason)))
}

#[test]
fn killing_a_stage_kills_what_runs_and_launches_no_more() {
    for (interrupt_thread, text) in [(false, ""), (true, " interrupting")] {
        let mut tasks = tasks(local(1));
        assert_eq!(tasks.tell(set(0, 0, 0, 4)).len(), 1);
        assert_eq!(tasks.tell(set(0, 1, 0, 1)).len(), 1);
        assert_eq!(tasks.tell(offers(1, &[(1, 2), (2, 1)])).len(), 6);
        // A result that is being decoded cannot be killed.
        assert_eq!(tasks.tell(finished(2, 1, super::bytes(1))).len(), 1);
        assert_eq!(
            tasks.tell(kill_all(0, interrupt_thread)),
            [
                format!("DriverEndpoint: kill t0 on 1{text}: Stage cancelled: enough"),
                format!("DriverEndpoint: kill t1 on 2{text}: Stage cancelled: enough"),
            ]
        );
        assert_eq!(tasks.tell(decoded(2)).len(), 1);
        // The end of a killed task, and one that ended well before it heard of it: both are told, none is retried.
        assert_eq!(tasks.tell(killed(0)).len(), 1);
        assert_eq!(succeed(&mut tasks, 1, 2).len(), 2);
        // The next stage goes on.
        assert_eq!(
            tasks.tell(offers(2, &[(1, 2)])),
            [
                "DAGScheduler: begin s1.0 t3 i0.0 p0 on 1 since 0",
                "DriverEndpoint: round2 [t3 = j0.s1.0 result/1 i0.0 0>0 on 1] returned [1:1]",
            ]
        );
        assert_eq!(succeed(&mut tasks, 3, 1).len(), 2);
        tasks.finish();
    }
}

#[test]
fn killing_a_stage_that_has_not_begun_or_is_unknown_does_no_harm() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(kill_all(0, true)), NOTHING);
    assert_eq!(tasks.tell(set(0, 0, 0, 2)).len(), 1);
    assert_eq!(tasks.tell(kill_all(0, true)), NOTHING);
    assert_eq!(tasks.tell(kill_all(0, true)), NOTHING);
    tasks.finish();
}

#[test]
fn a_killed_attempt_is_tried_again_and_does_not_count() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    assert_eq!(tasks.tell(kill(0)), ["DriverEndpoint: kill t0 on 1 interrupting: slow"]);
    assert_eq!(
        tasks.tell(killed(0)),
        [
            "DAGScheduler: end j0.s0.0 result/1 out 0 t0 i0.0 p0 on 1 since 0 until 0 KILLED: TaskKilled (slow)",
            "DriverEndpoint: revive",
        ]
    );
    assert_eq!(tasks.tell(kill(0)), NOTHING);
    assert_eq!(tasks.tell(offers(2, &[(1, 1)])).len(), 2);
    assert_eq!(succeed(&mut tasks, 1, 1).len(), 2);
    tasks.finish();
}
