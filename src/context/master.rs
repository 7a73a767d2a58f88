//! The master: where executors are.

use std::{fmt, str::FromStr, sync::Arc};

use firesteel_actors::Config;
use thiserror::Error;

/// Where executors are: threads of this process, processes that the driver starts on this machine, or processes
/// that come from anywhere. One is made by reading its text.
///
/// ```
/// use firesteel::Master;
/// let master: Master = "local[4,3]".parse()?;
/// assert_eq!((master.cores(), master.max_failures()), (4, 3));
/// let master: Master = "local-cluster[2,4,1024]".parse()?;
/// assert_eq!((master.cores(), master.max_failures()), (8, 4));
/// # Ok::<(), firesteel::MasterError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Master {
    /// `local[N]`, `local[*]`, `local[N,maxFailures]`: one executor within the driver.
    #[non_exhaustive]
    Local {
        /// Its task threads.
        cores: u32,
        /// Failures of one task until its job is given up.
        max_failures: u32,
    },
    /// `local-cluster[N,cores,memory]`: processes on this machine, which the driver starts.
    #[non_exhaustive]
    LocalCluster {
        /// How many.
        executors: u32,
        /// Task threads of each.
        cores: u32,
        /// Bytes of memory of each; in the text it is in MiB.
        memory: u64,
    },
    /// `firesteel://HOST:PORT`: processes that others start, anywhere. The driver listens for them.
    #[non_exhaustive]
    Listen {
        /// The name or address of this machine on which to listen.
        host: Arc<str>,
        /// The port; 0 is any that is free.
        port: u16,
    },
}

/// The most task threads of an executor.
const MAX_CORES: u32 = 4096;
/// The most processes that a driver starts by a master's text.
const MAX_EXECUTORS: u32 = 1024;
const MEBIBYTE: u64 = 1 << 20;
/// Cores that are counted on while no executor has come, as Spark does.
const EXPECTED_CORES: u32 = 2;

/// Why a master was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MasterError {
    /// Its text was not understood.
    #[error(
        "Could not parse Master URL: '{text}': {problem}. It can be local, local[N], local[*], local[N,maxFailures], \
         local-cluster[executors,cores,memoryMiB] or firesteel://HOST:PORT"
    )]
    #[non_exhaustive]
    Unreadable {
        /// The text.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// It cannot be used in this way.
    #[error("master {master} cannot be used here: {problem}")]
    #[non_exhaustive]
    Unusable {
        /// The master.
        master: Master,
        /// Why not, and what to do.
        problem: &'static str,
    },
}

impl Master {
    /// Task threads of all executors that the master asks for; 2 if it does not say how many there will be.
    pub fn cores(&self) -> u32 {
        match self {
            Master::Local { cores, .. } => *cores,
            Master::LocalCluster { executors, cores, .. } => executors * cores,
            Master::Listen { .. } => EXPECTED_CORES,
        }
    }

    /// Task threads of each executor, if the master says so.
    pub(super) fn cores_per_executor(&self) -> Option<u32> {
        match self {
            Master::Local { cores, .. } | Master::LocalCluster { cores, .. } => Some(*cores),
            Master::Listen { .. } => None,
        }
    }

    /// Failures of one task until its job is given up, unless `spark.task.maxFailures` says otherwise.
    pub fn max_failures(&self) -> u32 {
        match self {
            Master::Local { max_failures, .. } => *max_failures,
            Master::LocalCluster { .. } | Master::Listen { .. } => Config::default().task_max_failures,
        }
    }

    /// Whether the executor is within the driver.
    pub fn is_local(&self) -> bool {
        matches!(self, Master::Local { .. })
    }

    /// An error about this master, where it cannot be used.
    pub(super) fn unusable(&self, problem: &'static str) -> MasterError {
        MasterError::Unusable { master: self.clone(), problem }
    }
}

impl Default for Master {
    /// `local[*]`: as many threads as the machine has for us.
    fn default() -> Self {
        Master::Local { cores: all_cores(), max_failures: 1 }
    }
}

fn all_cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32).min(MAX_CORES)
}

impl FromStr for Master {
    type Err = MasterError;

    fn from_str(text: &str) -> Result<Self, MasterError> {
        let read = if let Some(address) = text.strip_prefix("firesteel://") {
            listen(address)
        } else if let Some(rest) = text.strip_prefix("local-cluster") {
            local_cluster(rest)
        } else if let Some(rest) = text.strip_prefix("local") {
            local(rest)
        } else {
            Err("there is no such kind of master")
        };
        read.map_err(|problem| MasterError::Unreadable { text: text.to_owned(), problem })
    }
}

type Read<T> = Result<T, &'static str>;

/// What stands between brackets.
fn inner(rest: &str) -> Read<&str> {
    rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or("brackets are missing")
}

fn local(rest: &str) -> Read<Master> {
    if rest.is_empty() {
        return Ok(Master::Local { cores: 1, max_failures: 1 });
    }
    let inner = inner(rest)?;
    let (cores, failures) = match inner.split_once(',') {
        Some((cores, failures)) => (cores.trim(), Some(failures.trim())),
        None => (inner.trim(), None),
    };
    let cores = if cores == "*" { all_cores() } else { threads(cores)? };
    let max_failures = match failures {
        None => 1,
        Some(number) => number.parse().map_err(|_| "maxFailures is not a number")?,
    };
    if max_failures == 0 {
        return Err("maxFailures must be at least 1");
    }
    Ok(Master::Local { cores, max_failures })
}

