//! Several series beside each other, each seen as of the traded market's decisions.

use std::sync::Arc;

use super::{Pairs, Series};
use crate::base::calendar::{Instant, Label};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::events::Events;

/// The rows an expression is computed on before anything is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Frame {
    /// The bars of one member of the panel.
    Series(usize),
    /// The paired bars of two members.
    Pair(usize, usize),
}

/// Series beside each other on one clock. Members are numbered from 0 in the order they were given.
#[derive(Debug, Clone)]
pub struct Panel {
    members: Vec<Arc<Series>>,
    clock: usize,
    events: Vec<Arc<Events>>,
}

impl Panel {
    /// Puts `members` beside each other on the clock of `members[clock]`, the traded market.
    ///
    /// # Errors
    /// Where simulated sample data and real data would meet.
    pub fn new(members: Vec<Arc<Series>>, clock: usize) -> Result<Self> {
        let simulated = members.iter().find(|series| series.provenance().simulated);
        let real = members.iter().find(|series| !series.provenance().simulated);
        if let (Some(simulated), Some(real)) = (simulated, real) {
            return Err(Diagnostic::new("simulated sample data and real data never meet in one run")
                .detail(format!(
                    "{} is simulated, {} is real",
                    simulated.provenance().full_name(),
                    real.provenance().full_name()
                ))
                .hint("import real history for every market of the rule with `catchup data import FILE`")
                .into());
        }
        Ok(Self { members, clock, events: Vec::new() })
    }

    /// The same panel with the events that its rules ask for, by their numbers there.
    #[must_use]
    pub fn with_events(self, events: Vec<Arc<Events>>) -> Self {
        Self { events, ..self }
    }

    /// The same members and events on the clock of another member.
    #[must_use]
    pub fn on_clock(&self, clock: usize) -> Self {
        Self { clock, ..self.clone() }
    }

    /// The events, in order.
    pub fn events(&self) -> &[Arc<Events>] {
        &self.events
    }

    /// The members, in order.
    pub fn members(&self) -> &[Arc<Series>] {
        &self.members
    }

    /// Whether the days of the members are simulated; all are or none.
    pub fn is_simulated(&self) -> bool {
        self.clock_series().provenance().simulated
    }

    /// The number of the traded member.
    pub fn clock_member(&self) -> usize {
        self.clock
    }

    /// The traded market, whose bars are the clock.
    pub fn clock_series(&self) -> &Series {
        &self.members[self.clock]
    }

    /// Bars of the clock.
    pub fn len(&self) -> usize {
        self.clock_series().len()
    }

    /// Never true: a series has at least one bar.
    pub fn is_empty(&self) -> bool {
        self.clock_series().is_empty()
    }

    /// The label of clock bar `t`.
    pub fn label(&self, t: usize) -> Label {
        self.clock_series().label(t)
    }

    /// The instant at which clock bar `t` is decided on: its `known_at`.
    pub fn decision(&self, t: usize) -> Instant {
        self.clock_series().known_at(t)
    }

    /// The first bar of the clock that is decided on at `instant` or later; `None` where none is.
    pub fn first_bar_by(&self, instant: Instant) -> Option<usize> {
        let decisions = self.clock_series().rows().known_at;
        let bar = decisions.partition_point(|&decision| decision < instant.micros());
        (bar < decisions.len()).then_some(bar)
    }

    /// The panel as it was at `instant`; `None` where some member had no row by then.
    pub fn known_by(&self, instant: Instant) -> Option<Self> {
        let members = self
            .members
            .iter()
            .map(|series| series.known_by(instant).map(Arc::new))
            .collect::<Option<_>>()?;
        let events = self.events.iter().map(|events| Arc::new(events.known_by(instant))).collect();
        Some(Self { members, clock: self.clock, events })
    }

    /// The closes of a pair's bars, and how the clock sees them.
    pub fn pairs(&self, left: usize, right: usize) -> Pairs {
        Pairs::new(&self.members[left], &self.members[right])
    }

