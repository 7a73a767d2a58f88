//! Diagrams of small traces that are written by hand.

use super::*;
use crate::trace::{
    Messages,
    by_hand::{TWO_TASKS_ON_ONE_CORE, by_hand},
};

const UNICODE: Look = Look { width: 80, ascii: false };
const ASCII: Look = Look { width: 80, ascii: true };

/// A submission, a hundred launches, a timer, and the same two messages three times after a while.
fn mixed() -> Messages {
    let mut lines = "0 1 Host-0#1 - DAGScheduler JobSubmitted job=0 count=100\n".to_owned();
    for task in 0..100 {
        let number = task + 1;
        lines += &format!(
            "1 2 DriverEndpoint#{number} Host-0#1 Executor-1 LaunchTask stage=0.0 task={task} executor=1\n"
        );
    }
    lines += "2 3 DAGScheduler#1 Host-0#1 DAGScheduler ResubmitFailedStages\n";
    for round in 0..3 {
        lines += &format!(
            "900 1000 DriverEndpoint#{} - TaskScheduler ResourceOffers count={}\n\
             1000 1000 TaskScheduler#{} - DriverEndpoint LaunchTasks count=0\n",
            200 + round,
            round + 1,
            1 + round,
        );
    }
    by_hand(&lines)
}

#[test]
fn long_runs_and_repeated_blocks_are_folded() {
    let diagram = Diagram::of(&mixed(), true);
    assert_eq!(diagram.messages(), 108);
    let expected = "\
\x20               Host-0    DAGScheduler TaskScheduler              Executor-1
                   │            │            │     DriverEndpoint      │
                   │            │            │            │            │
    0.000001       │ JobSubmitted job 0 x100 │            │            │
                   ├───────────>│            │            │            │
    0.000002       │             LaunchTask x100 stage 0.0 task 0..99 executor 1
                   │            │            │            ├───────────>│
    0.000003       │            ├─┐ ResubmitFailedStages  │            │
                   │            │<┘          │            │            │
             997.0 µs later     ┊            ┊            ┊            ┊
     3 times┌      │            │            │            │            │
    0.001000│      │            │            │ ResourceOffers x3 x1..3 │
            │      │            │            │<───────────┤            │
            │      │            │            │ LaunchTasks x3 x0       │
            │      │            │            ├───────────>│            │
            └      │            │            │            │            │
";
    assert_eq!(text(&diagram, UNICODE), expected);
}

#[test]
fn the_same_diagram_is_drawn_with_ascii_alone() {
    let drawn = text(&Diagram::of(&mixed(), true), ASCII);
    assert!(drawn.is_ascii(), "{drawn}");
    let expected = "\
\x20               Host-0    DAGScheduler TaskScheduler              Executor-1
                   |            |            |     DriverEndpoint      |
                   |            |            |            |            |
    0.000001       | JobSubmitted job 0 x100 |            |            |
                   |----------->|            |            |            |
    0.000002       |             LaunchTask x100 stage 0.0 task 0..99 executor 1
                   |            |            |            |----------->|
    0.000003       |            |-. ResubmitFailedStages  |            |
                   |            |<'          |            |            |
             997.0 us later     :            :            :            :
     3 times.      |            |            |            |            |
    0.001000|      |            |            | ResourceOffers x3 x1..3 |
            |      |            |            |<-----------|            |
            |      |            |            | LaunchTasks x3 x0       |
            |      |            |            |----------->|            |
            '      |            |            |            |            |
";
    assert_eq!(drawn, expected);
}

#[test]
fn without_folding_every_message_is_an_arrow() {
    let diagram = Diagram::of(&mixed(), false);
    assert_eq!(diagram.items.len(), 108);
    assert!(diagram.items.iter().all(|item| matches!(item, Item::Arrow(arrow) if arrow.count == 1)));
}

