//! The text of the Linux kernel that Debian ships as the package `linux-source-6.1`.
//!
//! All regular files named `*.c`, `*.h`, `*.rst` and `*.txt`, one after the other in byte order of their paths,
//! the first 100 MiB of it. Needs `apt-get` with a reachable archive, `dpkg-deb`, `tar` and `xz`, and up to 2 GB of
//! disk while it works. Nothing is installed.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{DataError, SIZE, cut_after_last_line};

const PACKAGE: &str = "linux-source-6.1";
const KINDS: [&str; 4] = ["c", "h", "rst", "txt"];

/// What the network gets.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(600);
/// What everything on this machine gets.
const LOCAL_LIMIT: Duration = Duration::from_secs(300);

/// Whether this machine has the tools.
pub(crate) fn is_available() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    ["apt-get", "dpkg-deb", "tar", "xz"]
        .iter()
        .all(|tool| env::split_paths(&path).any(|directory| directory.join(tool).is_file()))
}

/// Writes the text to `text`, with temporary files in `work`, which the caller removes.
///
/// # Errors
/// If the package cannot be had or unpacked within the time limits, or holds too little text.
pub(crate) fn make(work: &Path, text: &Path) -> Result<(), DataError> {
    let failed = |source| DataError::Io { path: work.to_owned(), source };
    eprintln!("data: downloading Debian's {PACKAGE} (about 140 MB)");
    download(work)?;
    eprintln!("data: unpacking it");
    let package = find_package(work).map_err(failed)?;
    let (unpacked, source) = (work.join("package"), work.join("source"));
    run(Command::new("dpkg-deb").arg("-x").args([&package, &unpacked]), LOCAL_LIMIT)?;
    fs::remove_file(&package).map_err(failed)?;
    fs::create_dir(&source).map_err(failed)?;
    let archive = unpacked.join(format!("usr/src/{PACKAGE}.tar.xz"));
    let mut tar = Command::new("tar");
    tar.arg("-xJf").arg(archive).arg("-C").arg(&source).args(["--strip-components=1", "--wildcards"]);
    run(tar.args(KINDS.map(|kind| format!("*.{kind}"))), LOCAL_LIMIT)?;
    eprintln!("data: joining its files");
    let size = join_files(&source, text, SIZE).map_err(failed)?;
    // A line or two may be cut off; a package of another kind is far off.
    if size < SIZE - (1 << 20) { Err(DataError::TooSmall(size)) } else { Ok(()) }
}

/// Downloads the package into `work`. Only if that fails is the list of packages brought up to date (which needs
/// root's rights) and the download tried again.
fn download(work: &Path) -> Result<(), DataError> {
    let download = || run(apt_get("download").arg(PACKAGE).current_dir(work), DOWNLOAD_LIMIT);
    download().or_else(|_| run(&mut apt_get("update"), DOWNLOAD_LIMIT).and_then(|()| download()))
}

fn apt_get(action: &str) -> Command {
    let mut command = Command::new("apt-get");
    command.args(["-qq", action]);
    command
}

fn find_package(work: &Path) -> io::Result<PathBuf> {
    for entry in fs::read_dir(work)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("deb")) {
            return Ok(path);
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, format!("apt-get left no package {PACKAGE}")))
}

/// Runs a tool to its end, for at most `limit`. What it prints goes to standard error or nowhere.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<(), DataError> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let failed = |source| DataError::Tool { tool: tool.clone(), source };
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().map_err(failed)?;
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return if status.success() { Ok(()) } else { Err(DataError::ToolFailed { tool, status }) };
        }
        if started.elapsed() > limit {
            child.kill().and_then(|()| child.wait()).map_err(failed)?;
            return Err(DataError::ToolTooSlow { tool, limit });
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Joins the text files under `source` into `text`, up to `limit` bytes and the last whole line; gives the size.
pub(crate) fn join_files(source: &Path, text: &Path, limit: u64) -> io::Result<u64> {
    let mut files = text_files(source)?;
    // By the bytes of the whole path: a path's own order compares part by part, which puts `a-b` behind `a/b`.
    files.sort_unstable_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    let mut out = File::options().read(true).write(true).create_new(true).open(text)?;
    let mut left = limit;
    for file in files {
        if left == 0 {
            break;
        }
        left -= io::copy(&mut File::open(file)?.take(left), &mut out)?;
    }
    cut_after_last_line(&mut out)
}

/// The regular files of the wanted kinds under `root`; links are not followed.
fn text_files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let (kind, path) = (entry.file_type()?, entry.path());
            if kind.is_dir() {
                directories.push(path);
            } else if kind.is_file()
                && KINDS.iter().any(|wanted| path.extension() == Some(OsStr::new(wanted)))
            {
                files.push(path);
            }
        }
    }
    Ok(files)
}
