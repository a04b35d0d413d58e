#![allow(clippy::unwrap_used, clippy::float_cmp)]
use super::*;
use crate::market::store::{ImportRequest, Imported, read_bytes};

/// A 2-for-1 split on 2024-01-04, and a dividend of 0.5 on the new shares on 2024-01-05.
const RAW: &str = "date,open,high,low,close,volume\n2024-01-02,100,104,98,100,10\n2024-01-03,100,102,96,100,20\n\
                   2024-01-04,50,52,48,50,30\n2024-01-05,49,51,47,49.5,40\n";
const TABLE: &str = "date,kind,value\n2024-01-04,split,2:1\n2024-01-05,dividend,0.5\n";

fn imported(text: &str, adjustment: &str) -> Imported {
    let request = ImportRequest { adjustment: Some(adjustment.to_owned()), ..ImportRequest::file("IWM.csv") };
    read_bytes(text.as_bytes(), &request).unwrap()
}

fn adjusted(text: &str, adjustment: &str, table: &str) -> Adjusted {
    adjust(&imported(text, adjustment).series, &ActionTable::read("x.csv", table).unwrap()).unwrap()
}

#[test]
fn factors_are_those_of_the_formula() {
    let both = adjusted(RAW, "none", TABLE);
    let split = both.split.unwrap();
    assert_eq!(split.close(), [50.0, 50.0, 50.0, 49.5]);
    assert_eq!(split.rows().high, [52.0, 51.0, 52.0, 51.0]);
    assert_eq!(split.rows().volume, [20.0, 40.0, 30.0, 40.0]);
    assert_eq!(split.provenance().adjustment, "split");
    // 1 - 0.5 / 50: what was held earned the dividend and not the fall.
    let total = both.total_return;
    assert_eq!(total.close(), [49.5, 49.5, 49.5, 49.5]);
    assert_eq!(total.rows().volume, split.rows().volume);
    assert_eq!(total.provenance().adjustment, "split-and-dividend");
    assert_eq!(both.facts, ["splits: 1, dividends: 1"]);
}

#[test]
fn a_total_return_is_what_reinvested_dividends_earn() {
    let raw = "date,close\n2024-01-02,40\n2024-01-03,42\n2024-01-04,39\n2024-01-05,20\n2024-01-08,21\n";
    let table = "date,kind,value\n2024-01-03,dividend,1\n2024-01-05,split,2\n2024-01-05,dividend,0.4\n2024-01-08,dividend,0.2\n";
    let total = adjusted(raw, "none", table).total_return;
    // The slow way: shares grow by each split, and by each dividend put in at the last close before it, less itself.
    let prices = [40.0, 42.0, 39.0, 20.0, 21.0];
    let steps = [(1.0, 1.0), (1.0, 0.0), (2.0, 0.4), (1.0, 0.2)];
    let mut wealth = vec![prices[0]];
    let mut shares = 1.0;
    for (at, (split, dividend)) in steps.into_iter().enumerate() {
        shares *= split;
        let before = prices[at] / split;
        shares *= before / (before - dividend);
        wealth.push(shares * prices[at + 1]);
    }
    for (close, wealth_now) in total.close().iter().zip(&wealth) {
        let scale = total.close()[0] / wealth[0];
        assert!((close - wealth_now * scale).abs() < 1e-12, "{close} {}", wealth_now * scale);
    }
}

#[test]
fn split_adjusted_prices_take_dividends_alone() {
    let prices =
        RAW.replace("100,104,98,100,10", "50,52,49,50,20").replace("100,102,96,100,20", "50,51,48,50,40");
    let as_paid = "date,kind,value\n2024-01-03,dividend,2\n2024-01-04,split,2\n";
    let once = adjusted(&prices, "split", as_paid);
    assert_eq!(once.split, None);
    // 2 on an old share is 1 on a new one.
    assert_eq!(once.total_return.close(), [49.0, 50.0, 50.0, 49.5]);
    let yahoo = "Date,Open,Dividends,Stock Splits\n2024-01-02 00:00:00-05:00,1,0.0,0.0\n\
                 2024-01-03 00:00:00-05:00,1,1,0.0\n2024-01-04 00:00:00-05:00,1,0,2.0\n";
    assert_eq!(adjusted(&prices, "split", yahoo).total_return.close(), once.total_return.close());
    // Yahoo's dividends are divided by later splits; on prices as traded they are multiplied back.
    let raw = adjusted(RAW, "none", yahoo);
    assert_eq!(raw.total_return.close(), [49.0, 50.0, 50.0, 49.5]);
}

