//! Rules on bars of an hour: days are sessions there, also of two markets.

use super::*;
use crate::market::indicators::{self, Window};

const HOUR: i64 = 3_600_000_000;

/// Bars of an hour from the opening of each of so many sessions to its close; the last may be shorter.
fn hourly(symbol: &str, session: &Session, first: Date, sessions: usize, phase: f64) -> Arc<Series> {
    let mut rows = Rows::default();
    let days =
        first.series(jiff::Span::new().days(1)).filter(|day| session.is_trading_day(*day)).take(sessions);
    for day in days {
        let times = session.day(day);
        let mut opens_at = times.opens_at.micros();
        while opens_at < times.known_at.micros() {
            let known_at = (opens_at + HOUR).min(times.known_at.micros());
            let t = rows.close.len() as f64;
            let close =
                100.0 + 0.01 * t + 8.0 * libm::sin(t / 9.0 + phase) + 2.0 * libm::sin(t * 1.7 + phase);
            rows.labels.push(opens_at);
            rows.opens_at.push(opens_at);
            rows.known_at.push(known_at);
            rows.open.push(close - 0.5);
            rows.high.push(close + 1.0);
            rows.low.push(close - 1.5);
            rows.close.push(close);
            rows.volume.push(1000.0 + t);
            opens_at = known_at;
        }
    }
    let provenance = Provenance {
        bar: Some("1h".into()),
        ..series(symbol, session, &[(first, 1.0)]).provenance().clone()
    };
    Arc::new(Series::new(provenance, session.clone(), LabelKind::Time, 5.0, rows).unwrap())
}

/// Ninety New York sessions over a change of the clocks, an early close and a holiday; bitcoin round the clock.
fn hours() -> Panel {
    let first = date(2024, 10, 1);
    let members = vec![
        hourly("RUT", &Session::UsEquity, first, 90, 0.0),
        hourly("BTC", &Session::Crypto, first, 133, 1.0),
    ];
    Panel::new(members, 1).unwrap()
}

/// Smoothing has no window of sessions.
fn is_smoothed(example: &str) -> bool {
    ["ema(", "rsi(", "atr("].iter().any(|name| example.contains(name))
}

#[test]
fn every_example_keeps_its_word_on_bars_of_an_hour() {
    let panel = hours();
    for function in registry().iter().filter(|function| !is_smoothed(function.example)) {
        let (_, whole) = measured(function.example, &panel);
        for cut in [2700, 3000] {
            let before = panel.known_by(panel.decision(cut)).unwrap();
            let (_, part) = measured(function.example, &before);
            assert_eq!(part, whole[..=cut], "{}", function.example);
        }
    }
}

/// What a measure of two markets is at the close of each session, on the clock of the market with fewer bars.
fn at_closes(example: &str, panel: &Panel) -> Vec<(Date, usize, Option<f64>)> {
    let panel = panel.on_clock(0);
    let mut names = Names::new(&NoWords);
    names.declare_market("russell", "RUT");
    names.declare_market("btc", "BTC");
    let fragment = Fragment::whole(Source::new("example", example));
    let rule = Parser::new(&fragment, &mut names).and_then(|mut parser| parser.rule(Stop::End)).unwrap();
    let mut graph = Graph::new(0);
    let node = graph.add_measure(&rule, &names, &fragment).unwrap();
    let told = Evaluator::new(&graph, &panel).measures(node, &Assignment::defaults(&[])).unwrap();
    let closes = |day: Date| Session::UsEquity.day(day).known_at;
    (0..panel.len())
        .map(|t| (panel.label(t).calendar_date(), t, told[t]))
        .filter(|(day, t, _)| panel.decision(*t) == closes(*day))
        .collect()
}

#[test]
fn days_of_two_markets_are_sessions_of_the_one_with_fewer_bars() {
    let panel = hours();
    let pairs = panel.pairs(0, 1);
    assert_eq!(pairs.left, (0..panel.members()[0].len()).collect::<Vec<_>>(), "every bar of New York");
    let close = |member: usize, rows: &[usize]| -> Vec<f64> {
        rows.iter().map(|&row| panel.members()[member].close()[row]).collect()
    };
    let (left, right) = (close(0, &pairs.left), close(1, &pairs.right));
    let mut compared = 0;
    for (day, t, told) in at_closes("correlation(russell, btc, 3)", &panel) {
        // Seven bars a session, four on the days that close at 13:00.
        let days: Vec<Date> = (0..=t).map(|row| panel.members()[0].label(row).calendar_date()).collect();
        let mut sessions = days.clone();
        sessions.dedup();
        let Some(first) = sessions.len().checked_sub(3) else {
            assert_eq!(told, None, "{day}");
            continue;
        };
        let n = days.iter().filter(|other| **other >= sessions[first]).count();
        let expected = indicators::correlation(&left[..=t], &right[..=t], Window::Bars(n))[t];
        let expected = (!expected.is_nan()).then_some(expected);
        let near = |a: Option<f64>, b: Option<f64>| a.zip(b).map_or(a == b, |(a, b)| (a - b).abs() < 1e-12);
        assert!(near(told, expected), "{day}: {told:?}, not {expected:?} over {n} bars");
        compared += usize::from(told.is_some());
    }
    assert_eq!(compared, 87);
}

