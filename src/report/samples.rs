//! Made-up reports for the tests of this wing.

use crate::base::calendar::{Label, LabelKind};

use super::content::*;

/// The label so many days after 2024-01-01.
pub(crate) fn day(days: i64) -> Label {
    Label::from_micros((19_723 + days) * 86_400_000_000, LabelKind::Date)
}

fn missing(reason: &str) -> Value {
    Value::Missing(reason.to_owned())
}

/// A wave of closes that needs no random numbers.
fn wave(bars: i64, start: f64) -> Vec<f64> {
    (0..bars)
        .scan(start, |price, bar| {
            *price *= if (bar * 7) % 11 < 6 { 1.012 } else { 0.988 };
            Some(*price)
        })
        .collect()
}

fn line(symbol: &str, start: f64) -> PriceLine {
    PriceLine { symbol: symbol.to_owned(), times: (0..300).map(day).collect(), closes: wave(300, start) }
}

fn trade(signal: i64, bars: i64, net: f64, open: bool) -> Trade {
    Trade {
        market: "LAG@made-up".to_owned(),
        side: Side::Long,
        signal: day(signal),
        entry: day(signal + 1),
        entry_price: 100.0,
        exit: day(signal + 1 + bars),
        exit_price: 100.0 * (1.0 + net),
        reason: if open { "end" } else { "after" }.to_owned(),
        bars: usize::try_from(bars).unwrap_or(0),
        gross: net + 0.003,
        net,
        mae: net.min(0.0) - 0.02,
        mfe: net.max(0.0) + 0.05,
        open,
    }
}

fn metric(name: &str, unit: Unit, value: Value, hold: Option<f64>) -> Metric {
    Metric {
        name: name.to_owned(),
        unit,
        value,
        buy_and_hold: hold.map(Value::Known),
        average_exposure: None,
        definition: format!("What {name} means."),
    }
}

fn study() -> Study {
    let path = |slope: f64| (0..64).map(|bar| slope * f64::from(bar)).collect::<Vec<f64>>();
    let episode = |first: i64, slope: f64, catch_up| StudyEpisode {
        first: day(first),
        last: day(first + 9),
        signals: 4,
        returns: vec![Value::Known(slope * 5.0), missing("needs 63 bars, has 40")],
        path: path(slope),
        catch_up: Some(catch_up),
    };
    let distribution = |n, median| Distribution {
        n,
        median: Value::Known(median),
        mean: Value::Known(median * 1.5),
        up: Value::Known(0.5),
    };
    Study {
        measured: "LAG@made-up from the next open, before costs".to_owned(),
        horizons: vec![5, 63],
        episodes: vec![episode(40, 0.002, CatchUp::After(31)), episode(120, -0.001, CatchUp::NotWithin(180))],
        summary: vec![
            HorizonSummary { bars: 5, episodes: distribution(2, 0.0025), all_days: distribution(295, 0.006) },
            HorizonSummary {
                bars: 63,
                episodes: Distribution {
                    n: 0,
                    median: missing("no episode is old enough"),
                    mean: missing("no episode is old enough"),
                    up: missing("no episode is old enough"),
                },
                all_days: distribution(237, 0.07),
            },
        ],
        median_path: path(0.0005),
        all_days_path: path(0.001),
        caught_up: Some(CaughtUp {
            caught: 1,
            of: 2,
            notes: vec!["Median time 31 days, one still open.".to_owned()],
        }),
        besides: vec![super::content::SideTable {
            title: "Together with `lag hits a high`, within 30 days before or after".to_owned(),
            head: ["of", "counted", "near", "share"].map(str::to_owned).to_vec(),
            rows: vec![("signals".to_owned(), ["8", "2", "25.0%"].map(str::to_owned).to_vec())],
            notes: vec!["Any other day has one near as often.".to_owned()],
        }],
    }
}

