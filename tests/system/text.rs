//! Text files as lines and as wholes, against a reading of the same bytes that shares no code with ours.

use std::{fs, path::Path};

use firesteel::{Context, text::Text};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{every_way, parts, random, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both lines_end_at_lf_cr_and_crlf),
        scenario!(blocking long_lines_and_many_chunks),
        scenario!(both whole_files),
        scenario!(both directories_globs_and_lists),
        scenario!(both empty_files),
        scenario!(both a_file_that_comes_later_is_found),
    ]
}

/// Lines as bytes: LF, CR and CRLF end them; the last need not be ended.
pub(crate) fn lines_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\r' {
            bytes.next_if_eq(&b'\n');
        }
        if matches!(byte, b'\r' | b'\n') {
            lines.push(std::mem::take(&mut line));
        } else {
            line.push(byte);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Bytes with every kind of trouble: not UTF-8, zeros, all white space, words around the inline length, long
/// ones.
pub(crate) fn troubled_text(seed: u64, length: usize) -> Vec<u8> {
    const WORDS: [&[u8]; 9] = [
        b"a",
        b"word",
        "Übermut".as_bytes(),
        b"\xFF\xFE\x80",
        b"\0",
        b"exactly-23-bytes-long-xx",
        b"exactly-24-bytes-long-xxx",
        b"much-longer-than-what-fits-into-twenty-three-bytes-of-inline-text",
        b"the",
    ];
    const SPACES: [&[u8]; 9] = [b" ", b"\t", b"\n", b"\x0B", b"\x0C", b"\r", b"\r\n", b"\n\n", b"  \t "];
    let mut text = Vec::new();
    for number in random(seed) {
        if text.len() >= length {
            break;
        }
        text.extend_from_slice(WORDS[(number % 9) as usize]);
        if number % 4 == 0 {
            text.extend_from_slice((number >> 20 & 0xFFF).to_string().as_bytes());
        }
        text.extend_from_slice(SPACES[(number >> 40) as usize % 9]);
    }
    text
}

fn as_bytes(lines: Vec<Text>) -> Vec<Vec<u8>> {
    lines.iter().map(|line| line.as_bytes().to_vec()).collect()
}

fn path_text(path: &Path) -> &str {
    path.to_str().unwrap()
}

async fn lines_end_at_lf_cr_and_crlf(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("text");
    let texts = [b"".to_vec(), b"\n".to_vec(), b"\r\n\r\n".to_vec(), b"x".to_vec(), b"a\rb\nc\r\nd".to_vec()];
    for text in texts.into_iter().chain([troubled_text(1, 300), troubled_text(2, 3_000)]) {
        fs::write(&path, &text)?;
        let expected = lines_of(&text);
        for min_partitions in [1, 2, 3, 7, 40] {
            let lines = context.text_file(path_text(&path), min_partitions);
            assert_eq!(as_bytes(lines.collect_async().await?), expected, "{min_partitions}");
        }
        let lines = context.text_file(path_text(&path), 3);
        assert_eq!(as_bytes(every_way(&lines).await?), expected);
        if text.len() > 100 {
            assert!(lines.num_partitions()? >= 3);
        }
    }
    Ok(())
}

fn long_lines_and_many_chunks(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("text");
    let mut text = troubled_text(3, 500_000);
    // One line longer than several chunks, in the middle of the rest.
    text.extend(std::iter::repeat_n(b'x', 700_000));
    text.extend_from_slice(b"\n");
    text.extend(troubled_text(4, 400_000));
    fs::write(&path, &text)?;
    let expected = lines_of(&text);
    for min_partitions in [1, 2, 11] {
        let lines = context.text_file(path_text(&path), min_partitions);
        assert!(as_bytes(lines.collect()?) == expected, "{min_partitions} partitions");
        assert_eq!(lines.count()?, expected.len() as u64);
    }
    Ok(())
}

async fn whole_files(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let mut expected = Vec::new();
    for (number, length) in [0, 10, 5_000, 40, 1, 300].into_iter().enumerate() {
        let (path, content) =
            (dir.path().join(format!("{number}.txt")), troubled_text(number as u64, length));
        fs::write(&path, &content)?;
        expected.push((path_text(&path).to_owned(), content));
    }
    for min_partitions in [1, 2, 6, 20] {
        let files = context.whole_text_files(path_text(dir.path()), min_partitions);
        assert!((1..=6).contains(&files.num_partitions()?), "{}", files.num_partitions()?);
        let found = every_way(&files.map(|(path, text)| (path, text.as_bytes().to_vec()))).await?;
        assert_eq!(sorted(found), expected);
    }
    assert_eq!(context.whole_text_files(path_text(dir.path()), 6).num_partitions()?, 6);
    Ok(())
}

async fn directories_globs_and_lists(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let root = path_text(dir.path());
    for (name, text) in
        [("a.txt", "1\n2\n"), ("b.txt", "3"), ("c.log", "4\n"), ("_hidden", "5\n"), (".dot", "6\n")]
    {
        fs::write(dir.path().join(name), text)?;
    }
    for (paths, expected) in [
        (root.to_owned(), vec!["1", "2", "3", "4"]),
        (format!("{root}/*.txt"), vec!["1", "2", "3"]),
        (format!("{root}/[bc].*"), vec!["3", "4"]),
        (format!("{root}/{{a,c}}.*"), vec!["1", "2", "4"]),
        (format!("{root}/b.txt,{root}/a.txt"), vec!["1", "2", "3"]),
        (format!("{root}/a.txt,{root}/a.txt"), vec!["1", "1", "2", "2"]),
        (format!("file:{root}/b.txt"), vec!["3"]),
    ] {
        let lines = context.text_file(&paths, 1).map(|line| line.to_string());
        assert_eq!(sorted(lines.collect_async().await?), expected, "{paths}");
    }
    Ok(())
}

async fn empty_files(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let empty = context.text_file(path_text(dir.path()), 3);
    assert_eq!(empty.count_async().await?, 0);
    fs::write(dir.path().join("empty"), "")?;
    fs::write(dir.path().join("line"), "line")?;
    let lines = context.text_file(path_text(dir.path()), 3);
    let found = parts(&lines.map(|line| line.to_string())).await?;
    assert_eq!(found.concat(), ["line"]);
    let counts = empty.map(|line| (line, 1u64)).reduce_by_key(|a, b| a + b);
    assert_eq!(counts.count_async().await?, 0);
    assert_eq!(counts.sort_by_key(true).collect_async().await?.len(), 0);
    assert_eq!(counts.sort_by_key_n(true, 3).count_async().await?, 0);
    Ok(())
}

async fn a_file_that_comes_later_is_found(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("later");
    let lines = context.text_file(path_text(&path), 1);
    let words = lines.map(|line| (line, 1u64)).reduce_by_key(|a, b| a + b);
    assert!(words.count_async().await.is_err());
    fs::write(&path, "now\n")?;
    assert_eq!(words.count_async().await?, 1);
    assert_eq!(lines.count_async().await?, 1);
    Ok(())
}
