//! What an import says of every layout and of every fault: one file under `tests/layouts` each, and one snapshot.
//!
//! A file is called `case--name`: the import sees only the name, as a user's file would have it.

mod packed {
    //! gz, zip, Parquet and Arrow around the same rows.
    use std::io::{Cursor, Write};

    use ::zip::{ZipWriter, write::SimpleFileOptions};
    use polars::prelude::*;

    pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    pub(crate) fn frame() -> DataFrame {
        let day = 86_400_000_000_i64;
        let dates = Column::new("Date".into(), [19_724 * day, 19_725 * day])
            .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
            .unwrap();
        let column = |name: &str, values: [f64; 2]| Column::new(name.into(), values);
        let volume = Column::new("Volume".into(), [30_100_200_i64, 41_200_300]);
        let columns = vec![
            dates,
            column("Open", [198.5, 196.0]),
            column("High", [200.1, 196.4]),
            column("Low", [196.2, 191.9]),
            column("Close", [197.4, 192.3]),
            column("Adj Close", [190.1, 185.2]),
            volume,
        ];
        DataFrame::new(2, columns).unwrap()
    }

    pub(crate) fn parquet() -> Vec<u8> {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame()).unwrap();
        bytes
    }

    pub(crate) fn arrow() -> Vec<u8> {
        let mut bytes = Vec::new();
        IpcWriter::new(&mut bytes).finish(&mut frame()).unwrap();
        bytes
    }
}

mod writers;

use std::fs;
use std::path::{Path, PathBuf};

use catchup::base::diagnostic::Severity;
use catchup::market::store::{HowToRead, ImportRequest, Imported, SessionSpec, read_bytes, read_file};
use proptest::prelude::*;

/// What the user says of some cases.
fn said(case: &str) -> ImportRequest {
    let text = |text: &str| Some(text.to_owned());
    let mut request = ImportRequest::default();
    match case {
        "told-columns" => {
            request.reading = HowToRead {
                columns: text("date=Trade Day,close=2,open=First,high=Top,low=5"),
                date_format: text("DD/MM/YYYY"),
                ..HowToRead::default()
            }
        }
        "told-times" => {
            request.reading =
                HowToRead { timezone: text("America/New_York"), stamps: text("end"), ..HowToRead::default() }
        }
        "told-decimal" => request.reading.decimal = text("comma"),
        "told-clock-change" | "fault-skipped-hour" => {
            request.reading =
                HowToRead { timezone: text("Europe/Berlin"), stamps: text("start"), ..HowToRead::default() }
        }
        "told-released" => {
            request.reading.columns = text("date=1,close=2,released=3");
            request.session.close = text("08:30");
        }
        "metatrader-5" => request.session = SessionSpec::named("custom"),
        _ => {}
    }
    request
}

/// Everything an import says, and the first and last bar with their instants.
fn told(result: catchup::base::diagnostic::Result<Imported>) -> String {
    let imported = match result {
        Ok(imported) => imported,
        Err(failure) => return failure.to_string(),
    };
    let report = &imported.report;
    let mut lines = vec![
        format!("{}: {} bars, {} to {}", report.name, report.rows, report.first, report.last),
        report.explanation.clone(),
    ];
    lines.extend(report.facts.iter().map(|fact| format!("- {fact}")));
    for row in [0, imported.series.len() - 1] {
        let rows = imported.series.rows();
        let cell = |column: &[f64]| column.get(row).map_or("-".to_owned(), f64::to_string);
        lines.push(format!(
            "bar {}: {} to {}; {} {} {} {}; {}",
            imported.series.label(row),
            imported.series.opens_at(row),
            imported.series.known_at(row),
            cell(rows.open),
            cell(rows.high),
            cell(rows.low),
            cell(rows.close),
            cell(rows.volume),
        ));
    }
    let all = [(&report.errors, Severity::Error), (&report.warnings, Severity::Warning)];
    let found: String = all
        .into_iter()
        .flat_map(|(found, severity)| found.iter().map(move |one| one.render(severity, false)))
        .collect();
    format!("{}\n{found}", lines.join("\n"))
}

