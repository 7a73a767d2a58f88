//! What is said about filters with errors.

use std::collections::BTreeSet;

use crate::trace::filter::{Filter, names, parser, preset::PRESETS};

fn error(filter: &str) -> String {
    match filter.parse::<Filter>() {
        Ok(filter) => panic!("{filter:?}"),
        Err(error) => error.to_string(),
    }
}

/// Reason, filter, carets, without the two spaces before the last two.
fn check(expected: &str) {
    let lines: Vec<&str> = expected.trim_matches('\n').lines().collect();
    let [reason, filter, carets] = lines[..] else { panic!("{expected}") };
    assert_eq!(error(filter), format!("{reason}\n  {filter}\n  {carets}"));
}

#[test]
fn a_name_that_is_not_known_is_shown_with_the_nearest() {
    check(
        "
`LaunchTsk` is no kind of message; did you mean `LaunchTask`?
kind = LaunchTsk and stage = 1
       ^^^^^^^^^",
    );
    check(
        "
`Exeutor-2` is no actor; did you mean `Executor`?
stage = 1 and to = Exeutor-2
                   ^^^^^^^^^",
    );
    check(
        "
`nobody` is no actor such as `DAGScheduler` or `Executor-2`
to = nobody
     ^^^^^^",
    );
    check(
        "
`stge` is no kind of message, actor, field or preset; did you mean `stage`?
stge = 1
^^^^",
    );
    check(
        "
`heartbeat*x` is no kind of message; did you mean `Heartbeat`?
kind = heartbeat*x
       ^^^^^^^^^^^",
    );
    check(
        "
`hartbeats` is no kind of message, actor, field or preset; did you mean `heartbeats`?
!hartbeats
 ^^^^^^^^^",
    );
}

#[test]
fn a_wrong_value_is_shown_with_a_right_one() {
    check(
        "
`1.x` is no value for `stage`; expected such as `1` or `1.0`
stage = 1.x
        ^^^",
    );
    check(
        "
`soon` is no value for `time`; expected such as `1.5s` or `20ms`
time > soon
       ^^^^",
    );
    check(
        "
`two` is no value for `executor`; expected such as `2` or `driver`
executor in {1, two}
                ^^^",
    );
    check(
        "
`DAGScheduler` is not a message such as `DAGScheduler#12`
below DAGScheduler
      ^^^^^^^^^^^^",
    );
    check(
        "
nothing is in this range: it ends before it begins
number in {1, 7..3}
              ^^^^",
    );
}

#[test]
fn what_was_expected_is_said_at_its_place() {
    check(
        "
expected a value for `stage` such as `1` or `1.0`, found the end
stage = 
        ^",
    );
    check(
        "
expected =, !=, <, <=, >, >= or in after `stage`, found `1`
stage 1
      ^",
    );
    check(
        "
expected =, !=, ~ or in after `kind`, found the end
kind
    ^",
    );
    check(
        "
expected `and`, `or` or the end, found `stage`
LaunchTask stage = 1
           ^^^^^",
    );
    check(
        "
expected `and`, `or` or `)`, found the end
(stage = 1
          ^",
    );
    check(
        "
expected `and`, `or` or the end, found `)`
stage = 1)
         ^",
    );
    check(
        "
expected a condition such as `kind = LaunchTask`, found the end
stage = 1 and
             ^",
    );
    check(
        "
expected `,` or `}`, found the end
kind in {LaunchTask
                   ^",
    );
    check(
        "
expected a set such as `{a, b}` after `kind in`, found `LaunchTask`
kind in LaunchTask
        ^^^^^^^^^^",
    );
    check(
        "
expected a message such as `DAGScheduler#12`, found `and`
below and
      ^^^",
    );
}

#[test]
fn an_operator_must_suit_its_field() {
    check(
        "
`kind` takes =, !=, ~ or in, not `<`
kind < LaunchTask
     ^",
    );
    check(
        "
`text` takes ~, not `=`
text = heap
     ^",
    );
    check(
        "
`time` takes =, !=, <, <=, >, >= or in, not `contains`
time contains 5
     ^^^^^^^^",
    );
}

#[test]
fn letters_that_mean_nothing_are_shown() {
    check(
        "
`&` alone means nothing; expected `&&` or `and`
task & stage
     ^",
    );
    check(
        "
`%` means nothing here; put it in quotes if it belongs to a text
note ~ 5%
        ^",
    );
    check(
        "
there is no \" to end this text
text ~ \"heap space
       ^^^^^^^^^^^",
    );
    check(
        "
a text alone means nothing; `text ~ \"...\"` looks for it in payloads
\"heap space\"
^^^^^^^^^^^^",
    );
}

#[test]
fn the_caret_is_right_behind_letters_of_several_bytes_and_line_breaks() {
    assert_eq!(
        error("note = 'ä€'\tand\nstge"),
        "`stge` is no kind of message, actor, field or preset; did you mean `stage`?\n  \
         note = 'ä€' and stge\n                  ^^^^"
    );
}

#[test]
fn depth_has_a_bound() {
    let nested = |depth: usize| format!("{}task{}", "(".repeat(depth), ")".repeat(depth));
    assert!(nested(63).parse::<Filter>().is_ok());
    for filter in [nested(64), nested(100_000), "!".repeat(100_000), "not ".repeat(100_000)] {
        let error = filter.parse::<Filter>().unwrap_err();
        assert_eq!(error.reason(), "more than 64 levels of parentheses and negations");
    }
    let long = vec!["task = 1"; 10_000].join(" or ");
    assert!(long.parse::<Filter>().is_ok());
}

#[test]
fn presets_are_filters_and_no_name_has_two_meanings() {
    for (name, _, filter) in PRESETS {
        assert!(parser::parse(filter).is_ok(), "{name}");
    }
    let mut all: Vec<_> = names::all().collect();
    all.sort_unstable();
    // Some receivers have a message of the same name.
    let kinds: BTreeSet<_> = names::kinds().collect();
    all.dedup_by(|one, other| one == other && kinds.contains(*one));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    let classes: BTreeSet<_> = names::classes().map(str::to_lowercase).collect();
    assert!(kinds.iter().all(|kind| !classes.contains(&kind.to_lowercase())));
}