#[test]
fn actions_outside_the_series_are_told() {
    let table = "date,kind,value\n2020-01-02,split,3\n2024-01-04,split,2\n2030-01-01,dividend,1\n";
    let both = adjusted(RAW, "none", table);
    assert_eq!(both.split.unwrap().close(), [50.0, 50.0, 50.0, 49.5]);
    assert_eq!(
        both.facts[1..],
        [
            "actions before the second bar, which change nothing: 1",
            "actions after the last bar, not yet in its prices: 1"
        ]
    );
}

#[test]
fn what_cannot_be_right_is_refused() {
    let refusal = |text: &str, adjustment: &str, table: &str| {
        let table = ActionTable::read("actions.csv", table);
        table.and_then(|table| adjust(&imported(text, adjustment).series, &table)).unwrap_err().to_string()
    };
    assert!(refusal(RAW, "unknown", TABLE).contains("prices of adjustment `unknown` cannot be adjusted"));
    let flat = "date,close\n2024-01-02,50\n2024-01-03,50\n2024-01-04,51\n2024-01-05,49\n";
    assert!(refusal(flat, "none", TABLE).contains("its prices do not show the split of 2024-01-04, 2 for 1"));
    let large = TABLE.replace("0.5", "60");
    assert!(refusal(RAW, "none", &large).contains("the dividend of 2024-01-05 is 60, the close before 50"));
    insta::assert_snapshot!(refusal(RAW, "none", "date,kind,value\n2024-01-04,spilt,2\n2024-13-05,dividend,1\n2024-01-05,dividend,-1\n2024-01-05,split,x\n"), @r"
    error: actions.csv: 4 bad rows, so nothing of this file was taken
     |
     = note: actions.csv:2: `spilt` is no kind of action: split or dividend
     = note: actions.csv:3: `2024-13-05` is not a date like YYYY-MM-DD
     = note: actions.csv:4: dividend `-1` is not a number above zero
     = note: actions.csv:5: split `x` is not like `4` or `4:1`, new shares for one old
     = help: correct or delete these lines in a copy of the file, or download it again
    ");
    assert!(refusal(RAW, "none", "date,close\n2024-01-04,2\n").contains("no table of splits and dividends"));
    let twice = "date,kind,value\n2024-01-04,split,2\n2024-01-04,split,2\n";
    assert!(refusal(RAW, "none", twice).contains("a second split on 2024-01-04"));
}

#[test]
fn a_store_keeps_all_three_and_names_them_apart() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("actions.csv");
    std::fs::write(&file, TABLE).unwrap();
    let mut store = Store::open(dir.path().join("store")).unwrap();
    store.import(&[imported(RAW, "none")]).unwrap();
    let made = store.apply_actions("IWM", &file, false).unwrap();
    let names: Vec<String> = made.iter().map(|made| store.unique_name(&made.stored.entry)).collect();
    assert_eq!(names, ["IWM@plain/1d/split", "IWM@plain/1d/split-and-dividend"]);
    for (name, close) in [("/1d/none", 100.0), ("/1d/split", 50.0), ("/1d/split-and-dividend", 49.5)] {
        let entry = store.resolve(&format!("IWM@plain{name}")).unwrap();
        assert_eq!(store.load(entry).unwrap().close()[0], close);
    }
    let origin = made[0].stored.entry.origin.clone().unwrap();
    assert!(
        origin.starts_with("adjusted from IWM@plain/1d/none (bars ") && origin.contains("by actions.csv")
    );
    assert_eq!(made[0].stored.entry.hash, made[0].stored.entry.bars);
    // Made anew with the same table nothing changes; an imported one is not overwritten.
    let again = store.apply_actions("IWM@plain/1d/none", &file, false).unwrap();
    assert_eq!(again[0].stored.change, crate::market::store::Change::Same);
    store.remove("IWM@plain/1d/split").unwrap();
    store.import(&[imported(RAW, "split")]).unwrap();
    let refusal = store.apply_actions("IWM@plain/1d/none", &file, false).unwrap_err();
    assert!(refusal.to_string().contains("the store has an imported IWM@plain/1d/split already"));
    assert!(store.apply_actions("IWM@plain/1d/none", &file, true).is_ok());
}
