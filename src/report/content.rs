//! What a report shows, as plain data.
//!
//! A [`Report`] knows no path, no table and no engine: whoever fills it has already decided what is true.
//! Every part that a kind of run lacks stays `None` or empty, and its section is left out. What is
//! undefined travels with its reason ([`Value::Missing`]) and never as a number.
//!
//! Times are [`Label`]s: tables print them as the vendor wrote them, charts place them by their microseconds.

use crate::base::calendar::Label;

/// Everything one report shows, for a run, a sweep, a study or the demo.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Title, claim and the days it was tested on.
    pub head: Head,
    /// What a careful analyst would say; `None` where the evidence was not assessed.
    pub verdict: Option<Verdict>,
    /// How often the rule spoke, and how much was tried.
    pub counts: Counts,
    /// The account over time, against simply holding the market.
    pub equity: Option<Equity>,
    /// One picture for each traded market; empty where nothing was traded.
    pub prices: Vec<PricePicture>,
    /// Every trade in order of entry, open ones included; `None` where none were simulated.
    pub trades: Option<Vec<Trade>>,
    /// The metrics in the order to show them; empty where there are none.
    pub metrics: Vec<Metric>,
    /// The strategy beside its benchmarks.
    pub benchmarks: Option<Benchmarks>,
    /// What was paid, by kind; empty where nothing was traded.
    pub paid: Vec<PaidLine>,
    /// What is to be read beside the figures: what could not be bought, what ended early, what broke.
    pub notes: Vec<String>,
    /// What happened after the signals.
    pub study: Option<Study>,
    /// What other parameters would have given.
    pub sweep: Option<Sweep>,
    /// The rule, as written and as understood.
    pub rule: Rule,
    /// Where every number comes from.
    pub provenance: Provenance,
}

/// What kind of work the report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One combination of parameters.
    Run,
    /// Every combination.
    Sweep,
    /// What happened after the signal, without trades.
    Study,
    /// The tour on the embedded sample.
    Demo,
}

/// Title, claim and the days it was tested on.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The strategy's title, or its sentence where it has none.
    pub title: String,
    /// Where the idea comes from: an article, a person.
    pub source: Option<String>,
    /// What kind of work this was.
    pub kind: Kind,
    /// The claim that was tested.
    pub claim: Claim,
    /// Label of the evaluation window's first bar.
    pub from: Label,
    /// Label of the evaluation window's last bar.
    pub to: Label,
    /// What the window is where several choices of symbols share it: `the days that 2 choices of symbols have in
    /// common`.
    pub shared: Option<String>,
    /// Whose figures these are where several strategies were swept, in a sentence.
    pub alone: Option<String>,
    /// What is simulated about the data, in a sentence; `None` for history alone.
    pub simulated: Option<String>,
}

/// The claim in words: when to enter what, when to leave, at which cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The entry rule as the user wrote it.
    pub rule: String,
    /// What is traded, with its direction: `long BTC-USD`.
    pub traded: String,
    /// Every exit in words: `when btc hits a high, or after 63 days`.
    pub exit: String,
    /// True where the user gave no exit and the standard one was taken.
    pub exit_assumed: bool,
    /// The costs per side in words: `commission 10 bps, slippage 5 bps a side`.
    pub costs: String,
    /// True where the user gave no costs and the standard ones were taken.
    pub costs_assumed: bool,
}

/// One line that says what this history can bear, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The line, in large type: `3 episodes: too few to tell`.
    pub line: String,
    /// The reasons, each a sentence.
    pub reasons: Vec<String>,
}

/// How often the rule spoke, and how much was tried. `None` where the kind of run has no such number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counts {
    /// What signals, episodes and trades belong to where that is not plain: `combination 17, the default`.
    pub of: Option<String>,
    /// Bars of the clock at which the entry rule was true.
    pub signals: Option<usize>,
    /// Runs of signals of one story.
    pub episodes: Option<usize>,
    /// Trades entered and left.
    pub trades_closed: Option<usize>,
    /// How many of those ended before all their parts were bought.
    pub trades_cut_short: Option<usize>,
    /// Trades still held at the last bar.
    pub trades_open: Option<usize>,
    /// Signals of several laggards that ordered nothing for want of a place or of cash, in words.
    pub wanting: Option<String>,
    /// Combinations of parameters tried.
    pub combinations: Option<usize>,
    /// Different lists of trades they led to.
    pub outcomes: Option<usize>,
    /// Combinations that never traded; they count as trials all the same.
    pub without_trade: Option<usize>,
    /// The check that no signal knew the future.
    pub look_ahead: Option<LookAhead>,
}

