//! Files that are made to do harm: work and memory stay in proportion to what prices need, messages stay short.
//!
//! Sizes are such that what takes time with their square would take minutes.
use std::io::Write as _;

use crate::common::{Folder, Ran, waves};

/// A refusal that stays readable whatever was refused.
#[track_caller]
fn refused(folder: &Folder, args: &[&str]) -> Ran {
    let ran = folder.case().args(args).run();
    assert!(matches!(ran.status, 1 | 2), "{args:?}: {}\n{}", ran.status, ran.stderr);
    assert!(ran.stderr.len() < 40_000, "{args:?}: a message of {} bytes", ran.stderr.len());
    ran
}

#[track_caller]
fn told(ran: &Ran, what: &str) {
    let shown: String = ran.stderr.chars().take(5_000).collect();
    assert!(ran.stderr.contains(what), "`{what}` is not in\n{shown}");
}

const IMPORT: [&str; 6] = ["data", "import", "--session", "custom", "--symbol", "AAA"];

fn import(file: &str) -> Vec<&str> {
    IMPORT.into_iter().chain([file]).collect()
}

const STRATEGY: &str = "title = \"T\"
[markets]
leader = \"LEAD\"
laggard = \"LAG\"
[params]
PARAMS
[entry]
long = \"laggard\"
when = \"leader is at a 20-day high and laggard is over 5% below its 20-day high\"
[exit]
after = \"21 days\"
[costs]
commission = \"10 bps\"
slippage = \"5 bps\"
";

#[test]
fn of_a_million_bad_rows_twenty_are_told() {
    let folder = Folder::new();
    folder.write("twice.csv", format!("date,close\n{}", "2020-01-01,1\n".repeat(1_000_000)));
    folder.write("words.csv", format!("date,close\n{}", "soon,cheap\n".repeat(1_000_000)));
    folder.write("short.csv", format!("date,open,close\n{}", "2020-01-01,x\n".repeat(1_000_000)));
    for (file, count, kind) in [
        ("twice.csv", "999,999", "twice.csv:3: 2020-01-01 is the same time as on line 2"),
        ("words.csv", "1,000,000", "words.csv:2: `soon` is not a date"),
        ("short.csv", "1,000,000", "short.csv:2: 2 fields where the header has 3"),
    ] {
        let ran = refused(&folder, &import(file));
        told(&ran, &format!("{file}: {count} bad rows, so nothing of this file was taken"));
        told(&ran, kind);
        assert_eq!(ran.stderr.matches(&format!("{file}:")).count(), 21, "{}", ran.stderr);
    }
}

#[test]
fn what_unpacks_without_end_is_refused() {
    let folder = Folder::new();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(b"date,close\n").unwrap();
    let lines = b"2020-01-01,1\n".repeat(1 << 16);
    for _ in 0..(400 << 20) / lines.len() {
        gz.write_all(&lines).unwrap();
    }
    folder.write("x.csv.gz", gz.finish().unwrap());
    told(&refused(&folder, &import("x.csv.gz")), "x.csv.gz: unpacked, the file has more than 256 MiB");
}

#[test]
fn an_archive_of_many_files_names_a_few() {
    let folder = Folder::new();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for number in 0..30_000 {
        let plain = zip::write::SimpleFileOptions::default();
        zip.start_file(format!("{number}.csv"), plain).unwrap();
    }
    folder.write("x.zip", zip.finish().unwrap().into_inner());
    let ran = refused(&folder, &import("x.zip"));
    told(&ran, "the archive holds 30,000 files");
    assert!(ran.stderr.lines().count() < 30, "{}", ran.stderr);
}

#[test]
fn a_hundred_thousand_columns_are_looked_at_once() {
    let folder = Folder::new();
    let names: Vec<String> = (0..100_000).map(|number| format!("c{number}")).collect();
    let cells = "1,".repeat(100_000);
    let file = |last: &str| {
        format!("date,close,{},{last}\n2020-01-01,1,{cells}1\n2020-01-02,2,{cells}1\n", names.join(","))
    };
    folder.write("wide.csv", file("z"));
    let ran = folder.case().args(import("wide.csv")).ok();
    assert!(ran.stdout.contains("and 99,981 more"), "{}", ran.stdout);
    folder.write("twice.csv", file("c99999"));
    told(&refused(&folder, &import("twice.csv")), "the header names `c99999` twice (again as column 100003)");
    folder.write("none.csv", format!("{}\n{cells}\n", names.join(",")));
    told(&refused(&folder, &import("none.csv")), "no known layout has this header");
}

