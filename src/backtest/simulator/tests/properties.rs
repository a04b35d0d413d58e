//! Laws that hold for every market, every entry and every exit.

use proptest::collection::vec;
use proptest::prelude::*;

use super::passage::{World, by_first_passage};
use super::*;

/// Bars of up to a few percent, with gaps, on a grid coarse enough that prices meet levels exactly at times.
pub(super) fn world() -> impl Strategy<Value = World> {
    let bar =
        (-6..=6_i32, -6..=6_i32, 0..=5_i32, 0..=5_i32, prop::bool::weighted(0.3), prop::bool::weighted(0.08));
    vec(bar, 1..80).prop_map(|rows| {
        let mut world =
            World { open: vec![], high: vec![], low: vec![], close: vec![], entry: vec![], rule: vec![] };
        let mut last = 100.0_f64;
        for (gap, change, up, down, entry, rule) in rows {
            let open = (last + f64::from(gap)).max(16.0);
            let close = (open + f64::from(change)).max(16.0);
            world.open.push(open);
            world.high.push(open.max(close) + f64::from(up));
            world.low.push(open.min(close) - f64::from(down));
            world.close.push(close);
            world.entry.push(entry);
            world.rule.push(rule);
            last = close;
        }
        world
    })
}

fn barrier() -> impl Strategy<Value = Option<Barrier>> {
    let fraction = prop::sample::select(vec![0.01, 0.03125, 0.0625, 0.125, 0.25]);
    prop::option::of(
        (fraction, any::<bool>()).prop_map(|(fraction, on_close)| Barrier { fraction, on_close }),
    )
}

