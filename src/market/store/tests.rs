#![allow(clippy::unwrap_used, clippy::float_cmp)]
mod forged;

use super::*;

const IWM: &str = "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,10,12,9,11.1,5,100\n2024-01-03,11,13,10,12,6,200\n";
const PLAIN: &str = "date,open,high,low,close\n2024-01-02,10,12,9,11\n2024-01-03,11,13,10,12\n";
const HOURS: &str = "date,open,high,low,close,volume,wap,count\n2024-01-02 14:30:00+00:00,4,5,3,4.5,0.0,,\n\
                     2024-01-02 15:30:00+00:00,4,5,3,4.5,0.0,,\n";
const SAMPLE: &str = "# catchup sample data\ndate,open,high,low,close,volume\n2024-01-02,13,14,12,13.5,2\n";

fn imported(path: &str, text: &str) -> Imported {
    read_bytes(text.as_bytes(), &ImportRequest::file(path)).unwrap()
}

fn names(store: &Store) -> Vec<String> {
    store.entries().iter().map(Entry::long_name).collect()
}

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_missing_folder_is_an_empty_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("not/there");
    let mut store = Store::open(&path).unwrap();
    assert!(store.entries().is_empty());
    assert!(store.find("IWM").is_err() && store.remove("IWM").is_err() && store.set_default("IWM").is_err());
    assert!(!path.exists());
}

#[test]
fn what_goes_in_comes_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let batch = [
        imported("^RUT.csv", IWM),
        imported("DFF.csv", "observation_date,DFF\n2024-01-01,5.33\n2024-01-02,-0.1\n"),
        imported("RUT_1h.csv", HOURS),
    ];
    store.import(&batch).unwrap();
    let again = Store::open(dir.path()).unwrap();
    assert_eq!(again.entries(), store.entries());
    for (name, before) in ["^RUT@yahoo", "DFF", "RUT@interactive-brokers/1h"].iter().zip(&batch) {
        assert_eq!(again.load(again.find(name).unwrap()).unwrap(), before.series, "{name}");
    }
    assert!(
        files(dir.path())
            .iter()
            .any(|name| name.starts_with("_rut-yahoo-1d-none-") && name.ends_with(".bars.parquet"))
    );
}

#[test]
fn the_catalogue_can_be_read_by_people() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    store.set_default("IWM@yahoo").unwrap();
    let text = fs::read_to_string(dir.path().join("catalogue.json")).unwrap();
    let parquet = &store.entries()[0].parquet;
    let text = text.replace(parquet.as_str(), "PARQUET").replace(&store.entries()[0].bars, "BARS");
    insta::assert_snapshot!(text, @r#"
    {
      "version": 2,
      "defaults": {
        "IWM": "IWM@yahoo/1d/split"
      },
      "series": [
        {
          "symbol": "IWM",
          "vendor": "yahoo",
          "bar": "1d",
          "adjustment": "split",
          "simulated": false,
          "session": {
            "kind": "us-equity"
          },
          "file": "IWM.csv",
          "hash": "76866782886e04a4ffbfb9f6d4f3c11b97d85a45a10e55b6cad066fb6cfa366a",
          "first": "2024-01-02",
          "last": "2024-01-03",
          "labels": "date",
          "rows": 2,
          "stale_after_days": 5.0,
          "parquet": "PARQUET",
          "bars": "BARS"
        }
      ]
    }
    "#);
}

