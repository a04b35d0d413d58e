//! What went into a run: enough to do it again and to see whether the result is the same.

use serde::Serialize;

use crate::backtest::single::Setup;
use crate::backtest::sweep::Subset;
use crate::market::series::Series;
use crate::strategy::file::Strategy;
use crate::strategy::rule::Value;

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
    /// Which bars counted.
    pub window: WindowFacts,
    /// Every series that was read.
    pub series: Vec<SeriesFacts>,
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
    /// Best combinations whose equity curves are written, beside the default's.
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

/// The strategy's text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StrategyText {
    /// Short name.
    pub name: String,
    /// The text as written.
    pub text: String,
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
            hash: blake3::hash(strategy.text.as_bytes()).to_hex().to_string(),
            entry: strategy.entry.functional.clone(),
            orders: strategy.describe_orders(),
        }
    }
}

/// A parameter's values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParameterValues {
    /// Its name.
    pub name: String,
    /// The value of a single run, as written.
    pub default: String,
    /// The values of a sweep, as written.
    pub values: Vec<String>,
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesFacts {
    /// The name in the rule.
    pub market: String,
    /// Symbol.
    pub symbol: String,
    /// Vendor.
    pub vendor: String,
    /// Base name of the source file.
    pub file: String,
    /// BLAKE3 of that file, in hexadecimal.
    pub hash: String,
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
    /// Describes a series under its name in the rule.
    pub(super) fn new(market: &str, series: &Series) -> Self {
        let provenance = series.provenance();
        Self {
            market: market.to_owned(),
            symbol: provenance.symbol.clone(),
            vendor: provenance.vendor.clone(),
            file: provenance.file.clone(),
            hash: provenance.hash.clone(),
            session: series.session().name().to_owned(),
            adjustment: provenance.adjustment.clone(),
            first: series.label(0).to_string(),
            last: series.label(series.len() - 1).to_string(),
            rows: series.len(),
            simulated: provenance.simulated,
        }
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
    pub fn new(kind: Kind, setup: &Setup<'_>, ranking: Option<RankingFacts>, seed: u64) -> Self {
        let (strategy, panel) = (setup.strategy, setup.panel);
        let window = &setup.window;
        let texts = |values: &[Value]| values.iter().map(|value| value.text().to_owned()).collect();
        let series: Vec<SeriesFacts> = strategy
            .markets
            .iter()
            .zip(panel.members())
            .map(|(market, series)| SeriesFacts::new(&market.name, series))
            .collect();
        Self {
            version: VERSION,
            command: command(kind, strategy, ranking),
            strategy: StrategyText::new(strategy),
            parameters: strategy
                .parameters
                .iter()
                .map(|parameter| ParameterValues {
                    name: parameter.name.clone(),
                    default: parameter.default.text().to_owned(),
                    values: texts(&parameter.values),
                })
                .collect(),
            ranking,
            seed,
            capital: setup.capital,
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
            series,
            assumed: strategy.assumed.clone(),
        }
    }

    /// The manifest as JSON.
    ///
    /// # Errors
    /// Where a number is not finite, which would be a bug.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// Eight hexadecimal digits that tell runs with other inputs apart.
    pub fn short_hash(&self) -> String {
        let text = self.to_json().unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex()[..8].to_owned()
    }
}
