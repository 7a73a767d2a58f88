//! Bytes that nobody is to see.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Opaque credentials. They serialize to nothing, so that no trace holds them, and print as `Secret(n bytes)`; the
/// transport between processes sends them by hand.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(std::sync::Arc<[u8]>);

impl Secret {
    /// Keeps these bytes.
    pub fn new(bytes: impl Into<std::sync::Arc<[u8]>>) -> Self {
        Secret(bytes.into())
    }

    /// The bytes, for whoever uses them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer)?;
        Ok(Secret::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::{DriverEndpointMessage, UpdateDelegationTokens},
        testkit::compact,
    };

    #[test]
    fn takes_no_bytes_of_a_trace() {
        compact::assert_bytes(&Secret::default(), &[]);
        let tokens = UpdateDelegationTokens { tokens: Secret::new(*b"hush") };
        let (mut written, message) = (Vec::new(), DriverEndpointMessage::from(tokens));
        crate::message::MessageRef::from(&message).write(&mut written).unwrap();
        let [_place] = written[..] else { panic!("{written:?}") };
        let nothing = UpdateDelegationTokens { tokens: Secret::default() };
        assert_eq!(compact::read::<DriverEndpointMessage>(&written), Ok(nothing.into()));
    }

    #[test]
    fn neither_prints_nor_serializes() {
        let secret = Secret::new(*b"hush");
        assert_eq!(format!("{secret:?}"), "Secret(4 bytes)");
        let bytes = rmp_serde::to_vec(&secret).unwrap();
        assert!(!bytes.windows(4).any(|window| window == b"hush"));
        assert_eq!(rmp_serde::from_slice::<Secret>(&bytes).unwrap(), Secret::default());
    }
}