pub(super) fn orders() -> impl Strategy<Value = Orders> {
    let exits = (prop::option::of(1..15_u32), barrier(), barrier(), barrier())
        .prop_map(|(after, stop, target, trail)| Exits { after, stop, target, trail, ..Exits::default() });
    let fill = prop::sample::select(vec![Fill::Open, Fill::Close]);
    let costs = (prop::sample::select(vec![0.0, 0.001, 0.02]), prop::sample::select(vec![0.0, 0.0005, 0.02]))
        .prop_map(|(commission, slippage)| Costs { commission, slippage, ..Costs::default() });
    let size = prop::sample::select(vec![1.0, 0.5, 0.1]);
    (fill, exits, costs, size).prop_map(|(fill, exits, costs, size)| Orders {
        fill,
        exits,
        costs,
        size,
        ..Orders::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_trades_alone_are_those_of_the_ledger(world in world(), orders in orders()) {
        let alone = trades(&world.prices(world.bars()), &world.entry, Some(&world.rule), &orders, 1.0);
        prop_assert_eq!(alone, world.run(world.bars(), &orders, 1.0).trades);
    }

    #[test]
    fn each_trade_ends_by_the_first_passage_of_its_exits(world in world(), orders in orders()) {
        let slip = 1.0 - orders.costs.slippage;
        let told: Vec<_> = by_first_passage(&world, &orders)
            .into_iter()
            .map(|(s, e, x, price, why)| (s, e, x, if why == Reasons::END { price } else { price * slip }, why))
            .collect();
        let ledger = world.run(world.bars(), &orders, 1.0);
        let walked: Vec<_> =
            ledger.trades.iter().map(|t| (t.signal, t.entry, t.exit, t.exit_price, t.reasons)).collect();
        prop_assert_eq!(walked, told);
    }

    #[test]
    fn powers_of_two_in_prices_or_capital_change_nothing(
        world in world(), orders in orders(), price in -20..20_i32, money in -20..20_i32,
    ) {
        let (price, money) = (2.0_f64.powi(price), 2.0_f64.powi(money));
        let base = world.run(world.bars(), &orders, 1.0);
        let other = world.scaled(price).run(world.bars(), &orders, money);
        let unscaled = other.trades.into_iter().map(|t| Trade {
            entry_price: t.entry_price / price,
            exit_price: t.exit_price / price,
            units: t.units / money * price,
            commission: t.commission / money,
            pnl: t.pnl / money,
            ..t
        });
        prop_assert_eq!(unscaled.collect::<Vec<_>>(), base.trades);
        prop_assert_eq!(other.equity.iter().map(|value| value / money).collect::<Vec<_>>(), base.equity);
    }

    #[test]
    fn equity_is_cash_and_position_and_the_product_of_the_trades(world in world(), orders in orders()) {
        let ledger = world.run(world.bars(), &orders, 1000.0);
        for t in 0..world.bars() {
            let last = world.bars() - 1;
            let held = ledger.trades.iter().find(|trade| {
                let left = trade.exit <= t && !(trade.open && trade.exit == last);
                trade.entry <= t && !left
            });
            let done = |trade: &&Trade| trade.exit <= t && !trade.open;
            let earned: f64 = ledger.trades.iter().filter(done).map(|trade| trade.pnl).sum();
            // What a position cost: its units at the fill and the commission on that.
            let cost = held.map_or(0.0, |trade| trade.units * trade.entry_price * (1.0 + orders.costs.commission));
            let units = held.map_or(0.0, |trade| trade.units);
            let value = 1000.0 + earned - cost + units * world.close[t];
            prop_assert!((ledger.equity[t] - value).abs() < 1e-9 * 1000.0, "bar {}", t);
            prop_assert_eq!(ledger.position[t].to_bits(), units.to_bits());
        }
        let product: f64 = ledger.trades.iter().map(|trade| 1.0 + orders.size * trade.net_return).product();
        let end = ledger.equity[world.bars() - 1];
        prop_assert!((end / 1000.0 - product).abs() < 1e-9);
    }

    #[test]
    fn the_future_does_not_change_the_past(world in world(), orders in orders(), cut in 0.0..1.0_f64) {
        let whole = world.run(world.bars(), &orders, 1.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let bars = (world.bars() as f64 * cut) as usize;
        let part = world.run(bars, &orders, 1.0);
        prop_assert_eq!(&whole.equity[..bars], &part.equity[..]);
        prop_assert_eq!(&whole.position[..bars], &part.position[..]);
        let closed = |trades: &[Trade]| -> Vec<Trade> {
            trades.iter().filter(|t| !t.open && t.exit < bars).cloned().collect()
        };
        prop_assert_eq!(closed(&whole.trades), closed(&part.trades));
        for open in part.trades.iter().filter(|t| t.open) {
            let later = whole.trades.iter().find(|t| t.entry == open.entry);
            prop_assert!(later.is_some_and(|t| t.open || t.exit >= bars));
        }
    }

    #[test]
    fn without_exits_and_costs_it_is_buy_and_hold(world in world()) {
        let costs = Costs::default();
        let orders = Orders { fill: Fill::Open, exits: Exits::default(), costs, size: 1.0, ..Orders::default() };
        let ledger = simulate(&world.prices(world.bars()), &world.entry, None, &orders, 1.0);
        let first = world.entry.iter().position(|&entry| entry).map_or(world.bars(), |t| t + 1);
        for t in 0..world.bars() {
            let value = if t < first { 1.0 } else { world.close[t] / world.open[first] };
            prop_assert!((ledger.equity[t] - value).abs() < 1e-12 * value.max(1.0));
        }
    }

    #[test]
    fn every_trade_is_in_order(world in world(), orders in orders()) {
        let ledger = world.run(world.bars(), &orders, 1.0);
        let mut free = 0;
        for trade in &ledger.trades {
            prop_assert!(trade.signal >= free && trade.entry == trade.signal + 1 && trade.exit >= trade.entry);
            prop_assert!(world.entry[trade.signal]);
            prop_assert!(trade.mae <= 0.0 && trade.mfe >= 0.0);
            prop_assert!(trade.mae <= trade.gross_return && trade.gross_return <= trade.mfe);
            prop_assert_eq!(trade.open, trade.reasons == Reasons::END);
            prop_assert!(!trade.reasons.is_empty());
            prop_assert!(trade.net_return <= trade.gross_return + 1e-15);
            free = trade.exit;
        }
        let open = ledger.trades.iter().filter(|trade| trade.open).count();
        prop_assert!(open == usize::from(ledger.trades.last().is_some_and(|trade| trade.open)));
    }

    #[test]
    fn a_plain_loop_gives_the_same_equity(world in world(), hold in 1..15_usize, stop in 0.0..0.2_f64) {
        let (commission, slippage) = (0.001, 0.0005);
        let exits = Exits {
            after: u32::try_from(hold).ok(),
            stop: Some(Barrier { fraction: stop, on_close: true }),
            ..Exits::default()
        };
        let orders = Orders { fill: Fill::Open, exits, costs: Costs { commission, slippage, ..Costs::default() }, size: 1.0, ..Orders::default() };
        let ledger = world.run(world.bars(), &orders, 1.0);
        let (mut cash, mut units, mut level, mut since) = (1.0, 0.0, 0.0, 0);
        let (mut buy, mut sell) = (false, false);
        for t in 0..world.bars() {
            if buy {
                let fill = world.open[t] * (1.0 + slippage);
                (units, cash, level, since) = (cash / (fill * (1.0 + commission)), 0.0, fill * (1.0 - stop), t);
            } else if sell {
                (cash, units) = (units * world.open[t] * (1.0 - slippage) * (1.0 - commission), 0.0);
            }
            let held = units > 0.0;
            sell = held && (world.rule[t] || t + 1 - since >= hold || world.close[t] <= level);
            buy = !held && world.entry[t];
            prop_assert!((ledger.equity[t] - (cash + units * world.close[t])).abs() < 1e-12);
        }
    }
}
