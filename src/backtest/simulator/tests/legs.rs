//! Shorts, and trades with a leg in another market: its own sessions, its own prices, its own costs.

use super::*;

pub(super) const HOUR: i64 = 3_600_000_000;
pub(super) const DAY: i64 = 24 * HOUR;
/// Microseconds of a year of 365.25 days.
pub(super) const YEAR: f64 = 365.25 * 86_400e6;

/// A market of owned columns.
pub(super) struct Owned {
    columns: [Vec<f64>; 4],
    opens_at: Vec<i64>,
    known_at: Vec<i64>,
    volume: Vec<f64>,
}

impl Owned {
    /// Bars `[open, high, low, close]` of whole days from day 0: midnight to midnight.
    pub(super) fn daily(bars: &[[f64; 4]]) -> Self {
        let days: Vec<usize> = (0..bars.len()).collect();
        Self::on(&days, (0, 24), bars)
    }

    /// Bars on some days, from one hour to another.
    pub(super) fn on(days: &[usize], (opens, closes): (i64, i64), bars: &[[f64; 4]]) -> Self {
        let column = |field: usize| bars.iter().map(|bar| bar[field]).collect();
        let at = |hour: i64| days.iter().map(|&day| day as i64 * DAY + hour * HOUR).collect();
        Self {
            columns: [column(0), column(1), column(2), column(3)],
            opens_at: at(opens),
            known_at: at(closes),
            volume: vec![],
        }
    }

    /// Bars of one price each.
    pub(super) fn flat(prices: &[f64]) -> Self {
        Self::daily(&prices.iter().map(|&price| [price; 4]).collect::<Vec<_>>())
    }

    pub(super) fn volume(mut self, volume: &[f64]) -> Self {
        self.volume = volume.to_vec();
        self
    }

    pub(super) fn market(&self) -> Market<'_> {
        let [open, high, low, close] = &self.columns;
        Market {
            prices: Prices { open, high, low, close },
            times: Some(Times { opens_at: &self.opens_at, known_at: &self.known_at }),
            volume: &self.volume,
        }
    }
}

/// Terms of a market with a hedge of so much money for each unit of money in the first.
pub(super) fn hedged<'a>(first: &'a Owned, other: &'a Owned, weight: f64) -> Terms<'a> {
    let mut terms = Terms::outright(first.market());
    terms.markets.push(other.market());
    terms.legs.push(LegTerms { market: 1, weight: Known::Same(weight) });
    terms.rough.push(Known::Same(0.0));
    terms
}

/// Runs 1,000 in money; what it gives always adds up, and the quick way to the trades agrees.
pub(super) fn run(terms: &Terms<'_>, entry: &[usize], orders: &Orders) -> Ledger {
    let signals: Vec<bool> = (0..terms.bars()).map(|t| entry.contains(&t)).collect();
    let ledger = simulate_on(terms, &signals, None, orders, 1000.0);
    assert_eq!(reconcile(terms, &ledger, 1000.0), Ok(()));
    assert_eq!(trades_on(terms, &signals, None, orders, 1000.0), ledger.trades);
    ledger
}

pub(super) fn orders() -> Orders {
    Orders { size: 1.0, ..Orders::default() }
}

pub(super) fn after(bars: u32) -> Orders {
    Orders { exits: Exits { after: Some(bars), ..Exits::default() }, ..orders() }
}

fn short(orders: Orders) -> Orders {
    Orders { side: Side::Short, ..orders }
}

/// The only trade of a short from the close of bar 0.
fn short_trade(bars: &[[f64; 4]], exits: Exits) -> Trade {
    let market = Owned::daily(bars);
    let ledger = run(&Terms::outright(market.market()), &[0], &short(Orders { exits, ..orders() }));
    assert_eq!(ledger.trades.len(), 1);
    ledger.trades[0].clone()
}