/// The files of cases, by name.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layouts");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.to_string_lossy().contains("--")).collect();
    files.sort();
    files
}

fn snapshot(case: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/layouts");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(case, text));
}

#[test]
fn every_file_is_read_or_refused_as_it_should_be() {
    let mut cases = 0;
    for path in files() {
        let whole = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some((case, name)) = whole.split_once("--") else { continue };
        let request = ImportRequest { path: PathBuf::from(name), ..said(case) };
        let text = told(read_bytes(&fs::read(&path).unwrap(), &request));
        let refused = text.starts_with("error:");
        let faulty = case.starts_with("fault-") || ASKED.contains(&case);
        assert_eq!(refused, faulty, "{case}: {text}");
        snapshot(case, &text);
        cases += 1;
    }
    assert!(cases > 70, "{cases}");
}

/// Vendors' own layouts that leave something to be said: these files are refused with the flags that say it.
const ASKED: &[&str] = &["stooq-ascii-hours", "alphavantage-minutes", "metatrader-4", "metatrader-5-hours"];

#[test]
fn archives_and_tables_of_programs() {
    let csv = b"Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,198.5,200.1,196.2,197.4,190.1,30100200\n2024-01-03,196.0,196.4,191.9,192.3,185.2,41200300\n";
    let plain = read_bytes(csv, &ImportRequest::file("IWM.csv")).unwrap();
    let packed = [
        ("IWM.csv.gz", packed::gz(csv)),
        ("IWM.zip", packed::zip(&[("readme.txt", b"read me"), ("IWM.csv", csv)])),
        ("IWM.csv.zip.gz", packed::gz(&packed::zip(&[("IWM.csv", csv)]))),
        ("IWM.parquet", packed::parquet()),
        ("IWM.feather", packed::arrow()),
        (
            "IWM.csv",
            csv.iter().fold(vec![0xff, 0xfe], |mut wide, byte| {
                wide.extend([*byte, 0]);
                wide
            }),
        ),
    ];
    for (name, bytes) in &packed {
        let imported =
            read_bytes(bytes, &ImportRequest::file(name)).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(imported.series.rows(), plain.series.rows(), "{name}");
        assert_eq!(imported.report.name, "IWM@yahoo", "{name}");
        assert_eq!(imported.report.explanation, plain.report.explanation, "{name}");
    }
    let refusal =
        |name: &str, bytes: &[u8]| read_bytes(bytes, &ImportRequest::file(name)).unwrap_err().to_string();
    snapshot("archive-of-several", &refusal("many.zip", &packed::zip(&[("IWM.csv", csv), ("QQQ.csv", csv)])));
    snapshot("archive-without-files", &refusal("none.zip", &packed::zip(&[])));
    let deep = packed::gz(&packed::gz(&packed::gz(&packed::gz(csv))));
    snapshot("archive-too-deep", &refusal("IWM.csv.gz", &deep));
    let cut = packed::gz(csv);
    snapshot("archive-damaged", &refusal("IWM.csv.gz", &cut[..cut.len() - 9]));
    let bad = packed::zip(&[("IWM.csv", b"Date,Close\n2024-01-02,x\n")]);
    snapshot("archive-with-a-bad-row", &refusal("IWM.zip", &bad));
}

#[test]
fn flags_that_change_nothing_are_named() {
    let request = ImportRequest {
        reading: HowToRead {
            timezone: Some("Europe/Berlin".to_owned()),
            stamps: Some("end".to_owned()),
            ..HowToRead::default()
        },
        ..ImportRequest::file("IWM.csv")
    };
    snapshot(
        "flags-without-effect",
        &told(read_bytes(b"date,close\n2024-01-02,1\n2024-01-03,2\n", &request)),
    );
}

