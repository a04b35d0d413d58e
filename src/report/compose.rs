//! What a run found, told as a [`Report`].

mod besides;
mod choices;
mod notes;
mod several;
mod sweep;

use super::content::{
    BenchmarkRow, Benchmarks, CatchUp, CaughtUp, Claim, Counts, Distribution, Equity, Head, HorizonSummary,
    Kind, Leader, LookAhead, Metric, PaidLine, Parameter, PriceLine, PricePicture, Provenance, Report, Rule,
    SeriesFacts, Side, Span, Study, StudyEpisode, Trade, Unit, Value, Verdict,
};
use super::format;
use crate::backtest::metrics;
use crate::backtest::portfolio::{Outcome as Together, Portfolio};
use crate::backtest::simulator;
use crate::backtest::single::{self, Run, Setup};
use crate::backtest::sweep::{Family, Swept, number_of};
use crate::base::calendar::Label;
use crate::evidence::beside::Besides;
use crate::evidence::event_study::{
    self, EpisodeStudy, EventStudy, HORIZONS, all_days_path, all_days_path_of,
};
use crate::evidence::verdict;
use crate::market::indicators::{self, Truth, Window};
use crate::market::series::Series;
use crate::results::manifest::VERSION;
use crate::strategy::file::Direction;
use crate::strategy::signals;

/// Rows of the ranking.
pub const BEST_SHOWN: usize = 15;

/// Everything a run found.
pub struct Findings<'a> {
    /// The strategy on its panel.
    pub setup: &'a Setup<'a>,
    /// Several laggards: `setup` is then their face, and `run` tells of all together.
    pub several: Option<(&'a Portfolio<'a>, &'a Together)>,
    /// What kind of work it was.
    pub kind: Kind,
    /// The run, or the default combination of a sweep; its trades are left out of a study.
    pub run: &'a Run,
    /// What happened after the signals.
    pub study: &'a EventStudy,
    /// What else the strategy asks its study for.
    pub besides: &'a Besides,
    /// Other ways to hold; none of a study.
    pub benchmarks: &'a [single::Benchmark],
    /// The proof that no signal knew the future.
    pub look_ahead: signals::LookAhead,
    /// The verdict.
    pub verdict: &'a verdict::Verdict,
    /// All combinations, the metric that ranks them, and what they are of. The first strategy's default is the run.
    pub sweep: Option<(&'a Swept, &'static metrics::Metric, &'a Family<'a>)>,
    /// Each choice of symbols and strategy with the days it would have alone, where there are several.
    pub days: &'a [(String, signals::Span)],
    /// Whether the sample was taken because the store has none of the markets.
    pub sample_taken: bool,
    /// Seed of every random stream.
    pub seed: u64,
    /// Whether pictures will be drawn: what they alone show is left out otherwise.
    pub pictures: bool,
}

/// Tells what was found.
pub fn compose(findings: &Findings<'_>) -> Report {
    let traded = findings.kind != Kind::Study;
    let exposure = Some(findings.setup.exposure(findings.run).traded);
    let hold = findings.setup.constant_exposure(1.0);
    let average = Some(findings.setup.average(findings.run));
    Report {
        head: head(findings),
        verdict: Some(Verdict {
            line: findings.verdict.line.clone(),
            reasons: findings.verdict.reasons.clone(),
        }),
        counts: counts(findings),
        equity: traded
            .then(|| equity(findings, &hold.0, average.as_ref().map(|(equity, _)| equity), exposure)),
        prices: if findings.pictures { vec![price_picture(findings)] } else { Vec::new() },
        trades: traded.then(|| trades(findings)),
        metrics: if traded {
            metric_table(findings, &hold.1, average.as_ref().map(|a| &a.1))
        } else {
            vec![]
        },
        benchmarks: traded.then(|| benchmarks(findings)),
        paid: if traded { paid(findings) } else { vec![] },
        notes: notes::notes(findings),
        study: (!findings.study.episodes.is_empty()).then(|| study(findings)),
        sweep: findings.sweep.map(|(swept, metric, family)| sweep::sweep(findings, swept, metric, family)),
        rule: rule(findings),
        provenance: provenance(findings),
    }
}

/// Metrics shown of each way to hold.
const BENCHMARK_METRICS: [&str; 6] = ["total_return", "cagr", "volatility", "sharpe", "max_drawdown", "beta"];

