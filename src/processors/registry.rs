//! Which processors this installation has, by the id of their row.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Processor;

/// The processors at hand. Shared by reference; a processor added later is seen by everyone.
#[derive(Default)]
pub struct Registry(RwLock<BTreeMap<String, Arc<dyn Processor>>>);

impl Registry {
    /// No processors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a processor under the id of its row, in place of one that had it.
    pub fn insert(&self, id: impl Into<String>, processor: Arc<dyn Processor>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id.into(), processor);
    }

    /// The processor with this id.
    pub fn get(&self, id: &str) -> Option<Arc<dyn Processor>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Every id, in order.
    pub fn ids(&self) -> Vec<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Whether any processor moves real money; what only makes sense in tests is refused then.
    pub fn has_live(&self) -> bool {
        let live = |processor: &Arc<dyn Processor>| processor.kind() != "simulator";
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().any(live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processors::simulator::{Settings, Simulator};

    #[test]
    fn a_processor_is_found_by_the_id_it_was_added_under() {
        let registry = Registry::new();
        assert!(registry.get("p1").is_none());
        for id in ["p2", "p1", "p1"] {
            let simulator = Simulator::open(None, Settings::default()).expect("a book in memory opens");
            registry.insert(id, Arc::new(simulator));
        }
        assert_eq!(registry.ids(), ["p1", "p2"]);
        assert_eq!(registry.get("p2").map(|processor| processor.kind()), Some("simulator"));
        assert!(!registry.has_live(), "the simulator moves no real money");
    }
}
