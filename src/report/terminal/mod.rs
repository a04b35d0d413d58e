//! The report as a few lines for a terminal: the verdict first, no line wider than eighty columns.
//!
//! It ends without naming a file; whoever prints it knows where the page was written.

mod lines;

use super::cautions::cautions;
use super::content::{Counts, Equity, Metric, Report, Study, Sweep, Trade, Unit};
use super::format;
use lines::{Lines, Look, Row};

/// The figures a summary shows, where the report has them; the page has all.
const HEADLINES: [&str; 11] = [
    "total_return",
    "cagr",
    "sharpe",
    "sortino",
    "max_drawdown",
    "volatility",
    "trades",
    "win_rate",
    "profit_factor",
    "expectancy",
    "time_in_market",
];
/// Most figures shown where none of the headlines is among them.
const MOST_FIGURES: usize = 11;
/// Trades, episodes and combinations shown.
const MOST_ROWS: usize = 5;
/// Width of the small picture of the account, in characters.
const SPARKS: usize = 48;

/// A paragraph of at most 80 columns, ending in a newline: its first line begins with `first`, the others are
/// indented as far.
pub fn paragraph(first: &str, text: &str) -> String {
    let mut lines = Lines::new(false);
    lines.paragraph(first, text, Look::Plain);
    lines.finish()
}

/// A table of at most 80 columns, numbers at the right: a head, and rows of a name and its cells.
pub fn table(head: &[&str], rows: &[(String, Vec<String>)]) -> String {
    let mut lines = Lines::new(false);
    let rows: Vec<Row> = rows
        .iter()
        .map(|(name, cells)| Row { name: name.clone(), cells: cells.clone(), note: None })
        .collect();
    lines.table(head, &rows);
    lines.finish()
}

/// The report as text; with `color`, with the escape codes of a terminal.
pub fn render_terminal(report: &Report, color: bool) -> String {
    let mut lines = Lines::new(color);
    verdict(&mut lines, report);
    head(&mut lines, report);
    counts(&mut lines, &report.counts);
    if let Some(equity) = &report.equity {
        account(&mut lines, equity);
    }
    figures(&mut lines, "In numbers", &headlines(&report.metrics));
    let more = report.metrics.len() - headlines(&report.metrics).len();
    if more > 0 {
        lines.paragraph("", &format!("({} in the report)", format::counted(more, "more figure")), Look::Dim);
    }
    benchmarks(&mut lines, report);
    notes(&mut lines, &report.notes);
    if let Some(study) = &report.study {
        after_signal(&mut lines, study);
    }
    if let Some(trades) = report.trades.as_ref().filter(|trades| !trades.is_empty()) {
        latest_trades(&mut lines, trades);
    }
    if let Some(sweep) = &report.sweep {
        best(&mut lines, sweep);
    }
    doubts(&mut lines, report);
    lines.finish()
}

fn verdict(lines: &mut Lines, report: &Report) {
    let (line, reasons) = match &report.verdict {
        Some(verdict) => (verdict.line.as_str(), verdict.reasons.as_slice()),
        None => ("No verdict: the evidence was not assessed.", &[][..]),
    };
    lines.paragraph("", line, Look::Bold);
    simulated(lines, report);
    for reason in reasons {
        lines.paragraph("  - ", reason, Look::Plain);
    }
}

fn simulated(lines: &mut Lines, report: &Report) {
    if let Some(what) = &report.head.simulated {
        lines.paragraph("!! ", &format!("SIMULATED DATA: {what}"), Look::Loud);
    }
}

fn head(lines: &mut Lines, report: &Report) {
    let head = &report.head;
    let assumed = |flag: bool| if flag { " (assumed)" } else { "" };
    lines.blank();
    lines.paragraph("", &head.title, Look::Bold);
    if let Some(alone) = &head.alone {
        lines.paragraph("", alone, Look::Plain);
    }
    lines.paragraph("Enter   ", &format!("{} when {}", head.claim.traded, head.claim.rule), Look::Plain);
    lines.paragraph(
        "Leave   ",
        &format!("{}{}", head.claim.exit, assumed(head.claim.exit_assumed)),
        Look::Plain,
    );
    lines.paragraph(
        "Pay     ",
        &format!("{}{}", head.claim.costs, assumed(head.claim.costs_assumed)),
        Look::Plain,
    );
    let years = format::decimal(report.provenance.years, 1);
    let bars = format::counted(report.provenance.bars, "bar");
    let shared = head.shared.as_ref().map(|shared| format!("; {shared}")).unwrap_or_default();
    let window =
        format!("{} to {}, {bars}, {years} years{shared}", format::day(head.from), format::day(head.to));
    lines.paragraph("Window  ", &window, Look::Plain);
}

