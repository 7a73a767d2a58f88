//! How executors fetch blocks from each other.

use std::time::Duration;

use super::{
    key::settings,
    kind::{Bytes, Count, LARGEST, Limit, Millis, Number, Positive},
};

settings! {
    at |config| config.fetch;

    /// How executors fetch blocks from each other.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FetchConfig {
        /// Bytes that a reduce task fetches at one time from all other executors together, as map outputs tell their sizes.
        max_bytes_in_flight: u64 = 48 << 20,
        "spark.reducer.maxSizeInFlight", since "1.4.0", takes Bytes;
        /// Requests that a reduce task has on their way at one time.
        max_requests_in_flight: u32 = LARGEST,
        "spark.reducer.maxReqsInFlight", since "2.0.0", takes Limit;
        /// Blocks that a reduce task fetches at one time from one executor.
        max_blocks_per_address: u32 = LARGEST,
        "spark.reducer.maxBlocksInFlightPerAddress", since "2.2.1", takes Limit;
        /// A block of more bytes goes to a file even if there is memory for it.
        max_block_in_memory: u64 = 200 << 20,
        "spark.network.maxRemoteBlockSizeFetchToMem", since "3.0.0", takes Bytes;
        /// How often a fetch is tried again after the connection failed.
        max_retries: u32 = 3,
        "spark.shuffle.io.maxRetries", since "1.2.0", takes Number;
        /// How long the first of these tries waits; each further one waits twice as long (Spark: 5s each, but there the
        /// driver does not tell executors at once that one of them is lost).
        retry_wait: Duration = Duration::from_millis(500),
        "spark.shuffle.io.retryWait", since "1.2.1", takes Positive<Millis>;
        /// Bytes of the pieces in which a broadcast value travels; less than 1k is taken as that.
        broadcast_block_size: u64 = 4 << 20,
        "spark.broadcast.blockSize", since "0.5.0", takes Bytes;
        /// Connections over which an executor serves blocks at one time.
        max_connections: u32 = 4096,
        "firesteel.blocks.maxConnections", since "firesteel 0.1.0", takes Count;
    }
}
