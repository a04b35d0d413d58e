//! `[study]`: what a study looks at besides returns.

use ::toml::de::DeTable;

use super::super::compile::StudyPieces;
use super::super::words::period;
use super::Reader;
use crate::strategy::rule::{Names, Stop};

const HINT: &str = "write both: beside = \"btc hits a high\" and within = \"30 days\"";

impl Reader {
    /// The pieces of `[study]`; nothing where there is no such table.
    pub(super) fn study(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) -> StudyPieces {
        let mut pieces = StudyPieces::default();
        let entries = self.table(root, "study", &["beside", "within", "measure"]).unwrap_or_default();
        let said = |wanted: &str| entries.iter().find(|(key, ..)| *key == wanted);
        if said("beside").is_some() != said("within").is_some() {
            let (key, span, _) = said("beside").or(said("within")).unwrap_or(&entries[0]);
            let other = if *key == "beside" { "within" } else { "beside" };
            let error = self.error(format!("[study] has `{key}` without `{other}`"), span.clone(), "alone");
            self.errors.push(error.hint(HINT));
        }
        for (key, _, value) in entries {
            let mut bars = false;
            let piece = self.piece(value, names, |parser| match key {
                "within" => {
                    let setting = parser.setting()?;
                    bars = period(parser) == Some(true);
                    Ok(setting)
                }
                _ => parser.rule(Stop::End),
            });
            if bars {
                let error = self.error("`within` counts calendar days", value.span(), "bars");
                self.errors.push(error.hint("write days, as in within = \"30 days\""));
            }
            match key {
                "beside" => pieces.beside = piece,
                "within" => pieces.within = piece,
                _ => pieces.measure = piece,
            }
        }
        pieces
    }
}