fn counts(lines: &mut Lines, counts: &Counts) {
    let closed = counts.trades_closed.map(|closed| format!("{} closed", format::counted(closed, "trade")));
    let parts = [
        counts.signals.map(|signals| format::counted(signals, "signal")),
        counts.episodes.map(|episodes| format::counted(episodes, "episode")),
        closed,
        counts
            .trades_cut_short
            .map(|count| format!("{} of them before all parts were bought", format::count(count))),
        counts.trades_open.filter(|open| *open > 0).map(|open| format!("{} open", format::count(open))),
    ];
    let mut said: Vec<String> = parts.into_iter().flatten().collect();
    if let Some((last, of)) = said.last_mut().zip(counts.of.as_ref()) {
        *last = format!("{last} ({of})");
    }
    said.extend(counts.wanting.clone());
    let tried = [
        counts.combinations.map(|tried| format::counted(tried, "combination")),
        counts.outcomes.map(|outcomes| format::counted(outcomes, "distinct outcome")),
        counts.without_trade.map(|idle| format!("{} without a trade", format::count(idle))),
    ];
    let tried: Vec<String> = tried.into_iter().flatten().collect();
    for (name, parts) in [("Found   ", said), ("Tried   ", tried)] {
        if !parts.is_empty() {
            lines.paragraph(name, &parts.join(", "), Look::Plain);
        }
    }
    if let Some(check) = counts.look_ahead {
        let found = format!(
            "{} of {} changed when the future was cut off",
            format::count(check.changed),
            format::counted(check.checked, "signal")
        );
        lines.paragraph("Checked ", &found, if check.changed > 0 { Look::Loud } else { Look::Plain });
    }
}

fn account(lines: &mut Lines, equity: &Equity) {
    let (Some(first), Some(last)) = (equity.strategy.first(), equity.strategy.last()) else { return };
    if equity.strategy.len() < 2 || *first <= 0.0 {
        return;
    }
    lines.blank();
    lines.paragraph(
        "Account ",
        &format!("{} {}", sparks(&equity.strategy), format::change(last / first - 1.0)),
        Look::Plain,
    );
    if let Some(hold) = equity.buy_and_hold.as_ref().filter(|hold| hold.len() > 1 && hold[0] > 0.0) {
        let gain = hold.last().map_or(0.0, |last| last / hold[0] - 1.0);
        lines.paragraph("Holding ", &format!("{} {}", sparks(hold), format::change(gain)), Look::Dim);
    }
}

/// The curve as a row of small bars, on a logarithmic scale, the last value of each stretch.
fn sparks(values: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let width = SPARKS.min(values.len());
    let last_of = |place: usize| values[((place + 1) * values.len()) / width - 1];
    let shown: Vec<f64> = (0..width).map(|place| libm::log(last_of(place).max(1e-9))).collect();
    let low = shown.iter().copied().fold(f64::INFINITY, f64::min);
    let high = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    shown
        .into_iter()
        .map(|value| {
            let share = if high > low { (value - low) / (high - low) } else { 0.0 };
            let level = (1..BARS.len()).take_while(|level| share * 7.0 + 0.5 >= *level as f64).count();
            BARS[level]
        })
        .collect()
}

/// The figures for a summary, in the report's order.
fn headlines(metrics: &[Metric]) -> Vec<&Metric> {
    let chosen: Vec<&Metric> =
        metrics.iter().filter(|metric| HEADLINES.contains(&metric.name.as_str())).collect();
    if chosen.is_empty() { metrics.iter().take(MOST_FIGURES).collect() } else { chosen }
}

