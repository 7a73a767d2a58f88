//! The names of tests that carry ids of scenarios, such as `dag_019_a_sentence`, found in the sources.

use std::path::{Path, PathBuf};

/// A name that begins with one id or several.
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    /// The name.
    pub(super) name: String,
    /// The ids, as `DAG-019`.
    pub(super) ids: Vec<String>,
    /// Whether a test runner runs it.
    pub(super) is_run: bool,
}

impl Named {
    /// `None` for a name without an id.
    fn new(name: &str, is_run: bool) -> Option<Self> {
        let ids = ids(name);
        (!ids.is_empty()).then(|| Named { name: name.to_owned(), ids, is_run })
    }
}

/// All of both crates; `None` in a package, which has no sources of the other crate.
pub(super) fn in_the_repository() -> Option<Vec<Named>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join("actors").exists() {
        return None;
    }
    let files = ["actors/src", "actors/tests", "src", "tests"].map(|folder| sources(root.join(folder)));
    let names = files.into_iter().flatten().flat_map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut names = functions(&text);
        if path.starts_with(root.join("tests/system")) {
            let trials = trials(&text);
            // A body is a function too.
            names.retain(|function| trials.iter().all(|trial| trial.name != function.name));
            names.extend(trials);
        }
        // The examples below.
        if path.ends_with("docs/test_names.rs") { Vec::new() } else { names }
    });
    Some(names.collect())
}

/// The text of all Rust files of both crates; `None` in a package.
pub(super) fn sources_of_the_repository() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join("actors").exists() {
        return None;
    }
    let files = ["actors/src", "actors/tests", "src", "tests"].map(|folder| sources(root.join(folder)));
    Some(files.into_iter().flatten().map(|path| std::fs::read_to_string(path).unwrap()).collect())
}

/// The Rust files below a folder.
fn sources(folder: PathBuf) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The ids at the beginning of a name: letters, three digits, and more behind.
fn ids(name: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut rest = name;
    while let Some((suite, behind)) = rest.split_once('_')
        && let Some((number, behind)) = behind.split_once('_')
        && suite.starts_with(|first: char| first.is_ascii_lowercase())
        && suite.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && number.len() == 3
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        ids.push(format!("{}-{number}", suite.to_ascii_uppercase()));
        rest = behind;
    }
    ids
}

/// The beginning of a text that can be a name.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The functions with ids; those with a test's attribute that are not ignored are run.
fn functions(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let mut attributes = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            attributes.push(line);
            continue;
        }
        if line.starts_with("//") {
            continue;
        }
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let Some(function) = function {
            let is_test = |line: &&str| *line == "#[test]" || line.starts_with("#[tokio::test");
            let is_ignored = attributes.iter().any(|line| line.starts_with("#[ignore"));
            found.extend(Named::new(word(function), attributes.iter().any(is_test) && !is_ignored));
        }
        attributes.clear();
    }
    found
}

/// The trials with ids of the whole-system tests: bodies in `scenario!(kind body)`, and names in quotes, alone or
/// behind the name of their module.
fn trials(text: &str) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    let code = || text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let joined = code().collect::<Vec<_>>().join(" ");
    let bodies = joined.split("scenario!(").skip(1).filter_map(|rest| rest.split_whitespace().nth(1));
    found.extend(bodies.filter_map(|body| Named::new(word(body), true)));
    for line in code() {
        let quoted = line.split('"').skip(1).step_by(2);
        let names = quoted.filter_map(|quoted| quoted.rsplit("::").next()).filter(|name| word(name) == *name);
        found.extend(names.filter_map(|name| Named::new(name, true)));
    }
    found
}

#[test]
fn an_id_is_letters_and_three_digits_in_front_of_a_sentence() {
    assert_eq!(ids("dag_019_outputs_are_known"), ["DAG-019"]);
    assert_eq!(ids("ht_003_ht_004_both"), ["HT-003", "HT-004"]);
    assert_eq!(ids("accv2_001_a_sum"), ["ACCV2-001"]);
    for name in ["dag_19_x", "dag_0190_x", "dag_019", "_019_x", "spark_12345_x", "a_dag_019_x", "Dag_019_x"] {
        assert_eq!(ids(name), [""; 0], "{name}");
    }
}

#[test]
fn functions_are_run_if_they_are_tests_that_are_not_ignored() {
    let text = "
        #[test]
        fn dag_001_a() {}

        /// Said.
        #[tokio::test(flavor = \"current_thread\")]
        // Why.
        #[should_panic(expected = \"x\")]
        async fn dag_002_b() {
        #[test]
        #[ignore = \"slow\"]
        fn dag_003_c() {}
        #[inline]
        fn dag_004_d(test: u32) {}
        // fn dag_005_e() {}
        #[test]
        fn without_an_id() {}
        fn dag_006_f() {}
    ";
    let found = functions(text);
    let run: Vec<(&str, bool)> = found.iter().map(|named| (&*named.name, named.is_run)).collect();
    assert_eq!(
        run,
        [
            ("dag_001_a", true),
            ("dag_002_b", true),
            ("dag_003_c", false),
            ("dag_004_d", false),
            ("dag_006_f", false)
        ]
    );
}

#[test]
fn trials_are_bodies_in_tables_and_names_in_quotes() {
    let text = "
        scenario!(both jc_001_a).master(\"local\"),
        scenario!(
            blocking jc_002_b
        ),
        // scenario!(both jc_003_c),
        (\"cancel::jc_004_d\", body), \"jc_005_e\", \"as jc_006_f says\",
        async fn jc_007_g() {}
    ";
    let names: Vec<String> = trials(text).into_iter().map(|named| named.name).collect();
    assert_eq!(names, ["jc_001_a", "jc_002_b", "jc_004_d", "jc_005_e"]);
}
