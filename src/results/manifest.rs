//! What went into a run: enough to do it again and to see whether the result is the same.

mod choices;
mod seal;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::backtest::single::Setup;
use crate::backtest::sweep::Subset;
use crate::market::series::{Panel, Series};
use crate::strategy::file::Strategy;
use crate::strategy::rule::{EventsSource, Parameter};

pub use choices::{AloneFacts, BesideFacts, SymbolsFacts, chosen};
pub(super) use seal::sealed;
pub use seal::{MOST_BYTES, check_seal};

/// Version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What kind of work a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One combination.
    Run,
    /// Every combination.
    Sweep,
    /// What happened after the signals.
    Study,
}

impl Kind {
    /// The word used in folder names and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Sweep => "sweep",
            Self::Study => "study",
        }
    }
}

/// Which days a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Days {
    /// Those of the store, or of files that the strategy names.
    Stored,
    /// Those of the embedded sample, because the store has none of the markets.
    Sample,
    /// Those of the demo.
    Demo,
}

impl Days {
    /// Those of the sample where it was taken, else those of the store.
    pub fn of(sample_taken: bool) -> Self {
        if sample_taken { Self::Sample } else { Self::Stored }
    }
}

/// What went into a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// Version of the program.
    pub version: &'static str,
    /// What was asked for, without what does not change a result.
    pub command: String,
    /// The strategy.
    pub strategy: StrategyText,
    /// Its parameters.
    pub parameters: Vec<ParameterValues>,
    /// How a sweep ranks and what it keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranking: Option<RankingFacts>,
    /// Seed of every random stream.
    pub seed: u64,
    /// Equity before the first bar.
    pub capital: f64,
    /// Which part of history was asked for.
    pub asked: Asked,
    /// Which bars counted.
    pub window: WindowFacts,
    /// Which days the run is about.
    pub days: Days,
    /// Every series that was read; of a list of symbols its default.
    pub series: Vec<SeriesFacts>,
    /// Every symbol that a list of them has, also those put aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<SymbolsFacts>,
    /// The days that each choice of symbols and strategy would have alone; `window` is what all have in common.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alone: Vec<AloneFacts>,
    /// Further strategies of a sweep.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<BesideFacts>,
    /// Every file of dated events that was read.
    pub events: Vec<EventsFacts>,
    /// Whether any day of the data is simulated.
    pub simulated: bool,
    /// What the sentence left out and was assumed.
    pub assumed: Vec<String>,
}

/// How a sweep ranks and what it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RankingFacts {
    /// The metric that ranks.
    pub metric: &'static str,
    /// Best combinations whose equity curves were asked for, beside the default's.
    pub curves: usize,
    /// Closed trades that the best combination of the landscape has at least.
    pub min_trades: u32,
    /// The part of the grid that is worked, where it is not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<SubsetFacts>,
}

/// A part of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SubsetFacts {
    /// `random` or `sobol`.
    pub kind: &'static str,
    /// How many combinations were asked for.
    pub count: u64,
}

impl SubsetFacts {
    /// Describes a subset; `None` for all.
    pub fn new(subset: Subset) -> Option<Self> {
        match subset {
            Subset::All => None,
            Subset::Random(count) => Some(Self { kind: "random", count }),
            Subset::Sobol(count) => Some(Self { kind: "sobol", count }),
        }
    }

    /// The option that asks for it.
    fn option(self) -> String {
        let option = if self.kind == "random" { "--sample" } else { "--sobol" };
        format!(" {option} {}", self.count)
    }
}

/// What a strategy's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A strategy file.
    Toml,
    /// One sentence.
    Sentence,
}

/// The part of history that was asked for; `None` where the data's own beginning or end counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The first label, included.
    pub from: Option<String>,
    /// The last label, included.
    pub to: Option<String>,
}

impl Asked {
    /// What a strategy and the options beside it ask for.
    pub(super) fn new(strategy: &Strategy) -> Self {
        let (from, to) = (strategy.window.from, strategy.window.to);
        Self { from: from.map(|date| date.to_string()), to: to.map(|date| date.to_string()) }
    }
}

/// A file of dated events that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsFacts {
    /// The name in function form.
    pub name: String,
    /// The path from the strategy's folder or, of a word's own file, from the working folder; none of a file that
    /// comes with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether the word itself led to the file.
    pub by_word: bool,
    /// BLAKE3 of the file's text, in hexadecimal.
    pub hash: String,
}

