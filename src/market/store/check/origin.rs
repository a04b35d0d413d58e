//! How prices are written tells where they are from: another vendor joined in, an adjustment that ends, rounding noise.

use rayon::prelude::*;

use super::{Finding, counted, some_rows};
use crate::base::calendar::{Label, Session};
use crate::base::num::median;
use crate::market::series::{Field, Series};

/// Rows on either side of a change in how prices are written: enough that trailing zeros do not make one.
const AROUND: usize = 20;

/// So many of them must be written alike.
const ALIKE: usize = 18;

/// Prices adjusted for dividends are whole cents only after the last dividend, which funds and most shares pay at least
/// once a year.
const AFTER_LAST_DIVIDEND_DAYS: i64 = 400;

/// An adjusted close may fall against the close by this part from rounding alone.
const ROUNDING: f64 = 0.002;

/// Larger prices are looked at one count of decimals after the other.
const LARGE: f64 = 1e7;

/// The check whose finding is how some vendors write every file, and no more.
pub(super) const ROUNDED: &str = "rounded-to-32-bits";

/// So many closes before that tell whether they are adjusted for dividends: a year of sessions.
const YEAR: usize = 250;

/// Rows that are looked at at once.
const PIECE: usize = 1 << 10;

/// How a row's prices are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// Multiples of 1/64: they look alike in any form, and US shares were quoted in them until 2001.
    Neutral,
    /// Whole cents.
    Cents,
    /// Three to eight decimals.
    Fine,
    /// Exact numbers of 32 bits, as Yahoo sends them.
    Single,
    /// Longer than any quote.
    Long,
}

impl Form {
    fn of(price: f64) -> Self {
        if (1.0..LARGE).contains(&price) && is_cents(price) {
            // Whole cents are cut from nothing.
            return if is_fraction(price) { Self::Neutral } else { Self::Cents };
        }
        // Below 1, vendors write more digits for every market. Some cut fractions to four decimals: 45.7188 is 45 23/32.
        let sixty_fourths = price * 64.0;
        let whole =
            if sixty_fourths.abs() < 64.0 * LARGE { rounded(sixty_fourths) } else { sixty_fourths.round() };
        let from_fraction = (sixty_fourths - whole).abs();
        let cut = from_fraction <= 64.0 * 0.000_051 && decimals(price).is_some_and(|count| count >= 3);
        if price < 1.0 || from_fraction <= 0.0 || cut {
            return Self::Neutral;
        }
        match decimals(price) {
            Some(0..=2) => Self::Cents,
            // Trades between two quotes a cent apart are made at half a cent.
            Some(3) if decimals(price * 2.0).is_some_and(|count| count <= 2) => Self::Cents,
            Some(3..=4) => Self::Fine,
            _ if is_single(price) => Self::Single,
            Some(_) => Self::Fine,
            None => Self::Long,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Neutral => "fractions",
            Self::Cents => "whole cents",
            Self::Fine => "three to eight decimals",
            Self::Single => "numbers of 32 bits",
            Self::Long => "digits longer than any quote",
        }
    }
}

/// Added and taken away again, it leaves a number below 2^51 rounded to a whole one; the machine has no faster way that
/// is the same everywhere.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

fn rounded(value: f64) -> f64 {
    value + ROUNDER - ROUNDER
}

/// Whether a price below [`LARGE`] is a multiple of 1/64, which is told without rounding.
fn is_fraction(price: f64) -> bool {
    rounded(price * 64.0).to_bits() == (price * 64.0).to_bits()
}

/// Whether a number is one of whole cents, so that it has at most two decimals.
fn is_cents(price: f64) -> bool {
    (rounded(price * 100.0) / 100.0).to_bits() == price.to_bits()
}

/// Whether a price has at most eight decimals and more than 32 bits show, as most prices of three decimals and more:
/// then it is neither longer than a quote nor rounded nor noise. Of others nothing is said.
fn is_quote(price: f64) -> bool {
    let eight = (rounded(price * 1e8) / 1e8).to_bits() == price.to_bits();
    (0.0..LARGE).contains(&price) & eight & !is_single(price)
}

