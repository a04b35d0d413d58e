//! Laws of trades with sides, legs, sizes and costs by time.

use proptest::prelude::*;

use super::legs::Owned;
use super::passage::World;
use super::properties;
use super::*;

/// Everything a trade of the two markets of a [`Scene`] may be.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) first: World,
    pub(super) other: World,
    pub(super) orders: Orders,
    pub(super) weight: Option<f64>,
    pub(super) rates: [f64; 3],
}

fn more_orders() -> impl Strategy<Value = Orders> {
    let side = prop::sample::select(vec![Side::Long, Side::Short]);
    let gap = prop::option::of(prop::sample::select(vec![inside(0.5), closes(0.5), inside(1.0)]));
    let (half, quarter) = (Partial { at: 0.0625, part: 0.5 }, Partial { at: 0.01, part: 0.25 });
    let partial = prop::sample::select(vec![
        Partials::default(),
        Partials::of(&[half]),
        Partials::of(&[quarter]),
        Partials::of(&[half, quarter]),
    ]);
    let even = prop::option::of(prop::sample::select(vec![0.01, 0.0625]));
    let sizing = prop::sample::select(vec![
        Sizing::Fraction,
        Sizing::Risk(0.01),
        Sizing::Told,
        Sizing::Kelly { share: 0.5, trades: 3 },
    ]);
    let limits = prop::sample::select(vec![
        Limits::default(),
        Limits { leverage: 2.0, maintenance: 0.5, ..Limits::default() },
    ]);
    let limit = prop::option::of(prop::sample::select(vec![
        LimitOrder { fraction: 0.01, bars: 3 },
        LimitOrder { fraction: 0.0625, bars: 1 },
    ]));
    (properties::orders(), side, gap, partial, even, sizing, limits, (limit, scale())).prop_map(
        |(orders, side, gap, partials, break_even, sizing, limits, (limit, scale))| {
            // A limit waits for opens and for what happens inside of bars.
            let limit = limit.filter(|_| orders.fill == Fill::Open);
            let exits = Exits { break_even, gap, partials, ..orders.exits };
            Orders { exits, side, sizing, limits, limit, scale, ..orders }
        },
    )
}

/// Half of the time in parts.
fn scale() -> impl Strategy<Value = Scale> {
    let ladder = Scale::ladder(0.5, &[(0.25, 0.03125), (0.25, 0.0625)]).unwrap_or_default();
    prop::sample::select(vec![
        Scale::Whole,
        Scale::Whole,
        Scale::Whole,
        Scale::Whole,
        Scale::Over { parts: 3, bars: 4 },
        Scale::Over { parts: 4, bars: 2 },
        Scale::Deeper { parts: 3, step: 0.03125 },
        ladder,
        Scale::Adds(2),
    ])
}

/// Parts where no level stands at their mean price: one that is met exactly is missed by any rounding.
fn scale_of(orders: &Orders) -> Scale {
    let has_levels = Exits { after: None, trail: None, ..orders.exits } != Exits::default();
    if has_levels { Scale::Whole } else { orders.scale }
}

pub(super) fn scene() -> impl Strategy<Value = Scene> {
    let weight = prop::option::of(prop::sample::select(vec![-1.0, -0.5, -1.75, 0.25]));
    let rates = prop::sample::select(vec![[0.0; 3], [0.03, 0.02, 0.0], [0.5, -0.1, 0.001]]);
    (properties::world(), properties::world(), more_orders(), weight, rates)
        .prop_map(|(first, other, orders, weight, rates)| Scene { first, other, orders, weight, rates })
}

fn owned(world: &World, bars: usize) -> Owned {
    let rows: Vec<[f64; 4]> =
        (0..bars).map(|t| [world.open[t], world.high[t], world.low[t], world.close[t]]).collect();
    Owned::daily(&rows)
}

impl Scene {
    /// The ledger of the first `bars` bars; it adds up, and the quick way to the trades agrees.
    fn run(&self, bars: usize, orders: &Orders, capital: f64) -> Ledger {
        let bars = bars.min(self.first.bars()).min(self.other.bars());
        self.run_on(&owned(&self.first, bars), &owned(&self.other, bars), orders, capital)
    }

    /// The same, each market open from some hour to another, and the second shut on two days of seven.
    fn run_apart(&self, bars: usize, hours: [(i64, i64); 2], orders: &Orders) -> Ledger {
        let (first, other) = self.apart(bars, hours);
        self.run_on(&first, &other, orders, 1000.0)
    }

