//! What rules say on a panel of two markets: New York sessions lead, round-the-clock bars are the clock.

mod hours;

use std::sync::Arc;

use super::*;
use crate::base::calendar::{Date, Label, LabelKind, Session};
use crate::base::diagnostic::{Severity, Source};
use crate::market::events::Events;
use crate::market::indicators::Truth::{self, False, Missing, True};
use crate::market::series::{Panel, Provenance, Rows, Series};
use jiff::civil::date;

struct NoWords;

impl Vocabulary for NoWords {
    fn symbol(&self, _: &str) -> Option<String> {
        None
    }

    fn words(&self) -> Vec<String> {
        Vec::new()
    }
}

fn series(symbol: &str, session: &Session, bars: &[(Date, f64)]) -> Arc<Series> {
    let mut rows = Rows::default();
    for (day, close) in bars {
        let times = session.day(*day);
        rows.labels.push(Label::date(*day).micros());
        rows.opens_at.push(times.opens_at.micros());
        rows.known_at.push(times.known_at.micros());
        rows.high.push(close * 1.25);
        rows.close.push(*close);
    }
    let provenance = Provenance {
        symbol: symbol.into(),
        vendor: "test".into(),
        bar: None,
        file: "test".into(),
        hash: String::new(),
        adjustment: "none".into(),
        simulated: false,
    };
    Arc::new(Series::new(provenance, session.clone(), LabelKind::Date, 5.0, rows).unwrap())
}

