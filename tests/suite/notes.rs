//! Notes beside the figures, in the terminal and on the page: what could not be bought, what broke, what ended early.
use crate::common::{Folder, json_file, prices};

/// A daily market of these closes from 2024-01-01 on; opens are the closes before.
fn market(closes: &[f64]) -> String {
    let first = "2024-01-01".parse::<jiff::civil::Date>().unwrap();
    let dates: Vec<String> =
        (0..closes.len()).map(|day| (first + jiff::Span::new().days(day as i64)).to_string()).collect();
    let mut before = closes[0];
    let bars = dates.iter().zip(closes).map(|(date, &close)| {
        let open = std::mem::replace(&mut before, close);
        (date.as_str(), open, open.max(close), open.min(close), close)
    });
    prices(&bars.collect::<Vec<_>>())
}

/// A store with some markets.
fn store(markets: &[(&str, &[f64])]) -> Folder {
    let folder = Folder::new();
    for (name, closes) in markets {
        folder.write(&format!("{name}.csv"), market(closes));
    }
    let files = markets.iter().map(|(name, _)| format!("{name}.csv"));
    folder.case().args(["data", "import", "--session", "crypto"]).args(files).ok();
    folder
}

/// Runs a strategy: what the terminal says with one space for each gap, the page, and the counts.
fn run(folder: &Folder, strategy: &str) -> (String, String, serde_json::Value) {
    let said = folder.case().args(["run", strategy, "--out", "out"]).ok().stdout;
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
    let summary = json_file(&folder.join("out/summary.json"));
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    (words, folder.read("out/report.html"), summary["counts"].clone())
}

/// Whether a note stands on the page and below the figures in the terminal.
#[track_caller]
fn noted((said, page, _): &(String, String, serde_json::Value), note: &str) {
    let figures = said.find("In numbers").unwrap();
    let found = said.find(note).unwrap_or_else(|| panic!("no `{note}` in {said}"));
    assert!(found > figures, "the note stands above the figures: {said}");
    let beside = page.split("id=\"notes\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(beside.contains(note), "no `{note}` in {beside}");
}

const RISING: [f64; 8] = [100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0, 107.0];
const FREE: &str = "commission none, slippage none";

#[test]
fn what_could_not_be_bought() {
    let folder = store(&[("AAA", &RISING)]);
    folder.write(
        "lots.toml",
        "[markets]\naaa = \"AAA\"\n[entry]\nlong = \"aaa\"\nwhen = \"aaa hits a 2-day high\"\n[exit]\n\
         after = \"2 days\"\n[size]\nlot = 1\n[costs]\ncommission = \"none\"\nslippage = \"none\"\n",
    );
    let told = run(&folder, "lots.toml");
    noted(&told, "bought nothing: the size came to less than a lot");
    // Seven closes are highs; the order of the last has no bar to fill in.
    assert_eq!(told.2["bought_nothing"], 6);
    folder.write(
        "limit.toml",
        "[markets]\naaa = \"AAA\"\n[entry]\nlong = \"aaa\"\nwhen = \"aaa hits a 2-day high\"\nlimit = \"50%\"\n\
         valid = \"1 day\"\n[exit]\nafter = \"2 days\"\n[costs]\ncommission = \"none\"\nslippage = \"none\"\n",
    );
    let told = run(&folder, "limit.toml");
    noted(&told, "waited for a limit that was not reached in time");
}

#[test]
fn a_market_that_ends_before_the_window() {
    let folder = store(&[("LEAD", &RISING), ("LAG", &[100.0; 20])]);
    let told = run(&folder, &format!("long LAG when LEAD hits a 2-day high, exit after 2 days, {FREE}"));
    noted(&told, "LEAD@plain ends on 2024-01-08, before the window, which ends on 2024-01-20");
    let said = folder.case().args(["run", "--to", "2024-03-01", "--out", "o", "--no-report"]);
    let said =
        said.args([&format!("long LAG when LEAD hits a 2-day high, exit after 2 days, {FREE}")]).ok().stdout;
    assert!(said.contains("The window was to end on 2024-03-01; the history of LAG@plain"), "{said}");
}

#[test]
fn a_hedge_on_the_same_side() {
    // What one gains, the other loses twice.
    let up = [100.0, 101.0, 103.0, 104.0, 108.0, 109.0, 113.0, 114.0];
    let mut down = vec![100.0];
    for pair in up.windows(2) {
        down.push(down[down.len() - 1] * (3.0 - 2.0 * pair[1] / pair[0]));
    }
    let folder = store(&[("AAA", &up), ("BBB", &down)]);
    let told = run(
        &folder,
        &format!(
            "long AAA when AAA hits a 2-day high, hedged with BBB by its 4-day beta, exit after 2 days, {FREE}, \
             borrow none"
        ),
    );
    noted(&told, "Hedge on the same side: 1 trade. The beta was below 0");
    assert_eq!(told.2["hedged_on_same_side"], 1);
}

#[test]
fn ruin_margin_calls_and_parts() {
    let folder = store(&[("AAA", &[100.0, 101.0, 100.0, 170.0, 300.0, 310.0])]);
    let short = |size: &str| {
        format!(
            "[markets]\naaa = \"AAA\"\n[entry]\nshort = \"aaa\"\nwhen = \"aaa hits a 2-day high\"\nadds = 1\n[exit]\n\
             after = \"9 days\"\n[size]\n{size}\n[costs]\ncommission = \"none\"\nslippage = \"none\"\nborrow = \"none\"\n"
        )
    };
    folder.write("ruin.toml", short(""));
    noted(&run(&folder, "ruin.toml"), "nothing was left: the account was ruined and traded no more");
    folder.write("called.toml", short("maintenance = \"90%\""));
    let told = run(&folder, "called.toml");
    noted(&told, "ended by a margin call");
    noted(&told, "ended before all parts were bought");
}

#[test]
fn records_of_a_young_history_are_a_doubt() {
    let folder = store(&[("AAA", &RISING)]);
    let doubts = |rule: &str| run(&folder, &format!("long AAA when {rule}, exit after 2 days, {FREE}"));
    let (said, page, _) = doubts("AAA hits a high");
    assert!(said.contains("Records of a young history"), "{said}");
    assert!(page.contains("AAA@plain goes back to 2024-01-01, 0.0 years before the first signal"));
    let (said, ..) = doubts("AAA hits a 2-day high");
    assert!(!said.contains("Records of a young history"), "{said}");
}
