//! What one trade comes to, whatever the account held before it.

use std::sync::Arc;

use crate::backtest::metrics::{DrawdownScan, per_bar_rate};
use crate::backtest::simulator::SMALL;
use crate::backtest::single::Setup;

use super::courses::{Courses, Told};
use super::deal::Deal;
use super::ends::{Ends, Held};
use super::stretch::{Path, Pyramid, Stretch};

/// A trade as a stretch of bars, from its first fill's to its last one's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) deal: Deal,
    /// The first bar, and how many there are.
    first: u32,
    pub(super) whole: Stretch,
    /// Equity at a close, in units of that before the entry, is `base + slope * close`.
    base: f64,
    slope: f64,
    /// Or it stands from here on among those of all courses, with the returns of its bars behind it where it has them.
    path: Option<usize>,
    has_returns: bool,
    /// Profit after costs over the money paid, and in units of equity before the entry.
    pub(super) net_return: f64,
    pub(super) profit: f64,
    /// Price times units of both fills, in units of equity before the entry.
    pub(super) traded: f64,
    /// Closes at which it is held.
    pub(super) held: usize,
    /// The same bars for counts of returns, where they are those of the market.
    pub(super) counted: Option<Held>,
}

impl Row {
    /// The first bar, and the one after the last.
    pub(super) fn bars(&self) -> std::ops::Range<usize> {
        let first = self.first as usize;
        first..first + self.whole.bars as usize
    }
}

/// Equity as a line over prices, in units of that before the entry: `base + slope * price`.
#[derive(Debug, Clone, Copy)]
struct Line {
    base: f64,
    slope: f64,
    /// What a unit was bought for, commission in: equity is 1 there.
    paid: f64,
}

impl Line {
    fn value(&self, price: f64) -> f64 {
        self.base + self.slope * price
    }

    /// The value at a price, or at the entry.
    fn before(&self, from: Option<f64>) -> f64 {
        from.map_or(1.0, |from| self.value(from))
    }

    /// What a small position earns from one price, or from the entry, to another, without what lies idle; `None` where
    /// it is not small.
    fn earned_small(&self, from: Option<f64>, to: f64) -> Option<f64> {
        let (first, before) = (from.unwrap_or(self.paid), self.before(from));
        let is_small = self.slope * first.max(to) < SMALL * before;
        is_small.then(|| self.slope * (to - first) / before)
    }

    /// What is earned from one price, or from the entry, to another.
    fn earned(&self, from: Option<f64>, to: f64) -> f64 {
        self.earned_small(from, to).unwrap_or_else(|| self.value(to) / self.before(from) - 1.0)
    }
}

/// The traded market and what is the same for every combination.
#[derive(Debug, Clone)]
pub(super) struct Market<'a> {
    close: &'a [f64],
    known_at: &'a [i64],
    benchmark: &'a [f64],
    /// The share of equity that goes into a trade.
    size: f64,
    /// 1 for a trade that gains where prices rise.
    side: f64,
    /// The risk-free rate of one bar.
    pub(super) rate: f64,
    pyramid: Arc<Pyramid<'a>>,
    /// Where there are few enough bars to be counted.
    pub(super) ends: Option<Arc<Ends>>,
    /// The trades, where they are courses.
    courses: Courses,
}

impl<'a> Market<'a> {
    pub(super) fn new(setup: &'a Setup<'_>) -> Self {
        let rate = per_bar_rate(setup.strategy.risk_free, setup.periods_per_year());
        let close = setup.prices().close;
        Self {
            close,
            known_at: setup.known_at(),
            benchmark: setup.benchmark_returns(),
            size: setup.strategy.size,
            side: 1.0,
            rate,
            pyramid: Arc::new(Pyramid::new(close, setup.benchmark_returns(), rate)),
            ends: Ends::new(setup.benchmark_returns()).map(Arc::new),
            courses: Courses::default(),
        }
    }

    /// The same with trades that are courses.
    pub(super) fn with(self, courses: Courses) -> Self {
        Self { courses, ..self }
    }

    /// The trades, where they are courses.
    pub(super) fn courses(&self) -> &Courses {
        &self.courses
    }

    /// The same, to add to them.
    pub(super) fn courses_mut(&mut self) -> &mut Courses {
        &mut self.courses
    }

    /// What a course comes to.
    pub(super) fn course(&self, told: &Told) -> Row {
        let (places, first) = (told.path(), told.first as usize);
        let path = self.courses.along(places.clone(), told.has_returns);
        let whole = Stretch::along(path, &self.benchmark[first..first + places.len()], self.rate);
        Row {
            deal: told.deal,
            first: told.first,
            whole,
            base: 0.0,
            slope: 0.0,
            path: Some(places.start),
            has_returns: told.has_returns,
            net_return: told.net_return,
            profit: told.deal.profit,
            traded: told.traded,
            held: told.held as usize,
            counted: None,
        }
    }

