//! Old versions of a series, which stay in the store until they are pruned.

use super::Store;
use super::catalogue::Entry;
use crate::base::diagnostic::Result;

impl Store {
    /// The versions of the series called `name`, oldest first; the last is the one that stands now.
    ///
    /// # Errors
    /// As [`Store::find`].
    pub fn versions(&self, name: &str) -> Result<Vec<&Entry>> {
        Ok(self.find(name)?.with_versions().collect())
    }

    /// Forgets the old versions of the series called `names`, of all without a name, and deletes their bars. Gives the
    /// versions that are gone.
    ///
    /// # Errors
    /// As [`Store::find`], and where the folder cannot be written.
    pub fn prune(&mut self, names: &[String]) -> Result<Vec<Entry>> {
        let long_names: Vec<String> = if names.is_empty() {
            self.entries().iter().map(Entry::long_name).collect()
        } else {
            names.iter().map(|name| self.find(name).map(Entry::long_name)).collect::<Result<_>>()?
        };
        if long_names.is_empty() {
            return Ok(Vec::new());
        }
        self.update(|_, catalogue| {
            Ok(long_names.iter().flat_map(|name| catalogue.forget_versions(name)).collect())
        })
    }
}
