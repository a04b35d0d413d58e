//! Numbers and dates at the edge of what fits, given to the program: each is taken as it is written, or refused with
//! code 2 and a message that says what would fit.

use catchup::market::store::{ImportRequest, SessionSpec, read_bytes};

use crate::common::{Folder, waves};

const STRATEGY: &str = r#"title = "Edges"
[markets]
lead = "LEAD"
lag  = "LAG"
[params]
behind = { default = "5%", sweep = { from = "5%", to = "15%", step = "5%" } }
hold   = { default = 10, sweep = [5, 10] }
[entry]
long = "lag"
when = "lead hits a 20-day high and lag is over {behind} below its 60-day high"
[exit]
after = "{hold} days"
[costs]
commission = "10 bps"
slippage   = "5 bps"
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("LEAD.csv", waves(400, 0));
    folder.write("LAG.csv", waves(400, 12));
    folder.write("good.toml", STRATEGY);
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let folder = folder();
    let mut page = String::new();
    let run = ["run", "good.toml", "--no-report"];
    let sweep = ["sweep", "good.toml", "--no-report"];
    // Six parameters of 100,000 values each have 10^30 combinations; the numbers of two fit.
    let wide: String = (0..6)
        .map(|number| format!("p{number} = {{ sweep = {{ from = 1, to = 100000, step = 1 }} }}\n"))
        .collect();
    let conditions: String = (0..6).map(|number| format!(" and lag > {{p{number}}} * 0.00000001")).collect();
    let wide = STRATEGY
        .replace("[params]\n", &format!("[params]\n{wide}"))
        .replace("60-day high\"", &format!("60-day high{conditions}\""));
    folder.write("wide.toml", wide);
    for rest in [
        &["--capital", "0"][..],
        &["--capital", "-1"],
        &["--capital", "1e-9"],
        &["--capital", "5e-324"],
        &["--capital", "1.0000001e15"],
        &["--capital", "1e400"],
        &["--capital", "inf"],
        &["--capital", "nan"],
        &["--capital", "1,000"],
        &["--from", "2023-02-29"],
        &["--from", "2020-13-01"],
        &["--from", "12345-01-01"],
        &["--to", "20200131"],
        &["--to", "2020-01-31T10:00"],
        &["--to", "2020-01-31[UTC]"],
        &["--from", "9999-12-31"],
        &["--to", "0000-01-01"],
        &["--from", "9999-12-31", "--to", "9999-12-31"],
        &["--from", "9999-12-31", "--to", "0000-01-01"],
        &["--threads", "65536"],
        &["--seed", "18446744073709551616"],
        &["--seed", "-1"],
        &["--set", "hold=18446744073709551616"],
        &["--set", "hold=1000000001"],
        &["--set", "hold=1e3"],
        &["--set", "hold=1.5"],
        &["--set", "behind=1e300%"],
        &["--set", "behind=0.372036854775808..-9223 by -0.000000000000001"],
    ] {
        page += &refused(&folder, &[&run[..], rest].concat());
    }
    for rest in [
        &["--sample", "0"][..],
        &["--sobol", "0"],
        &["--sample", "18446744073709551616"],
        &["--shard", "0/0"],
        &["--shard", "0/1"],
        &["--shard", "2/1"],
        &["--shard", "+1/2"],
        &["--shard", "1/18446744073709551615"],
        &["--shard", "18446744073709551615/18446744073709551615"],
        &["--shard", "1/18446744073709551616"],
        &["--min-trades", "4294967296"],
        &["--min-trades", "-1"],
        &["--curves", "18446744073709551616"],
        &["--curves", "-1"],
        &["--check", "18446744073709551616"],
    ] {
        page += &refused(&folder, &[&sweep[..], rest].concat());
    }
    let wide = ["sweep", "wide.toml", "--no-report"];
    for rest in [
        &[][..],
        &["--sample", "10"],
        &["--sobol", "18446744073709551615"],
        &["--set", "p0=1", "--set", "p1=1", "--set", "p2=1"],
        // So many settings of the rule that even sets of no bars would not fit.
        &[
            "--set",
            "p0=1..500 by 1",
            "--set",
            "p1=1..500 by 1",
            "--set",
            "p2=1..500 by 1",
            "--set",
            "p3=1",
            "--set",
            "p4=1",
            "--set",
            "p5=1",
            "--sample",
            "10",
            "--from",
            "2020-06-01",
            "--to",
            "2020-06-20",
        ],
        &["--set", "p0=1", "--set", "p1=1", "--set", "p2=1", "--sample", "20000001"],
        &["--set", "p0=1", "--set", "p1=1", "--set", "p2=1", "--sobol", "999999999999999"],
    ] {
        page += &refused(&folder, &[&wide[..], rest].concat());
    }
    for rest in [
        &["data", "resample", "LAG", "--bar", "0m"][..],
        &["data", "resample", "LAG", "--bar", "+4h"],
        &["data", "resample", "LAG", "--bar", "99999999999999999999h"],
        &["data", "resample", "LAG", "--bar", "1mm"],
        &["data", "resample", "LAG", "--bar", "25h"],
        &["data", "import", "LAG.csv", "--session", "macro", "--release-lag", "65536"],
        &["data", "import", "LAG.csv", "--session", "macro", "--release-lag", "-1"],
        &["data", "import", "LAG.csv", "--session", "crypto", "--columns", "date=0,close=5"],
        &[
            "data",
            "import",
            "LAG.csv",
            "--session",
            "crypto",
            "--columns",
            "date=1,close=18446744073709551616",
        ],
    ] {
        page += &refused(&folder, rest);
    }
    insta::assert_snapshot!(page);
}

