//! Settings as a trace keeps them are settings again.

use std::time::Duration;

use super::Config;
use crate::{
    config::{PoolAllocation, SchedulingMode, set::keys},
    resources::ResourceAmount,
};

fn again(config: &Config) -> Config {
    let mut again = Config::default();
    let changes = config.changes();
    again.set_all(changes.iter().map(|(key, value)| (&**key, &**value))).unwrap();
    again
}

#[test]
fn the_defaults_have_no_changes() {
    assert_eq!(Config::default().changes(), []);
}

#[test]
fn every_key_is_kept() {
    let mut all = Config::default();
    for key in keys() {
        let Some(sample) = super::keys::sample(key) else { continue };
        let name = key.name.replace("{name}", "gpu");
        let mut config = Config::default();
        config.set(&name, sample).unwrap();
        all.set(&name, sample).unwrap();
        assert!(
            config.changes().contains(&(name.clone(), sample.to_owned())),
            "{name}: {:?}",
            config.changes()
        );
        assert_eq!(again(&config), config, "{name}");
    }
    assert_eq!(again(&all), all);
    assert!(all.changes().len() >= keys().count() - 1, "all but the file of pools");
}

#[test]
fn what_the_deployment_says_is_kept() {
    let mut config =
        Config { seed: u64::MAX, is_local: true, rpc_message_max_size: 300, ..Config::default() };
    config.task_resources.insert("gpu".into(), ResourceAmount::from_f64(0.25));
    config.starvation_timeout = Duration::from_micros(1_500);
    for (name, mode) in [("reports", SchedulingMode::Fair), (" \"a\" <b> & c\n", SchedulingMode::Fifo)] {
        let pool = PoolAllocation { name: name.trim().into(), mode, min_share: 2, weight: 3 };
        config.pools.allocations.push(pool);
    }
    assert_eq!(again(&config), config);
}
