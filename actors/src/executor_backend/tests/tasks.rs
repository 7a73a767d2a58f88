//! Tasks, their last words, and kills that come before or after them.

use super::{SECOND, backend, failed, kill, launch, registered, update};
use crate::{
    core::Core,
    message::{ForgetKillMarks, RegisteredExecutor, StopExecutor, TaskStatus},
    testkit::NOTHING,
};

fn forget(after: &str) -> String {
    format!("after {after}, Executor-1: ForgetKillMarks(ForgetKillMarks)")
}

#[test]
fn a_task_runs_and_says_its_last_word_once() {
    let mut backend = registered();
    assert_eq!(backend.tell(launch(0)), ["TaskRunner-1: launch t0 = j0.s0.0 result/1 i0.0 0>0 on 1"]);
    assert_eq!(backend.tell(update(0, TaskStatus::Running)), ["DriverEndpoint: t0 on 1 x1 RUNNING"]);
    assert_eq!(backend.tell(kill(0)), ["TaskRunner-1: kill t0 on 1: slow"]);
    assert_eq!(backend.tell(update(0, failed())), ["DriverEndpoint: t0 on 1 x1 FAILED UnknownReason"]);
    // What comes after that is not passed on.
    assert_eq!(backend.tell(update(0, failed())), NOTHING);
    assert_eq!(backend.tell(update(0, TaskStatus::Running)), NOTHING);
    assert_eq!(backend.tell(kill(0)), [forget("10s")]);
    assert_eq!(backend.core.kill_marks.len(), 1);
    backend.wait(10 * SECOND);
    assert_eq!(backend.tell(ForgetKillMarks {}), NOTHING);
    backend.finish();
}

#[test]
fn updates_of_tasks_it_never_got_are_dropped() {
    let mut backend = registered();
    assert_eq!(backend.tell(update(5, failed())), NOTHING);
    assert_eq!(backend.tell(update(5, TaskStatus::Running)), NOTHING);
    backend.finish();
}

#[test]
fn work_before_it_has_registered_ends_it_and_the_driver_is_told() {
    let gone = |what| {
        format!(
            "DriverEndpoint: remove 1: ExecutorExited {{ exit_code: 1, exit_caused_by_app: false, reason: \"Received \
             {what} command but executor was null\" }}"
        )
    };
    let mut early = backend();
    assert_eq!(early.tell(launch(0)), ["TaskRunner-1: stop".to_owned(), gone("LaunchTask")]);
    assert_eq!(early.tell(RegisteredExecutor {}), NOTHING);
    early.finish();
    let mut early = backend();
    assert_eq!(early.tell(kill(0)), ["TaskRunner-1: stop".to_owned(), gone("KillTask")]);
    early.finish();
}

#[test]
fn one_that_is_told_to_stop_takes_no_more_tasks_and_passes_on_the_last_words_of_those_it_has() {
    let mut backend = registered();
    assert_eq!(backend.tell(launch(0)).len(), 1);
    assert_eq!(backend.tell(StopExecutor {}), ["TaskRunner-1: stop"]);
    assert_eq!(backend.tell(StopExecutor {}), NOTHING);
    assert_eq!(backend.tell(launch(1)), NOTHING);
    assert_eq!(backend.tell(RegisteredExecutor {}), NOTHING);
    assert_eq!(backend.tell(update(0, failed())), ["DriverEndpoint: t0 on 1 x1 FAILED UnknownReason"]);
    backend.finish();
}

#[test]
fn a_kill_that_comes_before_its_task_kills_it_when_it_comes() {
    let mut backend = registered();
    assert_eq!(backend.tell(kill(0)), [forget("10s")]);
    backend.wait(10 * SECOND - 1);
    assert_eq!(
        backend.tell(launch(0)),
        ["TaskRunner-1: launch t0 = j0.s0.0 result/1 i0.0 0>0 on 1", "TaskRunner-1: kill t0 on 1: slow",]
    );
    assert_eq!(backend.tell(update(0, failed())).len(), 1);
    assert!(backend.core.is_idle());
    // The timer that is still out is ignored.
    backend.wait(1);
    assert_eq!(backend.tell(ForgetKillMarks {}), NOTHING);
    backend.finish();
}

#[test]
fn a_kill_is_forgotten_after_ten_seconds() {
    let mut backend = registered();
    assert_eq!(backend.tell(kill(0)), [forget("10s")]);
    assert!(!backend.core.is_idle());
    backend.wait(10 * SECOND);
    assert_eq!(backend.tell(ForgetKillMarks {}), NOTHING);
    assert!(backend.core.is_idle());
    assert_eq!(backend.tell(launch(0)).len(), 1);
    assert_eq!(backend.tell(update(0, failed())).len(), 1);
    backend.finish();
}

#[test]
fn one_timer_is_out_while_there_are_kills_to_forget() {
    let mut backend = registered();
    assert_eq!(backend.tell(kill(0)), [forget("10s")]);
    backend.wait(4 * SECOND);
    assert_eq!(backend.tell(kill(1)), NOTHING);
    // Its task comes, so nothing waits for the timer; a new kill still needs no second one.
    assert_eq!(backend.tell(launch(0)).len(), 2);
    backend.wait(6 * SECOND);
    assert_eq!(backend.tell(ForgetKillMarks {}), [forget("4s")]);
    backend.wait(4 * SECOND);
    assert_eq!(backend.tell(ForgetKillMarks {}), NOTHING);
    assert_eq!(backend.tell(kill(2)), [forget("10s")]);
    backend.wait(10 * SECOND);
    assert_eq!(backend.tell(ForgetKillMarks {}), NOTHING);
    assert_eq!(backend.tell(update(0, failed())).len(), 1);
    backend.finish();
}

#[test]
fn one_that_has_stopped_keeps_no_kills() {
    let mut backend = registered();
    assert_eq!(backend.tell(kill(0)).len(), 1);
    assert_eq!(backend.tell(StopExecutor {}), ["TaskRunner-1: stop"]);
    assert!(backend.core.is_idle());
    assert_eq!(backend.tell(kill(1)), NOTHING);
    assert_eq!(backend.tell(ForgetKillMarks {}), NOTHING);
    backend.finish();
}
