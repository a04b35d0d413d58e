//! What a series was before: old versions stay loadable by their hash until they are pruned.

use super::catalogue::Entry;
use super::{Store, bars_file};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::series::{Field, Series};

/// The fewest digits of a hash that name a version.
const FEWEST_DIGITS: usize = 8;

impl Store {
    /// The versions of the series called `name`, oldest first; the last is the one that stands now.
    ///
    /// # Errors
    /// As [`Store::find`].
    pub fn versions(&self, name: &str) -> Result<Vec<&Entry>> {
        Ok(self.find(name)?.with_versions().collect())
    }

    /// The version of the series called `name` with this hash: that of the imported file, as a run's manifest has it,
    /// or that of its bars; at least the first eight digits.
    ///
    /// # Errors
    /// As [`Store::find`], where no version has the hash, where several have it, and as [`Store::load`].
    pub fn load_version(&self, name: &str, hash: &str) -> Result<Series> {
        let versions = self.versions(name)?;
        let has = |known: &str| hash.len() >= FEWEST_DIGITS && known.starts_with(&hash.to_lowercase());
        let mut fitting: Vec<&Entry> =
            versions.iter().copied().filter(|version| has(&version.hash) || has(&version.bars)).collect();
        fitting.dedup_by(|a, b| a.bars == b.bars && a.session == b.session);
        match fitting.as_slice() {
            [one] => bars_file::load(self.dir(), one, &Field::ALL),
            [] => Err(list(Diagnostic::new(format!("{name} has no version `{hash}`")), &versions)
                .hint("versions that were pruned come back when their file is imported again")
                .into()),
            several => {
                let message = Diagnostic::new(format!("`{hash}` may be one of {} versions", several.len()));
                Err(list(message, several).hint("name it by the hash of its bars").into())
            }
        }
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

fn list(message: Diagnostic, versions: &[&Entry]) -> Diagnostic {
    versions.iter().fold(message, |message, version| {
        message.detail(format!(
            "{}: {} rows, {} to {}, of {}",
            version.bars.get(..12).unwrap_or("(no hash kept)"),
            version.rows,
            version.first,
            version.last,
            version.file
        ))
    })
}
