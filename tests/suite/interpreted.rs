//! What others interpret: no control character of a file reaches the terminal, no cell of a table is a formula, no name
//! becomes a part of a page.
use crate::common::{Folder, Ran, header, waves};

/// Characters that a terminal obeys or does not show: an escape sequence, a title, C1, DEL, a turned direction, no width.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{7f}\u{85}\u{202e}\u{2066}\u{2028}\u{200b}";

fn acts(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[track_caller]
fn is_safe(ran: &Ran, what: &str) {
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(acts), "{what}: {:?}", text.chars().take(3_000).collect::<String>());
    }
}

/// Whether what was hostile was shown at all.
#[track_caller]
fn is_shown(ran: &Ran, what: &str) {
    is_safe(ran, what);
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert!(all.to_lowercase().contains("\\u{1b}[2j") || all.contains("\\u001b[2J"), "{what}: {all}");
}

const STRATEGY: &str = "title = \"TITLE\"
[markets]
\"LEADER\" = \"LEAD\"
\"LAGGARD\" = \"LAG\"
[entry]
long = \"LAGGARD\"
when = \"`LEADER` is at a 20-day high and -change(`LAGGARD`, 5) > 1%\"
[exit]
after = \"21 days\"
[costs]
commission = \"10 bps\"
slippage = \"5 bps\"
";

fn strategy(title: &str, leader: &str, laggard: &str) -> String {
    STRATEGY.replace("TITLE", title).replace("LEADER", leader).replace("LAGGARD", laggard)
}

fn with_store() -> Folder {
    let folder = Folder::new();
    folder.write("LEAD.csv", waves(400, 0));
    folder.write("LAG.csv", waves(400, 12));
    folder.case().args(["data", "import", "LEAD.csv", "LAG.csv", "--session", "crypto"]).ok();
    folder
}

#[test]
fn cells_headers_and_names_of_files_do_not_reach_the_terminal() {
    let folder = Folder::new();
    for (name, text) in [
        ("date.csv", format!("date,close\n{HOSTILE},1\n")),
        ("close.csv", format!("date,close\n2020-01-01,{HOSTILE}\n")),
        ("header.csv", format!("{HOSTILE},close\n2020-01-01,1\n")),
        ("twice.csv", format!("date,close,{HOSTILE},{HOSTILE}\n2020-01-01,1,2,3\n")),
        ("symbol.csv", format!("symbol,date,close\n{HOSTILE},2020-01-01,1\n")),
        ("unused.csv", format!("date,close,\"{HOSTILE}\"\n2020-01-01,1,2\n2020-01-02,1,2\n")),
    ] {
        folder.write(name, text);
        let ran =
            folder.case().args(["data", "import", name, "--symbol", "AAA", "--session", "crypto"]).run();
        is_shown(&ran, name);
        let ran = folder.case().args(["data", "import", name, "--columns", &format!("{HOSTILE}=1")]).run();
        is_safe(&ran, name);
    }
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["a", "b"] {
        zip.start_file(format!("{name}{HOSTILE}.csv"), zip::write::SimpleFileOptions::default()).unwrap();
    }
    folder.write("x.zip", zip.finish().unwrap().into_inner());
    is_shown(&folder.case().args(["data", "import", "x.zip"]).run(), "members");
}

