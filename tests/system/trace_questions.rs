//! The commands that answer questions about a trace.

use std::{path::Path, process::Output};

use firesteel::Context;

use crate::harness::{Outcome, Scenario, scenario};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free every_question_has_an_answer_as_text_and_as_json),
        scenario!(free questions_that_cannot_be_answered_are_errors),
        scenario!(free questions_are_answered_from_a_part_of_a_trace),
    ]
}

fn record(path: &Path, seed: u64) -> Outcome {
    let (context, mut system) = Context::builder().master("local[2]").trace(path).start_sim(seed)?;
    system.block_on(async {
        let sums = context.range(0..30, 1, 4).map(|x| (x % 3, x)).reduce_by_key_n(2, |a, b| a + b);
        sums.count_async().await
    })??;
    drop(context);
    system.run_until_idle();
    Ok(())
}

fn command(args: &[&str]) -> std::io::Result<Output> {
    std::process::Command::new(env!("CARGO_BIN_EXE_firesteel")).arg("trace").args(args).output()
}

fn answer(args: &[&str]) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let output = command(args)?;
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn every_question_has_an_answer_as_text_and_as_json() -> Outcome {
    let dir = tempfile::tempdir()?;
    let paths = [dir.path().join("one"), dir.path().join("two")];
    record(&paths[0], 1)?;
    record(&paths[1], 2)?;
    let [one, two] = paths.each_ref().map(|path| path.to_str().unwrap());
    let questions: [(&[&str], &str); 8] = [
        (
            &["story", one, "task", "0"],
            "task 0 (partition 0 of stage 0.0) of job 0, on executor driver: Success",
        ),
        (&["story", one, "stage", "1"], "stage 1.0 of job 0, 2 tasks: completed after "),
        (&["path", one, "DAGScheduler#3"], "JobSubmitted"),
        (&["why", one, "job", "0"], "critical path of job 0: "),
        (&["why", one, "stage", "1", "--at", "0"], "it had not been submitted"),
        (&["diff", one, one], "no difference\n"),
        (&["diff", one, two], "no real difference: both runs have the same messages\n"),
        (&["seq", one, "--format", "mermaid"], "sequenceDiagram\n"),
    ];
    for (args, expected) in questions {
        let text = answer(args)?;
        assert!(text.contains(expected), "{args:?}: {text}");
        if args[0] != "seq" {
            let json = answer(&[args, &["--json"]].concat())?;
            assert!(serde_json::from_str::<serde_json::Value>(&json)?.is_object(), "{args:?}: {json}");
        }
    }
    assert!(answer(&["seq", one, "--format", "plantuml"])?.starts_with("@startuml\n"));
    let json = answer(&["seq", one, "--format", "json"])?;
    assert!(serde_json::from_str::<serde_json::Value>(&json)?["lanes"].is_array());
    let drawn = answer(&["seq", one, "--width", "80", "--ascii"])?;
    assert!(drawn.is_ascii() && drawn.lines().all(|line| line.len() <= 80), "{drawn}");
    Ok(())
}

fn questions_that_cannot_be_answered_are_errors() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("trace");
    record(&path, 1)?;
    let file = path.to_str().unwrap();
    let refused: [(&[&str], i32, &str); 4] = [
        (&["story", file, "host", "1"], 2, "firesteel: `host 1` names nothing: expected `job 0`, "),
        (&["story", file, "job", "7"], 1, "firesteel: the trace does not tell of job 7; it has job 0\n"),
        (&["path", file, "DAGScheduler#9999"], 1, "firesteel: the trace has no message DAGScheduler#9999\n"),
        (&["why", file, "job", "0", "--at", "soon"], 2, "is not a time such as `1.5s`, `20ms` or `300us`"),
    ];
    for (args, code, expected) in refused {
        let output = command(args)?;
        let errors = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(code), "{args:?}: {errors}");
        assert!(errors.contains(expected), "{args:?}: {errors}");
    }
    Ok(())
}

fn questions_are_answered_from_a_part_of_a_trace() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("run");
    record(&path, 1)?;
    let file = path.to_str().unwrap();
    let whole = answer(&["story", file, "task", "0"])?;
    let part = answer(&["story", file, "task", "0", "--filter", "not kind = StatusUpdate", "--from", "0s"])?;
    assert!(whole.contains("running") && whole != part, "{part}");
    assert_eq!(answer(&["story", file, "task", "0", "--from", "0s", "--to", "1h"])?, whole);
    // What is not in the part is not there.
    for question in
        [&["story", file, "task", "0"][..], &["why", file, "job", "0"], &["path", file, "DAGScheduler#3"]]
    {
        let output = command(&[question, &["--from", "10h"]].concat())?;
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{question:?}");
    }
    let same = "no difference\n1 and 1 messages, 1 in both\n";
    assert_eq!(answer(&["diff", file, file, "--filter", "kind = JobSubmitted"])?, same);
    let wrong = command(&["why", file, "job", "0", "--filter", "kind = LaunchTsk"])?;
    assert_eq!(wrong.status.code(), Some(2));
    Ok(())
}