/// How many decimals a number is written with, up to 8; `None` for more.
fn decimals(price: f64) -> Option<u32> {
    if (0.0..LARGE).contains(&price) {
        // Below `LARGE` rounding takes back what the product lost, and the quotient is correctly rounded: so this is
        // the number that a text of eight decimals is read as, and of fewer where these are zeros.
        let whole = rounded(price * 1e8);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 0 to 1e15")]
        let mut digits = whole as u64;
        let mut count = if digits == 0 { 0 } else { 8 };
        while count > 0 && digits.is_multiple_of(10) {
            digits /= 10;
            count -= 1;
        }
        return (whole / 1e8).total_cmp(&price).is_eq().then_some(count);
    }
    let mut scale = 1.0;
    for count in 0..=8 {
        // Division is correctly rounded, so this is the number that a text of so many decimals is read as.
        if ((price * scale).round() / scale).total_cmp(&price).is_eq() {
            return Some(count);
        }
        scale *= 10.0;
    }
    None
}

#[expect(clippy::cast_possible_truncation, reason = "whether anything is cut is the question")]
fn single(price: f64) -> f64 {
    f64::from(price as f32)
}

/// Whether a price is a number of 32 bits; some files write it with 16 digits, which may miss its last bit of 64.
fn is_single(price: f64) -> bool {
    (single(price) - price).abs() <= 1e-15 * price.abs()
}

pub(super) fn check(series: &Series, findings: &mut Vec<Finding>) {
    findings.extend(unknown_adjustment(series));
    let (forms, noisy) = forms(series);
    findings.extend(other_forms(series, &forms));
    findings.extend(noise(series, &forms, &noisy));
}

/// Whether nothing tells what prices are adjusted for.
pub(in crate::market::store) fn unknown_adjustment(series: &Series) -> Option<Finding> {
    (series.provenance().adjustment == "unknown").then(|| {
        Finding::warning(
            "unknown-adjustment",
            None,
            "the file does not tell what its prices are adjusted for".to_owned(),
            "if you know it, import again with `--adjustment split` or `split-and-dividend`; unadjusted splits make false signals",
        )
    })
}

fn prices(series: &Series) -> Vec<&[f64]> {
    [Field::Open, Field::High, Field::Low, Field::Close]
        .into_iter()
        .filter_map(|field| series.column(field))
        .collect()
}

/// The form of each row, the longest of its prices', and the rows with digits of a computer's arithmetic.
fn forms(series: &Series) -> (Vec<Form>, Vec<usize>) {
    let columns = prices(series);
    let mut forms = vec![Form::Neutral; series.len()];
    let noisy: Vec<Vec<usize>> = forms
        .par_chunks_mut(PIECE)
        .enumerate()
        .map(|(piece, forms)| {
            let start = piece * PIECE;
            let parts: Vec<&[f64]> =
                columns.iter().map(|column| &column[start..start + forms.len()]).collect();
            let (mut cents, mut fractions, mut quotes) = ([true; PIECE], [true; PIECE], [true; PIECE]);
            for part in &parts {
                let flags = cents.iter_mut().zip(&mut fractions).zip(&mut quotes);
                for (((cents, fractions), quotes), &price) in flags.zip(*part) {
                    *cents &= (1.0..LARGE).contains(&price) & is_cents(price);
                    *fractions &= is_fraction(price);
                    *quotes &= is_quote(price);
                }
            }
            let mut noisy = Vec::new();
            for (row, form) in forms.iter_mut().enumerate() {
                if cents[row] {
                    *form = if fractions[row] { Form::Neutral } else { Form::Cents };
                    continue;
                }
                let mut prices = parts.iter().map(|part| part[row]);
                if !quotes[row] && prices.clone().any(is_double_noise) {
                    noisy.push(start + row);
                }
                // Of quotes none is longer than fine.
                let enough = if quotes[row] { Form::Fine } else { Form::Long };
                while *form < enough
                    && let Some(price) = prices.next()
                {
                    *form = Form::of(price).max(*form);
                }
            }
            noisy
        })
        .collect();
    (forms, noisy.concat())
}

