//! Accounts near ruin, tiny positions and prices that jump a million times.

use super::legs::{Owned, orders, run};
use super::*;

fn flat(prices: &[f64]) -> Vec<[f64; 4]> {
    prices.iter().map(|&price| [price; 4]).collect()
}

#[test]
fn a_trillionth_of_the_capital_is_ruin() {
    let last = |share: f64| {
        let fall = [100.0, 100.0, 100.0 * share, 100.0 * share, 200.0 * share, 200.0 * share];
        let case = prices(&fall).always();
        (case.ledger().ruined, case.ledger().equity[5])
    };
    let (ruined, left) = last(0.99e-12);
    assert_eq!(ruined, Some(2));
    near(left * 1e9, 0.99);
    let (ruined, left) = last(1.01e-12);
    assert_eq!(ruined, None);
    near(left * 1e9, 2.02);
}

#[test]
fn costs_alone_ruin_an_account_of_any_size_after_as_many_trades() {
    let market = Owned::daily(&flat(&[100.0; 40]));
    let terms = Terms::outright(market.market());
    let orders = Orders {
        costs: Costs { commission: 0.9999, ..Costs::default() },
        exits: Exits { after: Some(1), ..Exits::default() },
        ..orders()
    };
    let ledger = |capital: f64| simulate_on(&terms, &[true; 40], None, &orders, capital);
    let of = |capital: f64| (ledger(capital).trades.len(), ledger(capital).ruined);
    // Each leaves (1 - 0.9999) / (1 + 0.9999), about 1/20,000.
    assert_eq!(of(1.0), (3, Some(6)));
    assert_eq!((of(1e-9), of(1e12)), (of(1.0), of(1.0)));
}

#[test]
fn a_pool_is_ruined_at_a_trillionth_too() {
    let (instants, entry) = ((0..4).collect::<Vec<i64>>(), [true; 4]);
    let known: Vec<i64> = instants.iter().map(|at| at + 1).collect();
    let ruined = |share: f64| {
        let p = [100.0, 100.0, 100.0 * share, 100.0];
        let prices = Prices { open: &p, high: &p, low: &p, close: &p };
        let times = Some(Times { opens_at: &instants, known_at: &known });
        let terms = Terms::outright(Market { prices, times, volume: &[] });
        let seat = Seat { terms: &terms, entry: &entry, exit_rule: None, behind: &[0.0; 4] };
        simulate_pool(&[seat], &orders(), 1, 1000.0).ruined
    };
    assert_eq!((ruined(0.99e-12), ruined(1.01e-12)), (Some(3), None));
}

#[test]
fn the_mean_of_parts_keeps_its_digits_where_prices_jump() {
    let jumps = [3.0, 3.0, 3e13, 7.0, 7e-13, 5.0, 5.0, 5.0];
    for (parts, bars) in [(2, 1), (3, 2), (5, 4)] {
        let orders = Orders { scale: Scale::Over { parts, bars }, ..orders() };
        let market = Owned::daily(&flat(&jumps));
        let ledger = run(&Terms::outright(market.market()), &[0], &orders);
        // Equal money in each: the harmonic mean of the prices.
        let paid = &jumps[1..=parts as usize];
        let mean = f64::from(parts) / paid.iter().map(|price| 1.0 / price).sum::<f64>();
        let found = ledger.trades[0].entry_price;
        assert!((found / mean - 1.0).abs() < 4e-15, "{parts} parts: {found} instead of {mean}");
    }
}

#[test]
fn parts_at_one_price_have_that_price_as_their_mean() {
    let orders = Orders { scale: Scale::Over { parts: 7, bars: 6 }, ..orders() };
    let market = Owned::daily(&flat(&[0.1; 9]));
    let ledger = run(&Terms::outright(market.market()), &[0], &orders);
    assert_eq!(ledger.trades[0].entry_price.to_bits(), 0.1_f64.to_bits());
}

