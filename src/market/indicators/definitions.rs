//! Every measure of a window beside its plain definition, which goes over each window anew.

use proptest::prelude::*;

use super::*;

const NAN: f64 = f64::NAN;

/// Gives `of` each whole window of one or two columns.
fn over<const N: usize>(
    columns: [&[f64]; N],
    window: Window<'_>,
    of: impl Fn([&[f64]; N]) -> f64,
) -> Vec<f64> {
    let rows = columns[0].len();
    let whole = |i: usize| {
        let start = window.start_at(i);
        let parts = columns.map(|column| &column[start..=i]);
        let is_whole = window.is_full_at(i) && parts.iter().all(|part| part.iter().all(|v| !v.is_nan()));
        if is_whole { defined(of(parts)) } else { NAN }
    };
    (0..rows).map(whole).collect()
}

/// Values less their mean, from the first of them: the difference of two near values is exact.
fn centred(values: &[f64]) -> Vec<f64> {
    let near: Vec<f64> = values.iter().map(|v| v - values[0]).collect();
    let mean = near.iter().sum::<f64>() / near.len() as f64;
    let rest = near.iter().map(|v| v - mean).sum::<f64>() / near.len() as f64;
    near.iter().map(|v| (v - mean) - rest).collect()
}

fn plain_mean(values: &[f64]) -> f64 {
    values[0] + values.iter().map(|v| v - values[0]).sum::<f64>() / values.len() as f64
}

fn products(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn is_still(values: &[f64], size: f64) -> bool {
    let bit = 4.0 * f64::EPSILON * size;
    products(&centred(values), &centred(values)) <= values.len() as f64 * bit * bit
}

fn plain_deviation(values: &[f64], size: f64) -> f64 {
    match values.len() {
        1 => NAN,
        _ if is_still(values, size) => 0.0,
        n => (products(&centred(values), &centred(values)) / (n as f64 - 1.0)).sqrt(),
    }
}

fn size(values: &[f64]) -> f64 {
    plain_mean(values).abs()
}

fn plain_zscore(values: &[f64]) -> f64 {
    let deviation = plain_deviation(values, size(values));
    if deviation > 0.0 { centred(values)[values.len() - 1] / deviation } else { NAN }
}

fn plain_slope(values: &[f64]) -> f64 {
    let rows: Vec<f64> = (0..values.len()).map(|i| i as f64).collect();
    let rows = centred(&rows);
    products(&rows, &centred(values)) / products(&rows, &rows)
}

fn plain_bandwidth(values: &[f64]) -> f64 {
    let mean = plain_mean(values);
    let (high, low) = values.iter().fold((f64::MIN, f64::MAX), |(high, low), v| (v.max(high), v.min(low)));
    // Around zero a mean is what rounding leaves of it.
    if mean > 1e-14 * (high - low) { (high - low) / mean } else { NAN }
}

fn plain_rank(values: &[f64]) -> f64 {
    let last = values[values.len() - 1];
    let below = values.iter().filter(|v| **v < last).count() as f64;
    let equal = values.iter().filter(|v| **v <= last).count() as f64 - below;
    (below + f64::midpoint(equal, 1.0)) / values.len() as f64
}

fn plain_bars_since_high(values: &[f64]) -> f64 {
    let highest = values.iter().copied().fold(f64::MIN, f64::max);
    values.iter().rev().position(|v| *v >= highest).unwrap() as f64
}

fn plain_correlation([left, right]: [&[f64]; 2]) -> f64 {
    if is_still(left, 1.0 + size(left)) || is_still(right, 1.0 + size(right)) {
        return NAN;
    }
    let (left, right) = (centred(left), centred(right));
    products(&left, &right) / (products(&left, &left).sqrt() * products(&right, &right).sqrt())
}

fn plain_beta([left, right]: [&[f64]; 2]) -> f64 {
    let squares = products(&centred(right), &centred(right));
    if is_still(right, 1.0 + size(right)) { NAN } else { products(&centred(left), &centred(right)) / squares }
}

/// Where two columns differ by more than `tolerance` times what stands beside them.
fn differs(found: &[f64], expected: &[f64], tolerance: f64, beside: impl Fn(usize) -> f64) -> Option<String> {
    assert_eq!(found.len(), expected.len());
    let wrong = |&i: &usize| {
        let (a, b) = (found[i], expected[i]);
        a.is_nan() != b.is_nan() || (a - b).abs() > tolerance * beside(i)
    };
    (0..found.len()).find(wrong).map(|i| format!("row {i}: {}, not {}", found[i], expected[i]))
}

/// Every measure of `window` against its definition.
fn check(column: &[f64], other: &[f64], window: Window<'_>) -> Result<(), TestCaseError> {
    let ranges: Vec<f64> = over([column], window, |[values]| {
        let (high, low) = values.iter().fold((f64::MIN, f64::MAX), |(h, l), v| (v.max(h), v.min(l)));
        high - low
    });
    let (range, one) = (|i: usize| ranges[i], |_: usize| 1.0);
    let levels = over([column], window, |[values]| values.iter().fold(0.0, |level, v| v.abs().max(level)));
    let changes = change(column, Window::Bars(1));
    let swing = over([&changes], window, |[values]| values.iter().fold(0.0, |swing, v| v.abs().max(swing)));
    let far = |i: usize| levels[i] * 4.0 * f64::EPSILON / 1e-12 + ranges[i];
    let plain = |of: fn(&[f64]) -> f64| over([column], window, |[values]| of(values));
    let pairs = [&changes[..], &change(other, Window::Bars(1))];
    let betas = over(pairs, window, plain_beta);
    // The slope of a perfect correlation.
    let steepest = over(pairs, window, |[l, r]| plain_deviation(l, 0.0) / plain_deviation(r, 0.0));
    let told = [
        ("mean", differs(&mean(column, window), &plain(plain_mean), 1e-12, far)),
        ("stdev", differs(&stdev(column, window), &plain(|v| plain_deviation(v, size(v))), 1e-12, range)),
        ("zscore", differs(&zscore(column, window), &plain(plain_zscore), 1e-9, one)),
        ("slope", differs(&slope(column, window), &plain(plain_slope), 1e-12, range)),
        (
            "bandwidth",
            differs(&bandwidth(column, window), &plain(plain_bandwidth), 1e-12, |i| {
                plain(plain_bandwidth)[i].abs() * (1.0 + levels[i] / plain(plain_mean)[i].abs())
            }),
        ),
        ("rank", differs(&percentile_rank(column, window), &plain(plain_rank), 0.0, one)),
        ("since", differs(&bars_since_high(column, window), &plain(plain_bars_since_high), 0.0, one)),
        (
            "volatility",
            differs(
                &volatility(column, window),
                &over([&changes], window, |[v]| plain_deviation(v, 1.0 + size(v))),
                1e-12,
                |i| swing[i],
            ),
        ),
        (
            "correlation",
            differs(&correlation(column, other, window), &over(pairs, window, plain_correlation), 1e-9, one),
        ),
        ("beta", differs(&beta(column, other, window), &betas, 1e-9, |i| steepest[i])),
    ];
    for (name, wrong) in told {
        prop_assert!(wrong.is_none(), "{} of {:?}: {}", name, window, wrong.unwrap_or_default());
    }
    Ok(())
}

/// Values around a level, in steps of a unit that its digits can tell; many are equal, a few missing.
fn columns() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let level = prop_oneof![Just((0.0, 1.0)), Just((100.0, 0.25)), Just((1e9, 1e-3)), Just((1e-8, 1e-11))];
    let cell = prop_oneof![4 => -1000..1000_i32, 4 => -2..2_i32, 2 => Just(7)];
    let cells = prop::collection::vec((cell.clone(), cell, 0..40_u8, 0..60_u8), 1..140);
    (level.clone(), level, cells).prop_map(|(a, b, cells)| {
        let value = |(level, unit): (f64, f64), cell: i32, missing: u8| {
            if missing == 0 { NAN } else { level + unit * f64::from(cell) }
        };
        let left = cells.iter().map(|cell| value(a, cell.0, cell.2)).collect();
        let right = cells.iter().map(|cell| value(b, cell.1, cell.3)).collect();
        (left, right)
    })
}