impl EventsFacts {
    /// Every file of events on the panel, in the order of the strategy's graph.
    fn all(strategy: &Strategy, panel: &Panel) -> Vec<Self> {
        let named = strategy.graph.events().iter().zip(panel.events());
        named
            .map(|(named, read)| Self {
                name: named.name.clone(),
                path: match &named.source {
                    EventsSource::Bundled(_) => None,
                    EventsSource::File(path) | EventsSource::Own(path) => Some(path.clone()),
                },
                by_word: matches!(named.source, EventsSource::Own(_)),
                hash: read.hash().to_owned(),
            })
            .collect()
    }
}

/// The strategy's text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StrategyText {
    /// Short name.
    pub name: String,
    /// The text as written.
    pub text: String,
    /// What the text is.
    pub form: Form,
    /// BLAKE3 of the text, in hexadecimal.
    pub hash: String,
    /// The entry rule in function form.
    pub entry: String,
    /// Exit and costs in words.
    pub orders: String,
}

impl StrategyText {
    /// The strategy's text with what it means.
    pub(super) fn new(strategy: &Strategy) -> Self {
        Self {
            name: strategy.name.clone(),
            text: strategy.text.clone(),
            // Only a sentence is its own title.
            form: if strategy.title == strategy.text.trim() { Form::Sentence } else { Form::Toml },
            hash: blake3::hash(strategy.text.as_bytes()).to_hex().to_string(),
            entry: strategy.entry.functional.clone(),
            orders: strategy.describe_orders(),
        }
    }
}

/// A parameter's values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterValues {
    /// Its name.
    pub name: String,
    /// The value of a single run, as written.
    pub default: String,
    /// The values of a sweep, as written.
    pub values: Vec<String>,
    /// Values that were declared and not used: they still decide where the window begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<String>,
}

impl ParameterValues {
    /// Describes a parameter.
    pub(super) fn new(parameter: &Parameter) -> Self {
        let mut set_aside: Vec<String> = Vec::new();
        for value in &parameter.declared {
            let known = *value == parameter.default || parameter.values.contains(value);
            if !known && !set_aside.iter().any(|text| text == value.text()) {
                set_aside.push(value.text().to_owned());
            }
        }
        Self {
            name: parameter.name.clone(),
            default: parameter.default.text().to_owned(),
            values: parameter.values.iter().map(|value| value.text().to_owned()).collect(),
            set_aside,
        }
    }
}

/// Which bars counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowFacts {
    /// Label of the first bar.
    pub from: String,
    /// Label of the last bar.
    pub to: String,
    /// When the first bar opened, RFC 3339.
    pub opens_at: String,
    /// When the last bar was known, RFC 3339.
    pub known_at: String,
    /// Bars of the clock.
    pub bars: usize,
    /// Years of 365.25 days.
    pub years: f64,
    /// Bars per year.
    pub periods_per_year: f64,
    /// Calendar days without a signal after which a new episode begins.
    pub episode_gap_days: i64,
}

/// A series that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesFacts {
    /// The name in the rule.
    pub market: String,
    /// What that word stood for: a name in the store, a symbol of the sample, or the path of a file.
    pub target: String,
    /// Symbol.
    pub symbol: String,
    /// Vendor.
    pub vendor: String,
    /// The bar length where it is not a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bar: Option<String>,
    /// Base name of the source file.
    pub file: String,
    /// BLAKE3 of that file, in hexadecimal.
    pub hash: String,
    /// BLAKE3 of the bars as they were read, see [`content`].
    pub content: String,
    /// Session kind.
    pub session: String,
    /// What is known of splits and dividends.
    pub adjustment: String,
    /// Label of the first bar.
    pub first: String,
    /// Label of the last bar.
    pub last: String,
    /// Number of bars.
    pub rows: usize,
    /// Whether its days are simulated.
    pub simulated: bool,
}

impl SeriesFacts {
    /// Every series of a panel, in the order of the strategy's markets.
    fn all(strategy: &Strategy, panel: &Panel) -> Vec<Self> {
        let named = strategy.markets.par_iter().zip(panel.members());
        named.map(|(market, series)| Self::new(&market.name, &market.target, series)).collect()
    }

