//! Trades of every kind, as long as they are in proportion to the money: the reference lives through what follows
//! each signal under each exit setting once, in an account of 1, and keeps equity at every close.
//!
//! A plain long is found by search instead (`passage`), which is quicker.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::backtest::simulator::{Course, Exits, Orders, Terms, Trade, courses_on};
use crate::backtest::single::{Columns, Setup};
use crate::base::diagnostic::Result;
use crate::strategy::file::{Rate, Setting, Sizing, Strategy};

use super::deal::{Deal, mixed, narrow};
use super::settings::{Answers, Settings};
use super::stretch::Path;

/// Numbers that all courses together may keep, beside the table: 512 MB.
pub(super) const MOST_VALUES: usize = 1 << 26;

/// What a course takes beside its values, in numbers.
const OWN: usize = 16;

/// Signals from which it is told how much all of them would keep.
const SAMPLE: usize = 32;

/// Signals that are worked before what they came to is put together.
const CHUNK: usize = 256;

/// The trade of a cell whose order never fills.
pub(super) const NONE: u32 = u32::MAX;

/// What is kept of a course beside equity. Money is in units of equity at the decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Told {
    pub(super) deal: Deal,
    /// The bar of the first fill, and the closes from there on.
    pub(super) first: u32,
    bars: u32,
    /// Where its values begin.
    start: usize,
    pub(super) held: u32,
    pub(super) net_return: f64,
    pub(super) traded: f64,
    /// Whether the returns of its bars stand behind its values.
    pub(super) has_returns: bool,
    /// Whether the reference has to be asked for every list of trades with it.
    pub(super) is_narrow: bool,
}

impl Told {
    fn of(course: &Course, trade: &Trade, start: usize) -> Self {
        Self {
            // What it cost is in its equity.
            deal: Deal::of(trade, 0.0, true),
            first: narrow(course.first),
            bars: narrow(course.equity.len()),
            start,
            held: narrow(course.held),
            // Of a trade that is still open it may not be known, and nobody asks.
            net_return: if trade.open { 0.0 } else { trade.net_return },
            traded: course.traded,
            has_returns: !course.returns.is_empty(),
            is_narrow: course.is_narrow,
        }
    }

    /// The places of its values.
    pub(super) fn path(&self) -> Range<usize> {
        self.start..self.start + self.bars as usize
    }

    /// 128 bits that differ between courses: where costs, sizes or parts do, equity or returns do.
    fn fingerprint(&self, course: &Course) -> u128 {
        let words = [
            u64::from(self.first) << 32 | u64::from(self.held),
            u64::from(self.deal.entry) << 32 | u64::from(self.deal.exit),
            self.deal.entry_price.to_bits(),
            self.deal.exit_price.to_bits(),
            u64::from(self.deal.open),
            self.deal.profit.to_bits(),
            self.net_return.to_bits(),
            self.traded.to_bits(),
        ];
        let values = course.equity.iter().chain(&course.returns);
        mixed(&words.into_iter().chain(values.map(|value| value.to_bits())))
    }
}

/// Every course that any combination can take.
#[derive(Debug, Default, Clone)]
pub(super) struct Courses {
    pub(super) told: Vec<Told>,
    /// Equity at every close of each, and behind it the returns that it does not tell, one course after the other.
    pub(super) values: Vec<f64>,
    pub(super) fingerprints: Vec<u128>,
}

/// A place among courses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) told: usize,
    values: usize,
}

/// What some exit settings order that differ in the bars to hold alone, and what they know.
pub(super) struct Play<'p> {
    orders: Orders,
    terms: &'p Terms<'p>,
    rule: Option<&'p [bool]>,
    /// The bars to hold, rising, without an end last; and the number of each one's setting.
    afters: Vec<Option<u32>>,
    pub(super) settings: Vec<usize>,
}

/// The bars to hold under an exit setting, and its number.
type Held = (Option<u32>, usize);

impl<'p> Play<'p> {
    /// The settings `0..count`, of which `of` tells the orders and the numbers of terms and rule.
    fn all(
        count: usize,
        of: impl Fn(usize) -> (Orders, usize, Option<usize>),
        (terms, rules): (&'p [Terms<'p>], &'p [Vec<bool>]),
    ) -> Vec<Self> {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut plays: Vec<(Self, Vec<Held>)> = Vec::new();
        for setting in 0..count {
            let (orders, terms_of, rule) = of(setting);
            let after = orders.exits.after;
            let orders = Orders { exits: Exits { after: None, ..orders.exits }, ..orders };
            let place = *known.entry(format!("{orders:?} {terms_of} {rule:?}")).or_insert(plays.len());
            if place == plays.len() {
                let (terms, rule) = (&terms[terms_of], rule.map(|rule| rules[rule].as_slice()));
                let play = Self { orders, terms, rule, afters: Vec::new(), settings: Vec::new() };
                plays.push((play, Vec::new()));
            }
            plays[place].1.push((after, setting));
        }
        let sorted = |(play, mut held): (Self, Vec<Held>)| {
            held.sort_by_key(|(after, setting)| (after.is_none(), *after, *setting));
            let (afters, settings) = held.into_iter().unzip();
            Self { afters, settings, ..play }
        };
        plays.into_iter().map(sorted).collect()
    }