#[test]
fn a_column_that_is_not_used_is_not_unpacked() {
    use polars::prelude::*;
    let folder = Folder::new();
    let days: Vec<String> =
        (1..=200).map(|day| format!("2020-{:02}-{:02}", day / 28 + 1, day % 28 + 1)).collect();
    let long = "x".repeat(1 << 20);
    let columns = vec![
        Column::new("date".into(), &days),
        Column::new("close".into(), (1..=200).map(f64::from).collect::<Vec<_>>()),
        Column::new("note".into(), vec![long.as_str(); 200]),
    ];
    let mut frame = DataFrame::new(200, columns).unwrap();
    let mut bytes = Vec::new();
    // Without a dictionary, as every text would stand there once.
    let metadata = ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Uncompressed);
    metadata.finish(&mut frame).unwrap();
    folder.write("x.parquet", &bytes);
    let ran = folder.case().args(import("x.parquet")).ok();
    assert!(
        ran.stdout.contains("200 bars") && ran.stdout.contains("columns not used: note"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_cell_of_ten_megabytes_is_not_echoed() {
    let folder = Folder::new();
    let long = "7".repeat(10_000_000);
    for (name, text) in [
        ("date.csv", format!("date,close\n{long},1\n2020-01-02,2\n")),
        ("close.csv", format!("date,close\n2020-01-01,-{long}\n2020-01-02,x{long}\n")),
        ("header.csv", format!("date,{long}\n2020-01-01,1\n")),
        ("symbol.csv", format!("symbol,date,close\n{long},2020-01-01,1\n")),
    ] {
        folder.write(name, text);
        let ran = refused(&folder, &import(name));
        assert!(ran.stderr.len() < 5_000 && ran.stderr.contains('…'), "{name}: {}", ran.stderr.len());
    }
    folder.write("line.csv", format!("date,close\n2020-01-01,{long}{long}\n"));
    told(&refused(&folder, &import("line.csv")), "line.csv:2: the line has more than 16 MiB");
    let wrong = [
        ("key.toml", format!("{long} = 1\n")),
        ("text.toml", format!("title = {long}x\n")),
        ("when.toml", STRATEGY.replace("leader is", &format!("x{long} is"))),
        ("title.toml", STRATEGY.replace("\"T\"", &format!("\"{long}\""))),
        ("market.toml", STRATEGY.replace("leader =", &format!("x{long} ="))),
        ("values.toml", STRATEGY.replace("PARAMS", &format!("p = \"x{long}\""))),
        ("spaces.toml", STRATEGY.replace("leader is", &format!("leader{} is", " ".repeat(10_000_000)))),
        ("words.toml", STRATEGY.replace("leader is", &"leader ".repeat(100_000))),
        ("deep.toml", STRATEGY.replace("leader is", &"(".repeat(100_000))),
        ("nested.toml", format!("a = {}", "[".repeat(1_000_000))),
        ("dotted.toml", format!("{}a = 1\n", "a.".repeat(100_000))),
        ("tables.toml", format!("[{}a]\n", "a.".repeat(100_000))),
    ];
    for (name, text) in wrong {
        folder.write(name, text);
        refused(&folder, &["strategy", "check", name]);
    }
}

#[test]
fn of_thousands_of_faults_in_a_strategy_twenty_are_told() {
    let folder = Folder::new();
    let many = |line: &dyn Fn(usize) -> String| (0..50_000).map(line).collect::<String>();
    for (name, text, rest) in [
        ("keys.toml", many(&|n| format!("key{n} = 1\n")), "more errors"),
        ("lines.toml", many(&|n| format!("key{n} = 1 = 2\n\n")), "more errors"),
        ("twice.toml", many(&|_| "title = \"T\"\n\n".to_owned()), "more errors"),
        (
            "markets.toml",
            format!("[markets]\n{}", many(&|n| format!("m{n} = \"A{n}\"\n"))),
            "at most 1000 markets",
        ),
        (
            "params.toml",
            STRATEGY.replace("PARAMS", &many(&|n| format!("p{n} = 1\n"))),
            "at most 1000 parameters",
        ),
        (
            "events.toml",
            format!("[events]\n{}", many(&|n| format!("e{n} = \"x.csv\"\n"))),
            "at most 1000 events",
        ),
    ] {
        folder.write(name, text);
        let ran = refused(&folder, &["strategy", "check", name]);
        told(&ran, rest);
        assert!(ran.stderr.matches("error: ").count() <= 21, "{name}");
    }
}

#[test]
fn many_values_of_a_parameter_are_read_once() {
    let folder = Folder::new();
    let values: Vec<String> = (1..=99_000).map(|n| format!("\"\\u0031{n}\"")).collect();
    let listed = |values: &str| {
        let text = STRATEGY
            .replace("PARAMS", &format!("hold = {{ default = \"{}\", sweep = [{values}] }}", "\\u00311"));
        text.replace("21 days", "{hold} days")
    };
    folder.write("many.toml", listed(&values.join(",")));
    folder.case().args(["strategy", "check", "many.toml"]).ok();
    folder.write("twice.toml", listed(&format!("{},\"11\"", values.join(","))));
    told(&refused(&folder, &["strategy", "check", "twice.toml"]), "the value 11 is there twice");
}

#[test]
fn many_events_are_read_and_of_many_faults_twenty_are_told() {
    let folder = Folder::new();
    folder.write(
        "strategy.toml",
        STRATEGY
            .replace("PARAMS", "")
            .replace("below its 20-day high", "below its 20-day high and within 30 days after an e")
            + "[events]\ne = \"e.csv\"\n",
    );
    folder.write("LEAD.csv", waves(100, 0));
    folder.write("LAG.csv", waves(100, 12));
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder.write("e.csv", format!("# covers: 2009-01-03 to 2027-12-31\nat\n{}", "soon\n".repeat(100_000)));
    let ran = refused(&folder, &["study", "strategy.toml"]);
    told(&ran, "99,980 more errors");
}

#[test]
fn threads_are_bounded() {
    let folder = Folder::new();
    for threads in ["257", "2000", "65535", "4000000000"] {
        let ran = refused(&folder, &["demo", "--threads", threads]);
        told(&ran, "256");
    }
}

#[cfg(unix)]
#[test]
fn devices_and_folders_are_not_read() {
    let folder = Folder::new();
    for device in ["/dev/zero", "/dev/random", "/dev/full", "."] {
        for args in
            [vec!["data", "import", device, "--symbol", "AAA"], vec!["data", "actions", "AAA", device]]
        {
            let ran = refused(&folder, &args);
            told(&ran, if device == "." { "it is a folder" } else { "it is a device, not a file" });
        }
    }
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero.toml")).unwrap();
    told(&refused(&folder, &["strategy", "check", "zero.toml"]), "it is a device");
    std::fs::create_dir(folder.join("store")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("store/aliases.toml")).unwrap();
    told(&refused(&folder, &["data", "list", "--store", "store"]), "it is a device");
    folder.write("large.toml", "#".repeat((16 << 20) + 1));
    told(&refused(&folder, &["strategy", "check", "large.toml"]), "it has more than 16 MiB");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read() {
    let folder = Folder::new();
    let pipe = folder.join("LAG.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|made| made.success()) {
        eprintln!("skipped: there is no `mkfifo` here");
        return;
    }
    let writer = std::thread::spawn(move || std::fs::write(pipe, waves(100, 0)).unwrap());
    let ran = folder.case().args(["data", "import", "LAG.csv", "--session", "crypto"]).ok();
    writer.join().unwrap();
    assert!(ran.stdout.contains("100 bars"), "{}", ran.stdout);
}

#[test]
fn a_long_text_that_stands_in_every_row_is_not_copied_into_each() {
    use polars::prelude::*;
    let folder = Folder::new();
    let rows = 20_000;
    let long = "x".repeat(2_000);
    let write = |name: &str, date: Column| {
        let close = Column::new("close".into(), vec![1.0; rows]);
        let note = Column::new("note".into(), vec![long.as_str(); rows]);
        let mut frame = DataFrame::new(rows, vec![date, close, note]).unwrap();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
        assert!(bytes.len() < 10 << 20, "{}", bytes.len());
        folder.write(name, bytes);
    };
    let times: Vec<i64> = (0..20_000).map(|row| 1_600_000_000 + 60 * row).collect();
    write("unused.parquet", Column::new("date".into(), times));
    let import = ["data", "import", "unused.parquet", "--symbol", "BTC-USD", "--stamps", "start"];
    let ran = folder.case().args(import).ok();
    assert!(ran.stdout.contains("columns not used: note"), "{}", ran.stdout);
    write("used.parquet", Column::new("date".into(), vec![long.as_str(); rows]));
    let import = ["data", "import", "used.parquet", "--symbol", "BTC-USD", "--stamps", "start"];
    told(&refused(&folder, &import), "column `date`");
}
