//! Pools, and keys of which one has precedence over another.

use std::time::Duration;

use super::{Config, ConfigError, config};
use crate::config::SchedulingMode;

const ENABLED: &str = "spark.excludeOnFailure.enabled";
const APPLICATION: &str = "spark.excludeOnFailure.application.enabled";
const TASK_AND_STAGE: &str = "spark.excludeOnFailure.taskAndStage.enabled";
const TIMEOUT: &str = "spark.excludeOnFailure.timeout";
const LEGACY: &str = "spark.scheduler.executorTaskExcludeOnFailureTime";

/// What two orders of the same settings give: for the application, for tasks and stages, and for how long.
#[track_caller]
fn exclusion(settings: &[(&str, &str)]) -> (bool, bool, Duration) {
    let forward = config(settings).exclusion;
    let backward = config(&settings.iter().copied().rev().collect::<Vec<_>>()).exclusion;
    assert_eq!(forward, backward, "the order of setting makes a difference");
    (forward.application_enabled, forward.task_and_stage_enabled, forward.timeout)
}

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn exclusion_is_off_unless_it_is_switched_on() {
    assert_eq!(exclusion(&[]), (false, false, HOUR));
    assert_eq!(exclusion(&[(ENABLED, "true")]), (true, true, HOUR));
    assert_eq!(exclusion(&[(ENABLED, "false")]), (false, false, HOUR));
}

#[test]
fn the_switch_of_one_level_overrides_that_of_both_whatever_the_order() {
    assert_eq!(exclusion(&[(ENABLED, "true"), (APPLICATION, "false")]), (false, true, HOUR));
    assert_eq!(exclusion(&[(ENABLED, "true"), (TASK_AND_STAGE, "false")]), (true, false, HOUR));
    assert_eq!(exclusion(&[(ENABLED, "false"), (APPLICATION, "true")]), (true, false, HOUR));
    assert_eq!(exclusion(&[(TASK_AND_STAGE, "true")]), (false, true, HOUR));
}

#[test]
fn ht_009_the_former_key_switches_exclusion_and_the_new_keys_win() {
    let seconds = Duration::from_secs;
    assert_eq!(exclusion(&[(LEGACY, "5000")]), (true, true, seconds(5)));
    assert_eq!(exclusion(&[(LEGACY, "0")]), (false, false, Duration::ZERO));
    assert_eq!(exclusion(&[(LEGACY, "5000"), (TIMEOUT, "1s")]), (true, true, seconds(1)));
    assert_eq!(exclusion(&[(LEGACY, "0"), (ENABLED, "true"), (TIMEOUT, "1s")]), (true, true, seconds(1)));
    assert_eq!(exclusion(&[(LEGACY, "5000"), (ENABLED, "false")]), (false, false, seconds(5)));
    assert_eq!(exclusion(&[(LEGACY, "5000"), (APPLICATION, "false")]), (false, true, seconds(5)));
}

#[test]
fn what_a_program_sets_by_hand_stays_if_no_key_says_otherwise() {
    let mut config = Config::default();
    config.exclusion.task_and_stage_enabled = true;
    config.set(TIMEOUT, "5s").unwrap();
    assert!(config.exclusion.task_and_stage_enabled && !config.exclusion.application_enabled);
    config.set(ENABLED, "false").unwrap();
    assert!(!config.exclusion.task_and_stage_enabled);
}

#[test]
fn pool_008_a_pool_has_one_of_two_modes() {
    assert_eq!(config(&[("spark.scheduler.mode", "FAIR")]).pools.mode, SchedulingMode::Fair);
    assert_eq!(config(&[("spark.scheduler.mode", " fifo ")]).pools.mode, SchedulingMode::Fifo);
    for mode in ["NONE", "none", ""] {
        let error = Config::default().set("spark.scheduler.mode", mode).unwrap_err();
        let text = format!("spark.scheduler.mode cannot be \"{mode}\": it takes FIFO or FAIR");
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn tsi_030_an_unsupported_mode_keeps_the_scheduler_from_starting() {
    let error = Config::default().set_all([("spark.scheduler.mode", "unsupported")]).unwrap_err();
    assert!(matches!(error, ConfigError::BadValue { .. }), "{error:?}");
}
