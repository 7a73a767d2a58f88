//! What is known of executors.

use firesteel_actors::ExecutorId;

use super::{Context, Master};

/// An executor that is there (Spark's `SparkExecutorInfo`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecutorInfo {
    /// Its id.
    pub executor_id: ExecutorId,
    /// Its host, as it says itself.
    pub hostname: String,
    /// Its task threads.
    pub cores: u32,
    /// Its process, on its host.
    pub process_id: u32,
}

impl Context {
    /// The executors that are there now, by id. The one within a local driver is always there.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[3]").start()?;
    /// let executors = context.executors();
    /// assert_eq!((executors.len(), executors[0].cores), (1, 3));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    pub fn executors(&self) -> Vec<ExecutorInfo> {
        match &self.inner.master {
            Master::Local { cores, .. } => vec![ExecutorInfo {
                executor_id: ExecutorId::DRIVER,
                hostname: "localhost".to_owned(),
                cores: *cores,
                process_id: std::process::id(),
            }],
            #[cfg(feature = "cluster")]
            _ => self.inner.cluster.as_ref().map(|cluster| cluster.executors().infos()).unwrap_or_default(),
            #[cfg(not(feature = "cluster"))]
            _ => Vec::new(),
        }
    }

    /// Where executors find this driver; `None` if its executor is within it. Of `firesteel://HOST:0` this tells the port.
    #[cfg(feature = "cluster")]
    pub fn driver_address(&self) -> Option<std::net::SocketAddr> {
        self.inner.cluster.as_ref().map(|cluster| cluster.address())
    }
}
