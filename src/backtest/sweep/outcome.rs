//! What one list of trades comes to: sums composed trade by trade, then every metric of the registry.

use crate::backtest::metrics::{
    self, DrawdownScan, Excess, Moments, PowerSums, ROUNDING, Sums, Tails, Total, TradeSums, Value, Versus,
};
use crate::backtest::simulator::RUIN;
use crate::backtest::single::Setup;

use super::ends::Counted;
use super::row::{Market, Row};
use super::stretch::Stretch;

/// What is the same for every outcome.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) bars: usize,
    pub(super) years: f64,
    opens_at: i64,
    pub(super) rate: f64,
    /// The benchmark's return above the risk-free rate.
    market: Moments,
    /// The benchmark's mean return.
    market_mean: f64,
    /// For each bar the sums of the benchmark's returns and of their squares over the bars before it, each with
    /// what its rounding lost: the difference of two is exact to the last bits even over a single bar.
    market_sums: Vec<[f64; 4]>,
}

impl Frame {
    pub(super) fn new(setup: &Setup<'_>, market: &Market<'_>) -> Self {
        let benchmark = market.benchmark();
        let mut market_sums = Vec::with_capacity(benchmark.len() + 1);
        let (mut sum, mut squares) = (Total::default(), Total::default());
        market_sums.push([0.0; 4]);
        for &earned in benchmark {
            sum.add(earned);
            squares.add(earned * earned);
            let ((a, b), (c, d)) = (sum.parts(), squares.parts());
            market_sums.push([a, b, c, d]);
        }
        let moments = Moments::of(benchmark.iter().copied());
        Self {
            bars: benchmark.len(),
            years: setup.years(),
            opens_at: setup.opens_at(),
            rate: market.rate,
            market: moments.less(market.rate),
            market_mean: moments.mean,
            market_sums,
        }
    }

    /// The sums of the benchmark's returns and of their squares over some bars.
    fn market_over(&self, bars: std::ops::Range<usize>) -> [f64; 2] {
        let (a, b) = (&self.market_sums[bars.start], &self.market_sums[bars.end]);
        [(b[0] - a[0]) + (b[1] - a[1]), (b[2] - a[2]) + (b[3] - a[3])]
    }
}

/// Memory that is kept between outcomes.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pnl: Vec<f64>,
    returns: Vec<f64>,
}

/// Closed trades, whether one is still open, and every metric in the order of the registry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measured {
    pub(super) closed: u32,
    pub(super) open: bool,
    /// Whether the account is ruined or so near to it that rounding decides, and the reference has to be asked.
    pub(super) vanished: bool,
}

/// Below this share of the capital an account may be ruined on the reference. Rounding of many trades does not move
/// equity by as much as what is left to [`RUIN`].
const VANISHED: f64 = RUIN * 1.000_001;

/// Sums over trades. Plain sums of a few trades go into totals that lose no digits over many.
#[derive(Debug, Default)]
struct Over {
    totals: [Total; TERMS],
    recent: [f64; TERMS],
    count: usize,
}

/// What is added up: four powers, lost, downside, gains, losses, active and its squares, products, equity,
/// traded, net returns.
const TERMS: usize = 14;

/// The places of those that bars without a position have, too: active, its squares, equity.
const OF_FLAT: [usize; 3] = [8, 9, 11];

impl Over {
    fn add(&mut self, terms: [f64; TERMS]) {
        for (sum, term) in self.recent.iter_mut().zip(terms) {
            *sum += term;
        }
        self.count();
    }

    fn add_flat(&mut self, terms: [f64; OF_FLAT.len()]) {
        for (place, term) in OF_FLAT.into_iter().zip(terms) {
            self.recent[place] += term;
        }
        self.count();
    }

    fn count(&mut self) {
        self.count += 1;
        if self.count.is_multiple_of(32) {
            self.flush();
        }
    }

    fn flush(&mut self) {
        for (total, recent) in self.totals.iter_mut().zip(&mut self.recent) {
            total.add(std::mem::take(recent));
        }
    }