fn benchmarks(findings: &Findings<'_>) -> Benchmarks {
    let shown: Vec<_> = BENCHMARK_METRICS.iter().filter_map(|name| metrics::find(name)).collect();
    let row = |name: &str, values: &[metrics::Value]| BenchmarkRow {
        name: name.to_owned(),
        values: shown
            .iter()
            .filter_map(|metric| metrics::index_of(metric.name))
            .map(|index| value(values[index]))
            .collect(),
    };
    let others = findings.benchmarks.iter().map(|other| row(&other.name, &other.metrics));
    Benchmarks {
        metrics: shown.iter().map(|metric| (metric.name.to_owned(), unit(metric))).collect(),
        rows: std::iter::once(row("this strategy", &findings.run.metrics)).chain(others).collect(),
    }
}

fn paid(findings: &Findings<'_>) -> Vec<PaidLine> {
    let paid = findings.run.ledger.paid;
    let lines = [
        ("commission", paid.commission),
        ("slippage", paid.slippage),
        ("borrow", paid.borrow),
        ("funding", paid.funding),
        ("interest", paid.interest),
    ];
    // Commission and slippage are always told, the others where there were any.
    let told = lines.into_iter().enumerate().filter(|(i, (_, money))| *i < 2 || money.abs() > 0.0);
    told.map(|(_, (name, money))| PaidLine { name: name.into(), share: money / findings.setup.capital })
        .collect()
}

fn label(findings: &Findings<'_>, bar_of_window: usize) -> Label {
    findings.setup.panel.label(findings.setup.window.start + bar_of_window)
}

/// The traded market, or all of a basket.
fn traded_name(setup: &Setup<'_>) -> String {
    match &setup.strategy.plan.basket {
        Some(basket) => format!("a basket of {}", format::counted(basket.others.len() + 1, "market")),
        None => market_name(setup.panel.clock_series()),
    }
}

fn market_name(series: &Series) -> String {
    series.provenance().full_name()
}

/// What an assumption about costs begins with.
const COSTS: [&str; 3] = ["commission", "slippage", "borrow"];

fn head(findings: &Findings<'_>) -> Head {
    let strategy = findings.setup.strategy;
    let notice = if findings.sample_taken && findings.kind != Kind::Demo {
        "The store has none of the rule's markets, so this ran on the embedded sample. Its days between public month-end closes and turning points are simulated: nothing here is history."
    } else {
        "The days between public month-end closes and turning points are simulated: nothing here is history."
    };
    Head {
        title: strategy.title.clone(),
        source: strategy.source.clone(),
        kind: findings.kind,
        claim: Claim {
            rule: filled_in(findings, &strategy.entry.text),
            traded: traded(findings),
            exit: filled_in(findings, &strategy.describe_exit()),
            exit_assumed: strategy.assumed.iter().any(|what| what.starts_with("exit")),
            costs: filled_in(findings, &strategy.describe_costs()),
            costs_assumed: strategy
                .assumed
                .iter()
                .any(|what| COSTS.iter().any(|cost| what.starts_with(cost))),
        },
        from: label(findings, 0),
        to: label(findings, findings.setup.window.len() - 1),
        shared: choices::shared(findings),
        alone: choices::alone(findings),
        simulated: findings.setup.panel.is_simulated().then(|| notice.to_owned()),
    }
}

/// What is put on and how much of it, by the names of the store.
fn traded(findings: &Findings<'_>) -> String {
    let (setup, strategy) = (findings.setup, findings.setup.strategy);
    let trade = strategy.describe_trade(|market| market_name(&setup.panel.members()[market]));
    let size = strategy.describe_size().map(|size| format!(", {size}")).unwrap_or_default();
    let again = strategy.describe_again().map(|again| format!(", {again}")).unwrap_or_default();
    let limit = strategy.describe_limit().map(|limit| format!(", {limit}")).unwrap_or_default();
    let scale = strategy.describe_scale().map(|scale| format!(", {scale}")).unwrap_or_default();
    filled_in(findings, &format!("{trade}{size}{limit}{scale}{again}"))
}

/// A text with the value of each named hole in its place, where one combination is told of.
fn filled_in(findings: &Findings<'_>, text: &str) -> String {
    if findings.sweep.is_some() {
        return text.to_owned();
    }
    findings.setup.strategy.filled_in(&findings.run.values, text)
}

