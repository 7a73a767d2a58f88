//! Why a driver and its executors do not come together.

use firesteel_actors::{ConfigError, SystemError};
use thiserror::Error;

use crate::{
    code::{CodeError, ImageError},
    launch::LaunchError,
    transport::TransportError,
};

/// Why a driver and its executors do not come together.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A connection failed.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Executors could not be started.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// The driver does not take the executor.
    #[error("the driver refused this executor: {0}")]
    Refused(String),
    /// The other side does not keep to the protocol.
    #[error("the {side} does not keep to the protocol: {problem}")]
    Protocol {
        /// Driver or executor.
        side: &'static str,
        /// What it did.
        problem: String,
    },
    /// The executable's identity cannot be told.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The way the program was built.
    #[error(transparent)]
    Build(#[from] ImageError),
    /// The driver's settings cannot be used here.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The executor could not be started.
    #[error("cannot start the executor")]
    System(#[from] SystemError),
}
