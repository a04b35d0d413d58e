//! A trade in several markets at once, looked at as one: its value against what was paid for it.

use super::orders::Exits;
use super::position::{Levels, Position, Whole};

/// What an index of 1 has digits for.
const DIGITS: f64 = 1e12;

impl Position {
    /// The value of what is held over its value at the entries' fill prices: 1 at the fills, whatever the side. To
    /// twelve digits, so that how much money is in decides no level.
    pub(super) fn index(&self) -> f64 {
        let held = self.legs.iter().filter(|leg| leg.units > 0.0);
        let (now, then) = held
            .fold((0.0, 0.0), |(now, then), leg| (now + leg.units * leg.mark, then + leg.units * leg.price));
        if then > 0.0 { (now / then * DIGITS).round() / DIGITS } else { 1.0 }
    }

    /// Where the exits of a basket stand on its index; all of them look at closes.
    pub(super) fn levels_of(&self, whole: &Whole, exits: &Exits) -> Levels {
        let sign = self.side.sign();
        let distant = |from: f64, fraction: f64| from * (1.0 + sign * fraction);
        Levels {
            sign,
            stop: self.stop.map(|stop| distant(1.0, -stop.fraction)),
            trail: exits.trail.map(|trail| distant(whole.peak, -trail.fraction)),
            target: exits.target.map(|target| distant(1.0, target.fraction)),
            gap: None,
        }
    }
}
