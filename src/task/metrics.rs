//! A task's counters while it runs.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use firesteel_actors::message::TaskMetrics;

macro_rules! live_metrics {
    ($($(#[$meta:meta])* $name:ident,)*) => {
        /// What operators count. They add sums (of a chunk, of a partition), never one record at a time.
        #[derive(Debug, Default)]
        pub(crate) struct LiveMetrics {
            $($(#[$meta])* $name: AtomicU64,)*
        }

        #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "nothing comes from other processes"))]
        impl LiveMetrics {
            $(pub(crate) fn $name(&self, count: u64) {
                self.$name.fetch_add(count, Relaxed);
            })*

            /// The counters so far; those of the runner are 0.
            pub(crate) fn snapshot(&self) -> TaskMetrics {
                TaskMetrics { $($name: self.$name.load(Relaxed),)* ..TaskMetrics::default() }
            }
        }
    };
}

live_metrics! {
    result_serialization_time,
    shuffle_fetch_wait_time,
    shuffle_write_time,
    shuffle_total_bytes_read,
    shuffle_remote_bytes_read,
    shuffle_remote_bytes_read_to_disk,
    shuffle_local_bytes_read,
    shuffle_records_read,
    shuffle_remote_blocks_fetched,
    shuffle_local_blocks_fetched,
    shuffle_bytes_written,
    shuffle_records_written,
    bytes_read,
    records_read,
    bytes_written,
    records_written,
    disk_bytes_spilled,
    memory_bytes_spilled,
}
