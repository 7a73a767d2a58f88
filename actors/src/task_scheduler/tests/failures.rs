//! Attempts that fail, and executors that are lost.

use super::{decoded, exception, failed, finished, local, map_set, offers, set, status, succeed, tasks};
use crate::{
    ExecutorId, ShuffleId,
    message::{ExecutorLossReason, TaskEndReason, TaskExecutorLost, TaskStatus},
    testkit::NOTHING,
};

const END: &str = "DAGScheduler: end j0.s0.0 result/1 out 0";

#[test]
fn a_failed_task_is_tried_again_and_a_success_forgets_its_failures() {
    let mut tasks = tasks(local(2));
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    tasks.wait(3);
    assert_eq!(
        tasks.tell(failed(0, 1, exception(false))),
        [
            format!("{END} t0 i0.0 p0 on 1 since 0 until 3 FAILED: panic: oh {{records_read 9}}"),
            "DriverEndpoint: revive".to_owned(),
        ]
    );
    // Its last word was taken.
    assert_eq!(tasks.tell(failed(0, 1, exception(false))), NOTHING);
    assert_eq!(
        tasks.tell(offers(2, &[(2, 1)])),
        [
            "DAGScheduler: executor 2 is new",
            "DAGScheduler: begin s0.0 t1 i0.1 p0 on 2 since 3",
            "DriverEndpoint: round2 [t1 = j0.s0.0 result/1 i0.1 0>0 on 2] returned []",
        ]
    );
    assert_eq!(succeed(&mut tasks, 1, 2).len(), 2);
    tasks.finish();
}

#[test]
fn the_last_allowed_failure_aborts_with_sparks_text() {
    let mut tasks = tasks(local(2));
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    for task in [0, 1] {
        let sent = tasks.tell(offers(task + 1, &[(1, 1)]));
        assert_eq!(sent.len() as u64, 3 - task, "{sent:?}");
        let sent = tasks.tell(failed(task, 1, exception(false)));
        let end =
            format!("{END} t{task} i0.{task} p0 on 1 since 0 until 0 FAILED: panic: oh {{records_read 9}}");
        let then = [
            "DriverEndpoint: revive",
            "DAGScheduler: failed s0.0: Task 0 in stage 0.0 failed 2 times, most recent failure: Lost task 0.1 in stage \
             0.0 (TID 1) (here executor 1): panic: oh (cause ExceptionFailure)",
        ];
        assert_eq!(sent, [end, then[task as usize].to_owned()]);
    }
    tasks.finish();
}

#[test]
fn a_fatal_failure_aborts_at_once() {
    let mut tasks = tasks(local(4));
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    assert_eq!(
        tasks.tell(failed(0, 1, exception(true))),
        [
            format!("{END} t0 i0.0 p0 on 1 since 0 until 0 FAILED: panic: oh (fatal) {{records_read 9}}"),
            "DAGScheduler: failed s0.0: Task 0 in stage 0.0 (TID 0) had a not serializable result: oh; not \
             retrying (cause ExceptionFailure)"
                .to_owned(),
        ]
    );
    tasks.finish();
}

#[test]
fn failures_are_counted_by_task() {
    let mut tasks = tasks(local(2));
    assert_eq!(tasks.tell(set(0, 0, 0, 2)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 2)])).len(), 4);
    for task in [0, 1] {
        assert_eq!(tasks.tell(failed(task, 1, TaskEndReason::UnknownReason))[1], "DriverEndpoint: revive");
    }
    // The one that failed last is on top.
    assert_eq!(
        tasks.tell(offers(2, &[(1, 2)]))[..2],
        [
            "DAGScheduler: begin s0.0 t2 i1.1 p1 on 1 since 0",
            "DAGScheduler: begin s0.0 t3 i0.1 p0 on 1 since 0"
        ]
    );
    assert_eq!(succeed(&mut tasks, 2, 1).len(), 2);
    assert!(
        tasks.tell(failed(3, 1, TaskEndReason::UnknownReason))[1].starts_with("DAGScheduler: failed s0.0")
    );
    tasks.finish();
}

#[test]
fn kills_and_denied_commits_are_tried_again_without_end() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    for task in 0..10 {
        assert!(tasks.tell(offers(task + 1, &[(1, 1)])).len() >= 2);
        let reason = match task % 2 {
            0 => TaskEndReason::killed("test"),
            _ => TaskEndReason::TaskCommitDenied { partition_id: 0, attempt_number: task as u32 },
        };
        let text = reason.to_string();
        assert_eq!(
            tasks.tell(status(task, 1, TaskStatus::Killed(Box::new(reason)))),
            [
                format!("{END} t{task} i0.{task} p0 on 1 since 0 until 0 KILLED: {text}"),
                "DriverEndpoint: revive".to_owned()
            ]
        );
    }
    assert_eq!(tasks.tell(offers(11, &[(1, 1)])).len(), 2);
    assert_eq!(succeed(&mut tasks, 10, 1).len(), 2);
    tasks.finish();
}