fn sweep() -> Sweep {
    let axis = |name: &str, values: &[&str]| Axis {
        name: name.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        default: Some(1),
    };
    let known = Value::Known;
    Sweep {
        metric: "sharpe".to_owned(),
        unit: Unit::Ratio,
        grids: vec![Grid {
            x: axis("lag", &["10%", "20%", "30%"]),
            y: axis("hold", &["21", "63"]),
            rows: vec![
                vec![known(0.4), known(-0.2), missing("no trade")],
                vec![known(1.1), known(0.9), known(0.0)],
            ],
            held: vec![("window".to_owned(), "all".to_owned())],
        }],
        ranking: Ranking {
            parameters: vec!["lag".to_owned(), "hold".to_owned()],
            metrics: vec![("sharpe".to_owned(), Unit::Ratio), ("total_return".to_owned(), Unit::Change)],
            rows: vec![
                RankedCombination {
                    rank: 1,
                    number: 1,
                    parameters: vec!["10%".to_owned(), "63".to_owned()],
                    metrics: vec![known(1.1), known(0.31)],
                    default: false,
                },
                RankedCombination {
                    rank: 2,
                    number: 3,
                    parameters: vec!["20%".to_owned(), "63".to_owned()],
                    metrics: vec![known(0.9), missing("ruined")],
                    default: true,
                },
            ],
        },
        values: vec![0.4, 1.1, -0.2, 0.9, 0.0],
        undefined: 1,
        default: Some(known(0.9)),
    }
}

fn provenance() -> Provenance {
    Provenance {
        series: vec![SeriesFacts {
            symbol: "LAG".to_owned(),
            vendor: "made-up".to_owned(),
            file: "LAG.csv".to_owned(),
            hash: "0123456789abcdef".repeat(4),
            session: "crypto".to_owned(),
            adjustment: "unknown".to_owned(),
            first: day(0),
            last: day(299),
            rows: 300,
            simulated: false,
        }],
        bars: 300,
        years: 300.0 / 365.25,
        periods_per_year: 365.25,
        highs: vec!["LEAD: closes, since 2024-01-01".to_owned()],
        records: Vec::new(),
        notes: Vec::new(),
        version: "0.1.0".to_owned(),
        seed: 1,
    }
}

/// A report with nothing but what every one has.
pub(crate) fn bare() -> Report {
    Report {
        head: Head {
            title: "Laggard after a leader's high".to_owned(),
            source: None,
            kind: Kind::Run,
            claim: Claim {
                rule: "LEAD hits a high and LAG is over 20% below its high".to_owned(),
                traded: "long LAG".to_owned(),
                exit: "after 63 days".to_owned(),
                exit_assumed: true,
                costs: "commission 10 bps, slippage 5 bps a side".to_owned(),
                costs_assumed: true,
            },
            from: day(0),
            to: day(299),
            shared: None,
            alone: None,
            simulated: None,
        },
        verdict: None,
        counts: Counts::default(),
        equity: None,
        prices: Vec::new(),
        trades: None,
        metrics: Vec::new(),
        benchmarks: None,
        paid: Vec::new(),
        notes: Vec::new(),
        study: None,
        sweep: None,
        rule: Rule {
            text: "long LAG when LEAD hits a high and LAG is over 20% below its high".to_owned(),
            functional: "new_high(LEAD) and drawdown(LAG) > 20%".to_owned(),
            parameters: Vec::new(),
            choices: Vec::new(),
        },
        provenance: provenance(),
    }
}

