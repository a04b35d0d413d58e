//! `shard.json`: which shard of a sweep a folder holds, and what was asked for.

use serde::{Deserialize, Deserializer, Serialize};

use super::recorded::check_capital;
use crate::backtest::metrics;
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Result};

/// The file's name.
pub const SHARD: &str = "shard.json";

/// Bytes of the file at most.
pub const MOST_BYTES: u64 = 4 << 20;

/// What a shard's folder says of itself. Every key must be there, and no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardRecord {
    /// Which shard, from 1.
    pub part: u64,
    /// Of how many.
    pub of: u64,
    /// The strategies as they were named.
    pub strategies: Vec<String>,
    /// What was set, as in `lag=30%`.
    pub set: Vec<String>,
    /// Equity before the first bar.
    pub capital: f64,
    /// The metric that ranks.
    pub rank: String,
    /// Best combinations whose equity curves are written.
    pub curves: usize,
    /// Closed trades that the best combination of the landscape has at least.
    pub min_trades: u32,
    /// Combinations chosen at random.
    #[serde(deserialize_with = "stated")]
    pub sample: Option<u64>,
    /// Combinations of a Sobol sequence.
    #[serde(deserialize_with = "stated")]
    pub sobol: Option<u64>,
    /// Seed of every random stream.
    pub seed: u64,
    /// The first date that counts.
    #[serde(deserialize_with = "stated")]
    pub from: Option<String>,
    /// The last.
    #[serde(deserialize_with = "stated")]
    pub to: Option<String>,
}

/// A value that may be `null`, but not left out.
fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> std::result::Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

impl ShardRecord {
    /// Reads the text of the file; `path` is its name for messages.
    ///
    /// # Errors
    /// Where a key is missing, unknown or there twice, or a value is out of its range.
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let wrong = |what: String| {
            Diagnostic::new(format!("`{path}` is not the `{SHARD}` of a shard: {what}"))
                .hint("run this shard again: `catchup sweep … --shard I/N`")
        };
        let record: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        record.fault().map_or(Ok(record), |fault| Err(wrong(fault).into()))
    }

    /// The first value that is out of its range.
    fn fault(&self) -> Option<String> {
        let Self { part, of, sample, sobol, .. } = self;
        if *part < 1 || part > of {
            return Some(format!("`part` is {part}, and `of` is {of}"));
        }
        if self.strategies.is_empty() {
            return Some("`strategies` names none".to_owned());
        }
        if sample.is_some() && sobol.is_some() {
            return Some("`sample` and `sobol` exclude each other".to_owned());
        }
        if sample.or(*sobol) == Some(0) {
            return Some("it asks for 0 combinations".to_owned());
        }
        if metrics::find(&self.rank).is_none() {
            return Some(format!("there is no metric `{}`", self.rank));
        }
        let mut dates = [&self.from, &self.to].into_iter().flatten();
        if let Some(date) = dates.find(|date| date.parse::<Date>().is_err()) {
            return Some(format!("`{date}` is not a date"));
        }
        check_capital(self.capital).err()
    }

    /// The first and last date that count.
    pub fn window(&self) -> (Option<Date>, Option<Date>) {
        let date = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        (date(&self.from), date(&self.to))
    }

    /// The text of the file.
    ///
    /// # Errors
    /// Where the capital is not a finite number, which would be a bug.
    pub fn to_text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Diagnostic::new(format!("`{SHARD}` cannot be written: {error}")))?;
        Ok(text + "\n")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn record() -> ShardRecord {
        ShardRecord {
            part: 2,
            of: 3,
            strategies: vec!["idea.toml".into()],
            set: vec!["lag=30%".into()],
            capital: 0.1 + 0.2,
            rank: "sharpe".into(),
            curves: 10,
            min_trades: 1,
            sample: None,
            sobol: Some(100),
            seed: u64::MAX,
            from: Some("2020-01-31".into()),
            to: None,
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = record().to_text().unwrap();
        assert_eq!(ShardRecord::parse("a", &text).unwrap(), record());
    }

    #[test]
    fn every_key_is_needed_once_and_in_its_range() {
        let text = record().to_text().unwrap();
        let refused = |from: &str, to: &str| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            ShardRecord::parse("a/shard.json", &changed).unwrap_err().to_string()
        };
        for line in text.lines().filter(|line| line.contains(':')) {
            let key = line.trim().split('"').nth(1).unwrap();
            let told = refused(&format!("\"{key}\""), "\"another\"");
            assert!(told.contains("unknown field `another`"), "{told}");
        }
        assert!(refused("  \"seed\": 18446744073709551615,\n", "").contains("missing field `seed`"));
        assert!(refused("  \"sample\": null,\n", "").contains("missing field `sample`"));
        assert!(refused("\"part\": 2", "\"part\": 2, \"part\": 2").contains("duplicate field"));
        for (from, to) in [
            ("\"part\": 2", "\"part\": 0"),
            ("\"part\": 2", "\"part\": 4"),
            ("\"part\": 2", "\"part\": -1"),
            ("\"part\": 2", "\"part\": 1.5"),
            ("\"of\": 3", "\"of\": 18446744073709551616"),
            ("\"idea.toml\"", ""),
            ("\"sample\": null", "\"sample\": 5"),
            ("\"sobol\": 100", "\"sobol\": 0"),
            ("\"sharpe\"", "\"sharp\""),
            ("0.30000000000000004", "-1"),
            ("0.30000000000000004", "1e16"),
            ("0.30000000000000004", "1e999"),
            ("2020-01-31", "2020-02-31"),
        ] {
            assert!(refused(from, to).contains("is not the `shard.json` of a shard"), "{to}");
        }
    }
}
