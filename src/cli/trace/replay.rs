//! `firesteel trace replay FILE`.

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
    time::Instant,
};

use clap::Args;
use firesteel_actors::{
    ActorId,
    message::MessageId,
    trace::{Cores, Setup, State, Timeline, TraceReader, changes, replay_trace},
};

use super::{
    TraceCommandError,
    what_if::{self, WhatIfArgs},
};

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// The trace, recorded with payloads.
    file: PathBuf,
    /// Replay until this message has been handled, and print the states of actors.
    #[arg(long, value_name = "MSG")]
    until: Option<MessageId>,
    /// The actor whose state is printed, such as `DAGScheduler` or `Executor-1`; all, if none is given.
    #[arg(long, value_name = "ACTOR")]
    state: Option<ActorId>,
    /// Print what changed in the states of actors between two messages.
    #[arg(long, num_args = 2, value_names = ["MSG", "MSG"], conflicts_with = "until")]
    diff_state: Option<Vec<MessageId>>,
    /// Drive this actor, and take the messages of others as they are. May be given several times.
    #[arg(long, value_name = "ACTOR")]
    only: Vec<ActorId>,
    #[command(flatten)]
    what_if: WhatIfArgs,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ReplayArgs) -> Result<(), TraceCommandError> {
    let reader = TraceReader::open(&args.file)?;
    let mut setup = Setup::of_trace(&reader)?;
    if !args.only.is_empty() {
        setup = setup.only(args.only.iter().copied());
    }
    let mut out = BufWriter::new(io::stdout().lock());
    if let Some(change) = args.what_if.change()? {
        what_if::run(&args.what_if, &change, (setup, reader), args.json, &mut out)?;
        return Ok(out.flush()?);
    }
    match (&args.until, args.diff_state.as_deref()) {
        (_, Some([before, after])) => {
            let mut timeline = Timeline::new(setup, reader);
            let (before, one) = at(&mut timeline, *before)?;
            let (after, other) = at(&mut timeline, *after)?;
            print_changes(args, &before, &after, &mut out)?;
            out.flush()?;
            same_until(&timeline, one.max(other))
        }
        (Some(until), _) => {
            let mut timeline = Timeline::new(setup, reader);
            let (cores, messages) = at(&mut timeline, *until)?;
            print_states(args, &cores, &mut out)?;
            out.flush()?;
            same_until(&timeline, messages)
        }
        (None, _) if args.state.is_some() => {
            let mut timeline = Timeline::new(setup, reader);
            let cores = timeline.at_end()?;
            print_states(args, &cores, &mut out)?;
            out.flush()?;
            same_until(&timeline, u64::MAX)
        }
        _ => {
            compare(args, setup, reader, &mut out)?;
            Ok(out.flush()?)
        }
    }
}

/// The cores when a message has been handled, and how many had been by then.
fn at(timeline: &mut Timeline<TraceReader>, id: MessageId) -> Result<(Cores, u64), TraceCommandError> {
    let messages = timeline.place(id)? + 1;
    Ok((timeline.after(messages)?, messages))
}

/// An error if the replay had differed by then, for what was printed is not what the run had.
fn same_until(timeline: &Timeline<TraceReader>, messages: u64) -> Result<(), TraceCommandError> {
    match timeline.difference_before(messages) {
        None => Ok(()),
        Some(difference) => Err(TraceCommandError::Diverged(Box::new(difference.clone()))),
    }
}

fn compare(
    args: &ReplayArgs,
    setup: Setup,
    mut reader: TraceReader,
    out: &mut impl Write,
) -> Result<(), TraceCommandError> {
    let begun = Instant::now();
    let report = replay_trace(setup, &mut reader)?;
    let took = begun.elapsed().as_secs_f64();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        let rate = report.messages as f64 / took.max(1e-9);
        writeln!(out, "{report}")?;
        writeln!(out, "replayed in {took:.3} s: {rate:.0} messages/s")?;
    }
    Ok(())
}

/// The actors that were asked for.
fn chosen(args: &ReplayArgs, cores: &Cores) -> Result<Vec<(ActorId, State)>, TraceCommandError> {
    let actors = cores.actors();
    let wanted = args.state.map_or_else(|| actors.clone(), |actor| vec![actor]);
    let state = |actor: ActorId| {
        cores.state(actor).map(|state| (actor, state)).ok_or_else(|| {
            let names: Vec<String> = actors.iter().map(ToString::to_string).collect();
            TraceCommandError::NoState(actor.to_string(), names.join(", "))
        })
    };
    wanted.into_iter().map(state).collect()
}

fn print_states(args: &ReplayArgs, cores: &Cores, out: &mut impl Write) -> Result<(), TraceCommandError> {
    for (actor, state) in chosen(args, cores)? {
        if args.json {
            let object = serde_json::json!({ "actor": actor.to_string(), "state": state });
            writeln!(out, "{object}")?;
        } else {
            writeln!(out, "{actor}: {state}")?;
        }
    }
    Ok(())
}

fn print_changes(
    args: &ReplayArgs,
    before: &Cores,
    after: &Cores,
    out: &mut impl Write,
) -> Result<(), TraceCommandError> {
    for (actor, state) in chosen(args, after)? {
        // One that was not there yet had nothing.
        let earlier = before.state(actor).unwrap_or(State::Set(Vec::new()));
        for change in changes(&earlier, &state) {
            if args.json {
                let object = serde_json::json!({ "actor": actor.to_string(), "change": change });
                writeln!(out, "{object}")?;
            } else {
                writeln!(out, "{actor} {change}")?;
            }
        }
    }
    Ok(())
}
