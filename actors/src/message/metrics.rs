//! What a task measured (`spark-semantics` section 21, point 15).

use serde::{Deserialize, Serialize};

macro_rules! metrics {
    ($($(#[$meta:meta])* $name:ident,)*) => {
        /// A task's metrics; sums of them for a stage or an executor. Times are in nanoseconds (Spark shows
        /// some of them in milliseconds), sizes in bytes.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct TaskMetrics {
            $($(#[$meta])* pub $name: u64,)*
        }

        impl TaskMetrics {
            /// Adds another's counters to these.
            pub fn add(&mut self, other: &TaskMetrics) {
                $(self.$name = self.$name.saturating_add(other.$name);)*
            }

            /// All counters with their names, in the order of Spark's list.
            pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($name), self.$name)),*].into_iter()
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
}
