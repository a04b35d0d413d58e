//! Walking from anchor to anchor.
//!
//! A market's log price is a Brownian bridge between two anchors, drawn along by the market it follows, in a
//! corridor it never leaves. A first path comes from halving (Lévy's construction of the bridge), each middle
//! drawn from the normal distribution between its two ends, cut off at the corridor. Then every day is drawn
//! again several times, given its two neighbours, in the same way: Gibbs sampling, whose limit is the bridge
//! that stays inside by itself. So days near a boundary are like any other days, and no day is clipped.

use crate::base::calendar::{Date, Label};
use crate::base::diagnostic::Result;
use crate::base::num::{self, RandomStream};

use super::anchors::{Anchor, Anchors};
use super::corridor::Corridor;
use super::markets::Market;

/// How often each day is drawn again.
const SWEEPS: usize = 30;
/// Draws from the whole normal distribution before the corridor's nearest part is taken.
const TRIES: usize = 100;
/// Spread of the logarithm of volatility over the months, and its share that lasts from one day to the next.
const MOOD: f64 = 0.35;
const MOOD_LASTS: f64 = 0.985;
/// Spread of the logarithm of volatility from one day to the next: days with news and without.
const NEWS: f64 = 0.15;
/// The greatest factor of mood and news together.
const WILDEST: f64 = 1.6;

/// A market's simulated closes.
#[derive(Debug)]
pub(super) struct History {
    pub(super) market: &'static Market,
    /// Trading days, from the first anchor to the last.
    pub(super) dates: Vec<Date>,
    /// Closes, in cents.
    pub(super) cents: Vec<i64>,
    /// The standard deviation that each day's log return was drawn with.
    pub(super) spreads: Vec<f64>,
}

impl History {
    /// The log return of day `index` (from 1), or 0 for the first.
    pub(super) fn log_return(&self, index: usize) -> f64 {
        if index == 0 { 0.0 } else { log_price(self.cents[index]) - log_price(self.cents[index - 1]) }
    }
}

/// Walks every market through its anchors.
///
/// # Errors
/// Where the anchors leave no room to walk in.
pub(super) fn walk_all(anchors: &Anchors, seed: u64) -> Result<Vec<History>> {
    let mut histories: Vec<History> = Vec::new();
    for (market, anchors) in anchors.by_market() {
        let history = walk(market, anchors, &histories, seed)?;
        histories.push(history);
    }
    Ok(histories)
}

fn walk(market: &'static Market, anchors: &[Anchor], earlier: &[History], seed: u64) -> Result<History> {
    let (first, last) = (anchors[0], anchors[anchors.len() - 1]);
    let dates = trading_days(market, first.date, last.date);
    let pulls = Pulls::of(market, &dates, earlier);
    let moods = moods(market, &dates, seed);
    let mut stream = RandomStream::new(seed, market.symbol);
    let mut cents = vec![first.cents];
    let mut spreads = vec![num::sqrt(market.day_variance(first.date)) * moods[0]];
    for (index, pair) in anchors.windows(2).enumerate() {
        let days = cents.len()..dates.partition_point(|date| *date <= pair[1].date);
        let ordinary: Vec<f64> =
            days.clone().map(|day| market.day_variance(dates[day]) * moods[day] * moods[day]).collect();
        let stress = stress(market, &ordinary, log_price(pair[1].cents) - log_price(pair[0].cents));
        let mut bridge = Bridge {
            corridor: Corridor::after(market.symbol, anchors, index)?,
            variances: ordinary.iter().map(|variance| variance * stress * pulls.own_share).collect(),
            offsets: running_sum(&pulls.returns[days]),
            path: Vec::new(),
        };
        bridge.draw(pair[0].cents, pair[1].cents, &mut stream);
        cents.extend(bridge.closes(pair[1].cents));
        spreads.extend(ordinary.iter().map(|variance| num::sqrt(variance * stress)));
    }
    Ok(History { market, dates, cents, spreads })
}

fn trading_days(market: &Market, first: Date, last: Date) -> Vec<Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
        .take_while(|day| *day <= last)
        .filter(|day| market.session.is_trading_day(*day))
        .collect()
}

/// What the followed market does to each day.
struct Pulls {
    /// The part of each day's log return that comes from there.
    returns: Vec<f64>,
    /// The share of variance that does not.
    own_share: f64,
}

impl Pulls {
    fn of(market: &Market, dates: &[Date], earlier: &[History]) -> Self {
        let none = Self { returns: vec![0.0; dates.len()], own_share: 1.0 };
        let Some((symbol, correlation)) = market.follows else {
            return none;
        };
        let Some(leader) = earlier.iter().find(|history| history.market.symbol == symbol) else {
            return none;
        };
        let beta = correlation * market.yearly_volatility / leader.market.yearly_volatility;
        let returns = dates
            .iter()
            .map(|date| leader.dates.binary_search(date).map_or(0.0, |day| beta * leader.log_return(day)))
            .collect();
        Self { returns, own_share: 1.0 - correlation * correlation }
    }
}

