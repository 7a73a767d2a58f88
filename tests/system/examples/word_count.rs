//! The example `word_count` as a user runs it: arguments, output, exit codes.

use std::fs;

use serde_json::Value;

use super::Printed;
use crate::{
    harness::{Outcome, Scenario, scenario},
    support::assert_contains,
    text::troubled_text,
    word_count::{Counts, count},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free json_is_one_line_and_right),
        scenario!(free text_for_people),
        scenario!(free directories_globs_and_several_files),
        scenario!(free a_setting_that_is_not_known_is_said_and_left_out),
        scenario!(free what_goes_wrong_is_said_and_told_by_the_exit_code),
        #[cfg(feature = "gzip")]
        scenario!(free compressed_and_broken_files),
        scenario!(free bad_arguments),
        #[cfg(feature = "cli")]
        scenario!(free its_trace_can_be_shown),
    ]
}

fn succeeds(args: &[&str]) -> Printed {
    super::succeeds("word_count", args)
}

fn fails(args: &[&str], code: i32) -> Printed {
    super::fails("word_count", args, code)
}

/// The most frequent words as it prints them: count descending, then bytes ascending.
fn top(counts: &Counts, most: usize) -> Vec<(String, u64)> {
    let mut all: Vec<(&Vec<u8>, u64)> = counts.iter().map(|(word, count)| (word, *count)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let shown = all.into_iter().take(most);
    shown.map(|(word, count)| (String::from_utf8_lossy(word).into_owned(), count)).collect()
}

#[track_caller]
fn check_json(line: &str, counts: &Counts, most: usize) {
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    let value: Value = serde_json::from_str(line).unwrap();
    assert_eq!(value["words"], counts.values().sum::<u64>());
    assert_eq!(value["distinct"], counts.len());
    assert!(value["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0));
    let expected: Vec<Value> =
        top(counts, most).into_iter().map(|(word, n)| serde_json::json!([word, n])).collect();
    assert_eq!(value["top"], Value::Array(expected));
}

fn json_is_one_line_and_right() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("text");
    let text = troubled_text(1, 60_000);
    fs::write(&path, &text)?;
    let path = path.to_str().unwrap();
    let mut counts = Counts::new();
    count(&text, &mut counts);
    check_json(&succeeds(&["--json", path])?, &counts, 20);
    for top in [0, 1, 7, 1_000_000] {
        let line = succeeds(&["--json", "--master", "local[1]", "--top", &top.to_string(), path])?;
        check_json(&line, &counts, top);
    }
    for (min_partitions, master) in
        [("1", "local[2]"), ("3", "local[*]"), ("50", "local[4,3]"), ("5", "local-cluster[2,1,512]")]
    {
        let args = ["--json", "--no-progress", "--min-partitions", min_partitions, "--master", master, path];
        check_json(&succeeds(&args)?, &counts, 20);
    }
    check_json(&succeeds(&["--json", "--conf", "spark.default.parallelism=7", path])?, &counts, 20);
    Ok(())
}

fn a_setting_that_is_not_known_is_said_and_left_out() -> Outcome {
    let output = super::run("word_count", &["--json", "--conf", "spark.task.cpu=1", "LICENSE-APACHE"])?;
    assert!(output.status.success() && output.stdout.starts_with(b"{"), "{output:?}");
    let errors = String::from_utf8(output.stderr)?;
    let expected = "word_count: there is no setting spark.task.cpu; did you mean spark.task.cpus?\n";
    assert_eq!(errors, expected);
    Ok(())
}

fn text_for_people() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("text");
    fs::write(&path, b"to be or not to be\n\xFF to")?;
    let text = succeeds(&["--top", "3", path.to_str().unwrap()])?;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines[..3], ["3  to", "2  be", "1  not"]);
    assert!(
        lines.len() == 4 && lines[3].starts_with("8 words, 5 distinct, ") && lines[3].ends_with(" s"),
        "{text}"
    );
    // Not UTF-8: shown lossily.
    assert!(succeeds(&[path.to_str().unwrap()])?.contains("1  \u{FFFD}"));
    fs::write(&path, "")?;
    assert!(succeeds(&[path.to_str().unwrap()])?.starts_with("0 words, 0 distinct, "));
    Ok(())
}

