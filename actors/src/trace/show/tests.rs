//! Tests of lines: what they look like, to the letter.

use super::{Column, Folder, Lines, Shown, Times, line};
use crate::trace::{
    Messages,
    sample::{sample, with_payloads},
};

fn text(messages: &Messages, mut lines: Lines) -> String {
    let mut text = String::new();
    for record in messages {
        lines.write(record, &mut text);
        text.push('\n');
    }
    text
}

fn columns(names: &str) -> Lines {
    Lines::new(names.split(',').map(|name| name.parse().unwrap()).collect())
}

fn first(count: usize) -> Messages {
    let mut messages = Messages::default();
    sample().iter().take(count).for_each(|record| messages.push(record.clone()));
    messages
}

#[test]
fn the_usual_columns_are_time_actors_kind_ids_and_names() {
    assert_eq!(
        text(&first(5), Lines::default()),
        "    0.001004           Host-0 → DAGScheduler     JobSubmitted               job 0 x2 [Host-0#1]
    0.001004     DAGScheduler → ListenerBus      JobStart                   job 0 [DAGScheduler#1 ← Host-0#1]
    0.001010     DAGScheduler → TaskScheduler    SubmitTasks                job 0 stage 0.0 x2 [DAGScheduler#2 ← Host-0#1]
    0.001013    TaskScheduler → DriverEndpoint   LaunchTasks                x2 [TaskScheduler#1 ← DAGScheduler#2]
    0.001020   DriverEndpoint → Executor-1       LaunchTask                 stage 0.0 partition 0 task 0 executor 1 [DriverEndpoint#1 ← TaskScheduler#1]
"
    );
    let sample = sample();
    assert_eq!(
        sample.iter().map(|record| line(record) + "\n").collect::<String>(),
        text(&sample, Lines::default())
    );
}

#[test]
fn columns_are_as_asked_for() {
    assert_eq!(
        text(&first(3), columns("number,waited,id,kind,cause")),
        "       0   4.00µs Host-0#1               JobSubmitted               -
       1      0ns DAGScheduler#1         JobStart                   Host-0#1
       2   6.00µs DAGScheduler#2         SubmitTasks                Host-0#1
"
    );
    assert_eq!(
        text(&first(2), columns("to,from,ids,sent")),
        "DAGScheduler               Host-0 job 0 x2                                                 0.001000
ListenerBus          DAGScheduler job 0                                                    0.001004
"
    );
}

#[test]
fn what_a_message_says_is_a_column() {
    assert_eq!(
        text(&with_payloads(), columns("kind,payload")),
        "RegisterExecutorFailed     ExecutorBackend(RegisterExecutorFailed(RegisterExecutorFailed { message: \"Duplicate executor ID: 1\" }))
ReviveOffers               DriverEndpoint(ReviveOffers(ReviveOffers))
"
    );
    assert_eq!(text(&first(1), columns("kind,payload")), "JobSubmitted               -\n");
}

#[test]
fn times_count_from_the_start_the_first_or_the_one_before() {
    let times = |times| {
        let text = text(&first(4), columns("time,sent").times(times));
        text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        times(Times::Absolute),
        ["0.001004", "0.001000", "0.001004", "0.001004", "0.001010", "0.001004", "0.001013", "0.001010"]
    );
    assert_eq!(
        times(Times::Relative),
        ["0.000000", "0.000000", "0.000000", "0.000000", "0.000006", "0.000000", "0.000009", "0.000006"]
    );
    assert_eq!(
        times(Times::Delta),
        ["0.000000", "0.000000", "0.000000", "0.000000", "0.000006", "0.000000", "0.000003", "0.000000"]
    );
}

#[test]
fn colours_tell_actors_apart_and_failures_are_red() {
    let mut lines = columns("from,to,kind,id,cause").colored();
    let mut shown = |number: usize| {
        let mut text = String::new();
        lines.write(sample().iter().nth(number).unwrap(), &mut text);
        text
    };
    assert_eq!(
        shown(2),
        "\x1b[35m    DAGScheduler\x1b[0m → \x1b[34mTaskScheduler   \x1b[0m SubmitTasks                \
         \x1b[2m[DAGScheduler#2 ← Host-0#1]\x1b[0m"
    );
    assert_eq!(
        shown(9),
        "\x1b[31m  DriverEndpoint → TaskScheduler    HandleFailedTask           \
         [DriverEndpoint#3 ← Executor-2#1]\x1b[0m"
    );
}

#[test]
fn messages_in_a_row_are_folded_into_one_line() {
    let messages = sample();
    let folded = |filter: &str| {
        let mut folder = Folder::new(filter.parse().unwrap());
        let mut all: Vec<Shown> =
            messages.iter().flat_map(|record| folder.push(record.clone()).collect::<Vec<_>>()).collect();
        all.extend(folder.finish());
        let name = |shown: &Shown| match shown {
            Shown::Message(record) => record.number.to_string(),
            Shown::Folded(count) => format!("x{count}"),
        };
        all.iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(folded("heartbeats"), "0 1 2 3 4 5 x2 8 9 10");
    assert_eq!(folded("JobStart"), "0 1 2 3 4 5 6 7 8 9 10");
    assert_eq!(folded("number >= 8"), "0 1 2 3 4 5 6 7 x3");
    assert_eq!(folded(""), "x11");
}

#[test]
fn a_column_that_is_not_there_is_told_with_the_nearest() {
    for column in Column::ALL {
        assert_eq!(column.name().to_uppercase().parse(), Ok(column));
    }
    let error = |text: &str| text.parse::<Column>().unwrap_err().to_string();
    assert_eq!(error("payloda"), "there is no column `payloda`; did you mean `payload`?");
    assert_eq!(
        error("everything"),
        "there is no column `everything`; there are number, time, sent, waited, from, to, kind, ids, id, cause, payload"
    );
}
