//! What values keys take.

use std::time::Duration;

use super::{Config, ConfigError, config};
use crate::{config::set::keys, resources::ResourceAmount};

#[test]
fn a_bad_value_changes_nothing_and_says_what_is_allowed() {
    for (key, value) in [
        ("spark.task.maxFailures", "0"),
        ("spark.task.maxFailures", "-1"),
        ("spark.task.maxFailures", "2147483648"),
        ("spark.task.cpus", "1.5"),
        ("spark.rpc.message.maxSize", "0"),
        ("spark.rpc.message.maxSize", "2048"),
        ("spark.rpc.message.maxSize", "18446744073709551615"),
        ("spark.driver.maxResultSize", "much"),
        ("spark.resultGetter.threads", "257"),
        ("spark.starvation.timeout", "soon"),
        ("spark.starvation.timeout", "0"),
        ("spark.logLineage", "yes"),
        ("spark.locality.wait", "-1s"),
        ("spark.locality.wait", "infinity"),
        ("spark.scheduler.mode", "LIFO"),
        ("spark.speculation.interval", "0"),
        ("spark.speculation.quantile", "1.01"),
        ("spark.speculation.quantile", "-0.1"),
        ("spark.speculation.quantile", "NaN"),
        ("spark.speculation.multiplier", "inf"),
        ("spark.speculation.efficiency.processRateMultiplier", "0"),
        ("spark.speculation.efficiency.longRunTaskFactor", "0.9"),
        ("spark.excludeOnFailure.timeout", "0"),
        ("spark.excludeOnFailure.task.maxTaskAttemptsPerNode", "0"),
        ("spark.dynamicAllocation.maxExecutors", "0"),
        ("spark.dynamicAllocation.executorAllocationRatio", "0"),
        ("spark.dynamicAllocation.executorAllocationRatio", "1.5"),
        ("spark.dynamicAllocation.schedulerBacklogTimeout", "0s"),
        ("spark.executor.heartbeatInterval", "0"),
        ("spark.task.resource.gpu.amount", "1.5"),
        ("spark.task.resource.gpu.amount", "-1"),
        ("spark.task.resource.gpu.amount", "1001"),
        ("spark.task.resource.gpu.amount", "NaN"),
    ] {
        let mut config = Config::default();
        let error = config.set(key, value).unwrap_err();
        assert!(matches!(error, ConfigError::BadValue { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.starts_with(&format!("{key} cannot be \"{value}\": it takes ")), "{text}");
        assert_eq!(config, Config::default());
    }
}

#[test]
fn no_key_takes_nonsense_or_nothing() {
    // Every text could be a path.
    for key in keys().filter(|key| key.kind != "path" && key.name != "spark.local.dir") {
        for value in ["", " ", "?", "1x", "- 1", "ä"] {
            let error = Config::default().set(&key.name.replace("{name}", "gpu"), value).unwrap_err();
            assert!(error.to_string().ends_with(&key.allowed()), "{error}");
        }
    }
}

#[test]
fn texts_are_read_as_spark_reads_them() {
    let config = config(&[
        ("spark.driver.maxResultSize", "512m"),
        ("spark.task.maxDirectResultSize", "2000"),
        ("spark.rpc.message.maxSize", "1"),
        ("spark.default.parallelism", " 7 "),
        ("spark.locality.wait", "1500"),
        ("spark.locality.wait.node", "0"),
        ("spark.network.timeout", "200"),
        ("spark.excludeOnFailure.timeout", "2h"),
        ("spark.scheduler.mode", "fair"),
    ]);
    assert_eq!(config.driver_max_result_size, 512 << 20);
    assert_eq!(config.task_max_direct_result_size, 2_000);
    assert_eq!(config.rpc_message_max_size, 1 << 20);
    assert_eq!(config.default_parallelism, Some(7));
    assert_eq!(config.locality.wait, Duration::from_millis(1_500), "bare numbers are milliseconds here");
    assert_eq!(config.locality.wait_node, Some(Duration::ZERO));
    assert_eq!(config.heartbeat.timeout, Duration::from_secs(200), "and seconds there");
    assert_eq!(config.exclusion.timeout, Duration::from_secs(7_200));
    assert_eq!(config.pools.mode, crate::config::SchedulingMode::Fair);
}

#[test]
fn infinity_is_a_value_where_waiting_for_ever_makes_sense() {
    let config = config(&[
        ("spark.dynamicAllocation.cachedExecutorIdleTimeout", "5min"),
        ("spark.dynamicAllocation.cachedExecutorIdleTimeout", "Infinity"),
        ("spark.dynamicAllocation.shuffleTracking.timeout", "5min"),
        ("spark.dynamicAllocation.maxExecutors", "3"),
        ("spark.dynamicAllocation.maxExecutors", "infinity"),
    ]);
    assert_eq!(config.allocation.cached_executor_idle_timeout, None);
    assert_eq!(config.allocation.shuffle_tracking_timeout, Some(Duration::from_secs(300)));
    assert_eq!(config.allocation.max_executors, i32::MAX as u32);
}

#[test]
fn a_task_takes_parts_or_whole_addresses_of_a_resource() {
    let config = config(&[
        ("spark.task.resource.gpu.amount", "0.25"),
        ("spark.task.resource.fpga.amount", "2"),
        ("spark.task.resource.tape.amount", "3"),
        ("spark.task.resource.tape.amount", "0"),
    ]);
    let resources: Vec<(&str, ResourceAmount)> =
        config.task_resources.iter().map(|(name, amount)| (&**name, *amount)).collect();
    assert_eq!(resources, [("fpga", ResourceAmount::from_f64(2.0)), ("gpu", ResourceAmount::from_f64(0.25))]);
    for key in ["spark.task.resource..amount", "spark.task.resource.a.b.amount", "spark.task.resource.amount"]
    {
        let error = Config::default().set(key, "1").unwrap_err();
        assert!(matches!(error, ConfigError::UnknownKey { .. }), "{key}: {error}");
    }
}