fn directories_globs_and_several_files() -> Outcome {
    let dir = tempfile::tempdir()?;
    let root = dir.path().to_str().unwrap();
    for (name, text) in [("a.txt", "one two"), ("b.txt", "two three"), ("c.log", "four"), ("_x", "hidden")] {
        fs::write(dir.path().join(name), text)?;
    }
    let (txt, log) = (format!("{root}/*.txt"), format!("{root}/c.log"));
    for (args, words) in [(vec![root], 5), (vec![&*txt], 4), (vec![&*log, &*txt], 5)] {
        let line = succeeds(&[&["--json"], &args[..]].concat())?;
        assert_eq!(serde_json::from_str::<Value>(&line)?["words"], words, "{args:?}");
    }
    Ok(())
}

fn what_goes_wrong_is_said_and_told_by_the_exit_code() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("text");
    fs::write(&path, "text")?;
    let path = path.to_str().unwrap();
    let missing = format!("{path}.missing");
    for (args, text) in [
        (vec![&*missing], "Input path does not exist: "),
        (vec![path, &*missing], "Input path does not exist: "),
        (vec![path, "--master", "local[0]"], "Could not parse Master URL: 'local[0]'"),
        (vec![path, "--master", "yarn"], "Could not parse Master URL: 'yarn'"),
        (vec![path, "--min-partitions", "0"], "text_file cannot have 0 partitions: it takes 1 to 16777216"),
        (
            vec![path, "--min-partitions", "18446744073709551615"],
            "cannot have 18446744073709551615 partitions",
        ),
        (vec![path, "--conf", "spark.task.cpus=none"], "spark.task.cpus cannot be \"none\": it takes"),
        (vec![path, "--trace", "/no/such/folder/trace"], "cannot create trace file"),
    ] {
        for json in [&["--json"][..], &[]] {
            let errors = fails(&[json, &args[..]].concat(), 1)?;
            assert_contains(&errors, &["word_count: ", text]);
            assert!(!errors.contains("panicked"), "{errors}");
        }
    }
    Ok(())
}

#[cfg(feature = "gzip")]
fn compressed_and_broken_files() -> Outcome {
    let dir = tempfile::tempdir()?;
    let text = troubled_text(2, 40_000);
    let bytes = crate::word_count::compressed(&text)?;
    fs::write(dir.path().join("whole.gz"), &bytes)?;
    fs::write(dir.path().join("torn.gz"), &bytes[..bytes.len() / 2])?;
    let mut counts = Counts::new();
    count(&text, &mut counts);
    let (whole, torn) = (dir.path().join("whole.gz"), dir.path().join("torn.gz"));
    check_json(&succeeds(&["--json", whole.to_str().unwrap()])?, &counts, 20);
    let errors = fails(&["--json", torn.to_str().unwrap()], 1)?;
    assert_contains(&errors, &["Job aborted due to stage failure", "broken gzip data in ", "torn.gz"]);
    Ok(())
}

fn bad_arguments() -> Outcome {
    // Of the parser of arguments: usage, and 2 as everywhere.
    for args in
        [&[][..], &["--no-such-option", "x"], &["--top", "many", "x"], &["--min-partitions", "-1", "x"]]
    {
        assert_contains(&fails(args, 2)?, &["error: "]);
    }
    assert_contains(&fails(&["x", "--conf", "nonsense"], 1)?, &["--conf nonsense: it takes KEY=VALUE"]);
    assert_contains(&succeeds(&["--help"])?, &["--master", "--min-partitions", "--top", "--json", "--trace"]);
    Ok(())
}

#[cfg(feature = "cli")]
fn its_trace_can_be_shown() -> Outcome {
    let dir = tempfile::tempdir()?;
    let (path, trace) = (dir.path().join("text"), dir.path().join("trace"));
    fs::write(&path, troubled_text(3, 5_000))?;
    let (path, trace) = (path.to_str().unwrap(), trace.to_str().unwrap());
    succeeds(&["--trace", trace, "--master", "local[2]", path])?;
    let shown = crate::trace::shown(&[trace])?;
    assert_contains(&shown, &["JobSubmitted", "LaunchTask", "StatusUpdate", "job 0 stage 0.0"]);
    // Also if the job fails.
    let gzip = format!("{path}.gz");
    fs::write(&gzip, "no gzip data")?;
    fails(&["--trace", trace, &gzip], 1)?;
    assert_contains(&crate::trace::shown(&[trace])?, &["JobFailed", "StopExecutor"]);
    Ok(())
}