    /// What follows a signal under some of its settings, by their places.
    pub(super) fn courses(&self, signal: usize, settings: Range<usize>) -> Vec<Course> {
        courses_on(self.terms, signal, self.rule, &self.orders, &self.afters[settings])
    }
}

/// What orders know beside prices, for each setting of the parameters that change it, and the exit rule's answers.
#[derive(Debug)]
pub(super) struct Inputs {
    known: Settings,
    columns: Vec<Columns>,
    rules: Vec<Vec<bool>>,
    kept: usize,
}

impl Inputs {
    /// Measures them; `None` where they are more than `most` numbers.
    ///
    /// # Errors
    /// Where a series lacks a column an order needs.
    pub(super) fn new(setup: &Setup<'_>, rule: Option<&Answers>, most: usize) -> Result<Option<Self>> {
        let (strategy, bars) = (setup.strategy, setup.window.len());
        let known = Settings::new(strategy, &parameters_of_terms(strategy));
        let mut kept = rule.map_or(0, |rule| rule.bars.len().saturating_mul(bars) / size_of::<f64>());
        let mut columns = Vec::new();
        for setting in 0..known.count() {
            if kept > most {
                return Ok(None);
            }
            let of = Columns::new(setup, &known.values(strategy, setting))?;
            kept += of.len();
            columns.push(of);
        }
        let rules = rule.iter().flat_map(|rule| &rule.bars).map(|truths| truths.to_bools(bars)).collect();
        Ok(Some(Self { known, columns, rules, kept }))
    }

    /// How many numbers these are.
    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    pub(super) fn terms<'p>(&'p self, setup: &'p Setup<'_>) -> Vec<Terms<'p>> {
        self.columns.iter().map(|columns| columns.terms(setup)).collect()
    }

    /// The plays of all exit settings.
    pub(super) fn plays<'p>(
        &'p self,
        setup: &Setup<'_>,
        (rule, settings): (Option<&Answers>, &Settings),
        terms: &'p [Terms<'p>],
    ) -> Vec<Play<'p>> {
        let of = |setting: usize| {
            let places = settings.places(setup.strategy, setting);
            let orders = setup.orders(&settings.values(setup.strategy, setting));
            (orders, self.known.at(&places), rule.map(|rule| rule.settings.at(&places)))
        };
        Play::all(settings.count(), of, (terms, &self.rules))
    }
}

/// The courses of one signal: the distinct ones, and for each exit setting its own ([`NONE`] without a trade) and
/// the place of the first signal that can be heeded after it.
#[derive(Default)]
struct Fan {
    courses: Courses,
    cells: Vec<(u32, u32)>,
}