    /// How the clock sees rows that became known at `known_at` (never falling, in microseconds).
    pub fn view(&self, known_at: &[i64], stale_after_days: f64) -> View {
        let decisions = self.clock_series().rows().known_at;
        // Rows of the clock's own instants, and those of a market with the same hours, need no search.
        if known_at == decisions && stale_after_days >= 0.0 {
            return View::Clock(decisions.len());
        }
        self.search(known_at, stale_after_days)
    }

    /// As [`Panel::view`], whatever the instants are.
    fn search(&self, known_at: &[i64], stale_after_days: f64) -> View {
        let decisions = self.clock_series().rows().known_at;
        let mut known = Vec::with_capacity(decisions.len());
        let mut stale = Vec::with_capacity(decisions.len());
        let mut count = 0;
        for &decision in decisions {
            while count < known_at.len() && known_at[count] <= decision {
                count += 1;
            }
            known.push(count);
            stale.push(count > 0 && is_stale(decision, known_at[count - 1], stale_after_days));
        }
        let last_event_stale = |t: usize, row: usize| is_stale(decisions[t], known_at[row], stale_after_days);
        let first_fresh_event = known
            .iter()
            .enumerate()
            .map(|(t, &count)| {
                let previous = if t == 0 { count.saturating_sub(1) } else { known[t - 1] };
                (previous..count).find(|&row| !last_event_stale(t, row)).unwrap_or(count)
            })
            .collect();
        View::Searched { known, stale, first_fresh_event }
    }

    /// How the clock sees member `series`.
    pub fn view_of(&self, series: usize) -> View {
        let member = &self.members[series];
        self.view(member.rows().known_at, member.stale_after_days())
    }
}

fn is_stale(decision: i64, known_at: i64, stale_after_days: f64) -> bool {
    Instant::from_micros(decision).days_since(Instant::from_micros(known_at)) > stale_after_days
}

/// What the clock sees of some rows.
#[derive(Debug, Clone, PartialEq)]
pub enum View {
    /// At each of so many bars the row of the same number, known at that very decision.
    Clock(usize),
    /// One entry per clock bar.
    Searched {
        /// How many rows were known.
        known: Vec<usize>,
        /// Whether the last of them was too old.
        stale: Vec<bool>,
        /// The first row of those that became known since the bar before and are not too old.
        first_fresh_event: Vec<usize>,
    },
}

impl View {
    /// Whether each bar of the clock sees the row of its own number.
    pub fn is_clock(&self) -> bool {
        matches!(self, Self::Clock(_))
    }

    /// The last row known at the decision of clock bar `t`; `None` before the first and where it is too old.
    pub fn row(&self, t: usize) -> Option<usize> {
        match self {
            Self::Clock(_) => Some(t),
            Self::Searched { known, stale, .. } => (known[t] > 0 && !stale[t]).then(|| known[t] - 1),
        }
    }

    /// The rows that became known since the previous decision and are not too old. At the clock's first bar
    /// only the last row counts.
    pub fn new_rows(&self, t: usize) -> std::ops::Range<usize> {
        match self {
            Self::Clock(_) => t..t + 1,
            Self::Searched { known, first_fresh_event, .. } => first_fresh_event[t]..known[t],
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::float_cmp)] // codes are whole numbers
    use super::*;
    use crate::base::calendar::{LabelKind, Session};
    use crate::market::series::{Provenance, Rows};
    use jiff::civil::{Date, date};

    /// A series whose close tells market and day: `code` thousands plus the day of the year.
    pub(crate) fn coded(symbol: &str, session: &Session, code: f64, days: &[Date]) -> Series {
        let mut rows = Rows::default();
        for &day in days {
            let times = session.day(day);
            rows.labels.push(Label::date(day).micros());
            rows.opens_at.push(times.opens_at.micros());
            rows.known_at.push(times.known_at.micros());
            rows.close.push(code * 1000.0 + f64::from(day.day_of_year()));
        }
        let provenance = Provenance {
            symbol: symbol.into(),
            vendor: "test".into(),
            bar: None,
            file: "test".into(),
            hash: String::new(),
            adjustment: "none".into(),
            simulated: false,
        };
        Series::new(provenance, session.clone(), LabelKind::Date, 5.0, rows).unwrap()
    }

