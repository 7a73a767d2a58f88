//! Tests of the settings.

mod allocation_file;
mod contradictions;
mod keys;
mod order;
mod recorded;
mod values;

use super::{Config, ConfigError};
use crate::testkit::warnings;

/// A configuration with these settings.
fn config(settings: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    for (key, value) in settings {
        config.set(key, value).unwrap();
    }
    config
}
