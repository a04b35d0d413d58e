//! The sections with results: equity, study, trades, metrics, sweep.

use maud::{Markup, html};

use super::super::content::{
    CatchUp, HorizonSummary, Metric, Ranking, Report, Side, SideTable, Study, StudyEpisode, Sweep, Trade,
    Unit, Value,
};
use super::super::format;
use super::Section;
use super::tables::{change, number, scrolling};

/// Most trades in the table; the latest are shown.
const MOST_TRADES: usize = 100;
/// Most episodes in the table; the latest are shown.
const MOST_EPISODES: usize = 60;

/// The account against simply holding.
pub(super) fn equity(report: &Report, figures: &Markup) -> Option<Section> {
    report.equity.as_ref()?;
    let body = html! {
        p.note {
            "The account after costs, marked at every close, against buying the traded market on the first day and "
            "holding it. A wide range is shown on a logarithmic scale: equal heights are equal factors."
        }
        (figures)
    };
    Some(Section { id: "equity", title: "Against buy and hold", body })
}

/// Prices with trades on them.
pub(super) fn prices(report: &Report, figures: &Markup) -> Option<Section> {
    (!report.prices.is_empty()).then(|| Section { id: "price", title: "On the price", body: figures.clone() })
}

/// Every trade, the latest of many.
pub(super) fn trades(report: &Report) -> Option<Section> {
    let trades = report.trades.as_ref()?;
    let hidden = trades.len().saturating_sub(MOST_TRADES);
    let several = trades.iter().any(|trade| trade.market != trades[0].market);
    let body = html! {
        @if trades.is_empty() { p { "The rule led to no trade in these days." } } @else {
            p.note {
                "Prices are fills, slippage included. Gross is before commission, net after all costs. Worst and best "
                "are the deepest loss and the highest gain on the way, from the average fill held then."
            }
            (scrolling("Trades", &trade_table(&trades[hidden..], several)))
            @if hidden > 0 {
                p.note { "The latest " (format::count(MOST_TRADES)) " of " (format::counted(trades.len(), "trade")) "; the run's folder holds all." }
            }
        }
    };
    Some(Section { id: "trades", title: "Trades", body })
}

fn trade_table(trades: &[Trade], several: bool) -> Markup {
    let short = trades.iter().any(|trade| trade.side == Side::Short);
    html! {
        table {
            thead { tr {
                @if several { th { "Market" } }
                @if short { th { "Side" } }
                th { "Signal" } th { "Entry" } th.n { "Price" } th { "Exit" } th.n { "Price" } th { "Reason" }
                th.n { "Bars" } th.n { "Gross" } th.n { "Net" } th.n { "Worst" } th.n { "Best" }
            } }
            tbody {
                @for trade in trades {
                    tr {
                        @if several { td.d { (trade.market) } }
                        @if short { td { (if trade.side == Side::Short { "short" } else { "long" }) } }
                        td.d { (format::day(trade.signal)) }
                        td.d { (format::day(trade.entry)) } td.n { (format::price(trade.entry_price)) }
                        td.d { (format::day(trade.exit)) } td.n { (format::price(trade.exit_price)) }
                        td { (trade.reason) @if trade.open { " (open)" } }
                        td.n { (format::count(trade.bars)) }
                        (change(&Value::Known(trade.gross))) (change(&Value::Known(trade.net)))
                        td.n { (format::change(trade.mae)) } td.n { (format::change(trade.mfe)) }
                    }
                }
            }
        }
    }
}

/// The metrics with what holding would have given.
pub(super) fn metrics(report: &Report) -> Option<Section> {
    let body = metric_table("Metrics", &report.metrics)?;
    Some(Section { id: "metrics", title: "In numbers", body })
}

fn metric_table(name: &str, metrics: &[Metric]) -> Option<Markup> {
    let hold = metrics.iter().any(|metric| metric.buy_and_hold.is_some());
    let exposure = metrics.iter().any(|metric| metric.average_exposure.is_some());
    let other = |figure: &Option<Value>, unit| {
        figure.as_ref().map_or_else(|| html! { td {} }, |figure| number(figure, unit))
    };
    (!metrics.is_empty()).then(|| {
        scrolling(
            name,
            &html! {
                table {
                    thead { tr {
                        th { "Figure" } th.n { @if hold || exposure { "Strategy" } @else { "Value" } }
                        @if hold { th.n { "Buy and hold" } }
                        @if exposure { th.n { "Same exposure" } }
                    } }
                    tbody {
                        @for metric in metrics {
                            tr {
                                th scope="row" {
                                    (format::plain_name(&metric.name)) span.means { (metric.definition) }
                                    @if let Some(reason) = format::reason(&metric.value) { span.why { (format::NOT_AVAILABLE) ": " (reason) } }
                                }
                                (number(&metric.value, metric.unit))
                                @if hold { (other(&metric.buy_and_hold, metric.unit)) }
                                @if exposure { (other(&metric.average_exposure, metric.unit)) }
                            }
                        }
                    }
                }
            },
        )
    })
}