fn figures(lines: &mut Lines, title: &str, metrics: &[&Metric]) {
    if metrics.is_empty() {
        return;
    }
    let hold = metrics.iter().any(|metric| metric.buy_and_hold.is_some());
    let exposure = metrics.iter().any(|metric| metric.average_exposure.is_some());
    let mut head = vec![title, "strategy"];
    head.extend(hold.then_some("buy and hold"));
    head.extend(exposure.then_some("same exposure"));
    if !hold && !exposure {
        head[1] = "value";
    }
    let other = |value: &Option<super::content::Value>, unit: Unit| {
        value.as_ref().map_or_else(String::new, |value| format::short(value, unit))
    };
    let rows: Vec<Row> = metrics
        .iter()
        .map(|metric| {
            let mut cells = vec![format::short(&metric.value, metric.unit)];
            cells.extend(hold.then(|| other(&metric.buy_and_hold, metric.unit)));
            cells.extend(exposure.then(|| other(&metric.average_exposure, metric.unit)));
            let note = format::reason(&metric.value).map(str::to_owned);
            Row { name: format::plain_name(&metric.name), cells, note }
        })
        .collect();
    lines.blank();
    lines.table(&head, &rows);
}

/// The metrics of benchmarks that a summary shows.
const BENCHMARK_METRICS: [&str; 3] = ["total_return", "sharpe", "max_drawdown"];

/// Other ways to hold, and what was paid.
fn benchmarks(lines: &mut Lines, report: &Report) {
    if let Some(benchmarks) = &report.benchmarks {
        let shown: Vec<usize> = (0..benchmarks.metrics.len())
            .filter(|&i| BENCHMARK_METRICS.contains(&benchmarks.metrics[i].0.as_str()))
            .collect();
        let names: Vec<String> =
            shown.iter().map(|&i| format::plain_name(&benchmarks.metrics[i].0)).collect();
        let mut head = vec!["Benchmarks"];
        head.extend(names.iter().map(String::as_str));
        let rows: Vec<Row> = benchmarks
            .rows
            .iter()
            .map(|row| Row {
                name: row.name.clone(),
                cells: shown
                    .iter()
                    .map(|&i| format::short(&row.values[i], benchmarks.metrics[i].1))
                    .collect(),
                note: None,
            })
            .collect();
        lines.blank();
        lines.table(&head, &rows);
    }
    let paid = report.paid.iter().map(|line| format!("{} {}", line.name, format::share(line.share)));
    let paid: Vec<String> = paid.collect();
    if !paid.is_empty() {
        lines.paragraph("Paid    ", &format!("{} of the capital", paid.join(", ")), Look::Plain);
    }
}

/// What is to be read beside the figures.
fn notes(lines: &mut Lines, notes: &[String]) {
    if !notes.is_empty() {
        lines.blank();
    }
    for note in notes {
        lines.paragraph("Note    ", note, Look::Plain);
    }
}

fn after_signal(lines: &mut Lines, study: &Study) {
    lines.blank();
    lines.paragraph("", &format!("After the signal: {}", study.measured), Look::Plain);
    let rows: Vec<Row> = study
        .summary
        .iter()
        .map(|at| {
            let (episodes, days) = (&at.episodes, &at.all_days);
            let cells = vec![
                format::count(episodes.n),
                format::short(&episodes.median, Unit::Change),
                format::short(&episodes.mean, Unit::Change),
                format::short(&episodes.up, Unit::Share),
                format::short(&days.median, Unit::Change),
                format::short(&days.up, Unit::Share),
            ];
            let note = format::reason(&episodes.median).map(str::to_owned);
            Row { name: format::counted(at.bars, "bar"), cells, note }
        })
        .collect();
    if !rows.is_empty() {
        lines.table(&["after", "episodes", "median", "mean", "up", "any day: median", "up"], &rows);
    }
    if let Some(caught) = &study.caught_up {
        let text = format!(
            "{} of {} caught up",
            format::count(caught.caught),
            format::counted(caught.of, "episode")
        );
        lines.paragraph("", &text, Look::Plain);
    }
    for table in &study.besides {
        lines.blank();
        lines.paragraph("", &table.title, Look::Plain);
        let head: Vec<&str> = table.head.iter().map(String::as_str).collect();
        let row = |(name, cells): &(String, Vec<String>)| Row {
            name: name.clone(),
            cells: cells.clone(),
            note: None,
        };
        lines.table(&head, &table.rows.iter().map(row).collect::<Vec<_>>());
        for note in &table.notes {
            lines.paragraph("", note, Look::Plain);
        }
    }
}

