//! [`ExecutorLaunch`]: what a new executor must know.

use std::{
    fmt,
    io::{Read, Write},
    net::SocketAddr,
    sync::Arc,
};

use firesteel_actors::ExecutorId;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use zeroize::Zeroizing;

use super::LaunchError;
use crate::transport::Secret;

/// What a new executor must know to join its driver.
#[derive(Clone)]
#[non_exhaustive]
pub struct ExecutorLaunch {
    /// Its id.
    pub executor_id: ExecutorId,
    /// The application that it is for.
    pub application_id: Arc<str>,
    /// Its task threads.
    pub cores: u32,
    /// Bytes of memory that it is to get.
    pub memory: u64,
    /// The host that it is to say it is on; `None`: it finds out.
    pub hostname: Option<Arc<str>>,
    /// Where its driver listens.
    pub driver: SocketAddr,
    /// What both prove to each other that they know. It must never be on a command line or in a log.
    pub secret: Secret,
}

impl fmt::Debug for ExecutorLaunch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ExecutorLaunch { executor_id, application_id, cores, memory, driver, .. } = self;
        write!(f, "{executor_id:?} of {application_id}: {cores} cores, {memory} bytes, driver {driver}")
    }
}

/// What an executor has to do with its working directory if its driver is gone and cannot do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Orphan {
    /// It is to remove it,
    pub(crate) removes_work_dir: bool,
    /// and that of all applications too, if nothing else is in there.
    pub(crate) removes_root: bool,
}

/// An [`ExecutorLaunch`] on its way through a pipe. No other form of it exists.
#[derive(Serialize, Deserialize)]
struct Message {
    executor_id: ExecutorId,
    application_id: Arc<str>,
    cores: u32,
    memory: u64,
    hostname: Option<Arc<str>>,
    driver: SocketAddr,
    secret: ByteArray<32>,
    orphan: Orphan,
}

/// The longest message, for which every socket has room: whoever writes it does not wait for whoever reads it.
const LONGEST: usize = 4 << 10;

impl ExecutorLaunch {
    /// Writes it, its length before it.
    pub(super) fn write(&self, orphan: Orphan, mut to: impl Write) -> Result<(), LaunchError> {
        let message = Message {
            executor_id: self.executor_id,
            application_id: self.application_id.clone(),
            cores: self.cores,
            memory: self.memory,
            hostname: self.hostname.clone(),
            driver: self.driver,
            secret: ByteArray::new(*self.secret.expose()),
            orphan,
        };
        // Room for all of it, so that no copy of the secret is left behind by growth.
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
        bytes.extend([0; 4]);
        rmp_serde::encode::write_named(&mut *bytes, &message).map_err(LaunchError::Untold)?;
        if bytes.len() > LONGEST {
            return Err(LaunchError::NotTold { problem: "its names are too long".to_owned() });
        }
        let length = (bytes.len() as u32 - 4).to_be_bytes();
        bytes[..4].copy_from_slice(&length);
        to.write_all(&bytes)
            .map_err(|source| LaunchError::Process { action: "write to the lifeline of an executor", source })
    }

    /// Reads what [`write`](Self::write) wrote, and no byte more.
    pub(crate) fn read(mut from: impl Read) -> Result<(ExecutorLaunch, Orphan), LaunchError> {
        let not_told = |problem: String| LaunchError::NotTold { problem };
        let mut length = [0; 4];
        from.read_exact(&mut length).map_err(|error| not_told(error.to_string()))?;
        let length = u32::from_be_bytes(length) as usize;
        if length > LONGEST {
            return Err(not_told(format!("{length} bytes are too many")));
        }
        let mut bytes = Zeroizing::new(vec![0; length]);
        from.read_exact(&mut bytes).map_err(|error| not_told(error.to_string()))?;
        let message: Message = rmp_serde::from_slice(&bytes).map_err(|error| not_told(error.to_string()))?;
        let launch = ExecutorLaunch {
            executor_id: message.executor_id,
            application_id: message.application_id,
            cores: message.cores,
            memory: message.memory,
            hostname: message.hostname,
            driver: message.driver,
            secret: Secret::from_bytes(message.secret.into_array()),
        };
        Ok((launch, message.orphan))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn launch(id: u32) -> ExecutorLaunch {
        ExecutorLaunch {
            executor_id: ExecutorId(id),
            application_id: "app-1".into(),
            cores: 2,
            memory: 1 << 29,
            hostname: Some("localhost".into()),
            driver: "127.0.0.1:7077".parse().unwrap(),
            secret: Secret::from_bytes([7; 32]),
        }
    }

    const ORPHAN: Orphan = Orphan { removes_work_dir: true, removes_root: false };

    #[test]
    fn what_is_written_is_read_and_no_byte_more() {
        let (mut bytes, launch) = (Vec::new(), launch(3));
        launch.write(ORPHAN, &mut bytes).unwrap();
        let length = bytes.len();
        bytes.extend(b"rest");
        let mut from = &bytes[..];
        let (read, orphan) = ExecutorLaunch::read(&mut from).unwrap();
        assert_eq!((format!("{read:?}"), orphan, from), (format!("{launch:?}"), ORPHAN, &b"rest"[..]));
        assert_eq!((read.secret.expose(), read.hostname), (&[7; 32], launch.hostname));
        for cut in 0..length {
            let error = ExecutorLaunch::read(&bytes[..cut]).unwrap_err();
            assert!(matches!(error, LaunchError::NotTold { .. }), "{error}");
        }
    }

    #[test]
    fn what_is_no_message_is_an_error_without_much_memory() {
        let error = ExecutorLaunch::read(&[0xff; 64][..]).unwrap_err().to_string();
        assert!(error.contains("4294967295 bytes are too many"), "{error}");
        assert!(ExecutorLaunch::read(&[0, 0, 0, 1, 0xc0][..]).is_err());
    }

    #[test]
    fn names_are_bounded_and_nothing_shows_the_secret() {
        let mut launch = launch(3);
        assert_eq!(
            format!("{launch:?}"),
            "executor 3 of app-1: 2 cores, 536870912 bytes, driver 127.0.0.1:7077"
        );
        launch.application_id = "x".repeat(5_000).into();
        assert!(launch.write(ORPHAN, Vec::new()).is_err());
    }
}
