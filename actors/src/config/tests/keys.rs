//! The tables of keys, and what happens to keys that are not in them.

use std::collections::BTreeSet;

use super::{Config, ConfigError, warnings};
use crate::config::{AREAS, Key, set::keys};

#[test]
fn each_key_is_there_once() {
    let names: Vec<&str> = keys().map(|key| key.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    assert!(names.len() > 60, "{}", names.len());
}

#[test]
fn an_area_lists_its_keys_by_name() {
    for area in AREAS {
        assert!(area.keys().is_sorted_by_key(|key| key.name), "{}", area.title);
        assert!(!area.keys().is_empty(), "{}", area.title);
    }
}

#[test]
fn each_key_says_what_it_means_and_either_its_default_or_what_holds_without_one() {
    for key in keys() {
        assert!(key.name.starts_with("spark.") || key.name.starts_with("firesteel."), "{}", key.name);
        assert!(key.meaning.ends_with('.') && !key.meaning.contains('|'), "{}: {}", key.name, key.meaning);
        assert!(!key.allowed().is_empty() && !key.since.is_empty(), "{}", key.name);
        assert_eq!(key.unset.is_some(), key.default_value().is_none(), "{}", key.name);
    }
}

#[test]
fn the_default_of_each_key_parses_to_the_default() {
    let mut config = Config::default();
    for key in keys() {
        if let Some(default) = key.default_value() {
            config.set(key.name, &default).unwrap();
        }
    }
    assert_eq!(config, Config::default());
}

/// A value other than the default that the key takes.
pub(super) fn sample(key: &Key) -> Option<&'static str> {
    Some(match key.name {
        "spark.scheduler.mode" => "FAIR",
        "firesteel.trace.file" => "run.trace",
        "spark.local.dir" => "/mnt/a,/mnt/b",
        "spark.io.compression.codec" => "none",
        "firesteel.authenticate.secretFile" => "/run/secret",
        "firesteel.executor.workDir" => "/scratch",
        "firesteel.executor.keepWorkDirs" => "false",
        "spark.speculation.efficiency.longRunTaskFactor" => "7.5",
        _ => match key.kind {
            "boolean" if key.default_value().as_deref() == Some("true") => "false",
            "boolean" => "true",
            "integer" => "17",
            "size" => "170k",
            "duration" => "17ms",
            "number" => "0.625",
            _ => return None,
        },
    })
}

#[test]
fn each_key_changes_its_own_value_and_gives_it_back_as_it_was_written() {
    for key in keys() {
        let Some(sample) = sample(key) else { continue };
        let mut config = Config::default();
        if key.name.contains("{name}") {
            continue;
        }
        config.set(key.name, sample).unwrap();
        assert_eq!(key.value(&config).as_deref(), Some(sample), "{}", key.name);
        assert_ne!(config, Config::default(), "{}", key.name);
        for other in keys().filter(|other| other.name != key.name) {
            assert_eq!(other.value(&config), other.default_value(), "{} changes {}", key.name, other.name);
        }
    }
}

#[test]
fn only_keys_of_files_and_of_many_names_do_not_give_their_value_back() {
    let without: Vec<&str> = keys().filter(|key| sample(key).is_none()).map(|key| key.name).collect();
    assert_eq!(without, ["spark.scheduler.allocation.file"]);
    let patterns: Vec<&str> = keys().filter(|key| key.name.contains('{')).map(|key| key.name).collect();
    assert_eq!(patterns, ["spark.task.resource.{name}.amount"]);
}

fn unknown(key: &str) -> String {
    let mut config = Config::default();
    let error = config.set(key, "1").unwrap_err();
    assert!(matches!(error, ConfigError::UnknownKey { .. }), "{error:?}");
    assert_eq!(config, Config::default());
    error.to_string()
}

#[test]
fn a_misspelt_key_names_the_nearest() {
    assert_eq!(
        unknown("spark.task.maxFailure"),
        "there is no setting spark.task.maxFailure; did you mean spark.task.maxFailures?"
    );
    for (key, nearest) in [
        ("spark.task.cpu", "spark.task.cpus"),
        ("spark.locality.wait.Node", "spark.locality.wait.node"),
        ("spark.dynamicAllocation.minExecutor", "spark.dynamicAllocation.minExecutors"),
        ("spark.excludeOnFailure.taskAndStages.enable", "spark.excludeOnFailure.taskAndStage.enabled"),
    ] {
        let text = unknown(key);
        assert!(text.ends_with(&format!("; did you mean {nearest}?")), "{text}");
    }
}

#[test]
fn a_key_like_no_other_is_sent_to_the_documents() {
    for key in [
        "spark.app.name",
        "spark.executor.heartbeat",
        "spark.speculation.enabled",
        "spark.eventLog.enabled",
        "my.key",
        "",
        "spark.",
    ] {
        assert_eq!(unknown(key), format!("there is no setting {key}; docs/configuration.md lists all"));
    }
}

#[test]
fn a_property_of_jobs_that_is_given_as_a_setting_is_called_so() {
    assert!(
        unknown("spark.scheduler.pool").ends_with("it is a property of jobs: set it as a local property")
    );
}

#[test]
fn a_program_that_gives_an_unknown_key_is_warned_and_runs() {
    let settings = [
        ("spark.task.maxFailure", "8"),
        ("spark.task.maxFailures", "8"),
        ("my.own.key", "anything"),
        ("spark.task.maxFailures", "9"),
    ];
    let mut config = Config::default();
    let (outcome, warnings) = warnings(|| config.set_all(settings));
    assert_eq!(outcome, Ok(()));
    assert_eq!(config.task_max_failures, 9, "the later of two wins");
    assert_eq!(warnings, ["there is no setting spark.task.maxFailure; did you mean spark.task.maxFailures?"]);
}

#[test]
fn a_program_that_gives_a_bad_value_hears_of_it() {
    let error = Config::default().set_all([("spark.task.cpus", "many")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "spark.task.cpus cannot be \"many\": it takes a whole number of at least 1"
    );
}
