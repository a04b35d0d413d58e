//! `catchup strategy explain`: what a strategy means, what it needs, and what each part is worth now.

use serde_json::{Value, json};

use super::options::Common;
use super::output::Output;
use super::subject::{open_store, read_strategy, warn_of_sample};
use crate::base::calendar::Instant;
use crate::base::diagnostic::Result;
use crate::market::events::Events;
use crate::market::series::Panel;
use crate::report::{format, paragraph};
use crate::strategy::binding::{Held, History};
use crate::strategy::file::{Rule, Strategy};
use crate::strategy::rule::{Evaluator, Kind, NodeId};
use crate::strategy::signals::warm_up;

/// Reads a strategy and tells all of it that can be told with the history there is.
pub(super) fn explain(common: &Common, output: &Output, text: &str, sets: &[String]) -> Result<()> {
    let history = History::new(open_store(common)?);
    let (mut strategy, folder) = read_strategy(text, &history)?;
    for set in sets {
        strategy.set(set)?;
    }
    let held = history.inventory(&strategy);
    let whole = !held.iter().any(|held| matches!(held, Held::Nowhere(_) | Held::Unclear(_)));
    let bound = if whole { Some(history.bind(&strategy, &folder)?) } else { None };
    let panel = bound.as_ref().map(|bound| &bound.panel);
    if bound.as_ref().is_some_and(|bound| bound.sample_taken) {
        warn_of_sample(output);
    }
    let parts = panel.map(|panel| parts_today(&strategy, panel)).transpose()?;
    if output.is_json() {
        Output::json(&as_json(&strategy, &held, panel, parts.as_deref()));
        return Ok(());
    }
    let mut lines = meaning(&strategy);
    lines.extend(of_one_bar(&strategy, panel).into_iter().map(|note| ("note", note)));
    lines.extend(parameters(&strategy));
    lines.extend(series(&strategy, &held, panel));
    lines.push((
        "warm-up",
        panel.map_or("not known before every series is there".into(), |p| warm(&strategy, p)),
    ));
    lines.extend(today(panel, parts.as_deref()));
    for (key, value) in lines {
        Output::data(&paragraph(&format!("{key:10}"), &value));
    }
    Ok(())
}