#[test]
fn a_short_earns_what_the_price_loses() {
    let market = Owned::flat(&[100.0, 100.0, 90.0, 80.0, 80.0]);
    let ledger = run(&Terms::outright(market.market()), &[0], &short(after(2)));
    // 10 units sold at 100, bought back at 80.
    all_near(&ledger.equity, &[1000.0, 1000.0, 1100.0, 1200.0, 1200.0]);
    all_near(&ledger.cash, &[1000.0, 2000.0, 2000.0, 1200.0, 1200.0]);
    all_near(&ledger.position, &[0.0, -10.0, -10.0, 0.0, 0.0]);
    let trade = &ledger.trades[0];
    assert_eq!((trade.side, trade.units), (Side::Short, 10.0));
    near(trade.gross_return, 0.2);
    near(trade.net_return, 0.2);
    // Left at the open of 80: the low of 80 was seen, nothing above 100.
    near(trade.mfe, 0.2);
    near(trade.mae, 0.0);
}

#[test]
fn a_short_pays_costs_on_both_sides() {
    let market = Owned::flat(&[100.0, 100.0, 90.0, 80.0, 80.0]);
    let costs = Costs { commission: 0.01, slippage: 0.02, ..Costs::default() };
    let ledger = run(&Terms::outright(market.market()), &[0], &short(Orders { costs, ..after(2) }));
    let trade = &ledger.trades[0];
    // Sold at 98: 1000 / (98 x 1.01) = 1000 / 98.98 units; bought at 80 x 1.02 = 81.6.
    near(trade.entry_price, 98.0);
    near(trade.exit_price, 81.6);
    near(trade.units, 1000.0 / 98.98);
    // In 98 x 0.99 = 97.02 a unit, out 81.6 x 1.01 = 82.416 a unit.
    near(trade.pnl, (97.02 - 82.416) * 1000.0 / 98.98);
    near(ledger.equity[4], 1000.0 + 14.604 * 1000.0 / 98.98);
    // Slippage 2 and 1.6 a unit, commission 0.98 and 0.816.
    near(ledger.paid.slippage, 3.6 * 1000.0 / 98.98);
    near(ledger.paid.commission, 1.796 * 1000.0 / 98.98);
    near(trade.gross_return, 1.0 - 81.6 / 98.0);
}

#[test]
fn barriers_of_a_short_are_mirrored() {
    let stop = |fraction| Exits { stop: Some(inside(fraction)), ..Exits::default() };
    let target = |fraction| Exits { target: Some(inside(fraction)), ..Exits::default() };
    // A rise of a quarter inside the bar: bought back at 125.
    let trade = short_trade(&[STILL, STILL, [101.0, 126.0, 99.0, 100.0], STILL], stop(0.25));
    assert_eq!((trade.exit, trade.exit_price, trade.reasons), (2, 125.0, Reasons::STOP));
    near(trade.net_return, -0.25);
    near(trade.mae, -0.25);
    // Gapped through: at the open of 140, not at 125.
    let trade = short_trade(&[STILL, STILL, [140.0, 141.0, 139.0, 140.0], STILL], stop(0.25));
    assert_eq!((trade.exit_price, trade.reasons), (140.0, Reasons::STOP));
    near(trade.net_return, -0.4);
    // Exactly at the level is hit.
    let trade = short_trade(&[STILL, STILL, [100.0, 125.0, 99.0, 100.0], STILL], stop(0.25));
    assert_eq!(trade.reasons, Reasons::STOP);
    // A fall of a quarter: 75; a gap below it fills at the open.
    let trade = short_trade(&[STILL, STILL, [100.0, 101.0, 74.0, 80.0], STILL], target(0.25));
    assert_eq!((trade.exit_price, trade.reasons), (75.0, Reasons::TARGET));
    let trade = short_trade(&[STILL, STILL, [70.0, 71.0, 69.0, 70.0], STILL], target(0.25));
    assert_eq!((trade.exit_price, trade.reasons), (70.0, Reasons::TARGET));
    // Both in one bar: the stop.
    let both = Exits { stop: Some(inside(0.25)), target: Some(inside(0.25)), ..Exits::default() };
    let trade = short_trade(&[STILL, STILL, [100.0, 130.0, 70.0, 100.0], STILL], both);
    assert_eq!((trade.exit_price, trade.reasons), (125.0, Reasons::STOP));
}

