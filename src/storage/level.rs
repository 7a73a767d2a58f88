//! [`StorageLevel`]: where and how a persisted RDD is kept.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// Where and how [`persist`](crate::Rdd::persist) keeps partitions: Spark's levels, without `OFF_HEAP`.
///
/// Values are kept as they are (*deserialized*: fast) or encoded in rows (smaller, and the only form on disk). Levels with
/// both memory and disk write to disk what memory has no room for.
///
/// The levels that end in `_2` and `_3` ask for replicas on other executors. There are none within one process, so one
/// replica is kept; a program that names these levels runs all the same.
///
/// ```
/// use firesteel::StorageLevel;
/// assert_eq!("MEMORY_AND_DISK_SER".parse(), Ok(StorageLevel::MEMORY_AND_DISK_SER));
/// assert_eq!(StorageLevel::MEMORY_ONLY.description(), "Memory Deserialized 1x Replicated");
/// assert_eq!("CACHE_ONLY".parse::<StorageLevel>().unwrap_err().to_string(), "Invalid StorageLevel: CACHE_ONLY");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
pub struct StorageLevel {
    use_disk: bool,
    use_memory: bool,
    deserialized: bool,
    replication: u8,
}

/// A text that names no level.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Invalid StorageLevel: {0}")]
pub struct StorageLevelError(String);

macro_rules! levels {
    ($($(#[$meta:meta])* $name:ident = $disk:literal $memory:literal $deserialized:literal $replication:literal;)*) => {
        impl StorageLevel {
            $($(#[$meta])* pub const $name: StorageLevel = StorageLevel {
                use_disk: $disk, use_memory: $memory, deserialized: $deserialized, replication: $replication,
            };)*

            /// All levels with their names.
            const ALL: &[(&str, StorageLevel)] = &[$((stringify!($name), StorageLevel::$name)),*];
        }
    };
}

levels! {
    /// Not kept.
    NONE = false false false 1;
    /// In files.
    DISK_ONLY = true false false 1;
    /// As [`DISK_ONLY`](Self::DISK_ONLY), with two replicas.
    DISK_ONLY_2 = true false false 2;
    /// As [`DISK_ONLY`](Self::DISK_ONLY), with three replicas.
    DISK_ONLY_3 = true false false 3;
    /// As values in memory; what does not fit is computed again each time.
    MEMORY_ONLY = false true true 1;
    /// As [`MEMORY_ONLY`](Self::MEMORY_ONLY), with two replicas.
    MEMORY_ONLY_2 = false true true 2;
    /// As rows in memory; what does not fit is computed again each time.
    MEMORY_ONLY_SER = false true false 1;
    /// As [`MEMORY_ONLY_SER`](Self::MEMORY_ONLY_SER), with two replicas.
    MEMORY_ONLY_SER_2 = false true false 2;
    /// As values in memory; what does not fit goes to files.
    MEMORY_AND_DISK = true true true 1;
    /// As [`MEMORY_AND_DISK`](Self::MEMORY_AND_DISK), with two replicas.
    MEMORY_AND_DISK_2 = true true true 2;
    /// As rows in memory; what does not fit goes to files.
    MEMORY_AND_DISK_SER = true true false 1;
    /// As [`MEMORY_AND_DISK_SER`](Self::MEMORY_AND_DISK_SER), with two replicas.
    MEMORY_AND_DISK_SER_2 = true true false 2;
}

impl StorageLevel {
    /// Whether partitions may be in files.
    pub fn use_disk(self) -> bool {
        self.use_disk
    }

    /// Whether partitions may be in memory.
    pub fn use_memory(self) -> bool {
        self.use_memory
    }

    /// Whether what is in memory is values, not rows.
    pub fn deserialized(self) -> bool {
        self.deserialized
    }

    /// How many replicas the level asks for.
    pub fn replication(self) -> u8 {
        self.replication
    }

    /// Whether anything is kept at all.
    pub(crate) fn keeps(self) -> bool {
        self.use_disk || self.use_memory
    }

    /// The level of a local checkpoint of an RDD with this one: nothing may be lost for want of memory.
    pub(crate) fn of_local_checkpoint(self) -> Self {
        if self.keeps() { StorageLevel { use_disk: true, ..self } } else { StorageLevel::MEMORY_AND_DISK }
    }

    /// As Spark describes it in lineages, such as `Disk Memory Deserialized 1x Replicated`.
    pub fn description(self) -> String {
        let disk = if self.use_disk { "Disk " } else { "" };
        let memory = if self.use_memory { "Memory " } else { "" };
        let form = if self.deserialized { "Deserialized" } else { "Serialized" };
        format!("{disk}{memory}{form} {}x Replicated", self.replication)
    }
}

impl FromStr for StorageLevel {
    type Err = StorageLevelError;

    fn from_str(text: &str) -> Result<Self, StorageLevelError> {
        let known = StorageLevel::ALL.iter().find(|(name, _)| *name == text);
        known.map(|(_, level)| *level).ok_or_else(|| StorageLevelError(text.to_owned()))
    }
}

/// As Spark's `toString`, such as `StorageLevel(disk, memory, deserialized, 1 replicas)`.
impl fmt::Display for StorageLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts =
            [(self.use_disk, "disk, "), (self.use_memory, "memory, "), (self.deserialized, "deserialized, ")];
        let parts: String = parts.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect();
        write!(f, "StorageLevel({parts}{} replicas)", self.replication)
    }
}

impl fmt::Debug for StorageLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