fn counts(findings: &Findings<'_>) -> Counts {
    let open = findings.run.ledger.trades.iter().filter(|trade| trade.open).count();
    let traded = findings.kind != Kind::Study;
    let swept = findings.sweep.map(|(swept, ..)| swept);
    Counts {
        of: swept.map(|_| {
            let number = number_of(findings.setup.strategy, &findings.run.values);
            let named = number
                .map_or("the default".to_owned(), |number| format!("combination {number}, the default"));
            let values = values_in_words(findings);
            if values.is_empty() { named } else { format!("{named}: {values}") }
        }),
        signals: Some(findings.run.signals.len()),
        episodes: Some(findings.study.episodes.len()),
        trades_closed: traded.then(|| findings.run.ledger.trades.len() - open),
        trades_cut_short: traded.then(|| cut_short(findings)).filter(|count| *count > 0),
        trades_open: traded.then_some(open),
        wanting: findings.several.filter(|_| traded).and_then(|(_, together)| several::wanting(together)),
        combinations: swept.map(|swept| swept.outcome_of.len()),
        outcomes: swept.map(|swept| swept.outcomes.len()),
        without_trade: swept.map(Swept::without_trade),
        look_ahead: Some(LookAhead {
            checked: findings.look_ahead.checked,
            changed: findings.look_ahead.changed,
        }),
    }
}

/// Closed trades that ended before all their parts were bought.
fn cut_short(findings: &Findings<'_>) -> usize {
    findings.run.ledger.trades.iter().filter(|trade| trade.is_cut_short()).count()
}

/// `lag = 20%, hold = 63`
fn values_in_words(findings: &Findings<'_>) -> String {
    let named = findings.setup.strategy.parameters.iter().zip(&findings.run.values.0);
    named
        .map(|(parameter, value)| format!("{} = {}", parameter.name, value.text()))
        .collect::<Vec<_>>()
        .join(", ")
}

fn equity(
    findings: &Findings<'_>,
    hold: &[f64],
    average: Option<&Vec<f64>>,
    exposure: Option<f64>,
) -> Equity {
    let setup = findings.setup;
    let base = |curve: &[f64]| [&[setup.capital], curve].concat();
    // The base point stands at the first open: the label of the first bar less its length.
    let first = setup.panel.clock_series().opens_at(setup.window.start);
    let times = setup.window.clone().map(|bar| setup.panel.decision(bar));
    Equity {
        times: if findings.pictures {
            std::iter::once(first).chain(times).map(Label::time).collect()
        } else {
            Vec::new()
        },
        strategy: base(&findings.run.ledger.equity),
        buy_and_hold: Some(base(hold)),
        average_exposure: average.map(|curve| base(curve)),
        exposure,
    }
}

fn price_picture(findings: &Findings<'_>) -> PricePicture {
    let setup = findings.setup;
    let clock = setup.panel.clock_series();
    let spans = findings.study.episodes.iter().map(|episode| Span {
        first: setup.panel.label(episode.episode.first()),
        last: setup.panel.label(episode.episode.last()),
    });
    let leader = setup.leader();
    PricePicture {
        market: PriceLine {
            symbol: market_name(clock),
            times: setup.window.clone().map(|bar| setup.panel.label(bar)).collect(),
            closes: clock.close()[setup.window.clone()].to_vec(),
        },
        episodes: spans.collect(),
        leader: leader.and_then(|member| leader_line(findings, &setup.panel.members()[member])),
    }
}

/// The other market over the window, with its record closes; `None` where it has no bar in it.
fn leader_line(findings: &Findings<'_>, series: &Series) -> Option<Leader> {
    let (first, last) = (label(findings, 0), label(findings, findings.setup.window.len() - 1));
    let inside = |row: &usize| {
        let day = series.label(*row).calendar_date();
        day >= first.calendar_date() && day <= last.calendar_date()
    };
    let rows: Vec<usize> = (0..series.len()).filter(inside).collect();
    let records = indicators::new_high(series.close(), Window::All);
    (!rows.is_empty()).then(|| Leader {
        line: PriceLine {
            symbol: market_name(series),
            times: rows.iter().map(|&row| series.label(row)).collect(),
            closes: rows.iter().map(|&row| series.close()[row]).collect(),
        },
        records: (0..rows.len()).filter(|&i| records[rows[i]] == Truth::True).collect(),
        meaning: "record close".into(),
    })
}

fn trades(findings: &Findings<'_>) -> Vec<Trade> {
    match findings.several {
        Some((portfolio, together)) => together
            .trades
            .iter()
            .map(|&(k, number)| trade(&portfolio.members[k], &together.members[k].ledger.trades[number]))
            .collect(),
        None => findings.run.ledger.trades.iter().map(|one| trade(findings.setup, one)).collect(),
    }
}

