//! `firesteel trace replay` and `check`, as a user calls them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use firesteel::actors::{
    carrier::{Observed, Observer},
    message::{Message, TaskSchedulerMessage},
    trace::{Record, RecordOptions, TraceReader, TraceWriter},
};
use serde_json::Value;

use crate::harness::{Outcome, Scenario, scenario};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free a_recording_is_replayed_and_holds),
        scenario!(free the_first_difference_is_shown_with_both_sides),
        scenario!(free a_state_is_json_of_one_actor),
        scenario!(free a_state_behind_a_difference_says_so),
        scenario!(free what_changed_between_two_messages_is_told),
        scenario!(free a_trace_that_begins_midway_is_refused_with_advice),
        scenario!(free a_run_goes_on_without_a_message_or_with_a_later_one),
        scenario!(free a_branch_is_written_as_show_prints_it),
        scenario!(free a_message_is_injected_from_a_file),
        scenario!(free files_with_no_message_to_inject_are_wrong_use),
    ]
}

fn recording() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("actors/tests/recordings/failures.trace")
}

fn run(command: &str, file: &Path, args: &[&str]) -> Output {
    let firesteel = env!("CARGO_BIN_EXE_firesteel");
    Command::new(firesteel).args(["trace", command]).arg(file).args(args).output().unwrap()
}

