//! Catalogues and files of bars that somebody edited or made up.
use super::*;
use crate::market::series::Rows;

fn store(dir: &Path) -> Store {
    let mut store = Store::open(dir).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    store
}

#[test]
fn an_edited_catalogue_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let path = dir.path().join("catalogue.json");
    let text = fs::read_to_string(&path).unwrap();
    let entry = &store.entries()[0];
    let (name, bars) = (&entry.parquet, &entry.bars);
    let whole = text[text.find("    {").unwrap()..text.rfind("  ]").unwrap()].trim_end();
    let last = format!("\"bars\": \"{bars}\"");
    let nested = format!("{last}, \"versions\": [");
    let edits = [
        (name.as_str(), "../outside.bars.parquet".to_owned(), "not the name of a file of bars"),
        (name, "/etc/passwd".to_owned(), "not the name of a file of bars"),
        (name, "..\\\\x-0123456789ab.bars.parquet".to_owned(), "not the name of a file of bars"),
        (name, "C:x-0123456789ab.bars.parquet".to_owned(), "not the name of a file of bars"),
        (bars, "abc".to_owned(), "`bars` is not a hash"),
        ("\"rows\": 2", "\"rows\": 0".to_owned(), "`rows` is 0"),
        ("\"rows\": 2", "\"rows\": 18446744073709551615".to_owned(), "`rows` is 18446744073709551615"),
        ("\"rows\": 2", "\"rows\": -1".to_owned(), "cannot be read"),
        ("\"labels\": \"date\"", "\"labels\": \"data\"".to_owned(), "`labels` is `data`"),
        ("\"us-equity\"", "\"us-equality\"".to_owned(), "unknown session"),
        ("\"symbol\"", "\"new\": 1, \"symbol\"".to_owned(), "unknown field `new`"),
        ("\"symbol\"", "\"symbol\": \"IWM\", \"symbol\"".to_owned(), "duplicate field `symbol`"),
        (whole, format!("{whole}, {whole}"), "twice"),
        (
            whole,
            format!("{whole}, {}", whole.replace("IWM", "X").replace("false", "true")),
            "simulated and real",
        ),
        (&last, format!("{nested} {}]", whole.replace("IWM", "X")), "a version is of another series"),
        (
            &last,
            format!("{nested} {}]", whole.replace(&last, &format!("{nested} {whole}]"))),
            "a version is of another series",
        ),
        (&last, nested.repeat(300), "cannot be read"),
    ];
    for (from, to, told) in edits {
        let changed = text.replacen(from, &to, 1);
        assert_ne!(changed, text, "{from}");
        fs::write(&path, &changed).unwrap();
        let refused = Store::open(dir.path()).unwrap_err().to_string();
        assert!(refused.contains(told) && refused.contains("import your files again"), "{to}: {refused}");
    }
    let stale = text.split("\"stale_after_days\": ").nth(1).unwrap().split(',').next().unwrap();
    for days in ["0.0", "-1.0", "1e999", "null", "NaN"] {
        let from = format!("\"stale_after_days\": {stale}");
        fs::write(&path, text.replace(&from, &format!("\"stale_after_days\": {days}"))).unwrap();
        assert!(Store::open(dir.path()).is_err(), "{days}");
    }
    fs::write(&path, &text).unwrap();
    assert!(Store::open(dir.path()).is_ok());
}

/// Bars are those of the store, and not what a link there leads to.
#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_bars_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("store");
    let store = store(&place);
    let bars = place.join(&store.entries()[0].parquet);
    let outside = dir.path().join("outside");
    fs::rename(&bars, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &bars).unwrap();
    let told = store.load(&store.entries()[0]).unwrap_err().to_string();
    assert!(told.contains("it is a link or not a file"), "{told}");
}

/// What one change of the rows leads to, in a file that has the hash which the catalogue says.
fn load_changed(change: fn(&mut Rows)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let entry = store.entries()[0].clone();
    let mut rows = store.load(&entry).unwrap().rows().to_rows();
    change(&mut rows);
    let mut bytes = Vec::new();
    parquet::encode(rows.first(rows.close.len()), &mut bytes).unwrap();
    fs::write(dir.path().join(&entry.parquet), &bytes).unwrap();
    let entry = Entry { bars: blake3::hash(&bytes).to_hex().to_string(), ..entry };
    store.load(&entry).map_or_else(|failure| failure.to_string(), |_| "loaded".to_owned())
}

#[test]
fn bars_that_cannot_be_are_refused_whatever_their_hash() {
    assert_eq!(load_changed(|_| ()), "loaded");
    assert!(load_changed(|rows| rows.close[1] = f64::NAN).contains("a close that is not a number"));
    assert!(load_changed(|rows| rows.open[1] = f64::INFINITY).contains("infinite"));
    assert!(load_changed(|rows| rows.known_at[1] = i64::MAX).contains("outside of the calendar"));
    assert!(load_changed(|rows| rows.opens_at[1] = i64::MIN).contains("outside of the calendar"));
    assert!(load_changed(|rows| rows.labels[1] = i64::MAX).contains("outside of the calendar"));
    assert!(load_changed(|rows| rows.labels.swap(0, 1)).contains("rows out of order"));
    let shifted = load_changed(|rows| rows.labels[0] -= 86_400_000_000);
    assert!(shifted.contains("other dates than the catalogue says"), "{shifted}");
}
