//! What is there to do, and does it fit?

use crate::backtest::metrics;
use crate::backtest::single::Setup;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::strategy::file::Strategy;

use super::limit::{MOST_COMBINATIONS, number_after, too_large, too_many_bytes};
use super::selection::Selection;
use super::settings::Settings;

/// Columns of the table of combinations that no parameter may be called like.
pub const RESERVED: [&str; 3] = ["combination", "outcome", "open"];

/// Bytes that everything held at a time may take.
pub(super) const MOST_BYTES: u64 = 4 << 30;

/// Nanoseconds in which a strategy on a choice of symbols is made ready.
const MEMBER: u64 = 40_000_000;

/// Bytes of an empty set of bars, with what its memory is kept by.
const SET_BYTES: u64 = 64;

/// Returns below this size in every bar have too few digits for both ways to agree where all of equity moves.
const CALM: f64 = 1e-6;

/// How the combinations of a sweep are worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// From trades that combinations share: a combination costs its trades, not its bars.
    Fast,
    /// On the reference simulator, bar by bar, for this reason.
    Reference(String),
}

/// What a sweep will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Combinations that will be worked.
    pub combinations: u64,
    /// Combinations of all parameters' values, chosen or not.
    pub grid: u64,
    /// Distinct settings of the entry rule's own parameters.
    pub entry_settings: u64,
    /// Distinct settings of everything else: the exit rule, exits and costs.
    pub exit_settings: u64,
    /// Bars of the evaluation window.
    pub bars: usize,
    /// How they are worked.
    pub way: Way,
    /// Whether trades are no plain longs: on the fast way, each is then lived through once on the reference.
    pub by_course: bool,
    /// What it costs, once the rules are evaluated ([`Engines::estimate`](super::Engines::estimate)).
    pub estimate: Option<Estimate>,
    /// Which combinations, by number.
    pub selection: Selection,
}

/// What a sweep of one strategy on its bars costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Bars that are a signal of at least one entry setting; `None` where each combination is evaluated by itself.
    pub signals: Option<u64>,
    /// Trades that a table of all of them would have, where it is too large and trades are found on demand.
    pub too_many: Option<u64>,
    /// Nanoseconds on one thread.
    pub nanos: u64,
    /// Bytes that trades take at a time.
    pub bytes: u64,
}

impl Estimate {
    /// The same for a plan that is like the one it was made for, with other bars and combinations.
    pub(super) fn scaled(self, own: &Plan, other: &Plan) -> Self {
        let bars = other.bars as f64 / own.bars as f64;
        let combinations = other.combinations as f64 / own.combinations.max(1) as f64;
        Self {
            signals: None,
            nanos: whole(self.nanos as f64 * combinations * bars),
            bytes: whole(self.bytes as f64 * bars),
            ..self
        }
    }
}

/// A cost as a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no cost is below 0; too much saturates"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}

impl Plan {
    /// Counts what there is to do.
    ///
    /// # Errors
    /// Where a parameter is called like a column of the results, or the sweep is too large to fit.
    pub fn new(setup: &Setup<'_>, selection: Selection) -> Result<Self> {
        let strategy = setup.strategy;
        check_names(strategy)?;
        let plan = Self {
            combinations: selection.len(),
            grid: number_after(0, strategy, 1)?,
            entry_settings: Settings::new(strategy, strategy.graph.parameters(strategy.entry.node)).count()
                as u64,
            exit_settings: Settings::of_exits(strategy).count() as u64,
            bars: setup.window.len(),
            way: way(setup),
            by_course: !setup.is_simple(),
            estimate: None,
            selection,
        };
        if plan.combinations > MOST_COMBINATIONS {
            return Err(too_large(strategy, plan.combinations));
        }
        if plan.bytes() > MOST_BYTES {
            return Err(too_many_bytes(strategy, plan.bytes(), MOST_BYTES));
        }
        Ok(plan)
    }

