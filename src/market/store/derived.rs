//! Series that are made from others of the store: what they came from is written beside them.

use super::catalogue::Entry;
use super::{Incoming, Past, Store, Stored};
use crate::base::diagnostic::{Diagnostic, Result};

/// A series that was made from another one and stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// What became of it in the store.
    pub stored: Stored,
    /// What should be known of it.
    pub facts: Vec<String>,
}

impl Derived {
    pub(super) fn each(stored: Vec<Stored>, facts: &[String]) -> Vec<Self> {
        stored.into_iter().map(|stored| Self { stored, facts: facts.to_vec() }).collect()
    }
}

impl Entry {
    /// The series and its version: `BTCUSDT@binance/4h/none (bars 0123456789ab)`.
    pub(super) fn identity(&self) -> String {
        match self.bars.get(..12) {
            Some(bars) => format!("{} (bars {bars})", self.long_name()),
            None => self.long_name(),
        }
    }
}

impl Store {
    /// Stores series that were made from others. One that was made before is made anew; an imported one of the same
    /// name stays unless `replace`.
    pub(super) fn put_derived(&mut self, incoming: &[Incoming<'_>], replace: bool) -> Result<Vec<Stored>> {
        let imported = |item: &&Incoming<'_>| {
            let name = item.long_name();
            self.entries().iter().any(|entry| entry.long_name() == name && entry.origin.is_none())
        };
        if let Some(item) = incoming.iter().find(imported).filter(|_| !replace) {
            return Err(Diagnostic::new(format!("the store has an imported {} already", item.long_name()))
                .hint("keep that one, or put the new one in its place with `--replace`; the old version is kept")
                .into());
        }
        self.put(incoming, Past::Replaced)
    }
}