    pub(crate) fn days(session: &Session, first: Date, last: Date) -> Vec<Date> {
        first
            .series(jiff::Span::new().days(1))
            .take_while(|&d| d <= last)
            .filter(|&d| session.is_trading_day(d))
            .collect()
    }

    fn new_york_and_crypto(first: Date, last: Date) -> Panel {
        let iwm = coded("IWM", &Session::UsEquity, 1.0, &days(&Session::UsEquity, first, last));
        let btc = coded("BTC", &Session::Crypto, 2.0, &days(&Session::Crypto, first, last));
        Panel::new(vec![Arc::new(iwm), Arc::new(btc)], 1).unwrap()
    }

    #[test]
    fn a_new_york_close_is_seen_by_the_bitcoin_bar_of_the_same_label() {
        for (first, last) in [
            (date(2025, 11, 20), date(2025, 12, 31)), // Thanksgiving, its early close, Christmas
            (date(2026, 3, 2), date(2026, 3, 20)),    // clocks forward
            (date(2025, 10, 27), date(2025, 11, 10)), // clocks back
        ] {
            let panel = new_york_and_crypto(first, last);
            let view = panel.view_of(0);
            for t in 0..panel.len() {
                let label = panel.label(t).calendar_date();
                let Some(row) = view.row(t) else {
                    assert!(!panel.members()[0].label(0).calendar_date().le(&label));
                    continue;
                };
                let seen = panel.members()[0].label(row).calendar_date();
                let last_session =
                    days(&Session::UsEquity, first, label).last().copied().expect("a session by then");
                assert_eq!(seen, last_session, "at the close of the bitcoin bar {label}");
                assert_eq!(panel.members()[0].close()[row], 1000.0 + f64::from(last_session.day_of_year()));
                let news: Vec<_> = view.new_rows(t).collect();
                let is_news = t == 0 || last_session == label;
                let expected = if is_news { vec![row] } else { vec![] };
                assert_eq!(news, expected, "a session is news once, on {label}");
            }
        }
    }

    #[test]
    fn a_new_york_decision_sees_the_bitcoin_bar_of_the_day_before() {
        let panel = new_york_and_crypto(date(2025, 12, 1), date(2025, 12, 12));
        let panel = Panel::new(panel.members().to_vec(), 0).unwrap();
        let view = panel.view_of(1);
        let t = 4; // Friday 2025-12-05, decided at 21:00 UTC: the bar of 2025-12-05 still runs
        assert_eq!(panel.label(t).to_string(), "2025-12-05");
        assert_eq!(panel.members()[1].label(view.row(t).unwrap()).to_string(), "2025-12-04");
        let weekend: Vec<_> =
            view.new_rows(t + 1).map(|row| panel.members()[1].label(row).to_string()).collect();
        assert_eq!(weekend, ["2025-12-05", "2025-12-06", "2025-12-07"]);
    }

    #[test]
    fn an_old_row_is_missing_and_its_event_is_not_delivered() {
        let iwm = coded("IWM", &Session::UsEquity, 1.0, &[date(2025, 1, 2)]);
        let btc =
            coded("BTC", &Session::Crypto, 2.0, &days(&Session::Crypto, date(2025, 1, 6), date(2025, 1, 9)));
        let panel = Panel::new(vec![Arc::new(iwm), Arc::new(btc)], 1).unwrap();
        let view = panel.view_of(0);
        assert_eq!(view.row(0), Some(0), "known 2025-01-02 21:00, decided 2025-01-07 00:00: 4.1 days");
        assert_eq!(view.row(1), None, "5.1 days");
        assert_eq!(view.new_rows(0).count(), 1, "at the first bar the last row counts");
        assert_eq!(panel.first_bar_by(panel.members()[0].known_at(0)), Some(0));
        assert_eq!(panel.first_bar_by(panel.decision(3)), Some(3));
        assert_eq!(panel.first_bar_by(Instant::from_micros(panel.decision(3).micros() + 1)), None);
    }

