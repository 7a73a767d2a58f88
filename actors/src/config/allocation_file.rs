//! The pools of `spark.scheduler.allocation.file`, in Spark's XML:
//!
//! ```xml
//! <allocations>
//!   <pool name="reports"><schedulingMode>FAIR</schedulingMode><weight>2</weight><minShare>4</minShare></pool>
//! </allocations>
//! ```
//!
//! What is wrong with one value costs that value: the default holds, and a warning says so. A file that cannot be
//! read or is no XML is an error.

use std::path::Path;

use roxmltree::{Document, Node};

use super::{
    ConfigError, PoolAllocation, SchedulingMode,
    kind::{Count, Kind, Number},
    pools::Mode,
};

/// The pools of a file, in its order. Of two with one name the later counts.
pub(super) fn read(path: &Path) -> Result<Vec<PoolAllocation>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::AllocationFileNotRead {
        path: path.to_owned(),
        kind: error.kind(),
        reason: error.to_string(),
    })?;
    parse(path, &text)
}

/// The pools of a file's text.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<PoolAllocation>, ConfigError> {
    let document = Document::parse(text).map_err(|error| ConfigError::AllocationFileNotParsed {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let file = File { path };
    let mut pools: Vec<PoolAllocation> = Vec::new();
    for node in document.descendants().filter(|node| node.has_tag_name("pool")) {
        let Some(pool) = file.pool(node) else { continue };
        if pools.iter().any(|known| known.name == pool.name) {
            tracing::warn!("{}: pool {} is there twice, the later counts", path.display(), pool.name);
            pools.retain(|known| known.name != pool.name);
        }
        pools.push(pool);
    }
    Ok(pools)
}

struct File<'a> {
    path: &'a Path,
}

impl File<'_> {
    fn pool(&self, node: Node<'_, '_>) -> Option<PoolAllocation> {
        let Some(name) = node.attribute("name").map(str::trim).filter(|name| !name.is_empty()) else {
            tracing::warn!("{}: a pool without a name is left out", self.path.display());
            return None;
        };
        Some(PoolAllocation {
            name: name.into(),
            mode: self.value::<Mode>(node, name, "schedulingMode", SchedulingMode::Fifo),
            min_share: self.value::<Number>(node, name, "minShare", 0),
            weight: self.value::<Count>(node, name, "weight", 1),
        })
    }

    /// The value of an element within a pool; the default if it is missing, and with a warning if it is bad.
    fn value<K: Kind>(&self, pool: Node<'_, '_>, name: &str, element: &str, default: K::Value) -> K::Value {
        let Some(node) = pool.children().find(|node| node.has_tag_name(element)) else { return default };
        let text = node.text().unwrap_or_default().trim();
        K::read(text).filter(K::accepts).unwrap_or_else(|| {
            tracing::warn!(
                "{}: {element} of pool {name} cannot be \"{text}\": it takes {}; the default {} holds",
                self.path.display(),
                K::allowed(),
                K::show(&default).unwrap_or_default(),
            );
            default
        })
    }
}
