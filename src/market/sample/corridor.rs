//! Between which closes the days between two anchors may move.

use crate::base::diagnostic::{Diagnostic, Result};

use super::anchors::{Anchor, Turn};

/// The lowest and highest close allowed, in cents, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Corridor {
    pub(super) low: i64,
    pub(super) high: i64,
}

impl Corridor {
    /// The corridor of the days after anchor `index` and before the next one.
    ///
    /// Its top lies below the next anchor where that is a record, else below the record so far: no close
    /// between anchors makes a record that the anchors do not know of. Between two turning points closes also
    /// stay above a trough at either end and below a peak at either end (the higher of two peaks, the lower
    /// of two troughs).
    ///
    /// # Errors
    /// Where no close, or not the anchors themselves, fit between these bounds.
    pub(super) fn after(symbol: &str, anchors: &[Anchor], index: usize) -> Result<Self> {
        let (from, to) = (anchors[index], anchors[index + 1]);
        let record = anchors[..=index].iter().map(|anchor| anchor.cents).fold(0, i64::max);
        let before = anchors[..=index].iter().rev().find(|anchor| anchor.turn != Turn::None);
        let after = anchors[index + 1..].iter().find(|anchor| anchor.turn != Turn::None);
        let ends = |turn: Turn| {
            before
                .into_iter()
                .chain(after)
                .filter(move |anchor| anchor.turn == turn)
                .map(|anchor| anchor.cents)
        };
        let floor = ends(Turn::Trough).min().unwrap_or(0);
        let ceiling = ends(Turn::Peak).max().unwrap_or(i64::MAX).min(record.max(to.cents));
        let corridor = Self { low: floor + 1, high: ceiling - 1 };
        let holds = |anchor: Anchor| (floor..=ceiling).contains(&anchor.cents);
        if corridor.low > corridor.high || !holds(from) || !holds(to) {
            let title = format!(
                "no closes of {symbol} lead from the anchor of {} to the one of {}",
                from.date, to.date
            );
            return Err(Diagnostic::new(title)
                .detail(format!("they would have to stay above {floor} and below {ceiling} cents"))
                .hint("check the anchors' closes and their `why`")
                .into());
        }
        Ok(corridor)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    fn anchors(closes: &[(i64, Turn)]) -> Vec<Anchor> {
        let day = |index: usize| date(2020, 1, i8::try_from(index).unwrap() + 1);
        closes.iter().enumerate().map(|(i, &(cents, turn))| Anchor { date: day(i), cents, turn }).collect()
    }

    fn bounds(closes: &[(i64, Turn)], index: usize) -> (i64, i64) {
        let corridor = Corridor::after("IWM", &anchors(closes), index).unwrap();
        (corridor.low, corridor.high)
    }

    #[test]
    fn records_wait_for_a_record_anchor() {
        let closes =
            [(100, Turn::None), (120, Turn::None), (110, Turn::None), (115, Turn::None), (130, Turn::None)];
        assert_eq!(bounds(&closes, 0), (1, 119));
        assert_eq!(bounds(&closes, 1), (1, 119));
        assert_eq!(bounds(&closes, 2), (1, 119));
        assert_eq!(bounds(&closes, 3), (1, 129));
    }

    #[test]
    fn turning_points_are_not_passed() {
        let closes = [
            (200, Turn::None),
            (100, Turn::Trough),
            (120, Turn::None),
            (150, Turn::Peak),
            (130, Turn::None),
            (90, Turn::Trough),
        ];
        assert_eq!(bounds(&closes, 0), (101, 199));
        assert_eq!(bounds(&closes, 1), (101, 149));
        assert_eq!(bounds(&closes, 2), (101, 149));
        assert_eq!(bounds(&closes, 3), (91, 149));
        let rising = [(100, Turn::Peak), (90, Turn::None), (120, Turn::Peak)];
        assert_eq!(bounds(&rising, 0), (1, 99));
        assert_eq!(bounds(&rising, 1), (1, 119));
    }

    #[test]
    fn impossible_anchors_are_refused() {
        let closes = [(100, Turn::Trough), (90, Turn::None), (150, Turn::Peak)];
        let failure = Corridor::after("IWM", &anchors(&closes), 0).unwrap_err();
        insta::assert_snapshot!(failure, @r"
        error: no closes of IWM lead from the anchor of 2020-01-01 to the one of 2020-01-02
         |
         = note: they would have to stay above 100 and below 100 cents
         = help: check the anchors' closes and their `why`
        ");
        assert!(Corridor::after("IWM", &anchors(&[(100, Turn::Trough), (101, Turn::Peak)]), 0).is_err());
    }
}
