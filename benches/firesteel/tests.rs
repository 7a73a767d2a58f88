//! Unit tests of the benches' own parts. Cargo runs a bench executable without a test harness, so the tests of
//! all its files are gathered here, as the root of a test target of their own.
#![cfg(test)]
#![allow(dead_code)] // The parts that only benches call.

mod answer;
mod baseline;
mod child;
mod children;
mod compare;
mod context;
mod data;
mod engine_word_count;
mod hand;
mod noop;
mod one_task_job;
#[allow(unused_imports, reason = "only the executable runs them")]
mod processes;
mod programs;
mod report;
mod request;
mod sim_scheduling;
mod spill;
#[path = "../../examples/shared/splitmix.rs"]
mod splitmix;
#[path = "../../examples/word_count/summary.rs"]
mod summary;
mod top;
mod trace_off;
mod trace_rate;
mod trace_replay;
mod trace_scan;
mod trace_seek;
mod wait;
mod workloads;

use std::{fs, path::Path, process::Command, time::Duration};

use answer::{AnswerCheck, Totals, WordCount, WrongAnswer};
use baseline::{pieces, word_count_baseline};
use child::ChildError;
use compare::{Sample, median};
use data::{DataError, debian, generated};
use programs::check::Run;
use report::Report;
use request::Request;
use top::Top;
use workloads::WORKLOADS;

fn parse(arguments: &[&str]) -> Result<Request, String> {
    Request::parse(arguments.iter().map(Into::into))
}

fn count(text: &[u8], threads: usize) -> WordCount {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    word_count_baseline(file.path(), threads).unwrap()
}

fn answer(words: u64, top: &str) -> WordCount {
    let totals = Totals { words, distinct: 1, sumsq: words * words };
    WordCount { totals, top: vec![(top.to_owned(), words)], seconds: 0.5 }
}

#[test]
fn arguments_choose_benches_list_them_or_make_a_child() {
    assert_eq!(parse(&["--bench"]), Ok(Request::Run(vec![], None)));
    assert_eq!(parse(&["word", "--bench"]), Ok(Request::Run(vec!["word".to_owned()], None)));
    assert_eq!(parse(&["--bench", "--list"]), Ok(Request::List));
    let child = Request::Child("count".to_owned(), vec!["--list".to_owned(), "2".to_owned()]);
    assert_eq!(parse(&["--child", "count", "--list", "2"]), Ok(child));
    let spill = Request::Run(vec!["spill".to_owned()], Some(64 << 20));
    assert_eq!(parse(&["--spill-mib", "64", "spill"]), Ok(spill));
    for refused in [&["--spill-mib"][..], &["--spill-mib", "0"], &["--spill-mib", "much"], &["--child"]] {
        assert!(parse(refused).is_err(), "{refused:?}");
    }
    assert!(parse(&["--fast"]).unwrap_err().contains("--fast"));
}

