//! Where map outputs live (`spark-semantics` section 4).

/// Where map outputs live (`spark-semantics` section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShuffleConfig {
    /// `spark.shuffle.service.enabled`: an external shuffle service keeps outputs when an executor is lost.
    pub service_enabled: bool,
    /// Whether outputs outlive their host; set by the storage, not by a key.
    pub reliable_storage: bool,
    /// Whether executors ask where map outputs are; set by the deployment: those in the driver's process need not.
    pub has_remote_readers: bool,
    /// `spark.files.fetchFailure.unRegisterOutputOnHost`: a failure to fetch forgets all outputs of the host.
    pub unregister_output_on_host: bool,
    /// `spark.shuffle.reduceLocality.enabled`: reducers prefer hosts with much of their input.
    pub reduce_locality_enabled: bool,
    /// `spark.shuffle.useOldFetchProtocol`: indeterminate stages cannot be rolled back.
    pub use_old_fetch_protocol: bool,
}

impl Default for ShuffleConfig {
    fn default() -> Self {
        ShuffleConfig {
            service_enabled: false,
            reliable_storage: false,
            has_remote_readers: false,
            unregister_output_on_host: false,
            reduce_locality_enabled: true,
            use_old_fetch_protocol: false,
        }
    }
}