    /// Equity at each close of a course, in units of that before it.
    fn path(&self, row: &Row) -> Option<Path<'_>> {
        let places = |start: usize| start..start + row.whole.bars as usize;
        row.path.map(|start| self.courses.along(places(start), row.has_returns))
    }

    /// The prices at which a trade was entered and left, commission in.
    fn paid_and_got(&self, deal: &Deal) -> (f64, f64) {
        let got =
            if deal.open { deal.exit_price } else { deal.exit_price * (1.0 - self.side * deal.commission) };
        (deal.entry_price * (1.0 + deal.commission), got)
    }

    /// What a trade comes to.
    pub(super) fn row(&self, deal: &Deal) -> Row {
        let (entry, exit) = (deal.entry as usize, deal.exit as usize);
        let (paid, got) = self.paid_and_got(deal);
        let units = self.size / paid;
        let (base, slope) = (1.0 - self.side * self.size, self.side * units);
        let line = Line { base, slope, paid };
        let closed = !deal.open;
        // Bars at whose close it is held; the bar of a sale comes after them.
        let held = entry..exit + usize::from(deal.open);
        let mut whole = Stretch::EMPTY;
        let mut before = 1.0;
        if !held.is_empty() {
            whole = self.bar(&line, None, self.close[entry], entry);
            // All in, a bar earns what the market does. Otherwise its share of the account moves with prices.
            if base == 0.0 {
                whole = whole.then(&self.pyramid.over(entry + 1..held.end));
            } else {
                for bar in entry + 1..held.end {
                    let before = Some(self.close[bar - 1]);
                    whole = whole.then(&self.bar(&line, before, self.close[bar], bar));
                }
            }
            before = line.value(self.close[held.end - 1]);
        }
        if closed {
            let last = held.clone().next_back().map(|bar| self.close[bar]);
            whole = Stretch { growth: before, ..whole }.then(&self.bar(&line, last, got, exit));
            before = line.value(got);
        }
        let sold = if closed { deal.exit_price } else { 0.0 };
        let net_return = self.side * (got / paid - 1.0);
        let row = Row {
            deal: *deal,
            first: deal.entry,
            whole: Stretch { growth: before, ..whole },
            base,
            slope,
            path: None,
            has_returns: false,
            net_return,
            profit: self.size * net_return,
            traded: units * (deal.entry_price + sold),
            held: held.len(),
            counted: None,
        };
        Row { counted: self.counted(&row), ..row }
    }

    /// What a trade adds to counts of returns.
    fn counted(&self, row: &Row) -> Option<Held> {
        let ends = self.ends.as_ref().filter(|_| row.base == 0.0)?;
        let (first, after) = (row.bars().start, row.bars().start + row.held);
        let value = |bar: usize| row.slope * self.close[bar];
        let entered = (row.held > 0).then(|| value(first) - 1.0);
        let before = if row.held > 0 { value(after - 1) } else { 1.0 };
        let left = (!row.deal.open).then(|| row.whole.growth / before - 1.0);
        Some(ends.held((first + 1).min(after)..after, [entered, left]))
    }

    /// A bar in which the price goes from one to another; from the entry's where there is none before.
    fn bar(&self, line: &Line, from: Option<f64>, to: f64, bar: usize) -> Stretch {
        let (benchmark, rate) = (self.benchmark[bar], self.rate);
        match line.earned_small(from, to) {
            Some(earned) => Stretch::earning(earned, benchmark, rate),
            None => Stretch::bar(line.value(to) / line.before(from), benchmark, rate),
        }
    }

    /// Takes a drawdown through the closes of a trade entered with `equity`.
    pub(super) fn follow(&self, row: &Row, equity: f64, scan: &mut DrawdownScan) {
        let bars = row.bars();
        let last = bars.end - 1;
        let whole = &row.whole;
        if scan.stays_below(equity * whole.high) {
            scan.below(
                bars.len(),
                (equity, equity * whole.low, equity * whole.growth),
                (whole.drift, whole.drift_squares),
                self.known_at[last],
            );
            return;
        }
        if let Some(path) = self.path(row) {
            for (value, bar) in path.values.iter().zip(bars) {
                scan.close(equity * value, self.known_at[bar]);
            }
            return;
        }
        let held = bars.start..bars.start + row.held;
        let account = (equity * row.base, equity * row.slope);
        scan.closes(account, &self.close[held.clone()], &self.known_at[held]);
        if !row.deal.open {
            scan.close(equity * whole.growth, self.known_at[last]);
        }
    }

    /// Adds the return of every bar of a trade.
    pub(super) fn returns(&self, row: &Row, returns: &mut Vec<f64>) {
        if let Some(path) = self.path(row) {
            returns.extend((0..row.whole.bars as usize).map(|bar| path.earned(bar)));
            return;
        }
        let (paid, got) = self.paid_and_got(&row.deal);
        let line = Line { base: row.base, slope: row.slope, paid };
        let mut before = None;
        let held = row.bars().start..row.bars().start + row.held;
        if row.base == 0.0 && !held.is_empty() {
            // All in, a bar after the entry's earns what the market does.
            returns.push(row.slope * self.close[held.start] - 1.0);
            returns.extend_from_slice(&self.benchmark[held.start + 1..held.end]);
            before = Some(self.close[held.end - 1]);
        } else {
            for bar in held {
                returns.push(line.earned(before, self.close[bar]));
                before = Some(self.close[bar]);
            }
        }
        if !row.deal.open {
            returns.push(line.earned(before, got));
        }
    }

    /// When a bar is known.
    pub(super) fn known_at(&self, bar: usize) -> i64 {
        self.known_at[bar]
    }

    /// The benchmark's return of a bar.
    pub(super) fn benchmark(&self) -> &'a [f64] {
        self.benchmark
    }
}