#[test]
fn a_child_program_refuses_bad_arguments() {
    let run = |name: &str, arguments: &[&str]| {
        children::run(name, &arguments.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert!(run("no_such_program", &[]).unwrap_err().to_string().contains("no_such_program"));
    assert!(run("word_count_baseline", &["file"]).is_err());
    assert!(run("word_count_baseline", &["file", "0"]).unwrap_err().to_string().contains("THREADS"));
    assert!(run("word_count_baseline", &["no such file", "2"]).is_err());
    assert!(run("engine", &["no_such_work", "1", "1"]).unwrap_err().to_string().contains("no_such_work"));
    assert!(run("hand", &["join_2m", "many", "1"]).is_err());
    assert!(run("spill", &["spill_sort"]).is_err());
}

#[test]
fn words_are_separated_by_the_six_ascii_spaces_only() {
    let counted = count("\u{b}to be\tor\r\nnot\u{c}to be\u{a0}be\u{0}".as_bytes(), 1);
    assert_eq!(counted.totals, Totals { words: 6, distinct: 5, sumsq: 8 });
    let top: Vec<_> = counted.top.iter().map(|(word, n)| (word.as_str(), *n)).collect();
    assert_eq!(top, [("to", 2), ("be", 1), ("be\u{a0}be\u{0}", 1), ("not", 1), ("or", 1)]);
}

#[test]
fn any_number_of_threads_gives_one_answer() {
    let mut text = Vec::new();
    generated::write_text(&mut text, 1 << 20).unwrap();
    let one = count(&text, 1);
    for threads in [2, 3, 7] {
        let more = count(&text, threads);
        assert_eq!((more.totals, more.top), (one.totals, one.top.clone()), "{threads} threads");
    }
    assert_eq!(count(b"", 2).totals, Totals::default());
    assert_eq!(count(b" \n ", 2).totals, Totals::default());
    assert_eq!(count(b"x", 8).totals, Totals { words: 1, distinct: 1, sumsq: 1 });
}

#[test]
fn pieces_are_the_whole_text_and_cut_no_word() {
    let text = b"one two  three\nfour five ";
    for n in 1..=text.len() + 1 {
        let pieces = pieces(text, n);
        assert!(pieces.len() <= n);
        assert_eq!(pieces.concat(), text);
        assert!(pieces[1..].iter().all(|piece| piece[0].is_ascii_whitespace()), "{n} pieces");
    }
    assert_eq!(pieces(b"unbroken", 3), [b"unbroken"]);
}

#[test]
fn the_top_is_ordered_by_count_and_then_by_bytes() {
    let words: Vec<String> = (0..60).map(|n| format!("w{n:02}")).collect();
    let mut top = Top::default();
    for (n, word) in words.iter().enumerate().rev() {
        top.offer(word.as_bytes(), n as u64 / 3);
    }
    let sorted = top.into_sorted();
    assert_eq!(sorted.len(), Top::SIZE);
    assert_eq!(sorted[..4], [(&b"w57"[..], 19), (b"w58", 19), (b"w59", 19), (b"w54", 18)]);
    assert_eq!(sorted[18..], [(&b"w39"[..], 13), (b"w40", 13)]);
}

#[test]
fn an_answer_survives_its_json() {
    let json = serde_json::to_string(&answer(3, "x")).unwrap();
    assert_eq!(json, r#"{"words":3,"distinct":1,"sumsq":9,"top":[["x",3]],"seconds":0.5}"#);
    let read: WordCount = serde_json::from_str(&json).unwrap();
    assert_eq!((read.totals, read.top), (answer(3, "x").totals, answer(3, "x").top));
}

#[test]
fn every_answer_is_held_against_the_reference_and_the_first() {
    let mut check = AnswerCheck::new(None);
    check.check("a", answer(3, "x")).unwrap();
    check.check("b", answer(3, "x")).unwrap();
    assert!(matches!(check.check("b", answer(4, "x")), Err(WrongAnswer::Totals { .. })));
    assert!(matches!(check.check("b", answer(3, "y")), Err(WrongAnswer::Top { .. })));
    let known = Totals::known(104_857_557);
    assert_eq!(known.map(|totals| totals.distinct), Some(1_439_609));
    assert_eq!(Totals::known(1_206_934_306).map(|totals| totals.words), Some(100_140_304));
    assert!(AnswerCheck::new(known).check("a", answer(3, "x")).is_err());
    assert_eq!(Totals::known(104_857_558), None);
}

#[test]
fn a_process_is_measured_from_outside() {
    let shell = |script: &str| child::measure("sh", Command::new("sh").args(["-c", script]));
    let finished = shell("echo answer; sleep 0.2").unwrap();
    assert_eq!(finished.stdout, "answer\n");
    assert!((0.2..10.0).contains(&finished.wall_seconds), "{finished:?}");
    assert!(finished.peak_rss_bytes > 1 << 16, "{finished:?}");
    assert!(matches!(shell("exit 3"), Err(ChildError::Failed { status, .. }) if status.code() == Some(3)));
    assert!(matches!(shell("kill -9 $$"), Err(ChildError::Failed { .. })));
    assert!(matches!(shell(r"printf '\377'"), Err(ChildError::Run { .. })));
    let absent = child::measure("absent", &mut Command::new("./no such program"));
    assert!(matches!(absent, Err(ChildError::Run { .. })));
}

#[test]
fn the_ratio_is_the_median_of_the_pairs_ratios() {
    // The first of each is the warm-up.
    let (mut subject, mut baseline) = ([9.0, 2.0, 9.0, 4.0].into_iter(), [9.0, 1.0, 3.0, 4.0].into_iter());
    let sample = |seconds: Option<f64>| Ok(Sample { seconds: seconds.unwrap(), peak_rss_bytes: 10 });
    let found =
        compare::in_turn("test", 3, &mut || sample(subject.next()), &mut || sample(baseline.next())).unwrap();
    assert_eq!(found.seconds, compare::Measure { subject: 4.0, baseline: 3.0, ratio: 2.0 });
    assert_eq!(found.peak_rss_bytes, compare::Measure { subject: 10.0, baseline: 10.0, ratio: 1.0 });
    assert_eq!((subject.next(), baseline.next()), (None, None));
    let failing =
        compare::in_turn("test", 3, &mut || Err("wrong".into()), &mut || unreachable!("subject comes first"));
    assert!(failing.is_err());
}

#[test]
fn a_median_lies_in_the_middle() {
    assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
    assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
    assert!(median([].into_iter()).is_nan());
}

#[test]
fn a_report_is_one_line_with_the_fields_it_has() {
    let plain = Report::new("jobs", 2.5, "1/s").to_json().unwrap();
    assert_eq!(plain, r#"{"name":"jobs","value":2.5,"unit":"1/s"}"#);
    let full = Report::new("count", 2.0, "s").baseline(4.0, 0.5).with("pairs", 15).to_json().unwrap();
    assert_eq!(full, r#"{"name":"count","value":2.0,"unit":"s","baseline":4.0,"ratio":0.5,"pairs":15}"#);
}

#[test]
fn a_named_text_is_a_file_or_a_directory_with_it() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(data::given(directory.path()), Err(DataError::NotThere { .. })));
    let text = directory.path().join("corpus-100m.txt");
    fs::write(&text, "words\n").unwrap();
    assert_eq!(data::given(directory.path()).unwrap(), text);
    assert_eq!(data::given(&text).unwrap(), text);
    assert!(data::given(&directory.path().join("absent")).is_err());
}

#[test]
fn making_a_text_leaves_that_text_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("text.txt");
    let left = || fs::read_dir(directory.path()).unwrap().count();
    fs::create_dir(directory.path().join("making")).unwrap();
    fs::write(directory.path().join("making/text"), "of an interrupted run").unwrap();
    let broken = |work: &Path, text: &Path| {
        fs::write(text, "half").unwrap();
        Err(DataError::NotThere { path: work.to_owned() })
    };
    assert!(matches!(data::make(directory.path(), &target, broken), Err(DataError::NotThere { .. })));
    assert_eq!(left(), 0);
    let whole = |work: &Path, text: &Path| {
        fs::write(work.join("scrap"), "").unwrap();
        fs::write(text, "whole\n").unwrap();
        Ok(())
    };
    data::make(directory.path(), &target, whole).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"whole\n");
    assert_eq!(left(), 1);
}

#[test]
fn a_text_is_cut_after_its_last_line() {
    let cut = |text: &[u8]| {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        fs::write(&path, text).unwrap();
        let mut file = fs::File::options().read(true).write(true).open(&path).unwrap();
        assert_eq!(data::cut_after_last_line(&mut file).unwrap(), file.metadata().unwrap().len());
        fs::read(&path).unwrap()
    };
    assert_eq!(cut(b"one\ntwo\nthr"), b"one\ntwo\n");
    assert_eq!(cut(b"one\n"), b"one\n");
    assert_eq!(cut(b"none"), b"");
    assert_eq!(cut(b""), b"");
    let long_tail = [&b"one\n"[..], &[b'x'; 200_000]].concat();
    assert_eq!(cut(&long_tail), b"one\n");
}

#[test]
fn source_files_are_joined_in_byte_order_of_their_paths() {
    let source = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = source.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    [("a/b.c", "3\n"), ("a-b/c.h", "1\n"), ("a.txt", "2\n"), ("b.rst", "4 and\nmore"), ("Makefile", "no\n")]
        .iter()
        .for_each(|(name, text)| write(name, text));
    std::os::unix::fs::symlink("a.txt", source.path().join("link.txt")).unwrap();
    let text = source.path().join("joined");
    assert_eq!(debian::join_files(source.path(), &text, 100).unwrap(), 12);
    assert_eq!(fs::read(&text).unwrap(), b"1\n2\n3\n4 and\n");
    fs::remove_file(&text).unwrap();
    assert_eq!(debian::join_files(source.path(), &text, 5).unwrap(), 4);
}

#[test]
fn a_tool_is_stopped_when_its_time_is_up() {
    let limit = Duration::from_millis(100);
    assert!(debian::run(&mut Command::new("true"), limit * 100).is_ok());
    let failed = debian::run(&mut Command::new("false"), limit * 100);
    assert!(matches!(failed, Err(DataError::ToolFailed { .. })));
    let slow = debian::run(Command::new("sleep").arg("60"), limit);
    assert!(matches!(slow, Err(DataError::ToolTooSlow { .. })));
    assert!(matches!(debian::run(&mut Command::new("./absent"), limit), Err(DataError::Tool { .. })));
}

#[test]
fn the_generated_text_is_the_same_everywhere() {
    let mut text = Vec::new();
    generated::write_text(&mut text, 10_000).unwrap();
    assert!((9_800..=10_000).contains(&text.len()));
    assert_eq!(text.last(), Some(&b'\n'));
    let mut longer = Vec::new();
    generated::write_text(&mut longer, 20_000).unwrap();
    assert!(longer.starts_with(&text));
    assert!(text.starts_with(b"\tcsh hp=ny*cfv wqg)jza b*ac h)ba*xavf;*m csh zr=yqnbd* sfegx=qlsm_\n"));
}

#[test]
fn the_generators_are_those_of_the_expected_answers() {
    assert_eq!(splitmix::random(0, 0), 0xE220_A839_7B1D_CDAF);
    assert_eq!(splitmix::random(0, 1), 0x6E78_9E6A_A1B9_65F4);
    assert_eq!(splitmix::unit(0, 0), (0xE220_A839_7B1D_CDAF_u64 >> 11) as f64 * 2f64.powi(-53));
}

#[test]
fn both_sides_of_every_workload_find_the_same() {
    for workload in WORKLOADS {
        for (rows, threads) in [(20_000, 1), (20_000, 2), (12_345, 3)] {
            let engine = (workload.engine)(rows, threads).unwrap();
            let hand = (workload.hand)(rows, threads).unwrap();
            assert_eq!(engine.found, hand.found, "{} of {rows} rows with {threads} threads", workload.name);
            assert!(engine.check("engine", &hand.found).is_ok());
            assert!(engine.check("engine", workload.expected).is_err(), "{}", workload.name);
        }
    }
}

#[test]
fn data_that_does_not_fit_gives_the_right_answer() {
    for program in ["spill_sort", "spill_group", "spill_join"] {
        // An executor of 1 MiB.
        spill::answer(program, 8 << 20, 2).unwrap();
    }
}

#[test]
fn the_whole_text_lies_beside_the_part() {
    let directory = tempfile::tempdir().unwrap();
    let whole = directory.path().join("corpus.txt");
    assert_eq!(data::whole_of(directory.path()), whole);
    assert_eq!(
        data::whole_of(&directory.path().join("corpus-100m.txt")),
        directory.path().join("corpus-100m.txt/corpus.txt")
    );
    fs::write(&whole, "words").unwrap();
    fs::write(directory.path().join("corpus-100m.txt"), "words").unwrap();
    assert_eq!(data::whole_of(directory.path()), whole);
    assert_eq!(data::whole_of(&directory.path().join("corpus-100m.txt")), whole);
}

#[test]
fn a_run_of_records_tells_order_and_content_also_in_parts() {
    let run = |keys: &[u64]| {
        let mut run = Run::new();
        keys.iter().for_each(|key| run.push(*key, key * key, *key));
        run
    };
    let keys = [1, 2, 2, 5, 9];
    let whole = run(&keys);
    assert_eq!((whole.records, whole.ends, whole.is_sorted), (5, Some((1, 9)), true));
    assert_eq!((whole.digest, whole.ranked), (1 + 4 + 4 + 25 + 81, 1 + 4 + 6 + 20 + 45));
    for first in 0..=keys.len() {
        for second in first..=keys.len() {
            let parts = [run(&keys[..first]), run(&keys[first..second]), run(&keys[second..])];
            assert_eq!(Run::of_parts(parts), whole, "cut at {first} and {second}");
        }
    }
    assert!(!run(&[1, 3, 2]).is_sorted);
    // Each part is in order, the whole is not.
    let parts = || [run(&[1, 4]), run(&[]), run(&[3, 7])];
    assert!(parts().iter().all(|part| part.is_sorted) && !Run::of_parts(parts()).is_sorted);
}
