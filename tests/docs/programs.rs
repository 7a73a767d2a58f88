//! The programs that the documents show are compiled and run.

use super::document;

/// The blocks of a kind, without their fences.
pub(super) fn blocks(text: &str, kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        match &mut block {
            None if line == format!("```{kind}") => block = Some(String::new()),
            Some(_) if line == "```" => found.extend(block.take()),
            Some(block) => *block += &format!("{line}\n"),
            None => {}
        }
    }
    found
}

/// A program's lines without their indentation.
fn lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_rust_block_is_compiled_and_run() {
    let run = lines(include_str!("snippets.rs"));
    for name in ["README.md", "docs/guide.md", "docs/cluster.md", "docs/debugging.md", "actors/README.md"] {
        // The packaged crate has no files of the other one.
        if name.starts_with("actors") && !std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name).exists()
        {
            continue;
        }
        for block in blocks(&document(name), "rust") {
            assert!(
                run.contains(&lines(&block)),
                "a program of {name} is not in tests/docs/snippets.rs:\n{block}"
            );
        }
    }
}

#[test]
fn every_link_to_a_file_leads_to_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let decisions = std::fs::read_dir(root.join("docs/decisions")).unwrap();
    let decisions = decisions.map(|entry| format!("docs/decisions/{}", entry.unwrap().file_name().display()));
    let documents = ["README.md", "CHANGELOG.md"].map(str::to_owned).into_iter();
    let guides =
        "guide cluster debugging trace configuration conformance messages trace-format architecture benchmarks"
            .split(' ');
    for name in documents.chain(guides.map(|name| format!("docs/{name}.md"))).chain(decisions) {
        let text = document(&name);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap();
            let path = root.join(&name).parent().unwrap().join(file);
            assert!(path.exists(), "{name} links to {link}");
        }
    }
}