fn threads(text: &str) -> Read<u32> {
    match text.parse() {
        Err(_) => Err("the number of threads is not a number"),
        Ok(0) => Err("it asks for no thread at all"),
        Ok(cores) if cores > MAX_CORES => Err("it asks for more than 4096 threads"),
        Ok(cores) => Ok(cores),
    }
}

fn local_cluster(rest: &str) -> Read<Master> {
    let parts: Vec<&str> = inner(rest)?.split(',').map(str::trim).collect();
    let [executors, cores, memory] = parts[..] else {
        return Err("it takes three numbers: executors, cores of each, MiB of memory of each");
    };
    let executors: u32 = executors.parse().map_err(|_| "the number of executors is not a number")?;
    if executors == 0 {
        return Err("it asks for no executor at all");
    }
    if executors > MAX_EXECUTORS {
        return Err("it asks for more than 1024 executors");
    }
    let memory: u64 = memory.parse().map_err(|_| "the memory is not a number of MiB")?;
    let memory = memory.checked_mul(MEBIBYTE).ok_or("it asks for too much memory")?;
    if memory == 0 {
        return Err("it asks for no memory at all");
    }
    Ok(Master::LocalCluster { executors, cores: threads(cores)?, memory })
}

fn listen(address: &str) -> Read<Master> {
    let (host, port) = address.rsplit_once(':').ok_or("the port is missing")?;
    let port = port.parse().map_err(|_| "the port is not a number up to 65535")?;
    let unbracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = match unbracketed {
        Some(address) if address.parse::<std::net::Ipv6Addr>().is_err() => {
            return Err("what is between brackets is not an IPv6 address");
        }
        Some(address) => address,
        None if host.contains(':') => return Err("an IPv6 address takes brackets"),
        None => host,
    };
    if host.is_empty() {
        return Err("the host is missing: name the address of this machine on which to listen");
    }
    if host.contains(['/', '@', ',', ' ']) {
        return Err("it takes one host and one port");
    }
    Ok(Master::Listen { host: host.into(), port })
}

impl fmt::Display for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Master::Local { cores, max_failures } => write!(f, "local[{cores},{max_failures}]"),
            Master::LocalCluster { executors, cores, memory } => {
                write!(f, "local-cluster[{executors},{cores},{}]", memory / MEBIBYTE)
            }
            Master::Listen { host, port } if host.contains(':') => write!(f, "firesteel://[{host}]:{port}"),
            Master::Listen { host, port } => write!(f, "firesteel://{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(cores: u32, max_failures: u32) -> Result<Master, MasterError> {
        Ok(Master::Local { cores, max_failures })
    }

    #[test]
    fn local_masters_as_spark_reads_them() {
        let of = str::parse::<Master>;
        assert_eq!(of("local"), local(1, 1));
        assert_eq!(of("local[3]"), local(3, 1));
        assert_eq!(of("local[ 3 , 5 ]"), local(3, 5));
        assert_eq!(of("local[*]"), local(all_cores(), 1));
        assert_eq!(of("local[*,2]"), local(all_cores(), 2));
        assert!(of("local").unwrap().is_local());
    }

    #[test]
    fn dist_002_local_clusters_as_spark_reads_them() {
        for text in ["local-cluster[2,3,1024]", "local-cluster[2 , 3 , 1024]", "local-cluster[2, 3, 1024]"] {
            let master: Master = text.parse().unwrap();
            assert_eq!(master, Master::LocalCluster { executors: 2, cores: 3, memory: 1 << 30 });
            assert_eq!((master.cores(), master.max_failures(), master.is_local()), (6, 4, false));
            assert_eq!(master.to_string(), "local-cluster[2,3,1024]");
        }
        for text in [
            "local-cluster",
            "local-cluster[2,3]",
            "local-cluster[2,3,1024",
            "local-cluster[2,3,1024,1]",
            "local-cluster[1, -1, 1]",
            "local-cluster[*,1,512]",
            "local-cluster[0,1,512]",
            "local-cluster[1,0,512]",
            "local-cluster[1,1,0]",
            "local-cluster[1,1,18446744073709551615]",
            "local-cluster[1025,1,512]",
        ] {
            assert!(text.parse::<Master>().is_err(), "{text}");
        }
    }

    #[test]
    fn drivers_that_listen_name_a_host_and_a_port() {
        for (text, host, port) in [
            ("firesteel://127.0.0.1:0", "127.0.0.1", 0),
            ("firesteel://driver.example:7077", "driver.example", 7077),
            ("firesteel://[::1]:7077", "::1", 7077),
        ] {
            let master: Master = text.parse().unwrap();
            assert_eq!(master, Master::Listen { host: host.into(), port });
            assert_eq!((master.to_string(), master.cores(), master.is_local()), (text.to_owned(), 2, false));
        }
        for text in ["firesteel://", "firesteel://host", "firesteel://:1", "firesteel://h:66666"] {
            assert!(text.parse::<Master>().is_err(), "{text}");
        }
        for text in ["firesteel://::1:7", "firesteel://[x]:7", "firesteel://a:1,b:2", "firesteel://u@h:7"] {
            assert!(text.parse::<Master>().is_err(), "{text}");
        }
    }

    #[test]
    fn bad_ones_say_what_is_wrong_and_what_is_allowed() {
        for text in [
            "",
            "local[",
            "local[]",
            "local[0]",
            "local[-1]",
            "local[2,0]",
            "local[2,x]",
            "local2",
            "local[99999]",
            "spark://host:7077",
        ] {
            let error = text.parse::<Master>().unwrap_err().to_string();
            assert!(error.contains(&format!("'{text}'")) && error.contains("local[N]"), "{error}");
            assert!(error.contains("local-cluster[") && error.contains("firesteel://HOST:PORT"), "{error}");
        }
    }
}
