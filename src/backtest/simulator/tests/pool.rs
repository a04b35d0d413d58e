//! Several accounts that share their money, worked out by hand, and laws of them.

use proptest::prelude::*;

use super::passage::World;
use super::properties::{orders, world};
use super::*;

/// One seat's market: a price for each bar, when its bars open and are known, and what its rules say.
struct Place {
    prices: Vec<f64>,
    opens_at: Vec<i64>,
    known_at: Vec<i64>,
    entry: Vec<bool>,
    behind: Vec<f64>,
}

/// Bars of one price each that follow each other at whole instants, signals on some of them.
fn place(prices: &[f64], signals: &[usize], behind: f64) -> Place {
    let bars = prices.len();
    Place {
        prices: prices.to_vec(),
        opens_at: (0..bars).map(|t| 10 * t as i64).collect(),
        known_at: (0..bars).map(|t| 10 * t as i64 + 10).collect(),
        entry: (0..bars).map(|t| signals.contains(&t)).collect(),
        behind: vec![behind; bars],
    }
}

impl Place {
    /// The same, so much later in the day.
    fn later(mut self, by: i64) -> Self {
        self.opens_at.iter_mut().chain(&mut self.known_at).for_each(|at| *at += by);
        self
    }

    fn terms(&self) -> Terms<'_> {
        let p = self.prices.as_slice();
        let prices = Prices { open: p, high: p, low: p, close: p };
        let times = Some(Times { opens_at: &self.opens_at, known_at: &self.known_at });
        Terms::outright(Market { prices, times, volume: &[] })
    }
}

/// Runs the places with 1,000 in money; the ledgers must add up.
fn pool(places: &[Place], orders: Orders, open: usize) -> Pooled {
    let terms: Vec<Terms<'_>> = places.iter().map(Place::terms).collect();
    let seats: Vec<Seat<'_>> = places
        .iter()
        .zip(&terms)
        .map(|(place, terms)| Seat { terms, entry: &place.entry, exit_rule: None, behind: &place.behind })
        .collect();
    let pooled = simulate_pool(&seats, &orders, open, 1000.0);
    assert_eq!(reconcile_pool(&seats, &pooled, 1000.0), Ok(()));
    pooled
}

fn hold(bars: u32, size: f64) -> Orders {
    Orders { size, exits: Exits { after: Some(bars), ..Exits::default() }, ..Orders::default() }
}

/// One line per trade of all seats: whose, decided, entered, left, units.
fn story(pooled: &Pooled) -> Vec<String> {
    let line = |seat: usize, trade: &Trade| {
        format!("{seat}: {}, {} to {}, {} units", trade.signal, trade.entry, trade.exit, trade.units)
    };
    let ledgers = pooled.ledgers.iter().enumerate();
    ledgers.flat_map(|(seat, ledger)| ledger.trades.iter().map(move |trade| line(seat, trade))).collect()
}

const RISES: [f64; 5] = [100.0, 100.0, 110.0, 120.0, 120.0];
const FALLS: [f64; 5] = [50.0, 50.0, 40.0, 40.0, 60.0];

#[test]
fn two_places_are_two_halves_of_one_account() {
    let pooled = pool(&[place(&RISES, &[0], 0.1), place(&FALLS, &[0], 0.2)], hold(2, 0.5), 2);
    assert_eq!(story(&pooled), ["0: 0, 1 to 3, 5 units", "1: 0, 1 to 3, 10 units"]);
    // 5 x 110 + 10 x 40 at the third close, 600 and 400 in cash at the fourth.
    all_near(&pooled.ledgers[0].equity, &[1000.0, 1000.0, 950.0, 1000.0, 1000.0]);
    all_near(&pooled.ledgers[1].equity, &pooled.ledgers[0].equity);
    all_near(&pooled.ledgers[0].cash, &[1000.0, 0.0, 0.0, 1000.0, 1000.0]);
    assert_eq!(pooled.held, [0, 2, 2, 0, 0]);
    assert_eq!(pooled.refused, []);
}

