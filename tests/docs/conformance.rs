//! docs/conformance.md: which scenarios of Spark's scheduler suites are tested here, by which tests, and which are
//! not, with the reason.
//!
//! The rows are in `conformance/rows.txt`; the tests are found in the sources, by the ids in their names.
//! `FIRESTEEL_BLESS=1 cargo test --test docs` writes the document.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{
    generated, names,
    test_names::{Named, in_the_repository, sources_of_the_repository},
};

const NAME: &str = "docs/conformance.md";

/// Suites whose rows are listed, in the order of the document.
const SUITES: [(&str, &str); 20] = [
    ("DAG", "DAGSchedulerSuite"),
    ("TSM", "TaskSetManagerSuite"),
    ("TSI", "TaskSchedulerImplSuite"),
    ("POOL", "PoolSuite"),
    ("CGSB", "CoarseGrainedSchedulerBackendSuite"),
    ("OCC", "OutputCommitCoordinatorSuite"),
    ("HT", "HealthTrackerSuite"),
    ("TSE", "TaskSetExcludelistSuite"),
    ("MOT", "MapOutputTrackerSuite"),
    ("JC", "JobCancellationSuite"),
    ("FAIL", "FailureSuite"),
    ("BAR", "BarrierTaskContextSuite"),
    ("ACC", "AccumulatorSuite"),
    ("ACCV2", "AccumulatorV2Suite"),
    ("SHUF", "ShuffleSuite"),
    ("SORT", "SortingSuite"),
    ("RDD", "RDDSuite"),
    ("PAIR", "PairRDDFunctionsSuite"),
    ("DIST", "DistributedSuite"),
    ("CACHE", "Suites of storage"),
];

/// Suites of our own, which have no list of rows: their tests are the list.
const OWN_SUITES: [(&str, &str); 5] = [
    ("HB", "Heartbeats"),
    ("TRG", "Results"),
    ("EAM", "Dynamic allocation"),
    ("LIS", "Order of listener events"),
    ("ACM", "Accumulators"),
];

/// What stands for suites whose rows are not listed.
const OTHERS: &str = include_str!("conformance/suites.txt");

/// A scenario.
struct Row {
    id: &'static str,
    flag: &'static str,
    what: &'static str,
}

impl Row {
    fn suite(&self) -> &'static str {
        suite(self.id)
    }
}

/// What stands in front of an id's number.
fn suite(id: &str) -> &str {
    id.split('-').next().unwrap()
}

/// The lines of a file of ours that say something.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What was found out about all rows.
struct Conformance {
    rows: Vec<Row>,
    /// Why rows are not tested.
    left: BTreeMap<&'static str, &'static str>,
    /// How rows that apply in part were adapted.
    adapted: BTreeMap<&'static str, &'static str>,
    /// Names of tests, by the id that they carry.
    tests: BTreeMap<String, BTreeSet<String>>,
    /// Names with ids that no test runner runs.
    idle: Vec<String>,
}

