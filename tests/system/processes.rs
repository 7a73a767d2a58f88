//! Processes that are executors: how they are asked, how they end, what they leave behind.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    os::{
        fd::OwnedFd,
        unix::{
            fs::MetadataExt,
            net::UnixStream,
            process::{CommandExt, ExitStatusExt},
        },
    },
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use firesteel::{Context, Error, actors::ExecutorId, launch::LaunchError, transport::Secret};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{
        Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, pidfd_open, waitid,
    },
};

use crate::{
    child::{self, Child},
    harness::{LIMIT, Outcome, Scenario, scenario},
    probe::{Probe, serve_executors},
    support::{assert_contains, text_of},
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
        scenario!(free a_program_without_the_line_is_told_so_and_not_started_again),
        scenario!(free one_that_does_not_register_is_ended_and_named),
        scenario!(free the_status_and_the_last_words_are_part_of_the_reason),
        scenario!(free the_signal_is_part_of_the_reason),
        scenario!(free a_killed_executor_is_replaced_and_the_answer_is_exact),
        scenario!(free nothing_is_left_when_a_context_has_stopped),
        scenario!(free a_killed_driver_takes_its_executors_along),
        scenario!(free an_interrupt_from_the_terminal_reaches_the_driver_alone),
        scenario!(free a_replaced_executable_does_no_harm),
        scenario!(free executors_come_by_themselves),
        scenario!(free an_executor_with_another_secret_stays_out),
    ]
}

/// What runs in children.
pub(crate) const CHILDREN: [Child; 6] = [
    ("processes::refused", is_refused),
    ("processes::not_refused", is_not_refused),
    ("processes::without_line", without_line),
    ("processes::never_registers", never_registers),
    ("processes::drives", drives),
    ("processes::replaced", is_replaced),
];

/// All processes that this one has started have ended, and not as zombies.
pub(crate) fn assert_none_is_left() {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let left = waitid(WaitId::All, options);
    assert!(matches!(left, Err(Errno::CHILD)), "a process is left");
}

fn pid(process_id: u32) -> Pid {
    Pid::from_raw(process_id.cast_signed()).unwrap()
}

/// Waits for the end of a process that is no child of this one.
fn await_end(process: &OwnedFd) {
    let mut fds = [PollFd::new(process, PollFlags::IN)];
    let limit = Timespec { tv_sec: 60, tv_nsec: 0 };
    assert_eq!(poll(&mut fds, Some(&limit)).unwrap(), 1, "it does not end");
}