    #[test]
    fn pairs_put_a_new_york_close_beside_the_bitcoin_bar_that_ends_three_hours_later() {
        let panel = new_york_and_crypto(date(2025, 10, 20), date(2025, 12, 31));
        let pairs = panel.pairs(0, 1);
        assert_eq!(pairs.left.len(), panel.members()[0].len());
        for (&left, &right) in pairs.left.iter().zip(&pairs.right) {
            assert_eq!(panel.members()[0].label(left), panel.members()[1].label(right));
        }
        assert!(pairs.known_at.windows(2).all(|w| w[0] < w[1]));
        let swapped = panel.pairs(1, 0);
        assert_eq!((swapped.left, swapped.right), (pairs.right, pairs.left));
    }

    #[test]
    fn rows_of_the_clock_itself_are_seen_as_a_search_finds_them() {
        let panel = new_york_and_crypto(date(2025, 12, 1), date(2025, 12, 12));
        for clock in [0, 1] {
            let panel = Panel::new(panel.members().to_vec(), clock).unwrap();
            let (view, known_at) = (panel.view_of(clock), panel.clock_series().rows().known_at);
            let searched = panel.search(known_at, 5.0);
            assert!(view.is_clock() && !searched.is_clock());
            for t in 0..panel.len() {
                assert_eq!((view.row(t), view.new_rows(t)), (searched.row(t), searched.new_rows(t)));
            }
            assert!(!panel.view_of(1 - clock).is_clock());
            // Rows that are too old as soon as they are known are searched.
            assert!(!panel.view(known_at, -1.0).is_clock());
        }
    }

    #[test]
    fn a_pair_does_not_depend_on_what_came_after_it_was_known() {
        let panel = new_york_and_crypto(date(2025, 10, 20), date(2025, 12, 31));
        let whole = panel.pairs(0, 1);
        for hours in 0..240 {
            let at = panel.members()[0].known_at(10).micros() + hours * 3_600_000_000;
            let Some(cut) = panel.known_by(Instant::from_micros(at)) else { continue };
            let part = cut.pairs(0, 1);
            let visible = whole.known_at.partition_point(|&k| k <= at);
            assert_eq!(part.left, whole.left[..visible]);
            assert_eq!(part.right, whole.right[..visible]);
        }
    }

    #[test]
    fn which_of_two_alike_series_has_more_bars_changes_no_pair() {
        // One lacks a week early and has a holiday's row late: counted over all rows, which one is denser
        // would flip with the length of history.
        let sessions = days(&Session::UsEquity, date(2025, 1, 2), date(2025, 12, 31));
        let mut other: Vec<Date> =
            sessions.iter().copied().filter(|d| *d < date(2025, 1, 6) || *d > date(2025, 1, 10)).collect();
        other.extend([date(2025, 7, 4), date(2025, 9, 1), date(2025, 11, 27), date(2025, 12, 25)]);
        other.extend(
            days(&Session::Crypto, date(2025, 11, 1), date(2025, 11, 30))
                .into_iter()
                .filter(|d| !sessions.contains(d)),
        );
        other.sort_unstable();
        other.dedup();
        let vix = coded("VIX", &Session::Cboe, 1.0, &other);
        let spy = coded("SPY", &Session::UsEquity, 2.0, &sessions);
        let panel = Panel::new(vec![Arc::new(vix), Arc::new(spy)], 1).unwrap();
        let (there, back) = (panel.pairs(0, 1), panel.pairs(1, 0));
        for t in (0..panel.len()).step_by(7) {
            let Some(cut) = panel.known_by(panel.decision(t)) else { continue };
            for (whole, (left, right)) in [(&there, (0, 1)), (&back, (1, 0))] {
                let visible = whole.known_at.partition_point(|&k| k <= panel.decision(t).micros());
                assert_eq!(cut.pairs(left, right).left, whole.left[..visible]);
            }
        }
    }

    #[test]
    fn simulated_and_real_data_never_meet() {
        let real = coded("IWM", &Session::UsEquity, 1.0, &[date(2025, 1, 2)]);
        let mut simulated = real.clone();
        simulated.provenance.simulated = true;
        let error = Panel::new(vec![Arc::new(real), Arc::new(simulated)], 0).unwrap_err();
        assert!(error.to_string().contains("never meet"));
    }
}