impl Conformance {
    /// `None` in a package, which has no sources of the other crate.
    fn of_the_repository() -> Option<Self> {
        let row = |line: &'static str| {
            let mut parts = line.splitn(3, ' ');
            let mut part = || parts.next().unwrap_or_else(|| panic!("ID FLAG WHAT: {line}"));
            Row { id: part(), flag: part(), what: part() }
        };
        let remark =
            |line: &'static str| line.split_once(" | ").unwrap_or_else(|| panic!("ID | TEXT: {line}"));
        let mut tests = BTreeMap::<String, BTreeSet<String>>::new();
        let mut idle = Vec::new();
        for Named { name, ids, is_run } in in_the_repository()? {
            if !is_run {
                idle.push(name);
                continue;
            }
            for id in ids {
                tests.entry(id).or_default().insert(name.clone());
            }
        }
        Some(Conformance {
            rows: lines(include_str!("conformance/rows.txt")).map(row).collect(),
            left: lines(include_str!("conformance/left.txt")).map(remark).collect(),
            adapted: lines(include_str!("conformance/adapted.txt")).map(remark).collect(),
            tests,
            idle,
        })
    }

    fn tested(&self, row: &Row) -> bool {
        self.tests.contains_key(row.id)
    }

    /// Whether a row that applies has neither a test nor a reason.
    fn is_open(&self, row: &Row) -> bool {
        row.flag != "N" && !self.tested(row) && !self.left.contains_key(row.id)
    }

    fn status(&self, row: &Row) -> String {
        let with = |status: &str, remark: Option<&&str>| match remark {
            Some(remark) => format!("{status}: {remark}"),
            None => status.to_owned(),
        };
        match self.left.get(row.id) {
            _ if self.tested(row) => match self.adapted.get(row.id) {
                Some(how) => format!("tested, adapted: {how}"),
                None => "tested".to_owned(),
            },
            reason if row.flag == "N" => with("not applicable", reason),
            None => "open".to_owned(),
            reason => with("left", reason),
        }
    }

    fn tests_of(&self, id: &str) -> String {
        let names = self.tests.get(id).into_iter().flatten();
        names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }

    fn of_suite(&self, suite: &str) -> Vec<&Row> {
        self.rows.iter().filter(|row| row.suite() == suite).collect()
    }

    /// How many rows of each suite are where.
    fn summary(&self) -> String {
        let count = |rows: &[&Row]| {
            let tested = rows.iter().filter(|row| self.tested(row)).count();
            let open = rows.iter().filter(|row| self.is_open(row)).count();
            let not_applicable = rows.iter().filter(|row| row.flag == "N" && !self.tested(row)).count();
            let left = rows.len() - tested - open - not_applicable;
            [rows.len(), tested, left, open, not_applicable].map(|number| number.to_string())
        };
        let line = |name: &str, rows: &[&Row]| {
            let [all, tested, left, open, not_applicable] = count(rows);
            [name.to_owned(), all, tested, left, open, not_applicable]
        };
        let suites = SUITES.iter().map(|(suite, title)| line(title, &self.of_suite(suite)));
        let all = line("All", &self.rows.iter().collect::<Vec<_>>());
        let head = ["Suite", "Rows", "Tested", "Left", "Open", "Not applicable"];
        generated::markdown(head, suites.chain([all]))
    }

    /// Suites without a list of rows, and what stands for them.
    fn others() -> String {
        let row = |line: &'static str| {
            let mut cells = line.splitn(3, " | ").map(str::to_owned);
            let mut cell = || cells.next().unwrap_or_else(|| panic!("SUITE | TESTS | WHAT: {line}"));
            [cell(), cell(), cell()]
        };
        generated::markdown(["Suite", "Tests in Spark", "Here"], lines(OTHERS).map(row))
    }

    fn document(&self) -> String {
        let mut text = INTRODUCTION.to_owned();
        text += &self.summary();
        for (suite, title) in SUITES {
            let rows = self.of_suite(suite).into_iter().map(|row| {
                let [id, what, flag] = [row.id, row.what, row.flag].map(str::to_owned);
                [id, what, flag, self.status(row), self.tests_of(row.id)]
            });
            let head = ["Id", "Scenario", "Flag", "Status", "Tests"];
            write!(text, "\n## {title}\n\n{}", generated::markdown(head, rows)).unwrap();
        }
        write!(text, "\n## Suites without rows\n\n{}", Conformance::others()).unwrap();
        text += "\n## Own rows\n\nRules that no row above has. The tests are the list.\n";
        for (own, title) in OWN_SUITES {
            let ids = self.tests.keys().filter(|id| suite(id) == own);
            let rows: Vec<_> = ids.map(|id| [id.clone(), self.tests_of(id)]).collect();
            if !rows.is_empty() {
                write!(text, "\n### {title}\n\n{}", generated::markdown(["Id", "Tests"], rows)).unwrap();
            }
        }
        text
    }
}

const INTRODUCTION: &str = "# Conformance