#[test]
fn a_leader_by_a_session_is_compared_at_the_same_time_of_day() {
    let panel = hours();
    let by_days = at_closes("lead_correlation(russell, btc, 1, 10)", &panel);
    // Without early closes between them, a session is seven bars.
    let by_bars = at_closes("lead_correlation(russell, btc, 7 bars, 70 bars)", &panel);
    let mut compared = 0;
    for ((day, _, by_days), (.., by_bars)) in by_days.iter().zip(&by_bars).filter(|(a, _)| a.2.is_some()) {
        if *day < date(2024, 11, 29) {
            let (a, b) = (by_days.unwrap(), by_bars.unwrap());
            assert!((a - b).abs() < 1e-12, "{day}: {a} is not {b}");
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn a_day_is_a_bar_where_one_of_two_markets_has_daily_bars() {
    let days: Vec<(Date, f64)> = date(2024, 10, 1)
        .series(jiff::Span::new().days(1))
        .filter(|day| Session::UsEquity.is_trading_day(*day))
        .take(40)
        .enumerate()
        .map(|(i, day)| (day, 100.0 + f64::from(u8::try_from(i * 7 % 11).unwrap())))
        .collect();
    let daily = series("RUT", &Session::UsEquity, &days);
    let panel = Panel::new(vec![daily, Arc::clone(&hours().members()[1])], 0).unwrap();
    let told =
        |rule: &str| -> Vec<Option<f64>> { at_closes(rule, &panel).into_iter().map(|told| told.2).collect() };
    assert_eq!(told("correlation(russell, btc, 10)"), told("correlation(russell, btc, 10 bars)"));
    assert_eq!(told("correlation(russell, btc, 10)").iter().flatten().count(), 30);
}

#[test]
fn smoothing_over_days_is_refused_with_bars_proposed() {
    let panel = hours();
    for rule in ["btc > ema(btc, 50)", "rsi(btc, 14) < 30", "atr(russell, 14) > 1"] {
        let mut names = Names::new(&NoWords);
        names.declare_market("russell", "RUT");
        names.declare_market("btc", "BTC");
        let fragment = Fragment::whole(Source::new("rule", rule));
        let rule = Parser::new(&fragment, &mut names).and_then(|mut parser| parser.rule(Stop::End)).unwrap();
        let mut graph = Graph::new(1);
        let node = graph.add_rule(&rule, &names, &fragment).unwrap();
        let error = Evaluator::new(&graph, &panel).truths(node, &Assignment::defaults(&[])).unwrap_err();
        assert!(error.diagnostics()[0].render(Severity::Error, false).contains(" bars"));
    }
}

/// A market whose bars come late, and one whose prices stand still.
#[test]
fn what_does_not_move_or_is_not_there_is_missing() {
    let still: Vec<(Date, f64)> = (1..=31).map(|day| (date(2026, 1, day), 7.0)).collect();
    let late: Vec<(Date, f64)> =
        (11..=31).map(|day| (date(2026, 1, day), 1e-8 * f64::from(1 + i32::from(day) * 7 % 5))).collect();
    let moving: Vec<(Date, f64)> =
        (1..=31).map(|day| (date(2026, 1, day), 1e9 + f64::from(i32::from(day) * 5 % 7))).collect();
    let kind = Session::Crypto;
    let panel = |left: &[(Date, f64)], right: &[(Date, f64)]| {
        Panel::new(vec![series("RUT", &kind, left), series("BTC", &kind, right)], 1).unwrap()
    };
    let on_days = |panel: &Panel, rule: &str| {
        let panel = panel.on_clock(0);
        let mut names = Names::new(&NoWords);
        names.declare_market("russell", "RUT");
        names.declare_market("btc", "BTC");
        let fragment = Fragment::whole(Source::new("rule", rule));
        let rule = Parser::new(&fragment, &mut names).and_then(|mut parser| parser.rule(Stop::End)).unwrap();
        let mut graph = Graph::new(0);
        let node = graph.add_measure(&rule, &names, &fragment).unwrap();
        Evaluator::new(&graph, &panel).measures(node, &Assignment::defaults(&[])).unwrap()
    };
    for rule in
        ["correlation(russell, btc, 5)", "lead_correlation(russell, btc, 2, 5)", "beta(btc, russell, 5)"]
    {
        assert!(on_days(&panel(&still, &moving), rule).iter().all(Option::is_none), "{rule}");
    }
    let told = on_days(&panel(&moving, &late), "correlation(russell, btc, 5)");
    // The first pair is that of the 11th, and five changes need six.
    assert_eq!(told.iter().position(Option::is_some), Some(15));
    assert!(told[15..].iter().all(|value| value.is_some_and(|value| value.abs() <= 1.0)));
    let beta = on_days(&panel(&moving, &late), "beta(russell, btc, 5)");
    assert!(beta[15..].iter().all(|value| value.is_some_and(f64::is_finite)));
    assert!(on_days(&panel(&moving, &still), "beta(russell, btc, 5)").iter().all(Option::is_none));
}