/// Sessions of a few bars each.
fn sessions(rows: usize, lengths: &[usize], n: usize) -> Sessions {
    let numbers: Vec<usize> =
        lengths.iter().cycle().enumerate().flat_map(|(s, &bars)| vec![s; bars]).take(rows).collect();
    let offsets: Vec<i64> =
        (0..rows).map(|i| (0..i).rev().take_while(|&j| numbers[j] == numbers[i]).count() as i64).collect();
    Sessions::new(&numbers, &offsets, n)
}

proptest! {
    #[test]
    fn sliding_windows_equal_their_definitions(
        (left, right) in columns(),
        n in prop_oneof![1..8_usize, 1..160_usize],
        lengths in prop::collection::vec(1..9_usize, 1..6),
    ) {
        check(&left, &right, Window::Bars(n))?;
        check(&left, &right, Window::All)?;
        check(&left, &right, Window::Sessions(&sessions(left.len(), &lengths, n)))?;
    }

    /// A history that goes on changes no bit of what was there.
    #[test]
    fn no_bit_changes_when_rows_are_added((left, right) in columns(), n in 1..40_usize, cut in 1..140_usize) {
        let cut = cut.min(left.len());
        for window in [Window::Bars(n), Window::All] {
            let of = |left: &[f64], right: &[f64]| [
                mean(left, window), stdev(left, window), zscore(left, window), slope(left, window),
                bandwidth(left, window), percentile_rank(left, window), volatility(left, window),
                bars_since_low(left, window), correlation(left, right, window), beta(left, right, window),
                lead_correlation(left, right, window, Window::Bars(2)),
            ];
            for (part, whole) in of(&left[..cut], &right[..cut]).iter().zip(&of(&left, &right)) {
                let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
                prop_assert!(part.iter().zip(whole).all(same));
            }
        }
    }
}

/// A thousand rows of a thousand million, and then rows of a thousandth: nothing of the first is left in the second.
#[test]
fn nothing_stays_of_what_left_the_window() {
    let noise: Vec<f64> = (0..1000).map(|i| 1e-3 * f64::from(1 + i * 7919 % 1000)).collect();
    let wild = (0..2048).map(|i| 1e9 * f64::from(1 + i * 31 % 17));
    let column: Vec<f64> = wild.chain(noise.iter().copied()).collect();
    let window = Window::Bars(50);
    for of in [mean, stdev, zscore, slope, volatility, bandwidth, percentile_rank] {
        let (after, alone) = (of(&column, window), of(&noise, window));
        for (a, b) in after[2048 + 50..].iter().zip(&alone[50..]) {
            assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{a} is not {b}");
        }
    }
}

/// Two zeros are equal, whatever their signs.
#[test]
fn a_negative_zero_ranks_as_zero() {
    let ranks = percentile_rank(&[0.0, -0.0, 0.0], Window::Bars(3));
    assert!((ranks[2] - 2.0 / 3.0).abs() < 1e-15, "{}", ranks[2]);
}