    fn finish(mut self) -> [f64; TERMS] {
        self.flush();
        self.totals.map(Total::value)
    }
}

/// Computes every metric of a list of trades into `values`.
pub(super) fn measure(
    frame: &Frame,
    market: &Market<'_>,
    rows: &[&Row],
    scratch: &mut Scratch,
    values: &mut Vec<Value>,
) -> Measured {
    let mut over = Over::default();
    let mut account = Account::new(frame);
    scratch.pnl.clear();
    for row in rows {
        account.flat(frame, market, row.bars().start, &mut over);
        account.trade(market, row, (&mut over, &mut scratch.pnl));
    }
    account.flat(frame, market, frame.bars, &mut over);
    let terms = over.finish();
    let tails =
        account.tails(market, rows, (frame.bars, terms[4]), &mut scratch.returns).unwrap_or_else(|| {
            scratch.returns.clear();
            for row in rows {
                market.returns(row, &mut scratch.returns);
            }
            let flat = frame.bars - scratch.returns.len();
            Tails::of(&mut scratch.returns, flat).unwrap_or_default()
        });
    let flat_difference = account.active_is_flat(market, rows);
    let sums = account.sums(frame, &terms, (tails, flat_difference), &scratch.pnl);
    values.extend(metrics::values(&sums));
    Measured {
        closed: u32::try_from(account.trades.count).unwrap_or(u32::MAX),
        open: account.open,
        vanished: account.lowest < VANISHED,
    }
}

/// An account on its way from trade to trade.
#[derive(Debug)]
struct Account {
    equity: f64,
    lowest: f64,
    /// The first bar not yet lived through.
    bar: usize,
    /// Bars of trades, and of those the ones that lost and gained.
    traded: usize,
    below: usize,
    above: usize,
    held: usize,
    min: f64,
    max: f64,
    active_min: f64,
    active_max: f64,
    scan: DrawdownScan,
    trades: TradeSums,
    gained: Total,
    lost: Total,
    open: bool,
}

impl Account {
    fn new(frame: &Frame) -> Self {
        Self {
            equity: 1.0,
            lowest: 1.0,
            bar: 0,
            traded: 0,
            below: 0,
            above: 0,
            held: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            active_min: f64::INFINITY,
            active_max: f64::NEG_INFINITY,
            scan: DrawdownScan::new(1.0, frame.opens_at),
            trades: TradeSums::default(),
            gained: Total::default(),
            lost: Total::default(),
            open: false,
        }
    }

    /// The bars up to `until`, without a position.
    fn flat(&mut self, frame: &Frame, market: &Market<'_>, until: usize, over: &mut Over) {
        let bars = until - self.bar;
        if bars == 0 {
            return;
        }
        let [sum, squares] = frame.market_over(self.bar..until);
        over.add_flat([-sum, squares, bars as f64 * self.equity]);
        self.scan.flat(bars, market.known_at(until - 1));
        self.bar = until;
    }

    fn trade(&mut self, market: &Market<'_>, row: &Row, (over, pnls): (&mut Over, &mut Vec<f64>)) {
        let (equity, whole) = (self.equity, &row.whole);
        let [p1, p2, p3, p4] = whole.powers;
        let worth = equity * (f64::from(whole.bars) + whole.drift);
        let net = if row.deal.open { 0.0 } else { row.net_return };
        over.add([
            p1,
            p2,
            p3,
            p4,
            whole.lost,
            whole.downside,
            whole.gains,
            whole.losses,
            whole.active,
            whole.active_squares,
            whole.products,
            worth,
            equity * row.traded,
            net,
        ]);
        market.follow(row, equity, &mut self.scan);
        self.count(row);
        if row.deal.open {
            self.open = true;
        } else {
            let pnl = equity * row.profit;
            self.close(row.net_return, pnl);
            pnls.push(pnl);
        }
        self.equity = equity * whole.growth;
        self.lowest = self.lowest.min(equity * whole.low);
        self.bar = row.bars().end;
    }

