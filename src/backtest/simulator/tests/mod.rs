//! Trades worked out by hand. Barriers stand at halves, quarters and eighths of 100, so that the levels are
//! exact and a story can be compared as text.

use super::*;

mod audit;
mod basket;
mod course;
mod exits;
mod extremes;
mod laws;
mod legs;
mod money;
mod more;
mod oracle;
mod parts;
mod passage;
mod pool;
mod properties;
mod same_side;
mod timing;

/// A small market, what its rules say, and the orders.
struct Case {
    bars: Vec<[f64; 4]>,
    entry: Vec<bool>,
    rule: Vec<bool>,
    orders: Orders,
}

/// A market of bars `[open, high, low, close]`, entered by the signal on its first bar, free of cost.
fn market(bars: &[[f64; 4]]) -> Case {
    Case {
        bars: bars.to_vec(),
        entry: vec![false; bars.len()],
        rule: vec![false; bars.len()],
        orders: Orders { size: 1.0, ..Orders::default() },
    }
    .entry(&[0])
}

/// A market whose bars have one price each.
fn prices(prices: &[f64]) -> Case {
    market(&prices.iter().map(|&price| [price; 4]).collect::<Vec<_>>())
}

/// A barrier that looks inside the bar.
fn inside(fraction: f64) -> Barrier {
    Barrier { fraction, on_close: false }
}

/// A barrier that looks at closes.
fn closes(fraction: f64) -> Barrier {
    Barrier { fraction, on_close: true }
}

impl Case {
    fn entry(mut self, bars: &[usize]) -> Self {
        self.entry = (0..self.bars.len()).map(|t| bars.contains(&t)).collect();
        self
    }

    fn always(mut self) -> Self {
        self.entry.fill(true);
        self
    }

    fn rule(mut self, bars: &[usize]) -> Self {
        self.rule = (0..self.bars.len()).map(|t| bars.contains(&t)).collect();
        self
    }

    fn after(mut self, bars: u32) -> Self {
        self.orders.exits.after = Some(bars);
        self
    }

    fn stop(mut self, barrier: Barrier) -> Self {
        self.orders.exits.stop = Some(barrier);
        self
    }

    fn target(mut self, barrier: Barrier) -> Self {
        self.orders.exits.target = Some(barrier);
        self
    }

    fn trail(mut self, barrier: Barrier) -> Self {
        self.orders.exits.trail = Some(barrier);
        self
    }

    fn at_close(mut self) -> Self {
        self.orders.fill = Fill::Close;
        self
    }

    fn costs(mut self, commission: f64, slippage: f64) -> Self {
        self.orders.costs = Costs { commission, slippage, ..Costs::default() };
        self
    }

    fn size(mut self, size: f64) -> Self {
        self.orders.size = size;
        self
    }

    /// The ledger of 1,000 in money; the quick way to the trades must agree with it.
    fn ledger(&self) -> Ledger {
        let column = |field: usize| self.bars.iter().map(|bar| bar[field]).collect::<Vec<_>>();
        let (open, high, low, close) = (column(0), column(1), column(2), column(3));
        let prices = Prices { open: &open, high: &high, low: &low, close: &close };
        let ledger = simulate(&prices, &self.entry, Some(&self.rule), &self.orders, 1000.0);
        assert_eq!(trades(&prices, &self.entry, Some(&self.rule), &self.orders, 1000.0), ledger.trades);
        assert_eq!(reconcile(&Terms::outright(Market::of(prices)), &ledger, 1000.0), Ok(()));
        ledger
    }

    /// One line per trade: decided, entered, left, why.
    fn story(&self) -> Vec<String> {
        let line = |trade: &Trade| {
            let Trade { signal, entry, entry_price, exit, exit_price, reasons, .. } = trade;
            format!("{signal}: {entry} at {entry_price}, {exit} at {exit_price}, {reasons}")
        };
        self.ledger().trades.iter().map(line).collect()
    }

    /// The only trade.
    fn trade(&self) -> Trade {
        let trades = self.ledger().trades;
        assert_eq!(trades.len(), 1, "{trades:?}");
        trades[0].clone()
    }
}

#[track_caller]
fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} instead of {expected}");
}

#[track_caller]
fn all_near(values: &[f64], expected: &[f64]) {
    assert_eq!(values.len(), expected.len());
    values.iter().zip(expected).for_each(|(&value, &expected)| near(value, expected));
}

/// A bar on which nothing happens.
const STILL: [f64; 4] = [100.0; 4];
/// Prices that tell their bar.
const RISING: [f64; 6] = [100.0, 101.0, 102.0, 103.0, 104.0, 105.0];
