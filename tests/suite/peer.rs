//! The same sweep by another program: a kernel written by hand for this one rule (`tests/peer/README.md`).
#![allow(clippy::float_cmp)] // what is read must be what was written

use std::path::Path;

use crate::common::{Folder, json_file, table};
use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader};

const TOLERANCE: f64 = 1e-9;
/// The peer annualises with this many bars a year.
const PEER_YEAR: f64 = 252.0;

fn sweep() -> (DataFrame, f64) {
    let folder = Folder::new();
    let workload = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peer/workload.toml");
    folder.case().store("store").args(["sweep", "--no-report", "--out", "run"]).args([workload]).ok();
    let year = json_file(&folder.join("run/manifest.json"))["window"]["periods_per_year"].as_f64().unwrap();
    let file = std::fs::File::open(folder.join("run/combinations.parquet")).unwrap();
    (ParquetReader::new(file).finish().unwrap(), year)
}

fn numbers(frame: &DataFrame, name: &str) -> Vec<Option<f64>> {
    let column = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
    column.f64().unwrap().iter().collect()
}

#[test]
fn a_sweep_of_twenty_thousand_agrees_with_a_hand_written_kernel() {
    let (frame, year) = sweep();
    assert_eq!(frame.height(), 20_000);
    assert_eq!(numbers(&frame, "combination"), (0..20_000).map(|n| Some(f64::from(n))).collect::<Vec<_>>());
    let stops = frame.column("stop").unwrap().str().unwrap().clone();
    let expected = table(include_str!("../peer/expected.csv"));
    assert_eq!(expected.len(), 400);
    let number = |text: &str| text.parse::<f64>().unwrap();
    let annual = f64::sqrt(year / PEER_YEAR);

    // What the peer calls it, what catchup calls it, a factor, how far the two may be apart.
    let columns = [
        ("L", "leader_high", 1.0, 0.0),
        ("L2", "laggard_high", 1.0, 0.0),
        ("g", "lag", 1.0, 0.0),
        ("H", "hold", 1.0, 0.0),
        ("trades", "trades", 1.0, 0.0),
        ("open", "open", 1.0, 0.0),
        ("total_return", "total_return", 1.0, TOLERANCE),
        ("max_drawdown", "max_drawdown", 1.0, TOLERANCE),
        ("win_rate", "win_rate", 1.0, TOLERANCE),
        ("sharpe", "sharpe", annual, TOLERANCE),
        ("sortino", "sortino", annual, TOLERANCE),
    ];
    for (theirs, ours, factor, tolerance) in columns {
        let found = numbers(&frame, ours);
        for row in &expected {
            let combination: usize = row["combination"].parse().unwrap();
            let wanted = number(&row[theirs]) * factor;
            let told =
                || format!("{ours} of combination {combination}: {:?} but {wanted}", found[combination]);
            match found[combination] {
                // What the peer could not compute, catchup leaves undefined.
                None => assert!(wanted.is_nan(), "{}", told()),
                Some(value) => assert!((value - wanted).abs() <= tolerance, "{}", told()),
            }
        }
    }
    for row in &expected {
        let combination: usize = row["combination"].parse().unwrap();
        let stop = stops.get(combination).unwrap();
        let fraction = stop.strip_suffix('%').map_or(0.0, |percent| number(percent) / 100.0);
        assert_eq!(fraction, number(&row["s"]), "stop of combination {combination}");
    }
}