impl Courses {
    /// Lives through what follows every signal (bars of the window) under every exit setting, and hands on the
    /// cells: signal by signal, of each its exit settings. `None` where more than `most` numbers had to be kept.
    pub(super) fn fill(
        plays: &[Play<'_>],
        signals: &[usize],
        most: usize,
        cell: &mut dyn FnMut(u32, u32),
    ) -> Option<Self> {
        let settings = plays.iter().map(|play| play.settings.len()).sum();
        let (kept, mut courses) = (AtomicUsize::new(0), Self::default());
        for chunk in signals.chunks(CHUNK) {
            let fan = |&signal: &usize| Fan::new((plays, settings), signal, signals, (&kept, most));
            let fans: Vec<Fan> = chunk.par_iter().map(fan).collect();
            if kept.load(Ordering::Relaxed) > most {
                return None;
            }
            for fan in fans {
                courses.take(fan, cell);
            }
        }
        Some(courses)
    }

    /// About how many numbers [`Self::fill`] would keep, from a few of the signals.
    pub(super) fn expected(plays: &[Play<'_>], signals: &[usize]) -> usize {
        let step = signals.len().div_ceil(SAMPLE).max(1);
        let few: Vec<usize> = signals.iter().copied().step_by(step).collect();
        Self::of_few(plays, &few, signals).1 / few.len().max(1) * signals.len()
    }

    /// How many courses follow a few of the signals, and how many numbers would be kept of them.
    pub(super) fn of_few(plays: &[Play<'_>], few: &[usize], signals: &[usize]) -> (usize, usize) {
        let settings = plays.iter().map(|play| play.settings.len()).sum();
        let kept = AtomicUsize::new(0);
        let fan = |&signal: &usize| {
            Fan::new((plays, settings), signal, signals, (&kept, usize::MAX)).courses.told.len()
        };
        let courses = few.iter().map(fan).sum();
        (courses, kept.into_inner())
    }

    /// About how many numbers they take, with the rows that are made of them, each of `row` numbers.
    pub(super) fn size(&self, row: usize) -> usize {
        self.values.len() + self.told.len() * (OWN + row)
    }

    /// How much there is, so that what comes later can be taken away again.
    pub(super) fn mark(&self) -> Mark {
        Mark { told: self.told.len(), values: self.values.len() }
    }

    /// Takes away all that came after a mark.
    pub(super) fn truncate(&mut self, mark: Mark) {
        self.told.truncate(mark.told);
        self.fingerprints.truncate(mark.told);
        self.values.truncate(mark.values);
    }

    /// The number of a course among the last ones, those of one signal, to which it is added unless it is there.
    pub(super) fn add(&mut self, course: &Course, of_signal: usize) -> Option<u32> {
        let trade = course.trade.as_ref()?;
        let own = Told::of(course, trade, self.values.len());
        let fingerprint = own.fingerprint(course);
        let known = self.fingerprints[of_signal..].iter().position(|known| *known == fingerprint);
        let place = known.map(|place| narrow(of_signal + place));
        Some(place.unwrap_or_else(|| self.push(course, own, fingerprint)))
    }

    /// Adds a course; gives its number.
    fn push(&mut self, course: &Course, own: Told, fingerprint: u128) -> u32 {
        self.values.extend_from_slice(&course.equity);
        self.values.extend_from_slice(&course.returns);
        self.told.push(own);
        self.fingerprints.push(fingerprint);
        narrow(self.told.len() - 1)
    }

    /// The values at some places, and the returns behind them where there are any.
    pub(super) fn along(&self, places: Range<usize>, has_returns: bool) -> Path<'_> {
        let behind = if has_returns { places.end..places.end + places.len() } else { 0..0 };
        Path { values: &self.values[places], returns: &self.values[behind] }
    }

    /// The number of a course among these, to which it is added unless it is there already.
    fn place(
        &mut self,
        course: &Course,
        trade: &Trade,
        (known, kept): (&mut HashMap<u128, u32>, &AtomicUsize),
    ) -> u32 {
        let own = Told::of(course, trade, self.values.len());
        let fingerprint = own.fingerprint(course);
        *known.entry(fingerprint).or_insert_with(|| {
            kept.fetch_add(course.equity.len() + course.returns.len() + OWN, Ordering::Relaxed);
            self.push(course, own, fingerprint)
        })
    }

    fn take(&mut self, fan: Fan, cell: &mut dyn FnMut(u32, u32)) {
        let (first, start) = (narrow(self.told.len()), self.values.len());
        for (own, resume) in fan.cells {
            cell(if own == NONE { NONE } else { first + own }, resume);
        }
        let Self { told, values, fingerprints } = fan.courses;
        self.told.extend(told.into_iter().map(|told| Told { start: start + told.start, ..told }));
        self.values.extend(values);
        self.fingerprints.extend(fingerprints);
    }
}

impl Fan {
    /// What follows one signal. Where too much is kept already, by whichever signal, it ends early: nobody will
    /// look at it.
    fn new(
        (plays, settings): (&[Play<'_>], usize),
        signal: usize,
        signals: &[usize],
        (kept, most): (&AtomicUsize, usize),
    ) -> Self {
        let mut fan = Self { cells: vec![(NONE, 0); settings], ..Self::default() };
        let mut known: HashMap<u128, u32> = HashMap::new();
        for play in plays {
            if kept.load(Ordering::Relaxed) > most {
                break;
            }
            let courses = courses_on(play.terms, signal, play.rule, &play.orders, &play.afters);
            for (course, &setting) in courses.iter().zip(&play.settings) {
                let resume = narrow(signals.partition_point(|&other| other < course.free));
                let own = course
                    .trade
                    .as_ref()
                    .map_or(NONE, |trade| fan.courses.place(course, trade, (&mut known, kept)));
                fan.cells[setting] = (own, resume);
            }
        }
        fan
    }
}

/// The parameters that change what orders know: volatilities, betas, weights, rates.
fn parameters_of_terms(strategy: &Strategy) -> Vec<usize> {
    let plan = &strategy.plan;
    let rough = plan.fees.rough.iter().map(|rough| &rough.share);
    let target = match &plan.sizing {
        Sizing::Volatility { target, .. } => Some(target),
        _ => None,
    };
    let rates = [&plan.fees.borrow, &plan.fees.funding, &plan.fees.interest].into_iter().flatten();
    let rates = rates.filter_map(|rate| match rate {
        Rate::Setting(setting) => Some(setting),
        Rate::Series(_) => None,
    });
    let mut parameters: Vec<usize> = rough
        .chain(target)
        .chain(rates)
        .filter_map(|setting| match setting {
            Setting::Parameter(index) => Some(*index),
            Setting::Fixed(_) => None,
        })
        .collect();
    parameters.extend(plan.measures().iter().flat_map(|part| strategy.graph.parameters(part.node)));
    parameters.sort_unstable();
    parameters.dedup();
    parameters
}