/// A report with every section.
pub(crate) fn everything() -> Report {
    let equity = wave(300, 1.0);
    let mut report = Report {
        verdict: Some(Verdict {
            line: "2 episodes: too few to tell".to_owned(),
            reasons: vec!["At this return per episode 41 would be needed.".to_owned()],
        }),
        counts: Counts {
            of: Some("combination 3, the default".to_owned()),
            signals: Some(8),
            episodes: Some(2),
            trades_closed: Some(2),
            trades_cut_short: None,
            trades_open: Some(1),
            wanting: None,
            combinations: Some(6),
            outcomes: Some(4),
            without_trade: Some(1),
            look_ahead: Some(LookAhead { checked: 8, changed: 0 }),
        },
        equity: Some(Equity {
            times: (0..300).map(day).collect(),
            buy_and_hold: Some(wave(300, 1.1).iter().map(|value| value / 1.1).collect()),
            average_exposure: Some(equity.iter().map(|value| libm::pow(*value, 0.4)).collect()),
            exposure: Some(0.4),
            strategy: equity,
        }),
        prices: vec![PricePicture {
            market: line("LAG@made-up", 90.0),
            episodes: vec![Span { first: day(40), last: day(49) }, Span { first: day(120), last: day(129) }],
            leader: Some(Leader {
                line: line("LEAD@made-up", 2000.0),
                records: vec![40, 44, 49, 120, 129],
                meaning: "record close".to_owned(),
            }),
        }],
        trades: Some(vec![
            trade(40, 21, 0.12, false),
            trade(120, 63, -0.043, false),
            trade(250, 48, 0.02, true),
        ]),
        metrics: vec![
            metric("total_return", Unit::Change, Value::Known(0.31), Some(1.25)),
            metric("sharpe", Unit::Ratio, Value::Known(0.9), Some(1.02)),
            metric("max_drawdown", Unit::Change, Value::Known(-0.18), Some(-0.62)),
            metric("trades", Unit::Count, Value::Known(2.0), None),
            metric("profit_factor", Unit::Ratio, missing("needs a losing trade, has none"), None),
        ],
        benchmarks: Some(Benchmarks {
            metrics: vec![("total_return".into(), Unit::Change), ("sharpe".into(), Unit::Ratio)],
            rows: vec![
                BenchmarkRow {
                    name: "this strategy".into(),
                    values: vec![Value::Known(0.31), Value::Known(0.9)],
                },
                BenchmarkRow {
                    name: "cash".into(),
                    values: vec![Value::Known(0.0), missing("every bar the same")],
                },
            ],
        }),
        paid: vec![
            PaidLine { name: "commission".into(), share: 0.0061 },
            PaidLine { name: "interest".into(), share: -0.002 },
        ],
        notes: vec!["1 signal bought nothing: the size came to less than a lot.".to_owned()],
        study: Some(study()),
        sweep: Some(sweep()),
        ..bare()
    };
    report.head.kind = Kind::Demo;
    report.head.source = Some("An article".to_owned());
    report.head.simulated =
        Some("the days between public month-end closes are simulated; nothing here is history".to_owned());
    report.rule.parameters = vec![Parameter {
        name: "lag".to_owned(),
        value: "20%".to_owned(),
        range: Some("10% to 30% by 10% (3 values)".to_owned()),
    }];
    report.rule.choices = vec!["LEAD means LEAD@made-up.".to_owned()];
    report
}

/// A report whose every name tries to break out of its place.
pub(crate) fn hostile() -> Report {
    named("</title></svg><script>alert('x\"&')</script>\u{1b}[2J\n")
}

/// The report with every section, each of its texts replaced.
pub(crate) fn named(text: &str) -> Report {
    let mut report = everything();
    let text = || text.to_owned();
    let head = &mut report.head;
    head.title = text();
    head.source = Some(text());
    head.simulated = Some(text());
    head.claim = Claim { rule: text(), traded: text(), exit: text(), costs: text(), ..head.claim.clone() };
    report.rule.text = text();
    report.rule.functional = text();
    report.rule.choices = vec![text()];
    report.rule.parameters = vec![Parameter { name: text(), value: text(), range: Some(text()) }];
    report.verdict = Some(Verdict { line: text(), reasons: vec![text()] });
    report.counts.of = Some(text());
    for picture in &mut report.prices {
        picture.market.symbol = text();
        if let Some(leader) = &mut picture.leader {
            leader.line.symbol = text();
            leader.meaning = text();
        }
    }
    for trade in report.trades.iter_mut().flatten() {
        trade.market = text();
        trade.reason = text();
    }
    for metric in &mut report.metrics {
        *metric =
            Metric { name: text(), value: Value::Missing(text()), definition: text(), ..metric.clone() };
    }
    for row in report.benchmarks.iter_mut().flat_map(|benchmarks| &mut benchmarks.rows) {
        row.name = text();
        row.values[0] = Value::Missing(text());
    }
    if let Some(study) = &mut report.study {
        study.measured = text();
        study.summary[0].episodes.median = Value::Missing(text());
    }
    if let Some(sweep) = &mut report.sweep {
        sweep.metric = text();
        sweep.default = Some(Value::Missing(text()));
        let grid = &mut sweep.grids[0];
        grid.x.name = text();
        grid.x.values[0] = text();
        grid.held = vec![(text(), text())];
        sweep.ranking.parameters[0] = text();
        sweep.ranking.metrics[0].0 = text();
        sweep.ranking.rows[0].parameters[0] = text();
    }
    for facts in &mut report.provenance.series {
        *facts = SeriesFacts {
            symbol: text(),
            vendor: text(),
            file: text(),
            hash: text(),
            session: text(),
            adjustment: text(),
            ..facts.clone()
        };
    }
    report.notes = vec![text()];
    report.provenance.highs = vec![text()];
    report.provenance.records = vec![Record { market: text(), since: day(0), years: 0.5 }];
    report.provenance.notes = vec![text()];
    report
}

