//! Processes that are executors: asked in good and in bad ways, and what is not asked.

use std::{
    fs::File,
    os::{
        fd::OwnedFd,
        unix::{fs::MetadataExt, net::UnixStream},
    },
    process::{Command, Output},
};

use firesteel::{Context, Error, launch::LaunchError};

use crate::{
    child::{self, Child},
    harness::{Outcome, Scenario, scenario},
    support::assert_contains,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free a_program_says_how_it_becomes_an_executor),
        scenario!(free arguments_that_make_no_sense_are_refused),
        scenario!(free an_argument_of_the_programs_own_is_left_to_it),
        scenario!(free an_executor_that_cannot_begin_says_why),
        scenario!(free one_that_is_not_told_what_it_has_to_know_says_so),
        scenario!(free a_driver_in_a_process_that_was_to_be_an_executor_is_refused),
        scenario!(free what_an_executor_starts_is_not_asked),
    ]
}

/// What runs in children.
pub(crate) const CHILDREN: [Child; 2] =
    [("processes::refused", is_refused), ("processes::not_refused", is_not_refused)];

/// If it is there, the program has no line that makes it able to be an executor.
const NO_LINE: &str = "FIRESTEEL_SYSTEM_TEST_NO_LINE";

/// Whether this process is to be a program without the line.
pub(crate) fn has_no_line() -> bool {
    std::env::var_os(NO_LINE).is_some()
}

/// This program with arguments.
fn run(args: &[&str]) -> std::io::Result<Output> {
    Command::new(std::env::current_exe()?).args(args).output()
}

fn a_program_says_how_it_becomes_an_executor() -> Outcome {
    let output = run(&["executor", "--help"])?;
    assert!(output.status.success());
    assert_contains(
        &String::from_utf8(output.stdout)?,
        &[
            "Usage: system-",
            " executor --driver HOST:PORT --secret-file FILE",
            "--cores N ",
            "--memory SIZE ",
            "[FIRESTEEL_WORK_DIR]",
        ],
    );
    Ok(())
}

fn arguments_that_make_no_sense_are_refused() -> Outcome {
    for (args, problem) in [
        (&["--driver", "host:1"][..], "error: --secret-file FILE is missing"),
        (&["--driver", "host:1", "--secret-file", "f", "--cores", "x"], "error: --cores takes a number"),
    ] {
        let output = run(&[&["executor"], args].concat())?;
        assert_eq!(output.status.code(), Some(2));
        assert_contains(&String::from_utf8(output.stderr)?, &[problem, "Usage: "]);
        assert!(output.stdout.is_empty());
    }
    Ok(())
}

fn an_argument_of_the_programs_own_is_left_to_it() -> Outcome {
    // A filter of tests, as it happens.
    let output = run(&["executor", "--list"])?;
    assert!(output.status.success());
    assert_contains(
        &String::from_utf8(output.stdout)?,
        &["processes::what_an_executor_starts_is_not_asked: test"],
    );
    Ok(())
}

fn an_executor_that_cannot_begin_says_why() -> Outcome {
    let output = run(&["executor", "--driver", "localhost:1", "--secret-file", "/no/such/secret"])?;
    assert_eq!(output.status.code(), Some(50));
    assert_contains(&String::from_utf8(output.stderr)?, &["cannot be an executor: ", "/no/such/secret"]);
    Ok(())
}

/// A command as executors are started, and the driver's end.
fn asked(mut command: Command) -> std::io::Result<(Command, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    let theirs = File::from(OwnedFd::from(theirs));
    command.env("FIRESTEEL_EXECUTOR", format!("stdin:{}", theirs.metadata()?.ino())).stdin(theirs);
    Ok((command, ours))
}

fn one_that_is_not_told_what_it_has_to_know_says_so() -> Outcome {
    let (mut command, ours) = asked(Command::new(std::env::current_exe()?))?;
    drop(ours);
    let output = command.output()?;
    assert_eq!(output.status.code(), Some(50));
    let errors = String::from_utf8(output.stderr)?;
    assert_contains(&errors, &["cannot be an executor: this process was started as an executor, but"]);
    Ok(())
}

fn a_driver_in_a_process_that_was_to_be_an_executor_is_refused() -> Outcome {
    let (mut command, _ours) = asked(child::command("processes::refused")?)?;
    let output = command.env(NO_LINE, "").output()?;
    assert!(output.status.success(), "{output:?}");
    Ok(())
}

fn is_refused() -> Outcome {
    let error = Context::builder().master("local[1]").start().unwrap_err();
    assert!(matches!(error, Error::Launch(LaunchError::MissingLine)), "{error:?}");
    assert_contains(
        &error.to_string(),
        &["`firesteel::executor::run_if_asked();` as the first line of main"],
    );
    Ok(())
}

fn what_an_executor_starts_is_not_asked() -> Outcome {
    // It has the variable too, but another standard input.
    let (mut command, _ours) = asked(child::command("processes::not_refused")?)?;
    let output = command.stdin(std::process::Stdio::null()).output()?;
    assert!(output.status.success(), "{output:?}");
    Ok(())
}

fn is_not_refused() -> Outcome {
    let context = Context::builder().master("local[1]").start()?;
    assert_eq!(context.range(0..10, 1, 2).count()?, 10);
    Ok(())
}