fn latest_trades(lines: &mut Lines, trades: &[Trade]) {
    let hidden = trades.len().saturating_sub(MOST_ROWS);
    let several = trades.windows(2).any(|pair| pair[0].market != pair[1].market);
    let rows: Vec<Row> = trades[hidden..]
        .iter()
        .map(|trade| {
            let plain = vec![
                format::day(trade.exit),
                if trade.open { "open".to_owned() } else { short_reason(&trade.reason) },
                format::count(trade.bars),
                format::change(trade.gross),
                format::change(trade.net),
            ];
            let market = several.then(|| short_market(&trade.market));
            Row {
                name: format::day(trade.entry),
                cells: market.into_iter().chain(plain).collect(),
                note: None,
            }
        })
        .collect();
    lines.blank();
    let head = ["entry", "market", "exit", "reason", "bars", "gross", "net"];
    let head = head.into_iter().filter(|name| several || *name != "market");
    lines.table(&head.collect::<Vec<_>>(), &rows);
    if hidden > 0 {
        lines.paragraph(
            "",
            &format!("({} in the report)", format::counted(hidden, "earlier trade")),
            Look::Dim,
        );
    }
}

/// A market's symbol without its vendor, cut so that a table stays one.
fn short_market(market: &str) -> String {
    market.split('@').next().unwrap_or(market).chars().take(12).collect()
}

/// A reason is one word of a few letters; anything else is cut so that a table stays one.
fn short_reason(reason: &str) -> String {
    reason.chars().filter(char::is_ascii_graphic).take(12).collect()
}

fn best(lines: &mut Lines, sweep: &Sweep) {
    lines.blank();
    let name = format::plain_name(&sweep.metric);
    let of = format::counted(sweep.values.len() + sweep.undefined, "combination");
    let default = sweep
        .default
        .as_ref()
        .map_or_else(String::new, |value| format!("; the default has {}", format::long(value, sweep.unit)));
    lines.paragraph("", &format!("The best by {name} of {of}{default}"), Look::Plain);
    for row in sweep.ranking.rows.iter().take(MOST_ROWS) {
        let parameters = sweep
            .ranking
            .parameters
            .iter()
            .zip(&row.parameters)
            .map(|(name, value)| format!("{name}={value}"));
        let metrics = sweep.ranking.metrics.iter().zip(&row.metrics).map(|((name, unit), value)| {
            format!("{} {}", format::plain_name(name), format::short(value, *unit))
        });
        let parts: Vec<String> = metrics.chain(parameters).collect();
        let default = if row.default { " (default)" } else { "" };
        let first = format!("{:>4}. ", format::count(row.rank));
        lines.paragraph(&first, &format!("{}{default}", parts.join(", ")), Look::Plain);
    }
}