/// The report with every section, each of its numbers replaced.
pub(crate) fn valued(number: f64, count: usize) -> Report {
    let mut report = everything();
    let known = || Value::Known(number);
    let counts = &mut report.counts;
    for figure in [
        &mut counts.signals,
        &mut counts.episodes,
        &mut counts.trades_closed,
        &mut counts.trades_open,
        &mut counts.combinations,
        &mut counts.outcomes,
        &mut counts.without_trade,
    ] {
        *figure = Some(count);
    }
    counts.look_ahead = Some(LookAhead { checked: count, changed: count });
    for metric in &mut report.metrics {
        metric.value = known();
        metric.buy_and_hold = Some(known());
        metric.average_exposure = Some(known());
    }
    for row in report.benchmarks.iter_mut().flat_map(|benchmarks| &mut benchmarks.rows) {
        row.values.fill(known());
    }
    for line in &mut report.paid {
        line.share = number;
    }
    for trade in report.trades.iter_mut().flatten() {
        trade.bars = count;
        trade.entry_price = number;
        (trade.gross, trade.net, trade.mae, trade.mfe) = (number, number, number, number);
    }
    if let Some(equity) = &mut report.equity {
        equity.exposure = Some(number);
        equity.strategy[100] = number;
        equity.strategy[299] = number;
    }
    if let Some(study) = &mut report.study {
        for horizon in &mut study.summary {
            let all = Distribution { n: count, median: known(), mean: known(), up: known() };
            *horizon = HorizonSummary { bars: count, episodes: all.clone(), all_days: all };
        }
        study.episodes[0].path[3] = number;
    }
    if let Some(sweep) = &mut report.sweep {
        sweep.default = Some(known());
        sweep.values.push(number);
        sweep.grids[0].rows[0][0] = known();
        for row in &mut sweep.ranking.rows {
            row.rank = count;
            row.metrics = vec![known(), known()];
        }
    }
    report
}

/// The report with every section over five thousand bars, with five hundred trades.
pub(crate) fn long() -> Report {
    let mut report = everything();
    let times: Vec<Label> = (0..5000).map(day).collect();
    let closes = wave(5000, 1.0);
    report.equity = Some(Equity {
        times: times.clone(),
        strategy: closes.clone(),
        buy_and_hold: Some(closes.iter().map(|close| close * close).collect()),
        average_exposure: Some(closes.iter().map(|close| close.sqrt()).collect()),
        exposure: Some(0.5),
    });
    for picture in &mut report.prices {
        picture.market = PriceLine { times: times.clone(), closes: closes.clone(), ..picture.market.clone() };
        if let Some(leader) = &mut picture.leader {
            leader.line = PriceLine { times: times.clone(), closes: closes.clone(), ..leader.line.clone() };
            leader.records = (0..5000).step_by(3).collect();
        }
    }
    report.trades = Some((0..500).map(|number| trade(number * 9, 5, 0.01, false)).collect());
    report
}