#[test]
fn newer_rows_append_and_the_version_before_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let first = store.import(&[imported("IWM.csv", IWM)]).unwrap();
    assert_eq!((&first[0].before, &first[0].change), (&None, &Change::New));
    let newer = format!("{IWM}2024-01-04,11,13,10,12,6,200\n").replace("2024-01-02,10,12,9,11.1,5,100\n", "");
    let request = ImportRequest { symbol: Some("IWM".to_owned()), ..ImportRequest::file("newer.csv") };
    let second = store.import(&[read_bytes(newer.as_bytes(), &request).unwrap()]).unwrap();
    assert_eq!(second[0].before.as_ref(), Some(&first[0].entry));
    assert_eq!(second[0].change, Change::Extended { before: 0, after: 1, shared: 1 });
    let entry = store.find("IWM").unwrap();
    assert_eq!((entry.rows, entry.first.as_str(), entry.file.as_str()), (3, "2024-01-02", "newer.csv"));
    // Bars of two files have the hash of the bars; those of one file have the file's.
    assert_eq!(entry.hash, entry.bars);
    assert_eq!(first[0].entry.hash, blake3::hash(IWM.as_bytes()).to_hex().to_string());
    let versions = store.versions("IWM").unwrap();
    assert_eq!((versions.len(), &versions[0].hash), (2, &first[0].entry.hash));
    assert_eq!(store.load(versions[0]).unwrap().len(), 2);
    assert_eq!(files(dir.path()).len(), 4, "the lock, the catalogue, two files of bars");
    // The very same file once more changes nothing on disk.
    let entry = entry.clone();
    let third = store.import(&[imported("IWM.csv", IWM)]).unwrap();
    assert_eq!((&third[0].change, &third[0].entry), (&Change::Same, &entry));
    let gone = store.prune(&[]).unwrap();
    assert_eq!(gone.len(), 1);
    assert_eq!(files(dir.path()), [".lock", "catalogue.json", entry.parquet.as_str()]);
    assert_eq!(store.load(store.find("IWM").unwrap()).unwrap().len(), 3);
}

#[test]
fn another_past_is_refused_unless_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    let other = IWM.replace(",11.1,", ",11.0,").replace("100\n", "101\n");
    let before = files(dir.path());
    insta::assert_snapshot!(store.import(&[imported("IWM.csv", &other), imported("QQQ.csv", IWM)]).unwrap_err(), @r"
    error: IWM.csv: IWM@yahoo has another past in the store
     |
     = note: 1 row with other values or times; the first at 2024-01-02, the last at 2024-01-02
     = note: worst relative difference: 0.901%
     = note: 2024-01-02 close: 11.1 in the store, 11 now
     = note: 2024-01-02 volume: 100 in the store, 101 now
     = help: to put this in the place of the whole series, say `--replace`: 2 rows (2024-01-02 to 2024-01-03) become 2 rows (2024-01-02 to 2024-01-03); the old version is kept
    ");
    assert_eq!((names(&store), files(dir.path())), (vec!["IWM@yahoo/1d/split".to_owned()], before));
    let second = store.import_in_place(&[imported("IWM.csv", &other)]).unwrap();
    assert!(matches!(&second[0].change, Change::Replaced(clash) if clash.changed == 1));
    assert_eq!(store.load(store.find("IWM").unwrap()).unwrap().close()[0], 11.0);
    assert_eq!(store.load(store.versions("IWM").unwrap()[0]).unwrap().close()[0], 11.1);
    // Back to what it was: the version in between is the only one left.
    store.import_in_place(&[imported("IWM.csv", IWM)]).unwrap();
    assert_eq!(store.versions("IWM").unwrap().len(), 2);
}

#[test]
fn columns_are_read_on_demand() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    let entry = store.find("IWM").unwrap();
    let part = store.load_columns(entry, &[Field::High]).unwrap();
    assert_eq!((part.column(Field::High), part.column(Field::Open)), (Some(&[12.0, 13.0][..]), None));
    assert_eq!(part.close(), [11.1, 12.0]);
}

#[test]
fn a_store_of_the_first_form_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    let path = dir.path().join("catalogue.json");
    let text = fs::read_to_string(&path).unwrap();
    let bars = format!(",\n      \"bars\": \"{}\"", store.entries()[0].bars);
    let old = text.replace("\"version\": 2", "\"version\": 1").replace(&bars, "");
    assert!(!old.contains("bars\":") && old.contains("\"version\": 1"));
    fs::write(&path, old).unwrap();
    assert!(Store::open(dir.path()).unwrap_err().to_string().contains("written by an older catchup"));
    fs::write(&path, text.replace(&bars, "")).unwrap();
    assert!(Store::open(dir.path()).unwrap_err().to_string().contains("missing field `bars`"));
}