    fn count(&mut self, row: &Row) {
        let whole: &Stretch = &row.whole;
        self.traded += whole.bars as usize;
        self.below += whole.below as usize;
        self.above += whole.above as usize;
        self.held += row.held;
        self.min = self.min.min(whole.min);
        self.max = self.max.max(whole.max);
        self.active_min = self.active_min.min(whole.active_min);
        self.active_max = self.active_max.max(whole.active_max);
    }

    fn close(&mut self, net_return: f64, pnl: f64) {
        self.trades.count += 1;
        if net_return > ROUNDING {
            self.trades.wins += 1;
            self.gained.add(pnl);
        } else if net_return < -ROUNDING {
            self.trades.losses += 1;
            self.lost.add(-pnl);
        }
    }

    /// The tails of so many returns, where not all that are held have to be looked at.
    fn tails(
        &self,
        market: &Market<'_>,
        rows: &[&Row],
        (all, lost): (usize, f64),
        found: &mut Vec<f64>,
    ) -> Option<Tails> {
        Tails::around_zero(all, (self.below, lost), self.above).or_else(|| {
            let ends = market.ends.as_ref().filter(|_| rows.iter().all(|row| row.counted.is_some()))?;
            let counted = Counted { all, below: self.below, lost, above: self.above };
            ends.tails(rows.iter().filter_map(|row| row.counted.as_ref()), counted, found)
        })
    }

    /// Whether strategy and benchmark differ by the same on every bar.
    fn active_is_flat(&self, market: &Market<'_>, rows: &[&Row]) -> bool {
        let (mut min, mut max) = (self.active_min, self.active_max);
        if max - min > ROUNDING {
            return false;
        }
        // Rarely so far: now the bars without a position count, too.
        let mut bar = 0;
        let mut varies = |bars: std::ops::Range<usize>| {
            market.benchmark()[bars].iter().any(|earned| {
                (min, max) = (min.min(-earned), max.max(-earned));
                max - min > ROUNDING
            })
        };
        for row in rows {
            if varies(bar..row.bars().start) {
                return false;
            }
            bar = row.bars().end;
        }
        !varies(bar..market.benchmark().len())
    }

    fn sums(
        &self,
        frame: &Frame,
        terms: &[f64; TERMS],
        (tails, flat_difference): (Tails, bool),
        pnl: &[f64],
    ) -> Sums {
        let [
            p1,
            p2,
            p3,
            p4,
            _,
            downside,
            gains,
            losses,
            active,
            active_squares,
            products,
            marked,
            traded,
            net,
        ] = *terms;
        let bars = frame.bars;
        let flat = bars - self.traded;
        let mut powers =
            PowerSums { count: self.traded, powers: [p1, p2, p3, p4], min: self.min, max: self.max };
        powers.add_flat(flat);
        let returns = powers.moments();
        // Without a position a bar earns the risk-free rate less than nothing.
        let (idle, flat) = ((frame.rate).max(0.0), flat as f64);
        let (n, mean) = (bars as f64, active / bars as f64);
        let spread = if flat_difference { 0.0 } else { f64::INFINITY };
        Sums {
            bars,
            years: frame.years,
            growth: self.equity,
            shape: powers.shape(),
            excess: Excess {
                moments: returns.less(frame.rate),
                downside: downside + flat * (idle * idle),
                gains: gains + flat * (-frame.rate).max(0.0),
                losses: losses + flat * idle,
            },
            tails,
            drawdown: self.scan.finish(),
            held: self.held,
            mean_equity: marked / n,
            traded,
            versus: Some(Versus {
                active: Moments {
                    count: bars,
                    mean,
                    squares: (active_squares - active * mean).max(0.0),
                    min: 0.0,
                    max: spread,
                },
                benchmark: frame.market,
                products: products - returns.mean * frame.market_mean * n,
            }),
            trades: TradeSums {
                gained: self.gained.value(),
                lost: self.lost.value(),
                net_returns: net,
                pnl: Moments::of(pnl.iter().copied()),
                ..self.trades
            },
            returns,
        }
    }
}
