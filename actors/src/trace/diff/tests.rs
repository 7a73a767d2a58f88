//! Comparisons of small traces that are written by hand.

use super::*;
use crate::{
    message::{JobWaiterMessage, Message, TaskSucceeded},
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
             note: a trace has heads only, so what messages say was not compared\n",
            messages.len()
        );
        assert_eq!(diff.to_string(), expected);
    }
}

#[test]
fn tasks_in_another_order_elsewhere_are_no_real_difference() {
    let first = by_hand("
        0 1 DriverEndpoint#1 - Executor-1 LaunchTask job=0 stage=0.0 partition=0 task=0 executor=1
        0 1 DriverEndpoint#2 - Executor-2 LaunchTask job=0 stage=0.0 partition=1 task=1 executor=2
        7 8 TaskRunner-1#1 - Executor-1 StatusUpdate task=0 executor=1 FINISHED
        9 9 TaskRunner-2#1 - Executor-2 StatusUpdate task=1 executor=2 FINISHED
    ");
    let second = by_hand("
        0 1 DriverEndpoint#1 - Executor-1 LaunchTask job=0 stage=0.0 partition=1 task=0 executor=1
        0 1 DriverEndpoint#2 - Executor-2 LaunchTask job=0 stage=0.0 partition=0 task=1 executor=2
        5 5 TaskRunner-1#1 - Executor-1 StatusUpdate task=0 executor=1 FINISHED
        9 9 TaskRunner-2#1 - Executor-2 StatusUpdate task=1 executor=2 FINISHED
    ");
    let diff = diff(&first, &second);
    assert!(diff.only_reordered() && !diff.is_same(), "{diff}");
    assert_eq!((diff.same, diff.reordered), (4, 2));
}

#[test]
fn the_first_message_that_is_missing_is_told_with_both_chains() {
    let first = by_hand(TWO_TASKS_ON_ONE_CORE);
    let cut: Vec<&str> =
        TWO_TASKS_ON_ONE_CORE.lines().filter(|line| !line.contains("partition=0 task=0 executor=1 Success")).collect();
    let second = by_hand(&cut.join("\n").replace("DAGScheduler#4 TaskScheduler#7", "DAGScheduler#4 -"));
    let found = diff(&first, &second);
    let expected = "\
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
";
    assert_eq!(diff(&saying(0, 0), &saying(5, 0)).to_string(), expected);
}

#[test]
fn rounds_of_offers_are_counted_apart() {
    let one = by_hand("0 1 TaskScheduler#1 - DriverEndpoint ReviveOffers");
    let two = by_hand("
        0 1 TaskScheduler#1 - DriverEndpoint ReviveOffers
        2 3 TaskScheduler#2 - DriverEndpoint ReviveOffers
    ");
    let diff = diff(&one, &two);
    assert!(diff.only_reordered());
    assert_eq!(diff.rounds, (0, 1));
}
