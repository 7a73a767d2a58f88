use std::{panic::catch_unwind, sync::Arc, time::Duration};

use super::{
    Probe, TraceAssertions,
    golden::{compare, stable_text, write},
};
use crate::{
    Config, ExecutorId, Time,
    carrier::{ExecutorSpec, actix::ActorSystem, sim_loop::SimSystem},
    message::{
        DriverEndpoint, ExecutorBackendMessage, KillTask, LaunchedExecutor, Message, RegisterExecutor,
        RegisteredExecutor, RemoveExecutor, ReviveOffers,
    },
    testkit::Nothing,
    trace::{Messages, Record},
};

fn executors() -> Vec<ExecutorSpec> {
    vec![ExecutorSpec::new(ExecutorId(1), "a", 1), ExecutorSpec::new(ExecutorId(2), "b", 2)]
}

fn on_loop() -> (SimSystem, Probe) {
    let system = SimSystem::new(Arc::new(Nothing), Config::default(), executors(), 1).unwrap();
    let probe = Probe::of(system.handle());
    (system, probe)
}

/// What two executors do that ask to work.
fn trace() -> Messages {
    let (mut system, probe) = on_loop();
    system.run_until_idle();
    probe.messages()
}

/// What a test says that fails.
fn failure(test: impl FnOnce()) -> String {
    let panic = catch_unwind(std::panic::AssertUnwindSafe(test)).expect_err("it should fail");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_probe_gives_messages_in_order_and_each_once() {
    let (mut system, mut probe) = on_loop();
    let mut expected = probe.within_on(&mut system, SECOND);
    assert_eq!(expected.message::<RegisterExecutor>().executor_id, ExecutorId(1));
    assert_eq!(expected.message::<RegisterExecutor>().executor_id, ExecutorId(2));
    assert_eq!(expected.record("LaunchedExecutor").ids.executor, Some(ExecutorId(1)));
    assert_eq!(expected.message::<LaunchedExecutor>().executor_id, ExecutorId(2));
    expected.nothing("RegisterExecutor or LaunchedExecutor");
    assert_eq!(probe.messages().count("RegisterExecutor"), 2);
}

#[test]
fn what_was_passed_over_in_vain_can_still_be_expected() {
    let (mut system, mut probe) = on_loop();
    probe.within_on(&mut system, SECOND).nothing("RemoveExecutor");
    // All have been handled by now.
    assert_eq!(probe.within_on(&mut system, SECOND).message::<RegisterExecutor>().cores, 1);
}

#[test]
fn waiting_on_the_loop_takes_virtual_time_and_no_more_than_the_limit() {
    let (mut system, mut probe) = on_loop();
    probe.within_on(&mut system, SECOND).nothing("RemoveExecutor");
    assert_eq!(system.now(), Time::ZERO + SECOND);
    probe.within_on(&mut system, SECOND / 2).nothing(|record: &Record| record.handled > Time::ZERO);
    assert_eq!(system.now(), Time::ZERO + SECOND + SECOND / 2);
}

#[test]
fn a_probe_sees_what_the_test_sends() {
    let (mut system, mut probe) = on_loop();
    system.run_until_idle();
    system.handle().named(7).send(DriverEndpoint, ReviveOffers {}).unwrap();
    let asked = probe.within_on(&mut system, SECOND).record("kind = ReviveOffers and from = Host-7");
    let made = probe.within_on(&mut system, SECOND).record("to = TaskScheduler");
    assert_eq!((made.kind, made.head.cause), ("ResourceOffers", Some(asked.head.id)));
}

#[test]
fn a_message_that_does_not_come_fails_the_test_and_says_what_came() {
    let text = failure(|| {
        let (mut system, mut probe) = on_loop();
        let mut expected = probe.within_on(&mut system, SECOND);
        expected.record("RegisterExecutor");
        expected.record("kind = LaunchedExecutor and executor = 3");
    });
    assert!(
        text.starts_with(
            "expected `kind = LaunchedExecutor and executor = 3` within 1s after message 0, it did not come (virtual \
             time 1.000000); nearest:\n"
        ),
        "{text}"
    );
    assert_eq!(text.matches("LaunchedExecutor").count(), 3, "{text}");
    let text = failure(|| {
        let (mut system, mut probe) = on_loop();
        probe.within_on(&mut system, SECOND).message::<RemoveExecutor>();
    });
    assert!(text.starts_with("expected RemoveExecutor within 1s, it did not come"), "{text}");
    assert!(text.contains("the last messages:\n"), "{text}");
}

#[test]
fn a_message_that_must_not_come_fails_the_test() {
    let text = failure(|| {
        let (mut system, mut probe) = on_loop();
        probe.within_on(&mut system, SECOND).nothing("LaunchedExecutor");
    });
    assert!(
        text.starts_with("expected no message that fits `LaunchedExecutor` within 1s, but there was\n"),
        "{text}"
    );
    assert_eq!(text.lines().filter(|line| line.starts_with('>')).count(), 1, "{text}");
}

#[test]
fn a_probe_waits_on_actix_by_the_wall_clock() {
    let system = ActorSystem::builder(Arc::new(Nothing)).executors(executors()).start().unwrap();
    let mut probe = Probe::of(system.handle());
    system.handle().named(3).send(DriverEndpoint, ReviveOffers {}).unwrap();
    let long = Duration::from_secs(60);
    probe.within(long).record("kind = ReviveOffers and from = Host-3");
    // No time is left for another.
    probe.within(Duration::ZERO).nothing("from = Host-4");
    let text = failure(|| {
        probe.within(Duration::ZERO).record("from = Host-4");
    });
    assert!(text.contains("expected `from = Host-4` within 0ns after message "), "{text}");
    system.stop(long);
}

#[test]
fn a_pattern_that_is_no_filter_fails_the_test_with_the_place() {
    let text = failure(|| {
        trace().count("kind = RegisterExecutr");
    });
    assert!(text.contains("did you mean `RegisterExecutor`?"), "{text}");
}

#[test]
fn traces_are_asserted_on() {
    let trace = trace();
    assert_eq!(trace.count("RegisterExecutor"), 2);
    assert_eq!(trace.count(|record: &Record| record.kind == "RegisterExecutor"), 2);
    let caused = trace.count("cause = Executor-1#1");
    assert!(trace.count("below Executor-1#1") > 1 + caused && caused > 0);
    assert_eq!(trace.eventually("RegisterExecutor").ids.executor, Some(ExecutorId(1)));
    assert_eq!(trace.exactly_once("RegisterExecutor and executor = 2").ids.executor, Some(ExecutorId(2)));
    trace.never("RemoveExecutor");
    trace.happens_before("RegisterExecutor and executor = 2", "LaunchedExecutor and executor = 2");
}

#[test]
fn assertions_that_do_not_hold_say_what_was_found() {
    let trace = trace();
    let text = failure(|| trace.never("RegisterExecutor"));
    assert!(
        text.starts_with("expected no message that fits `RegisterExecutor`, found 2; the first:\n> "),
        "{text}"
    );
    let text = failure(|| {
        trace.exactly_once("RegisterExecutor");
    });
    assert!(
        text.starts_with("expected exactly one message that fits `RegisterExecutor`, found 2:\n  "),
        "{text}"
    );
    let text = failure(|| {
        trace.exactly_once("RegisterExecutor and executor = 9");
    });
    assert!(
        text.starts_with("expected a message that fits `RegisterExecutor and executor = 9`, none of "),
        "{text}"
    );
    assert_eq!(
        text.matches("-> DriverEndpoint").count() + text.matches("→ DriverEndpoint").count(),
        2,
        "{text}"
    );
    let text = failure(|| {
        trace.eventually(|_: &Record| false);
    });
    assert!(text.starts_with("expected a message that fits the closure's condition, none of "), "{text}");
    let text = failure(|| trace.happens_before("LaunchedExecutor", "RegisterExecutor"));
    assert!(
        text.starts_with(
            "expected one that fits `LaunchedExecutor` before any that fits `RegisterExecutor`, but there was\n"
        ),
        "{text}"
    );
    assert!(text.contains("and the first that fits `LaunchedExecutor` came after it:\n"), "{text}");
    let text = failure(|| trace.happens_before("RemoveExecutor", "RegisterExecutor"));
    assert!(text.contains("and none fits `RemoveExecutor`; "), "{text}");
    let text = failure(|| Messages::default().happens_before("RegisterExecutor", "RemoveExecutor"));
    assert!(text.ends_with("none of 0 does; there are no messages"), "{text}");
}

#[test]
fn a_message_is_had_by_its_type() {
    let kill = KillTask {
        task_id: crate::TaskId(3),
        executor_id: ExecutorId(1),
        interrupt_thread: false,
        reason: "enough".into(),
    };
    let message = Message::ExecutorBackend(ExecutorBackendMessage::from(kill.clone()));
    assert_eq!(message.get::<KillTask>(), Some(&kill));
    assert_eq!(message.get::<RegisteredExecutor>(), None);
}

#[test]
fn the_stable_text_has_no_times_and_does_not_depend_on_the_order_of_actors() {
    let trace = trace();
    let text = stable_text(&trace);
    assert!(text.contains("Executor-1\n  #1 -> DriverEndpoint RegisterExecutor executor 1\n"), "{text}");
    // Later, and executors before each other: the same.
    let mut other = Messages::default();
    let mut records: Vec<Record> = trace.iter().cloned().collect();
    records.sort_by_key(|record| (std::cmp::Reverse(record.from()), record.number));
    for mut record in records {
        record.handled = record.handled + SECOND;
        other.push(record);
    }
    assert_eq!(stable_text(&other), text);
}

#[test]
fn a_golden_trace_is_written_and_compared() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("golden/trace.txt");
    let text = stable_text(&trace());
    let missing = compare(&path, &text).unwrap_err();
    assert!(
        missing.starts_with("cannot read ") && missing.ends_with("FIRESTEEL_BLESS=1 writes it"),
        "{missing}"
    );
    write(&path, &text).unwrap();
    assert_eq!(compare(&path, &text), Ok(()));
    let changed = text.replacen("Executor-2\n  #1 -> DriverEndpoint", "Executor-2\n  #1 -> TaskScheduler", 1);
    assert_ne!(changed, text);
    let error = compare(&path, &changed).unwrap_err();
    assert!(error.contains(", of Executor-2:\nexpected\n  "), "{error}");
    assert!(error.contains("found\n    #1 -> TaskScheduler RegisterExecutor executor 2\n"), "{error}");
    let shorter: String = text.lines().take(2).map(|line| format!("{line}\n")).collect();
    assert!(compare(&path, &shorter).unwrap_err().ends_with("found\n  (its end)\n"));
}