/// Where rows begin to be written otherwise: the row, the form before and the form from there on.
fn changes(forms: &[Form]) -> Vec<(usize, Form, Form)> {
    let mut others = forms.iter().filter(|form| **form != Form::Neutral);
    if others.next().is_none_or(|first| others.all(|form| form == first)) {
        return Vec::new();
    }
    let told: Vec<(usize, Form)> =
        forms.iter().copied().enumerate().filter(|(_, form)| *form != Form::Neutral).collect();
    let main = |rows: &[(usize, Form)]| {
        [Form::Cents, Form::Fine, Form::Single, Form::Long]
            .into_iter()
            .find(|form| rows.iter().filter(|(_, found)| found == form).count() >= ALIKE)
    };
    let mut found = Vec::new();
    let mut at = AROUND;
    while at + AROUND <= told.len() {
        let sides = (main(&told[at - AROUND..at]), main(&told[at..at + AROUND]));
        let (Some(before), Some(after)) = sides else {
            at += 1;
            continue;
        };
        if before == after {
            at += 1;
            continue;
        }
        // The last row of the old form that is near tells where the new one begins.
        let old = (at - AROUND..at + AROUND).rev().find(|&place| told[place].1 == before);
        let place = old.map_or(at, |place| place + 1).min(told.len() - 1);
        found.push((told[place].0, before, after));
        at += AROUND;
    }
    found
}

fn other_forms(series: &Series, forms: &[Form]) -> Vec<Finding> {
    let changes = changes(forms);
    let mut joins = Vec::new();
    let mut findings = Vec::new();
    for &(row, before, after) in &changes {
        let pays = matches!(series.session(), Session::UsEquity | Session::Custom(_));
        // Adjusting divides prices by odd factors; what stays as quoted is shorter.
        let shorter =
            before > Form::Cents && after < before && (after == Form::Cents || before == Form::Long);
        if pays && shorter && series.provenance().adjustment != "none" {
            findings.extend(adjustment_ends(series, row, before, after));
        } else {
            joins.push((row, before, after));
        }
    }
    let rows: Vec<usize> = joins.iter().map(|join| join.0).collect();
    if let (Some((row, list)), Some((_, before, after))) = (some_rows(series, &rows), joins.first()) {
        findings.push(Finding::warning(
            "other-source",
            Some(row),
            format!(
                "prices are written in another way from {list} on: first {}, then {}",
                before.name(),
                after.name()
            ),
            "two sources or exports were joined there; see that they agree (`catchup data compare` with another vendor), or begin there with `--from`",
        ));
    }
    findings
}

/// Long digits that give way to short ones: prices adjusted for dividends up to there, and not after.
fn adjustment_ends(series: &Series, row: usize, before: Form, after: Form) -> Option<Finding> {
    let label = series.label(row);
    let left = series.label(series.len() - 1).calendar_days_since(label);
    let seen = format!("prices before {label} have {}, from there on {}", before.name(), after.name());
    if left > AFTER_LAST_DIVIDEND_DAYS {
        return Some(Finding::warning(
            "adjustment-changes",
            Some(label),
            format!("{seen}: the earlier ones look adjusted for dividends, the later ones not"),
            "returns across that row and highs before it are wrong by the dividends; get the whole file anew, or begin there with `--from`",
        ));
    }
    (series.provenance().adjustment != "split-and-dividend").then(|| {
        Finding::warning(
            "looks-adjusted",
            Some(label),
            format!("{seen}: so it looks where prices are adjusted for dividends"),
            "if they are, import again with `--adjustment split-and-dividend`",
        )
    })
}

