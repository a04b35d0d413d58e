//! How could this be wrong? A short honest list, worded from the facts of the report itself.

use super::content::{Report, Trade};
use super::format;

/// Nothing is called significant below this many episodes.
const ENOUGH_EPISODES: usize = 20;

/// One way in which the report could mislead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub text: String,
}

fn caution(title: impl Into<String>, text: impl Into<String>) -> Option<Caution> {
    Some(Caution { title: title.into(), text: text.into() })
}

/// The cautions that this report's facts call for, the gravest first.
pub fn cautions(report: &Report) -> Vec<Caution> {
    [
        look_ahead(report),
        simulated(report),
        few_episodes(report),
        one_trade(report),
        many_trials(report),
        choice_of_data(report),
        costs(report),
        one_history(report),
        hindsight(report),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn look_ahead(report: &Report) -> Option<Caution> {
    let check = report.counts.look_ahead.filter(|check| check.changed > 0)?;
    caution(
        "Signals that knew the future",
        format!(
            "{} of {} changed when later data were cut off. This is a fault of the program: trust nothing here, \
             and please report it.",
            format::count(check.changed),
            format::counted(check.checked, "signal")
        ),
    )
}

fn simulated(report: &Report) -> Option<Caution> {
    report.head.simulated.as_ref()?;
    caution(
        "Days that never happened",
        "The prices are simulated. The page shows what the program does, and nothing about any market.",
    )
}

fn few_episodes(report: &Report) -> Option<Caution> {
    let episodes = report.counts.episodes.filter(|episodes| *episodes < ENOUGH_EPISODES)?;
    if episodes == 0 {
        return caution("No episode", "The rule was never true in these days, so they say nothing about it.");
    }
    let signals = report.counts.signals.unwrap_or(episodes);
    let weight = if signals > episodes {
        format!(
            "Signals that lie close together tell one story: {} weigh like {}, one for each episode. ",
            format::counted(signals, "signal"),
            format::counted(episodes, "observation")
        )
    } else {
        String::new()
    };
    caution(
        format!("Only {}", format::counted(episodes, "episode")),
        format!("{weight}Below {ENOUGH_EPISODES} episodes nothing is called significant here."),
    )
}

/// What the mean trade becomes without the best one.
fn one_trade(report: &Report) -> Option<Caution> {
    let closed: Vec<&Trade> = report.trades.as_ref()?.iter().filter(|trade| !trade.open).collect();
    let best = closed.iter().max_by(|a, b| a.net.total_cmp(&b.net)).filter(|_| closed.len() > 1)?;
    let total: f64 = closed.iter().map(|trade| trade.net).sum();
    let mean = total / closed.len() as f64;
    let others = (total - best.net) / (closed.len() - 1) as f64;
    caution(
        "The weight of one trade",
        format!(
            "{} gave {} on average. Without the best of them (entered {}, {}) the average is {}.",
            format::counted(closed.len(), "closed trade"),
            format::change(mean),
            format::day(best.entry),
            format::change(best.net),
            format::change(others)
        ),
    )
}

fn many_trials(report: &Report) -> Option<Caution> {
    let tried = report.counts.combinations.filter(|tried| *tried > 1)?;
    let outcomes = report.counts.outcomes.map_or_else(String::new, |outcomes| {
        format!(" These led to {} of trades.", format::counted(outcomes, "different list"))
    });
    caution(
        format!("{} tried", format::counted(tried, "combination")),
        format!(
            "The best of many looks good even where nothing works.{outcomes} Read the whole field of combinations, \
             not its peak, and count those tried elsewhere too."
        ),
    )
}

fn choice_of_data(report: &Report) -> Option<Caution> {
    if report.head.simulated.is_some() || report.provenance.series.is_empty() {
        return None;
    }
    let used: Vec<String> = report
        .provenance
        .series
        .iter()
        .map(|facts| format!("{} by {}", facts.symbol, facts.vendor))
        .collect();
    caution(
        "The choice of data",
        format!(
            "A record can be made or missed by a cent. Used here: {}. Another vendor's copy, or prices adjusted for \
             dividends, can add or remove signals and turn the result.",
            used.join(", ")
        ),
    )
}

fn costs(report: &Report) -> Option<Caution> {
    report.trades.as_ref()?;
    let assumed = if report.head.claim.costs_assumed { " They were assumed, not given." } else { "" };
    caution(
        "Costs and fills",
        format!(
            "Costs are {}.{assumed} Orders fill at the stated price whatever their size; taxes, and the effect of \
             the order on the market, are not in it.",
            report.head.claim.costs
        ),
    )
}

fn one_history(report: &Report) -> Option<Caution> {
    if report.provenance.bars == 0 {
        return None;
    }
    caution(
        "One history",
        format!(
            "These are {} years that happened once, {} to {}. Rates, rules and who holds these markets changed \
             within them, and will again.",
            format::decimal(report.provenance.years, 1),
            format::day(report.head.from),
            format::day(report.head.to)
        ),
    )
    .filter(|_| report.head.simulated.is_none())
}

fn hindsight(report: &Report) -> Option<Caution> {
    if report.head.simulated.is_some() {
        return None;
    }
    caution(
        "Hindsight",
        "Whoever wrote the rule knew some of these days. Only days after the rule was written down test it fairly.",
    )
}