#[test]
fn a_fetch_failure_ends_the_set_without_a_word_of_failure() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(set(0, 0, 0, 3)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 2)])).len(), 4);
    let reason = TaskEndReason::FetchFailed {
        executor_id: None,
        shuffle_id: ShuffleId(0),
        map_id: None,
        map_index: None,
        reduce_id: 0,
        message: "gone".to_owned(),
    };
    assert_eq!(
        tasks.tell(failed(0, 1, reason)),
        [
            "DAGScheduler: end j0.s0.0 result/3 out 0 t0 i0.0 p0 on 1 since 0 until 0 FAILED: FetchFailed(null, \
             shuffleId=0, mapIndex=-1, mapId=-1, reduceId=0, message=|gone|)"
        ]
    );
    // What runs goes on and counts; nothing more is launched, and a failure no longer matters.
    assert_eq!(tasks.tell(offers(2, &[(1, 1)])), ["DriverEndpoint: round2 [] returned [1:1]"]);
    assert_eq!(tasks.tell(failed(1, 1, exception(true))).len(), 1);
    tasks.finish();
}

fn lost(executor: u32, caused_by_app: bool) -> TaskExecutorLost {
    let reason = ExecutorLossReason::ExecutorProcessLost {
        message: "pulled the plug".to_owned(),
        worker_host: None,
        caused_by_app,
    };
    TaskExecutorLost { executor_id: ExecutorId(executor), reason }
}

#[test]
fn tasks_of_a_lost_executor_are_blamed_only_if_they_ran_and_the_program_is_to_blame() {
    for (ran, caused_by_app) in [(false, true), (true, false), (true, true)] {
        let mut tasks = tasks(local(1));
        assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
        assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
        if ran {
            assert_eq!(tasks.tell(status(0, 1, TaskStatus::Running)), NOTHING);
        }
        let blamed = ran && caused_by_app;
        let blame =
            if blamed { "caused by one of the running tasks" } else { "unrelated to the running tasks" };
        let reason = format!("ExecutorLostFailure (executor 1 exited {blame}) Reason: pulled the plug");
        let mut expected = vec![format!("{END} t0 i0.0 p0 on 1 since 0 until 0 FAILED: {reason}")];
        if blamed {
            expected.push(format!(
                "DAGScheduler: failed s0.0: Task 0 in stage 0.0 failed 1 times, most recent failure: Lost task 0.0 in \
                 stage 0.0 (TID 0) (here executor 1): {reason} (cause ExecutorLostFailure)"
            ));
        }
        expected.push("DAGScheduler: executor 1 is lost: pulled the plug".to_owned());
        expected.push("DriverEndpoint: revive".to_owned());
        assert_eq!(tasks.tell(lost(1, caused_by_app)), expected);
        // Its last word comes too late.
        assert_eq!(tasks.tell(finished(0, 1, super::bytes(1))), NOTHING);
        if !blamed {
            assert_eq!(tasks.tell(offers(2, &[(2, 1)])).len(), 3);
            assert_eq!(succeed(&mut tasks, 1, 2).len(), 2);
        }
        tasks.finish();
    }
}

#[test]
fn a_result_that_has_come_survives_its_executor() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    assert_eq!(tasks.tell(finished(0, 1, super::bytes(3))).len(), 1);
    assert_eq!(
        tasks.tell(lost(1, true)),
        ["DAGScheduler: executor 1 is lost: pulled the plug", "DriverEndpoint: revive"]
    );
    assert_eq!(tasks.tell(decoded(0)).len(), 1);
    // The executor comes back: it is new again.
    assert_eq!(
        tasks.tell(offers(2, &[(1, 1)])),
        ["DAGScheduler: executor 1 is new", "DriverEndpoint: round2 [] returned [1:1]"]
    );
    tasks.finish();
}

#[test]
fn only_the_tasks_of_the_lost_executor_fail() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(map_set(0, 0, 0, 2)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1), (2, 1)])).len(), 5);
    let sent = tasks.tell(lost(2, false));
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(sent[0].contains(" t1 "));
    assert_eq!(tasks.tell(finished(0, 1, super::map_status(0, 1))).len(), 1);
    assert_eq!(tasks.tell(offers(2, &[(1, 1)])).len(), 2);
    assert_eq!(tasks.tell(finished(2, 1, super::map_status(2, 1))).len(), 1);
    tasks.finish();
}
