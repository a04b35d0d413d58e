//! `catchup today`: is the rule true as of the last stored bar, what is missing, what happened before?

use serde_json::{Value, json};

use super::explain::events_that_end_before;
use super::members::Days;
use super::options::{Common, Today as Arguments};
use super::output::Output;
use super::strategy::names;
use super::subject::{Subject, load};
use crate::backtest::single::{self, Setup};
use crate::base::diagnostic::{Failure, Result};
use crate::evidence::event_study::{CatchUp, EventStudy};
use crate::market::series::Panel;
use crate::report::{format, paragraph};
use crate::results::scan::state;
use crate::strategy::binding::Bound;
use crate::strategy::rule::Kind;
use crate::strategy::today::{Age, ClauseToday, Measured, Today, today as look};

/// Exit codes of `--exit-code`: the rule is true, false, or missing.
const TRUE: u8 = 0;
const FALSE: u8 = 3;
const MISSING: u8 = 4;

/// The horizon of the other times, by its place in [`crate::evidence::event_study::HORIZONS`]: a quarter.
const QUARTER: usize = 2;

/// Earlier episodes that are told one by one.
const EPISODES: usize = 5;

/// One strategy as of its last bar.
struct Told {
    subject: Subject,
    /// Of several laggards the place of this one, from 1, and how many there are.
    laggard: Option<(usize, usize)>,
    today: Today,
    /// Signals and what followed; the reason where the history is too short for them.
    before: std::result::Result<Before, String>,
}

/// What happened the other times.
struct Before {
    signals: Vec<usize>,
    study: EventStudy,
}

/// Tells each strategy; gives the exit code.
pub(super) fn today(common: &Common, output: &Output, arguments: &Arguments) -> Result<u8> {
    let mut told = Vec::new();
    if arguments.strategies.is_empty() {
        for name in names().into_keys() {
            // Their markets are not announced one by one: what matters stands in the text.
            match tell(common, &output.quieted(), &name, &[]) {
                Ok(found) => told.extend(found),
                Err(failure) => output.item("left out: ", &left_out(&name, &failure)),
            }
        }
    }
    for text in &arguments.strategies {
        told.extend(tell(common, output, text, &arguments.set)?);
    }
    if output.is_json() {
        Output::json(&Value::Array(told.iter().map(as_json).collect()));
    } else {
        for (number, told) in told.iter().enumerate() {
            let blank = if number > 0 { "\n" } else { "" };
            Output::data(&format!("{blank}{}", as_text(told)));
        }
    }
    Ok(if arguments.exit_code { exit_code(&told) } else { 0 })
}

/// True if any rule is, else missing if any rule is.
fn exit_code(told: &[Told]) -> u8 {
    let any = |truth| told.iter().any(|told| told.today.truth == truth);
    if any(Some(true)) {
        TRUE
    } else if any(None) || told.is_empty() {
        MISSING
    } else {
        FALSE
    }
}

fn left_out(name: &str, failure: &Failure) -> String {
    let titles: Vec<&str> = failure.diagnostics().iter().map(|diagnostic| diagnostic.title()).collect();
    format!("{name}: {}", titles.join("; "))
}

/// Tells a strategy, once for each of its laggards.
fn tell(common: &Common, output: &Output, text: &str, sets: &[String]) -> Result<Vec<Told>> {
    let mut subject = load(common, output, text, sets)?;
    let Some(each) = subject.strategy.each.take() else {
        return Ok(vec![tell_one(subject, None)?]);
    };
    let Bound { panel, sample_taken } = subject.bound;
    let count = each.alone.len();
    let alone = each.alone.into_iter().zip(1..);
    alone
        .map(|(strategy, place)| {
            let bound = Bound { panel: panel.on_clock(strategy.traded), sample_taken };
            let alone = Subject { strategy, bound, casts: Vec::new(), default: 0 };
            tell_one(alone, Some((place, count)))
        })
        .collect()
}

fn tell_one(subject: Subject, laggard: Option<(usize, usize)>) -> Result<Told> {
    let values = subject.strategy.defaults();
    let today = look(&subject.strategy, &subject.bound.panel, &values)?;
    let before = before(&subject).map_err(|failure| {
        failure.diagnostics().iter().map(|diagnostic| diagnostic.title()).collect::<Vec<_>>().join("; ")
    });
    Ok(Told { subject, laggard, today, before })
}

fn before(subject: &Subject) -> Result<Before> {
    let days = Days::new(std::slice::from_ref(subject))?;
    let setup = Setup::within(&subject.strategy, &subject.bound.panel, 1.0, days.common)?;
    let run = single::run(&setup, &subject.strategy.defaults())?;
    Ok(Before { study: EventStudy::new(&setup, &run.signals), signals: run.signals })
}