    /// About how many bytes the sweep holds at a time. Where this and what it adds up would not fit into 64 bits, it
    /// is as much as fits: that is refused alike.
    pub fn bytes(&self) -> u64 {
        self.rule_bytes().saturating_add(self.outcome_bytes())
    }

    /// About how many of them are the rules, the columns of the history and, once they are estimated, the trades.
    pub(super) fn rule_bytes(&self) -> u64 {
        // A bit per bar and setting of the rules and the set they stand in, which counts where bars are few; some
        // columns of the history, a few words per combination.
        let settings = self.entry_settings.saturating_add(self.exit_settings);
        let rules = settings.saturating_mul(self.bars as u64 / 8 + SET_BYTES);
        let trades = self.estimate.map_or(0, |estimate| estimate.bytes);
        rules.saturating_add(self.bars as u64 * 300).saturating_add(trades)
    }

    /// About how many of them are what is kept of each combination.
    pub(super) fn outcome_bytes(&self) -> u64 {
        self.combinations.saturating_mul(80)
    }

    /// About how many seconds some sweeps take together on so many threads, as far as that is estimated.
    pub(super) fn seconds(plans: &[(usize, Self)], threads: u64) -> u64 {
        let own = |(_, plan): &(usize, Self)| plan.estimate.map_or(0, |estimate| estimate.nanos);
        let work = plans.iter().map(own).fold(0, u64::saturating_add);
        let others = plans.len().saturating_sub(1) as u64 * MEMBER;
        (work.saturating_add(others) / threads.max(1)).div_ceil(1_000_000_000)
    }
}

/// How a setup is worked: the one place that knows what the table of trades cannot express.
pub fn way(setup: &Setup<'_>) -> Way {
    let prices = setup.prices();
    let sound = |column: &[f64]| column.iter().all(|price| price.is_finite() && *price > 0.0);
    if u32::try_from(setup.window.len()).is_err() {
        return Way::Reference("the window has more bars than the table of trades can count".into());
    }
    if setup.strategy.each.is_some() {
        return Way::Reference("several laggards share one account".into());
    }
    if let Some(reason) = setup.strategy.plan.not_in_proportion() {
        return Way::Reference(reason.into());
    }
    if setup.strategy.risk_free_series.is_some() {
        return Way::Reference("the risk-free rate is a series".into());
    }
    // A plain long cannot be ruined above prices of zero, and below them there is no return of holding the market.
    if !(sound(prices.open) && sound(prices.close)) {
        return Way::Reference("the traded market has prices of zero or below".into());
    }
    if !setup.benchmark_returns().iter().all(|earned| earned.is_finite()) {
        return Way::Reference("a traded market has prices of zero or below".into());
    }
    if setup.benchmark_returns().iter().all(|earned| earned.abs() < CALM) {
        return Way::Reference("the traded market moves by less than a millionth in every bar".into());
    }
    Way::Fast
}

/// Refuses parameters that are called like a column of the results.
///
/// # Errors
/// Where one is.
pub fn check_names(strategy: &Strategy) -> Result<()> {
    // Databases read columns without case.
    let taken = |name: &str| {
        let name = name.to_lowercase();
        RESERVED.contains(&name.as_str()) || metrics::find(&name).is_some()
    };
    let mut names: Vec<&str> = strategy.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    names.sort_unstable_by_key(|name| name.to_lowercase());
    let mut pairs = names.iter().zip(names.iter().skip(1));
    if let Some((one, other)) = pairs.find(|(one, other)| one.eq_ignore_ascii_case(other)) {
        return Err(Diagnostic::new(format!("two parameters are called `{one}` and `{other}`"))
            .detail("databases read the columns of the results without regard to capitals")
            .hint("give one of them another name")
            .into());
    }
    match strategy.parameters.iter().find(|parameter| taken(&parameter.name)) {
        Some(parameter) => Err(Diagnostic::new(format!(
            "a parameter is called `{}`, like a column of the results",
            parameter.name
        ))
        .hint("give it another name")
        .into()),
        None => Ok(()),
    }
}
