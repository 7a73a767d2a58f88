//! Settings that do not go together.

use std::time::Duration;

use super::{Config, ConfigError, config};
use crate::resources::{ResourceAmount, Resources};

/// The error's text, and that each of the settings alone is no error.
#[track_caller]
fn contradiction(settings: &[(&str, &str)]) -> String {
    let error = config(settings).check().unwrap_err();
    assert!(matches!(error, ConfigError::Contradiction { .. }), "{error:?}");
    for left_out in settings {
        let others: Vec<_> = settings.iter().copied().filter(|setting| setting != left_out).collect();
        assert_eq!(config(&others).check(), Ok(()), "without {left_out:?}");
    }
    error.to_string()
}

#[test]
fn the_defaults_go_together() {
    assert_eq!(Config::default().check(), Ok(()));
}

#[test]
fn a_heartbeat_comes_within_the_timeout() {
    assert_eq!(
        contradiction(&[("spark.executor.heartbeatInterval", "121s")]),
        "spark.executor.heartbeatInterval (=121s) has to be at most spark.network.timeout (=120s): executors would \
         be lost between two signs of life"
    );
    assert_eq!(config(&[("spark.executor.heartbeatInterval", "120s")]).check(), Ok(()));
}

#[test]
fn silence_is_looked_for_within_the_timeout() {
    let text = contradiction(&[("spark.network.timeout", "59s")]);
    assert!(text.contains("spark.network.timeoutInterval (=60s)") && text.contains("(=59s)"), "{text}");
    assert_eq!(config(&[("spark.network.timeout", "60s")]).check(), Ok(()));
}

#[test]
fn ht_011_exclusion_comes_before_a_job_fails() {
    for key in [
        "spark.excludeOnFailure.enabled",
        "spark.excludeOnFailure.application.enabled",
        "spark.excludeOnFailure.taskAndStage.enabled",
    ] {
        let text =
            contradiction(&[(key, "true"), ("spark.excludeOnFailure.task.maxTaskAttemptsPerNode", "4")]);
        assert!(
            text.contains("maxTaskAttemptsPerNode (=4) has to be less than spark.task.maxFailures (=4)"),
            "{text}"
        );
        contradiction(&[(key, "true"), ("spark.task.maxFailures", "2")]);
        assert_eq!(config(&[(key, "true"), ("spark.task.maxFailures", "3")]).check(), Ok(()));
    }
}

#[test]
fn ht_011_limits_of_exclusion_are_positive_however_they_were_set() {
    let mut config = Config::default();
    config.exclusion.stage_max_failed_tasks_per_executor = 0;
    assert_eq!(
        config.check().unwrap_err().to_string(),
        "spark.excludeOnFailure.stage.maxFailedTasksPerExecutor cannot be \"0\": it takes a whole number of at \
         least 1"
    );
}

#[test]
fn ht_011_an_exclusion_lasts_for_some_time() {
    let former = "spark.scheduler.executorTaskExcludeOnFailureTime";
    let error = config(&[("spark.excludeOnFailure.enabled", "true"), (former, "0")]).check().unwrap_err();
    assert!(error.to_string().starts_with(former), "{error}");
    assert_eq!(config(&[(former, "0")]).check(), Ok(()), "it is off then");
    let mut by_hand = config(&[("spark.excludeOnFailure.enabled", "true")]);
    by_hand.exclusion.timeout = Duration::ZERO;
    let error = by_hand.check().unwrap_err().to_string();
    assert!(error.starts_with("spark.excludeOnFailure.timeout cannot be \"0s\""), "{error}");
}

#[test]
fn local_mode_with_one_attempt_may_have_exclusion_on() {
    let mut config = config(&[("spark.excludeOnFailure.enabled", "true")]);
    config.task_max_failures = 1;
    assert!(config.check().is_err());
    config.is_local = true;
    assert_eq!(config.check(), Ok(()));
}

const ON: (&str, &str) = ("spark.dynamicAllocation.enabled", "true");

#[test]
fn the_least_the_first_and_the_most_executors_are_in_order() {
    let min = "spark.dynamicAllocation.minExecutors";
    let initial = "spark.dynamicAllocation.initialExecutors";
    let max = "spark.dynamicAllocation.maxExecutors";
    let text = contradiction(&[ON, (min, "5"), (max, "4")]);
    assert!(text.starts_with(&format!("{min} (=5) has to be at most {max} (=4)")), "{text}");
    let text = contradiction(&[ON, (min, "5"), (initial, "4")]);
    assert!(text.starts_with(&format!("{min} (=5) has to be at most {initial} (=4)")), "{text}");
    let text = contradiction(&[ON, (initial, "5"), (max, "4")]);
    assert!(text.starts_with(&format!("{initial} (=5) has to be at most {max} (=4)")), "{text}");
    assert_eq!(config(&[ON, (min, "4"), (initial, "4"), (max, "4")]).check(), Ok(()));
}