/// Exit code, standard output, standard error.
fn told(command: &str, file: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = run(command, file, args);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What a command that must not complain prints.
fn printed(command: &str, args: &[&str]) -> String {
    let (code, text, errors) = told(command, &recording(), args);
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{args:?}");
    text
}

/// A trace of what `change` makes of the recording's messages.
fn changed(
    change: impl FnOnce(&mut Vec<Record>),
) -> Result<tempfile::NamedTempFile, Box<dyn std::error::Error + Send + Sync>> {
    let reader = TraceReader::open(&recording())?;
    let header = reader.header();
    let options = RecordOptions::payloads().run(&header.carrier, &header.config()?, &header.executors);
    let mut records = reader.collect::<Result<Vec<_>, _>>()?;
    change(&mut records);
    let file = tempfile::NamedTempFile::new()?;
    let writer = TraceWriter::create(file.path(), options)?;
    for Record { head, handled, message, .. } in &records {
        let message = message.as_ref().ok_or("a message without a payload")?.as_ref();
        writer.message(Observed { head, handled: *handled, message });
    }
    writer.close()?;
    Ok(file)
}

/// The first stage is submitted with another attempt.
fn tampered() -> Result<tempfile::NamedTempFile, Box<dyn std::error::Error + Send + Sync>> {
    changed(|records| {
        let submit = records.iter_mut().find_map(|record| match &mut record.message {
            Some(Message::TaskScheduler(TaskSchedulerMessage::SubmitTasks(submit))) => Some(submit),
            _ => None,
        });
        Arc::make_mut(&mut submit.unwrap().task_set.stage).stage_attempt_id += 7;
    })
}

fn a_recording_is_replayed_and_holds() -> Outcome {
    let text = printed("replay", &[]);
    assert!(text.starts_with("352 messages until 0.048871 s: ") && text.contains(", all the same"), "{text}");
    assert!(text.contains("\nreplayed in ") && text.ends_with(" messages/s\n"), "{text}");
    let json: Value = serde_json::from_str(&printed("replay", &["--json"]))?;
    assert_eq!(json["messages"], 352);
    let one: Value = serde_json::from_str(&printed("replay", &["--json", "--only", "DAGScheduler"]))?;
    assert!(one["handled"].as_u64() < json["handled"].as_u64() && one["messages"] == 352, "{one}");
    let text = printed("check", &[]);
    assert!(text.starts_with("352 messages, ") && text.ends_with(" invariants: all hold\n"), "{text}");
    let json: Value = serde_json::from_str(&printed("check", &["--json"]))?;
    assert_eq!((&json["to_the_end"], &json["violations"]), (&true.into(), &serde_json::json!([])));
    Ok(())
}

fn the_first_difference_is_shown_with_both_sides() -> Outcome {
    let file = tampered()?;
    let (code, text, errors) = told("replay", file.path(), &[]);
    assert_eq!((code, text.as_str()), (Some(1), ""));
    let lines: Vec<&str> = errors.lines().collect();
    assert!(lines[0].starts_with("firesteel: DAGScheduler#"), "{errors}");
    assert!(lines[0].contains(" is not the same in the replay (message "), "{errors}");
    assert!(lines[1].starts_with("  recorded: ") && lines[1].contains("stage 0.7"), "{errors}");
    assert!(lines[2].starts_with("  replayed: ") && lines[2].contains("stage 0.0"), "{errors}");
    assert_eq!(lines[3..], ["  task_set.stage.stage_attempt_id: 7 -> 0"]);
    let (code, text, told) = told("check", file.path(), &[]);
    assert_eq!((code, told), (Some(1), errors));
    assert!(text.contains(" invariants: all hold; the check ends midway (1 jobs open)"), "{text}");
    Ok(())
}

fn a_state_is_json_of_one_actor() -> Outcome {
    let text = printed("replay", &["--until", "DriverEndpoint#9", "--state", "Executor-1", "--json"]);
    let state: Value = serde_json::from_str(&text)?;
    assert_eq!(state["actor"], "Executor-1");
    assert_eq!(state["state"]["type"], "ExecutorBackendCore");
    assert_eq!(state["state"]["phase"], "Registered");
    let all = printed("replay", &["--until", "DriverEndpoint#9", "--json"]);
    assert!(all.lines().count() > 7 && all.contains(text.trim_end()), "{all}");
    let text = printed("replay", &["--state", "DAGScheduler"]);
    assert!(text.starts_with("DAGScheduler: DagSchedulerCore"), "{text}");
    for (args, expected) in [
        (
            ["--until", "DriverEndpoint#9", "--state", "Executor-9"],
            "Executor-9 is not an actor that is replayed",
        ),
        (
            ["--until", "DriverEndpoint#9999", "--state", "Executor-1"],
            "the trace has no message DriverEndpoint#9999",
        ),
    ] {
        let (code, _, errors) = told("replay", &recording(), &args);
        assert!(code == Some(1) && errors.contains(expected), "{errors}");
    }
    Ok(())
}

fn a_state_behind_a_difference_says_so() -> Outcome {
    let file = tampered()?;
    let args = ["--until", "Host-0#1", "--state", "DAGScheduler"];
    let before = told("replay", file.path(), &args);
    assert_eq!(before, (Some(0), printed("replay", &args), String::new()));
    let (code, text, errors) = told("replay", file.path(), &["--state", "DAGScheduler", "--json"]);
    let state: Value = serde_json::from_str(&text)?;
    assert_eq!((code, &state["actor"]), (Some(1), &"DAGScheduler".into()));
    assert!(errors.starts_with("firesteel: the replay had parted from the recording before, "), "{errors}");
    assert!(errors.contains("  recorded: ") && errors.contains("  replayed: "), "{errors}");
    Ok(())
}

fn what_changed_between_two_messages_is_told() -> Outcome {
    let text = printed("replay", &["--diff-state", "Host-0#1", "DAGScheduler#3"]);
    assert!(text.contains("TaskScheduler pools.pools[0].sets: 0 -> 1\n"), "{text}");
    let json = printed("replay", &["--diff-state", "Host-0#1", "DAGScheduler#3", "--json"]);
    assert_eq!(json.lines().count(), text.lines().count());
    Ok(())
}

fn a_trace_that_begins_midway_is_refused_with_advice() -> Outcome {
    let file = changed(|records| drop(records.drain(..60)))?;
    for command in ["replay", "check"] {
        let (code, text, errors) = told(command, file.path(), &[]);
        assert_eq!((code, text.as_str()), (Some(1), ""), "{errors}");
        assert!(errors.contains("begins in the midst of a run") && errors.contains("`story`"), "{errors}");
    }
    assert!(run("show", file.path(), &[]).status.success());
    Ok(())
}

fn a_run_goes_on_without_a_message_or_with_a_later_one() -> Outcome {
    let text = printed("replay", &["--drop", "TaskScheduler#6"]);
    assert!(text.contains("job 0: succeeded at 0.029369 -> does not end\n"), "{text}");
    let text = printed("replay", &["--delay", "Host-0#1", "20ms"]);
    assert!(
        text.starts_with("from message ") && text.contains("job 0: succeeded at 0.029369 -> succeeded at "),
        "{text}"
    );
    let json: Value = serde_json::from_str(&printed("replay", &["--delay", "Host-0#1", "20ms", "--json"]))?;
    let ended = |run: &str| json[run]["jobs"]["0"]["ended"].as_u64().unwrap();
    assert!(ended("branch") > ended("recorded"), "{json}");
    for (args, expected) in [
        (&["--delay", "Host-0#1", "soon"][..], "is not a time"),
        (&["--drop", "Host-0#1", "--state", "DAGScheduler"], "cannot be used with"),
        (&["--branch", "file"], "required arguments were not provided"),
    ] {
        let (code, _, errors) = told("replay", &recording(), args);
        assert!(code == Some(2) && errors.contains(expected), "{args:?} {code:?}: {errors}");
    }
    Ok(())
}

fn a_branch_is_written_as_show_prints_it() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("branch");
    let text = printed("replay", &["--drop", "TaskScheduler#6", "--branch", path.to_str().unwrap()]);
    let parts_at: usize = text.split_whitespace().nth(2).unwrap().parse()?;
    let (branch, shown) = (fs::read_to_string(path)?, printed("show", &["--json"]));
    let line = |text: &str| text.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>();
    let (branch, shown) = (line(&branch)?, line(&shown)?);
    assert!(branch.len() > parts_at && branch[..parts_at] == shown[..parts_at]);
    assert!(text.contains(&format!("messages: 352 -> {}\n", branch.len())), "{text}");
    for field in ["id", "from", "to", "sent", "handled", "kind", "message"] {
        assert!(!branch[parts_at][field].is_null(), "{field}: {}", branch[parts_at]);
    }
    assert_eq!(branch.last().unwrap()["number"], branch.len() - 1);
    Ok(())
}

