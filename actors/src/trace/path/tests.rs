//! Paths on small traces that are written by hand.

use super::*;
use crate::trace::by_hand::{TWO_TASKS_ON_ONE_CORE, by_hand};

fn tell(messages: &Messages, id: &str, generations: usize) -> String {
    path(messages, id.parse().unwrap(), generations).unwrap().to_string()
}

#[test]
fn the_chain_of_causes_goes_back_to_the_root_with_its_waits() {
    let told = tell(&by_hand(TWO_TASKS_ON_ONE_CORE), "DAGScheduler#4", 8);
    let expected = "\
\x20                  1.0 µs  in a mailbox
    0.000001 Host-0 → DAGScheduler JobSubmitted job 0 x2  [Host-0#1]
                   1.0 µs  in a mailbox
    0.000002 DAGScheduler → TaskScheduler SubmitTasks job 0 stage 0.0 x2  [DAGScheduler#3]
                   1.0 µs  in a mailbox
    0.000003 TaskScheduler → DriverEndpoint ReviveOffers  [TaskScheduler#1]
                   1.0 µs  in a mailbox
    0.000004 DriverEndpoint → TaskScheduler ResourceOffers executor 1 x1  [DriverEndpoint#1]
                   1.0 µs  in a mailbox
    0.000005 TaskScheduler → DriverEndpoint LaunchTasks x1  [TaskScheduler#3]
                   1.0 µs  in a mailbox
    0.000006 DriverEndpoint → Executor-1 LaunchTask job 0 stage 0.0 partition 0 task 0 executor 1  [DriverEndpoint#2]
                   1.0 µs  in a mailbox
    0.000007 Executor-1 → TaskRunner-1 LaunchTask job 0 stage 0.0 partition 0 task 0 executor 1  [Executor-1#1]
                  10.0 µs  in the executor's queue
                 500.0 µs  running
                   1.0 µs  in a mailbox
    0.000518 TaskRunner-1 → Executor-1 StatusUpdate task 0 executor 1 FINISHED  [TaskRunner-1#2]
                   1.0 µs  in a mailbox
    0.000519 Executor-1 → DriverEndpoint StatusUpdate task 0 executor 1 FINISHED  [Executor-1#2]
                   1.0 µs  in a mailbox
    0.000520 DriverEndpoint → TaskScheduler StatusUpdate task 0 executor 1 FINISHED  [DriverEndpoint#3]
                   1.0 µs  in a mailbox
    0.000521 TaskScheduler → ResultGetter EnqueueSuccessfulTask job 0 stage 0.0 task 0 executor 1  [TaskScheduler#4]
                  20.0 µs  result fetch
                   1.0 µs  in a mailbox
    0.000542 ResultGetter → TaskScheduler HandleSuccessfulTask task 0  [ResultGetter#1]
                   1.0 µs  in a mailbox
    0.000543 TaskScheduler → DAGScheduler CompletionEvent job 0 stage 0.0 partition 0 task 0 executor 1 Success  [TaskScheduler#7]
                   1.0 µs  in a mailbox
    0.000544 DAGScheduler → JobWaiter-0 TaskSucceeded job 0 partition 0 task 0  [DAGScheduler#4]

it caused nothing
";
    assert_eq!(told, expected);
}

#[test]
fn a_cause_that_is_not_in_the_trace_is_named() {
    let messages = by_hand("5 7 DAGScheduler#9 Host-0#3 ListenerBus JobStart job=1");
    let expected = "\
(its causes begin before the trace does: Host-0#3 is not in it)
                   2.0 µs  in a mailbox
    0.000007 DAGScheduler → ListenerBus JobStart job 1  [DAGScheduler#9]

it caused nothing
";
    assert_eq!(tell(&messages, "DAGScheduler#9", 8), expected);
}

#[test]
fn equal_effects_are_folded() {
    let mut lines = "0 1 TaskScheduler#1 - DriverEndpoint LaunchTasks count=198\n".to_owned();
    for task in 0..198 {
        let (executor, number) = (1 + task % 2, task + 1);
        lines += &format!(
            "1 {} DriverEndpoint#{number} TaskScheduler#1 Executor-{executor} LaunchTask \
             stage=0.0 partition={task} task={task} executor={executor}\n",
            2 + task
        );
    }
    let told = tell(&by_hand(&lines), "TaskScheduler#1", 8);
    let (_, effects) = told.split_once("\n\n").unwrap();
    assert_eq!(
        effects,
        "it caused 198 messages\n\
         └─ LaunchTask x198 → Executor-* (stage 0.0 partition 0..197 task 0..197 executor 1,2) at 0.000002..0.000199\n"
    );
}

#[test]
fn effects_are_told_as_far_as_was_asked() {
    let told = tell(&by_hand(TWO_TASKS_ON_ONE_CORE), "Host-0#1", 2);
    let (_, effects) = told.split_once("\n\n").unwrap();
    let expected = "\
it caused 32 messages
├─ JobStart → ListenerBus (job 0) at 0.000002
├─ StageSubmitted → ListenerBus (stage 0.0 x2) at 0.000002
└─ SubmitTasks → TaskScheduler (job 0 stage 0.0 x2) at 0.000002
   └─ ReviveOffers → DriverEndpoint at 0.000003, and 28 more below
";
    assert_eq!(effects, expected);
}