    /// Describes a series under its name in the rule.
    pub fn new(market: &str, target: &str, series: &Series) -> Self {
        let provenance = series.provenance();
        Self {
            market: market.to_owned(),
            target: target.to_owned(),
            symbol: provenance.symbol.clone(),
            vendor: provenance.vendor.clone(),
            bar: provenance.bar.clone(),
            file: provenance.file.clone(),
            hash: provenance.hash.clone(),
            content: content(series),
            session: series.session().name().to_owned(),
            adjustment: provenance.adjustment.clone(),
            first: series.label(0).to_string(),
            last: series.label(series.len() - 1).to_string(),
            rows: series.len(),
            simulated: provenance.simulated,
        }
    }
}

/// BLAKE3 of a series as a rule sees it, in hexadecimal: the session's name, the age above which a row is stale, and
/// every column from labels to volumes, numbers as eight little-endian bytes each behind their count. Two readings of
/// one file with other sessions or time zones differ in it.
pub fn content(series: &Series) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(series.session().name().as_bytes());
    hasher.update(&series.stale_after_days().to_le_bytes());
    let rows = series.rows();
    for times in [rows.labels, rows.opens_at, rows.known_at] {
        column(&mut hasher, times, i64::to_le_bytes);
    }
    for values in [rows.open, rows.high, rows.low, rows.close, rows.volume] {
        column(&mut hasher, values, f64::to_le_bytes);
    }
    hasher.finalize().to_hex().to_string()
}

/// Hashes a column, some values at a time.
fn column<T: Copy>(hasher: &mut blake3::Hasher, values: &[T], bytes: fn(T) -> [u8; 8]) {
    hasher.update(&(values.len() as u64).to_le_bytes());
    let mut some = [[0; 8]; 1024];
    for values in values.chunks(some.len()) {
        let some = &mut some[..values.len()];
        some.iter_mut().zip(values).for_each(|(place, value)| *place = bytes(*value));
        hasher.update(some.as_flattened());
    }
}

/// The command that asks for this run. A sweep's ranges stand under `parameters`.
fn command(kind: Kind, strategy: &Strategy, ranking: Option<RankingFacts>) -> String {
    let mut command = format!("catchup {} {}", kind.name(), strategy.name);
    if kind != Kind::Sweep {
        for parameter in &strategy.parameters {
            command += &format!(" --set \"{}={}\"", parameter.name, parameter.default.text());
        }
    }
    for (option, date) in [("--from", strategy.window.from), ("--to", strategy.window.to)] {
        command += &date.map(|date| format!(" {option} {date}")).unwrap_or_default();
    }
    if let Some(ranking) = ranking {
        command += &format!(" --rank {} --curves {}", ranking.metric, ranking.curves);
        if ranking.min_trades != 1 {
            command += &format!(" --min-trades {}", ranking.min_trades);
        }
        command += &ranking.subset.map(SubsetFacts::option).unwrap_or_default();
    }
    command
}

impl Manifest {
    /// Describes a run that is about to be made.
    pub fn new(kind: Kind, setup: &Setup<'_>, days: Days, ranking: Option<RankingFacts>, seed: u64) -> Self {
        let (strategy, panel) = (setup.strategy, setup.panel);
        let window = &setup.window;
        Self {
            version: VERSION,
            command: command(kind, strategy, ranking),
            strategy: StrategyText::new(strategy),
            parameters: strategy.parameters.iter().map(ParameterValues::new).collect(),
            ranking,
            seed,
            capital: setup.capital,
            asked: Asked::new(strategy),
            window: WindowFacts {
                from: panel.label(window.start).to_string(),
                to: panel.label(window.end - 1).to_string(),
                opens_at: panel.clock_series().opens_at(window.start).to_string(),
                known_at: panel.decision(window.end - 1).to_string(),
                bars: window.len(),
                years: setup.years(),
                periods_per_year: setup.periods_per_year(),
                episode_gap_days: strategy.window.gap_days,
            },
            simulated: panel.is_simulated(),
            days,
            series: SeriesFacts::all(strategy, panel),
            symbols: Vec::new(),
            alone: Vec::new(),
            beside: Vec::new(),
            events: EventsFacts::all(strategy, panel),
            assumed: strategy.assumed.clone(),
        }
    }

    /// The manifest as JSON, its own hash last.
    ///
    /// # Errors
    /// Where a number is not finite, which would be a bug.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        self.unsealed().map(|json| sealed(&json))
    }

    fn unsealed(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// Eight hexadecimal digits that tell runs with other inputs apart.
    pub fn short_hash(&self) -> String {
        let text = self.unsealed().unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex()[..8].to_owned()
    }
}
