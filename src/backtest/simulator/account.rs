//! The account: cash, at most one position with its legs, and what one bar does to them. What it orders is in
//! `ordering`, later parts of a position in `parts`, what time costs it in `finance`, what follows a single order in `course`.

mod course;
mod finance;
mod ordering;
mod parts;
mod seat;

pub(super) use course::Life;

use super::costs::{Broker, commission, slippage, units_for};
use super::ledger::{Execution, Ledger, Reasons};
use super::orders::{Fill, Orders};
use super::position::{Position, What};
use super::size::{ROUNDING, whole};
use super::terms::Terms;
use super::{RUIN, SMALL};

/// An account on its way through the bars, which are to be visited in order by [`Account::step`].
#[derive(Clone)]
pub(super) struct Account<'a> {
    terms: &'a Terms<'a>,
    entry: &'a [bool],
    exit_rule: Option<&'a [bool]>,
    orders: Orders,
    pub(super) cash: f64,
    held: Option<Box<Position>>,
    /// At this much money or less it is ruined.
    ruin: f64,
    /// What financing put into the cash of the current bar.
    pub(super) financed: f64,
    /// What the current bar moved.
    bar: Moved,
    /// The least that a part that left early let behind of a leg, as a share of what was bought; 1 before.
    least_left: f64,
    accrued_to: i64,
    /// The bar in which the last trade ended.
    free_since: Option<usize>,
    broker: Broker,
    /// What the other accounts of its pool hold, whose money this one shares; 0 alone.
    beside: f64,
    /// Whether the pool lets this one enter; always alone.
    may_order: bool,
    /// Trades, executions and what they cost; its columns are the caller's.
    book: Ledger,
}

/// What a bar put into the cash of an account and took out of it.
#[derive(Debug, Default, Clone, Copy)]
struct Moved {
    /// The position's value before it, and its size whatever its sides.
    value: f64,
    gross: f64,
    /// What all fills and financing put into cash, and the money of the fills whichever way it went.
    flow: f64,
    traded: f64,
}

/// A price at a moment of the current bar.
#[derive(Clone, Copy)]
struct Moment {
    t: usize,
    at: i64,
    quoted: f64,
}

/// An order that fills.
struct Deal {
    /// Units bought, or sold where below 0.
    units: f64,
    /// What they weigh in the mean price of all parts: the units, or what is in proportion to them.
    weight: f64,
    /// The money that moves, where it is known better than by price times units.
    flow: Option<f64>,
    /// The share of the price that is lost.
    slip: f64,
    /// The last price known when it was decided.
    reference: f64,
    reasons: Reasons,
}

impl<'a> Account<'a> {
    /// An account with `capital` in cash before the first bar.
    pub(super) fn new(
        terms: &'a Terms<'a>,
        entry: &'a [bool],
        exit_rule: Option<&'a [bool]>,
        orders: Orders,
        capital: f64,
    ) -> Self {
        let (prices, bars) = (terms.markets[0].prices, terms.bars());
        let lengths = [prices.open.len(), prices.high.len(), prices.low.len(), entry.len()];
        assert!(
            exit_rule.map_or(bars, <[bool]>::len) == bars && lengths.iter().all(|&length| length == bars),
            "prices, entry and exit rule must have one value per bar"
        );
        Self { entry, ..Self::without_entry(terms, exit_rule, orders, capital) }
    }

    /// An account whose entry rule is never true.
    fn without_entry(
        terms: &'a Terms<'a>,
        exit_rule: Option<&'a [bool]>,
        orders: Orders,
        capital: f64,
    ) -> Self {
        Self {
            terms,
            entry: &[],
            exit_rule,
            orders,
            cash: capital,
            held: None,
            ruin: RUIN * capital,
            financed: 0.0,
            bar: Moved::default(),
            least_left: 1.0,
            accrued_to: if terms.bars() > 0 { terms.markets[0].opens_at(0) } else { 0 },
            free_since: None,
            broker: Broker::default(),
            beside: 0.0,
            may_order: true,
            book: Ledger::default(),
        }
    }

    /// Lives through bar `t`, from its open to the decisions at its close.
    pub(super) fn step(&mut self, t: usize) {
        self.live(t);
        self.decide(t, self.close_of(t));
    }

    fn close_of(&self, t: usize) -> Moment {
        let clock = self.terms.markets[0];
        Moment { t, at: clock.known_at(t), quoted: clock.prices.close[t] }
    }