/// What happened after the signals.
pub(super) fn study(report: &Report, figures: &Markup) -> Option<Section> {
    let study = report.study.as_ref()?;
    let hidden = study.episodes.len().saturating_sub(MOST_EPISODES);
    let body = html! {
        p.note {
            (study.measured) ". An episode is a run of signals of one story and counts once, by its first signal. "
            "All days are the base rate: what any day of the window was followed by."
        }
        @if let Some(caught) = &study.caught_up {
            p {
                strong { (format::count(caught.caught)) " of " (format::counted(caught.of, "episode")) } " caught up"
                @if caught.of > 0 { " (" (format::share(caught.caught as f64 / caught.of as f64)) ")" }
                "."
                @for note in &caught.notes { " " (note) }
            }
        }
        (figures)
        @if !study.summary.is_empty() {
            h3 { "Episodes against all days" }
            (scrolling("Returns by horizon", &horizon_table(&study.summary)))
        }
        @for table in &study.besides {
            h3 { (table.title) }
            (scrolling(&table.title, &side_table(table)))
            @for note in &table.notes { p.note { (note) } }
        }
        @if !study.episodes.is_empty() {
            h3 { "Every episode" }
            (scrolling("Episodes", &episode_table(study, &study.episodes[hidden..])))
            @if hidden > 0 {
                p.note { "The latest " (format::count(MOST_EPISODES)) " of " (format::counted(study.episodes.len(), "episode")) "." }
            }
        }
    };
    Some(Section { id: "study", title: "After the signal", body })
}

fn side_table(table: &SideTable) -> Markup {
    html! {
        table {
            thead { tr {
                @for (at, title) in table.head.iter().enumerate() { th.n[at > 0] { (title) } }
            } }
            tbody {
                @for (name, cells) in &table.rows {
                    tr { th scope="row" { (name) } @for cell in cells { td.n { (cell) } } }
                }
            }
        }
    }
}

fn horizon_table(summary: &[HorizonSummary]) -> Markup {
    html! {
        table {
            thead {
                tr { th rowspan="2" { "Bars after" } th.group colspan="4" { "Episodes" } th.group colspan="4" { "All days" } }
                tr { @for _ in 0..2 { th.n.first { "n" } th.n { "Median" } th.n { "Mean" } th.n { "Share up" } } }
            }
            tbody {
                @for horizon in summary {
                    tr {
                        th scope="row" { (format::count(horizon.bars)) }
                        @for side in [&horizon.episodes, &horizon.all_days] {
                            td.n.first { (format::count(side.n)) }
                            (change(&side.median)) (change(&side.mean)) (number(&side.up, Unit::Share))
                        }
                    }
                }
            }
        }
    }
}

fn episode_table(study: &Study, episodes: &[StudyEpisode]) -> Markup {
    let catching = episodes.iter().any(|episode| episode.catch_up.is_some());
    html! {
        table {
            thead { tr {
                th { "First signal" } th { "Last signal" } th.n { "Signals" }
                @for bars in &study.horizons { th.n { (format::counted(*bars, "bar")) } }
                @if catching { th.n { "Caught up" } }
            } }
            tbody {
                @for episode in episodes {
                    tr {
                        th.d scope="row" { (format::day(episode.first)) } td.d { (format::day(episode.last)) }
                        td.n { (format::count(episode.signals)) }
                        @for figure in &episode.returns { (change(figure)) }
                        @if catching { td.n { (catch_up_text(episode.catch_up)) } }
                    }
                }
            }
        }
    }
}

/// `after 31 days`, `not within 180 days`.
fn catch_up_text(catch_up: Option<CatchUp>) -> String {
    let days = |days: i64| format::counted(usize::try_from(days).unwrap_or(0), "day");
    match catch_up {
        Some(CatchUp::After(after)) => format!("after {}", days(after)),
        Some(CatchUp::NotWithin(within)) => format!("not within {}", days(within)),
        None => format::NOT_AVAILABLE.to_owned(),
    }
}

/// What other parameters would have given.
pub(super) fn sweep(report: &Report, grids: &Markup, distribution: &Markup) -> Option<Section> {
    let sweep = report.sweep.as_ref()?;
    let body = html! {
        p.note {
            "A rule that works only in one cell was found, not discovered. Look for wide fields of one colour, and for "
            "where the default stands among all."
        }
        (grids)
        (distribution)
        @if sweep.undefined > 0 {
            p.note {
                (format::counted(sweep.undefined, "combination")) " without a " (format::plain_name(&sweep.metric))
                " not drawn; they count as trials all the same."
            }
        }
        @if !sweep.ranking.rows.is_empty() {
            h3 { "The best by " (format::plain_name(&sweep.metric)) ", of " (format::count(tried(sweep))) }
            (scrolling("Ranking", &ranking_table(&sweep.ranking)))
        }
    };
    Some(Section { id: "sweep", title: "Other parameters", body })
}

fn tried(sweep: &Sweep) -> usize {
    sweep.values.len() + sweep.undefined
}

fn ranking_table(ranking: &Ranking) -> Markup {
    html! {
        table {
            thead { tr {
                th.n { "Rank" } th.n { "Number" }
                @for name in &ranking.parameters { th.n { (name) } }
                @for (name, _) in &ranking.metrics { th.n { (format::plain_name(name)) } }
            } }
            tbody {
                @for row in &ranking.rows {
                    tr class=[row.default.then_some("chosen")] {
                        td.n { (format::count(row.rank)) }
                        td.n { (format::count(row.number)) @if row.default { " " span.badge { "default" } } }
                        @for parameter in &row.parameters { td.n { (parameter) } }
                        @for (figure, (_, unit)) in row.metrics.iter().zip(&ranking.metrics) { (number(figure, *unit)) }
                    }
                }
            }
        }
    }
}
