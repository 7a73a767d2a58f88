//! `rebuild_word_count`: how long a programmer waits after changing one line of a program, in a debug build.
//!
//! The repository is copied aside, so that nothing of it is touched, and its example `word_count` is built there once, in
//! the target directory of this executable: what does not come from the repository need not be built again. Then one line
//! of the program, within a closure of the chain, is changed back and forth; timed is `cargo build --example word_count`.

use std::{
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use super::{
    compare::median,
    context::{Context, Outcome},
    report::Report,
};

/// Changes, of which the median counts.
const CHANGES: usize = 5;
/// What is copied.
const PARTS: [&str; 9] =
    ["Cargo.toml", "Cargo.lock", "README.md", "actors", "benches", "docs", "examples", "src", "tests"];
/// The program that is changed.
const FILE: &str = "examples/word_count/main.rs";
/// What is changed in it, into what and back.
const CHANGE: [&str; 2] = ["(word, 1u64)", "(word, 2u64)"];

/// Runs the bench and emits its report.
///
/// # Errors
/// If the repository is not there, cannot be copied, or does not build.
pub(crate) fn run(_context: &Context) -> Outcome {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let target = directory.parent().ok_or("the target directory has no name")?;
    // Always the same place: what an earlier run has built is built over.
    let copy = directory.join("rebuild");
    remove(&copy)?;
    let seconds = in_copy(&copy, target);
    remove(&copy)?;
    let seconds = seconds?;
    eprintln!("rebuild_word_count: {seconds:.2?} s");
    Ok(Report::new("rebuild_word_count", median(seconds.into_iter()), "s").with("changes", CHANGES).emit()?)
}

fn in_copy(copy: &Path, target: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in PARTS {
        copy_all(&source.join(part), &copy.join(part))?;
    }
    build(copy, target)?;
    let (file, [mut is, mut should]) = (copy.join(FILE), CHANGE);
    let mut seconds = Vec::with_capacity(CHANGES);
    for _ in 0..CHANGES {
        let text = fs::read_to_string(&file)?;
        if !text.contains(is) {
            return Err(format!("{FILE} has no {is} to change").into());
        }
        fs::write(&file, text.replace(is, should))?;
        (is, should) = (should, is);
        seconds.push(build(copy, target)?);
    }
    Ok(seconds)
}

/// Builds the example: how long that took.
fn build(copy: &Path, target: &Path) -> Result<f64, Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let begun = Instant::now();
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--example", "word_count", "--manifest-path"])
        .arg(copy.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target)
        // As it is by default.
        .env_remove("CARGO_INCREMENTAL")
        .stdin(Stdio::null())
        .status()?;
    let seconds = begun.elapsed().as_secs_f64();
    if status.success() { Ok(seconds) } else { Err("the example does not build".into()) }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        return fs::copy(from, to).map(drop);
    }
    for entry in fs::read_dir(from)? {
        let path: PathBuf = entry?.path();
        if let Some(name) = path.file_name().filter(|name| *name != "target") {
            copy_all(&path, &to.join(name))?;
        }
    }
    Ok(())
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
