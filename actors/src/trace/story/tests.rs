//! Stories on small traces that are written by hand.

use super::*;
use crate::{
    ExecutorId,
    message::{DriverEndpointMessage, KillTask, Message},
    trace::by_hand::{SPECULATION, TWO_TASKS_ON_ONE_CORE, by_hand, with_payloads},
};

const HEADS_ONLY: &str =
    "\nnote: the trace has heads only: it does not tell reasons; record payloads to see them\n";

fn tell(messages: &Messages, subject: &str) -> String {
    let story = story(messages, subject.parse().unwrap()).unwrap().to_string();
    story.strip_suffix(HEADS_ONLY).map_or(story.clone(), str::to_owned)
}

#[test]
fn a_task_that_waited_for_a_core_tells_each_wait() {
    let told = tell(&by_hand(TWO_TASKS_ON_ONE_CORE), "task 1");
    let expected = "\
task 1 (partition 1 of stage 0.0) of job 0, on executor 1: Success after 2.549 ms
    0.000002 the TaskScheduler had it with its stage's tasks  [DAGScheduler#3]
                 519.0 µs  waited for a free core, until task 0 ended
    0.000521 given a core of executor 1  [TaskScheduler#5]
                   2.0 µs  in mailboxes
    0.000523 received by executor 1  [DriverEndpoint#5]
                   1.0 µs  in mailboxes
    0.000524 handed to the task threads  [Executor-1#3]
                   1.0 µs  in the executor's queue
    0.000525 began to run  [TaskRunner-1#3]
                 2.000 ms  running
    0.002525 its thread ended it: FINISHED  [TaskRunner-1#4]
                   3.0 µs  in mailboxes
    0.002528 its end reached the TaskScheduler  [DriverEndpoint#6]
    0.002528 its result was handed to the result getter  [TaskScheduler#8]
                  22.0 µs  result fetch
    0.002550 its result reached the TaskScheduler  [ResultGetter#2]
                   1.0 µs  in mailboxes
    0.002551 the DAGScheduler counted it: Success  [TaskScheduler#9]
";
    assert_eq!(told, expected);
}

#[test]
fn a_task_that_was_launched_at_once_waited_only_in_mailboxes() {
    let told = tell(&by_hand(TWO_TASKS_ON_ONE_CORE), "task 0");
    assert!(told.contains("2.0 µs  on its way through the scheduler\n"), "{told}");
    assert!(told.contains("10.0 µs  in the executor's queue\n"), "{told}");
}

#[test]
fn a_partition_tells_all_its_attempts() {
    let kill = |id: MessageId| {
        let kill = KillTask {
            task_id: crate::TaskId(0),
            executor_id: ExecutorId(1),
            interrupt_thread: true,
            reason: "another attempt succeeded".to_owned(),
        };
        (id.to_string() == "TaskScheduler#9").then(|| Message::from(DriverEndpointMessage::from(kill)))
    };
    let told = tell(&with_payloads(SPECULATION, kill), "partition 0/0");
    let expected = "\
task 0 (partition 0 of stage 0.0) of job 0, on executor 1: not ended
    0.000002 the TaskScheduler had it with its stage's tasks  [DAGScheduler#1]
                   2.0 µs  on its way through the scheduler
    0.000004 given a core of executor 1  [TaskScheduler#3]
                   2.0 µs  in mailboxes
    0.000006 received by executor 1  [DriverEndpoint#2]
                   1.0 µs  in mailboxes
    0.000007 handed to the task threads  [Executor-1#1]
    0.000007 began to run  [TaskRunner-1#1]
                 1.201 ms  running
    0.001208 its kill was asked for: another attempt succeeded  [TaskScheduler#9]

task 1 (partition 0 of stage 0.0) of job 0, attempt 1, a speculative copy, on executor 2: Success after 209.0 µs
    0.001000 a speculative copy was wanted  [TaskScheduler#2]
                   2.0 µs  on its way through the scheduler
    0.001002 given a core of executor 2  [TaskScheduler#7]
                   2.0 µs  in mailboxes
    0.001004 received by executor 2  [DriverEndpoint#4]
                   1.0 µs  in mailboxes
    0.001005 handed to the task threads  [Executor-2#1]
    0.001005 began to run  [TaskRunner-2#1]
                 200.0 µs  running
    0.001205 its thread ended it: FINISHED  [TaskRunner-2#2]
                   3.0 µs  in mailboxes
    0.001208 its end reached the TaskScheduler  [DriverEndpoint#5]
                   1.0 µs  in mailboxes
    0.001209 the DAGScheduler counted it: Success  [TaskScheduler#10]

note: 2 attempts of partition 0
";
    assert_eq!(told, expected);
}

#[test]
fn stages_jobs_and_executors_tell_what_their_tasks_did() {
    let messages = by_hand(TWO_TASKS_ON_ONE_CORE);
    let told = ["stage 0", "job 0", "executor 1"].map(|subject| tell(&messages, subject)).join("--\n");
    let expected = "\
stage 0.0 of job 0, 2 tasks: completed after 2.550 ms; 2 attempts: 2 Success; they ran 1.250 ms in the median, task 1 longest with 2.000 ms
    0.000001 submitted  [DAGScheduler#2]
                   1.0 µs  waited for an offer
    0.000002 the TaskScheduler had its tasks  [DAGScheduler#3]
                   2.0 µs  waited for an offer
    0.000004 the first of its tasks was given a core  [TaskScheduler#2]
                 517.0 µs  1 task under way
    0.000521 the last of its tasks was given a core  [TaskScheduler#5]
                 2.030 ms  1 task under way
    0.002551 completed  [DAGScheduler#5]
--
job 0: JobSucceeded after 2.553 ms
    0.000000 submitted  [Host-0#1]
                   1.0 µs  no task was under way
    0.000001 the DAGScheduler had cut it into stages  [DAGScheduler#1]
    0.000001 stage 0.0 submitted with 2 tasks  [DAGScheduler#2]
                 543.0 µs  2 tasks of stage 0.0 under way
    0.000544 its waiter had a first result  [DAGScheduler#4]
                 2.007 ms  1 task of stage 0.0 under way
    0.002551 stage 0.0 completed  [DAGScheduler#5]
                   2.0 µs  no task was under way
    0.002553 JobSucceeded  [DAGScheduler#7]

note: stage 0.0: 2 attempts: 2 Success; they ran 1.250 ms in the median, task 1 longest with 2.000 ms--
executor 1: 2 tasks, 2.500 ms of task time
    0.000004 it was given its first task  [TaskScheduler#2]
                 2.547 ms  2 tasks under way
    0.002551 the last of its tasks ended: task 1 (partition 1 of stage 0.0)  [TaskScheduler#9]
";
    assert_eq!(told, expected);
}

#[test]
fn what_is_not_in_the_trace_is_refused_with_what_is() {
    let messages = by_hand(TWO_TASKS_ON_ONE_CORE);
    let refused = |subject: &str| story(&messages, subject.parse().unwrap()).unwrap_err().to_string();
    assert_eq!(refused("task 17"), "the trace does not tell of task 17; it has task 0,1");
    assert_eq!(refused("stage 0.1"), "the trace does not tell of stage 0.1; it has stage 0");
    assert_eq!(refused("job 3"), "the trace does not tell of job 3; it has job 0");
    assert_eq!(refused("executor 7"), "the trace does not tell of executor 7; it has executor 1");
    assert_eq!(refused("partition 0/9"), "the trace does not tell of partition 0/9; it has stage 0");
}

#[test]
fn of_a_trace_of_heads_the_story_says_that_reasons_are_missing() {
    let told = story(&by_hand(TWO_TASKS_ON_ONE_CORE), "task 0".parse().unwrap()).unwrap().to_string();
    assert!(told.ends_with(HEADS_ONLY), "{told}");
}

#[test]
fn heads_are_told_from_another_version() {
    let messages = by_hand(TWO_TASKS_ON_ONE_CORE).with_payloads(crate::trace::Payloads::OtherSchema);
    let text = story(&messages, "job 0".parse().unwrap()).unwrap().to_string();
    assert!(text.contains("\nnote: another version recorded what messages say"), "{text}");
    assert!(!text.contains("record payloads"), "{text}");
}
