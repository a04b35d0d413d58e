//! What are prices adjusted for, in a file too short to tell? As those of the stored series that it agrees with.

use super::catalogue::Entry;
use super::check;
use super::import::{self, Imported};
use super::update::{self, Outcome};
use super::{Incoming, Store};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::num::counted;
use crate::market::series::{Field, Series};

impl Store {
    /// A few newer rows do not show what their prices are adjusted for. Where the store has just one series of that
    /// symbol, vendor and bar length that agrees with them on every bar in common, and has at least one, they are
    /// rows of it. Where there are others that do not agree, a warning names them.
    ///
    /// # Errors
    /// Where a series of the store cannot be loaded.
    pub fn adjusted_as_stored(&self, imported: Vec<Imported>) -> Result<Vec<Imported>> {
        imported.into_iter().map(|one| self.adjusted_alike(one)).collect()
    }

    fn adjusted_alike(&self, mut imported: Imported) -> Result<Imported> {
        let incoming = Incoming { series: &imported.series, bar: &imported.bar, origin: None };
        let provenance = imported.series.provenance();
        let name = incoming.long_name();
        let is_stored = |entry: &Entry| entry.symbol == provenance.symbol && entry.long_name() == name;
        if provenance.adjustment != "unknown" || self.entries().iter().any(is_stored) {
            return Ok(imported);
        }
        let is_like = |entry: &&Entry| {
            entry.symbol == provenance.symbol
                && entry.vendor == provenance.vendor
                && entry.bar == imported.bar
                && entry.rows > imported.series.len()
        };
        let like: Vec<&Entry> = self.entries().iter().filter(is_like).collect();
        let mut agreeing = Vec::new();
        for &entry in &like {
            if let Some(shared) = in_common(&self.load_columns(entry, &Field::ALL)?, &imported.series) {
                agreeing.push((entry, shared));
            }
        }
        match agreeing[..] {
            [(entry, shared)] => imported.adjusted_as(entry, shared),
            _ => {
                imported.report.warnings.extend(like.first().map(|entry| beside(entry, &agreeing)));
                Ok(imported)
            }
        }
    }
}

/// How many bars two series have in common, if they have any and agree on all of them.
fn in_common(old: &Series, new: &Series) -> Option<usize> {
    match update::merge(old, new) {
        Outcome::Same => Some(new.len()),
        Outcome::Extended { shared, .. } if shared > 0 => Some(shared),
        Outcome::Extended { .. } | Outcome::Clash(_) => None,
    }
}

/// Why rows of a series that is there go beside it.
fn beside(entry: &Entry, agreeing: &[(&Entry, usize)]) -> Diagnostic {
    let why = if agreeing.is_empty() { "do not agree with" } else { "agree with more than" };
    Diagnostic::new(format!("these bars {why} {}, so they are a series of their own", entry.long_name()))
        .hint(format!(
            "to add them there, `catchup data remove` the new one and import again with `--adjustment {}`",
            entry.adjustment
        ))
}

impl Imported {
    /// The same rows, adjusted for what `entry` is.
    fn adjusted_as(mut self, entry: &Entry, shared: usize) -> Result<Self> {
        let doubt = check::unknown_adjustment(&self.series).map(|finding| finding.diagnostic());
        self.report.warnings.retain(|warning| Some(warning) != doubt.as_ref());
        let session = self.series.session();
        let [unknown, known] =
            ["unknown", &entry.adjustment].map(|word| import::adjusted_in_words(word, session));
        self.report.explanation = self.report.explanation.replace(unknown, known);
        let bars = counted(shared, "bar");
        self.report.facts.push(format!(
            "too short to tell what its prices are adjusted for: taken as those of {}, with which {bars} in common agree",
            entry.long_name()
        ));
        self.series = update::adjusted(&self.series, &entry.adjustment)?;
        Ok(self)
    }
}
