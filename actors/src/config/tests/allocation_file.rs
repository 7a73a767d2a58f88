//! The file of `spark.scheduler.allocation.file`.

use super::{Config, ConfigError, warnings};
use crate::config::{PoolAllocation, SchedulingMode};

const KEY: &str = "spark.scheduler.allocation.file";

/// The pools of a file with this text, and the warnings without the file's name.
fn read(text: &str) -> (Vec<PoolAllocation>, Vec<String>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let path = file.path().to_str().unwrap();
    let mut config = Config::default();
    let (outcome, warnings) = warnings(|| config.set(KEY, path));
    outcome.unwrap();
    let warnings = warnings.iter().map(|warning| warning.replace(path, "pools.xml")).collect();
    (config.pools.allocations, warnings)
}

fn pool(name: &str, mode: SchedulingMode, weight: u32, min_share: u32) -> PoolAllocation {
    PoolAllocation { name: name.into(), mode, min_share, weight }
}

const FIFO: SchedulingMode = SchedulingMode::Fifo;
const FAIR: SchedulingMode = SchedulingMode::Fair;

#[test]
fn pool_009_the_allocation_file_builds_pools() {
    let (pools, warnings) = read(
        r#"<?xml version="1.0"?>
        <!-- Who may use how much. -->
        <allocations>
          <pool name="reports">
            <schedulingMode>FAIR</schedulingMode>
            <weight>2</weight>
            <minShare>4</minShare>
          </pool>
          <pool name="nightly"><minShare> 1 </minShare><schedulingMode> fifo </schedulingMode></pool>
          <pool name="rest"/>
        </allocations>"#,
    );
    assert_eq!(pools, [pool("reports", FAIR, 2, 4), pool("nightly", FIFO, 1, 1), pool("rest", FIFO, 1, 0)]);
    assert_eq!(warnings, [""; 0]);
}

#[test]
fn pool_009_a_bad_or_blank_value_leaves_the_default_with_a_warning() {
    let (pools, warnings) = read(
        r#"<allocations><pool name="p">
          <schedulingMode>NONE</schedulingMode><weight></weight><minShare>-2</minShare>
        </pool><pool name="q"><weight>0</weight><schedulingMode>BEST</schedulingMode><minShare>3</minShare></pool>
        </allocations>"#,
    );
    assert_eq!(pools, [pool("p", FIFO, 1, 0), pool("q", FIFO, 1, 3)]);
    assert_eq!(
        warnings,
        [
            "pools.xml: schedulingMode of pool p cannot be \"NONE\": it takes FIFO or FAIR; the default FIFO holds",
            "pools.xml: minShare of pool p cannot be \"-2\": it takes a whole number of at least 0; the default 0 holds",
            "pools.xml: weight of pool p cannot be \"\": it takes a whole number of at least 1; the default 1 holds",
            "pools.xml: schedulingMode of pool q cannot be \"BEST\": it takes FIFO or FAIR; the default FIFO holds",
            "pools.xml: weight of pool q cannot be \"0\": it takes a whole number of at least 1; the default 1 holds",
        ]
    );
}

#[test]
fn pools_without_a_name_are_left_out_and_of_two_with_one_name_the_later_counts() {
    let (pools, warnings) = read(
        r#"<allocations><pool name="p"><weight>2</weight></pool><pool><weight>9</weight></pool>
        <pool name="q"/><pool name="p"><weight>3</weight></pool></allocations>"#,
    );
    assert_eq!(pools, [pool("q", FIFO, 1, 0), pool("p", FIFO, 3, 0)]);
    assert_eq!(
        warnings,
        [
            "pools.xml: a pool without a name is left out",
            "pools.xml: pool p is there twice, the later counts"
        ]
    );
}

#[test]
fn a_later_file_replaces_the_pools_of_an_earlier_one() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let mut config = Config::default();
    for name in ["first", "second"] {
        std::fs::write(path, format!(r#"<allocations><pool name="{name}"/></allocations>"#)).unwrap();
        config.set(KEY, path).unwrap();
        assert_eq!(config.pools.allocations, [pool(name, FIFO, 1, 0)]);
    }
}

#[test]
fn pool_011_a_missing_file_is_an_error_that_names_it() {
    let mut config = Config::default();
    let error = config.set(KEY, "/no/such/pools.xml").unwrap_err();
    assert!(
        matches!(
            &error,
            ConfigError::AllocationFileNotRead { path, kind: std::io::ErrorKind::NotFound, .. }
                if path.to_str() == Some("/no/such/pools.xml")
        ),
        "{error:?}"
    );
    assert!(
        error.to_string().starts_with("spark.scheduler.allocation.file: cannot read /no/such/pools.xml: ")
    );
    assert_eq!(config, Config::default());
}

#[test]
fn a_file_that_is_no_xml_is_an_error_that_names_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for text in ["", "<allocations><pool name='p'></allocations>", "pools"] {
        std::fs::write(file.path(), text).unwrap();
        let mut config = Config::default();
        let error = config.set(KEY, file.path().to_str().unwrap()).unwrap_err();
        assert!(matches!(error, ConfigError::AllocationFileNotParsed { .. }), "{error:?}");
        assert!(error.to_string().contains(file.path().to_str().unwrap()), "{error}");
        assert_eq!(config, Config::default());
    }
}