    /// Lives through bar `t` up to the decisions at its close.
    fn live(&mut self, t: usize) {
        let clock = self.terms.markets[0];
        let open = Moment { t, at: clock.opens_at(t), quoted: clock.prices.open[t] };
        let close = self.close_of(t);
        self.financed = 0.0;
        self.bar = match self.held.as_deref() {
            Some(position) => Moved { value: position.value(), gross: position.gross(), ..Moved::default() },
            None => Moved::default(),
        };
        match self.orders.fill {
            Fill::Open => {
                self.other_legs(t, open.at);
                self.enter(open);
                self.at_open(open, self.due());
                if self.add(open) {
                    self.at_open(open, Reasons::default());
                }
                self.other_legs(t, close.at);
                if !self.enter_inside(close) {
                    self.inside(close);
                }
            }
            Fill::Close => {
                self.other_legs(t, open.at);
                self.at_open(open, Reasons::default());
                self.other_legs(t, close.at);
                self.inside(close);
                self.leave(close, self.due());
                self.enter(close);
                self.add(close);
                self.other_legs(t, close.at + 1);
            }
        }
        self.accrue(t, close.at);
    }

    /// What the account is worth at the close of the last bar visited.
    pub(super) fn equity(&self) -> f64 {
        self.cash + self.held.as_deref().map_or(0.0, Position::value)
    }

    /// What the last bar visited earned, as a fraction of the equity `before` it; 0 where nothing was left. Equity is
    /// known to its own last digit: of a small position that is more than many bars earn, so that the bar's profit
    /// is then added up without what lies idle.
    pub(super) fn return_since(&self, before: f64) -> f64 {
        if before <= 0.0 {
            return 0.0;
        }
        if self.is_small(before) {
            let value = self.held.as_deref().map_or(0.0, Position::value);
            (self.bar.flow + (value - self.bar.value)) / before
        } else {
            self.equity() / before - 1.0
        }
    }

    /// Whether what the last bar visited held or traded was something, and a small part of the equity `before` it.
    fn is_small(&self, before: f64) -> bool {
        let gross = self.held.as_deref().map_or(0.0, Position::gross);
        let most = self.bar.gross.max(gross).max(self.bar.traded);
        most > 0.0 && most < SMALL * before
    }

    /// Puts money into the account, or takes it out where below 0.
    fn receive(&mut self, money: f64) {
        self.cash += money;
        self.bar.flow += money;
    }

    /// The units of the first leg held, below 0 for a short.
    pub(super) fn units(&self) -> f64 {
        self.held.as_ref().map_or(0.0, |position| position.side.sign() * position.legs[0].units + 0.0)
    }