#[test]
fn words_of_flags_are_checked() {
    let refusal = |reading: HowToRead| {
        let request = ImportRequest { reading, ..ImportRequest::file("IWM.csv") };
        read_bytes(b"day,last\n2024-01-02,1\n", &request).unwrap_err().to_string()
    };
    let text = |text: &str| Some(text.to_owned());
    let all = [
        HowToRead { columns: text("date=day"), ..HowToRead::default() },
        HowToRead { columns: text("date=day,close=close"), ..HowToRead::default() },
        HowToRead { columns: text("date=day,price=last"), ..HowToRead::default() },
        HowToRead { columns: text("date=day,close=3"), ..HowToRead::default() },
        HowToRead { columns: text("date=1,date=2,close=2"), ..HowToRead::default() },
        HowToRead { columns: text("day"), ..HowToRead::default() },
        HowToRead { date_format: text("DD/MM/YY"), ..HowToRead::default() },
        HowToRead { timezone: text("Europe/Berlln"), ..HowToRead::default() },
        HowToRead { stamps: text("middle"), ..HowToRead::default() },
        HowToRead { decimal: text("dot"), ..HowToRead::default() },
    ];
    snapshot("flags-with-wrong-words", &all.map(refusal).concat());
}

#[test]
#[ignore = "needs price files in ../shared/data/real"]
fn real_files_are_read_without_flags_or_refused_for_a_reason() {
    let folder = crate::common::shared("data/real");
    let vendors = fs::read_dir(&folder).unwrap();
    let files = vendors.flat_map(|vendor| fs::read_dir(vendor.unwrap().path()).unwrap());
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    for path in files {
        let result = read_file(&ImportRequest::file(&path));
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        match (name.as_str(), result) {
            // Its name is no symbol, and no column holds one.
            (name, Err(failure)) if name.starts_with("investing/") => {
                assert!(failure.to_string().contains("`--symbol S`"), "{failure}");
                let said = ImportRequest {
                    symbol: Some("RTY=F".to_owned()),
                    session: SessionSpec::named("custom"),
                    ..ImportRequest::file(&path)
                };
                println!("{name}, with a symbol and a session: {}", told(read_file(&said)));
            }
            // One row is stamped with another day's offset.
            ("interactive-brokers/RUT_1h.csv", Err(failure)) => {
                assert!(failure.to_string().contains("is out of order"), "{failure}");
            }
            (name, Ok(imported)) => println!("{name}: {}", imported.report.explanation),
            (name, Err(failure)) => panic!("{name}: {failure}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_good_series_comes_back_from_every_layout(bars in writers::series()) {
        for writer in writers::WRITERS {
            let request = ImportRequest { path: PathBuf::from(writer.name), ..ImportRequest::default() };
            let text = (writer.write)(&bars);
            let imported = read_bytes(text.as_bytes(), &request)
                .unwrap_or_else(|failure| panic!("{}: {failure}\n{text}", writer.name));
            prop_assert_eq!(writers::read(&imported), writer.kept(&bars), "{}\n{}", writer.name, text);
            prop_assert!(imported.report.explanation.starts_with(writer.title), "{}", imported.report.explanation);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_bytes(&bytes, &ImportRequest::file("IWM.csv"));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[-0-9a-zA-Z<>$%+:;,.\"\t\r\n/ é€]{0,300}") {
        let _ = read_bytes(text.as_bytes(), &ImportRequest::file("IWM.csv"));
    }

    #[test]
    fn a_changed_file_is_read_or_refused(case in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let files = files();
        let mut bytes = fs::read(case.get(&files)).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read_bytes(&bytes, &ImportRequest::file("IWM.csv"));
    }

    #[test]
    fn a_changed_archive_is_read_or_refused(kind in 0..4_usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let csv: &[u8] = b"date,close\n2024-01-02,1\n2024-01-03,2\n";
        let mut bytes = match kind {
            0 => packed::gz(csv),
            1 => packed::zip(&[("IWM.csv", csv)]),
            2 => packed::parquet(),
            _ => packed::arrow(),
        };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at + 1);
        }
        let _ = read_bytes(&bytes, &ImportRequest::file("IWM.csv"));
    }
}

/// The examples of the docs' page of layouts: the vendor named in the paragraph above, the words of the first line,
/// and the rows.
fn examples() -> Vec<(String, Vec<String>, String)> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/layouts.md")).unwrap();
    let (mut examples, mut vendor) = (Vec::new(), String::new());
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some((_, rest)) = line.split_once("** (`") {
            rest.split('`').next().unwrap().clone_into(&mut vendor);
        }
        if let Some(words) = line.strip_prefix("```csv ") {
            let rows: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let words = words.split_once(" --").map_or_else(
                || vec![words.to_owned()],
                |(name, flags)| {
                    let parts = flags.split('\'').enumerate().flat_map(|(at, part)| {
                        let quoted = at % 2 == 1;
                        if quoted { vec![part] } else { part.split_whitespace().collect() }
                    });
                    let flags: Vec<&str> = parts.collect();
                    let mut words = vec![name.to_owned(), format!("--{}", flags[0])];
                    words.extend(flags[1..].iter().map(|word| (*word).to_owned()));
                    words
                },
            );
            examples.push((vendor.clone(), words, rows.join("\n") + "\n"));
        }
    }
    examples
}