#[test]
fn a_trail_of_a_short_hangs_above_the_lowest_low() {
    let trail = Exits { trail: Some(inside(0.25)), ..Exits::default() };
    // Low of 80 on bar 2: from bar 3 on the trail stands at 100, and 101 hits it.
    let bars = [STILL, STILL, [100.0, 100.0, 80.0, 82.0], [90.0, 101.0, 88.0, 95.0], STILL];
    let trade = short_trade(&bars, trail);
    assert_eq!((trade.exit, trade.exit_price, trade.reasons), (3, 100.0, Reasons::TRAIL));
    // The low of the same bar moves no level: 125 holds on bar 2, though 80 x 1.25 = 100 is passed there.
    let bars = [STILL, STILL, [100.0, 120.0, 80.0, 90.0]];
    assert!(short_trade(&bars, trail).open);
}

#[test]
fn a_shorts_profit_is_a_longs_loss_before_costs() {
    let market = Owned::daily(&[STILL, STILL, [110.0, 130.0, 90.0, 120.0], [90.0; 4], [85.0; 4]]);
    let terms = Terms::outright(market.market());
    let (long, short) = (run(&terms, &[0], &after(2)), run(&terms, &[0], &short(after(2))));
    for (long, short) in long.equity.iter().zip(&short.equity) {
        near(long - 1000.0, 1000.0 - short);
    }
    near(long.trades[0].mae, -short.trades[0].mfe);
    near(long.trades[0].mfe, -short.trades[0].mae);
}

#[test]
fn a_short_that_doubles_is_ruined() {
    let market = Owned::flat(&[100.0, 100.0, 210.0, 50.0, 50.0, 50.0]);
    let ledger = run(&Terms::outright(market.market()), &[0, 3], &short(orders()));
    all_near(&ledger.equity, &[1000.0, 1000.0, -100.0, -100.0, -100.0, -100.0]);
    assert_eq!((ledger.ruined, ledger.trades.len()), (Some(2), 1));
    near(ledger.trades[0].net_return, -1.1);
}

#[test]
fn borrowing_costs_by_time_and_value() {
    let market = Owned::flat(&[100.0, 100.0, 80.0, 80.0, 80.0]);
    let mut terms = Terms::outright(market.market());
    terms.borrow = Known::Same(0.365_25);
    let ledger = run(&terms, &[0], &short(after(2)));
    // 0.1% a day. Sold at the open of day 1: a day at 10 x 100 costs 1; the next day is still counted at the
    // last price known, 100 at the close of day 1: 1; then at 80: bought back at the open of day 3, at once.
    near(ledger.paid.borrow, 1.0 + 1.0);
    all_near(&ledger.financing, &[0.0, -1.0, -1.0, 0.0, 0.0]);
    all_near(&ledger.equity, &[1000.0, 999.0, 1198.0, 1198.0, 1198.0]);
    near(ledger.trades[0].financing, 2.0);
    near(ledger.trades[0].pnl, 198.0);
    near(ledger.trades[0].gross_return, 0.2);
}

#[test]
fn money_against_equal_money_earns_the_difference() {
    let (first, other) =
        (Owned::flat(&[100.0, 100.0, 110.0, 120.0, 120.0]), Owned::flat(&[50.0, 50.0, 51.0, 55.0, 55.0]));
    let ledger = run(&hedged(&first, &other, -1.0), &[0], &after(2));
    // 10 units at 100 against 20 units at 50: +10 and -1 each, then +20 and -5.
    all_near(&ledger.equity, &[1000.0, 1000.0, 1080.0, 1100.0, 1100.0]);
    let trade = &ledger.trades[0];
    near(trade.pnl, 100.0);
    near(trade.net_return, 0.1);
    near(trade.gross_return, 0.1);
    let fills: Vec<_> = ledger.executions.iter().map(|e| (e.leg, e.bar, e.units, e.price)).collect();
    assert_eq!(fills, [(0, 1, 10.0, 100.0), (1, 1, -20.0, 50.0), (0, 3, -10.0, 120.0), (1, 3, 20.0, 55.0)]);
}

