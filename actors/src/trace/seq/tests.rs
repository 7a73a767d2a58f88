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

/// A diagram with one arrow of this name.
fn named(kind: &'static str) -> Diagram {
    let mut diagram = Diagram::of(&by_hand("0 1 Host-0#1 - DAGScheduler JobSubmitted job=0"), true);
    let Some(Item::Arrow(arrow)) = diagram.items.first_mut() else { panic!("{diagram:?}") };
    arrow.kind = kind;
    diagram
}

#[test]
fn labels_have_no_character_that_means_something_to_a_renderer() {
    for (kind, to_mermaid, to_plantuml) in [
        ("a;b#c", "a#59;b#35;c", "a<U+003B>b<U+0023>c"),
        ("end", "end", "end"),
        ("wrap: x", "wrap#58; x", "wrap<U+003A> x"),
        ("a\nend\r\n@enduml", "a end  #64;enduml", "a end  <U+0040>enduml"),
        ("say \"hi\" \\n", "say #34;hi#34; #92;n", "say <U+0022>hi<U+0022> <U+005C>n"),
        (
            "%%{init}%% %date()",
            "#37;#37;#123;init#125;#37;#37; #37;date()",
            "<U+0025><U+0025><U+007B>init<U+007D><U+0025><U+0025> <U+0025>date()",
        ),
        ("Vec<b>&amp;", "Vec#60;b#62;#38;amp#59;", "Vec<U+003C>b<U+003E><U+0026>amp<U+003B>"),
        ("==x==", "#61;#61;x=#61;", "<U+003D><U+003D>x=<U+003D>"),
        (" * x", " #42; x", " <U+002A> x"),
        ("..x..", "#46;.x..", "<U+002E>.x.."),
        ("' // __x__", "#39; /#47; _#95;x_#95;", "<U+0027> /<U+002F> _<U+005F>x_<U+005F>"),
    ] {
        let drawn = mermaid(&named(kind));
        assert_eq!(drawn.lines().last(), Some(&*format!("    p0->>p1: {to_mermaid} job 0")));
        assert_eq!(drawn.lines().count(), 4);
        let drawn = plantuml(&named(kind));
        assert_eq!(drawn.lines().rev().nth(1), Some(&*format!("p0 -> p1 : {to_plantuml} job 0")));
        assert_eq!(drawn.lines().count(), 5);
    }
}

#[test]
fn mermaid_is_never_longer_than_renderers_take() {
    // Each label is cut, and made of characters with long escapes.
    let mut diagram = Diagram::of(&by_hand("0 1 Host-0#1 - DAGScheduler JobSubmitted job=0"), true);
    let Some(Item::Arrow(arrow)) = diagram.items.pop() else { panic!("{diagram:?}") };
    let arrow = Arrow { kind: ";".repeat(1_000).leak(), ..*arrow };
    diagram.items = (0..MERMAID_ARROWS).map(|_| Item::single(arrow.clone())).collect();
    let drawn = mermaid(&diagram);
    assert!(drawn.len() < 50_000, "{}", drawn.len());
    assert!(drawn.ends_with(" more messages are left out\n"), "{drawn}");
    let shown = drawn.matches("->>").count();
    assert!(drawn.contains(&format!(": {} more messages", MERMAID_ARROWS - shown)), "{drawn}");
}

#[test]
fn notes_of_one_lane_stand_over_it() {
    let lines = "0 1 DAGScheduler#1 - DAGScheduler ResubmitFailedStages\n900 1000 DAGScheduler#2 - DAGScheduler ResubmitFailedStages";
    let drawn = mermaid(&Diagram::of(&by_hand(lines), true));
    assert!(drawn.contains("    Note over p0: 999.0 µs later, 0.001000\n"), "{drawn}");
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