#[test]
fn a_tiny_position_returns_what_it_earns() {
    let closes = [100.0, 100.0, 101.0, 99.0, 99.5, 100.0];
    let ledger = prices(&closes).size(1e-6).after(3).ledger();
    let units = 1e-6 / 100.0;
    let moves = [0.0, 0.0, 1.0, -2.0, 0.5, 0.0];
    for (found, by) in ledger.returns.iter().zip(moves) {
        let expected: f64 = units * by;
        assert!((found - expected).abs() <= 2e-6 * expected.abs(), "{found} instead of {expected}");
    }
    // Before the first bar equity is the capital to the bit: this one is exact.
    assert!((ledger.returns[2] / units - 1.0).abs() < 1e-12);
    // Of a large one equity tells them.
    let large = prices(&closes).after(3).ledger();
    let told = large.equity.iter().zip([1000.0].iter().chain(&large.equity));
    told.zip(&large.returns).for_each(|((now, before), found)| {
        assert_eq!(found.to_bits(), (now / before - 1.0).to_bits());
    });
}

#[test]
fn units_are_compared_with_those_that_were_bought() {
    // Ten billion units at a price of 1e-8, sold in parts.
    let bars = flat(&[1e-8, 1e-8, 1.1e-8, 1.3e-8, 1.3e-8]);
    let market = Owned::daily(&bars);
    let partials = Partials::of(&[Partial { at: 0.05, part: 0.3 }, Partial { at: 0.2, part: 0.3 }]);
    let orders = Orders { exits: Exits { partials, after: Some(3), ..Exits::default() }, ..orders() };
    let terms = Terms::outright(market.market());
    let mut ledger = run(&terms, &[0], &orders);
    assert_eq!(ledger.executions.len(), 4);
    assert_eq!(reconcile(&terms, &ledger, 1000.0), Ok(()));
    ledger.position[2] *= 1.0 + 1e-6;
    assert_eq!(reconcile(&terms, &ledger, 1000.0).map_err(|mismatch| mismatch.what), Err("units"));
}

#[test]
fn what_is_left_of_a_position_sold_in_parts_is_nothing_at_any_later_price() {
    // Thirds of a tenth do not add up in binary; a trillion times dearer the rest would be worth something.
    let bars = flat(&[0.1, 0.1, 0.111, 0.123, 0.14, 1e11, 1e12, 1e11]);
    let market = Owned::daily(&bars);
    let part = |at: f64| Partial { at, part: 0.3 };
    let partials = Partials::of(&[part(0.05), part(0.2), part(0.3)]);
    let orders = Orders { exits: Exits { partials, after: Some(3), ..Exits::default() }, ..orders() };
    let terms = Terms::outright(market.market());
    let ledger = run(&terms, &[0, 5], &orders);
    assert_eq!(reconcile(&terms, &ledger, 1000.0), Ok(()));
}

#[test]
fn a_short_sale_that_gets_nothing_is_none() {
    let costs = Costs { slippage: 1.0, ..Costs::default() };
    let market = Owned::daily(&flat(&[100.0, 100.0, 101.0, 99.0]));
    for scale in [Scale::Whole, Scale::Over { parts: 2, bars: 1 }] {
        let ledger = run(
            &Terms::outright(market.market()),
            &[0],
            &Orders { costs, side: Side::Short, scale, ..orders() },
        );
        assert_eq!((ledger.trades.len(), ledger.unbought.too_small), (0, 1));
        assert_eq!(ledger.equity, [1000.0; 4]);
    }
}

#[test]
fn a_short_whose_commission_is_more_than_its_price_is_measured_by_what_was_put_in() {
    let costs = Costs { per_unit: 150.0, ..Costs::default() };
    let market = Owned::daily(&flat(&[100.0, 100.0, 100.0, 100.0]));
    let orders = Orders {
        costs,
        side: Side::Short,
        size: 0.1,
        exits: Exits { after: Some(1), ..Exits::default() },
        ..orders()
    };
    let trade = run(&Terms::outright(market.market()), &[0], &orders).trades[0].clone();
    // Of 100 in money 40 are sold short and 60 are commission, twice: 120 over 100.
    near(trade.net_return, -1.2);
}

#[test]
fn next_to_nothing_left_of_a_leg_is_narrow() {
    let narrow = |part: f64| {
        let price = [100.0, 100.0, 130.0, 130.0, 130.0];
        let prices = Prices { open: &price, high: &price, low: &price, close: &price };
        let partials = Partials::of(&[Partial { at: 0.25, part }]);
        let orders = Orders { exits: Exits { partials, after: Some(2), ..Exits::default() }, ..orders() };
        courses_on(&Terms::outright(Market::of(prices)), 0, None, &orders, &[Some(2)])[0].is_narrow
    };
    assert!(!narrow(0.5) && !narrow(0.99) && narrow(0.9999));
}
