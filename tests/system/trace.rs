//! Traces of RDD programs: whole, on both carriers, and readable by the command.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use firesteel::{
    Context, ContextBuilder,
    actors::{
        ActorId,
        message::MessageId,
        trace::{Payloads, Record, RecordOptions, TraceEnd, TraceReader, line},
    },
};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    support::{assert_fails, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free of_the_loop_is_complete),
        scenario!(free of_actix_is_complete),
        scenario!(free same_seed_same_trace),
        scenario!(free the_header_tells_how_to_run_it_again),
        scenario!(free settings_record_as_well),
        #[cfg(feature = "cli")]
        scenario!(free the_command_shows_it),
        #[cfg(feature = "cli")]
        scenario!(free a_torn_file_is_shown_and_said_to_be_torn),
        #[cfg(feature = "cli")]
        scenario!(free what_is_no_trace_is_refused),
    ]
}

/// A program with a shuffle, a failing attempt, a failing job and a cancelled one.
async fn program(context: Context) -> Outcome {
    let sums = context
        .range(0..30, 1, 4)
        .map_partitions_with_index(|_, items, task| {
            assert!(task.attempt_number() > 0 || task.partition_id() != 2, "deliberate");
            items.map(|x| (x % 3, x))
        })
        .reduce_by_key_n(2, |a, b| a + b);
    assert_eq!(sorted(sums.collect_async().await?), [(0, 135), (1, 145), (2, 155)]);
    let bad = sums.map(|_| -> i64 { panic!("deliberate") });
    assert_fails(bad.count_async().await, &["failed 2 times"]);
    drop(context.range(0..10, 1, 10).count_async());
    assert_eq!(sums.count_async().await?, 3);
    Ok(())
}

fn builder(path: &Path) -> ContextBuilder {
    Context::builder().master("local[2,2]").trace(path)
}

fn on_loop(path: &Path, seed: u64) -> Outcome {
    let (context, mut system) = builder(path).start_sim(seed)?;
    system.block_on(program(context))??;
    system.run_until_idle();
    Ok(())
}

fn read(path: &Path) -> Vec<Record> {
    let mut reader = TraceReader::open(path).unwrap();
    let records = reader.by_ref().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(reader.end(), Some(TraceEnd::Closed));
    records
}

/// Each sender's messages are numbered from 1 without a gap but for timers that never fired, each cause came before its effects, and every
/// step of the path of a job is there.
fn check_complete(records: &[Record]) {
    let places: HashMap<MessageId, usize> =
        records.iter().enumerate().map(|(place, record)| (record.head.id, place)).collect();
    assert_eq!(places.len(), records.len(), "ids are unique");
    let mut senders = BTreeMap::<_, Vec<u64>>::new();
    let mut kinds = BTreeMap::<&str, usize>::new();
    for (place, record) in records.iter().enumerate() {
        senders.entry(record.head.id.actor).or_default().push(record.head.id.number);
        *kinds.entry(record.kind).or_default() += 1;
        assert!(record.handled >= record.head.sent, "{}", line(record));
        if let Some(cause) = record.head.cause {
            assert!(places.get(&cause).is_some_and(|before| *before < place), "{}", line(record));
        }
    }
    for (sender, numbers) in senders {
        let numbers = sorted(numbers);
        let last = numbers.last().copied().unwrap_or_default();
        let missing: Vec<u64> = (1..=last).filter(|number| numbers.binary_search(number).is_err()).collect();
        // A timer that is outstanding when the system stops never arrives: of executors, the one that forgets kills
        // of tasks that have ended already.
        let timers = usize::from(matches!(sender, ActorId::ExecutorBackend(_)));
        assert!(missing.len() <= timers, "{sender} {missing:?}");
    }
    for kind in [
        "RegisterExecutor",
        "JobSubmitted",
        "SubmitTasks",
        "ReviveOffers",
        "ResourceOffers",
        "LaunchTasks",
        "LaunchTask",
        "StatusUpdate",
        "EnqueueSuccessfulTask",
        "CompletionEvent",
        "TaskSucceeded",
        "JobFailed",
        "JobCancelled",
        "JobStart",
        "JobEnd",
        "TaskStart",
        "TaskEnd",
    ] {
        assert!(kinds.contains_key(kind), "no {kind} in {kinds:?}");
    }
    assert_eq!((kinds["JobSubmitted"], kinds["JobStart"], kinds["JobEnd"]), (4, 4, 4));
}

fn of_the_loop_is_complete() -> Outcome {
    let dir = tempfile::tempdir()?;
    for seed in 1..4 {
        let path = dir.path().join(seed.to_string());
        on_loop(&path, seed)?;
        check_complete(&read(&path));
    }
    Ok(())
}

fn of_actix_is_complete() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("trace");
    for _ in 0..3 {
        let context = builder(&path).start()?;
        wait(LIMIT, program(context.clone()))??;
        context.stop();
        check_complete(&read(&path));
    }
    Ok(())
}

fn same_seed_same_trace() -> Outcome {
    let dir = tempfile::tempdir()?;
    let texts = |name: &str, seed| {
        let path = dir.path().join(name);
        on_loop(&path, seed).unwrap();
        read(&path).iter().map(line).collect::<Vec<_>>()
    };
    let (first, again, other) = (texts("first", 7), texts("again", 7), texts("other", 8));
    assert!(first == again, "the same seed gave two traces");
    assert!(first != other, "two seeds gave one trace");
    Ok(())
}