    /// Whether nothing is held and nothing is ordered, and time changes nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.held.is_none() && !self.terms.finances()
    }

    /// Trades, executions and costs, after the last bar; what is still held is marked to its close.
    pub(super) fn finish(mut self) -> Ledger {
        if let Some(last) = self.terms.bars().checked_sub(1) {
            self.mark(last);
        }
        self.book
    }

    /// The reasons of the waiting order to leave; empty if there is none.
    fn due(&self) -> Reasons {
        self.held.as_ref().map_or(Reasons::default(), |position| position.leaving)
    }

    /// Fills the waiting orders of the other legs whose markets trade before the instant `until`, in order of
    /// time.
    fn other_legs(&mut self, t: usize, until: i64) {
        let Some(mut position) = self.held.take_if(|position| position.legs.len() > 1) else { return };
        loop {
            let waiting = position.legs.iter().enumerate().skip(1).filter(|(_, leg)| leg.market != 0);
            let next = waiting
                .filter_map(|(i, leg)| {
                    // A part of it is not bought before that of the first leg.
                    let order = leg
                        .order
                        .filter(|order| order.what != What::Enter || !position.is_held() || leg.owed > 0.0)?;
                    let row = order.row?;
                    let (at, quoted) = self.terms.markets[leg.market].fill(row, self.orders.fill);
                    (at < until).then_some((at, i, quoted))
                })
                .min_by_key(|(at, i, _)| (*at, *i));
            let Some((at, i, quoted)) = next else { break };
            self.fill_other(&mut position, i, Moment { t, at, quoted });
        }
        self.keep(position, t);
    }

    /// Fills the waiting order of leg `i`, which is not the first.
    fn fill_other(&mut self, position: &mut Position, i: usize, now: Moment) {
        let Some(order) = position.legs[i].order.take() else { return };
        self.accrue_with(position, now.t, now.at);
        match order.what {
            What::Enter => {
                let units = self.units_beside(position, i, now);
                let leg = &position.legs[i];
                let units = whole(&self.orders.limits, units, now.quoted);
                let bought = leg.sign * units;
                position.legs[i].owed = 0.0;
                if now.quoted > 0.0 && units > 0.0 {
                    self.fill_plainly(position, i, bought, now, (order.reference, Reasons::default()));
                }
            }
            What::Leave(share, reasons) => {
                let leg = &position.legs[i];
                let part = |share: f64| whole(&self.orders.limits, share * leg.units, now.quoted);
                let units = if share < 1.0 { part(share) } else { leg.units };
                if units > 0.0 {
                    let sold = -leg.sign * units;
                    self.fill_plainly(position, i, sold, now, (order.reference, reasons));
                }
                // What was still to be bought waits behind the part that left.
                if share < 1.0 && position.legs[i].owed > 0.0 {
                    position.legs[i].order = Some(self.order_for(position, i, now.at, What::Enter));
                }
            }
        }
    }

    /// How many units leg `i` takes beside the first: its weight times the money of that one.
    fn units_beside(&mut self, position: &Position, i: usize, now: Moment) -> f64 {
        let (costs, leg) = (&self.orders.costs, &position.legs[i]);
        let planned = position.planned * self.orders.scale.share(0, position.parts.asked);
        if position.shares(i) {
            // Its part of what both share, its own costs included.
            let money = leg.weight * if position.is_held() { leg.owed } else { planned };
            let slip = slippage(self.terms, costs, leg.market, now.t, money / now.quoted);
            let rate = self.broker.rate(self.terms, costs, now.at);
            return units_for(costs, rate, money, now.quoted * (1.0 + leg.sign * slip));
        }
        // Before the first leg is in, its money is what the plan leaves after costs.
        let after_costs = planned / ((1.0 + costs.slippage) * (1.0 + costs.commission));
        let money = if position.is_held() { leg.owed } else { after_costs };
        leg.weight * money / now.quoted
    }

    /// Fills an order of so many units, below 0 to sell, with the slippage of its own size.
    fn fill_plainly(
        &mut self,
        position: &mut Position,
        i: usize,
        units: f64,
        now: Moment,
        (reference, reasons): (f64, Reasons),
    ) {
        let market = position.legs[i].market;
        let slip = slippage(self.terms, &self.orders.costs, market, now.t, units.abs());
        self.fill(
            position,
            i,
            &Deal { units, weight: units.abs(), flow: None, slip, reference, reasons },
            now,
        );
    }

    /// Fills the waiting order to enter, if there is one. At a price of zero or below there is nothing to buy.
    fn enter(&mut self, now: Moment) {
        let Some(mut position) =
            self.held.take_if(|position| position.entry.is_none() && position.takes(now.quoted))
        else {
            return;
        };
        self.accrue_with(&mut position, now.t, now.at);
        if position.executions > 0 {
            self.mark_legs(&mut position, now.at, None);
        }
        let Some(order) = position.legs[0].order.take() else { return };
        let share = self.orders.scale.share(0, position.parts.asked);
        if let Some(deal) = self.part_deal(&mut position, share, order.reference, now) {
            let stake = position.stake;
            let fill = self.fill(&mut position, 0, &deal, now);
            let (money, paid) = (deal.units.abs() * now.quoted, position.stake - stake);
            position.entered(now.t, fill);
            position.parts.bought = position.parts.asked;
            position.see(now.quoted);
            for i in 1..position.legs.len() {
                if position.limit.is_some() {
                    position.legs[i].order = Some(self.order_for(&position, i, now.at, What::Enter));
                }
                if position.legs[i].order.is_some() {
                    position.legs[i].owed = if position.shares(i) { paid } else { money };
                }
                if position.legs[i].market == 0 {
                    self.fill_other(&mut position, i, now);
                }
            }
        } else {
            position.legs[0].price = now.quoted;
            // A hedge that shares the money has put in its own.
            if position.stake <= 0.0 {
                position.stake = position.planned;
            }
            position.entered(now.t, now.quoted);
            position.parts_with(0.0, now.quoted);
            position.left(now.t, Reasons::UNFILLED);
            self.order_out(&mut position, now.at, Reasons::UNFILLED);
            if position.executions == 0 {
                self.book.unbought.too_small += 1;
                return;
            }
        }
        self.keep(position, now.t);
    }

    /// Fills an entry that waits for its level inside a bar; tells whether it did. Of the rest of that bar only
    /// its worst price is known to come after: a stop or trail that it reaches is hit, a gain is not counted.
    fn enter_inside(&mut self, close: Moment) -> bool {
        let Some(position) = self.held.as_ref().filter(|position| position.entry.is_none()) else {
            return false;
        };
        let prices = &self.terms.markets[0].prices;
        let long = position.side.sign() > 0.0;
        let worst = if long { prices.low[close.t] } else { prices.high[close.t] };
        let Some((level, _)) = position.limit.filter(|_| position.takes(worst)) else { return false };
        self.enter(Moment { quoted: level, ..close });
        let Some(position) = self.held.as_mut().filter(|position| position.is_held()) else { return true };
        position.entered_inside = true;
        match position.levels(&self.orders.exits, false).inside(worst, worst) {
            Some((level, reasons)) => self.leave(Moment { quoted: level, ..close }, reasons),
            None => position.see(worst),
        }
        true
    }

    /// At the open of a bar: an order that is `due` fills; a barrier that the open is beyond shares that fill.
    fn at_open(&mut self, open: Moment, due: Reasons) {
        let Some(position) = self.held.as_ref().filter(|position| position.is_held()) else { return };
        let reasons = due | position.levels(&self.orders.exits, false).reached_by(open.quoted);
        self.part(open, |level, sign| sign * open.quoted >= sign * level && reasons.is_empty(), true);
        self.leave(open, reasons);
    }

    /// From the open of a bar to just before its close, whose instant is that of all fills inside.
    fn inside(&mut self, close: Moment) {
        let Some(position) = self.held.as_ref().filter(|position| position.is_held()) else { return };
        let prices = &self.terms.markets[0].prices;
        let (high, low) = (prices.high[close.t], prices.low[close.t]);
        let hit = position.levels(&self.orders.exits, false).inside(low, high);
        let best = if position.side.sign() > 0.0 { high } else { low };
        // A part leaves before the rest where its level is nearer, never where the rest left at a loss.
        let lost = hit.is_some_and(|(_, why)| why.contains(Reasons::STOP) || why.contains(Reasons::TRAIL));
        let until = hit.map_or(best, |(level, _)| level);
        self.part(close, |level, sign| !lost && sign * until >= sign * level, false);
        match hit {
            Some((level, reasons)) => self.leave(Moment { quoted: level, ..close }, reasons),
            None => {
                if let Some(position) = &mut self.held {
                    position.see(high);
                    position.see(low);
                }
            }
        }
    }

    /// Sells the parts that leave early of whose levels `reached` says so: at the open, or each at its level.
    fn part(&mut self, now: Moment, reached: impl Fn(f64, f64) -> bool, at_open: bool) {
        let partials = self.orders.exits.partials;
        if partials.is_empty() {
            return;
        }
        let Some(mut position) = self.held.take() else { return };
        let sign = position.side.sign();
        while let Some(partial) = partials.get(position.parted) {
            let level = position.legs[0].price * (1.0 + sign * partial.at);
            if !reached(level, sign) {
                break;
            }
            position.parted += 1;
            let now = Moment { quoted: if at_open { now.quoted } else { level }, ..now };
            self.sell_part(&mut position, partial.part, now);
        }
        self.held = Some(position);
    }

    /// Sells a part of what was bought so far, in all legs in the same proportion.
    fn sell_part(&mut self, position: &mut Position, part: f64, now: Moment) {
        let before = position.executions;
        // Of what is held it is more, where a part of it has left already.
        let share = part * (position.legs[0].taken / position.legs[0].units);
        for i in 0..position.legs.len() {
            position.legs[i].owed *= 1.0 - share;
            // A part that waits for its market leaves together with this one, or with all of it.
            let waits = position.legs[i].order.filter(|_| i > 0).map_or(0.0, |order| match order.what {
                What::Leave(share, _) => share,
                What::Enter => 0.0,
            });
            if position.legs[i].units > 0.0 && waits < 1.0 {
                let share = share + waits * (1.0 - share);
                let order = self.order_for(position, i, now.at, What::Leave(share, Reasons::PART));
                position.legs[i].order = Some(order);
            }
            if position.legs[i].market == 0 {
                self.fill_at(position, i, now);
            }
            // Where the first leg's part is no whole lot, none leaves.
            if i == 0 && position.executions == before {
                break;
            }
        }
    }

    /// Ends the first leg, if there is a reason to, and orders the others out.
    fn leave(&mut self, now: Moment, reasons: Reasons) {
        if reasons.is_empty() {
            return;
        }
        let Some(mut position) = self.held.take_if(|position| position.is_held()) else { return };
        if !(position.entered_inside && position.entry == Some(now.t)) {
            position.see(self.terms.markets[0].prices.open[now.t]);
        }
        self.order_out(&mut position, now.at, reasons);
        for i in 0..position.legs.len() {
            if position.legs[i].market != 0 {
                continue;
            }
            if let Some(order) = &mut position.legs[i].order {
                order.what = What::Leave(1.0, reasons);
            }
            self.fill_at(&mut position, i, now);
        }
        position.left(now.t, reasons);
        self.keep(position, now.t);
    }

    /// Fills the waiting order of a leg in the traded market.
    fn fill_at(&mut self, position: &mut Position, i: usize, now: Moment) {
        let before = position.legs[i].units;
        self.fill_other(position, i, now);
        if i == 0 && position.legs[0].units < before {
            let price = self.book.executions.last().map_or(now.quoted, |last| last.price);
            let units = before - position.legs[0].units;
            position.parts_with(units, price);
        }
    }

    /// Buys or sells at a moment, and gives the price.
    fn fill(&mut self, position: &mut Position, i: usize, deal: &Deal, now: Moment) -> f64 {
        let &Deal { units, weight, slip, reference, reasons, .. } = deal;
        let (costs, leg) = (&self.orders.costs, &mut position.legs[i]);
        let size = units.abs();
        let price = now.quoted * (1.0 + units.signum() * slip);
        let rate = self.broker.rate(self.terms, costs, now.at);
        let paid = commission(costs, rate, size, price);
        let flow = deal.flow.unwrap_or(-units * price - paid);
        self.receive(flow);
        self.bar.traded += price * size;
        self.broker.note(self.terms, now.at, price * size);
        if leg.sign * units > 0.0 {
            leg.takes(size, weight, price);
            (leg.mark, leg.filled_at) = (now.quoted, now.at);
            if let Some(whole) = &mut position.whole {
                whole.invested += price * size;
            }
            if i == 0 || position.whole.is_some() || position.shares(i) {
                position.stake += if units > 0.0 { -flow } else { price * size + paid };
            }
        } else {
            leg.units = if size < leg.units { leg.units - size } else { 0.0 };
            if leg.units > 0.0 {
                self.least_left = self.least_left.min(leg.units / leg.taken);
            }
            (leg.mark, leg.filled_at) = (now.quoted, now.at);
        }
        position.flow += flow;
        position.commission += paid;
        position.executions += 1;
        let (trade, market) = (self.book.trades.len(), position.legs[i].market);
        let (bar, at, quoted) = (now.t, now.at, now.quoted);
        let execution = Execution {
            trade,
            leg: i,
            market,
            bar,
            at,
            units,
            price,
            quoted,
            commission: paid,
            reference,
            reasons,
        };
        self.book.paid.commission += paid;
        self.book.paid.slippage += execution.slippage();
        self.book.executions.push(execution);
        price
    }

    /// Goes on with a position, or settles it where nothing is left of it.
    fn keep(&mut self, position: Box<Position>, t: usize) {
        if position.is_over() {
            self.free_since = Some(t);
            self.book.trades.push(position.settle(t));
        } else {
            self.held = Some(position);
        }
    }

    /// Looks at the rules at the close of a bar. A ruined account's position ends there, at that value, and no later
    /// bar orders anything.
    fn decide(&mut self, t: usize, close: Moment) {
        // A limit that has waited long enough is gone; this very close may order anew.
        let gone = self.held.take_if(|p| p.entry.is_none() && p.limit.is_some_and(|(_, last)| t >= last));
        self.book.unbought.expired += usize::from(gone.is_some());
        if let Some(mut position) = self.held.take() {
            self.mark_legs(&mut position, close.at, Some(t));
            self.held = Some(position);
        }
        let equity = self.equity() + self.beside;
        if equity <= self.ruin {
            self.book.ruined = self.book.ruined.or(Some(t));
            self.mark(t);
        } else if let Some(mut position) = self.held.take() {
            if position.is_held() {
                let rule = self.exit_rule.is_some_and(|rule| rule[t]);
                position.decide(t, close.quoted, &self.orders.exits, rule);
                let margin = self.orders.limits.maintenance * position.gross();
                let called = equity < margin * (1.0 - ROUNDING);
                position.leaving |= Reasons::MARGIN.when(called);
                if position.leaving.is_empty() {
                    self.order_parts(&mut position, close);
                } else {
                    let reasons = position.leaving;
                    self.order_out(&mut position, close.at, reasons);
                }
            }
            self.held = Some(position);
        } else if self.may_enter(t) {
            self.held = self.ordered(t, close, equity).map(Box::new);
            self.book.unbought.unknown += usize::from(self.held.is_none());
        }
    }

    /// Ends what is held at the close of bar `t`, without a fill and its costs.
    fn mark(&mut self, t: usize) {
        let Some(mut position) = self.held.take() else { return };
        if position.executions == 0 {
            return;
        }
        let value = position.marked(t);
        self.receive(value);
        self.bar.traded += value.abs();
        self.book.trades.push(position.settle(t));
    }
}
