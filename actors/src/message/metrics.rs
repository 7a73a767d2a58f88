//! What a task measured (`spark-semantics` section 21, point 15).

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
    ser::{SerializeStruct, SerializeTuple},
};

macro_rules! metrics {
    ($($(#[$meta:meta])* $name:ident,)*) => {
        /// A task's metrics; sums of them for a stage or an executor. Times are in nanoseconds (Spark shows
        /// some of them in milliseconds), sizes in bytes.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct TaskMetrics {
            $($(#[$meta])* pub $name: u64,)*
        }

        /// The names of all counters, in their order.
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// What programs read: which counters there are, then at most all of them.
        const PARTS: &[&str] = &["which", $(stringify!($name)),*];

        // One bit each.
        const _: () = assert!(NAMES.len() < u32::BITS as usize);

        impl TaskMetrics {
            fn values(&self) -> [u64; NAMES.len()] {
                [$(self.$name),*]
            }

            /// Which counters are not zero: a bit for each.
            fn which(&self) -> u32 {
                let bits = [$(u32::from(self.$name > 0)),*];
                bits.iter().rev().fold(0, |which, bit| which << 1 | bit)
            }

            /// Writes the counters that are not zero.
            fn write_counters<S: SerializeTuple>(&self, to: &mut S) -> Result<(), S::Error> {
                $(if self.$name > 0 {
                    to.serialize_element(&self.$name)?;
                })*
                Ok(())
            }

            fn of_values([$($name),*]: [u64; NAMES.len()]) -> Self {
                TaskMetrics { $($name),* }
            }

            /// Adds another's counters to these.
            pub fn add(&mut self, other: &TaskMetrics) {
                $(self.$name = self.$name.saturating_add(other.$name);)*
            }

            /// All counters with their names, in the order of Spark's list.
            pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                NAMES.iter().copied().zip(self.values())
            }
        }
    };
}

metrics! {
    /// CPU time of the task's thread while running it.
    executor_cpu_time,
    /// Time from start to end of running it, less deserialization.
    executor_run_time,
    /// Time to decode the task and its stage binary.
    executor_deserialize_time,
    /// CPU time of that.
    executor_deserialize_cpu_time,
    /// Time to encode the result.
    result_serialization_time,
    /// Time waiting for shuffle blocks.
    shuffle_fetch_wait_time,
    /// Time writing shuffle output.
    shuffle_write_time,
    /// Shuffle bytes read, local and remote.
    shuffle_total_bytes_read,
    /// Shuffle bytes read from other executors.
    shuffle_remote_bytes_read,
    /// Those of them that went to disk first.
    shuffle_remote_bytes_read_to_disk,
    /// Shuffle bytes read from this executor.
    shuffle_local_bytes_read,
    /// Shuffle records read.
    shuffle_records_read,
    /// Shuffle blocks fetched from other executors.
    shuffle_remote_blocks_fetched,
    /// Shuffle blocks read from this executor.
    shuffle_local_blocks_fetched,
    /// Shuffle bytes written.
    shuffle_bytes_written,
    /// Shuffle records written.
    shuffle_records_written,
    /// Input bytes read by sources.
    bytes_read,
    /// Input records read by sources.
    records_read,
    /// Output bytes written by save actions.
    bytes_written,
    /// Output records written by save actions.
    records_written,
    /// Size of the encoded result; set by the driver.
    result_size,
    /// Bytes spilled, as on disk.
    disk_bytes_spilled,
    /// Bytes spilled, as in memory.
    memory_bytes_spilled,
    /// The most that it held at one time in tables and buffers of shuffles, aggregations and sorts.
    peak_execution_memory,
}

/// Most counters of most tasks are nothing, and seven messages carry a task's metrics. So for programs they are a tuple: a
/// number whose bits say which counters follow, then those. For people they are a struct with all.
impl Serialize for TaskMetrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let mut all = serializer.serialize_struct("TaskMetrics", NAMES.len())?;
            for (name, value) in self.counters() {
                all.serialize_field(name, &value)?;
            }
            return all.end();
        }
        let which = self.which();
        let mut some = serializer.serialize_tuple(1 + which.count_ones() as usize)?;
        some.serialize_element(&which)?;
        self.write_counters(&mut some)?;
        some.end()
    }
}

