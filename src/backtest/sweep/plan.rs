//! What is there to do, and does it fit?

use crate::backtest::metrics;
use crate::backtest::single::Setup;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::strategy::file::Strategy;

use super::courses::MOST_VALUES;
use super::limit::{MOST_COMBINATIONS, too_large};
use super::selection::Selection;
use super::settings::Settings;

/// Columns of the table of combinations that no parameter may be called like.
pub const RESERVED: [&str; 3] = ["combination", "outcome", "open"];

/// Bytes that everything held at a time may take.
pub(super) const MOST_BYTES: u64 = 4 << 30;

/// Combinations a core does in a second, at least, on the fast way. For the plan's estimate alone.
const RATE: u64 = 250_000;

/// The same where trades are courses: more of their returns are looked at.
const COURSE_RATE: u64 = 50_000;

/// Bars a core does in a second on the reference.
const REFERENCE_RATE: u64 = 20_000_000;

/// Bars of courses that a core lives through in a second, at least.
const COURSE_BAR_RATE: u64 = 10_000_000;

/// Closes of trades for each bar of the window under one exit setting, as where every third bar is a signal and each
/// trade is held for thirty.
const COURSE_BARS: u64 = 10;

/// Strategies and choices of symbols that are made ready in a second, at least.
const MEMBER_RATE: u64 = 25;

/// Returns below this size in every bar have too few digits for both ways to agree where all of equity moves.
const CALM: f64 = 1e-6;

/// How the combinations of a sweep are worked. A plan counts no signals; where there are so many that the table of
/// trades would be too large, [`Engine::way`](super::Engine::way) says so instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// From a table of trades: a combination costs its trades, not its bars.
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
    /// Which combinations, by number.
    pub selection: Selection,
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
            grid: strategy.combinations().unwrap_or(u64::MAX),
            entry_settings: Settings::new(strategy, strategy.graph.parameters(strategy.entry.node)).count()
                as u64,
            exit_settings: Settings::of_exits(strategy).count() as u64,
            bars: setup.window.len(),
            way: way(setup),
            by_course: !setup.is_simple(),
            selection,
        };
        if plan.combinations > MOST_COMBINATIONS || plan.bytes() > MOST_BYTES {
            return Err(too_large(strategy, plan.combinations));
        }
        Ok(plan)
    }

    /// About how many bytes the sweep holds at a time.
    pub fn bytes(&self) -> u64 {
        self.rule_bytes().saturating_add(self.outcome_bytes())
    }

    /// About how many of them are the rules and the columns of the history.
    pub(super) fn rule_bytes(&self) -> u64 {
        // A bit per bar and setting of the rules, some columns of the history, a few words per combination.
        let rules =
            self.entry_settings.saturating_add(self.exit_settings).saturating_mul(self.bars as u64) / 8;
        let courses = self.course_bars().min(MOST_VALUES as u64) * 8;
        rules.saturating_add(self.bars as u64 * 300).saturating_add(courses)
    }

    /// About how many closes of trades are lived through.
    fn course_bars(&self) -> u64 {
        let lived = self.by_course && self.way == Way::Fast;
        let bars = self.exit_settings.saturating_mul(self.bars as u64).saturating_mul(COURSE_BARS);
        if lived { bars } else { 0 }
    }

    /// About how many of them are what is kept of each combination.
    pub(super) fn outcome_bytes(&self) -> u64 {
        self.combinations.saturating_mul(80)
    }

    /// About how many seconds some sweeps take together on so many threads.
    pub(super) fn seconds(plans: &[(usize, Self)], threads: u64) -> u64 {
        let sum =
            |of: &dyn Fn(&Self) -> u64| plans.iter().map(|(_, plan)| of(plan)).fold(0, u64::saturating_add);
        let fast = |by_course: bool| {
            sum(&|plan| {
                if plan.way == Way::Fast && plan.by_course == by_course { plan.combinations } else { 0 }
            })
        };
        let slow = sum(&|plan| match plan.way {
            Way::Fast => 0,
            Way::Reference(_) => plan.combinations.saturating_mul(plan.bars as u64),
        });
        let lived = fast(true) / COURSE_RATE + sum(&Self::course_bars) / COURSE_BAR_RATE;
        let work = fast(false) / RATE + slow / REFERENCE_RATE + lived;
        let bars = sum(&|plan| plan.bars as u64 * 2);
        let ready = plans.len() as u64 / MEMBER_RATE;
        (work + bars / REFERENCE_RATE + ready) / threads.max(1) + 1
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