<!-- Made by `tests/docs/conformance.rs` from `tests/docs/conformance/*.txt` and from the names of tests. `cargo test --test docs`
checks it; `FIRESTEEL_BLESS=1 cargo test --test docs` writes it. Do not edit it by hand. -->

Spark's scheduler suites say what its scheduler does, one test for each scenario. Here is each scenario, in our words, and the test of
firesteel that holds it. The list is a sample, with gaps in its numbers; the rules between them are tested too, by tests without an id.

*Flag*: **Y** it applies, **P** it applies in part and is adapted, **N** it does not apply (the JVM, SQL, push-based shuffles).
*Status*: *tested*; *left*, with the reason; *open*, neither yet; *not applicable*.

";

#[test]
fn the_document_is_what_the_tests_say() {
    let Some(conformance) = Conformance::of_the_repository() else { return };
    generated::assert_is(NAME, &conformance.document());
}

#[test]
fn every_row_that_applies_is_tested_or_left_with_a_reason() {
    let Some(conformance) = Conformance::of_the_repository() else { return };
    let open = conformance.rows.iter().filter(|row| conformance.is_open(row));
    let open: Vec<&str> = open.map(|row| row.id).collect();
    assert!(open.is_empty(), "rows with neither a test nor a reason: {open:?}");
}

#[test]
fn every_test_that_carries_an_id_is_run_and_carries_a_known_one() {
    let Some(conformance) = Conformance::of_the_repository() else { return };
    let known: BTreeSet<&str> = conformance.rows.iter().map(|row| row.id).collect();
    let is_own = |id: &str| OWN_SUITES.iter().any(|(own, _)| suite(id) == *own);
    let unknown: Vec<_> =
        conformance.tests.iter().filter(|(id, _)| !known.contains(&***id) && !is_own(id)).collect();
    assert!(unknown.is_empty(), "no such rows: {unknown:?}");
    let is_suite = |name: &&String| {
        let suite = name.split('_').next().unwrap().to_ascii_uppercase();
        SUITES.iter().chain(&OWN_SUITES).any(|(known, _)| *known == suite)
    };
    let idle: Vec<&String> = conformance.idle.iter().filter(is_suite).collect();
    assert!(idle.is_empty(), "named like tests of rows, but not run: {idle:?}");
}

#[test]
fn what_stands_for_other_suites_exists() {
    let Some(sources) = sources_of_the_repository() else { return };
    for line in lines(OTHERS) {
        let tests = names(line);
        assert!(!tests.is_empty() || line.contains("left"), "{line}");
        for test in tests {
            assert!(sources.contains(&format!("fn {test}(")), "no test {test}");
        }
    }
}

#[test]
fn the_rows_are_well_formed() {
    let Some(conformance) = Conformance::of_the_repository() else { return };
    let mut ids = BTreeSet::new();
    for Row { id, flag, what } in &conformance.rows {
        assert!(ids.insert(*id), "{id} is there twice");
        assert!(["Y", "P", "N"].contains(flag), "{id} {flag}");
        assert!(SUITES.iter().any(|(known, _)| suite(id) == *known), "{id}");
        assert!(!what.is_empty());
    }
    let listed: Vec<&str> = conformance.rows.iter().map(|row| row.id).collect();
    let in_order = SUITES.iter().flat_map(|(suite, _)| conformance.of_suite(suite));
    assert_eq!(listed, in_order.map(|row| row.id).collect::<Vec<_>>());
}

#[test]
fn remarks_are_about_rows_that_need_them() {
    let Some(conformance) = Conformance::of_the_repository() else { return };
    let row = |id: &str| {
        let row = conformance.rows.iter().find(|row| row.id == id);
        row.unwrap_or_else(|| panic!("a remark about {id}, which is no row"))
    };
    for id in conformance.left.keys() {
        assert!(!conformance.tested(row(id)), "{id} is tested and left: take it out of left.txt");
    }
    for id in conformance.adapted.keys() {
        assert!(row(id).flag == "P", "{id} does not need to be adapted: take it out of adapted.txt");
        assert!(conformance.tested(row(id)), "{id} was adapted for a test that is not there");
    }
}