impl<'de> Deserialize<'de> for TaskMetrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("TaskMetrics", PARTS, Counters)
    }
}

struct Counters;

impl<'de> Visitor<'de> for Counters {
    type Value = TaskMetrics;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a task's metrics")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<TaskMetrics, A::Error> {
        let ends = || A::Error::custom("a counter is missing");
        let which: u32 = seq.next_element()?.ok_or_else(ends)?;
        if which >> NAMES.len() != 0 {
            return Err(A::Error::custom("there are more counters than this version knows"));
        }
        let mut values = [0; NAMES.len()];
        for (place, value) in values.iter_mut().enumerate() {
            if which >> place & 1 == 1 {
                *value = seq.next_element()?.ok_or_else(ends)?;
            }
        }
        Ok(TaskMetrics::of_values(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TaskMetrics, A::Error> {
        let mut values = [0; NAMES.len()];
        while let Some(name) = map.next_key::<String>()? {
            let place = NAMES.iter().position(|known| *known == name);
            let value = place.and_then(|place| values.get_mut(place));
            *value.ok_or_else(|| A::Error::unknown_field(&name, NAMES))? = map.next_value()?;
        }
        Ok(TaskMetrics::of_values(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::compact;

    #[test]
    fn traces_have_a_number_for_which_counters_follow() {
        let first = TaskMetrics { executor_cpu_time: 7, ..TaskMetrics::default() };
        let last = TaskMetrics { peak_execution_memory: 300, ..TaskMetrics::default() };
        let all = TaskMetrics::of_values([1; NAMES.len()]);
        compact::assert_bytes(&TaskMetrics::default(), &[0]);
        compact::assert_bytes(&first, &[1, 7]);
        compact::assert_bytes(&last, &[252, 0, 0, 128, 0, 251, 44, 1]);
        compact::assert_bytes(&all, &[&[252, 255, 255, 255, 0][..], &[1; NAMES.len()]].concat());
        // A counter that there is not, and one that counted although it is nothing.
        assert!(compact::read::<TaskMetrics>(&[252, 0, 0, 0, 1, 1]).is_err());
        assert_eq!(compact::read::<TaskMetrics>(&[1, 0]), Ok(TaskMetrics::default()));
    }

    #[test]
    fn only_counters_that_counted_are_written_for_programs() {
        let first = TaskMetrics { executor_cpu_time: 7, ..TaskMetrics::default() };
        let last = TaskMetrics { memory_bytes_spilled: u64::MAX, ..TaskMetrics::default() };
        let all = TaskMetrics::of_values([300; NAMES.len()]);
        for (metrics, bytes) in
            [(TaskMetrics::default(), 2), (first, 3), (last, 1 + 5 + 9), (all, 3 + 5 + NAMES.len() * 3)]
        {
            let written = rmp_serde::to_vec(&metrics).unwrap();
            assert_eq!(written.len(), bytes, "{metrics:?}");
            assert_eq!(rmp_serde::from_slice::<TaskMetrics>(&written).unwrap(), metrics);
        }
        for damaged in [&[0x90][..], &[0x91, 1], &[0x92, 0xce, 0xff, 0xff, 0xff, 0xff, 1]] {
            assert!(rmp_serde::from_slice::<TaskMetrics>(damaged).is_err());
        }
    }

    #[test]
    fn people_see_all_counters_by_name() {
        let metrics = TaskMetrics { records_read: 4, ..TaskMetrics::default() };
        let text = serde_json::to_string(&metrics).unwrap();
        assert!(text.contains(r#""executor_cpu_time":0"#) && text.contains(r#""records_read":4"#), "{text}");
        assert_eq!(serde_json::from_str::<TaskMetrics>(&text).unwrap(), metrics);
        assert!(serde_json::from_str::<TaskMetrics>(r#"{"records_red":4}"#).is_err());
    }
}