/// A line of an explanation: its key, empty where it goes on with the one before, and its text.
type Line = (&'static str, String);

/// What the strategy says.
fn meaning(strategy: &Strategy) -> Vec<Line> {
    let mut lines = vec![("title", strategy.title.clone())];
    lines.extend(strategy.source.iter().map(|source| ("source", source.clone())));
    lines.extend(strategy.note.iter().map(|note| ("note", note.clone())));
    lines.push(("trade", strategy.describe_trade(|market| strategy.markets[market].name.clone())));
    lines.extend(strategy.describe_scale().map(|scale| ("parts", scale)));
    lines.push(("when", strategy.entry.text.clone()));
    lines.extend(means("means", strategy, |strategy| Some(&strategy.entry)));
    lines.push(("exit", strategy.describe_exit()));
    lines.extend(means("its rule", strategy, |strategy| strategy.exits.rule.as_ref()));
    lines.extend(strategy.describe_size().map(|size| ("size", size.trim_start_matches("size ").to_owned())));
    lines.push(("costs", strategy.describe_costs()));
    if let Some((beside, within)) = &strategy.study.beside {
        let days = within.describe(&strategy.parameters);
        lines.push(("study", format!("how often {} within {days} days before or after", beside.functional)));
    }
    let followed = strategy.study.measure.iter();
    lines.extend(followed.map(|measure| ("study", format!("what becomes of {}", measure.functional))));
    lines
}

/// A rule in function form, once for each laggard where they differ.
fn means(key: &'static str, strategy: &Strategy, rule: impl Fn(&Strategy) -> Option<&Rule>) -> Vec<Line> {
    let alone = strategy.each.as_ref().map_or(std::slice::from_ref(strategy), |each| &each.alone);
    let forms: Vec<&String> = alone.iter().filter_map(rule).map(|rule| &rule.functional).collect();
    let keys = std::iter::once(key).chain(std::iter::repeat(""));
    if forms.windows(2).all(|pair| pair[0] == pair[1]) {
        return keys.zip(forms.into_iter().take(1).cloned()).collect();
    }
    let named = alone.iter().zip(forms);
    keys.zip(named.map(|(one, form)| format!("{}: {form}", one.markets[one.traded].name))).collect()
}

/// What a volatility that is held against a figure would be over a year: the language counts it by the bar.
fn of_one_bar(strategy: &Strategy, panel: Option<&Panel>) -> Vec<String> {
    let rules = std::iter::once(&strategy.entry).chain(&strategy.exits.rule);
    let mut notes: Vec<String> = Vec::new();
    for clause in rules.flat_map(|rule| &rule.clauses) {
        let measure = &clause.measure.functional;
        let (Some(bound), Some(of)) = (&clause.bound, measure.strip_prefix("volatility(")) else { continue };
        let figure = strategy.filled_in(&strategy.defaults(), &bound.of.functional);
        let market = of.split(',').next().unwrap_or(of);
        let at = strategy.markets.iter().position(|known| known.name == market);
        let series = at.and_then(|at| panel?.members().get(at));
        let percent = figure.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
        let a_year = series.zip(percent).map(|(series, percent)| {
            let last = series.len() - 1;
            let years = series.known_at(last).days_since(series.known_at(0)) / 365.25;
            let bars = last as f64 / years;
            let (percent, bars) = (format::decimal(percent * bars.sqrt(), 0), format::decimal(bars, 0));
            format!(": {figure} is about {percent}% a year, of {bars} bars")
        });
        let note = format!("{measure} is of one bar, not of a year{}", a_year.unwrap_or_default());
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

fn parameters(strategy: &Strategy) -> Vec<Line> {
    let combinations = match strategy.combinations() {
        Some(1) => "1 combination".to_owned(),
        Some(n) => format!("{n} combinations"),
        None => "too many combinations to count".to_owned(),
    };
    let mut lines = vec![("sweep", combinations)];
    for parameter in &strategy.parameters {
        let values: Vec<&str> = parameter.values.iter().map(|value| value.text()).collect();
        let (name, default) = (&parameter.name, parameter.default.text());
        lines.push(("", format!("{{{name}}} = {default}; in a sweep {}", shortened(&values))));
    }
    lines
}

fn shortened(values: &[&str]) -> String {
    if values.len() <= 8 {
        return values.join(", ");
    }
    let (first, second, last) = (values[0], values[1], values[values.len() - 1]);
    format!("{first}, {second}, … {last} ({} values)", format::count(values.len()))
}

/// Which history it needs, and which of it is there.
fn series(strategy: &Strategy, held: &[Held], panel: Option<&Panel>) -> Vec<Line> {
    let told = strategy.markets.iter().zip(held).enumerate().map(|(at, (market, held))| {
        let name = &market.name;
        let told = match (held, panel.and_then(|panel| panel.members().get(at))) {
            (Held::Nowhere(known), _) => {
                let known = known.as_ref().map_or_else(String::new, |known| format!(" ({known})"));
                format!("{} is not there{known}", market.target)
            }
            (Held::Unclear(why), _) => format!("{why}; `catchup data default` chooses one"),
            (_, Some(series)) => format!(
                "{}, {} bars, {} to {}; {}",
                series.provenance().full_name(),
                format::count(series.len()),
                series.label(0),
                series.label(series.len() - 1),
                series.session().describe()
            ),
            (Held::Store(entry), None) => {
                let rows = format::count(entry.rows);
                format!("{}, {rows} bars, {} to {}", entry.full_name(), entry.first, entry.last)
            }
            (Held::Sample, None) => format!("{} of the embedded sample", market.target),
            (Held::File(path), None) => format!("the file {path}"),
        };
        ("", format!("{name} = {told}"))
    });
    let events = panel.into_iter().flat_map(Panel::events).map(|events| {
        let first = day(events.span().0);
        ("", format!("{} = dates listed from {first} to {}", events.name(), last_day(events)))
    });
    let missing = held.iter().filter(|held| matches!(held, Held::Nowhere(_) | Held::Unclear(_))).count();
    let all = format!("{} series", format::count(held.len()));
    let first = if missing == 0 { all } else { format!("{all}, {missing} of them not there") };
    std::iter::once(("needs", first)).chain(told).chain(events).collect()
}

/// The date of an instant, in UTC.
fn day(instant: Instant) -> String {
    instant.to_string().chars().take(10).collect()
}

/// The last day on which events are listed; their span ends with it.
fn last_day(events: &Events) -> String {
    const DAY: i64 = 86_400_000_000;
    day(Instant::from_micros(events.span().1.micros() - DAY))
}

/// Events whose list ends before a decision, in words.
pub(super) fn events_that_end_before(panel: &Panel, now: Instant) -> impl Iterator<Item = String> {
    panel.events().iter().filter(move |events| events.span().1 < now).map(|events| {
        format!(
            "the dates of {} are listed to {} only: what came after is missing",
            events.name(),
            last_day(events)
        )
    })
}

/// What ended too long before the last bar, so that parts of the rule are missing.
fn behind(panel: &Panel) -> Vec<Line> {
    let now = panel.decision(panel.len() - 1);
    let late = panel.members().iter().filter_map(|series| {
        let last = series.len() - 1;
        let is_stale = now.days_since(series.known_at(last)) > series.stale_after_days();
        is_stale.then(|| {
            let lasts = format::duration(series.stale_after_days());
            let name = series.provenance().full_name();
            format!(
                "{name} ends on {}: a row counts as missing {lasts} after it was known",
                series.label(last)
            )
        })
    });
    let over = events_that_end_before(panel, now);
    late.chain(over).map(|text| ("", text)).collect()
}

/// The history the longest look-back needs.
fn warm(strategy: &Strategy, panel: &Panel) -> String {
    match warm_up(strategy, strategy.every_value(), panel) {
        Some(bar) => {
            let bars = format::counted(bar, "bar");
            format!("{bars} of the traded market; every combination can act from {} on", panel.label(bar))
        }
        None => "more history than there is for its longest look-back".into(),
    }
}

/// A part of a rule and its value at the last bar.
struct Part {
    text: String,
    value: Option<f64>,
    truth: bool,
    fraction: bool,
}

impl Part {
    fn written(&self) -> String {
        match self.value {
            None => "missing".to_owned(),
            Some(value) if self.truth => if value > 0.0 { "true" } else { "false" }.to_owned(),
            Some(value) if self.fraction => format!("{:.1}%", value * 100.0),
            Some(value) => format!("{value:.4}"),
        }
    }
}

/// The value of each part at the last bar, under the default of every parameter.
fn parts_today(strategy: &Strategy, panel: &Panel) -> Result<Vec<Part>> {
    if let Some(each) = &strategy.each {
        let mut parts: Vec<Part> = Vec::new();
        for alone in &each.alone {
            for part in parts_today(alone, &panel.on_clock(alone.traded))? {
                if parts.iter().all(|known| known.text != part.text) {
                    parts.push(part);
                }
            }
        }
        return Ok(parts);
    }
    let last = panel.len() - 1;
    let mut evaluator = Evaluator::new(&strategy.graph, panel);
    let values = strategy.defaults();
    let mut told: Vec<(&String, NodeId)> = Vec::new();
    let of_study = [strategy.study.beside.as_ref().map(|(rule, _)| rule), strategy.study.measure.as_ref()];
    let rules = [Some(&strategy.entry), strategy.exits.rule.as_ref()].into_iter().chain(of_study);
    for Rule { functional, node, clauses, .. } in rules.flatten() {
        told.push((functional, *node));
        told.extend(clauses.iter().map(|clause| (&clause.measure.functional, clause.measure.node)));
    }
    let mut parts: Vec<Part> = Vec::new();
    for (text, node) in told {
        if parts.iter().all(|part| part.text != *text) {
            parts.push(Part {
                text: text.clone(),
                value: evaluator.measures(node, &values)?[last],
                truth: strategy.graph.is_truth(node),
                fraction: strategy.graph.kind(node) == Kind::Fraction,
            });
        }
    }
    Ok(parts)
}

fn today(panel: Option<&Panel>, parts: Option<&[Part]>) -> Vec<Line> {
    let (Some(panel), Some(parts)) = (panel, parts) else {
        return vec![("today", "not known before every series is there".to_owned())];
    };
    let last = panel.len() - 1;
    let when =
        format!("at the close of {}, known {}, with the defaults", panel.label(last), panel.decision(last));
    let parts = parts.iter().map(|part| ("", format!("{} = {}", part.text, part.written())));
    std::iter::once(("today", when)).chain(parts).chain(behind(panel)).collect()
}

fn as_json(strategy: &Strategy, held: &[Held], panel: Option<&Panel>, parts: Option<&[Part]>) -> Value {
    let rule = |rule: &Rule| json!({ "text": rule.text, "means": rule.functional });
    let parameters: Vec<Value> = strategy
        .parameters
        .iter()
        .map(|parameter| {
            let values: Vec<&str> = parameter.values.iter().map(|value| value.text()).collect();
            json!({ "name": parameter.name, "default": parameter.default.text(), "values": values })
        })
        .collect();
    let parts = parts.map(|parts| {
        let part = |part: &Part| {
            json!({ "part": part.text, "value": part.value, "written": part.written(), "truth": part.truth })
        };
        parts.iter().map(part).collect::<Vec<_>>()
    });
    json!({
        "title": strategy.title,
        "source": strategy.source,
        "note": strategy.note,
        "trade": strategy.markets[strategy.traded].name,
        "laggards": strategy.traded_markets().iter().map(|&m| &strategy.markets[m].name).collect::<Vec<_>>(),
        "entry": rule(&strategy.entry),
        "scale": strategy.describe_scale(),
        "exit": strategy.describe_exit(),
        "notes": of_one_bar(strategy, panel),
        "exit_rule": strategy.exits.rule.as_ref().map(rule),
        "costs": strategy.describe_costs(),
        "beside": strategy.study.beside.as_ref().map(|(beside, _)| rule(beside)),
        "measure": strategy.study.measure.as_ref().map(rule),
        "combinations": strategy.combinations(),
        "parameters": parameters,
        "series": series_json(strategy, held, panel),
        "warm_up": panel.and_then(|panel| {
            let bar = warm_up(strategy, strategy.every_value(), panel)?;
            Some(json!({ "bars": bar, "from": panel.label(bar).to_string() }))
        }),
        "today": panel.map(|panel| {
            let last = panel.len() - 1;
            let known_at = panel.decision(last).to_string();
            json!({ "bar": panel.label(last).to_string(), "known_at": known_at, "parts": parts })
        }),
    })
}

fn series_json(strategy: &Strategy, held: &[Held], panel: Option<&Panel>) -> Vec<Value> {
    let markets = strategy.markets.iter().zip(held).enumerate();
    markets
        .map(|(at, (market, held))| {
            let series = panel.and_then(|panel| panel.members().get(at));
            let (whence, note) = match held {
                Held::Store(_) => ("store", None),
                Held::Sample => ("sample", None),
                Held::File(path) => ("file", Some(path)),
                Held::Unclear(why) => ("unclear", Some(why)),
                Held::Nowhere(known) => ("missing", known.as_ref()),
            };
            json!({
                "name": market.name,
                "target": market.target,
                "held": whence,
                "note": note,
                "series": series.map(|series| series.provenance().full_name()),
                "bars": series.map(|series| series.len()),
                "first": series.map(|series| series.label(0).to_string()),
                "last": series.map(|series| series.label(series.len() - 1).to_string()),
            })
        })
        .collect()
}