fn doubts(lines: &mut Lines, report: &Report) {
    let titles: Vec<String> = cautions(report).into_iter().map(|caution| caution.title).collect();
    if !titles.is_empty() {
        lines.blank();
        lines.paragraph("Doubts  ", &titles.join("; "), Look::Dim);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    fn too_wide(text: &str) -> Option<&str> {
        text.lines().find(|line| lines::columns(line) > lines::WIDTH)
    }

    #[test]
    fn a_report_without_results_says_what_was_asked() {
        insta::assert_snapshot!(render_terminal(&samples::bare(), false), @r"
        No verdict: the evidence was not assessed.

        Laggard after a leader's high
        Enter   long LAG when LEAD hits a high and LAG is over 20% below its high
        Leave   after 63 days (assumed)
        Pay     commission 10 bps, slippage 5 bps a side (assumed)
        Window  2024-01-01 to 2024-10-26, 300 bars, 0.8 years

        Doubts  The choice of data; One history; Hindsight
        ");
    }

    #[test]
    fn a_report_with_everything_fits_the_terminal() {
        insta::assert_snapshot!(render_terminal(&samples::everything(), false), @r"
        2 episodes: too few to tell
        !! SIMULATED DATA: the days between public month-end closes are simulated;
           nothing here is history
          - At this return per episode 41 would be needed.

        Laggard after a leader's high
        Enter   long LAG when LEAD hits a high and LAG is over 20% below its high
        Leave   after 63 days (assumed)
        Pay     commission 10 bps, slippage 5 bps a side (assumed)
        Window  2024-01-01 to 2024-10-26, 300 bars, 0.8 years
        Found   8 signals, 2 episodes, 2 trades closed, 1 open (combination 3, the
                default)
        Tried   6 combinations, 4 distinct outcomes, 1 without a trade
        Checked 0 of 8 signals changed when the future was cut off

        Account ▁▂▁▂▂▂▂▂▃▂▃▃▃▃▃▄▃▄▄▄▄▄▄▄▅▄▅▅▅▅▅▅▅▆▆▆▆▆▇▆▇▇▇▇▇█▇█ +35.3%
        Holding ▁▂▁▂▂▂▂▂▃▂▃▃▃▃▃▄▃▄▄▄▄▄▄▄▅▄▅▅▅▅▅▅▅▆▆▆▆▆▇▆▇▇▇▇▇█▇█ +35.3%

        In numbers     strategy  buy and hold
        total return     +31.0%       +125.0%
        sharpe             0.90          1.02
        max drawdown     -18.0%        -62.0%
        trades                2
        profit factor       n/a
          needs a losing trade, has none

        Benchmarks     total return  sharpe
        this strategy        +31.0%    0.90
        cash                   0.0%     n/a
        Paid    commission 0.6%, interest -0.2% of the capital

        Note    1 signal bought nothing: the size came to less than a lot.

        After the signal: LAG@made-up from the next open, before costs
        after    episodes  median   mean     up  any day: median     up
        5 bars          2   +0.2%  +0.4%  50.0%            +0.6%  50.0%
        63 bars         0     n/a    n/a    n/a            +7.0%  50.0%
          no episode is old enough
        1 of 2 episodes caught up

        Together with `lag hits a high`, within 30 days before or after
        of       counted  near  share
        signals        8     2  25.0%
        Any other day has one near as often.

        entry             exit  reason  bars   gross     net
        2024-02-11  2024-03-03   after    21  +12.3%  +12.0%
        2024-05-01  2024-07-03   after    63   -4.0%   -4.3%
        2024-09-08  2024-10-26    open    48   +2.3%   +2.0%

        The best by sharpe of 6 combinations; the default has 0.90
           1. sharpe 1.10, total return +31.0%, lag=10%, hold=63
           2. sharpe 0.90, total return n/a, lag=20%, hold=63 (default)

        Doubts  Days that never happened; Only 2 episodes; The weight of one trade; 6
                combinations tried; Costs and fills
        ");
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let report = samples::everything();
        let mut plain = render_terminal(&report, true);
        for code in ["\u{1b}[1;33m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m"] {
            plain = plain.replace(code, "");
        }
        assert_eq!(plain, render_terminal(&report, false));
    }

    #[test]
    fn page_and_terminal_write_numbers_alike() {
        let report = samples::everything();
        let (page, text) = (super::super::render_page(&report).unwrap(), render_terminal(&report, false));
        for metric in &report.metrics {
            let number = format::short(&metric.value, metric.unit);
            assert!(page.contains(&format!(">{number}<")), "{}", metric.name);
            assert!(text.contains(&number), "{}", metric.name);
        }
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_for_any_text(name in "\\PC{0,200}|[a-zA-Z ]{0,300}|\\p{Han}{0,120}") {
            let text = render_terminal(&samples::named(&name), false);
            prop_assert_eq!(too_wide(&text), None);
        }

        #[test]
        fn no_line_is_too_wide_for_any_number(number in any::<f64>(), count in any::<usize>()) {
            let text = render_terminal(&samples::valued(number, count), false);
            prop_assert_eq!(too_wide(&text), None);
        }
    }

    #[test]
    fn nothing_in_a_name_steers_the_terminal() {
        let text = render_terminal(&samples::hostile(), false);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    }
}
