//! All settings as keys and texts, so that a trace can keep them and a replay has them again.
//!
//! What no setting of Spark's says, because the deployment or a file says it, has keys here that only traces use.

use super::{
    Config, ConfigError, Key, PoolAllocation, SchedulingMode, allocation_file, general::TASK_RESOURCE,
    set::keys,
};

impl Config {
    /// The settings that differ from the defaults, as [`Config::set`] and [`Config::set_all`] take them back.
    ///
    /// ```
    /// use firesteel_actors::Config;
    /// let config = Config { task_cpus: 2, seed: 7, ..Config::default() };
    /// let mut again = Config::default();
    /// again.set_all(config.changes().iter().map(|(key, value)| (&**key, &**value)))?;
    /// assert_eq!(again, config);
    /// # Ok::<(), firesteel_actors::ConfigError>(())
    /// ```
    pub fn changes(&self) -> Vec<(String, String)> {
        let is_whole = self.rpc_message_max_size.is_multiple_of(MEBIBYTE);
        let changed =
            |key: &&Key| key.value(self) != key.default_value() && (is_whole || key.name != MESSAGE_SIZE);
        let value = |key: &Key| Some((key.name.to_owned(), key.value(self)?));
        let amount = |(name, amount): (&std::sync::Arc<str>, &crate::resources::ResourceAmount)| {
            (TASK_RESOURCE.name.replace("{name}", name), amount.to_string())
        };
        keys()
            .chain(RECORDED)
            .filter(changed)
            .filter_map(value)
            .chain(self.task_resources.iter().map(amount))
            .collect()
    }
}

const MESSAGE_SIZE: &str = "spark.rpc.message.maxSize";

const MEBIBYTE: u64 = 1 << 20;

/// A key of a field that is true or false.
macro_rules! yes_or_no {
    ($($field:ident).+, $name:literal) => {
        Key {
            set: |config, key, text| {
                config.$($field).+ = text.parse().map_err(|_| refuse(key, text, "true or false"))?;
                Ok(())
            },
            get: |config| Some(config.$($field).+.to_string()),
            ..of($name, "true or false")
        }
    };
}

/// Keys that only traces use.
pub(super) const RECORDED: &[Key] = &[
    Key {
        set: |config, key, text| {
            config.seed = number(key, text)?;
            Ok(())
        },
        get: |config| Some(config.seed.to_string()),
        ..of("firesteel.recorded.seed", "a whole number")
    },
    yes_or_no!(is_local, "firesteel.recorded.local"),
    yes_or_no!(heartbeat.enabled, "firesteel.recorded.heartbeat.enabled"),
    yes_or_no!(shuffle.reliable_storage, "firesteel.recorded.shuffle.reliableStorage"),
    yes_or_no!(shuffle.has_remote_readers, "firesteel.recorded.shuffle.remoteReaders"),
    // A program may set a size that is not whole MiB, which the setting counts.
    Key {
        set: |config, key, text| {
            config.rpc_message_max_size = number(key, text)?;
            Ok(())
        },
        get: |config| {
            let size = config.rpc_message_max_size;
            (!size.is_multiple_of(MEBIBYTE)).then(|| size.to_string())
        },
        ..of("firesteel.recorded.rpc.message.maxSize", "a whole number")
    },
    Key {
        set: |config, key, text| {
            config.pools.allocations = allocation_file::parse(key.as_ref(), text)?;
            Ok(())
        },
        get: |config| {
            let pools = &config.pools.allocations;
            (!pools.is_empty()).then(|| pools_as_xml(pools))
        },
        ..of("firesteel.recorded.pools", "pools in Spark's XML")
    },
];

/// A key without anything of its own.
const fn of(name: &'static str, kind: &'static str) -> Key {
    Key {
        name,
        kind,
        unset: None,
        meaning: "",
        since: "",
        allowed: String::new,
        set: |_, _, _| Ok(()),
        get: |_| None,
        check: |_| Ok(()),
    }
}

fn number(key: &str, text: &str) -> Result<u64, ConfigError> {
    text.parse().map_err(|_| refuse(key, text, "a whole number"))
}

fn refuse(key: &str, value: &str, allowed: &str) -> ConfigError {
    ConfigError::BadValue { key: key.to_owned(), value: value.to_owned(), allowed: allowed.to_owned() }
}

fn pools_as_xml(pools: &[PoolAllocation]) -> String {
    let pool = |pool: &PoolAllocation| {
        let PoolAllocation { name, mode, min_share, weight } = pool;
        let name: String = name.chars().map(escaped).collect();
        let mode = match mode {
            SchedulingMode::Fifo => "FIFO",
            SchedulingMode::Fair => "FAIR",
        };
        format!(
            "<pool name=\"{name}\"><schedulingMode>{mode}</schedulingMode><minShare>{min_share}</minShare>\
             <weight>{weight}</weight></pool>"
        )
    };
    format!("<allocations>{}</allocations>", pools.iter().map(pool).collect::<String>())
}

fn escaped(letter: char) -> String {
    match letter {
        '<' | '&' | '"' => format!("&#{};", u32::from(letter)),
        // An attribute would lose them.
        '\t' | '\n' | '\r' => format!("&#{};", u32::from(letter)),
        _ => letter.to_string(),
    }
}
