//! [`Network`]: a proxy before each process that listens.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::transport::proxy::{Proxy, Way};

/// The ways between the processes of a context.
#[derive(Default)]
pub(super) struct Network {
    proxies: Mutex<BTreeMap<SocketAddr, Arc<Proxy>>>,
}

impl Network {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, Arc<Proxy>>> {
        self.proxies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// By which address to come to this one.
    pub(super) fn route(&self, target: SocketAddr) -> SocketAddr {
        let mut proxies = self.lock();
        if let Some(proxy) = proxies.get(&target) {
            return proxy.address();
        }
        match Proxy::start(target) {
            Ok(proxy) => {
                let address = proxy.address();
                proxies.insert(target, Arc::new(proxy));
                address
            }
            // Then it has no faults.
            Err(_) => target,
        }
    }

    /// One of the proxies that have connections.
    pub(super) fn pick(&self, dice: u64) -> Option<Arc<Proxy>> {
        let proxies = self.lock();
        let used: Vec<_> = proxies.values().filter(|proxy| proxy.connections() > 0).collect();
        let index = usize::try_from(dice).ok()?.checked_rem(used.len())?;
        used.get(index).map(|proxy| Arc::clone(proxy))
    }

    /// Ends all faults that last.
    pub(super) fn heal(&self) {
        for proxy in self.lock().values() {
            for way in [Way::There, Way::Back] {
                proxy.stop(way, false);
                proxy.delay(way, Duration::ZERO);
                proxy.slow(way, None);
            }
        }
    }

    /// Cuts everything.
    pub(super) fn close(&self) {
        self.lock().clear();
    }
}
