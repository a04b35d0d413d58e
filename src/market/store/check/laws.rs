//! Laws of checks and comparisons that hold for any series.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::check_series;
use super::tests::provenance;
use crate::base::calendar::{LabelKind, Session};
use crate::market::series::{Rows, Series};
use crate::market::store::compare::compare;

const HOUR: i64 = 3_600_000_000;

fn sessions() -> impl Strategy<Value = Session> {
    prop_oneof![
        Just(Session::UsEquity),
        Just(Session::Crypto),
        Just(Session::Cboe),
        Just(Session::Custom(None)),
        Just(Session::Macro { release_lag_days: 1 }),
        Just(Session::Futures),
        Just(Session::Fx),
    ]
}

/// Any series that can be built: prices of any sign and size, gaps, columns that are missing.
fn any_series(prices: std::ops::Range<f64>) -> impl Strategy<Value = Series> {
    let bar = (prices.clone(), prices.clone(), prices.clone(), prices, 0.0..1e9_f64, 1..200_i64);
    let time = (1.2e6..1.7e6_f64, any::<bool>());
    (prop::collection::vec(bar, 1..120), sessions(), time, any::<[bool; 4]>(), 0..3_u8).prop_map(
        |(bars, session, (start, is_date), missing, repeat)| {
            let mut at = {
                #[expect(clippy::cast_possible_truncation, reason = "hours since 1970")]
                let hours = start as i64;
                hours / 24 * 24
            };
            let step = if is_date { 24 } else { 1 };
            let mut rows = Rows::default();
            let mut before = None;
            for bar in bars {
                // Some bars come twice, as stale feeds have them.
                let bar = if repeat > 0 && bar.5 % 3 == 0 { before.unwrap_or(bar) } else { bar };
                before = Some(bar);
                at += step * (1 + bar.5 / 150);
                rows.labels.push(at * HOUR);
                rows.opens_at.push(at * HOUR);
                rows.known_at.push((at + step) * HOUR);
                for (column, value) in [
                    (&mut rows.open, bar.0),
                    (&mut rows.high, bar.1),
                    (&mut rows.low, bar.2),
                    (&mut rows.close, bar.3),
                    (&mut rows.volume, bar.4.floor()),
                ] {
                    column.push(value);
                }
            }
            for (column, missing) in
                [&mut rows.open, &mut rows.high, &mut rows.low, &mut rows.volume].into_iter().zip(missing)
            {
                if missing {
                    column.clear();
                }
            }
            let kind = if is_date { LabelKind::Date } else { LabelKind::Time };
            Series::new(provenance("split"), session, kind, 5.0, rows).unwrap()
        },
    )
}

fn scaled(series: &Series, by: f64) -> Series {
    let mut rows = series.rows().to_rows();
    for column in [&mut rows.open, &mut rows.high, &mut rows.low, &mut rows.close] {
        for price in column.iter_mut() {
            *price *= by;
        }
    }
    Series::new(
        series.provenance().clone(),
        series.session().clone(),
        series.label_kind(),
        series.stale_after_days(),
        rows,
    )
    .unwrap()
}

proptest! {
    #[test]
    fn any_series_can_be_checked_and_compared(
        one in any_series(-10.0..1000.0),
        other in any_series(0.0..1e9),
    ) {
        for finding in check_series(&one).iter().chain(&check_series(&other)) {
            prop_assert!(!finding.what.is_empty() && !finding.remedy.is_empty());
            prop_assert!(!finding.what.contains("NaN"), "{}", finding.what);
        }
        let _ = compare(&one, &other);
        if let Ok(same) = compare(&one, &one) {
            prop_assert!(same.differences.iter().all(|difference| difference.worst.abs() <= 0.0));
            prop_assert!(same.only_a.is_empty() || one.close().iter().any(|close| *close <= 0.0));
        }
    }

    #[test]
    fn the_size_of_prices_changes_no_finding_but_those_of_digits(
        one in any_series(1.0..1000.0),
        power in 1..8_i32,
    ) {
        let without_digits = |series: &Series| {
            let mut findings = check_series(series);
            findings.retain(|finding| {
                !["float-noise", "rounded-to-32-bits", "other-source", "adjustment-changes", "looks-adjusted"].contains(&finding.check)
            });
            findings
        };
        // By powers of two, so that rounding changes nothing.
        prop_assert_eq!(without_digits(&one), without_digits(&scaled(&one, 2.0_f64.powi(power))));
    }
}
