//! `summary.json`: what a run found. Undefined is `null`, with its reason under `undefined`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::backtest::metrics::{self, Value};
use crate::backtest::simulator::{Ledger, Paid};
use crate::backtest::single::Benchmark;
use crate::backtest::sweep::{Landscape, Profile};
use crate::evidence::beside::{Besides, Followed, Point, Share, Together};
use crate::evidence::event_study::{CatchUp, Distribution, EventStudy};
use crate::evidence::verdict::Verdict;
use crate::strategy::signals::LookAhead;

/// What a run found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// `run`, `sweep` or `study`.
    pub kind: &'static str,
    /// The strategy's title.
    pub title: String,
    /// Whether any day of the data is simulated.
    pub simulated: bool,
    /// What the sentence left out and was assumed.
    pub assumed: Vec<String>,
    /// The parameters of the run, or of the sweep's default, as written.
    pub parameters: BTreeMap<String, String>,
    /// How often the rule spoke and how much was tried.
    pub counts: Counts,
    /// The proof that no signal knew the future.
    pub look_ahead: LookAheadFacts,
    /// Every metric by name, of the run or of the sweep's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<BTreeMap<&'static str, Option<f64>>>,
    /// Why a metric is `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undefined: Option<BTreeMap<&'static str, String>>,
    /// What was paid, in money, by kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub costs: Option<CostFacts>,
    /// Other ways to hold the same markets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benchmarks: Option<Vec<BenchmarkFacts>>,
    /// What happened after the signals.
    pub study: StudyFacts,
    /// The best combinations of a sweep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<Best>,
    /// What came of each choice of symbols and each strategy, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberFacts>,
    /// What lies around the best combination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landscape: Option<LandscapeFacts>,
    /// Whether the evidence was assessed.
    pub evidence: Evidence,
    /// The verdict.
    pub verdict: VerdictFacts,
}

/// How often the rule spoke and how much was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Counts {
    /// Bars at which the entry rule was true.
    pub signals: usize,
    /// Runs of signals of one story.
    pub episodes: usize,
    /// Closed trades.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trades: Option<usize>,
    /// Closed trades that ended before all their parts were bought, where positions are built in parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trades_cut_short: Option<usize>,
    /// Trades open at the end: 0 or 1, more of several laggards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_trades: Option<usize>,
    /// Signals whose size came to nothing: less than a lot or the least order, or no money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bought_nothing: Option<usize>,
    /// Signals at which a number that the order needs was not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_known: Option<usize>,
    /// Limits that were not reached in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits_expired: Option<usize>,
    /// Trades whose hedge stood on the side of the traded market.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hedged_on_same_side: Option<usize>,
    /// Of several laggards, signals that ordered nothing because as many positions as may be were open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_place: Option<usize>,
    /// Of several laggards, signals that ordered nothing because no cash was free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_cash: Option<usize>,
    /// Combinations of parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combinations: Option<usize>,
    /// Different lists of trades they led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct_outcomes: Option<usize>,
    /// Combinations that never traded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combinations_without_trade: Option<usize>,
}

impl Counts {
    /// Adds the trades of one combination, which are `hedged` or not. What did not happen is left out.
    #[must_use]
    pub fn with_trades(mut self, ledger: &Ledger, hedged: bool) -> Self {
        let (trades, some) = (&ledger.trades, |count: usize| (count > 0).then_some(count));
        let open = trades.iter().filter(|trade| trade.open).count();
        self.trades = Some(trades.len() - open);
        self.open_trades = Some(open);
        self.bought_nothing = some(ledger.unbought.too_small);
        self.not_known = some(ledger.unbought.unknown);
        self.limits_expired = some(ledger.unbought.expired);
        self.hedged_on_same_side = some(ledger.on_same_side()).filter(|_| hedged);
        let in_parts = trades.iter().any(|trade| trade.parts_planned > 1);
        self.trades_cut_short = in_parts.then(|| trades.iter().filter(|trade| trade.is_cut_short()).count());
        self
    }
}

/// Another way to hold, with every metric by name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchmarkFacts {
    name: String,
    metrics: BTreeMap<&'static str, Option<f64>>,
}

impl From<&Benchmark> for BenchmarkFacts {
    fn from(benchmark: &Benchmark) -> Self {
        Self { name: benchmark.name.clone(), metrics: metric_facts(&benchmark.metrics).0 }
    }
}

/// What was paid, in money, by kind; below 0 is received.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostFacts {
    commission: f64,
    slippage: f64,
    borrow: f64,
    funding: f64,
    interest: f64,
    /// Trades closed because equity was below the margin.
    margin_calls: usize,
    /// Label of the bar at whose close nothing was left.
    ruined: Option<String>,
}