#[test]
fn what_an_interrupted_write_left_goes_with_the_next_change() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    let before = files(dir.path());
    fs::write(dir.path().join(".new-abc"), "half").unwrap();
    fs::write(dir.path().join("iwm-0.bars.parquet"), "half").unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    fs::remove_file(dir.path().join("notes.txt")).unwrap();
    assert_eq!(files(dir.path()), before);
}

#[test]
fn many_threads_import_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let symbols = ["AAA", "BBB", "CCC", "DDD"];
    std::thread::scope(|scope| {
        for symbol in symbols {
            scope.spawn(move || {
                let mut store = Store::open(path).unwrap();
                store.import(&[imported(&format!("{symbol}.csv"), IWM)]).unwrap();
            });
        }
    });
    let store = Store::open(path).unwrap();
    assert_eq!(store.entries().iter().map(|entry| entry.symbol.as_str()).collect::<Vec<_>>(), symbols);
    assert!(store.entries().iter().all(|entry| store.load(entry).is_ok()));
}

#[test]
fn all_enter_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    let before = files(dir.path());
    store.import(&[imported("QQQ.csv", IWM), imported("QQQ.csv", PLAIN)]).unwrap();
    assert_eq!(names(&store), ["IWM@yahoo/1d/split", "QQQ@plain/1d/unknown", "QQQ@yahoo/1d/split"]);
    store.remove("QQQ@yahoo").unwrap();
    store.remove("QQQ").unwrap();
    assert_eq!(files(dir.path()), before);
    let failure = store.import(&[imported("QQQ.csv", IWM), imported("b/QQQ.csv", IWM)]).unwrap_err();
    insta::assert_snapshot!(failure, @r"
    error: `QQQ.csv` and `QQQ.csv` are both QQQ@yahoo
     |
     = help: import one after the other, or give one another name with `--vendor` or `--symbol`
    ");
    let failure = store.import(&[imported("QQQ.csv", IWM), imported("SPY.csv", SAMPLE)]).unwrap_err();
    insta::assert_snapshot!(failure, @r"
    error: simulated and real series may not stand in one store
     |
     = note: SPY@simulated is simulated, IWM@yahoo is real
     = help: keep the sample in a store of its own: `--store DIR`
    ");
    assert_eq!(names(&store), ["IWM@yahoo/1d/split"]);
    assert_eq!(names(&Store::open(dir.path()).unwrap()), ["IWM@yahoo/1d/split"]);
    assert_eq!(files(dir.path()), before);
}

#[test]
fn a_failed_write_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    // A folder in the place of the catalogue cannot be renamed over, and cannot be read.
    let catalogue = dir.path().join("catalogue.json");
    let text = fs::read(&catalogue).unwrap();
    fs::remove_file(&catalogue).unwrap();
    fs::create_dir(&catalogue).unwrap();
    assert!(store.import(&[imported("QQQ.csv", IWM)]).is_err());
    assert_eq!(names(&store), ["IWM@yahoo/1d/split"]);
    fs::remove_dir(&catalogue).unwrap();
    fs::write(&catalogue, text).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.load(store.find("IWM").unwrap()).unwrap().len(), 2);
}

#[test]
fn another_process_change_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = Store::open(dir.path()).unwrap();
    let mut two = Store::open(dir.path()).unwrap();
    one.import(&[imported("IWM.csv", IWM)]).unwrap();
    two.import(&[imported("QQQ.csv", IWM)]).unwrap();
    assert_eq!(names(&two), ["IWM@yahoo/1d/split", "QQQ@yahoo/1d/split"]);
}

