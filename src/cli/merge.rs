//! `merge`: the parts of a sweep joined into what the whole sweep would have left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::options::{Common, Merge};
use super::output::Output;
use super::subject::load_each;
use super::sweep::{Request, sweep_subjects};
use crate::backtest::metrics;
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::results::folder::bring_back_replaced;

/// A finished part.
struct Part {
    folder: PathBuf,
    manifest: String,
    asked: serde_json::Value,
}

impl Part {
    fn read(folder: &Path) -> Result<Self> {
        bring_back_replaced(folder);
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
        let asked = text("shard.json").and_then(|text| serde_json::from_str(&text).ok());
        match (text("manifest.json"), asked) {
            (Some(manifest), Some(asked)) => Ok(Self { folder: folder.to_owned(), manifest, asked }),
            _ => Err(Diagnostic::new(format!("`{}` is no part of a sweep", folder.display()))
                .hint("`catchup sweep … --shard 1/4` leaves one")
                .into()),
        }
    }

    fn number(&self, key: &str) -> u64 {
        self.asked[key].as_u64().unwrap_or_default()
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.asked[key].as_str()
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let texts = self.asked[key].as_array().into_iter().flatten();
        texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    }
}

/// `catchup merge`
pub(super) fn merge(common: &Common, output: &Output, arguments: &Merge) -> Result<()> {
    let parts = arguments.runs.iter().map(|folder| Part::read(folder)).collect::<Result<Vec<_>>>()?;
    let parts = in_order(parts)?;
    let first = &parts[0];
    let sets = first.texts("set");
    let date = |key: &str| first.text(key).and_then(|text| text.parse::<Date>().ok());
    let strategies =
        [vec![first.text("strategy").unwrap_or_default().to_owned()], first.texts("beside")].concat();
    let subjects = load_each(common, output, (&strategies, &sets), (date("from"), date("to")))?;
    let request = Request {
        capital: first.asked["capital"].as_f64().unwrap_or(1.0),
        curves: usize::try_from(first.number("curves")).unwrap_or(0),
        min_trades: u32::try_from(first.number("min_trades")).unwrap_or(1),
        subset: Request::subset(first.asked["sample"].as_u64(), first.asked["sobol"].as_u64()),
        report: !arguments.no_report,
        out: common.out.clone(),
        parts: parts.iter().map(|part| part.folder.clone()).collect(),
        joined: Some(first.manifest.clone()),
        ..Request::new(metrics::named(first.text("rank").unwrap_or_default())?)
    };
    let seed = first.number("seed");
    sweep_subjects(&Common { seed, ..common.clone() }, output, &subjects, &request).map(drop)
}

/// The parts from the first to the last, if they are those of one sweep, each once.
fn in_order(parts: Vec<Part>) -> Result<Vec<Part>> {
    let of = parts[0].number("of");
    let mut by_number: BTreeMap<u64, Part> = BTreeMap::new();
    let manifest = parts[0].manifest.clone();
    let named = parts[0].folder.display().to_string();
    for part in parts {
        let (number, folder) = (part.number("part"), part.folder.display().to_string());
        if part.manifest != manifest || part.number("of") != of {
            return Err(Diagnostic::new("the parts are not those of one sweep")
                .detail(format!(
                    "`{folder}` differs from `{named}` in strategy, data, options or number of parts"
                ))
                .hint("work all parts with the same strategy, data and options")
                .into());
        }
        if let Some(other) = by_number.insert(number, part) {
            return Err(Diagnostic::new(format!("part {number} is there twice"))
                .detail(format!("`{}` and `{folder}`", other.folder.display()))
                .hint("name each part once")
                .into());
        }
    }
    let missing: Vec<String> =
        (1..=of).filter(|number| !by_number.contains_key(number)).map(|number| number.to_string()).collect();
    if !missing.is_empty() {
        return Err(Diagnostic::new(format!("parts are missing: {} of {of}", missing.join(", ")))
            .hint(format!("work them first: `catchup sweep … --shard {}/{of}`", missing[0]))
            .into());
    }
    Ok(by_number.into_values().collect())
}
