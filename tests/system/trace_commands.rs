//! `firesteel trace show` and `stats`, as a user calls them.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use firesteel::{
    Context,
    actors::trace::{Filter, Record, TraceReader},
};

use crate::harness::{Outcome, Scenario, scenario};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free filters_choose_what_is_shown),
        scenario!(free a_filter_with_an_error_is_wrong_use),
        scenario!(free lines_are_the_first_or_the_last),
        scenario!(free columns_times_and_payloads_are_options),
        scenario!(free a_trace_is_followed_while_it_is_written),
        scenario!(free stats_count_what_is_there),
        scenario!(free a_damaged_trace_is_read_and_the_exit_code_tells),
    ]
}

/// A trace of a job with a shuffle.
struct Traced {
    dir: tempfile::TempDir,
    records: Vec<Record>,
}

impl Traced {
    fn new() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("trace");
        let (context, mut system) = Context::builder().master("local[2,2]").trace(&path).start_sim(3)?;
        system.block_on(async move {
            let pairs = context.range(0..30, 1, 4).map(|x| (x % 3, x));
            pairs.reduce_by_key_n(2, |a, b| a + b).collect_async().await
        })??;
        system.run_until_idle();
        drop(system);
        let records = TraceReader::open(&path)?.collect::<Result<_, _>>()?;
        Ok(Traced { dir, records })
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("trace")
    }

    fn accepted(&self, filter: &str) -> usize {
        let mut filter: Filter = filter.parse().unwrap();
        filter.prepare(&self.records).unwrap();
        self.records.iter().filter(|record| filter.accepts(record)).count()
    }

    /// The lines that a command prints about it, which must not complain.
    fn lines(&self, command: &str, args: &[&str]) -> Vec<String> {
        let output = run(command, &self.path(), args);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && errors.is_empty(), "{args:?} {}: {errors}", output.status);
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

fn run(command: &str, file: &Path, args: &[&str]) -> Output {
    let firesteel = env!("CARGO_BIN_EXE_firesteel");
    Command::new(firesteel).args(["trace", command]).arg(file).args(args).output().unwrap()
}

fn filters_choose_what_is_shown() -> Outcome {
    let traced = Traced::new()?;
    for filter in [
        "kind = LaunchTask and stage = 1",
        "not events and time in ..5ms",
        "below Host-0#1",
        "above DAGScheduler#5",
        "text ~ localhost",
    ] {
        let expected = traced.accepted(filter);
        assert!(expected > 0, "{filter}");
        assert_eq!(traced.lines("show", &[filter]).len(), expected, "{filter}");
        // Several arguments are one filter.
        let words: Vec<&str> = filter.split(' ').collect();
        assert_eq!(traced.lines("show", &words).len(), expected, "{filter}");
    }
    let last = traced.records.last().map(|record| format!("{}ns", record.handled.0)).unwrap_or_default();
    assert_eq!(traced.lines("show", &["--from", "0s", "--to", &last]).len(), traced.records.len());
    let middle = format!("{}ns", traced.records[traced.records.len() / 2].handled.0);
    assert_eq!(
        traced.lines("show", &["--from", &middle]).len(),
        traced.accepted(&format!("time >= {middle}"))
    );
    // What is below a message is known although the message itself is before that time.
    assert_eq!(
        traced.lines("show", &["below Host-0#1", "--from", &middle]).len(),
        traced.accepted(&format!("below Host-0#1 and time >= {middle}"))
    );
    let output = run("show", &traced.path(), &["below DAGScheduler#9999"]);
    assert!(output.status.success() && output.stdout.is_empty());
    let errors = String::from_utf8(output.stderr)?;
    assert_eq!(errors, "firesteel: the trace has no message DAGScheduler#9999\n");
    Ok(())
}