#[test]
fn every_example_of_the_docs_is_imported_as_the_page_says() {
    let examples = examples();
    assert!(examples.len() > 40, "{}", examples.len());
    let mut vendors: Vec<&str> = examples.iter().map(|(vendor, ..)| vendor.as_str()).collect();
    vendors.dedup();
    for (vendor, words, rows) in &examples {
        assert!(rows.lines().count() >= 3, "three lines at least: {rows}");
        let mut request = ImportRequest::file(&words[0]);
        for pair in words[1..].chunks(2) {
            let value = Some(pair[1].clone());
            match pair[0].as_str() {
                "--session" => request.session.kind = value,
                "--timezone" => request.reading.timezone = value,
                "--columns" => request.reading.columns = value,
                "--date-format" => request.reading.date_format = value,
                other => panic!("{other}"),
            }
        }
        let imported =
            read_bytes(rows.as_bytes(), &request).unwrap_or_else(|failure| panic!("{failure}\n{rows}"));
        assert_eq!(imported.series.provenance().vendor, *vendor, "{rows}");
    }
    let known = read_bytes(b"a,b\n1,2\n", &ImportRequest::file("x.csv")).unwrap_err();
    let known = known.diagnostics()[0].details()[1].rsplit(": ").next().unwrap().to_owned();
    let without: Vec<&str> = known.split(", ").filter(|vendor| !vendors.contains(vendor)).collect();
    assert!(without.is_empty(), "the page has no example of {without:?}");
}

/// Damages every byte of a table in two ways; what makes the reader panic must end the program with a message alone.
#[test]
fn a_table_damaged_anywhere_is_read_or_refused_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    for (name, whole) in [("IWM.parquet", packed::parquet()), ("IWM.arrow", packed::arrow())] {
        let mut panics = Vec::new();
        for at in 0..whole.len() {
            for mask in [0x02, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= mask;
                let result = read_bytes(&bytes, &ImportRequest::file(name));
                if result.is_err_and(|failure| failure.to_string().contains("it is damaged")) {
                    panics.push(bytes);
                }
            }
        }
        for bytes in panics.iter().step_by(panics.len() / 3 + 1) {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_catchup"))
                .current_dir(folder.path())
                .args(["data", "import", name])
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{told}");
            assert!(told.contains("it is damaged") && !told.contains("panicked"), "{told}");
        }
    }
}