/// From Thursday 2026-01-08 on: seven New York sessions, and bitcoin every day of ten.
fn panel() -> Panel {
    let days = |list: &[i8]| list.iter().map(|day| date(2026, 1, *day)).collect::<Vec<_>>();
    let sessions = days(&[8, 9, 12, 13, 14, 15, 16]);
    let lead: Vec<_> = sessions.into_iter().zip([100.0, 101.0, 100.0, 102.0, 102.0, 99.0, 103.0]).collect();
    let every_day = days(&[8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
    let lag: Vec<_> =
        every_day.into_iter().zip([50.0, 48.0, 40.0, 45.0, 39.0, 41.0, 51.0, 40.0, 30.0, 52.0]).collect();
    let members = vec![series("LEAD", &Session::UsEquity, &lead), series("LAG", &Session::Crypto, &lag)];
    Panel::new(members, 1).unwrap()
}

fn on(panel: &Panel, rule: &str) -> Vec<Truth> {
    let mut names = Names::new(&NoWords);
    names.declare_market("lead", "LEAD");
    names.declare_market("lag", "LAG");
    let fragment = Fragment::whole(Source::new("rule", rule));
    let expression =
        Parser::new(&fragment, &mut names).and_then(|mut parser| parser.rule(Stop::End)).unwrap();
    let mut graph = Graph::new(panel.clock_member());
    let node = graph.add_rule(&expression, &names, &fragment).unwrap();
    let values = Assignment::defaults(names.parameters());
    Evaluator::new(&graph, panel).truths(node, &values).unwrap().to_vec()
}

/// The days of January on which a rule is true.
fn days(rule: &str) -> Vec<i8> {
    let panel = panel();
    let truths = on(&panel, rule);
    (0..truths.len()).filter(|&t| truths[t] == True).map(|t| panel.label(t).calendar_date().day()).collect()
}

#[test]
fn an_event_is_told_once_and_a_state_lasts_over_the_weekend() {
    // The leader's closes set records on Friday 9, Tuesday 13 and Friday 16.
    assert_eq!(days("lead hits a high"), [9, 13, 16]);
    // At its high: also the first day and the tie on 14, and from Friday's close on through the weekend.
    assert_eq!(days("lead is at a high"), [8, 9, 10, 11, 13, 14, 16, 17]);
}

#[test]
fn not_an_event_is_told_at_each_decision() {
    assert_eq!(days("not lead hits a high"), [8, 10, 11, 12, 14, 15, 17]);
    assert_eq!(days("not lead is at a high"), [12, 15]);
}

#[test]
fn a_lag_counts_the_laggards_own_days() {
    // 50, 48 (4%), 40 (20%: not over), 45, 39 (22%), 41 (18%), 51, 40 (21.6%), 30 (41%), 52
    assert_eq!(days("lag is over 20% below its high"), [12, 15, 16]);
    assert_eq!(days("lag is 20% below its high"), [10, 12, 15, 16]);
    assert_eq!(days("lead hits a high and lag is over 20% below its high"), [16]);
    // of the last 2 closes: 10 is 16.7% below 48, 15 21.6% below 51, 16 25% below 40
    assert_eq!(days("lag is over 20% below its 2-day high"), [15, 16]);
    // on highs: every close is at least 20% below its own bar's high
    assert_eq!(days("lag is over 19% below its high on highs"), [8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
}

#[test]
fn missing_is_not_false() {
    let panel = panel();
    // Three sessions are needed: known at the close of Monday 12.
    assert_eq!(on(&panel, "lead is at a 3-day high")[..5], [Missing, Missing, Missing, Missing, False]);
    assert_eq!(on(&panel, "not lead is at a 3-day high")[..5], [Missing, Missing, Missing, Missing, True]);
    assert_eq!(on(&panel, "lead is at a 3-day high or lag > 1")[0], True);
    assert_eq!(on(&panel, "lead is at a 3-day high and lag > 60")[0], False);
    // An event over the weekend: nothing new, so not true, but known.
    assert_eq!(on(&panel, "lead hits a high")[2], False);
}

#[test]
fn within_counts_bars_of_the_series_it_looks_at() {
    // Two sessions: the record of Friday 9 counts on 9 and, as a state, until Monday's close is told on 12.
    assert_eq!(days("lead hits a high within 2 days"), [9, 10, 11, 12, 13, 14, 16, 17]);
    // Mixed with the laggard it counts bars of the clock.
    assert_eq!(days("(lead hits a high and lag < 49) within 2 days"), [9, 10, 13, 14, 16, 17]);
}

#[test]
fn two_markets_are_compared_on_the_clock() {
    assert_eq!(days("lag * 2 >= lead"), [8, 14, 17]);
    assert_eq!(days("lead - lag > 60"), [10, 12, 13, 16]);
}

#[test]
fn an_old_row_is_missing() {
    let lead = series("LEAD", &Session::UsEquity, &[(date(2026, 1, 8), 1.0)]);
    let bars: Vec<_> = (8..=17).map(|day| (date(2026, 1, day), 1.0)).collect();
    let panel = Panel::new(vec![lead, series("LAG", &Session::Crypto, &bars)], 1).unwrap();
    let truths = on(&panel, "lead is at a high");
    // Known on Thursday 8 at 21:00 UTC; 4.1 days later it still counts, 5.1 days later it does not.
    assert_eq!(truths[..6], [True, True, True, True, True, Missing]);
}

#[test]
fn correlation_pairs_a_session_with_the_bar_that_ends_nearest_to_it() {
    // The laggard's bar of each session moves exactly as the leader does; its weekend bars do not.
    let lead = [(8, 100.0), (9, 110.0), (12, 99.0), (13, 108.9), (14, 98.01)];
    let lag = [(8, 10.0), (9, 11.0), (10, 30.0), (11, 2.0), (12, 9.9), (13, 10.89), (14, 9.801)];
    let dated = |bars: &[(i8, f64)]| bars.iter().map(|(d, c)| (date(2026, 1, *d), *c)).collect::<Vec<_>>();
    let members = vec![
        series("LEAD", &Session::UsEquity, &dated(&lead)),
        series("LAG", &Session::Crypto, &dated(&lag)),
    ];
    let panel = Panel::new(members, 1).unwrap();
    let truths = on(&panel, "the 3-day correlation of lead and lag is over 0.999");
    assert_eq!(truths, [Missing, Missing, Missing, Missing, Missing, True, True]);
}

#[test]
fn a_rule_is_warm_when_its_longest_look_back_is_full() {
    let panel = panel();
    let mut names = Names::new(&NoWords);
    names.declare_market("lead", "LEAD");
    names.declare_market("lag", "LAG");
    let rule = "lead hits a {n: 2, 3, all}-day high and lag > sma(lag, 2)";
    let fragment = Fragment::whole(Source::new("rule", rule));
    let expression =
        Parser::new(&fragment, &mut names).and_then(|mut parser| parser.rule(Stop::End)).unwrap();
    let mut graph = Graph::new(1);
    let node = graph.add_rule(&expression, &names, &fragment).unwrap();
    let one = |text: &str| Assignment(vec![parse_value(text).unwrap()]);
    let warm = |choice: Choice<'_>| graph.warm_up(node, choice, &panel);
    assert_eq!(warm(Choice::One(&one("2"))), WarmUp::From(1));
    assert_eq!(warm(Choice::One(&one("3"))), WarmUp::From(4), "the third session is Monday 12");
    assert_eq!(warm(Choice::One(&one("all"))), WarmUp::From(1), "the average needs two bars");
    assert_eq!(warm(Choice::All(names.parameters())), WarmUp::From(4));
    assert_eq!(warm(Choice::One(&one("8"))), WarmUp::Never);
}

/// Two hundred days of two made-up markets with opens, highs, lows, closes and volumes, prices times `scale`.
fn long_panel(scale: f64) -> Panel {
    let market = |symbol: &str, session: &Session, phase: f64| {
        let first = date(2025, 1, 2);
        let days: Vec<Date> = first
            .series(jiff::Span::new().days(1))
            .filter(|day| session.is_trading_day(*day))
            .take(200)
            .collect();
        let mut rows = Rows::default();
        for (i, day) in days.iter().enumerate() {
            let times = session.day(*day);
            let t = i as f64;
            let close = 100.0 + 0.1 * t + 8.0 * libm::sin(t / 9.0 + phase) + 2.0 * libm::sin(t * 1.7 + phase);
            rows.labels.push(Label::date(*day).micros());
            rows.opens_at.push(times.opens_at.micros());
            rows.known_at.push(times.known_at.micros());
            rows.open.push(scale * (close - 0.5));
            rows.high.push(scale * (close + 1.0));
            rows.low.push(scale * (close - 1.5));
            rows.close.push(scale * close);
            rows.volume.push(1000.0 + t);
        }
        let provenance = series(symbol, session, &[(first, 1.0)]).provenance().clone();
        Arc::new(Series::new(provenance, session.clone(), LabelKind::Date, 5.0, rows).unwrap())
    };
    let members = vec![market("RUT", &Session::UsEquity, 0.0), market("BTC", &Session::Crypto, 1.0)];
    Panel::new(members, 1).unwrap()
}

/// An example of the registry with windows that two hundred days can fill, measured on a panel.
fn measured(example: &str, panel: &Panel) -> (Kind, Vec<Option<f64>>) {
    let example = example.replace("252", "60").replace("200", "60");
    let mut names = Names::new(&NoWords);
    names.declare_market("russell", "RUT");
    names.declare_market("btc", "BTC");
    let fragment = Fragment::whole(Source::new("example", example.as_str()));
    let mut parser = Parser::new(&fragment, &mut names).unwrap();
    let expression = parser.rule(Stop::End).unwrap_or_else(|error| panic!("{example}: {}", error.title()));
    let mut graph = Graph::new(1);
    let node = graph.add_measure(&expression, &names, &fragment).unwrap();
    let panel = &with_events(panel, &graph);
    let kind = if graph.is_truth(node) { Kind::Truth } else { Kind::Number };
    let values = Assignment::defaults(names.parameters());
    let warm = graph.warm_up(node, Choice::One(&values), panel);
    let measures = Evaluator::new(&graph, panel).measures(node, &values).unwrap();
    let WarmUp::From(first) = warm else { panic!("{example} is never warm") };
    let known = measures.iter().position(Option::is_some);
    // One true bar is enough for `within`, one false one for `always` or so, before all of their bars are known.
    let may_know_early = ["within", "always", "at_least"].iter().any(|name| example.starts_with(name));
    assert!(
        known == Some(first) || may_know_early && known < Some(first),
        "{example}: {known:?} is not {first}"
    );
    assert!(measures[first..].iter().all(Option::is_some), "{example} has holes");
    assert!(measures.iter().flatten().all(|value| value.is_finite()), "{example}");
    (kind, measures)
}

/// The panel with the bundled events that a graph names, as much of them as it could know.
fn with_events(panel: &Panel, graph: &Graph) -> Panel {
    let events = graph.events().iter().map(|named| match &named.source {
        EventsSource::Bundled(bundled) => {
            let whole = Events::read(&named.name, bundled.name, bundled.text).unwrap();
            Arc::new(whole.known_by(panel.decision(panel.len() - 1)))
        }
        other => panic!("{other:?}"),
    });
    panel.clone().with_events(events.collect())
}

fn functional(rule: &str) -> String {
    let mut names = Names::new(&NoWords);
    names.declare_market("russell", "RUT");
    names.declare_market("btc", "BTC");
    let fragment = Fragment::whole(Source::new("rule", rule));
    let rule = Parser::new(&fragment, &mut names).and_then(|mut parser| parser.rule(Stop::End));
    rule.unwrap_or_else(|error| panic!("{}", error.render(Severity::Error, false)))
        .functional(&names)
        .to_string()
}

#[test]
fn every_sentence_of_the_registry_is_its_example_and_reads_back() {
    for function in registry() {
        assert_eq!(functional(function.example), function.example);
        if !function.sentence.is_empty() {
            assert_eq!(functional(function.sentence), function.example, "{}", function.sentence);
        }
    }
}

#[test]
fn every_example_of_the_registry_runs_and_keeps_its_word_on_warm_up() {
    let panel = long_panel(1.0);
    for function in registry() {
        measured(function.example, &panel);
    }
}

#[test]
fn no_function_changes_its_past_when_history_is_added() {
    let panel = long_panel(1.0);
    for function in registry() {
        let (_, whole) = measured(function.example, &panel);
        for cut in [100, 137, 198] {
            let before = panel.known_by(panel.decision(cut)).unwrap();
            let (_, part) = measured(function.example, &before);
            assert_eq!(part, whole[..=cut], "{}", function.example);
        }
    }
}

#[test]
fn no_truth_changes_when_all_prices_are_scaled() {
    let (panel, scaled) = (long_panel(1.0), long_panel(4.0));
    // These compare a price with a number of money, or count its steps in money.
    let of_money = ["0000", "btc > 1)", "close(btc) > 1", "high(btc) > 1", "low(btc) > 1", "> 0.25", "> 5"];
    for function in registry().iter().filter(|f| !of_money.iter().any(|money| f.example.contains(money))) {
        let (kind, before) = measured(function.example, &panel);
        let (_, after) = measured(function.example, &scaled);
        if kind == Kind::Truth {
            assert_eq!(before, after, "{}", function.example);
        }
    }
}

#[test]
fn crossings_runs_and_counts() {
    // 50, 48, 40, 45, 39, 41, 51, 40, 30, 52 from the 8th on
    assert_eq!(days("lag crosses above 44"), [11, 14, 17]);
    assert_eq!(days("lag crosses below 44"), [10, 12, 15]);
    assert_eq!(days("lag < 46 for 3 days"), [12, 13]);
    assert_eq!(days("count(lag < 46, 3 days) >= 2"), [11, 12, 13, 14, 15, 16, 17]);
    assert_eq!(days("at_least(2, lag > 44, lead is at a high, lead > 102)"), [8, 9, 11, 14, 16, 17]);
    assert_eq!(days("on_weekday(6) and in_month(1)"), [10, 17]);
    assert_eq!(days("lag(lag, 1) > lag and lag > 35"), [9, 10, 12, 15]);
}
