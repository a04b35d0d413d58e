//! What does a manifest say that a run can be made again from?

use serde::Deserialize;

use super::manifest::{Asked, Days, EventsFacts, Form, ParameterValues, SeriesFacts, SymbolsFacts};
use crate::backtest::metrics;
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Result};

/// The most that an account can start with: beyond that cents have no digit of their own.
pub const MOST_CAPITAL: f64 = 1e15;

/// The least that an account can start with: less than the smallest part of any currency is no money.
pub const LEAST_CAPITAL: f64 = 1e-8;

/// Checks an amount of money that an account can start with.
///
/// # Errors
/// What is wrong with it.
pub fn check_capital(capital: f64) -> std::result::Result<(), String> {
    if (LEAST_CAPITAL..=MOST_CAPITAL).contains(&capital) {
        return Ok(());
    }
    Err(format!("a capital of {capital:e} is out of range: it must be between 1e-8 and 1e15"))
}

/// What a run's folder is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// One combination.
    Run,
    /// Every combination.
    Sweep,
    /// What happened after the signals.
    Study,
    /// Every leader and laggard.
    Scan,
}

impl Work {
    /// The word used in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Sweep => "sweep",
            Self::Study => "study",
            Self::Scan => "scan",
        }
    }
}

/// What a run was made from, as `manifest.json` tells it. The keys are those of
/// [`Manifest`](super::manifest::Manifest) and [`ScanManifest`](super::scan::ScanManifest).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Recorded {
    /// Version of the program that made the run.
    pub version: String,
    /// The command.
    pub command: String,
    /// The strategy.
    pub strategy: RecordedStrategy,
    /// Its parameters.
    pub parameters: Vec<ParameterValues>,
    /// How a sweep ranked and what it kept.
    pub ranking: Option<RecordedRanking>,
    /// Seed of every random stream; a scan has none.
    pub seed: Option<u64>,
    /// Equity before the first bar; a scan has none.
    pub capital: Option<f64>,
    /// Which part of history was asked for.
    pub asked: Asked,
    /// Which days the run is about; a scan does not say.
    pub days: Option<Days>,
    /// Every series that was read.
    pub series: Vec<SeriesFacts>,
    /// Every symbol that a list of them has.
    #[serde(default)]
    pub symbols: Vec<SymbolsFacts>,
    /// Further strategies of a sweep.
    #[serde(default)]
    pub beside: Vec<RecordedBeside>,
    /// Every file of dated events that was read.
    #[serde(default)]
    pub events: Vec<EventsFacts>,
    /// Whether any day of the data is simulated.
    pub simulated: bool,
}

/// A further strategy of a sweep.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RecordedBeside {
    strategy: RecordedStrategy,
    parameters: Vec<ParameterValues>,
    asked: Asked,
    series: Vec<SeriesFacts>,
    #[serde(default)]
    symbols: Vec<SymbolsFacts>,
    events: Vec<EventsFacts>,
}

/// The strategy's text and what it meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordedStrategy {
    /// Short name.
    pub name: String,
    /// The text as written.
    pub text: String,
    /// What the text is.
    pub form: Form,
    /// The entry rule in function form.
    pub entry: String,
}

/// How a sweep ranked and what it kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordedRanking {
    /// The metric that ranks.
    pub metric: String,
    /// Best combinations whose equity curves were asked for.
    pub curves: usize,
    /// Closed trades that the best combination of the landscape has at least.
    pub min_trades: u32,
    /// The part of the grid that was worked, where it was not all.
    pub subset: Option<RecordedSubset>,
}

/// A part of a grid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordedSubset {
    /// `random` or `sobol`.
    pub kind: String,
    /// How many combinations were asked for.
    pub count: u64,
}

impl Recorded {
    /// Reads the text of a manifest; `path` is its name for messages.
    ///
    /// # Errors
    /// Where the text is no manifest, or one that does not tell all that is needed.
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let wrong = |what: String| {
            Diagnostic::new(format!("`{path}` is no manifest that a run can be made again from: {what}"))
                .hint("make the run again: manifests of this version name all that went in")
        };
        let recorded: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        recorded.fault().map_or(Ok(recorded), |fault| Err(wrong(fault).into()))
    }

    /// The first value that is out of its range.
    fn fault(&self) -> Option<String> {
        let beside = self.beside.iter().map(|other| &other.asked);
        let mut dates = std::iter::once(&self.asked).chain(beside).flat_map(|asked| [&asked.from, &asked.to]);
        if let Some(date) = dates.by_ref().flatten().find(|date| date.parse::<Date>().is_err()) {
            return Some(format!("`{date}` is not a date"));
        }
        let ranking = self.ranking.as_ref();
        if let Some(ranking) = ranking.filter(|ranking| metrics::find(&ranking.metric).is_none()) {
            return Some(format!("there is no metric `{}`", ranking.metric));
        }
        if let Some(RecordedSubset { kind, count }) = ranking.and_then(|ranking| ranking.subset.as_ref()) {
            if !["random", "sobol"].contains(&kind.as_str()) {
                return Some(format!("`{kind}` is not a kind of subset"));
            }
            if *count == 0 {
                return Some("a subset of 0 combinations".to_owned());
            }
        }
        self.capital.and_then(|capital| check_capital(capital).err())
    }

    /// What was recorded of each strategy, as if it had been alone: the first, and those beside it.
    pub fn each(&self) -> Vec<Self> {
        let alone = Self { beside: Vec::new(), ..self.clone() };
        let of = |beside: &RecordedBeside| Self {
            strategy: beside.strategy.clone(),
            parameters: beside.parameters.clone(),
            asked: beside.asked.clone(),
            series: beside.series.clone(),
            symbols: beside.symbols.clone(),
            events: beside.events.clone(),
            ..alone.clone()
        };
        let others: Vec<Self> = self.beside.iter().map(of).collect();
        std::iter::once(alone).chain(others).collect()
    }

    /// What the run's folder is of: the second word of its command.
    pub fn work(&self) -> Option<Work> {
        let word = self.command.strip_prefix("catchup ")?.split(' ').next()?;
        [Work::Run, Work::Sweep, Work::Study, Work::Scan].into_iter().find(|work| work.name() == word)
    }
}