#[test]
fn a_bare_symbol_means_one_series_or_a_default() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM), imported("yahoo-adjusted/IWM.csv", PLAIN)]).unwrap();
    insta::assert_snapshot!(store.find("IWM").unwrap_err(), @r"
    error: `IWM` may be one of 2 series
     |
     = note: IWM@yahoo: 2024-01-02 to 2024-01-03, 2 rows
     = note: IWM@yahoo-adjusted: 2024-01-02 to 2024-01-03, 2 rows
     = help: name one of them, or make one the default: `catchup data default IWM@yahoo`
    ");
    assert_eq!(store.find("iwm@yahoo").unwrap().vendor, "yahoo");
    assert_eq!(store.find("IWM@yahoo-adjusted/1d/split-and-dividend").unwrap().vendor, "yahoo-adjusted");
    store.set_default("IWM@yahoo-adjusted").unwrap();
    assert_eq!(store.find("IWM").unwrap().vendor, "yahoo-adjusted");
    assert_eq!(Store::open(dir.path()).unwrap().find("IWM").unwrap().vendor, "yahoo-adjusted");
    insta::assert_snapshot!(store.remove("IWM").unwrap_err(), @r"
    error: `IWM` may be one of 2 series
     |
     = note: IWM@yahoo: 2024-01-02 to 2024-01-03, 2 rows
     = note: IWM@yahoo-adjusted: 2024-01-02 to 2024-01-03, 2 rows
     = help: say which one, as in `catchup data remove IWM@yahoo`
    ");
    store.remove("IWM@yahoo-adjusted").unwrap();
    assert_eq!(store.find("IWM").unwrap().vendor, "yahoo");
    assert!(!store.is_default(store.find("IWM").unwrap()));
}

#[test]
fn daily_bars_come_before_shorter_ones() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("RUT_1h.csv", HOURS)]).unwrap();
    assert_eq!(store.find("RUT").unwrap().full_name(), "RUT@interactive-brokers/1h");
    let days =
        "date,open,high,low,close,volume,wap,count\n2024-01-02,4,5,3,4.5,0.0,,\n2024-01-03,4,5,3,4.5,0.0,,\n";
    store.import(&[imported("RUT.csv", days)]).unwrap();
    assert_eq!(store.find("RUT").unwrap().full_name(), "RUT@interactive-brokers");
    assert_eq!(store.find("RUT@interactive-brokers/1h").unwrap().bar, "1h");
}

#[test]
fn unknown_series_are_told_with_what_is_near() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    insta::assert_snapshot!(store.find("IVM").unwrap_err(), @r"
    error: the store has no series `IVM`
     |
     = help: did you mean `IWM`?
     = help: import its history: `catchup data import FILE`
    ");
    insta::assert_snapshot!(store.find("IWM@stooq").unwrap_err(), @r"
    error: the store has no series `IWM@stooq`
     |
     = help: of this symbol it has IWM@yahoo
    ");
    insta::assert_snapshot!(store.resolve("bitcoin").unwrap_err(), @r"
    error: the store has none of the series that `bitcoin` may mean
     |
     = note: `bitcoin` means the first of these that is there: BTC-USD, BTCUSDT, BTCUSD, XBTUSD, BTC-USDT
     = help: import one of them: `catchup data import FILE`
    ");
    insta::assert_snapshot!(store.resolve("bitcoim").unwrap_err(), @r"
    error: the store has no series `bitcoim`
     |
     = help: did you mean `bitcoin`?
     = help: import its history: `catchup data import FILE`
    ");
}

#[test]
fn everyday_names_mean_the_first_symbol_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM), imported("^GSPC.csv", IWM), imported("SPY.csv", IWM)]).unwrap();
    assert_eq!(store.resolve("Russell").unwrap().symbol, "IWM");
    assert_eq!(store.resolve("S&P").unwrap().symbol, "^GSPC");
    assert_eq!(store.resolve("spy").unwrap().symbol, "SPY");
    store.import(&[imported("RUT.csv", IWM)]).unwrap();
    assert_eq!(store.resolve("Russell").unwrap().symbol, "RUT");
    fs::write(dir.path().join("aliases.toml"), "russell = \"IWM@yahoo\"\n\"my pick\" = [\"QQQ\", \"spy\"]\n")
        .unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.resolve("russell").unwrap().symbol, "IWM");
    assert_eq!(store.resolve("My Pick").unwrap().symbol, "SPY");
}