/// Runs what must be refused, and gives the message.
fn refused(folder: &Folder, args: &[&str]) -> String {
    let ran = folder.case().args(args).run();
    assert_eq!(ran.status, 2, "{args:?}\n{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.is_empty(), "{args:?}");
    let message = ran.stderr.find("error: ").map_or("", |at| &ran.stderr[at..]);
    format!("$ catchup {}\n{message}\n", args.join(" "))
}

#[test]
fn options_at_their_ends_are_taken() {
    let folder = folder();
    let run = ["run", "good.toml", "--no-report"];
    let plain = folder.case().args(run).args(["--out", "plain"]).ok();
    drop(plain);
    let trades = folder.read("plain/trades.csv");
    assert!(trades.lines().count() > 3, "{trades}");
    for (number, rest) in [
        &["--from", "0000-01-01"][..],
        &["--to", "9999-12-31"],
        &["--from", "0001-01-01", "--to", "9999-12-31"],
        &["--seed", "18446744073709551615"],
        &["--capital", "1"],
        &["--capital", "1.0e0"],
        &["--threads", "1"],
    ]
    .into_iter()
    .enumerate()
    {
        let out = format!("out-{number}");
        folder.case().args(run).args(rest).args(["--out", &out]).ok();
        let same = folder.read(&format!("{out}/trades.csv")) == trades;
        // The first day says where to begin, so that look-backs that are not warm yet are missing there.
        assert!(same || rest[0] == "--from", "{rest:?}");
    }
    for rest in [
        &["--capital", "1e-8"][..],
        &["--capital", "1e15"],
        &["--set", "hold=1000000000"],
        &["--set", "behind=0.000000000000001%"],
        &["--set", "behind=999999999999999%"],
    ] {
        folder.case().args(run).args(rest).args(["--out", "ends"]).ok();
    }
    let sweep = ["sweep", "good.toml", "--no-report", "--out", "swept"];
    let whole = folder.case().args(sweep).ok();
    drop(whole);
    let all = folder.read("swept/summary.json");
    for rest in [
        &["--sample", "18446744073709551615"][..],
        &["--sobol", "18446744073709551615"],
        &["--curves", "18446744073709551615"],
        &["--curves", "0"],
        &["--check", "18446744073709551615"],
        &["--min-trades", "4294967295"],
        &["--min-trades", "0"],
        &["--shard", "1/1"],
    ] {
        folder.case().args(sweep).args(rest).ok();
    }
    assert!(all.contains("\"combinations\""), "{all}");
}

#[test]
fn dates_of_events_reach_over_the_whole_calendar() {
    let folder = folder();
    let strategy = STRATEGY
        .replace("[entry]\n", "[events]\nmeetings = \"meetings.csv\"\n[entry]\n")
        .replace("60-day high\"", "60-day high and within 400 days after a meeting\"");
    folder.write("events.toml", strategy.replace("a meeting", "meetings"));
    folder.write(
        "meetings.csv",
        "# covers: 0000-01-01 to 9999-12-31\nat\n0000-01-02\n2020-03-01 14:30\n9999-12-30\n",
    );
    folder.case().args(["run", "events.toml", "--no-report"]).ok();
    let explained = folder.case().args(["strategy", "explain", "events.toml"]).ok();
    assert!(explained.stdout.contains("listed from 0000-01-01 to 9999-12-31"), "{}", explained.stdout);
    let mut page = String::new();
    for text in [
        "# covers: 2020-01-01 to 2021-02-29\nat\n2020-03-01\n",
        "# covers: 2020-01-01T10 to 2021-02-28\nat\n2020-03-01\n",
        "# covers: 2020-01-01 to 2021-02-28\nat\n2020-02-30\n",
        "# covers: 2020-01-01 to 2021-02-28\nat\n-0001-02-03\n",
        "# covers: 2020-01-01 to 2021-02-28\nat\n2020-02-03 24:00\n",
        "# covers: 2020-01-01 to 2021-02-28\nat\n2020-02-03 23:60\n",
        "# covers: 2020-01-01 to 2021-02-28\nat\n2020-02-03 23:59:60\n",
        "# covers: 2020-01-01 to 2021-02-28\nat\n12020-02-03\n",
        "# covers: 2020-01-01 to 2021-02-28\nat\n20200203\n",
    ] {
        folder.write("meetings.csv", text);
        page += &refused(&folder, &["run", "events.toml", "--no-report"]);
    }
    insta::assert_snapshot!(page);
}

/// A price file of one changed row among others: each cell is what `str::parse` says, or the row is named.
#[test]
fn cells_of_price_files_at_the_ends_of_numbers() {
    let folder = Folder::new();
    let file =
        |cell: &str| format!("date,close,volume\n2020-01-01,1.5,5\n2020-01-02,{cell},5\n2020-01-03,1.5,5\n");
    let import = ["data", "import", "X.csv", "--session", "custom", "--replace"];
    let taken = [
        "1e308",
        "1.7976931348623157e308",
        "5e-324",
        "2.2250738585072014e-308",
        "1e-400000000001",
        "0.30000000000000004",
        "123456789012345678901234567890",
        "1E5",
        "+1.5",
        ".5",
        "5.",
        "1_5",
        "inf",
        "nan",
        "-1",
        "0",
        "-0",
        "1e309",
        "0x10",
        "1e",
        "٣",
        "1 5",
        "--1",
    ];
    for cell in taken {
        folder.write("X.csv", file(cell));
        let ran = folder.case().args(import).run();
        let fits = cell.parse::<f64>().is_ok_and(|value| value.is_finite() && value > 0.0);
        assert_eq!(ran.status, if fits { 0 } else { 2 }, "{cell}\n{}", ran.stderr);
        if fits {
            let request =
                ImportRequest { session: SessionSpec::named("custom"), ..ImportRequest::file("X.csv") };
            let read = read_bytes(file(cell).as_bytes(), &request).unwrap().series;
            assert_eq!(read.close()[1].to_bits(), cell.parse::<f64>().unwrap().to_bits(), "{cell}");
        } else {
            assert!(ran.stderr.contains("X.csv:3: close"), "{cell}\n{}", ran.stderr);
        }
    }
}

#[test]
fn stamps_of_price_files_at_the_ends_of_time() {
    let folder = Folder::new();
    let import = ["data", "import", "X.csv", "--session", "crypto", "--replace"];
    for (stamp, fits) in [
        ("1700-01-01", true),
        ("2299-12-31", true),
        ("1699-12-31", false),
        ("2300-01-01", false),
        ("0000-01-01", false),
        ("9999-12-31", false),
        ("-0001-01-01", false),
        ("+12345-01-01", false),
        ("2023-02-29", false),
        ("2016-12-31 23:59:60", false),
        ("99999999", false),
        ("10413791999", true),
        ("10413792000", false),
        ("99999999999", false),
        ("10413791999999", true),
        ("10413792000000", false),
        ("10413791999999999", true),
        ("10413792000000000", false),
        ("9223372036854775807", true),
        ("9223372036854775808", false),
        ("18446744073709551615", false),
        ("-1502928000", false),
    ] {
        folder.write("X.csv", format!("date,close\n{stamp},1.5\n"));
        let ran = folder.case().args(import).run();
        // One row of a time of day does not tell how long its bar is; that its stamp was read is enough here.
        let read = ran.status == 0
            || ran.stderr.contains("one row does not tell")
            || ran.stderr.contains("times of its bars");
        assert_eq!(read, fits, "{stamp}\n{}", ran.stderr);
        assert!(ran.status == 0 || ran.status == 2, "{stamp}");
    }
}
