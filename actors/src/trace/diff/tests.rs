//! Comparisons of small traces that are written by hand.

use super::*;
use crate::{
    message::{DagSchedulerMessage, JobCancelled, JobWaiterMessage, Message, TaskSucceeded},
    trace::by_hand::{SPECULATION, TWO_TASKS_ON_ONE_CORE, by_hand, with_payloads},
};

#[test]
fn a_run_does_not_differ_from_itself() {
    for lines in [TWO_TASKS_ON_ONE_CORE, SPECULATION] {
        let messages = by_hand(lines);
        let diff = diff(&messages, &messages);
        assert!(diff.is_same(), "{diff}");
        let expected = format!(
            "no difference\n{0} and {0} messages, {0} in both\n\
             note: what messages say was not compared: both traces have heads only\n",
            messages.len()
        );
        assert_eq!(diff.to_string(), expected);
    }
}

#[test]
fn tasks_in_another_order_elsewhere_are_no_real_difference() {
    let first = by_hand(
        "
        0 1 DriverEndpoint#1 - Executor-1 LaunchTask job=0 stage=0.0 partition=0 task=0 executor=1
        0 1 DriverEndpoint#2 - Executor-2 LaunchTask job=0 stage=0.0 partition=1 task=1 executor=2
        7 8 TaskRunner-1#1 - Executor-1 StatusUpdate task=0 executor=1 FINISHED
        9 9 TaskRunner-2#1 - Executor-2 StatusUpdate task=1 executor=2 FINISHED
    ",
    );
    let second = by_hand(
        "
        0 1 DriverEndpoint#1 - Executor-1 LaunchTask job=0 stage=0.0 partition=1 task=0 executor=1
        0 1 DriverEndpoint#2 - Executor-2 LaunchTask job=0 stage=0.0 partition=0 task=1 executor=2
        5 5 TaskRunner-1#1 - Executor-1 StatusUpdate task=0 executor=1 FINISHED
        9 9 TaskRunner-2#1 - Executor-2 StatusUpdate task=1 executor=2 FINISHED
    ",
    );
    let diff = diff(&first, &second);
    assert!(diff.only_reordered() && !diff.is_same(), "{diff}");
    assert_eq!((diff.same, diff.reordered), (4, 2));
}