#[cfg(target_os = "linux")]
#[test]
fn names_of_files_and_arguments_do_not_reach_the_terminal() {
    let folder = Folder::new();
    folder.write("x.csv", "date,close\n2020-01-01,1\n");
    let name = HOSTILE.to_owned() + "\r";
    for args in [
        vec!["data", "import", &name],
        vec!["strategy", "check", &name],
        vec!["verify", &name],
        vec!["data", "show", &name],
        vec!["data", "import", "x.csv", "--date-format", &name],
        vec!["data", "import", "x.csv", "--columns", &name],
        vec!["data", "import", "x.csv", "--vendor", &name],
    ] {
        is_shown(&folder.case().args(&args).run(), &format!("{args:?}"));
    }
    // What is wrong with the command line is told without such sequences.
    for args in [
        vec!["run", &name, "--threads", &name],
        vec!["run", "x", "--from", &name, "--color", "always"],
        vec![&name],
        vec!["data", "import", "x.csv", "--session", &name],
    ] {
        is_safe(&folder.case().args(&args).env("CLICOLOR_FORCE", "1").exits(2), &format!("{args:?}"));
    }
    let path = format!("{name}.csv");
    folder.write(&path, "date,close\n2020-01-01,x\n");
    is_shown(
        &folder.case().args(["data", "import", &path, "--symbol", "AAA", "--session", "crypto"]).run(),
        "bad",
    );
    folder.write(&path, waves(10, 0));
    let import = ["data", "import", &path, "--symbol", "AAA", "--session", "crypto"];
    is_shown(&folder.case().args(import).ok(), "good");
    for args in [vec!["data", "list"], vec!["data", "show", "AAA"], vec!["data", "versions", "AAA"]] {
        is_safe(&folder.case().args(&args).ok(), &format!("{args:?}"));
        let json = folder.case().args(&args).args(["--format", "json"]).ok();
        is_safe(&json, &format!("{args:?} as JSON"));
        json.json();
    }
    let shown = folder.case().args(["data", "show", "AAA", "--format", "json"]).ok();
    assert!(shown.stdout.contains("\\u001b[2J") && shown.stdout.contains("\\u009b"), "{}", shown.stdout);
    assert_eq!(shown.json()["file"], path.as_str());
}

#[test]
fn strategies_do_not_reach_the_terminal() {
    let folder = with_store();
    let written = HOSTILE.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect::<String>();
    for (name, text) in [
        ("title.toml", strategy(&written, "lead", "lag")),
        ("market.toml", strategy("T", &written, "lag")),
        ("rule.toml", strategy("T", "lead", "lag").replace("-day high", &written)),
        ("key.toml", format!("\"{written}\" = 1\n{}", strategy("T", "lead", "lag"))),
        ("value.toml", strategy("T", "lead", "lag").replace("21 days", &written)),
        ("raw.toml", format!("# {HOSTILE}\n{HOSTILE}")),
    ] {
        folder.write(name, text);
        let ran = folder.case().args(["strategy", "check", name]).exits(2);
        is_safe(&ran, name);
        assert!(ran.stderr.contains("\\u{1b}") || ran.stderr.contains("\\u001b"), "{name}: {}", ran.stderr);
        is_safe(&folder.case().args(["strategy", "check", name, "--format", "json"]).run(), name);
    }
    let ran = folder.case().args(["run", &format!("long LAG when {HOSTILE} hits a high")]).run();
    is_shown(&ran, "sentence");
}

#[test]
fn a_market_whose_name_is_a_formula_is_refused() {
    let folder = with_store();
    for name in ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1)", "a;=1", "a|b"] {
        folder.write("x.toml", strategy("T", name, "lag"));
        let ran = folder.case().args(["run", "x.toml", "--no-report"]).exits(2);
        assert!(
            ran.stderr.contains("cannot be a name") && ran.stderr.contains("x.toml:3:1"),
            "{}",
            ran.stderr
        );
    }
    for name in ["^GSPC", "BTC-USD", "ES=F", "S&P 500"] {
        folder.write("x.toml", strategy("T", name, "lag"));
        folder.case().args(["strategy", "check", "x.toml"]).ok();
    }
}

#[test]
fn no_cell_of_a_result_is_a_formula() {
    let folder = with_store();
    folder.write("x.toml", strategy("=1+1", "lead", "lag"));
    folder.case().args(["run", "x.toml", "--no-report", "--out", "run"]).ok();
    let signals = header(&folder.read("run/signals.csv"));
    assert!(signals.iter().any(|name| name.contains("'-change(")), "{signals:?}");
    for (file, bytes) in folder.contents() {
        if !file.starts_with("run/") || !file.ends_with(".csv") {
            continue;
        }
        let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        for cell in rows.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
        {
            let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
            assert!(!formula, "{file}: {cell}");
        }
    }
}

#[test]
fn names_do_not_become_parts_of_a_page_or_a_picture() {
    let folder = with_store();
    folder.write("x.toml", strategy("</title><script>alert(1)</script>", "<svg onload=alert(2)>", "lag"));
    folder.case().args(["run", "x.toml", "--out", "run"]).ok();
    let mut looked_at = 0;
    for (file, bytes) in folder.contents() {
        if file.ends_with(".html") || file.ends_with(".svg") {
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains("<script>alert") && !text.contains("<svg onload"), "{file}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 1);
}
