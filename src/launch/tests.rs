//! Processes of this machine, with shell scripts as executors.

use std::{
    fs,
    io::Read,
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use firesteel_actors::{
    ExecutorId,
    config::{KeepWorkDirs, ProcessesConfig},
};
use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid},
};
use tempfile::TempDir;

use super::{
    EndKind, ExecutorEnd, ExecutorEvents, LaunchError, Launcher, LocalProcesses,
    executor_launch::tests::launch, process::Program,
};

/// Executors that run a script, and their ends.
struct Scripts {
    processes: LocalProcesses,
    ends: Receiver<(ExecutorId, ExecutorEnd)>,
    root: TempDir,
}

/// No script takes nearly this long.
const LONG: Duration = Duration::from_secs(60);
const ONE: ExecutorId = ExecutorId(1);

impl Scripts {
    fn new(script: &str, keep_work_dirs: KeepWorkDirs, grace: Duration) -> Self {
        let root = tempfile::tempdir().unwrap();
        let work_dir = Some(root.path().to_owned());
        let config = ProcessesConfig { work_dir, keep_work_dirs, ..ProcessesConfig::default() };
        let (tell, ends) = channel();
        let events = ExecutorEvents::new(move |id, end| {
            tell.send((id, end)).ok();
        });
        let program = Program::shell(script);
        let processes = LocalProcesses::of_program(program, "app-1", &config, None, grace, events).unwrap();
        Scripts { processes, ends, root }
    }

    /// Starts executor 1 with a script.
    fn started(script: &str) -> Self {
        let scripts = Scripts::new(script, KeepWorkDirs::Failed, LONG);
        scripts.processes.start(&launch(1)).unwrap();
        scripts
    }

    fn end(&self) -> ExecutorEnd {
        let (id, end) = self.ends.recv_timeout(LONG).unwrap();
        assert_eq!(id, ONE);
        end
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.root.path().join("app-1/1").join(name)).unwrap()
    }

    fn pid(&self, id: ExecutorId) -> Pid {
        Pid::from_raw(self.processes.process_id(id).unwrap().cast_signed()).unwrap()
    }

    fn left_in_root(&self) -> usize {
        fs::read_dir(self.root.path()).unwrap().count()
    }
}

/// What a script ends with.
fn end_of(script: &str) -> ExecutorEnd {
    Scripts::started(script).end()
}

/// Reads until it is told to end.
const PATIENT: &str = "cat > /dev/null";
const DEAF: &str = "exec sleep 1000";

#[test]
fn statuses_and_signals_are_told() {
    assert_eq!(end_of("exit 3").kind, EndKind::Exited(3));
    assert_eq!(end_of("kill -TERM $$").to_string(), "killed by signal 15 (SIGTERM)");
    assert_eq!(end_of("kill -KILL $$").to_string(), "killed by signal 9 (SIGKILL)");
}

#[test]
fn a_failure_has_the_last_lines_of_its_log_which_is_kept() {
    let scripts = Scripts::started("echo begin >&2; echo 'the end' >&2; echo x > data; exit 9");
    let end = scripts.end();
    assert_eq!(end.last_lines, ["begin", "the end"]);
    let log = end.log.unwrap();
    assert_eq!(
        (&log, fs::read_to_string(&log).unwrap()),
        (&scripts.processes.log(ONE), "begin\nthe end\n".into())
    );
    assert_eq!(scripts.processes.stop_all(LONG), [""; 0]);
    assert!(log.exists() && !log.with_file_name("data").exists());
}

#[test]
fn an_executor_that_is_told_to_ends_and_leaves_nothing_behind() {
    let scripts = Scripts::started(PATIENT);
    let pid = scripts.pid(ONE);
    let begun = Instant::now();
    scripts.processes.stop(ONE);
    assert_eq!(scripts.end(), ExecutorEnd::new(EndKind::Exited(0)));
    assert!(begun.elapsed() < LONG / 2);
    scripts.processes.stop(ONE);
    assert_eq!(scripts.processes.stop_all(LONG), [""; 0]);
    assert_eq!((scripts.processes.process_id(ONE), scripts.left_in_root()), (None, 0));
    // Not even a zombie.
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    assert!(matches!(waitid(WaitId::Pid(pid), options), Err(Errno::CHILD)));
    assert!(scripts.ends.try_recv().is_err());
}

#[test]
fn one_that_ends_with_an_error_when_it_is_told_to_end_leaves_nothing_behind() {
    let scripts = Scripts::started("cat > /dev/null; echo 'connection refused' >&2; exit 50");
    scripts.processes.stop(ONE);
    let end = scripts.end();
    assert_eq!((&end.kind, &end.log), (&EndKind::Exited(50), &None));
    assert_eq!(end.last_lines, ["connection refused"]);
    assert_eq!(scripts.processes.stop_all(LONG), [""; 0]);
    assert_eq!(scripts.left_in_root(), 0);
}