    /// Its two markets, each open from some hour to another, and the second shut on two days of seven.
    pub(super) fn apart(&self, bars: usize, hours: [(i64, i64); 2]) -> (Owned, Owned) {
        let bars = bars.min(self.first.bars()).min(self.other.bars());
        let on = |world: &World, days: &[usize], hours| {
            let bar = |&t: &usize| [world.open[t], world.high[t], world.low[t], world.close[t]];
            Owned::on(days, hours, &days.iter().map(bar).collect::<Vec<_>>())
        };
        let (days, open): (Vec<_>, Vec<_>) = ((0..bars).collect(), (0..bars).filter(|t| t % 7 < 5).collect());
        (on(&self.first, &days, hours[0]), on(&self.other, &open, hours[1]))
    }

    fn run_on(&self, first: &Owned, other: &Owned, orders: &Orders, capital: f64) -> Ledger {
        self.on_terms(first, other, |terms, entry, rule| {
            let ledger = simulate_on(terms, entry, Some(rule), orders, capital);
            assert_eq!(reconcile(terms, &ledger, capital), Ok(()));
            assert_eq!(trades_on(terms, entry, Some(rule), orders, capital), ledger.trades);
            ledger
        })
    }

    /// What comes of its terms, its entry and its exit rule on two markets.
    pub(super) fn on_terms<T>(
        &self,
        first: &Owned,
        other: &Owned,
        work: impl FnOnce(&Terms<'_>, &[bool], &[bool]) -> T,
    ) -> T {
        let mut terms = Terms::outright(first.market());
        let bars = terms.bars();
        if let Some(weight) = self.weight {
            terms.markets.push(other.market());
            terms.legs.push(LegTerms { market: 1, weight: Known::Same(weight) });
            terms.rough.push(Known::Same(0.0));
        }
        let reach: Vec<f64> = self.first.close[..bars].iter().map(|close| close * 1.1).collect();
        terms.reach = Known::Each(&reach);
        terms.share = Known::Same(0.7);
        let [borrow, interest, funding] = self.rates;
        terms.borrow = Known::Same(borrow);
        terms.interest = Known::Same(interest);
        let paid: Vec<(i64, f64)> = (0..=bars as i64 * 3).map(|n| (n * 28_800_000_000, funding)).collect();
        terms.funding = if funding.abs() > 0.0 { &paid } else { &[] };
        work(&terms, &self.first.entry[..bars], &self.first.rule[..bars])
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { first: self.first.scaled(factor), other: self.other.scaled(factor), ..self.clone() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn prices_and_capital_on_another_scale_change_no_return(scene in scene(), factor in 0.01..100.0_f64) {
        // Levels that are met exactly may be missed by a rounding: only inside barriers on round prices could.
        let exits = Exits { stop: None, target: None, trail: None, gap: None, partials: Partials::default(), break_even: None, ..scene.orders.exits };
        // Nor can a margin that is met exactly, or an account that is worth exactly nothing.
        let scale = match scene.orders.scale {
            Scale::Deeper { parts, .. } => Scale::Over { parts, bars: 5 },
            Scale::Ladder(_) => Scale::Whole,
            other => other,
        };
        let limits = Limits::default();
        let orders = Orders { exits, sizing: Sizing::Fraction, limits, limit: None, scale, ..scene.orders };
        let base = scene.run(usize::MAX, &orders, 1000.0);
        prop_assume!(base.ruined.is_none());
        let other = scene.scaled(factor).run(usize::MAX, &orders, 1000.0 * factor);
        for (a, b) in base.trades.iter().zip(&other.trades) {
            prop_assert!((a.net_return - b.net_return).abs() < 1e-9);
        }
        prop_assert_eq!(base.trades.len(), other.trades.len());
        for (a, b) in base.equity.iter().zip(&other.equity) {
            prop_assert!((a - b / factor).abs() < 1e-8 * a.abs().max(1000.0));
        }
    }

    #[test]
    fn a_fee_that_tends_to_zero_tends_to_none(scene in scene()) {
        let scale = scale_of(&scene.orders);
        let fee = |commission| Orders {
            scale,
            costs: Costs { commission, ..Costs::default() },
            sizing: Sizing::Fraction,
            // A margin that is met exactly is missed by any fee.
            limits: Limits::default(),
            ..scene.orders
        };
        let (free, nearly) = (scene.run(usize::MAX, &fee(0.0), 1.0), scene.run(usize::MAX, &fee(1e-13), 1.0));
        prop_assume!(free.ruined.is_none());
        for (a, b) in free.equity.iter().zip(&nearly.equity) {
            prop_assert!((a - b).abs() < 1e-9 * a.abs().max(1.0));
        }
    }

    #[test]
    fn the_future_changes_no_past(scene in scene(), cut in 0..80_usize) {
        let (whole, part) = (scene.run(usize::MAX, &scene.orders, 1.0), scene.run(cut, &scene.orders, 1.0));
        let bars = part.equity.len();
        prop_assert_eq!(&whole.equity[..bars], &part.equity[..]);
        prop_assert_eq!(&whole.cash[..bars], &part.cash[..]);
        prop_assert_eq!(&whole.position[..bars], &part.position[..]);
    }

    #[test]
    fn a_history_cut_where_nothing_is_held_joins_to_the_whole(scene in scene()) {
        let orders =
            Orders { sizing: Sizing::Fraction, size: 1.0, limits: Limits::default(), limit: None, scale: scale_of(&scene.orders), ..scene.orders };
        let whole = scene.run(usize::MAX, &orders, 1000.0);
        let bars = whole.equity.len();
        // Flat, and nothing ordered: the last of such bars.
        let is_flat = |t: usize| {
            let held = whole.executions.iter().filter(|fill| fill.bar <= t).map(|fill| (fill.leg, fill.units));
            let mut units = [0.0; 2];
            held.for_each(|(leg, of)| units[leg] += of);
            units.iter().all(|units| units.abs() < 1e-9) && !scene.first.entry[t]
        };
        let Some(cut) = (0..bars).rev().find(|&t| is_flat(t)).filter(|_| whole.ruined.is_none()) else { return Ok(()) };
        let tail = |world: &World| {
            let mut world = world.clone();
            for column in [&mut world.open, &mut world.high, &mut world.low, &mut world.close] {
                column.drain(..=cut);
            }
            world.entry.drain(..=cut);
            world.rule.drain(..=cut);
            world
        };
        let rest = Scene { first: tail(&scene.first), other: tail(&scene.other), ..scene.clone() };
        let second = rest.run(usize::MAX, &orders, whole.equity[cut]);
        for (a, b) in whole.equity[cut + 1..].iter().zip(&second.equity) {
            prop_assert!((a - b).abs() < 1e-9 * a.abs().max(1000.0));
        }
    }

    #[test]
    fn a_short_loses_what_a_long_earns(scene in scene()) {
        let exits = Exits { after: scene.orders.exits.after, ..Exits::default() };
        // Deeper is another way for each side.
        let scale = match scene.orders.scale {
            Scale::Deeper { .. } | Scale::Ladder(_) => Scale::Whole,
            other => other,
        };
        let fill = scene.orders.fill;
        let orders = |side| Orders { fill, exits, size: 0.25, side, scale, ..Orders::default() };
        let free = Scene { rates: [0.0; 3], ..scene.clone() };
        let (long, short) = (free.run(usize::MAX, &orders(Side::Long), 1.0), free.run(usize::MAX, &orders(Side::Short), 1.0));
        if let (Some(a), Some(b)) = (long.trades.first(), short.trades.first()) {
            prop_assert!((a.pnl + b.pnl).abs() < 1e-12);
            prop_assert!((a.mae + b.mfe).abs() < 1e-12);
        }
        prop_assert_eq!(long.trades.is_empty(), short.trades.is_empty());
    }

    #[test]
    fn against_itself_every_trade_loses_its_costs(scene in scene()) {
        let own = Scene { other: scene.first.clone(), weight: Some(-1.0), rates: [0.0; 3], ..scene.clone() };
        let exits = Exits { after: scene.orders.exits.after, ..Exits::default() };
        // A hedge follows a limit, so that its price is another.
        let orders = Orders { exits, sizing: Sizing::Fraction, size: 0.5, limit: None, ..scene.orders };
        let ledger = own.run(usize::MAX, &orders, 1.0);
        let paid = ledger.paid.commission + ledger.paid.slippage;
        let earned: f64 = ledger.trades.iter().map(|trade| trade.pnl).sum();
        prop_assert!((earned + paid).abs() < 1e-12, "{} and {}", earned, paid);
    }

    #[test]
    fn one_part_is_the_plain_trade_to_the_bit(scene in scene()) {
        let plain = scene.run(usize::MAX, &Orders { scale: Scale::Whole, ..scene.orders }, 1000.0);
        for scale in [Scale::Over { parts: 1, bars: 7 }, Scale::Deeper { parts: 1, step: 0.1 }, Scale::Adds(0)] {
            let one = scene.run(usize::MAX, &Orders { scale, ..scene.orders }, 1000.0);
            prop_assert_eq!(&one, &plain);
        }
    }

    #[test]
    fn parts_at_one_price_are_the_plain_trade(scene in scene(), parts in 2..6_u32, bars in 1..9_u32, after in 1..20_u32) {
        let exits = Exits { after: Some(after), ..Exits::default() };
        let plain = Orders { exits, side: scene.orders.side, fill: scene.orders.fill, size: 0.5, ..Orders::default() };
        let still = |world: &World| {
            let mut world = world.clone();
            for column in [&mut world.open, &mut world.high, &mut world.low, &mut world.close] {
                column.fill(64.0);
            }
            world
        };
        let still =
            Scene { first: still(&scene.first), other: still(&scene.other), rates: [0.0; 3], ..scene.clone() };
        let whole = still.run(usize::MAX, &plain, 1000.0);
        let built = still.run(usize::MAX, &Orders { scale: Scale::Over { parts, bars }, ..plain }, 1000.0);
        prop_assert_eq!(whole.trades.len(), built.trades.len());
        for (a, b) in whole.trades.iter().zip(&built.trades) {
            prop_assert_eq!((a.entry, a.exit, a.open), (b.entry, b.exit, b.open));
            prop_assert!((a.entry_price - b.entry_price).abs() < 1e-9 && (a.pnl - b.pnl).abs() < 1e-9);
            let share = f64::from(b.parts) / f64::from(b.parts_planned);
            prop_assert!((a.units * share - b.units).abs() < 1e-9, "{} of {}", b.units, a.units);
        }
    }

    #[test]
    fn two_legs_on_one_side_take_no_money_that_is_not_there(scene in scene(), early in 0..3_i64) {
        let scene = Scene { weight: Some(0.25), rates: [0.0; 3], ..scene };
        let orders = Orders { side: Side::Long, limits: Limits::default(), ..scene.orders };
        let ledger = scene.run_apart(80, [(9, 16), (7 + early, 20)], &orders);
        for cash in &ledger.cash {
            prop_assert!(*cash > -1e-6, "{cash}");
        }
    }

    #[test]
    fn parts_never_cost_more_than_the_whole(scene in scene()) {
        let orders = Orders {
            sizing: Sizing::Fraction,
            limits: Limits::default(),
            size: 1.0,
            side: Side::Long,
            ..scene.orders
        };
        let ledger = Scene { rates: [0.0; 3], weight: None, ..scene.clone() }.run(usize::MAX, &orders, 1000.0);
        prop_assert!(ledger.cash.iter().all(|cash| *cash > -1e-9), "{:?}", ledger.cash);
        for (number, trade) in ledger.trades.iter().enumerate() {
            prop_assert!(trade.parts >= 1 && trade.parts <= trade.parts_planned);
            let fills = ledger.executions.iter().filter(|fill| fill.trade == number && fill.units > 0.0);
            let prices: Vec<f64> = fills.map(|fill| fill.price).collect();
            let (low, high) = prices.iter().fold((f64::MAX, 0.0_f64), |(l, h), &p| (l.min(p), h.max(p)));
            let slack = 1e-12 * high;
            prop_assert!(low - slack <= trade.entry_price && trade.entry_price <= high + slack);
            prop_assert!(trade.mae <= slack && trade.mfe >= -slack);
        }
    }

    #[test]
    fn legs_in_sessions_of_their_own_fill_in_order_and_end_flat(
        scene in scene(), weight in prop::sample::select(vec![-1.0, -0.5, 0.25]), cut in 1..80_usize,
        hours in prop::sample::select(vec![[(0, 24), (14, 21)], [(14, 21), (0, 24)], [(9, 17), (14, 21)]]),
    ) {
        let scene = Scene { weight: Some(weight), ..scene };
        let ledger = scene.run_apart(usize::MAX, hours, &scene.orders);
        for pair in ledger.executions.windows(2) {
            prop_assert!(pair[0].at <= pair[1].at && pair[0].bar <= pair[1].bar, "{:?}", pair);
        }
        for (number, trade) in ledger.trades.iter().enumerate().filter(|(_, trade)| !trade.open) {
            for leg in 0..2 {
                let fills = ledger.executions.iter().filter(|fill| fill.trade == number && fill.leg == leg);
                let left: f64 = fills.map(|fill| fill.units).sum();
                prop_assert!(left.abs() < 1e-9 * trade.units.max(1.0), "{} of leg {} left", left, leg);
            }
            let flow: f64 =
                ledger.executions.iter().filter(|fill| fill.trade == number).map(Execution::flow).sum();
            prop_assert!((flow - trade.financing - trade.pnl).abs() < 1e-6, "{} and {}", flow, trade.pnl);
        }
        let part = scene.run_apart(cut, hours, &scene.orders);
        prop_assert_eq!(&ledger.equity[..part.equity.len()], &part.equity[..]);
        prop_assert_eq!(&ledger.cash[..part.cash.len()], &part.cash[..]);
    }
}