/// Digits that no one quoted: what a computer left of a short decimal.
fn noise(series: &Series, forms: &[Form], double: &[usize]) -> Option<Finding> {
    let columns = prices(series);
    if let Some((row, list)) = some_rows(series, double) {
        return Some(Finding::warning(
            "float-noise",
            Some(row),
            format!(
                "{} with digits that a sum or product left behind a short price, as 0.30000000000000004: {list}",
                counted(double.len(), "row")
            ),
            "equal prices may differ by a hair, so that a tie counts as a new high; get the file without a program's arithmetic in between",
        ));
    }
    // Every price of a row that 32 bits show must be one of cents: a large price is near some cent by chance.
    let is_noise = |row: usize| {
        let shown =
            || columns.iter().map(|column| column[row]).filter(|price| Form::of(*price) == Form::Single);
        shown().next().is_some() && shown().all(is_single_noise)
    };
    let single: Vec<usize> =
        (0..series.len()).filter(|&row| forms[row] >= Form::Single && is_noise(row)).collect();
    let long = forms.iter().filter(|form| **form >= Form::Single).count();
    if single.len() * 2 < series.len() || single.len() * 10 < long * 9 {
        return None;
    }
    let (row, _) = some_rows(series, &single)?;
    Some(Finding::warning(
        ROUNDED,
        Some(row),
        format!(
            "prices are rounded to 32 bits in {}: 44.38 stands as 44.380001068115234",
            counted(single.len(), "row")
        ),
        "harmless for percentages and for highs within this file; compare with an exact level by a cent more or less",
    ))
}

/// At most a few last bits of 64 beside a number of four decimals.
fn is_double_noise(price: f64) -> bool {
    if is_cents(price) {
        return false;
    }
    let short = (price * 1e4).round() / 1e4;
    decimals(price).is_none() && !is_single(price) && (price - short).abs() <= 1e-14 * price.abs()
}

/// A number of 32 bits that is the nearest to one of four decimals.
fn is_single_noise(price: f64) -> bool {
    let short = (price * 1e4).round() / 1e4;
    decimals(price).is_none_or(|count| count > 4)
        && is_single(price)
        && single(short).total_cmp(&price).is_eq()
}

/// Whether closes are as they were quoted, whole or half cents, over a year that lies before the last dividend: then no
/// dividend was taken out of them. Dates without a time alone; prices so high that 32 bits hardly tell cents tell nothing.
pub(in crate::market::store) fn is_quoted(labels: &[Label], close: &[f64]) -> bool {
    let half_cents = |price: f64| {
        let near = (price * 200.0).round() / 200.0;
        (1.0..10_000.0).contains(&price) && (single(near) - single(price)).abs() <= 0.0
    };
    let Some(last) = labels.last() else { return false };
    let end = labels.partition_point(|label| last.calendar_days_since(*label) > AFTER_LAST_DIVIDEND_DAYS);
    let year = end.checked_sub(YEAR).and_then(|from| close.get(from..end));
    year.is_some_and(|year| year.iter().all(|price| half_cents(*price)))
}