fn a_filter_with_an_error_is_wrong_use() -> Outcome {
    let traced = Traced::new()?;
    for command in ["show", "stats"] {
        let output = run(command, &traced.path(), &["kind = LaunchTsk"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert_eq!(
            String::from_utf8(output.stderr)?,
            "firesteel: `LaunchTsk` is no kind of message; did you mean `LaunchTask`?\n  kind = LaunchTsk\n         ^^^^^^^^^\n"
        );
    }
    for args in
        [&["--columns", "tme"][..], &["--from", "soon"], &["--json", "--payload"], &["--time", "never"]]
    {
        assert_eq!(run("show", &traced.path(), args).status.code(), Some(2), "{args:?}");
    }
    Ok(())
}

fn lines_are_the_first_or_the_last() -> Outcome {
    let traced = Traced::new()?;
    let all = traced.lines("show", &[]);
    assert_eq!(traced.lines("show", &["--limit", "3"]), all[..3]);
    assert_eq!(traced.lines("show", &["--tail", "3"]), all[all.len() - 3..]);
    assert_eq!(traced.lines("show", &["--limit", "0"]), all[..0]);
    assert_eq!(traced.lines("show", &["--tail", "0"]), all[..0]);
    assert_eq!(traced.lines("show", &["--tail", "100000"]), all);
    Ok(())
}

fn columns_times_and_payloads_are_options() -> Outcome {
    let traced = Traced::new()?;
    let kinds: Vec<&str> = traced.records.iter().map(|record| record.kind).collect();
    assert_eq!(traced.lines("show", &["--columns", "kind"]), kinds);
    let first = traced.lines("show", &["--columns", "time,kind", "--time", "relative", "--limit", "1"]);
    assert!(first[0].trim_start().starts_with("0.000000 "), "{first:?}");
    let payload = &traced.lines("show", &["RegisterExecutor", "--payload"])[0];
    assert!(payload.contains("hostname: \"localhost\""), "{payload}");
    let colored = &traced.lines("show", &["--color", "always", "--limit", "1"])[0];
    assert!(colored.contains('\x1b'), "{colored}");
    assert!(traced.lines("show", &[]).iter().all(|line| !line.contains('\x1b')));
    Ok(())
}

fn a_trace_is_followed_while_it_is_written() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("trace");
    let context = Context::builder().master("local[2]").trace(&path).start()?;
    let mut follower = Command::new(env!("CARGO_BIN_EXE_firesteel"))
        .args(["trace", "show", "--follow", "--columns", "kind"])
        .arg(&path)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    context.range(0..10, 1, 2).count()?;
    // While the system runs.
    let mut kinds = Vec::new();
    while kinds.last().is_none_or(|kind| kind != "JobEnd") {
        kinds.push(lines.next().ok_or("the follower ended too early")??);
    }
    context.stop();
    kinds.extend(lines.collect::<Result<Vec<_>, _>>()?);
    assert!(follower.wait()?.success());
    let records = TraceReader::open(&path)?.collect::<Result<Vec<_>, _>>()?;
    assert_eq!(kinds, records.iter().map(|record| record.kind).collect::<Vec<_>>());
    Ok(())
}

fn stats_count_what_is_there() -> Outcome {
    let traced = Traced::new()?;
    let json = traced.lines("stats", &["--json", "--by", "kind,stage", "not events"]).join("\n");
    let report: serde_json::Value = serde_json::from_str(&json)?;
    assert_eq!(report["by"], serde_json::json!(["kind", "stage"]));
    assert_eq!(report["total"]["count"], traced.accepted("not events"));
    let rows = report["rows"].as_array().unwrap();
    let launches = rows.iter().find(|row| row["names"] == serde_json::json!(["LaunchTask", "0.0"])).unwrap();
    assert_eq!(launches["count"], traced.accepted("kind = LaunchTask and stage = 0.0"));
    assert!(launches["waited"]["median"].is_u64(), "{launches}");
    let table = traced.lines("stats", &["--by", "class"]);
    assert!(table[0].starts_with("class "), "{table:?}");
    let all = table.iter().find(|line| line.starts_with("all ")).unwrap();
    assert_eq!(all.split_whitespace().nth(1), Some(&*traced.records.len().to_string()));
    Ok(())
}

fn a_damaged_trace_is_read_and_the_exit_code_tells() -> Outcome {
    let traced = Traced::new()?;
    let mut bytes = fs::read(traced.path())?;
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0xff);
    fs::write(traced.path(), bytes)?;
    for command in ["show", "stats"] {
        let output = run(command, &traced.path(), &[]);
        let errors = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(
            errors.contains(" is damaged at byte ") && errors.contains("the trace is damaged: "),
            "{errors}"
        );
        // In a table: that no message was left.
        assert!(command == "show" || !output.stdout.is_empty());
    }
    Ok(())
}
