//! Every indicator beside the values of pandas and numpy: an ordinary market, one a thousandth wide at a thousand
//! million, one with gaps, one that never moves.

use serde_json::Value;

use super::*;

fn oracle() -> Value {
    serde_json::from_str(include_str!("../../../tests/oracles/indicators_oracle.json")).unwrap()
}

/// A column; `null` is missing.
fn column(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|cell| cell.as_f64().unwrap_or(f64::NAN)).collect()
}

fn compare(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (row, (a, b)) in found.iter().zip(expected).enumerate() {
        let near = (a - b).abs() <= tolerance * b.abs().max(1e-3);
        assert!(near || a.is_nan() && b.is_nan(), "{what}, row {row}: {a}, not {b}");
    }
}

#[test]
fn rolling_measures_are_those_of_pandas_and_numpy() {
    let oracle = oracle();
    let n = usize::try_from(oracle["meta"]["length"].as_u64().unwrap()).unwrap();
    let shift = usize::try_from(oracle["meta"]["shift"].as_u64().unwrap()).unwrap();
    let tolerance = oracle["meta"]["tolerance_rel"].as_f64().unwrap();
    let mut compared = 0;
    for case in oracle["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (close, other) = (column(&case["close"]), column(&case["other"]));
        let window = Window::Bars(n);
        for (what, expected) in case["values"].as_object().unwrap() {
            let found = match what.as_str() {
                "sma" => mean(&close, window),
                "stdev" => stdev(&close, window),
                "zscore" => zscore(&close, window),
                "percentile_rank" => percentile_rank(&close, window),
                "bandwidth" => bandwidth(&close, window),
                "slope" => slope(&close, window),
                "volatility" => volatility(&close, window),
                "change" => change(&close, window),
                "highest" => highest(&close, window),
                "lowest" => lowest(&close, window),
                "drawdown" => drawdown(&close, &close, window),
                "runup" => runup(&close, window),
                "correlation" => correlation(&close, &other, window),
                "beta" => beta(&close, &other, window),
                "lead_correlation" => lead_correlation(&close, &other, window, Window::Bars(shift)),
                "spread" => spread(&close, &other, window),
                "ema" => ema(&close, n),
                other => panic!("{other}"),
            };
            // What numpy does on values of 1e9 keeps fewer digits of their last thousandth than ours.
            let tolerance = if name == "far" { 1e-6 } else { tolerance };
            compare(&format!("{what} of {name}"), &found, &column(expected), tolerance);
            compared += 1;
        }
    }
    assert!(compared >= 60, "{compared}");
}

#[test]
fn wilders_measures_are_those_of_pandas() {
    let wilder = &oracle()["wilder"];
    let n = usize::try_from(wilder["length"].as_u64().unwrap()).unwrap();
    let [close, high, low] = ["close", "high", "low"].map(|name| column(&wilder[name]));
    compare("rsi", &rsi(&close, n), &column(&wilder["rsi"]), 1e-9);
    compare("atr", &atr(&high, &low, &close, n), &column(&wilder["atr"]), 1e-9);
    let theirs = &wilder["pandas_ta_classic"];
    let last = |column: Vec<f64>| column[column.len() - 1];
    assert!((last(rsi(&close, n)) - theirs["rsi_last"].as_f64().unwrap()).abs() < 1e-6);
    assert!((last(atr(&high, &low, &close, n)) - theirs["atr_last"].as_f64().unwrap()).abs() < 1e-9);
}

/// Every indicator on a column that is cut off anywhere is what it was on the whole.
#[test]
fn row_by_row_is_the_same_as_all_at_once() {
    let oracle = oracle();
    for case in oracle["cases"].as_array().unwrap() {
        let (close, other) = (column(&case["close"]), column(&case["other"]));
        let all = |close: &[f64], other: &[f64]| -> Vec<(&str, Vec<f64>)> {
            let window = Window::Bars(21);
            vec![
                ("sma", mean(close, window)),
                ("stdev", stdev(close, window)),
                ("zscore", zscore(close, window)),
                ("rank", percentile_rank(close, window)),
                ("ema", ema(close, 21)),
                ("rsi", rsi(close, 14)),
                ("atr", atr(close, close, close, 14)),
                ("drawdown", drawdown(close, close, Window::All)),
                ("correlation", correlation(close, other, window)),
                ("lead", lead_correlation(close, other, window, Window::Bars(3))),
                ("beta", beta(close, other, window)),
                ("slope", slope(close, window)),
                ("since", bars_since_high(close, window)),
                ("round", distance_to_round(close, &vec![10.0; close.len()])),
            ]
        };
        let whole = all(&close, &other);
        for cut in [1, 15, 22, 45, 151, 259] {
            for ((name, part), (_, whole)) in all(&close[..cut], &other[..cut]).iter().zip(&whole) {
                let bits = |column: &[f64]| column.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                let same = part
                    .iter()
                    .zip(whole)
                    .all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
                assert!(same, "{name} of {} cut at {cut}: {:?}", case["name"], bits(part).last());
            }
        }
    }
}
