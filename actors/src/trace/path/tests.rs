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
";
    assert_eq!(told, expected);
}

#[test]
fn a_cause_that_is_not_in_the_trace_is_named() {
    let messages = by_hand("5 7 DAGScheduler#9 Host-0#3 ListenerBus JobStart job=1");
    let expected = "\
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
";
    assert_eq!(effects, expected);
}