#[test]
fn one_place_goes_to_the_one_furthest_behind_and_is_free_at_the_close_of_its_exit() {
    let places = [place(&RISES, &[0, 1, 2, 3], 0.1), place(&FALLS, &[0], 0.2)];
    let pooled = pool(&places, hold(1, 1.0), 1);
    // The second is further behind: 20 units at 50, left at 40; with those 800 the first one at 120.
    assert_eq!(story(&pooled), ["0: 2, 3 to 4, 6.666666666666667 units", "1: 0, 1 to 2, 20 units"]);
    let want = Want::Place;
    assert_eq!(pooled.refused, [Refusal { seat: 0, bar: 0, want }, Refusal { seat: 0, bar: 1, want }]);
    all_near(&pooled.ledgers[0].equity, &[1000.0, 1000.0, 800.0, 800.0, 800.0]);
    // Of two equally far behind the first in order is served.
    let ties = [place(&RISES, &[0], 0.2), place(&FALLS, &[0], 0.2)];
    assert_eq!(story(&pool(&ties, hold(1, 1.0), 1)), ["0: 0, 1 to 2, 10 units"]);
}

#[test]
fn cash_that_is_spent_or_promised_is_not_there_twice() {
    let places = || [place(&RISES, &[0], 0.3), place(&FALLS, &[0], 0.2)];
    // All of it is promised to the first.
    let pooled = pool(&places(), hold(2, 1.0), 2);
    assert_eq!(story(&pooled), ["0: 0, 1 to 3, 10 units"]);
    assert_eq!(pooled.refused, [Refusal { seat: 1, bar: 0, want: Want::Cash }]);
    // Six tenths, and then the four that are left.
    let pooled = pool(&places(), hold(2, 0.6), 2);
    assert_eq!(story(&pooled), ["0: 0, 1 to 3, 6 units", "1: 0, 1 to 3, 8 units"]);
    // So much money each, as long as there is some.
    let amount = Orders { sizing: Sizing::Amount(700.0), ..hold(2, 1.0) };
    assert_eq!(story(&pool(&places(), amount, 2)), ["0: 0, 1 to 3, 7 units", "1: 0, 1 to 3, 6 units"]);
}

#[test]
fn the_share_is_of_all_together_and_costs_come_out_of_it() {
    // The first has gained when the second asks: half of 5 x 110 + 500 is more than the 500 in cash.
    let pooled = pool(&[place(&RISES, &[0], 0.1), place(&FALLS, &[2], 0.2)], hold(9, 0.5), 2);
    assert_eq!(story(&pooled), ["0: 0, 1 to 4, 5 units", "1: 2, 3 to 4, 12.5 units"]);
    let costs = Costs { commission: 0.01, slippage: 0.02, ..Costs::default() };
    let pooled = pool(&[place(&RISES, &[0], 0.1)], Orders { costs, ..hold(2, 0.5) }, 1);
    let units = 500.0 / (102.0 * 1.01);
    near(pooled.ledgers[0].trades[0].units, units);
    near(pooled.ledgers[0].equity[4], 500.0 + units * 120.0 * 0.98 * 0.99);
}

#[test]
fn each_seat_decides_at_its_own_closes_on_what_was_known_then() {
    // Bars of the second are known 5 later. The first is entered at 10 and marked at 20 to 550.
    let second = place(&[50.0, 50.0, 40.0, 80.0, 80.0], &[1], 0.2).later(5);
    let pooled = pool(&[place(&RISES, &[0], 0.1), second], hold(2, 0.4), 2);
    // At 25 the first one is known up to 20: 4 units at 100. Two fifths of 1,000 buy 10 at 40.
    assert_eq!(story(&pooled), ["0: 0, 1 to 3, 4 units", "1: 1, 2 to 4, 10 units"]);
    // At 30 the second's fill at 25 is not known yet: its bar ends at 35. At 40 it is marked to 40.
    all_near(&pooled.ledgers[0].equity, &[1000.0, 1000.0, 1040.0, 1080.0, 1480.0]);
    all_near(&pooled.ledgers[1].equity, &[1000.0, 1000.0, 1040.0, 1480.0, 1480.0]);
}

#[test]
fn a_seat_whose_bars_begin_later_joins_later_and_one_that_ends_keeps_its_place() {
    let late = Place { prices: vec![40.0, 40.0], ..place(&[40.0, 40.0], &[0], 0.2) };
    let late = late.later(30);
    let pooled = pool(&[place(&RISES, &[0, 3], 0.1), late], hold(1, 0.5), 2);
    // 550 of it in cash at the third close; the late one is decided at 40 with half of 1,050.
    assert_eq!(
        story(&pooled),
        ["0: 0, 1 to 2, 5 units", "0: 3, 4 to 4, 4.375 units", "1: 0, 1 to 1, 13.125 units"]
    );
    let ends = place(&[50.0, 50.0], &[0], 0.5);
    let pooled = pool(&[place(&RISES, &[2], 0.1), ends], hold(1, 1.0), 1);
    assert_eq!(story(&pooled), ["1: 0, 1 to 1, 20 units"], "never sold, for it has no bar left");
    assert_eq!(pooled.refused, [Refusal { seat: 0, bar: 2, want: Want::Place }]);
    assert!(pooled.ledgers[1].trades[0].open);
}