/// A factor on the volatility of each date, around 1, the same for all markets of one mood: it wanders over
/// months, and jumps from day to day.
fn moods(market: &Market, dates: &[Date], seed: u64) -> Vec<f64> {
    let origin = Label::date(Date::constant(2014, 1, 1));
    let mut slow = RandomStream::new(seed, &format!("mood of {}", market.mood));
    let mut quick = RandomStream::new(seed, &format!("news of {}", market.mood));
    let mut level = MOOD * slow.normal();
    let mut day = 0;
    let mut factors = Vec::with_capacity(dates.len());
    for date in dates {
        let wanted = Label::date(*date).calendar_days_since(origin);
        let mut news = 0.0;
        while day < wanted {
            level = MOOD_LASTS * level + MOOD * num::sqrt(1.0 - MOOD_LASTS * MOOD_LASTS) * slow.normal();
            news = NEWS * quick.normal();
            day += 1;
        }
        // exp(normal) squared has the mean exp(2 variance): taken off, so that the mean factor on variances
        // is 1.
        factors.push(num::exp(level + news - MOOD * MOOD - NEWS * NEWS).min(WILDEST));
    }
    factors
}

/// A factor on the variances of a stretch, from how far its two anchors are apart for so many days: crashes
/// are wild while they last, and months that go nowhere tend to be quiet.
fn stress(market: &Market, variances: &[f64], log_return: f64) -> f64 {
    let pace = (0.65 + 0.35 * log_return * log_return / num::sum(variances)).min(5.0);
    if log_return < 0.0 { pace * market.fear } else { pace / market.fear }
}

/// The days between two anchors.
struct Bridge {
    corridor: Corridor,
    /// Of each day's own log return, the closing anchor's day included.
    variances: Vec<f64>,
    /// Where the followed market alone would have led by each day.
    offsets: Vec<f64>,
    /// Log prices from the opening anchor to the closing one.
    path: Vec<f64>,
}

impl Bridge {
    fn draw(&mut self, from: i64, to: i64, stream: &mut RandomStream) {
        let last = self.variances.len();
        self.path = vec![log_price(from); last];
        self.path.push(log_price(to));
        self.halve(0, last, stream);
        for _ in 0..SWEEPS {
            for day in 1..last {
                self.place(day - 1, day, day + 1, stream);
            }
        }
    }

    /// The closes after the opening anchor, in cents.
    fn closes(&self, to: i64) -> Vec<i64> {
        let inside = &self.path[1..self.path.len() - 1];
        inside.iter().map(|log| in_cents(num::exp(*log))).chain(std::iter::once(to)).collect()
    }

    fn halve(&mut self, left: usize, right: usize, stream: &mut RandomStream) {
        if right - left < 2 {
            return;
        }
        let middle = left.midpoint(right);
        self.place(left, middle, right, stream);
        self.halve(left, middle, stream);
        self.halve(middle, right, stream);
    }

    /// Draws `day` given the days `left` and `right` of it.
    fn place(&mut self, left: usize, day: usize, right: usize, stream: &mut RandomStream) {
        let before: f64 = self.variances[left..day].iter().sum();
        let after: f64 = self.variances[day..right].iter().sum();
        let own = |index: usize| self.path[index] - self.offset(index);
        let mean = (own(left) * after + own(right) * before) / (before + after) + self.offset(day);
        let spread = num::sqrt(before * after / (before + after));
        self.path[day] = inside(self.corridor, mean, spread, stream);
    }

    fn offset(&self, index: usize) -> f64 {
        if index == 0 { 0.0 } else { self.offsets[index - 1] }
    }
}

/// A normal number cut off at the corridor's ends. Where the corridor lies in the far tail, its part next to
/// the mean is drawn from evenly instead, no wider than half the spread.
fn inside(corridor: Corridor, mean: f64, spread: f64, stream: &mut RandomStream) -> f64 {
    let (low, high) = (log_price(corridor.low), log_price(corridor.high));
    for _ in 0..TRIES {
        let drawn = mean + spread * stream.normal();
        if (low..=high).contains(&drawn) {
            return drawn;
        }
    }
    let nearest = mean.clamp(low, high);
    let (low, high) = (low.max(nearest - spread / 2.0), high.min(nearest + spread / 2.0));
    low + (high - low) * stream.uniform()
}

fn running_sum(values: &[f64]) -> Vec<f64> {
    let mut total = 0.0;
    values
        .iter()
        .map(|value| {
            total += value;
            total
        })
        .collect()
}

/// The logarithm of a price given in cents.
fn log_price(cents: i64) -> f64 {
    num::ln(cents as f64 / 100.0)
}

/// A price in whole cents.
pub(super) fn in_cents(price: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "prices are far below 2^53 cents")]
    let cents = (price * 100.0).round() as i64;
    cents
}
