//! Whether an executor is taken in.

use firesteel_actors::Config;

use crate::{
    cluster::protocol::{Hello, PROTOCOL},
    code::executable_digest,
};

/// The version of firesteel that both sides must have.
pub(in crate::cluster) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Looks at what an executor tells of itself. `Err` says what differs, for people. Those that the driver starts itself run its
/// own image; nobody else has their secret.
pub(super) fn check(hello: &Hello, config: &Config, by_driver: bool) -> Result<(), String> {
    if (hello.protocol, &*hello.version) != (PROTOCOL, VERSION) {
        return Err(format!(
            "the driver is firesteel {VERSION} (protocol {PROTOCOL}), the executor firesteel {} (protocol {}): start both from \
             the same build",
            hello.version, hello.protocol
        ));
    }
    if by_driver {
        return match hello.executor_id {
            Some(_) => config.check_cores(hello.cores).map_err(|error| error.to_string()),
            None => Err("this driver starts its executors itself".to_owned()),
        };
    }
    let Some(theirs) = hello.digest else {
        return Err("the executor does not say which executable it runs".to_owned());
    };
    let ours =
        executable_digest().map_err(|error| format!("the driver cannot read its own executable: {error}"))?;
    if ours != theirs {
        return Err(format!(
            "the driver's executable has the digest {ours}, the executor's {theirs}: closures are only known to the \
             executable that made them, so start both from the same file"
        ));
    }
    config.check_cores(hello.cores).map_err(|error| error.to_string())
}
