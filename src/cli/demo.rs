//! `catchup demo`: the whole tour on embedded data.

use std::path::PathBuf;

use super::options::Common;
use super::output::Output;
use super::subject::{Subject, open_store_or, read_strategy};
use super::sweep::{Request, sweep_subjects};
use crate::backtest::metrics;
use crate::base::diagnostic::Result;
use crate::market::sample;
use crate::market::store::read_bytes;
use crate::report::content::Kind;
use crate::report::format;
use crate::strategy::binding::History;

/// The demo's own store, so that simulated days never come near real ones.
const STORE: &str = "data/demo-store";
const OUT: &str = "results/demo";
const STRATEGY: &str = "bitcoin-lags-russell";

pub(super) fn demo(common: &Common, output: &Output) -> Result<()> {
    let mut store = open_store_or(common, STORE)?;
    let mut imported = Vec::new();
    for file in sample::files() {
        imported.push(read_bytes(file.text.as_bytes(), &file.request())?);
    }
    store.import_in_place(&imported)?;
    output.item("import: ", &format!("{} embedded series into {}", imported.len(), store.dir().display()));
    output.item("        ", "their days between public month-end closes are SIMULATED");
    for series in imported.iter().map(|imported| &imported.series) {
        let (first, last) = (series.label(0), series.label(series.len() - 1));
        let rows = format::count(series.len());
        let name = format!("        {:8} {rows:>6} ", series.provenance().symbol);
        output.item(&name, &format!("bars, {first} to {last}"));
    }
    let history = History::new(store);
    let (mut strategy, folder) = read_strategy(STRATEGY, &history)?;
    strategy.window.from = common.from.or(strategy.window.from);
    strategy.window.to = common.to.or(strategy.window.to);
    let (casts, sample_taken) = history.bind_all(&strategy, &folder)?;
    let rule = format!(
        "{} when {}",
        strategy.describe_trade(|market| strategy.markets[market].name.clone()),
        strategy.entry.text
    );
    output.item("rule:   ", &rule);
    let metric = metrics::named(metrics::DEFAULT_RANK)?;
    let out = common.out.clone().unwrap_or_else(|| PathBuf::from(OUT));
    let request = Request { shown: Kind::Demo, out: Some(out), ..Request::new(metric) };
    sweep_subjects(common, output, &[Subject::new(strategy, casts, sample_taken)], &request)?;
    output.note(
        "open it in a browser. Then: your own files with `catchup data import FILE`, and your own rule with \
         `catchup run \"long BTC when the Russell hits a high\"`.",
    );
    Ok(())
}