/// A trade on the setup's own bars.
fn trade(setup: &Setup<'_>, trade: &simulator::Trade) -> Trade {
    let label = |bar: usize| setup.panel.label(setup.window.start + bar);
    Trade {
        market: traded_name(setup),
        side: match trade.side {
            simulator::Side::Long => Side::Long,
            simulator::Side::Short => Side::Short,
        },
        signal: label(trade.signal),
        entry: label(trade.entry),
        entry_price: trade.entry_price,
        exit: label(trade.exit),
        exit_price: trade.exit_price,
        reason: trade.reasons.to_string(),
        bars: trade.bars(),
        gross: trade.gross_return,
        net: trade.net_return,
        mae: trade.mae,
        mfe: trade.mfe,
        open: trade.open,
    }
}

/// A metric's value, or its reason.
fn value(value: metrics::Value) -> Value {
    match value {
        Ok(number) => Value::Known(number),
        Err(reason) => Value::Missing(reason.to_string()),
    }
}

fn optional(number: Option<f64>, reason: &str) -> Value {
    number.map_or_else(|| Value::Missing(reason.to_owned()), Value::Known)
}

fn unit(metric: &metrics::Metric) -> Unit {
    match (metric.name, metric.unit) {
        ("win_rate" | "time_in_market" | "volatility" | "ulcer", _) => Unit::Share,
        (_, metrics::Unit::Fraction) => Unit::Change,
        (_, metrics::Unit::Count) => Unit::Count,
        (_, metrics::Unit::Days) => Unit::Days,
        (_, metrics::Unit::Ratio | metrics::Unit::PerYear) => Unit::Ratio,
    }
}

/// Metrics of trades, which a market that is simply held has none of.
const OF_TRADES: [&str; 9] =
    ["trades", "wins", "win_rate", "profit_factor", "payoff", "expectancy", "sqn", "kelly", "turnover"];

fn metric_table(
    findings: &Findings<'_>,
    hold: &[metrics::Value],
    average: Option<&Vec<metrics::Value>>,
) -> Vec<Metric> {
    let rows = metrics::registry().iter().enumerate();
    rows.map(|(index, metric)| {
        let compared = !OF_TRADES.contains(&metric.name);
        Metric {
            name: metric.name.to_owned(),
            unit: unit(metric),
            value: value(findings.run.metrics[index]),
            buy_and_hold: compared.then(|| value(hold[index])),
            average_exposure: average.filter(|_| compared).map(|values| value(values[index])),
            definition: metric.definition.to_owned(),
        }
    })
    .collect()
}

/// Whether the trade waits for a rise: a short one does not ask whether its market caught up.
fn goes_long(findings: &Findings<'_>) -> bool {
    findings.setup.strategy.plan.direction == Direction::Long
}

fn study(findings: &Findings<'_>) -> Study {
    let study = findings.study;
    let of_several = findings.several.is_some() || findings.setup.strategy.plan.basket.is_some();
    let market = match findings.several {
        Some(_) => "the mean of the laggards that signalled, each".to_owned(),
        None if of_several => "the mean of the basket's markets, each".to_owned(),
        None => market_name(findings.setup.panel.clock_series()),
    };
    let long = goes_long(findings);
    Study {
        measured: if long {
            format!("{market} from the next open, before costs")
        } else {
            format!("{market} from the next open, before costs; a short earns where it falls")
        },
        horizons: HORIZONS.to_vec(),
        episodes: study.episodes.iter().map(|episode| study_episode(findings, episode)).collect(),
        summary: study
            .horizons
            .iter()
            .map(|horizon| HorizonSummary {
                bars: horizon.bars,
                episodes: distribution(&horizon.episodes),
                all_days: distribution(&horizon.all_days),
            })
            .collect(),
        median_path: study.median_path(),
        all_days_path: match findings.several {
            _ if !findings.pictures => Vec::new(),
            Some((portfolio, _)) => all_days_path_of(portfolio),
            None => all_days_path(findings.setup),
        },
        caught_up: long.then(|| CaughtUp {
            caught: study.caught_up(),
            of: study.episodes.len(),
            notes: vec![
                if of_several {
                    "Caught up means: every laggard that signalled closed strictly above the highest close it had at its signal.".to_owned()
                } else {
                    format!("Caught up means: {market} closed strictly above the highest close it had at the signal.")
                },
                "Episodes near the end of the window have had less time; an average over those that made it would flatter.".into(),
            ],
        }),
        besides: besides::tables(findings.setup.strategy, findings.besides, &|text| filled_in(findings, text)),
    }
}