/// Calendar days from one bar of the clock to another.
fn days(panel: &Panel, from: usize, to: usize) -> i64 {
    panel.label(to).calendar_days_since(panel.label(from))
}

fn ago(days: i64) -> String {
    match days {
        0 => "at this bar".into(),
        1 => "1 day ago".into(),
        days => format!("{days} days ago"),
    }
}

fn as_text(told: &Told) -> String {
    let (strategy, panel, today) = (&told.subject.strategy, &told.subject.bound.panel, &told.today);
    let values: Vec<String> = strategy
        .parameters
        .iter()
        .map(|parameter| format!("{} = {}", parameter.name, parameter.default.text()))
        .collect();
    let mut text = paragraph("", &strategy.title);
    let clock = &strategy.markets[panel.clock_member()].name;
    if let Some((place, count)) = told.laggard.filter(|(_, count)| *count > 1) {
        let line =
            format!("laggard {place} of {count}: {clock}; what several signal in one story counts once");
        text += &paragraph("  ", &line);
    }
    let bar = format::day(panel.label(today.bar));
    let as_of = format!("as of {bar}, the last bar of {clock}, known {}", panel.decision(today.bar));
    text += &paragraph("  ", &as_of);
    if !values.is_empty() {
        text += &paragraph("  ", &format!("with {}", values.join(", ")));
    }
    if panel.is_simulated() {
        text += &paragraph("  ", "SIMULATED days: an example, not news");
    }
    text += &paragraph("  ", &format!("the rule is {}", state(today.truth).to_uppercase()));
    for clause in &today.clauses {
        text += &paragraph(&format!("    {:7}  ", state(clause.truth)), &clause_line(told, clause));
    }
    for line in too_old(told) {
        text += &paragraph("  ", &line);
    }
    match &told.before {
        Ok(before) => text += &before_lines(told, before),
        Err(reason) => text += &paragraph("  before: ", reason),
    }
    text
}

fn clause_line(told: &Told, clause: &ClauseToday) -> String {
    let (strategy, panel, today) = (&told.subject.strategy, &told.subject.bound.panel, &told.today);
    let filled = |text: &str| strategy.filled_in(&strategy.defaults(), text);
    let mut line = filled(&clause.text);
    if let (Some(measure), Some(bound)) = (&clause.measure, &clause.bound) {
        line += &format!(": {}, {} {}", shown(measure), bound.word(), shown(&bound.of));
        if let Some(to_go) = clause.to_go() {
            line += &format!(", {} to go", difference(to_go, measure));
        }
    } else if let Some(measure) = clause.measure.as_ref().filter(|_| clause.truth != Some(true)) {
        line += &format!(": {} = {}", filled(&measure.functional), shown(measure));
    }
    if clause.truth == Some(true) {
        return line;
    }
    match clause.last_true {
        Some(bar) => {
            let when = format!("{}, {}", format::day(panel.label(bar)), ago(days(panel, bar, today.bar)));
            line + &format!("; last true {when}")
        }
        None => line + "; never true so far",
    }
}

fn shown(measured: &Measured) -> String {
    match (measured.value, measured.kind) {
        (None, _) => "missing".into(),
        (Some(value), Kind::Fraction) => format::share(value),
        (Some(value), Kind::Price) => format::price(value),
        (Some(value), kind) if kind.is_truth() => state(Some(value > 0.0)).into(),
        (Some(value), _) => format::decimal(value, if value.fract() == 0.0 { 0 } else { 2 }),
    }
}

/// What a measure must still change: percentage points, percent of a price, or a plain number.
fn difference(to_go: f64, measure: &Measured) -> String {
    match (measure.kind, measure.value) {
        (Kind::Fraction, _) => format!("{} points", format::decimal(to_go.abs() * 100.0, 1)),
        (Kind::Price, Some(price)) => format::change(to_go / price),
        _ => format::decimal(to_go, 2),
    }
}

/// What is too old to count: markets by their latest row, and lists of events.
fn too_old(told: &Told) -> Vec<String> {
    let panel = &told.subject.bound.panel;
    let decision = panel.decision(told.today.bar);
    let markets = told.subject.strategy.markets.iter().zip(&told.today.ages).zip(panel.members());
    markets
        .filter(|((_, age), _)| age.stale)
        .map(|((market, Age { known_at, .. }), series)| match known_at {
            None => format!("{} has no bar yet at that time", market.name),
            Some(known_at) => format!(
                "{} counts as missing: its last bar was known {} days before, more than {}; import newer rows",
                market.name,
                format::decimal(decision.days_since(*known_at), 1),
                format::duration(series.stale_after_days())
            ),
        })
        .chain(events_that_end_before(panel, decision))
        .collect()
}

