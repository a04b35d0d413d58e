//! A strategy may be a file, a sentence, or functions; a combination may be run alone or in a sweep.

use polars::prelude::{DataType, ParquetReader, SerReader};

use crate::common::{Folder, json_file, table, waves};

const FILE: &str = r#"title = "Form"

[markets]
lead = "LEAD"
lag  = "LAG"

[params]
behind = { default = "5%", sweep = ["2%", "5%", "10%"] }
window = { default = 20, sweep = [10, 20] }
stop   = { default = "4%", sweep = ["none", "4%"] }

[entry]
long = "lag"
when = "lead hits a {window}-day high and lag is over {behind} below its 60-day high"

[exit]
when  = "lag hits a 60-day high"
after = "10 days"
stop  = "{stop}"

[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

const SENTENCE: &str = "long LAG when LEAD hits a 20-day high and LAG is over 5% below its 60-day high, \
    exit when LAG hits a 60-day high or after 10 days or stop 4%, commission 10 bps, slippage 5 bps";

const FUNCTIONS: &str = "long LAG when new_high(LEAD, 20) and drawdown(LAG, 60) > 5%, \
    exit when new_high(LAG, 60) or after 10 days or stop 4%, commission 10 bps, slippage 5 bps";

fn markets() -> Folder {
    let folder = Folder::new();
    folder.write("LEAD.csv", waves(900, 0));
    folder.write("LAG.csv", waves(900, 12));
    folder.write("form.toml", FILE);
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

#[test]
fn file_sentence_and_functions_trade_alike() {
    let folder = markets();
    for (out, strategy) in [("file", "form.toml"), ("sentence", SENTENCE), ("functions", FUNCTIONS)] {
        folder.case().args(["run", strategy, "--no-report", "--out", out]).ok();
    }
    let trades = table(&folder.read("file/trades.csv"));
    assert!(trades.len() > 5, "{} trades tell little", trades.len());
    for table in ["trades.csv", "equity.csv"] {
        let of = |form: &str| folder.read(&format!("{form}/{table}"));
        assert_eq!(of("file"), of("sentence"), "{table}");
        assert_eq!(of("sentence"), of("functions"), "{table}");
    }
    let bars = |form: &str| {
        let rows = table(&folder.read(&format!("{form}/signals.csv"))).into_iter();
        rows.map(|row| (row["bar"].clone(), row["known_at"].clone(), row["episode"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(bars("file"), bars("sentence"));
    assert_eq!(bars("sentence"), bars("functions"));
}

/// In the evaluation window of the sweep, too.
#[test]
fn a_row_of_a_sweep_is_what_a_run_of_that_combination_finds() {
    let folder = markets();
    // The longest look-back is one of the sweep's values, not of every run's.
    folder.write("form.toml", FILE.replace("[10, 20]", "[20, 80]"));
    folder.case().args(["sweep", "form.toml", "--no-report", "--out", "sweep"]).ok();
    let file = std::fs::File::open(folder.join("sweep/combinations.parquet")).unwrap();
    let frame = ParquetReader::new(file).finish().unwrap();
    assert_eq!(frame.height(), 12);
    let mut number = 0;
    // Parameters count in file order, the last one fastest.
    for behind in ["2%", "5%", "10%"] {
        for window in ["20", "80"] {
            for stop in ["none", "4%"] {
                let set = [format!("behind={behind}"), format!("window={window}"), format!("stop={stop}")];
                let set = set.iter().flat_map(|set| ["--set", set]);
                folder.case().args(["run", "form.toml", "--no-report", "--out", "run"]).args(set).ok();
                let summary = json_file(&folder.join("run/summary.json"));
                for (name, value) in summary["metrics"].as_object().unwrap() {
                    let column = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
                    let found = column.f64().unwrap().get(number);
                    // A sweep composes its numbers from trades: the same to 1e-12 of what they are sums of.
                    let told = || format!("{name} of combination {number}: {found:?}, {value}");
                    assert_eq!(found.is_some(), value.is_number(), "{}", told());
                    let (found, wanted) = (found.unwrap_or_default(), value.as_f64().unwrap_or_default());
                    assert!((found - wanted).abs() <= 1e-11 * (1.0 + wanted.abs()), "{}", told());
                }
                number += 1;
            }
        }
    }
}
