//! How long does a file of one-minute bars take from bytes to a series, and into a store? `cargo bench --bench import`.
//!
//! The file is made up: four million bars of a market that never closes (fewer with `CATCHUP_BENCH_ROWS`). Set
//! `CATCHUP_BENCH_KEEP` to a path to keep it for timing another program on it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use catchup::market::store::{ImportRequest, SessionSpec, Store, read_file};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// 2017-01-01T00:00:00Z in seconds since 1970.
const START: u64 = 1_483_228_800;

/// Minutes of a price that wanders by a multiplicative generator of Lehmer's kind.
fn minutes(rows: u64) -> String {
    let mut text = String::from("open_time,open,high,low,close,volume,close_time,quote_volume,ignore\n");
    let mut random = 42_u64;
    let mut price = 1_000_000_u64;
    for row in 0..rows {
        random = random * 48_271 % 2_147_483_647;
        let open = price;
        price = (price + random % 401).saturating_sub(200).max(10_000);
        let (high, low) = (open.max(price) + random % 97, open.min(price) - random % 89);
        let start = (START + row * 60) * 1000;
        let cents = |price: u64| format!("{}.{:02}", price / 100, price % 100);
        let _ = writeln!(
            text,
            "{start},{},{},{},{},{}.{:05},{},{},0",
            cents(open),
            cents(high),
            cents(low),
            cents(price),
            random % 900,
            random % 100_000,
            start + 59_999,
            cents(price * (random % 900))
        );
    }
    text
}

/// The file in a folder that is kept for the time of the program.
fn request() -> ImportRequest {
    let rows =
        std::env::var("CATCHUP_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(4_000_000);
    let path = std::env::var_os("CATCHUP_BENCH_KEEP")
        .map_or_else(|| std::env::temp_dir().join(format!("catchup-bench-{rows}.csv")), PathBuf::from);
    if !path.is_file() {
        fs::write(&path, minutes(rows)).expect("the folder can be written");
    }
    ImportRequest {
        symbol: Some("BTCUSDT".to_owned()),
        session: SessionSpec::named("crypto"),
        ..ImportRequest::file(path)
    }
}

fn size(request: &ImportRequest) -> BytesCount {
    BytesCount::new(fs::metadata(&request.path).map_or(0, |file| file.len()))
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn read(bencher: Bencher<'_, '_>) {
    let request = request();
    bencher.counter(size(&request)).bench(|| read_file(&request));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn read_and_store(bencher: Bencher<'_, '_>) {
    let request = request();
    let folder = std::env::temp_dir().join("catchup-bench-store");
    bencher.counter(size(&request)).bench_local(|| {
        let _ = fs::remove_dir_all(&folder);
        let imported = read_file(&request)?;
        Store::open(&folder)?.import(&[imported])
    });
    let _ = fs::remove_dir_all(&folder);
}