impl CostFacts {
    /// The costs of a ledger; `label` gives the label of a bar of the window.
    pub fn new(ledger: &Ledger, label: impl Fn(usize) -> String) -> Self {
        let Paid { commission, slippage, borrow, funding, interest } = ledger.paid;
        Self {
            commission,
            slippage,
            borrow,
            funding,
            interest,
            margin_calls: ledger.margin_calls(),
            ruined: ledger.ruined.map(label),
        }
    }
}

/// The proof that no signal knew the future.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookAheadFacts {
    /// Signals compared on cut-off history.
    pub checked: usize,
    /// Answers that changed.
    pub changed: usize,
    /// Cuts made.
    pub cuts: usize,
}

impl From<LookAhead> for LookAheadFacts {
    fn from(proof: LookAhead) -> Self {
        Self { checked: proof.checked, changed: proof.changed, cuts: proof.cuts }
    }
}

/// What happened after the signals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyFacts {
    /// Episodes that caught up by the end of the data.
    pub caught_up: usize,
    /// One entry per horizon.
    pub horizons: Vec<HorizonFacts>,
    /// One entry per episode.
    pub episodes: Vec<EpisodeFacts>,
    /// What came about together with the signals, where the strategy asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub together: Option<TogetherFacts>,
    /// What a number did from the signals on, where the strategy asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followed: Option<FollowedFacts>,
}

/// What came about together with the signals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TogetherFacts {
    days: i64,
    episodes: ShareFacts,
    signals: ShareFacts,
    any_day: ShareFacts,
    turned_round: ShareFacts,
    before: usize,
    same_bar: usize,
    after: usize,
    shifts: usize,
    shifts_with_as_many: usize,
    chance: Option<f64>,
}

/// How many there are, and how many of them have one near.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShareFacts {
    n: usize,
    near: usize,
    share: Option<f64>,
}

impl From<Share> for ShareFacts {
    fn from(share: Share) -> Self {
        Self { n: share.n, near: share.near, share: share.share() }
    }
}

impl From<&Together> for TogetherFacts {
    fn from(found: &Together) -> Self {
        let [before, same_bar, after] = found.order;
        let (shifts, shifts_with_as_many) = found.shifts;
        Self {
            days: found.days,
            episodes: found.episodes.into(),
            signals: found.signals.into(),
            any_day: found.any_day.into(),
            turned_round: found.turned.into(),
            before,
            same_bar,
            after,
            shifts,
            shifts_with_as_many,
            chance: found.chance(),
        }
    }
}

/// What a number did from the signals on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FollowedFacts {
    points: Vec<PointFacts>,
    any_day: Option<f64>,
}

/// A number so many bars after each episode's first signal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PointFacts {
    bars: usize,
    n: usize,
    median: Option<f64>,
    lowest: Option<f64>,
    highest: Option<f64>,
}

impl From<&Followed> for FollowedFacts {
    fn from(found: &Followed) -> Self {
        let point = |point: &Point| PointFacts {
            bars: point.bars,
            n: point.n,
            median: point.spread.map(|[median, ..]| median),
            lowest: point.spread.map(|[_, lowest, _]| lowest),
            highest: point.spread.map(|[.., highest]| highest),
        };
        Self { points: found.points.iter().map(point).collect(), any_day: found.any_day.1 }
    }
}

/// One horizon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HorizonFacts {
    /// Bars of the clock.
    pub bars: usize,
    /// Over episodes, from the next open.
    pub episodes: DistributionFacts,
    /// Over all bars of the window, from the next open.
    pub all_days: DistributionFacts,
    /// Over single, overlapping signals, from close to close.
    pub signals_close_to_close: DistributionFacts,
}

/// A few figures of a list of returns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DistributionFacts {
    n: usize,
    up: usize,
    down: usize,
    median: Option<f64>,
    mean: Option<f64>,
}

impl From<&Distribution> for DistributionFacts {
    fn from(d: &Distribution) -> Self {
        Self { n: d.n, up: d.up, down: d.down, median: d.median, mean: d.mean }
    }
}

/// One episode.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EpisodeFacts {
    first: String,
    last: String,
    signals: usize,
    returns: Vec<Option<f64>>,
    caught_up: bool,
    /// To the catch-up, or to the end of the data.
    days: i64,
}

