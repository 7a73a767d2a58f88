//! Coming to the driver.

use std::time::Duration;

use crate::{
    cluster::{
        ClusterError,
        driver::VERSION,
        protocol::{self, FromExecutorRef, Hello, PROTOCOL, ToExecutor, Welcome},
    },
    code::ExecutableDigest,
    executor::ExecutorOptions,
    transport::Connection,
};

/// How long the driver has for its answer.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(30);

/// Tells the driver of the executor, and waits for what it says.
pub(super) fn say_hello(
    connection: &mut Connection,
    options: &ExecutorOptions,
    hostname: &str,
    block_port: u16,
    digest: Option<ExecutableDigest>,
) -> Result<Welcome, ClusterError> {
    let hello = Hello {
        protocol: PROTOCOL,
        version: VERSION.to_owned(),
        digest,
        executor_id: options.executor_id,
        hostname: hostname.to_owned(),
        cores: options.cores,
        block_port,
        process_id: std::process::id(),
    };
    let mut frame = Vec::new();
    let written = protocol::write(&FromExecutorRef::Hello(&hello), &mut frame);
    written.map_err(|error| ClusterError::Protocol { side: "executor", problem: error.to_string() })?;
    connection.sender.send(&frame)?;
    connection.receiver.set_timeout(Some(WELCOME_TIMEOUT))?;
    let answer = connection.receiver.receive()?.map(|frame| protocol::read(frame, "driver")).transpose()?;
    connection.receiver.set_timeout(None)?;
    match answer {
        Some(ToExecutor::Welcome(welcome)) => Ok(welcome),
        Some(ToExecutor::Refused(reason)) => Err(ClusterError::Refused(reason)),
        Some(_) => {
            let problem = "its answer to hello is something else".to_owned();
            Err(ClusterError::Protocol { side: "driver", problem })
        }
        None => Err(ClusterError::Refused("it ended the connection".to_owned())),
    }
}