/// Where the file's own adjusted close turns against the close: dividends only ever raise it from the past to today.
pub(in crate::market::store) fn adjusted_close(
    label: impl Fn(usize) -> Label,
    close: &[f64],
    adjusted: &[f64],
) -> Option<Finding> {
    // Rows, not labels: few of them are told. A missing value compares with nothing.
    let told: Vec<(usize, f64)> = close
        .iter()
        .zip(adjusted)
        .enumerate()
        .filter(|(_, (close, adjusted))| **adjusted > 0.0 && **close > 0.0)
        .map(|(row, (close, adjusted))| (row, adjusted / close))
        .collect();
    let falls: Vec<(usize, f64)> = (1..told.len())
        .filter_map(|at| {
            // Medians of three: a single row off, as bad ticks are, is no change of adjustment.
            let level = |from: usize, to: usize| {
                median(&told[from..to.min(told.len())].iter().map(|found| found.1).collect::<Vec<_>>())
            };
            let fall = level(at, at + 3)? / level(at.saturating_sub(3), at)?;
            let here = told[at].1 < told[at - 1].1 * (1.0 - ROUNDING);
            (here && fall < 1.0 - ROUNDING).then_some((told[at].0, fall))
        })
        .collect();
    let &(row, fall) = falls.first()?;
    let row = label(row);
    let labels: Vec<Label> = falls.iter().map(|fall| label(fall.0)).collect();
    Some(Finding::warning(
        "adjustment-changes",
        Some(row),
        format!(
            "adjusted close over close falls at {}, first to {fall:.3} of itself: {}",
            counted(falls.len(), "row"),
            super::listed(&labels)
        ),
        "dividends only raise it; a split was taken into one column and not into the other, or two files were joined: get the whole file anew",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::provenance;
    use super::*;
    use crate::base::calendar::LabelKind;
    use crate::market::series::Rows;
    use proptest::prelude::*;

    /// How many decimals a number is written with, looked for one after the other.
    fn one_by_one(price: f64) -> Option<u32> {
        (0..=8).find(|count| {
            let scale = 10_f64.powi(i32::try_from(*count).unwrap_or(0));
            ((price * scale).round() / scale).total_cmp(&price).is_eq()
        })
    }

    fn any_price() -> impl Strategy<Value = f64> {
        let decimal =
            (0..3_000_000_i64, 0..10_i32).prop_map(|(whole, places)| whole as f64 / 10_f64.powi(places));
        prop_oneof![
            decimal.clone(),
            decimal.clone().prop_map(single),
            decimal.prop_map(|price| price * 1.1 / 3.0),
            (0..100_000_u32).prop_map(|count| f64::from(count) / 64.0),
            -1e3..1e9_f64,
        ]
    }

    proptest! {
        #[test]
        fn forms_are_told_row_by_row(
            (open, close) in (1..5_usize).prop_flat_map(|rows| {
                let column = || prop::collection::vec(any_price(), rows);
                (column(), column())
            }),
            repeat in 1..400_usize,
        ) {
            let times = |from: i64| (from..).take(open.len() * repeat).collect::<Vec<i64>>();
            let rows = Rows {
                labels: times(0),
                opens_at: times(0),
                known_at: times(1),
                open: open.repeat(repeat),
                close: close.repeat(repeat),
                ..Rows::default()
            };
            let series =
                Series::new(provenance("split"), Session::Crypto, LabelKind::Time, 5.0, rows.clone()).unwrap();
            let of_row = |row: usize| [rows.open[row], rows.close[row]];
            let (told, noisy) = forms(&series);
            for (row, form) in told.iter().enumerate() {
                let prices = of_row(row);
                prop_assert_eq!(Some(*form), prices.into_iter().map(Form::of).max(), "{:?}", prices);
                prop_assert_eq!(noisy.binary_search(&row).is_ok(), prices.into_iter().any(is_double_noise), "{:?}", prices);
            }
        }

        #[test]
        fn decimals_are_counted_at_once(whole in 0..9_999_999_u32, fraction in 0..100_000_000_u32, places in 0..9_usize, off in -2..3_i64) {
            let digits = format!("{fraction:08}");
            let price: f64 = format!("{whole}.{}0", &digits[..places]).parse().unwrap_or(1.0);
            prop_assert_eq!(decimals(price), one_by_one(price));
            prop_assert_eq!(is_cents(price), one_by_one(price).is_some_and(|count| count <= 2));
            let near = f64::from_bits(price.to_bits().saturating_add_signed(off));
            prop_assert_eq!(decimals(near), one_by_one(near), "{}", near);
            for price in [price, near, -price, single(price), price / 3.0, price * 1e6, f64::NAN] {
                let is_short = Form::of(price) <= Form::Fine && !is_double_noise(price);
                prop_assert!(is_short || !is_quote(price), "{}", price);
            }
        }
    }
}
