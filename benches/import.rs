//! How long does a file of one-minute bars take from bytes to a series, and into a store?
//!
//! ```sh
//! cargo bench --bench import                             # the times
//! cargo bench --bench import --features compare-polars   # and beside polars' own CSV reader, with the ratio
//! ```
//!
//! The files are made up: four million bars of a market that never closes (fewer with `CATCHUP_BENCH_ROWS`), as Binance
//! writes them with milliseconds and as plain CSV with ISO times. They are kept in the folder for temporary files.
//!
//! The comparison reads each file in turns, five rounds by default (`CATCHUP_BENCH_ROUNDS`): polars alone parses it, with
//! dates; catchup reads and checks it; catchup reads, checks and stores it. It prints the median and the least of each,
//! and the ratios to polars.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use catchup::market::store::{HowToRead, ImportRequest, SessionSpec, Store, read_file};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    #[cfg(feature = "compare-polars")]
    comparison::run();
    #[cfg(not(feature = "compare-polars"))]
    divan::main();
}

/// 2017-01-01T00:00:00Z in seconds since 1970.
const START: i64 = 1_483_228_800;

/// How a file is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Binance,
    PlainIso,
}

/// Minutes of a price that wanders by a multiplicative generator of Lehmer's kind.
fn minutes(form: Form, rows: i64) -> String {
    let mut text = String::from(match form {
        Form::Binance => "open_time,open,high,low,close,volume,close_time,quote_volume,ignore\n",
        Form::PlainIso => "date,open,high,low,close,volume\n",
    });
    let mut random = 42_i64;
    let mut price = 1_000_000_i64;
    for row in 0..rows {
        random = random * 48_271 % 2_147_483_647;
        let open = price;
        price = (price + random % 401 - 200).max(10_000);
        let (high, low) = (open.max(price) + random % 97, open.min(price) - random % 89);
        let start = START + row * 60;
        let cents = |price: i64| format!("{}.{:02}", price / 100, price % 100);
        let bar = format!("{},{},{},{}", cents(open), cents(high), cents(low), cents(price));
        let volume = format!("{}.{:05}", random % 900 + 1, random % 100_000);
        let _ = match form {
            Form::Binance => {
                let (opens, closes) = (start * 1000, start * 1000 + 59_999);
                let quote = cents(price * (random % 900 + 1));
                writeln!(text, "{opens},{bar},{volume},{closes},{quote},0")
            }
            Form::PlainIso => {
                let time = jiff(start);
                writeln!(text, "{time},{bar},{volume}")
            }
        };
    }
    text
}

/// `2017-01-01 00:00:00`.
fn jiff(seconds: i64) -> String {
    let instant = catchup::base::calendar::Instant::from_micros(seconds * 1_000_000);
    let date = instant.utc_date();
    let of_day = seconds.rem_euclid(86_400);
    format!("{date} {:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// The file, made where it is not there yet.
fn request(form: Form) -> ImportRequest {
    let rows =
        std::env::var("CATCHUP_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(4_000_000);
    let path: PathBuf = std::env::temp_dir().join(format!("catchup-bench-{form:?}-{rows}.csv"));
    if !path.is_file() {
        fs::write(&path, minutes(form, rows)).expect("the folder can be written");
    }
    let reading = match form {
        Form::Binance => HowToRead::default(),
        Form::PlainIso => HowToRead {
            timezone: Some("UTC".to_owned()),
            stamps: Some("start".to_owned()),
            ..HowToRead::default()
        },
    };
    ImportRequest {
        symbol: Some("BTCUSDT".to_owned()),
        session: SessionSpec::named("crypto"),
        reading,
        ..ImportRequest::file(path)
    }
}

fn size(request: &ImportRequest) -> BytesCount {
    BytesCount::new(fs::metadata(&request.path).map_or(0, |file| file.len()))
}

#[divan::bench(args = [Form::Binance, Form::PlainIso], sample_count = 3, sample_size = 1)]
fn read(bencher: Bencher<'_, '_>, form: Form) {
    let request = request(form);
    bencher.counter(size(&request)).bench(|| read_file(&request));
}

#[divan::bench(args = [Form::Binance, Form::PlainIso], sample_count = 3, sample_size = 1)]
fn read_and_store(bencher: Bencher<'_, '_>, form: Form) {
    let request = request(form);
    bencher.counter(size(&request)).bench_local(|| store(&request));
}

/// Imports the file into a new store, which goes again.
fn store(request: &ImportRequest) -> usize {
    let folder = std::env::temp_dir().join("catchup-bench-store");
    let _ = fs::remove_dir_all(&folder);
    let imported = read_file(request).expect("the file is read");
    let mut store = Store::open(&folder).expect("the store is opened");
    let stored = store.import(&[imported]).expect("the store is written");
    let _ = fs::remove_dir_all(&folder);
    stored.len()
}

#[cfg(feature = "compare-polars")]
mod comparison {
    use std::time::Instant;

    use catchup::market::store::{ImportRequest, read_file};
    use polars_io::SerReader;
    use polars_io::csv::read::{CsvParseOptions, CsvReadOptions};

    use super::{Form, request, store};

    pub(super) fn run() {
        let rounds = std::env::var("CATCHUP_BENCH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
        for form in [Form::Binance, Form::PlainIso] {
            let request = request(form);
            let bytes = std::fs::metadata(&request.path).map_or(0, |file| file.len());
            println!("{form:?}: {} MB", bytes / 1_000_000);
            let mut times = [const { Vec::new() }; 3];
            // A round of its own warms the page cache.
            for round in 0..=rounds.unwrap_or(5) {
                let work: [&dyn Fn() -> usize; 3] =
                    [&|| polars(&request), &|| read(&request), &|| store(&request)];
                for (work, times) in work.iter().zip(&mut times) {
                    let start = Instant::now();
                    let rows = work();
                    assert!(rows > 0, "nothing was read");
                    if round > 0 {
                        times.push(start.elapsed().as_secs_f64());
                    }
                }
            }
            let [polars, read, store] = times.map(|mut times| {
                times.sort_by(f64::total_cmp);
                (times[times.len() / 2], times[0])
            });
            for (name, (median, least)) in
                [("polars parses", polars), ("read", read), ("read and store", store)]
            {
                println!(
                    "  {name:<15} median {median:.3} s, least {least:.3} s; of polars {:.2} and {:.2}",
                    median / polars.0,
                    least / polars.1
                );
            }
        }
    }

    fn polars(request: &ImportRequest) -> usize {
        CsvReadOptions::default()
            .with_has_header(true)
            .with_parse_options(CsvParseOptions::default().with_try_parse_dates(true))
            .try_into_reader_with_file_path(Some(request.path.clone()))
            .and_then(|reader| reader.finish())
            .expect("polars reads the file")
            .height()
    }

    fn read(request: &ImportRequest) -> usize {
        read_file(request).expect("the file is read").series.len()
    }
}
