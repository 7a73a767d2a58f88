//! What is known of a key, and the macro with which an area lists its fields and keys in one table.

use super::{Config, ConfigError};

/// One setting: its name, what it takes, what it means.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name; `{name}` in it stands for any text without a dot.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: &'static str,
    /// What holds while it is not set, if no value says that.
    pub unset: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
    /// The version of Spark that has it first.
    pub since: &'static str,
    pub(super) allowed: fn() -> String,
    pub(super) set: fn(&mut Config, &str, &str) -> Result<(), ConfigError>,
    pub(super) get: fn(&Config) -> Option<String>,
    pub(super) check: fn(&Config) -> Result<(), ConfigError>,
}

impl Key {
    /// What values are allowed, in words.
    pub fn allowed(&self) -> String {
        (self.allowed)()
    }

    /// Its default, as [`Config::set`] takes it; `None` if it is unset.
    pub fn default_value(&self) -> Option<String> {
        self.value(&Config::default())
    }

    /// Its value in `config`, as [`Config::set`] takes it; `None` if it is unset.
    pub fn value(&self, config: &Config) -> Option<String> {
        (self.get)(config)
    }

    /// Whether a key that somebody gives is this one.
    pub(super) fn is(&self, key: &str) -> bool {
        match self.name.split_once("{name}") {
            None => self.name == key,
            Some(_) => self.placeholder(key).is_some(),
        }
    }

    /// What stands for `{name}` in a key that somebody gives.
    pub(super) fn placeholder<'k>(&self, key: &'k str) -> Option<&'k str> {
        let (before, after) = self.name.split_once("{name}")?;
        let name = key.strip_prefix(before)?.strip_suffix(after)?;
        (!name.is_empty() && !name.contains('.')).then_some(name)
    }
}

/// Keys that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// What they are about.
    pub title: &'static str,
    /// The tables of its keys.
    pub(super) tables: &'static [&'static [Key]],
}

impl Area {
    /// Its keys, by name.
    pub fn keys(&self) -> Vec<&'static Key> {
        let mut keys: Vec<&Key> = self.tables.iter().copied().flatten().collect();
        keys.sort_by_key(|key| key.name);
        keys
    }
}

/// Makes a struct of settings, its default and its keys from one table.
///
/// `at` says where in the configuration the struct is, `then` what else is to be done when one of its keys was
/// set. A row is the meaning, `field: type = default, "key", since "version", takes Kind;`, with `unset "text"`
/// if no value is the default. Fields below `no key` are set by the program or the deployment.
macro_rules! settings {
    (at |$config:ident| $place:expr; $($table:tt)+) => {
        settings! { at |$config| $place, then {}; $($table)+ }
    };
    (
        at |$config:ident| $place:expr, then $then:block;
        $(#[$meta:meta])+
        pub struct $area:ident {
            $(
                $(#[doc = $meaning:literal])+
                $field:ident: $type:ty = $default:expr,
                $name:literal, since $since:literal, takes $kind:ty $(, unset $unset:literal)?;
            )+
        }
        $(no key {
            $($(#[doc = $plain_meaning:literal])+ $plain:ident: $plain_type:ty = $plain_default:expr;)+
        })?
    ) => {
        $(#[$meta])+
        pub struct $area {
            $($(#[doc = $meaning])+ #[doc = ""] #[doc = concat!("`", $name, "`")] pub $field: $type,)+
            $($($(#[doc = $plain_meaning])+ pub $plain: $plain_type,)+)?
        }

        impl Default for $area {
            fn default() -> Self {
                $area { $($field: $default,)+ $($($plain: $plain_default,)+)? }
            }
        }

        impl $area {
            /// Its keys.
            pub(super) const KEYS: &'static [$crate::config::Key] = &[$($crate::config::Key {
                name: $name,
                kind: <$kind as $crate::config::kind::Kind>::NAME,
                unset: [$(Some($unset),)? None][0],
                meaning: concat!($($meaning),+).trim_ascii(),
                since: $since,
                allowed: <$kind as $crate::config::kind::Kind>::allowed,
                set: |$config, key, text| {
                    $place.$field = <$kind as $crate::config::kind::Kind>::parse(key, text)?;
                    $then
                    Ok(())
                },
                get: |$config| <$kind as $crate::config::kind::Kind>::show(&$place.$field),
                check: |$config| <$kind as $crate::config::kind::Kind>::check($name, &$place.$field),
            }),+];
        }
    };
}

pub(super) use settings;