impl StudyFacts {
    /// Describes a study; `label` gives the label of a bar.
    pub fn new(study: &EventStudy, label: impl Fn(usize) -> String) -> Self {
        let horizons = study
            .horizons
            .iter()
            .map(|horizon| HorizonFacts {
                bars: horizon.bars,
                episodes: (&horizon.episodes).into(),
                all_days: (&horizon.all_days).into(),
                signals_close_to_close: (&horizon.signals_close_to_close).into(),
            })
            .collect();
        let episodes = study
            .episodes
            .iter()
            .map(|episode| {
                let (caught_up, days) = match episode.catch_up {
                    CatchUp::After(days) => (true, days),
                    CatchUp::NotWithin(days) => (false, days),
                };
                EpisodeFacts {
                    first: label(episode.episode.first()),
                    last: label(episode.episode.last()),
                    signals: episode.episode.bars.len(),
                    returns: episode.returns.clone(),
                    caught_up,
                    days,
                }
            })
            .collect();
        Self { caught_up: study.caught_up(), horizons, episodes, together: None, followed: None }
    }

    /// Adds what else the strategy asked for.
    #[must_use]
    pub fn with_besides(self, besides: &Besides) -> Self {
        Self {
            together: besides.together.as_ref().map(TogetherFacts::from),
            followed: besides.followed.as_ref().map(FollowedFacts::from),
            ..self
        }
    }
}

/// The best combinations of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The metric that ranks.
    pub metric: &'static str,
    /// Best first.
    pub combinations: Vec<BestCombination>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BestCombination {
    /// Its number, from 0.
    pub combination: u64,
    /// Its strategy, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The parameters as written.
    pub parameters: BTreeMap<String, String>,
    /// The ranking metric.
    pub value: Option<f64>,
}

/// What came of the combinations of one choice of symbols, or of one strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberFacts {
    /// The strategy, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The symbol of each list.
    pub symbols: BTreeMap<String, String>,
    /// The bars that counted: on its own clock, over the days that all have in common.
    pub window: DaysFacts,
    /// The days it would have alone.
    pub alone: DaysFacts,
    /// Combinations that were worked.
    pub combinations: u64,
    /// Those that never traded.
    pub combinations_without_trade: usize,
    /// The number of the best.
    pub best: Option<u64>,
    /// Its ranking metric.
    pub value: Option<f64>,
}

/// Labels of a first and a last bar, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DaysFacts {
    /// Of the first bar.
    pub from: String,
    /// Of the last.
    pub to: String,
    /// How many, where that is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bars: Option<usize>,
}

/// What lies around the best combination of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LandscapeFacts {
    metric: &'static str,
    min_trades: u32,
    eligible: u64,
    best: u64,
    value: f64,
    median: f64,
    neighbours: usize,
    neighbours_mean: Option<f64>,
    neighbours_worst: Option<f64>,
    loss: Option<f64>,
    plateau: Option<f64>,
    at_edge: Vec<String>,
    profiles: Vec<ProfileFacts>,
}

/// One parameter varied, all others as in the best combination.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ProfileFacts {
    parameter: String,
    values: Vec<ProfileValue>,
}

/// One value of a parameter, and what the metric is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ProfileValue {
    value: String,
    metric: Option<f64>,
}

impl From<Landscape> for LandscapeFacts {
    fn from(of: Landscape) -> Self {
        let profile = |profile: Profile| ProfileFacts {
            parameter: profile.parameter,
            values: profile
                .values
                .into_iter()
                .map(|(value, metric)| ProfileValue { value, metric })
                .collect(),
        };
        Self {
            metric: of.metric,
            min_trades: of.min_trades,
            eligible: of.eligible,
            best: of.best,
            value: of.value,
            median: of.median,
            neighbours: of.neighbours,
            neighbours_mean: of.neighbours_mean,
            neighbours_worst: of.neighbours_worst,
            loss: of.loss,
            plateau: of.plateau,
            at_edge: of.at_edge,
            profiles: of.profiles.into_iter().map(profile).collect(),
        }
    }
}

/// Whether the evidence was assessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Not by this version.
    pub assessed: bool,
    /// What is missing.
    pub note: &'static str,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            assessed: false,
            note: "counts and forward returns only: no placebo, no correction for many trials, no out-of-sample test",
        }
    }
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictFacts {
    /// The line.
    pub line: String,
    /// The reasons.
    pub reasons: Vec<String>,
}

impl From<&Verdict> for VerdictFacts {
    fn from(verdict: &Verdict) -> Self {
        Self { line: verdict.line.clone(), reasons: verdict.reasons.clone() }
    }
}

/// Every metric by name, and why some are undefined.
pub fn metric_facts(
    values: &[Value],
) -> (BTreeMap<&'static str, Option<f64>>, BTreeMap<&'static str, String>) {
    let named = || metrics::registry().iter().zip(values);
    let numbers = named().map(|(metric, value)| (metric.name, value.ok())).collect();
    let reasons =
        named().filter_map(|(metric, value)| Some((metric.name, value.err()?.to_string()))).collect();
    (numbers, reasons)
}

impl Summary {
    /// The summary as JSON.
    ///
    /// # Errors
    /// Where a number is not finite, which would be a bug.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }
}
