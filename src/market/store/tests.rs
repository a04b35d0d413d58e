#![allow(clippy::unwrap_used)]
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
    insta::assert_snapshot!(text.replace(parquet.as_str(), "PARQUET"), @r#"
    {
      "version": 1,
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
          "parquet": "PARQUET"
        }
      ]
    }
    "#);
}

#[test]
fn the_same_series_is_replaced_and_its_old_file_goes() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let first = store.import(&[imported("IWM.csv", IWM)]).unwrap();
    assert_eq!(first[0].replaced, None);
    let longer = format!("{IWM}2024-01-04,11,13,10,12,6,200\n");
    let second = store.import(&[imported("IWM.csv", &longer)]).unwrap();
    assert_eq!(second[0].replaced.as_ref(), Some(&first[0].entry));
    assert_eq!((store.entries().len(), store.find("IWM").unwrap().rows), (1, 3));
    assert_eq!(files(dir.path()), [".lock", "catalogue.json", second[0].entry.parquet.as_str()]);
    // The very same file once more changes nothing on disk.
    let third = store.import(&[imported("IWM.csv", &longer)]).unwrap();
    assert_eq!(third[0].replaced.as_ref(), Some(&third[0].entry));
    assert_eq!(store.load(store.find("IWM").unwrap()).unwrap().len(), 3);
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
     = help: import one of them, or give one another name with `--vendor` or `--symbol`
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
    insta::assert_snapshot!(store.find("IWN").unwrap_err(), @r"
    error: the store has no series `IWN`
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
    assert!(load(|_| ()).contains("cannot be read"));
    fs::write(dir.path().join("catalogue.json"), "{").unwrap();
    assert!(Store::open(dir.path()).unwrap_err().to_string().contains("cannot be read"));
    fs::write(dir.path().join("catalogue.json"), "{\"version\": 2, \"new\": []}").unwrap();
    assert!(Store::open(dir.path()).unwrap_err().to_string().contains("a newer catchup"));
}
