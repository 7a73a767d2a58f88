//! Stories on small traces that are written by hand.

use super::*;
use crate::{
    ExecutorId,
    message::{DriverEndpointMessage, KillTask, Message},
    trace::by_hand::{SPECULATION, TWO_TASKS_ON_ONE_CORE, by_hand, with_payloads},
};

const HEADS_ONLY: &str = "\nnote: the trace has heads only: it does not tell reasons; record payloads to see them\n";

fn tell(messages: &Messages, subject: &str) -> String {
    let story = story(messages, subject.parse().unwrap()).unwrap().to_string();
    story.strip_suffix(HEADS_ONLY).map_or(story.clone(), str::to_owned)
}

#[test]
fn a_task_that_waited_for_a_core_tells_each_wait() {
    let told = tell(&by_hand(TWO_TASKS_ON_ONE_CORE), "task 1");
    let expected = "\
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
";
    assert_eq!(told, expected);
}

#[test]
fn stages_jobs_and_executors_tell_what_their_tasks_did() {
    let messages = by_hand(TWO_TASKS_ON_ONE_CORE);
    let told = ["stage 0", "job 0", "executor 1"].map(|subject| tell(&messages, subject)).join("--\n");
    let expected = "\
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