fn the_header_tells_how_to_run_it_again() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("trace");
    let builder = builder(&path).config("spark.speculation", "true").config("spark.locality.wait", "1500ms");
    let (context, mut system) = builder.start_sim(1)?;
    system.block_on(context.range(0..10, 1, 2).count_async())??;
    drop((context, system));
    let reader = TraceReader::open(&path)?;
    let header = reader.header();
    let settings: Vec<_> = header.settings.iter().map(|(key, value)| (&**key, &**value)).collect();
    let expected = [
        ("spark.task.maxFailures", "2"),
        ("spark.locality.wait", "1500ms"),
        ("spark.speculation", "true"),
        ("firesteel.recorded.local", "true"),
    ];
    assert_eq!(settings, expected);
    assert_eq!((&*header.carrier, header.executors.len(), header.executors[0].cores), ("loop", 1, 2));
    assert!(header.config()?.speculation.enabled);
    assert_eq!(reader.payloads(), Payloads::Readable);
    Ok(())
}

fn settings_record_as_well() -> Outcome {
    let dir = tempfile::tempdir()?;
    let (by_settings, by_program) = (dir.path().join("settings"), dir.path().join("program"));
    let start = |builder: ContextBuilder| -> Outcome {
        let builder = builder
            .master("local[2]")
            .config("firesteel.trace.file", by_settings.to_str().unwrap())
            .config("firesteel.trace.payloads", "false")
            .config("firesteel.trace.compress", "true");
        let (context, mut system) = builder.start_sim(1)?;
        system.block_on(context.range(0..10, 1, 2).count_async())??;
        Ok(())
    };
    // What the program says has precedence.
    start(Context::builder().record(&by_program, RecordOptions::payloads().only_kinds(["LaunchTask"])))?;
    assert!(!by_settings.exists());
    assert_eq!(read(&by_program).len(), 2);
    start(Context::builder())?;
    let reader = TraceReader::open(&by_settings)?;
    assert_eq!((reader.payloads(), reader.header().is_complete()), (Payloads::NotRecorded, true));
    assert!(read(&by_settings).iter().all(|record| record.message.is_none()));
    Ok(())
}

/// What `firesteel trace show` prints.
#[cfg(feature = "cli")]
pub(crate) fn shown(args: &[&str]) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let output = command(args)?;
    let errors = String::from_utf8(output.stderr)?;
    assert!(output.status.success() && errors.is_empty(), "{}: {errors}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(feature = "cli")]
fn command(args: &[&str]) -> Result<std::process::Output, std::io::Error> {
    std::process::Command::new(env!("CARGO_BIN_EXE_firesteel")).args(["trace", "show"]).args(args).output()
}

#[cfg(feature = "cli")]
fn the_command_shows_it() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("trace");
    on_loop(&path, 1)?;
    let (records, file) = (read(&path), path.to_str().unwrap());
    let text = shown(&[file])?;
    assert_eq!(text.lines().collect::<Vec<_>>(), records.iter().map(line).collect::<Vec<_>>());
    let text = shown(&["--json", file])?;
    assert_eq!(text.lines().count(), records.len());
    for (json, record) in text.lines().zip(&records) {
        let value: serde_json::Value = serde_json::from_str(json)?;
        assert_eq!(value["id"], record.head.id.to_string());
        assert_eq!(value["kind"], record.kind);
        assert_eq!(value["from"], record.head.from().to_string());
        assert_eq!(value["to"], record.head.to.to_string());
        assert_eq!(value["handled"], record.handled.0);
        let cause = record.head.cause.map(|cause| cause.to_string());
        assert_eq!(value["cause"].as_str(), cause.as_deref());
        assert!(value["message"].is_object(), "{json}");
    }
    Ok(())
}

#[cfg(feature = "cli")]
fn a_torn_file_is_shown_and_said_to_be_torn() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("trace");
    on_loop(&path, 1)?;
    let (bytes, lines) = (fs::read(&path)?, read(&path).len());
    let torn = dir.path().join("torn");
    // Within the index, behind the messages.
    fs::write(&torn, &bytes[..bytes.len() - 20])?;
    for args in [&[torn.to_str().unwrap()][..], &[torn.to_str().unwrap(), "--json"]] {
        let output = command(args)?;
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stdout)?.lines().count(), lines);
        let errors = String::from_utf8(output.stderr)?;
        assert!(errors.contains("the trace has no proper end ("), "{errors}");
    }
    Ok(())
}

#[cfg(feature = "cli")]
fn what_is_no_trace_is_refused() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("text");
    fs::write(&path, "no trace at all")?;
    for (path, text) in
        [(path.clone(), "is not a firesteel trace"), (path.join("x"), "cannot read trace file")]
    {
        let output = command(&[path.to_str().unwrap()])?;
        let errors = String::from_utf8(output.stderr)?;
        assert!(
            output.status.code() == Some(1) && output.stdout.is_empty() && errors.contains(text),
            "{errors}"
        );
    }
    Ok(())
}
