//! `trace_off`: what a recorder that records nothing costs, against one that is compiled out.
//!
//! Instructions per no-op task, counted by valgrind: times are too noisy for one per cent. Counted on the
//! deterministic loop, which has the same door and always does the same. Without valgrind there is no figure. What
//! recording costs is counted beside it, in the same way.

use std::{
    env,
    error::Error,
    path::PathBuf,
    process::{Command, Stdio},
};

use firesteel::Context as Firesteel;

use super::{
    context::{Context, Outcome},
    noop::{self, Recording},
    report::Report,
};

/// Tasks of the two runs whose difference is counted, so that starting the process does not count.
const FEW: usize = 1_000;
const MANY: usize = 6_000;

/// `noop_loop RECORDING TASKS FILE`: a job of no-op tasks on the deterministic loop.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    let [recording, tasks, file] = arguments else {
        return Err(format!("expected the arguments RECORDING TASKS FILE, got {arguments:?}").into());
    };
    let tasks: usize = tasks.parse()?;
    let builder = noop::record(Firesteel::builder().master("local[2]"), recording, file)?;
    let (context, mut system) = builder.start_sim(1)?;
    let job = context.range(0..tasks as i64, 1, tasks).for_each_async(|_| {});
    system.block_on(job)??;
    Ok(())
}

/// Runs the bench and emits its report.
///
/// # Errors
/// If the variant does not build or a run fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("trace_off: valgrind is not installed, so there is no figure");
        return Ok(());
    }
    let this = env::current_exe()?;
    let off = instructions_per_task(&this, Recording::Off)?;
    let heads = instructions_per_task(&this, Recording::Heads)?;
    let payload = instructions_per_task(&this, Recording::Payload)?;
    eprintln!("trace_off: building the variant without the recorder");
    let out = instructions_per_task(&build_without_recorder()?, Recording::Off)?;
    Report::new("trace_off", off, "instructions/task")
        .baseline(out, off / out)
        .with("with_heads", heads)
        .with("with_payloads", payload)
        .emit()?;
    Ok(())
}

/// This executable once more, built without the feature `trace`; its path.
fn build_without_recorder() -> Result<PathBuf, Box<dyn Error>> {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("without-recorder");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["bench", "--no-run", "--bench", "firesteel", "--message-format=json"])
        .args(["--no-default-features", "--features", "cli,gzip,progress", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .stderr(Stdio::inherit())
        .output()?;
    if !built.status.success() {
        return Err("the variant without the recorder does not build".into());
    }
    let messages = String::from_utf8(built.stdout)?;
    let mut executables = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let of_bench = message.pointer("/target/kind/0")?.as_str()? == "bench";
        of_bench.then(|| message.get("executable")?.as_str().map(PathBuf::from))?
    });
    executables.next_back().ok_or_else(|| "cargo did not say where the variant is".into())
}

fn instructions_per_task(executable: &PathBuf, recording: Recording) -> Result<f64, Box<dyn Error>> {
    let few = instructions(executable, recording, FEW)?;
    let many = instructions(executable, recording, MANY)?;
    Ok((many - few) / (MANY - FEW) as f64)
}

/// The instructions of a whole run, all threads together.
fn instructions(executable: &PathBuf, recording: Recording, tasks: usize) -> Result<f64, Box<dyn Error>> {
    let file = tempfile::NamedTempFile::new()?;
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(executable)
        .args(["--child", "noop_loop", recording.name(), &tasks.to_string()])
        .arg(file.path())
        .output()?;
    let said = String::from_utf8_lossy(&run.stderr);
    let counted = said.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count.trim());
    match counted.filter(|_| run.status.success()) {
        Some(count) => Ok(count.parse()?),
        None => Err(format!("valgrind has counted nothing:\n{said}").into()),
    }
}
