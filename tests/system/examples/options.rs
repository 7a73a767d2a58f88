//! What all examples have in common: options, metrics, Ctrl-C.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use firesteel::actors::trace::TraceReader;

use super::{command, fails, run, succeeds};
use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario},
    support::assert_contains,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free every_example_says_its_options_and_refuses_others),
        scenario!(free metrics_are_printed_beside_the_answer),
        #[cfg(feature = "trace")]
        scenario!(free an_interrupt_cancels_the_job),
    ]
}

const EXAMPLES: [&str; 6] = ["word_count", "pagerank", "kmeans", "pi", "terasort", "join"];

fn every_example_says_its_options_and_refuses_others() -> Outcome {
    for example in EXAMPLES {
        let help = succeeds(example, &["--help"])?;
        assert_contains(&help, &["--master", "--trace", "--metrics", "--no-progress", "--conf", "artitions"]);
        assert_contains(&fails(example, &["--no-such-option"], 2)?, &["error: "]);
        let file = if example == "word_count" { &["LICENSE-APACHE"][..] } else { &[] };
        let errors = fails(example, &[&["--master", "yarn"], file].concat(), 1)?;
        assert_contains(&errors, &[&format!("{example}: "), "Could not parse Master URL: 'yarn'"]);
    }
    Ok(())
}

fn metrics_are_printed_beside_the_answer() -> Outcome {
    let args = ["--metrics", "--records", "1000", "--master", "local[2]", "--partitions", "2"];
    let output = run("terasort", &args)?;
    let errors = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{errors}");
    assert!(output.stdout.starts_with(b"generated 1000 records"));
    let lines: Vec<&str> = errors.lines().collect();
    let begins = |text: &str| lines.iter().filter(|line| line.starts_with(text)).count();
    assert_eq!(
        (begins("stage  "), begins("all "), begins("executor"), begins("driver ")),
        (1, 1, 1, 1),
        "{errors}"
    );
    // The input, the sample, the map side and the sorted side.
    assert_eq!((begins("0.0 "), begins("1.0 "), begins("2.0 "), begins("3.0 ")), (1, 1, 1, 1), "{errors}");
    assert_contains(&errors, &["collect at examples/terasort/main.rs", "shuffle", "1,000", "s  ", " KiB"]);
    Ok(())
}

#[cfg(feature = "trace")]
fn an_interrupt_cancels_the_job() -> Outcome {
    let dir = tempfile::tempdir()?;
    let trace = dir.path().join("trace");
    let args = ["--samples", "1000000000000", "--master", "local[2]", "--trace", trace.to_str().unwrap()];
    let child = command("pi", &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // Its job has begun when the trace says so.
    let begun = Instant::now();
    while TraceReader::open(&trace).and_then(|mut trace| trace.total()).unwrap_or(0) < 10 {
        assert!(begun.elapsed() < LIMIT / 2, "the example does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status()?.success());
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(String::from_utf8(output.stderr)?, "pi: interrupted\n");
    assert_eq!(String::from_utf8(output.stdout)?, "");
    Ok(())
}