#[test]
fn shorts_take_places_and_free_cash_as_longs_do() {
    let short = |size| Orders { side: Side::Short, ..hold(2, size) };
    let pooled = pool(&[place(&RISES, &[0], 0.1), place(&FALLS, &[0], 0.2)], short(0.5), 2);
    // Sold 5 at 100 and 10 at 50: 5 x -20 and 10 x 10 to the fourth bar.
    all_near(&pooled.ledgers[0].equity, &[1000.0, 1000.0, 1050.0, 1000.0, 1000.0]);
    // What a sale brings in is not free: the second gets nothing.
    let pooled = pool(&[place(&RISES, &[0], 0.3), place(&FALLS, &[1], 0.2)], short(1.0), 2);
    assert_eq!(pooled.refused, [Refusal { seat: 1, bar: 1, want: Want::Cash }]);
}

#[test]
fn nothing_is_traded_after_ruin() {
    let up = [100.0, 100.0, 300.0, 100.0, 100.0, 100.0];
    let orders = Orders { side: Side::Short, ..hold(9, 1.0) };
    let pooled = pool(&[place(&up, &[0, 3], 0.1), place(&[10.0; 6], &[2, 3], 0.1)], orders, 2);
    assert_eq!(pooled.ruined, Some(30));
    assert_eq!(story(&pooled), ["0: 0, 1 to 2, 10 units"]);
    all_near(&pooled.ledgers[0].equity, &[1000.0, 1000.0, -1000.0, -1000.0, -1000.0, -1000.0]);
}

/// The seats of some worlds, all with bars at the same instants, with so much money.
fn together(worlds: &[World], orders: &Orders, open: usize, capital: f64) -> Pooled {
    let bars = worlds.iter().map(World::bars).max().unwrap_or(0);
    let behind = vec![0.0; bars];
    let terms: Vec<Terms<'_>> =
        worlds.iter().map(|world| Terms::outright(Market::of(world.prices(world.bars())))).collect();
    let seats: Vec<Seat<'_>> = worlds
        .iter()
        .zip(&terms)
        .map(|(world, terms)| Seat {
            terms,
            entry: &world.entry,
            exit_rule: Some(&world.rule),
            behind: &behind[..world.bars()],
        })
        .collect();
    let pooled = simulate_pool(&seats, orders, open, capital);
    assert_eq!(reconcile_pool(&seats, &pooled, capital), Ok(()));
    pooled
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn one_seat_is_the_account_alone_to_the_last_bit(world in world(), orders in orders()) {
        // Accounts that share money are told by equity alone.
        let alone = Ledger { returns: Vec::new(), ..world.run(world.bars(), &orders, 1000.0) };
        let pooled = together(std::slice::from_ref(&world), &orders, 1, 1000.0);
        prop_assert_eq!(&pooled.ledgers[0], &alone);
    }

    #[test]
    fn the_order_of_the_seats_changes_nothing_where_there_is_a_place_and_cash_for_all(
        a in world(), b in world(), c in world(), orders in orders(),
    ) {
        let orders = Orders { size: orders.size / 8.0, ..orders };
        let one = together(&[a.clone(), b.clone(), c.clone()], &orders, 3, 1000.0);
        let other = together(&[c, a, b], &orders, 3, 1000.0);
        for (here, there) in [(0, 1), (1, 2), (2, 0)] {
            let (here, there) = (&one.ledgers[here], &other.ledgers[there]);
            prop_assert_eq!(here.trades.len(), there.trades.len());
            for (left, right) in here.trades.iter().zip(&there.trades) {
                prop_assert_eq!((left.signal, left.entry, left.exit), (right.signal, right.entry, right.exit));
                prop_assert!((left.pnl - right.pnl).abs() < 1e-9, "{} {}", left.pnl, right.pnl);
            }
            for (left, right) in here.equity.iter().zip(&there.equity) {
                prop_assert!((left - right).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn money_is_never_spent_twice(a in world(), b in world(), orders in orders(), open in 1..3_usize) {
        let pooled = together(&[a, b], &orders, open, 1000.0);
        for ledger in &pooled.ledgers {
            prop_assert!(ledger.cash.iter().all(|cash| *cash > -1e-9));
        }
        prop_assert!(pooled.held.iter().all(|held| *held <= open));
    }
}