#[test]
fn the_first_message_that_is_missing_is_told_with_both_chains() {
    let first = by_hand(TWO_TASKS_ON_ONE_CORE);
    let cut: Vec<&str> = TWO_TASKS_ON_ONE_CORE
        .lines()
        .filter(|line| !line.contains("partition=0 task=0 executor=1 Success"))
        .collect();
    let second = by_hand(&cut.join("\n").replace("DAGScheduler#4 TaskScheduler#7", "DAGScheduler#4 -"));
    let found = diff(&first, &second);
    let expected = "\
first real difference: the second run does not have the last of these messages
both runs:
    0.000001 Host-0 → DAGScheduler JobSubmitted job 0 x2  [Host-0#1]
    0.000002 DAGScheduler → TaskScheduler SubmitTasks job 0 stage 0.0 x2  [DAGScheduler#3]
    0.000003 TaskScheduler → DriverEndpoint ReviveOffers  [TaskScheduler#1]
    0.000004 DriverEndpoint → TaskScheduler ResourceOffers executor 1 x1  [DriverEndpoint#1]
    0.000005 TaskScheduler → DriverEndpoint LaunchTasks x1  [TaskScheduler#3]
    0.000006 DriverEndpoint → Executor-1 LaunchTask job 0 stage 0.0 partition 0 task 0 executor 1  [DriverEndpoint#2]
    0.000007 Executor-1 → TaskRunner-1 LaunchTask job 0 stage 0.0 partition 0 task 0 executor 1  [Executor-1#1]
    0.000518 TaskRunner-1 → Executor-1 StatusUpdate task 0 executor 1 FINISHED  [TaskRunner-1#2]
    0.000519 Executor-1 → DriverEndpoint StatusUpdate task 0 executor 1 FINISHED  [Executor-1#2]
    0.000520 DriverEndpoint → TaskScheduler StatusUpdate task 0 executor 1 FINISHED  [DriverEndpoint#3]
    0.000521 TaskScheduler → ResultGetter EnqueueSuccessfulTask job 0 stage 0.0 task 0 executor 1  [TaskScheduler#4]
    0.000542 ResultGetter → TaskScheduler HandleSuccessfulTask task 0  [ResultGetter#1]
first run:
    0.000543 TaskScheduler → DAGScheduler CompletionEvent job 0 stage 0.0 partition 0 task 0 executor 1 Success  [TaskScheduler#7]

33 and 32 messages, 32 in both
missing from the second: CompletionEvent x1
note: what messages say was not compared: both traces have heads only
";
    assert_eq!(found.to_string(), expected);
    let back = diff(&second, &first);
    assert_eq!(back.first.as_ref().map(|first| first.what), Some(Parting::Extra));
    assert_eq!(back.extra, found.missing);
}

#[test]
fn what_messages_say_is_compared_field_by_field() {
    let lines = "
        0 1 Host-0#1 - DAGScheduler JobSubmitted job=0 count=1
        3 4 DAGScheduler#1 Host-0#1 JobWaiter-0 TaskSucceeded job=0 partition=0 task=0
    ";
    let saying = |output_id, task| {
        with_payloads(lines, move |id| {
            let done = TaskSucceeded { job_id: crate::JobId(0), output_id, task_id: crate::TaskId(task) };
            (id.to_string() == "DAGScheduler#1").then(|| Message::from(JobWaiterMessage::from(done)))
        })
    };
    // The number of an attempt is no difference.
    assert!(diff(&saying(0, 0), &saying(0, 7)).is_same());
    let expected = "\
first real difference: the last of these messages does not say the same in both runs
both runs:
    0.000001 Host-0 → DAGScheduler JobSubmitted job 0 x1  [Host-0#1]
    0.000004 DAGScheduler → JobWaiter-0 TaskSucceeded job 0 partition 0 task 0  [DAGScheduler#1]
output_id: 0 in the first, 5 in the second

2 and 2 messages, 2 in both
TaskSucceeded.output_id is not the same in 1 message
";
    assert_eq!(diff(&saying(0, 0), &saying(5, 0)).to_string(), expected);
}

#[test]
fn rounds_of_offers_are_counted_apart() {
    let one = by_hand("0 1 TaskScheduler#1 - DriverEndpoint ReviveOffers");
    let two = by_hand(
        "
        0 1 TaskScheduler#1 - DriverEndpoint ReviveOffers
        2 3 TaskScheduler#2 - DriverEndpoint ReviveOffers
    ",
    );
    let diff = diff(&one, &two);
    assert!(diff.only_reordered());
    assert_eq!(diff.rounds, (0, 1));
}

#[test]
fn a_trace_without_payloads_is_told_from_one_of_another_version() {
    let lines = "0 1 Host-0#1 - DAGScheduler JobCancelled job=0";
    let message = || {
        let cancelled = JobCancelled { job_id: crate::JobId(0), reason: Some("enough".to_owned()) };
        Message::from(DagSchedulerMessage::from(cancelled))
    };
    let (heads, full) = (by_hand(lines), with_payloads(lines, |_| Some(message())));
    let other = by_hand(lines).with_payloads(Payloads::OtherSchema);
    let note = |first: &Messages, second: &Messages| diff(first, second).heads_only;
    assert_eq!(note(&full, &full), None);
    assert_eq!(note(&heads, &heads).as_deref(), Some("both traces have heads only"));
    assert_eq!(note(&full, &heads).as_deref(), Some("the second trace has heads only"));
    assert_eq!(note(&other, &full).as_deref(), Some("another version recorded the first trace"));
    assert_eq!(
        note(&heads, &other).as_deref(),
        Some("the first trace has heads only, another version recorded the second trace")
    );
}

#[test]
fn every_kind_that_is_counted_apart_exists() {
    let kinds: Vec<&str> =
        crate::message::catalogue().into_iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect();
    for kind in identity::ROUNDS {
        assert!(kinds.contains(&kind), "{kind}");
    }
}
