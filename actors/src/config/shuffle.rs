//! Where map outputs live (`spark-semantics` section 4).

use super::{key::settings, kind::Switch};

settings! {
    at |config| config.shuffle;

    /// Where map outputs live (`spark-semantics` section 4).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ShuffleConfig {
        /// Whether an external shuffle service keeps map outputs when an executor is lost.
        service_enabled: bool = false,
        "spark.shuffle.service.enabled", since "1.2.0", takes Switch;
        /// Whether a failure to fetch makes the scheduler forget all map outputs of that host.
        unregister_output_on_host: bool = false,
        "spark.files.fetchFailure.unRegisterOutputOnHost", since "2.3.0", takes Switch;
        /// Whether reduce tasks prefer hosts that hold much of their input.
        reduce_locality_enabled: bool = true,
        "spark.shuffle.reduceLocality.enabled", since "1.5.0", takes Switch;
        /// Whether fetches follow the protocol of Spark 2, with which a stage of indeterminate output cannot be
        /// rolled back.
        use_old_fetch_protocol: bool = false,
        "spark.shuffle.useOldFetchProtocol", since "3.0.0", takes Switch;
    }
    no key {
        /// Whether outputs outlive their host; set by the storage.
        reliable_storage: bool = false;
        /// Whether executors ask where map outputs are; set by the deployment: those in the driver's process need not.
        has_remote_readers: bool = false;
    }
}