#[test]
fn mermaid_has_bundles_loops_and_notes() {
    let expected = "\
sequenceDiagram
    participant p0 as Host-0
    participant p1 as DAGScheduler
    participant p2 as TaskScheduler
    participant p3 as DriverEndpoint
    participant p4 as Executor-1
    p0->>p1: JobSubmitted job 0 x100
    p3->>p4: LaunchTask x100 stage 0.0 task 0..99 executor 1
    p1->>p1: ResubmitFailedStages
    Note over p0,p4: 997.0 µs later, 0.001000
    loop 3 times
        p3->>p2: ResourceOffers x3 x1..3
        p2->>p3: LaunchTasks x3 x0
    end
";
    assert_eq!(mermaid(&Diagram::of(&mixed(), true)), expected);
}

#[test]
fn mermaid_gets_no_character_that_means_something_to_it() {
    let mut diagram = Diagram::of(&by_hand("0 1 Host-0#1 - DAGScheduler JobSubmitted job=0"), true);
    let Some(Item::Arrow(arrow)) = diagram.items.first_mut() else { panic!("{diagram:?}") };
    arrow.kind = "a;b#c";
    assert!(mermaid(&diagram).ends_with("p0->>p1: a b c job 0\n"));
}

#[test]
fn mermaid_leaves_out_what_is_too_much_and_says_so() {
    let lines: String =
        (1..=400).map(|number| format!("1 1 Host-0#{number} - DAGScheduler JobCancelled job=1\n")).collect();
    let drawn = mermaid(&Diagram::of(&by_hand(&lines), false));
    assert_eq!(drawn.matches("->>").count(), MERMAID_ARROWS);
    assert!(drawn.ends_with("    Note over p0,p1: 100 more messages are left out\n"), "{drawn}");
}

#[test]
fn plantuml_has_bundles_loops_and_delays() {
    let expected = "\
@startuml
participant \"Host-0\" as p0
participant \"DAGScheduler\" as p1
participant \"TaskScheduler\" as p2
participant \"DriverEndpoint\" as p3
participant \"Executor-1\" as p4
p0 -> p1 : JobSubmitted job 0 x100
p3 -> p4 : LaunchTask x100 stage 0.0 task 0..99 executor 1
p1 -> p1 : ResubmitFailedStages
... 997.0 µs later, 0.001000 ...
loop 3 times
p3 -> p2 : ResourceOffers x3 x1..3
p2 -> p3 : LaunchTasks x3 x0
end
@enduml
";
    assert_eq!(plantuml(&Diagram::of(&mixed(), true)), expected);
}

#[test]
fn a_diagram_fits_the_width_that_there_is() {
    let diagram = Diagram::of(&by_hand(TWO_TASKS_ON_ONE_CORE), true);
    for width in [60, 80, 100, 160] {
        for line in text(&diagram, Look { width, ascii: false }).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn many_executors_share_a_lane() {
    let lines: String = (1..=20)
        .map(|executor| format!("1 1 DriverEndpoint#{executor} - Executor-{executor} LaunchTask task={executor} executor={executor}\n"))
        .collect();
    let diagram = Diagram::of(&by_hand(&lines), true);
    let lanes: Vec<String> = diagram.lanes.iter().map(ToString::to_string).collect();
    assert_eq!(lanes, ["DriverEndpoint", "Executor-*"]);
    let [Item::Arrow(arrow)] = &diagram.items[..] else { panic!("{diagram:?}") };
    assert_eq!(arrow.label(), "LaunchTask x20 task 1..20 executor 20 of them");
}

#[test]
fn lanes_stand_from_those_that_ask_to_those_that_are_told() {
    let diagram = Diagram::of(&by_hand(TWO_TASKS_ON_ONE_CORE), true);
    let lanes: Vec<String> = diagram.lanes.iter().map(ToString::to_string).collect();
    assert_eq!(
        lanes,
        [
            "Host-0",
            "DAGScheduler",
            "TaskScheduler",
            "DriverEndpoint",
            "Executor-1",
            "TaskRunner-1",
            "ResultGetter",
            "JobWaiter-0",
            "ListenerBus"
        ]
    );
}

#[test]
fn of_no_messages_there_is_an_empty_diagram() {
    let diagram = Diagram::of(&Messages::default(), true);
    assert_eq!(text(&diagram, UNICODE), "");
    assert_eq!(mermaid(&diagram), "sequenceDiagram\n");
    assert_eq!(plantuml(&diagram), "@startuml\n@enduml\n");
}