/// How many signals were found anew on data cut off at earlier dates, and how many differed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookAhead {
    /// Signals compared.
    pub checked: usize,
    /// Signals that differed; anything but 0 is a bug in the engine.
    pub changed: usize,
}

/// A number, or the reason why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A defined number; one that is not finite is shown as missing.
    Known(f64),
    /// Why it is undefined: `needs 2 trades, has 1`.
    Missing(String),
}

impl Value {
    /// The number, where there is a finite one.
    pub fn known(&self) -> Option<f64> {
        match self {
            Self::Known(number) if number.is_finite() => Some(*number),
            _ => None,
        }
    }
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A fraction shown as percent with its sign: returns, drawdowns.
    Change,
    /// A fraction shown as percent without a plus: win rate, time in market.
    Share,
    /// A plain number with two decimals: Sharpe ratio, profit factor.
    Ratio,
    /// A probability with three decimals: p-values.
    Probability,
    /// A whole number.
    Count,
    /// Calendar days.
    Days,
    /// Bars of the clock.
    Bars,
}

/// Curves of the account. All lists are as long as `times`; the base point comes first.
#[derive(Debug, Clone, PartialEq)]
pub struct Equity {
    /// The base point's time, then one for each close of the clock, rising; empty where no picture is drawn.
    pub times: Vec<Label>,
    /// The strategy's account, the base point first; above 0 unless ruined.
    pub strategy: Vec<f64>,
    /// Buying the traded market at the start and holding it, from the same base.
    pub buy_and_hold: Option<Vec<f64>>,
    /// Holding the strategy's average exposure all the time, from the same base.
    pub average_exposure: Option<Vec<f64>>,
    /// That average exposure as a fraction.
    pub exposure: Option<f64>,
}

/// The traded market with the trades on it, and the leader above.
#[derive(Debug, Clone, PartialEq)]
pub struct PricePicture {
    /// The traded market; the trades with this market are drawn on it.
    pub market: PriceLine,
    /// Episodes of signals, shaded.
    pub episodes: Vec<Span>,
    /// The leader, with the bars at which it set the records the rule speaks of.
    pub leader: Option<Leader>,
}

/// Closes of one market.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceLine {
    /// Name as in the store: `BTC-USD@yahoo`.
    pub symbol: String,
    /// Labels of its bars, rising.
    pub times: Vec<Label>,
    /// Closes, as many as `times`.
    pub closes: Vec<f64>,
}

/// The leading market and its records.
#[derive(Debug, Clone, PartialEq)]
pub struct Leader {
    /// Its closes.
    pub line: PriceLine,
    /// Positions in `line` of the bars that set a record, rising.
    pub records: Vec<usize>,
    /// What those bars are: `record close`.
    pub meaning: String,
}

/// An episode as a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Label of its first signal.
    pub first: Label,
    /// Label of its last signal.
    pub last: Label,
}

/// The direction of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Gains when the price rises.
    Long,
    /// Gains when the price falls.
    Short,
}

/// One trade. Prices are fills; returns and excursions are fractions of the fill.
#[derive(Debug, Clone, PartialEq)]
pub struct Trade {
    /// The traded market, as in its [`PriceLine::symbol`].
    pub market: String,
    /// Long or short.
    pub side: Side,
    /// Label of the bar that gave the signal.
    pub signal: Label,
    /// Label of the bar entered.
    pub entry: Label,
    /// Price of the entry.
    pub entry_price: f64,
    /// Label of the bar left, or of the last bar for an open trade.
    pub exit: Label,
    /// Price of the exit, or the last close.
    pub exit_price: f64,
    /// Why it was left: `rule`, `after`, `stop`, `trail`, `target`, `end`.
    pub reason: String,
    /// Bars held.
    pub bars: usize,
    /// Return before commission.
    pub gross: f64,
    /// Return after all costs.
    pub net: f64,
    /// Largest loss on the way, at most 0.
    pub mae: f64,
    /// Largest gain on the way, at least 0.
    pub mfe: f64,
    /// Still held at the end of the data.
    pub open: bool,
}