fn study_episode(findings: &Findings<'_>, episode: &EpisodeStudy) -> StudyEpisode {
    let panel = findings.setup.panel;
    StudyEpisode {
        first: panel.label(episode.episode.first()),
        last: panel.label(episode.episode.last()),
        signals: episode.episode.bars.len(),
        returns: episode.returns.iter().map(|r| optional(*r, "the data end before")).collect(),
        path: episode.path.clone(),
        catch_up: goes_long(findings).then_some(match episode.catch_up {
            event_study::CatchUp::After(days) => CatchUp::After(days),
            event_study::CatchUp::NotWithin(days) => CatchUp::NotWithin(days),
        }),
    }
}

fn distribution(of: &event_study::Distribution) -> Distribution {
    let none = "no return is known";
    Distribution {
        n: of.n,
        median: optional(of.median, none),
        mean: optional(of.mean, none),
        up: optional(of.share_up(), none),
    }
}

fn rule(findings: &Findings<'_>) -> Rule {
    let strategy = findings.setup.strategy;
    let in_sweep = findings.sweep.is_some();
    let parameters = strategy.parameters.iter().zip(&findings.run.values.0).map(|(parameter, used)| {
        let values = &parameter.values;
        let range = match values.len() {
            1 => None,
            n if n <= 8 => Some(values.iter().map(|v| v.text()).collect::<Vec<_>>().join(", ")),
            n => Some(format!("{} to {} ({n} values)", values[0].text(), values[n - 1].text())),
        };
        Parameter {
            name: parameter.name.clone(),
            value: used.text().to_owned(),
            range: range.filter(|_| in_sweep),
        }
    });
    let choices = strategy
        .markets
        .iter()
        .zip(findings.setup.panel.members())
        .map(|(market, series)| format!("{} is {}.", market.name, market_name(series)));
    Rule {
        text: strategy.text.clone(),
        functional: strategy.entry.functional.clone(),
        parameters: parameters.collect(),
        choices: choices.chain(strategy.assumed.iter().map(|what| format!("Assumed: {what}."))).collect(),
    }
}

fn provenance(findings: &Findings<'_>) -> Provenance {
    let setup = findings.setup;
    let members = setup.panel.members();
    let series = members.iter().map(|series| {
        let provenance = series.provenance();
        SeriesFacts {
            symbol: provenance.symbol.clone(),
            vendor: provenance.vendor.clone(),
            file: provenance.file.clone(),
            hash: provenance.hash.clone(),
            session: series.session().name().to_owned(),
            adjustment: provenance.adjustment.clone(),
            first: series.label(0),
            last: series.label(series.len() - 1),
            rows: series.len(),
            simulated: provenance.simulated,
        }
    });
    let highs = members.iter().map(|series| {
        let (name, first, known) = (market_name(series), series.label(0), series.session().describe());
        format!("{name}: the highest close since {first}; {known}")
    });
    Provenance {
        series: series.collect(),
        bars: setup.window.len(),
        years: setup.years(),
        periods_per_year: setup.periods_per_year(),
        highs: highs.collect(),
        records: notes::records(findings),
        notes: window_notes(findings),
        version: VERSION.to_owned(),
        seed: findings.seed,
    }
}

/// What is to be known of the window and of several laggards.
fn window_notes(findings: &Findings<'_>) -> Vec<String> {
    let mut notes = late(findings);
    notes.extend(choices::notes(findings));
    let traded = findings.several.filter(|_| findings.kind != Kind::Study);
    notes.extend(traded.map(|(portfolio, _)| several::note(portfolio)));
    notes
}

fn late(findings: &Findings<'_>) -> Vec<String> {
    let (setup, strategy) = (findings.setup, findings.setup.strategy);
    let choice = strategy.every_value();
    match signals::warm_up(strategy, choice, setup.panel) {
        Some(bar) if bar <= setup.window.start => vec![],
        Some(bar) if bar < setup.window.end => vec![format!(
            "The window begins before the longest look-back is full: some combinations could not act before {}, and their bars until then count as flat.",
            setup.panel.label(bar)
        )],
        _ => vec![
            "The longest look-back is never full inside the window: some combinations could not act at all."
                .into(),
        ],
    }
}