#[test]
fn a_hedge_by_beta_is_sized_by_what_was_known_at_the_decision() {
    let (first, other) = (Owned::flat(&[100.0, 100.0, 120.0, 120.0]), Owned::flat(&[50.0, 50.0, 55.0, 55.0]));
    let beta = [-1.5, -9.0, -9.0, -9.0];
    let mut terms = hedged(&first, &other, 0.0);
    terms.legs[1].weight = Known::Each(&beta);
    let ledger = run(&terms, &[0], &after(1));
    // 1,500 of the other: 30 units, -5 each.
    near(ledger.executions[1].units, -30.0);
    near(ledger.trades[0].pnl, 200.0 - 150.0);
    // A beta below 0 puts the leg on the same side, and both share the money; one that is missing, no trade.
    let beta = [0.5, f64::NAN, f64::NAN, f64::NAN];
    terms.legs[1].weight = Known::Each(&beta);
    near(run(&terms, &[0], &after(1)).trades[0].pnl, (200.0 + 50.0) / 1.5);
    let missing = run(&terms, &[1], &after(1));
    assert!(missing.trades.is_empty());
    assert_eq!(missing.unbought.unknown, 1);
}

#[test]
fn each_leg_pays_its_own_costs() {
    let (first, other) = (Owned::flat(&[100.0, 100.0, 110.0, 110.0]), Owned::flat(&[50.0, 50.0, 50.0, 50.0]));
    let costs = Costs { commission: 0.01, slippage: 0.02, ..Costs::default() };
    let ledger = run(&hedged(&first, &other, -1.0), &[0], &Orders { costs, ..after(1) });
    // First: 1000 / (102 x 1.01) = n units, quoted at 100 n; so 2 n units of the other, sold at 49.
    let n = 1000.0 / 103.02;
    near(ledger.executions[1].units, -2.0 * n);
    near(ledger.executions[1].price, 49.0);
    // First: 110 x 0.98 x 0.99 - 103.02 a unit; other: 49 x 0.99 - 51 x 1.01 for each of 2 units.
    near(ledger.trades[0].pnl, n * (106.722 - 103.02) + 2.0 * n * (48.51 - 51.51));
    near(ledger.trades[0].commission, n * (1.02 + 1.078 + 2.0 * 0.49 + 2.0 * 0.51));
}

#[test]
fn a_hedge_against_itself_loses_exactly_its_costs() {
    let market = Owned::daily(&[STILL, [104.0, 110.0, 99.0, 105.0], [120.0, 130.0, 90.0, 100.0], [70.0; 4]]);
    let mut terms = Terms::outright(market.market());
    terms.legs.push(LegTerms { market: 0, weight: Known::Same(-1.0) });
    let costs = Costs { commission: 0.01, slippage: 0.02, ..Costs::default() };
    for exits in [after(2).exits, Exits { stop: Some(inside(0.125)), ..Exits::default() }] {
        let ledger = run(&terms, &[0], &Orders { exits, costs, ..orders() });
        near(ledger.trades[0].pnl, -ledger.paid.commission - ledger.paid.slippage);
        let free = run(&terms, &[0], &Orders { exits, ..orders() });
        all_near(&free.equity, &[1000.0; 4]);
    }
}

#[test]
fn a_leg_whose_market_is_shut_fills_when_it_opens() {
    // The clock has every day, the other market days 1, 2 and 5, from 14 to 21 hours. Day 3 and 4 are a weekend.
    let first = Owned::flat(&[100.0, 100.0, 100.0, 110.0, 120.0, 130.0, 130.0]);
    let bars = [[50.0, 50.0, 50.0, 52.0], [52.0, 52.0, 52.0, 54.0], [60.0, 60.0, 60.0, 57.0]];
    let other = Owned::on(&[1, 2, 5], (14, 21), &bars);
    let terms = hedged(&first, &other, -1.0);
    // Decided at the end of day 2: the first leg fills on day 3, the hedge on day 5 at 60, after 54 was known.
    let ledger = run(&terms, &[2], &after(4));
    let entered = &ledger.executions[1];
    assert_eq!((entered.leg, entered.bar, entered.at), (1, 5, 5 * DAY + 14 * HOUR));
    near(entered.quoted, 60.0);
    near(entered.reference, 54.0);
    // 1000 / 110 units of the first; the same 1,000 of the hedge at 60, marked to 57 at the end of day 5.
    let n = 1000.0 / 110.0;
    all_near(
        &ledger.equity,
        &[1000.0, 1000.0, 1000.0, 1000.0, 120.0 * n, 130.0 * n + 50.0, 130.0 * n + 50.0],
    );
    // Decided at the end of day 1, the hedge is in on day 2 and, told to leave at the end of day 3, waits until
    // day 5: no new trade before, though the entry is true.
    let ledger = run(&terms, &[1, 3, 4, 5], &after(2));
    let left: Vec<_> = ledger.executions.iter().map(|e| (e.trade, e.leg, e.bar)).collect();
    assert_eq!(left, [(0, 0, 2), (0, 1, 2), (0, 0, 4), (0, 1, 5), (1, 0, 6)]);
    let trade = &ledger.trades[0];
    // 10 units from 100 to 120; 1000 / 52 units sold at 52, bought at 60.
    near(trade.pnl, 200.0 - 8.0 * 1000.0 / 52.0);
    near(ledger.executions[3].reference, 54.0);
}

