//! `firesteel trace why FILE job 0`.

use std::{io::Write, path::PathBuf};

use clap::Args;
use firesteel_actors::{Time, trace::why};

use super::{TraceCommandError, print, read, subject};

#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// The trace.
    file: PathBuf,
    /// What about: `job 0`, `stage 1`, `stage 1.0`, `task 17`, `executor 2` or `partition 1.0/3`.
    #[arg(required = true)]
    subject: Vec<String>,
    /// The moment, in seconds since the system started, as `show` prints it.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Time>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &WhyArgs, out: &mut impl Write) -> Result<(), TraceCommandError> {
    let subject = subject(&args.subject)?;
    print(&why(&read(&args.file)?, subject, args.at)?, args.json, out)
}

/// Such as `1.204`, `1.204s`, `20ms` or `300us`.
fn time(text: &str) -> Result<Time, String> {
    let units = [("ms", 1e6), ("us", 1e3), ("µs", 1e3), ("ns", 1.0), ("s", 1e9)];
    let found = units.iter().find_map(|(unit, nanos)| Some((text.strip_suffix(unit)?, *nanos)));
    let (number, nanos) = found.unwrap_or((text, 1e9));
    let value: f64 = number.trim().parse().unwrap_or(f64::NAN);
    if value.is_finite() && value >= 0.0 {
        Ok(Time((value * nanos).round() as u64))
    } else {
        Err("expected a time such as `1.204`, `20ms` or `300us`".to_owned())
    }
}