#[test]
fn one_that_does_not_listen_is_killed() {
    let scripts = Scripts::new(DEAF, KeepWorkDirs::None, Duration::from_millis(20));
    scripts.processes.start(&launch(1)).unwrap();
    scripts.processes.stop(ONE);
    assert_eq!(scripts.end(), ExecutorEnd::new(EndKind::Killed));
}

#[test]
fn one_that_is_stopped_by_a_signal_is_killed_too() {
    let scripts = Scripts::new(PATIENT, KeepWorkDirs::None, Duration::from_millis(20));
    scripts.processes.start(&launch(1)).unwrap();
    kill_process(scripts.pid(ONE), Signal::STOP).unwrap();
    scripts.processes.stop(ONE);
    assert_eq!(scripts.end().kind, EndKind::Killed);
}

#[test]
fn all_are_stopped_together_and_none_is_started_afterwards() {
    let scripts = Scripts::new(PATIENT, KeepWorkDirs::Failed, LONG);
    for id in 0..3 {
        scripts.processes.start(&launch(id)).unwrap();
    }
    assert!(matches!(scripts.processes.start(&launch(2)), Err(LaunchError::Duplicate(ExecutorId(2)))));
    assert_eq!(scripts.processes.stop_all(LONG), [""; 0]);
    let mut ends: Vec<_> = scripts.ends.try_iter().map(|(id, end)| (id.0, end.kind)).collect();
    ends.sort_by_key(|(id, _)| *id);
    assert_eq!(ends, [0, 1, 2].map(|id| (id, EndKind::Exited(0))));
    assert!(matches!(scripts.processes.start(&launch(4)), Err(LaunchError::Stopped)));
    assert_eq!(scripts.left_in_root(), 0);
}

#[test]
fn deaf_ones_are_killed_after_the_grace_and_dropping_stops_all() {
    let scripts = Scripts::new(DEAF, KeepWorkDirs::None, Duration::ZERO);
    scripts.processes.start(&launch(1)).unwrap();
    assert_eq!(scripts.processes.stop_all(Duration::from_millis(20)), [""; 0]);
    assert_eq!(scripts.end().kind, EndKind::Killed);

    let scripts = Scripts::new(DEAF, KeepWorkDirs::None, Duration::ZERO);
    scripts.processes.start(&launch(1)).unwrap();
    let Scripts { processes, ends, root } = scripts;
    drop(processes);
    assert_eq!(ends.recv().unwrap().1.kind, EndKind::Killed);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn what_an_executor_starts_ends_with_it() {
    let scripts = Scripts::new("mkfifo fifo; sleep 1000 > fifo & read x; exit 0", KeepWorkDirs::All, LONG);
    scripts.processes.start(&launch(1)).unwrap();
    let fifo = scripts.root.path().join("app-1/1/fifo");
    let begun = Instant::now();
    while !fifo.exists() {
        assert!(begun.elapsed() < LONG);
        std::thread::yield_now();
    }
    // Waits until it is open on the other side too.
    let mut held = fs::File::open(fifo).unwrap();
    scripts.processes.stop(ONE);
    assert_eq!(scripts.end().kind, EndKind::Exited(0));
    assert_eq!(held.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn a_process_has_its_directory_its_group_and_no_file_of_ours() {
    let script = "pwd -P; cut -d' ' -f5 /proc/$$/stat; echo $$; echo $FIRESTEEL_EXECUTOR; readlink /proc/$$/fd/0; ls /proc/$$/fd; echo error >&2";
    let scripts = Scripts::new(script, KeepWorkDirs::All, LONG);
    scripts.processes.start(&launch(1)).unwrap();
    assert_eq!(scripts.end().kind, EndKind::Exited(0));
    let out = scripts.file("stdout");
    let lines: Vec<&str> = out.lines().collect();
    let dir = scripts.root.path().canonicalize().unwrap().join("app-1/1");
    assert_eq!(lines[0], dir.to_str().unwrap());
    assert_eq!(lines[1], lines[2]);
    let inode = lines[3].strip_prefix("stdin:").unwrap();
    assert_eq!(lines[4], format!("socket:[{inode}]"));
    // What this process was given without being asked is given on.
    let plain = std::process::Command::new("/bin/sh").args(["-c", "ls /proc/$$/fd"]).output().unwrap();
    assert_eq!(lines[5..], String::from_utf8(plain.stdout).unwrap().lines().collect::<Vec<_>>());
    assert_eq!(scripts.file("stderr"), "error\n");
}

#[test]
fn what_cannot_be_started_is_an_error_that_leaves_nothing() {
    let scripts = Scripts::new(PATIENT, KeepWorkDirs::All, LONG);
    fs::write(scripts.root.path().join("app-1"), "not a directory").unwrap();
    let error = scripts.processes.start(&launch(1)).unwrap_err();
    assert!(matches!(error, LaunchError::WorkDir { .. }), "{error}");
    assert!(scripts.ends.try_recv().is_err());
}