#[test]
fn damage_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported("IWM.csv", IWM)]).unwrap();
    let entry = store.entries()[0].clone();
    let load = |change: fn(&mut Entry)| {
        let mut entry = entry.clone();
        change(&mut entry);
        store.load(&entry).unwrap_err().diagnostics()[0].title().to_owned()
    };
    assert!(load(|entry| entry.rows = 3).ends_with("hold 2 rows where the catalogue has 3"));
    assert!(
        load(|entry| entry.first = "2023-01-01".to_owned())
            .ends_with("are of other dates than the catalogue says")
    );
    assert!(load(|entry| entry.parquet = "../x".to_owned()).ends_with("lie outside the store"));
    fs::write(dir.path().join(&entry.parquet), "PAR1").unwrap();
    assert!(load(|_| ()).ends_with("their hash differs"));
    let named = Entry { bars: blake3::hash(b"PAR1").to_hex().to_string(), ..entry.clone() };
    assert!(store.load(&named).unwrap_err().to_string().contains("cannot be read"));
    assert!(store.import(&[imported("IWM.csv", IWM)]).is_err());
    let healed = store.import_in_place(&[imported("IWM.csv", IWM)]).unwrap();
    assert!(store.load(&healed[0].entry).is_ok());
    fs::write(dir.path().join("catalogue.json"), "{").unwrap();
    assert!(Store::open(dir.path()).unwrap_err().to_string().contains("cannot be read"));
    fs::write(dir.path().join("catalogue.json"), "{\"version\": 3, \"new\": []}").unwrap();
    assert!(Store::open(dir.path()).unwrap_err().to_string().contains("a newer catchup"));
}

#[test]
fn a_few_published_values_append_to_their_series() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let walcl = |rows: &[(&str, i32)]| {
        let rows: Vec<String> = rows.iter().map(|(date, value)| format!("{date},{value}\n")).collect();
        let text = format!("observation_date,WALCL\n{}", rows.concat());
        read_bytes(text.as_bytes(), &ImportRequest::file("WALCL.csv")).unwrap()
    };
    let weeks = [
        ("2024-01-03", 1),
        ("2024-01-10", 2),
        ("2024-01-17", 3),
        ("2024-01-24", 4),
        ("2024-01-31", 5),
        ("2024-02-07", 6),
    ];
    // One row does not tell that its series is a weekly one, whichever of the two comes first.
    store.import(&[walcl(&weeks[..1])]).unwrap();
    assert_eq!(store.entries()[0].bar, "1d");
    store.import(&[walcl(&weeks[..5])]).unwrap();
    let [entry] = store.entries() else { panic!("{:?}", store.entries()) };
    assert_eq!((entry.bar.as_str(), entry.rows, entry.versions.len()), ("1w", 5, 1));
    assert_eq!(entry.stale_after_days, 17.0);
    let stored = store.import(&[walcl(&weeks[5..])]).unwrap();
    assert_eq!(stored[0].change, Change::Extended { before: 0, after: 1, shared: 0 });
    let [entry] = store.entries() else { panic!("{:?}", store.entries()) };
    assert_eq!((entry.bar.as_str(), entry.rows, entry.stale_after_days), ("1w", 6, 17.0));
    assert_eq!(store.load(entry).unwrap().len(), 6);
}

#[test]
fn a_right_symbol_is_not_taken_for_a_slip() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let text = b"date,close\n2024-01-02,1\n2024-01-03,2\n";
    store.import(&[read_bytes(text, &ImportRequest::file("IWM.csv")).unwrap()]).unwrap();
    for (word, hint) in
        [("GLD", false), ("gld", false), ("IWN", false), ("GOOG", false), ("goldd", true), ("IWMM", true)]
    {
        let message = store.resolve(word).unwrap_err().to_string();
        assert_eq!(message.contains("did you mean"), hint, "{message}");
        assert!(message.contains("import its history"), "{message}");
    }
}

#[test]
fn messages_name_the_bar_length() {
    let hours = "date,open,high,low,close,volume,wap,count\n2024-01-05 10:00:00-05:00,4,5,3,4,1,,\n2024-01-05 11:00:00-05:00,4,5,3,4,1,,\n";
    let imported = read_bytes(hours.as_bytes(), &ImportRequest::file("RUT_1h.csv")).unwrap();
    assert_eq!(imported.series.provenance().full_name(), "RUT@interactive-brokers/1h");
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.import(&[imported]).unwrap();
    let loaded = store.load(&store.entries()[0]).unwrap();
    assert_eq!(loaded.provenance().full_name(), "RUT@interactive-brokers/1h");
}