#[test]
fn executors_that_leave_must_not_take_map_outputs_with_them() {
    let untracked = ("spark.dynamicAllocation.shuffleTracking.enabled", "false");
    assert_eq!(
        contradiction(&[ON, untracked]),
        "spark.dynamicAllocation.enabled (=true) needs spark.shuffle.service.enabled or \
         spark.dynamicAllocation.shuffleTracking.enabled (=false): map outputs would leave with executors that seem \
         idle"
    );
    assert_eq!(config(&[ON, untracked, ("spark.shuffle.service.enabled", "true")]).check(), Ok(()));
    let mut reliable = config(&[ON, untracked]);
    reliable.shuffle.reliable_storage = true;
    assert_eq!(reliable.check(), Ok(()));
}

fn takes(config: &mut Config, name: &str, amount: f64) {
    config.task_resources.insert(name.into(), ResourceAmount::from_f64(amount));
}

#[test]
fn values_set_by_hand_are_checked_like_texts() {
    let with = |by_hand: fn(&mut Config)| {
        let mut config = Config::default();
        by_hand(&mut config);
        config.check().unwrap_err().to_string()
    };
    let errors = [
        with(|config| config.speculation.quantile = 2.0),
        with(|config| config.speculation.multiplier = f64::NAN),
        with(|config| config.task_cpus = 0),
        with(|config| config.starvation_timeout = Duration::ZERO),
        with(|config| config.default_parallelism = Some(0)),
        with(|config| takes(config, "gpu", 1.5)),
        with(|config| takes(config, "gpu", 1_001.0)),
    ];
    let expected = [
        "spark.speculation.quantile cannot be \"2\"",
        "spark.speculation.multiplier cannot be \"NaN\"",
        "spark.task.cpus cannot be \"0\"",
        "spark.starvation.timeout cannot be \"0s\"",
        "spark.default.parallelism cannot be \"0\"",
        "spark.task.resource.gpu.amount cannot be \"1.5\": it takes a number between 0 and 1, or a whole one",
        "spark.task.resource.gpu.amount cannot be \"1001\"",
    ];
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_task_that_fits_no_executor_is_an_error() {
    let config = config(&[("spark.task.cpus", "4")]);
    assert_eq!(config.check_cores(4), Ok(()));
    let error = config.check_cores(2).unwrap_err().to_string();
    assert!(error.starts_with("The number of cores per executor (=2) has to be >="), "{error}");
}

fn has(addresses: &[(&str, &[&str])]) -> Resources {
    let one = |address: &&str| ((*address).into(), ResourceAmount::ONE);
    addresses.iter().map(|(name, all)| ((*name).into(), all.iter().map(one).collect())).collect()
}

#[test]
fn what_no_executor_has_is_an_error() {
    let mut config = config(&[("spark.task.resource.gpu.amount", "2")]);
    let (none, one, two) = (has(&[]), has(&[("gpu", &["0"])]), has(&[("gpu", &["0", "1"])]));
    assert_eq!(config.check_resources(&[&none, &one, &two]), Ok(()));
    for too_few in [&[][..], &[&none], &[&none, &one]] {
        assert_eq!(
            config.check_resources(too_few).unwrap_err().to_string(),
            "no executor has what a task takes of gpu: set spark.task.resource.gpu.amount (=2) to 0, or give an \
             executor the resource (that of local[N] has cores only)"
        );
    }
    takes(&mut config, "tape", 0.0);
    assert_eq!(config.check_resources(&[&two]), Ok(()), "who takes nothing of it needs none");
    takes(&mut config, "tape", 0.5);
    let error = config.check_resources(&[&two]).unwrap_err();
    assert!(matches!(&error, ConfigError::TooFewResources { name, .. } if &**name == "tape"), "{error:?}");
    let error = config.check_resources(&[&two, &has(&[("tape", &["a"])])]).unwrap_err();
    assert!(matches!(error, ConfigError::TooFewResources { .. }), "not on one executor: {error:?}");
    assert_eq!(config.check_resources(&[&has(&[("gpu", &["0", "1"]), ("tape", &["a"])])]), Ok(()));
    assert_eq!(Config::default().check_resources(&[&none]), Ok(()));
}

#[test]
fn executors_of_local_mode_are_neither_asked_for_nor_given_back() {
    let mut config = config(&[ON]);
    assert!(config.has_dynamic_allocation() && !Config::default().has_dynamic_allocation());
    config.is_local = true;
    assert!(!config.has_dynamic_allocation());
}