/// Waits until it has so many executors: their processes.
fn await_executors(context: &Context, count: usize) -> Vec<u32> {
    let begun = Instant::now();
    loop {
        let executors = context.executors();
        if executors.len() == count {
            return executors.iter().map(|executor| executor.process_id).collect();
        }
        assert!(begun.elapsed() < LIMIT, "{executors:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn entries(dir: &std::path::Path) -> Vec<String> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path().display().to_string()).collect()
}

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

/// Whether this process was started by a driver.
fn is_started_by_driver() -> bool {
    std::env::var_os("FIRESTEEL_EXECUTOR").is_some()
}

fn a_program_without_the_line_is_told_so_and_not_started_again() -> Outcome {
    let output = child::command("processes::without_line")?.env(NO_LINE, "").output()?;
    assert!(output.status.success(), "{output:?}");
    Ok(())
}

fn without_line() -> Outcome {
    let dir = tempfile::tempdir()?;
    // In the process that was to be an executor too: that is what a program without the line does.
    let context = Context::builder()
        .master("local-cluster[1,1,512]")
        .config("firesteel.executor.workDir", dir.path().to_str().unwrap())
        .start()?;
    assert!(!is_started_by_driver());
    let told = [
        "ended before it registered (exited with status 101): does main begin with \
         `firesteel::executor::run_if_asked();`? the last lines of its log ",
        "Launch(MissingLine)",
    ];
    let error = context.range(0..10, 1, 2).count().unwrap_err();
    assert_contains(&text_of(&error), &told);
    // From now on at once.
    let error = context.range(0..10, 1, 2).count().unwrap_err();
    assert!(matches!(error, Error::NoExecutors(_)), "{error:?}");
    assert_contains(&text_of(&error), &told);
    Ok(())
}

fn one_that_does_not_register_is_ended_and_named() -> Outcome {
    let output = child::command("processes::never_registers")?.env(NO_LINE, "").output()?;
    assert!(output.status.success(), "{output:?}");
    Ok(())
}

fn never_registers() -> Outcome {
    if is_started_by_driver() {
        loop {
            thread::park();
        }
    }
    let context = Context::builder()
        .master("local-cluster[1,1,512]")
        .config("firesteel.executor.registrationTimeout", "100ms")
        .config("firesteel.executor.keepWorkDirs", "false")
        .config("spark.deploy.maxExecutorRetries", "1")
        .start()?;
    let error = context.range(0..10, 1, 2).count().unwrap_err();
    let told =
        ["1 executors in a row ended", "executor 0 did not register within 100ms", "does main begin with"];
    assert_contains(&text_of(&error), &told);
    assert_eq!(context.stop().threads_left_behind, [""; 0]);
    Ok(())
}

/// The error of a job whose only executor exits each time, or aborts.
fn error_when(exits_itself: bool) -> Result<String, Error> {
    let context = Context::builder()
        .master("local-cluster[1,1,512]")
        .config("spark.task.maxFailures", "2")
        .config("firesteel.executor.keepWorkDirs", "false")
        .start()?;
    let job = match exits_itself {
        true => context.range(0..1, 1, 1).map(|_| exits()).count(),
        false => context.range(0..1, 1, 1).map(|_| abort()).count(),
    };
    Ok(text_of(&job.unwrap_err()))
}

fn exits() {
    eprintln!("these are its last words");
    std::process::exit(7);
}

fn abort() {
    std::process::abort();
}

fn the_status_and_the_last_words_are_part_of_the_reason() -> Outcome {
    let error = error_when(true)?;
    assert_contains(&error, &["failed 2 times", "exited with status 7", "these are its last words"]);
    Ok(())
}

fn the_signal_is_part_of_the_reason() -> Outcome {
    assert_contains(&error_when(false)?, &["failed 2 times", "killed by signal 6 (SIGABRT)"]);
    Ok(())
}

fn a_killed_executor_is_replaced_and_the_answer_is_exact() -> Outcome {
    serve_executors();
    let context = Context::builder()
        .master("local-cluster[2,1,512]")
        .config("firesteel.executor.keepWorkDirs", "false")
        .start()?;
    let processes = await_executors(&context, 2);
    let (begun, gate) = (Probe::new(), Probe::new());
    let numbers = context.range(0..40, 1, 4).map_with((begun, gate), |(begun, gate), x| {
        if x % 10 == 0 {
            begun.hit();
            gate.pass();
        }
        (x % 3, x)
    });
    let job = thread::spawn(move || numbers.reduce_by_key(|a, b| a + b).collect());
    begun.await_hits(2);
    kill_process(pid(processes[0]), Signal::KILL)?;
    gate.open();
    let mut sums = job.join().unwrap()?;
    sums.sort();
    assert_eq!(sums, [(0, 273), (1, 247), (2, 260)]);
    await_executors(&context, 2);
    let ids: Vec<ExecutorId> = context.executors().iter().map(|executor| executor.executor_id).collect();
    assert!(ids.contains(&ExecutorId(2)), "{ids:?}");
    Ok(())
}

fn nothing_is_left_when_a_context_has_stopped() -> Outcome {
    let dir = tempfile::tempdir()?;
    let context = Context::builder()
        .master("local-cluster[2,2,512]")
        .config("firesteel.executor.workDir", dir.path().to_str().unwrap())
        .start()?;
    let sums = context.range(0..1_000, 1, 8).map(|x| (x % 7, x)).reduce_by_key(|a, b| a + b);
    assert_eq!(sums.count()?, 7);
    let processes = await_executors(&context, 2);
    let processes: Vec<OwnedFd> =
        processes.into_iter().map(|id| pidfd_open(pid(id), PidfdFlags::empty()).unwrap()).collect();
    assert_eq!(context.stop().threads_left_behind, [""; 0]);
    processes.iter().for_each(await_end);
    assert_eq!(entries(dir.path()), [""; 0]);
    Ok(())
}

/// Starts a driver in a child, ends it, and sees that its executors are gone and have left nothing.
fn ends_with_its_driver(end: impl FnOnce(Pid)) -> Outcome {
    let dir = tempfile::tempdir()?;
    let mut driver = child::command("processes::drives")?
        .env(WORK_DIR, dir.path())
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(driver.stdout.take().unwrap()).read_line(&mut line)?;
    let ids = line.split_whitespace().map(|id| pid(id.parse().unwrap()));
    let processes: Vec<OwnedFd> = ids.map(|id| pidfd_open(id, PidfdFlags::empty()).unwrap()).collect();
    assert_eq!((processes.len(), entries(dir.path()).len()), (2, 1));
    end(pid(driver.id()));
    assert!(driver.wait()?.signal().is_some());
    processes.iter().for_each(await_end);
    assert_eq!(entries(dir.path()), [""; 0]);
    Ok(())
}

const WORK_DIR: &str = "FIRESTEEL_SYSTEM_TEST_WORK_DIR";

fn drives() -> Outcome {
    let dir = std::env::var(WORK_DIR)?;
    let context = Context::builder()
        .master("local-cluster[2,1,512]")
        .config("firesteel.executor.workDir", &dir)
        .start()?;
    let processes = await_executors(&context, 2);
    // Something that does not end by itself.
    let patient = context.range(0..2, 1, 2).map(|x| {
        loop {
            thread::park();
            if x > 5 {
                break x;
            }
        }
    });
    patient.count_async().detach();
    println!("{} {}", processes[0], processes[1]);
    loop {
        thread::park();
    }
}

fn a_killed_driver_takes_its_executors_along() -> Outcome {
    ends_with_its_driver(|driver| kill_process(driver, Signal::KILL).unwrap())
}

fn an_interrupt_from_the_terminal_reaches_the_driver_alone() -> Outcome {
    // The signal goes to its process group, as Ctrl-C does.
    ends_with_its_driver(|driver| kill_process_group(driver, Signal::INT).unwrap())
}

fn a_replaced_executable_does_no_harm() -> Outcome {
    // Another name of the same file, where that is possible.
    let own = std::env::current_exe()?;
    let dir = tempfile::tempdir_in(own.parent().unwrap())?;
    let program = dir.path().join("program");
    fs::hard_link(own, &program)?;
    let output = Command::new(&program).env(child::VARIABLE, "processes::replaced").output()?;
    assert!(output.status.success(), "{output:?}");
    Ok(())
}

fn is_replaced() -> Outcome {
    let own = std::env::current_exe()?;
    fs::remove_file(&own)?;
    fs::write(&own, "not a program")?;
    let context = Context::builder().master("local-cluster[2,1,512]").start()?;
    assert_eq!(context.range(0..10, 1, 4).map(|x| x * 2).reduce(|a, b| a + b)?, 90);
    Ok(())
}

/// A driver that waits for executors, which share a secret with it.
fn listening(dir: &std::path::Path) -> Result<(Context, String), Box<dyn std::error::Error + Send + Sync>> {
    let file = dir.join("secret");
    Secret::generate()?.write_file(&file)?;
    let context = Context::builder()
        .master("firesteel://127.0.0.1:0")
        .config("firesteel.authenticate.secretFile", file.to_str().unwrap())
        .start()?;
    let address = context.driver_address().unwrap().to_string();
    Ok((context, address))
}

fn executors_come_by_themselves() -> Outcome {
    let dir = tempfile::tempdir()?;
    let (context, address) = listening(dir.path())?;
    let (secret, work) = (dir.path().join("secret"), dir.path().join("work"));
    let own = std::env::current_exe()?;
    let by_arguments = Command::new(&own)
        .args(["executor", "--driver", &address, "--cores", "1", "--memory", "256m", "--secret-file"])
        .arg(&secret)
        .arg("--work-dir")
        .arg(&work)
        .stderr(Stdio::piped())
        .spawn()?;
    let by_variables = Command::new(&own)
        .arg("executor")
        .env("FIRESTEEL_DRIVER", &address)
        .env("FIRESTEEL_CORES", "1")
        .env("FIRESTEEL_MEMORY", "256m")
        .env("FIRESTEEL_SECRET_FILE", &secret)
        .env("FIRESTEEL_WORK_DIR", &work)
        .stderr(Stdio::piped())
        .spawn()?;
    await_executors(&context, 2);
    let sums = context.range(0..1_000, 1, 8).map(|x| (x % 7, x)).reduce_by_key(|a, b| a + b);
    assert_eq!(sums.count()?, 7);
    context.stop();
    for executor in [by_arguments, by_variables] {
        let output = executor.wait_with_output()?;
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(entries(&work), [""; 0]);
    Ok(())
}

fn an_executor_with_another_secret_stays_out() -> Outcome {
    let dir = tempfile::tempdir()?;
    let (context, address) = listening(dir.path())?;
    let other = dir.path().join("other");
    Secret::generate()?.write_file(&other)?;
    let output = run(&["executor", "--driver", &address, "--secret-file", other.to_str().unwrap()])?;
    assert_eq!(output.status.code(), Some(50));
    assert_contains(&String::from_utf8(output.stderr)?, &["cannot be an executor: ", "secret"]);
    assert_eq!(context.executors(), []);
    Ok(())
}