/// One figure with its meaning, and what simply holding would have given.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name in every file: `max_drawdown`.
    pub name: String,
    /// How it is written.
    pub unit: Unit,
    /// The figure.
    pub value: Value,
    /// The same figure of buying and holding the traded market.
    pub buy_and_hold: Option<Value>,
    /// The same figure of holding the strategy's average exposure all the time.
    pub average_exposure: Option<Value>,
    /// What it means, in a sentence.
    pub definition: String,
}

/// The strategy beside its benchmarks: other ways to hold the same markets over the same days.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmarks {
    /// Names of the shown metrics and how they are written.
    pub metrics: Vec<(String, Unit)>,
    /// The strategy first.
    pub rows: Vec<BenchmarkRow>,
}

/// One way to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkRow {
    /// Its name.
    pub name: String,
    /// Its metrics, as many as are named.
    pub values: Vec<Value>,
}

/// What was paid for one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct PaidLine {
    /// The kind: `commission`.
    pub name: String,
    /// As a fraction of the capital, below 0 where received.
    pub share: f64,
}

/// What happened after the signals, episode by episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// What is measured, from when: `BTC-USD from the next open, before costs`.
    pub measured: String,
    /// Forward horizons in bars of the clock, rising: 5, 21, 63, 126.
    pub horizons: Vec<usize>,
    /// Every episode in order of time.
    pub episodes: Vec<StudyEpisode>,
    /// One for each horizon, in the same order.
    pub summary: Vec<HorizonSummary>,
    /// Median return of the episodes by bar after the entry, from bar 0; may be empty. It should end before
    /// many episodes do: where some drop out, the median jumps without any price having moved.
    pub median_path: Vec<f64>,
    /// Median return from any day by bar, from bar 0; may be empty.
    pub all_days_path: Vec<f64>,
    /// How many caught up, of how many, with the reading; `None` where the rule has no high to catch up with.
    pub caught_up: Option<CaughtUp>,
    /// What else the strategy asks its study for.
    pub besides: Vec<SideTable>,
}

/// A small table of figures that are written already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideTable {
    /// What it shows.
    pub title: String,
    /// Titles of the columns, the one of the rows' names first.
    pub head: Vec<String>,
    /// Names and figures.
    pub rows: Vec<(String, Vec<String>)>,
    /// How to read it.
    pub notes: Vec<String>,
}

/// One episode of a study.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyEpisode {
    /// Label of its first signal, from which returns are counted.
    pub first: Label,
    /// Label of its last signal.
    pub last: Label,
    /// Signals in it.
    pub signals: usize,
    /// Return at each horizon of the study: a fraction, or why it is not known.
    pub returns: Vec<Value>,
    /// Return by bar after the entry, from bar 0; shorter where the data end.
    pub path: Vec<f64>,
    /// Whether the laggard closed above the high it had at the signal.
    pub catch_up: Option<CatchUp>,
}

/// Whether the laggard closed strictly above the high it had at the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// Yes, so many calendar days after the signal.
    After(i64),
    /// Not in the calendar days that the data hold after the signal.
    NotWithin(i64),
}

/// How many episodes caught up so far.
#[derive(Debug, Clone, PartialEq)]
pub struct CaughtUp {
    /// Episodes that caught up.
    pub caught: usize,
    /// Episodes in all.
    pub of: usize,
    /// Further facts in a sentence each: what caught up means here, median time with censoring.
    pub notes: Vec<String>,
}

/// Returns at one horizon: by episode, and from every day of the window.
#[derive(Debug, Clone, PartialEq)]
pub struct HorizonSummary {
    /// Bars of the clock after the entry.
    pub bars: usize,
    /// Over episodes, each counted once by its first signal.
    pub episodes: Distribution,
    /// Over all days of the window: the base rate.
    pub all_days: Distribution,
}

/// A few figures of a list of returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// How many returns are known.
    pub n: usize,
    /// Median, as a fraction.
    pub median: Value,
    /// Mean, as a fraction.
    pub mean: Value,
    /// Share above 0, as a fraction.
    pub up: Value,
}