fn before_lines(told: &Told, before: &Before) -> String {
    let (panel, today, study) = (&told.subject.bound.panel, &told.today, &before.study);
    let Some(last) = before.signals.iter().rev().find(|bar| **bar <= today.bar) else {
        return paragraph("  ", "no signal so far: there is nothing to learn from");
    };
    let signals = format!(
        "{} in {}; the last {}, {}",
        format::counted(before.signals.len(), "signal"),
        format::counted(study.episodes.len(), "episode"),
        format::day(panel.label(*last)),
        ago(days(panel, *last, today.bar))
    );
    let mut text = paragraph("  so far: ", &signals);
    let quarter = &study.horizons[QUARTER];
    let (episodes, any) = (&quarter.episodes, &quarter.all_days);
    if let (Some(median), Some(any_share), Some(any_median)) = (episodes.median, any.share_up(), any.median) {
        let line = format!(
            "{} bars after an episode began {} of {} stood higher, median {}; after any bar {}, median {}",
            quarter.bars,
            episodes.up,
            episodes.n,
            format::change(median),
            format::share(any_share),
            format::change(any_median)
        );
        text += &paragraph("          ", &line);
    }
    for episode in study.episodes.iter().rev().take(EPISODES) {
        let later = match episode.returns[QUARTER] {
            Some(later) => format!("{} after {} bars", format::change(later), quarter.bars),
            None => format!("not {} bars ago", quarter.bars),
        };
        let caught = match episode.catch_up {
            CatchUp::After(days) => format!("caught up after {}", format::counted(whole(days), "day")),
            CatchUp::NotWithin(days) => {
                format!("not caught up within {}", format::counted(whole(days), "day"))
            }
        };
        let from = format::day(panel.label(episode.episode.first()));
        text += &paragraph("          ", &format!("{from}: {later}; {caught}"));
    }
    text
}

fn whole(days: i64) -> usize {
    usize::try_from(days).unwrap_or(0)
}

fn as_json(told: &Told) -> Value {
    let (strategy, panel, today) = (&told.subject.strategy, &told.subject.bound.panel, &told.today);
    let label = |bar: usize| panel.label(bar).to_string();
    let clauses = today.clauses.iter().map(|clause| {
        let part = |measured: &Measured| json!({ "part": measured.functional, "value": measured.value });
        json!({
            "text": clause.text,
            "state": state(clause.truth),
            "measure": clause.measure.as_ref().map(part),
            "operator": clause.bound.as_ref().map(|bound| bound.operator.sign()),
            "bound": clause.bound.as_ref().map(|bound| part(&bound.of)),
            "to_go": clause.to_go(),
            "last_true": clause.last_true.map(label),
        })
    });
    let markets = strategy.markets.iter().zip(&today.ages).map(|(market, age)| {
        json!({
            "market": market.name,
            "known_at": age.known_at.map(|known_at| known_at.to_string()),
            "stale": age.stale,
        })
    });
    let before = told.before.as_ref().ok().map(|before| {
        let last = before.signals.iter().rev().find(|bar| **bar <= today.bar);
        let episodes = before.study.episodes.iter().map(|episode| {
            let (caught_up, days) = match episode.catch_up {
                CatchUp::After(days) => (true, days),
                CatchUp::NotWithin(days) => (false, days),
            };
            json!({
                "first": label(episode.episode.first()),
                "last": label(episode.episode.last()),
                "signals": episode.episode.bars.len(),
                "return": episode.returns[QUARTER],
                "caught_up": caught_up,
                "days": days,
            })
        });
        json!({
            "signals": before.signals.len(),
            "last_signal": last.map(|bar| label(*bar)),
            "days_since": last.map(|bar| days(panel, *bar, today.bar)),
            "horizon_bars": before.study.horizons[QUARTER].bars,
            "median": before.study.horizons[QUARTER].episodes.median,
            "median_of_any_bar": before.study.horizons[QUARTER].all_days.median,
            "episodes": episodes.collect::<Vec<_>>(),
        })
    });
    let parameters = strategy.parameters.iter();
    json!({
        "strategy": strategy.name,
        "title": strategy.title,
        "laggard": told.laggard.map(|_| &strategy.markets[strategy.traded].name),
        "simulated": panel.is_simulated(),
        "parameters": parameters
            .map(|parameter| (parameter.name.clone(), json!(parameter.default.text())))
            .collect::<serde_json::Map<_, _>>(),
        "bar": label(today.bar),
        "known_at": panel.decision(today.bar).to_string(),
        "state": state(today.truth),
        "clauses": clauses.collect::<Vec<_>>(),
        "markets": markets.collect::<Vec<_>>(),
        "before": before,
        "before_missing": told.before.as_ref().err(),
    })
}
