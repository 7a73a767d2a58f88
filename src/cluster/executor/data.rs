//! Where other processes get the blocks of this one.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use firesteel_actors::Config;

use crate::{
    blocks::{BlockServer, transport_options},
    task::ExecutorEnv,
    transport::{Listener, Purpose, Secret, TransportError, TransportOptions},
};

/// Listens from before the driver knows the executor, and serves once there is something to serve: who comes too early is to try
/// again.
pub(super) struct Data {
    listener: Listener,
    server: Arc<OnceLock<BlockServer>>,
}

impl Data {
    /// Listens on the address by which the driver was reached, so that all who reach the driver's network find it.
    pub(super) fn bind(local: SocketAddr, secret: &Secret) -> Result<Self, TransportError> {
        let server = Arc::<OnceLock<BlockServer>>::default();
        let serving = server.clone();
        // The server counts its connections: how many there may be is known when the driver has said it.
        let options = transport_options(&Config::default().fetch);
        let options = TransportOptions { max_connections: usize::MAX, ..options };
        let address = SocketAddr::new(local.ip(), 0);
        let listener = Listener::bind(address, secret, options, move |purpose, connection| {
            match (purpose, serving.get()) {
                (Purpose::Data, Some(server)) => server.serve(connection),
                _ => connection.sender.abort(),
            }
        })?;
        Ok(Data { listener, server })
    }

    pub(super) fn port(&self) -> u16 {
        self.listener.local_addr().port()
    }

    /// Serves the blocks of this executor.
    pub(super) fn serve(&self, env: &Arc<ExecutorEnv>) {
        self.server.set(BlockServer::new(env)).ok();
    }

    /// Ends all connections and their threads. Names those that do not end.
    pub(super) fn close(&self) -> Vec<String> {
        self.listener.close();
        self.server.get().map(BlockServer::close).unwrap_or_default()
    }
}