/// What other parameters would have given.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// The metric that ranks: `sharpe`.
    pub metric: String,
    /// How that metric is written.
    pub unit: Unit,
    /// Grids of two parameters each; empty where fewer than two were swept.
    pub grids: Vec<Grid>,
    /// The best combinations.
    pub ranking: Ranking,
    /// The ranking metric of every combination where it is defined, in order of the combination's number.
    pub values: Vec<f64>,
    /// Combinations where it is not defined.
    pub undefined: usize,
    /// The default combination's value.
    pub default: Option<Value>,
}

/// The ranking metric over two parameters, the others held.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// The parameter from left to right.
    pub x: Axis,
    /// The parameter from bottom to top.
    pub y: Axis,
    /// One list for each value of `y`, each with one value for each of `x`.
    pub rows: Vec<Vec<Value>>,
    /// What the other parameters are held at: name and value.
    pub held: Vec<(String, String)>,
}

/// The values of one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// The parameter's name.
    pub name: String,
    /// Its values as written, in order.
    pub values: Vec<String>,
    /// Position of the default among them.
    pub default: Option<usize>,
}

/// The best combinations, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Names of the parameters, in file order.
    pub parameters: Vec<String>,
    /// Names of the shown metrics and how they are written.
    pub metrics: Vec<(String, Unit)>,
    /// The rows to show; the default may follow the best with its true rank.
    pub rows: Vec<RankedCombination>,
}

/// One combination in the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedCombination {
    /// Its place, from 1.
    pub rank: usize,
    /// Its number, from 0.
    pub number: usize,
    /// Its parameters as written, as many as the ranking names.
    pub parameters: Vec<String>,
    /// Its metrics, as many as the ranking names.
    pub metrics: Vec<Value>,
    /// True for the strategy file's default.
    pub default: bool,
}

/// The rule as written and as understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The strategy's text, whole: the file or the sentence.
    pub text: String,
    /// The entry in functional form: `new_high(russell, 252) and drawdown(btc) > 20%`.
    pub functional: String,
    /// The parameters in file order.
    pub parameters: Vec<Parameter>,
    /// What was chosen for the user, a sentence each: `Russell means RUT@interactive-brokers`.
    pub choices: Vec<String>,
}

/// One parameter of the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The value used, or the default of a sweep.
    pub value: String,
    /// The range tried, in words: `5% to 50% by 5% (10 values)`; `None` where it was fixed.
    pub range: Option<String>,
}

/// Where every number comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// Every series that was read.
    pub series: Vec<SeriesFacts>,
    /// Bars of the clock in the evaluation window.
    pub bars: usize,
    /// Years from the window's first open to its last close.
    pub years: f64,
    /// Bars per year, which annualises everything.
    pub periods_per_year: f64,
    /// The basis of every high, a sentence each: `RUT: closes, since 2016-06-28`.
    pub highs: Vec<String>,
    /// The markets over whose whole history the rule looks back; empty where it never spoke.
    pub records: Vec<Record>,
    /// Further facts, a sentence each: combinations that could not act yet, a total-return series in use.
    pub notes: Vec<String>,
    /// Version of the program.
    pub version: String,
    /// Seed of every random stream.
    pub seed: u64,
}

/// A market whose records count from the first bar of its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its name: `BTC-USD@yahoo`.
    pub market: String,
    /// Label of that bar.
    pub since: Label,
    /// Years from it to the first signal.
    pub years: f64,
}

/// One series that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesFacts {
    /// Its symbol.
    pub symbol: String,
    /// Who published it.
    pub vendor: String,
    /// Base name of the imported file.
    pub file: String,
    /// Hash of that file, in full, as hexadecimal digits.
    pub hash: String,
    /// Session kind: `us-equity`.
    pub session: String,
    /// Adjustment: `split-adjusted`, `unknown`.
    pub adjustment: String,
    /// Label of its first bar in the store.
    pub first: Label,
    /// Label of its last bar in the store.
    pub last: Label,
    /// Rows in the store.
    pub rows: usize,
    /// True for days that never happened.
    pub simulated: bool,
}