fn a_message_is_injected_from_a_file() -> Outcome {
    let file = tempfile::NamedTempFile::new()?;
    let cancel = r#"{"DagScheduler": {"JobCancelled": {"job_id": 0, "reason": "what if"}}}"#;
    fs::write(
        file.path(),
        format!(r#"{{"after": "DAGScheduler#5", "to": "DAGScheduler", "message": {cancel}}}"#),
    )?;
    let text = printed("replay", &["--inject", file.path().to_str().unwrap()]);
    assert!(text.contains("job 0: succeeded at 0.029369 -> failed at "), "{text}");
    Ok(())
}

fn files_with_no_message_to_inject_are_wrong_use() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("inject.json");
    let inject = |expected: &str| {
        let (code, text, errors) = told("replay", &recording(), &["--inject", path.to_str().unwrap()]);
        assert_eq!((code, text.as_str()), (Some(2), ""), "{errors}");
        assert!(errors.contains(expected), "{errors}");
    };
    inject("cannot read ");
    for (text, expected) in [
        ("{", "is no message to inject: "),
        (r#"{"after": "DAGScheduler#5", "to": "DAGScheduler"}"#, "missing field `message`"),
        (
            r#"{"after": "DAGScheduler#5", "to": "DAGScheduler", "message": {"DagScheduler": {"Nothing": {}}}}"#,
            "unknown variant `Nothing`",
        ),
        (
            r#"{"after": "x", "to": "DAGScheduler", "message": {"DagScheduler": {"ResubmitFailedStages": {}}}}"#,
            "x",
        ),
        (
            r#"{"after": "DAGScheduler#5", "to": "TaskScheduler", "message": {"DagScheduler": {"ResubmitFailedStages": {}}}}"#,
            "TaskScheduler does not take this message",
        ),
    ] {
        fs::write(&path, text)?;
        inject(expected);
    }
    Ok(())
}