#[test]
fn a_hedge_that_opens_first_is_sized_to_the_plan() {
    // The clock trades on days 0, 1 and 4 from 14 to 21 hours, the hedge every day from midnight.
    let first = Owned::on(&[0, 1, 4, 5], (14, 21), &[[100.0; 4], [100.0; 4], [125.0; 4], [125.0; 4]]);
    let other = Owned::flat(&[50.0, 50.0, 50.0, 55.0, 60.0, 60.0]);
    let ledger = run(&hedged(&first, &other, -1.0), &[1], &orders());
    let fills: Vec<_> = ledger.executions.iter().map(|e| (e.leg, e.bar, e.at, e.units)).collect();
    // 1,000 of the hedge on day 2 at 50; it last closed at 55, so that it has lost 5 x 20, and 900 go into the
    // first at 125.
    assert_eq!(fills, [(1, 2, 2 * DAY, -20.0), (0, 2, 4 * DAY + 14 * HOUR, 7.2)]);
    // Day 4's bar of the hedge is not known at 21 hours, day 3's is: 55.
    near(ledger.equity[2], 1000.0 - 20.0 * 5.0);
}

#[test]
fn a_stop_of_the_first_leg_sends_the_hedge_out_after_its_bar() {
    let first = Owned::daily(&[STILL, STILL, [100.0, 101.0, 70.0, 90.0], [90.0; 4], [90.0; 4]]);
    let other = Owned::flat(&[50.0, 50.0, 50.0, 45.0, 40.0]);
    let exits = Exits { stop: Some(inside(0.25)), ..Exits::default() };
    let ledger = run(&hedged(&first, &other, -1.0), &[0], &Orders { exits, ..orders() });
    let fills: Vec<_> = ledger.executions.iter().map(|e| (e.leg, e.bar, e.quoted)).collect();
    assert_eq!(fills, [(0, 1, 100.0), (1, 1, 50.0), (0, 2, 75.0), (1, 3, 45.0)]);
    near(ledger.trades[0].pnl, -250.0 + 100.0);
    assert_eq!((ledger.trades[0].exit, ledger.trades[0].reasons), (2, Reasons::STOP));
    // Gapped through at the open, both leave at the same moment.
    let first = Owned::daily(&[STILL, STILL, [70.0, 71.0, 69.0, 70.0], [70.0; 4], [70.0; 4]]);
    let ledger = run(&hedged(&first, &other, -1.0), &[0], &Orders { exits, ..orders() });
    assert_eq!(ledger.executions[3].bar, 2);
}

#[test]
fn a_hedge_without_a_bar_left_is_marked() {
    let first = Owned::flat(&[100.0, 100.0, 110.0, 120.0, 120.0]);
    let other = Owned::flat(&[50.0, 50.0, 51.0]);
    let ledger = run(&hedged(&first, &other, -1.0), &[0], &after(2));
    let trade = &ledger.trades[0];
    assert!(trade.open);
    // The first leg left at 120, the hedge stands at 51 for ever.
    near(trade.exit_price, 120.0);
    near(trade.pnl, 200.0 - 20.0);
    assert_eq!(ledger.executions.len(), 3);
}

#[test]
fn on_the_last_bar_nothing_is_entered() {
    let first = Owned::flat(&[100.0, 100.0, 110.0]);
    let terms = hedged(&first, &first, -1.0);
    for order in [after(1), short(after(1))] {
        assert!(run(&terms, &[2], &order).trades.is_empty());
    }
    let last = run(&terms, &[1], &after(1));
    assert!(last.trades[0].open && last.trades[0].entry == 2);
}
