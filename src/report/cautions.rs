//! How could this be wrong? A short honest list, worded from the facts of the report itself.

use super::content::{Report, Trade};
use super::format;

/// Nothing is called significant below this many episodes.
const ENOUGH_EPISODES: usize = 20;

/// A history that was so old at the first signal has seen a record come and go.
const OLD_ENOUGH_YEARS: f64 = 5.0;

/// One way in which the report could mislead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub text: String,
}

impl Caution {
    fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: title.into(), text: text.into() }
    }
}

/// The cautions that this report's facts call for, the gravest first.
pub fn cautions(report: &Report) -> Vec<Caution> {
    [
        look_ahead(report),
        simulated(report),
        few_episodes(report),
        trades_of_one_story(report),
        one_trade(report),
        many_trials(report),
        young_records(report),
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
    Some(Caution::new(
        "Signals that knew the future",
        format!(
            "{} of {} changed when later data were cut off. This is a fault of the program: trust nothing here, \
             and please report it.",
            format::count(check.changed),
            format::counted(check.checked, "signal")
        ),
    ))
}

fn simulated(report: &Report) -> Option<Caution> {
    report.head.simulated.as_ref()?;
    Some(Caution::new(
        "Days that never happened",
        "The prices are simulated. The page shows what the program does, and nothing about any market.",
    ))
}

fn few_episodes(report: &Report) -> Option<Caution> {
    let episodes = report.counts.episodes.filter(|episodes| *episodes < ENOUGH_EPISODES)?;
    if episodes == 0 {
        return Some(Caution::new(
            "No episode",
            "The rule was never true in these days, so they say nothing about it.",
        ));
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
    Some(Caution::new(
        format!("Only {}", format::counted(episodes, "episode")),
        format!("{weight}Below {ENOUGH_EPISODES} episodes nothing is called significant here."),
    ))
}

/// Trades of several markets that one story led to.
fn trades_of_one_story(report: &Report) -> Option<Caution> {
    let trades = report.trades.as_ref()?;
    let episodes = report.counts.episodes.filter(|episodes| trades.len() > *episodes)?;
    trades.windows(2).find(|pair| pair[0].market != pair[1].market)?;
    Some(Caution::new(
        "Trades that are not independent",
        format!(
            "{} in several markets come from {}. Laggards move together: win rate, expectancy and whatever else counts \
             trades look surer than they are.",
            format::counted(trades.len(), "trade"),
            format::counted(episodes, "episode")
        ),
    ))
}

/// What the mean trade becomes without the best one.
fn one_trade(report: &Report) -> Option<Caution> {
    let closed: Vec<&Trade> = report.trades.as_ref()?.iter().filter(|trade| !trade.open).collect();
    let best = closed.iter().max_by(|a, b| a.net.total_cmp(&b.net)).filter(|_| closed.len() > 1)?;
    let total: f64 = closed.iter().map(|trade| trade.net).sum();
    let mean = total / closed.len() as f64;
    let others = (total - best.net) / (closed.len() - 1) as f64;
    Some(Caution::new(
        "The weight of one trade",
        format!(
            "{} gave {} on average. Without the best of them (entered {}, {}) the average is {}.",
            format::counted(closed.len(), "closed trade"),
            format::change(mean),
            format::day(best.entry),
            format::change(best.net),
            format::change(others)
        ),
    ))
}

fn many_trials(report: &Report) -> Option<Caution> {
    let tried = report.counts.combinations.filter(|tried| *tried > 1)?;
    let outcomes = report.counts.outcomes.map_or_else(String::new, |outcomes| {
        format!(" These led to {} of trades.", format::counted(outcomes, "different list"))
    });
    Some(Caution::new(
        format!("{} tried", format::counted(tried, "combination")),
        format!(
            "The best of many looks good even where nothing works.{outcomes} Read the whole field of combinations, \
             not its peak, and count those tried elsewhere too."
        ),
    ))
}

/// Records of a market whose history in the store had hardly begun at the first signal.
fn young_records(report: &Report) -> Option<Caution> {
    let young: Vec<String> = report
        .provenance
        .records
        .iter()
        .filter(|record| record.years < OLD_ENOUGH_YEARS)
        .map(|record| {
            format!(
                "{} goes back to {}, {} years before the first signal",
                record.market,
                format::day(record.since),
                format::decimal(record.years, 1)
            )
        })
        .collect();
    (!young.is_empty()).then(|| {
        Caution::new(
            "Records of a young history",
            format!(
                "A record, and the distance from one, counts from the first bar in the store. {}. What traded higher \
                 before that makes a record of what was none at the time.",
                young.join("; ")
            ),
        )
    })
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
    Some(Caution::new(
        "The choice of data",
        format!(
            "A record can be made or missed by a cent. Used here: {}. Another vendor's copy, or prices adjusted for \
             dividends, can add or remove signals and turn the result.",
            used.join(", ")
        ),
    ))
}

fn costs(report: &Report) -> Option<Caution> {
    report.trades.as_ref()?;
    let assumed = if report.head.claim.costs_assumed { " They were assumed, not given." } else { "" };
    Some(Caution::new(
        "Costs and fills",
        format!(
            "Costs are {}.{assumed} Orders fill at the stated price whatever their size; taxes, and the effect of \
             the order on the market, are not in it.",
            report.head.claim.costs
        ),
    ))
}

fn one_history(report: &Report) -> Option<Caution> {
    if report.provenance.bars == 0 || report.head.simulated.is_some() {
        return None;
    }
    Some(Caution::new(
        "One history",
        format!(
            "These are {} years that happened once, {} to {}. Rates, rules and who holds these markets changed \
             within them, and will again.",
            format::decimal(report.provenance.years, 1),
            format::day(report.head.from),
            format::day(report.head.to)
        ),
    ))
}

fn hindsight(report: &Report) -> Option<Caution> {
    if report.head.simulated.is_some() {
        return None;
    }
    Some(Caution::new(
        "Hindsight",
        "Whoever wrote the rule knew some of these days. Only days after the rule was written down test it fairly.",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn titles(report: &Report) -> Vec<String> {
        cautions(report).into_iter().map(|caution| caution.title).collect()
    }

    #[test]
    fn cautions_follow_the_facts() {
        let mut report = samples::everything();
        report.head.simulated = None;
        let said = titles(&report);
        assert!(
            said.contains(&"Only 2 episodes".to_owned()) && said.contains(&"6 combinations tried".to_owned())
        );
        report.counts.episodes = Some(20);
        report.counts.combinations = Some(1);
        let said = titles(&report);
        assert!(!said.iter().any(|title| title.contains("episode") || title.contains("tried")), "{said:?}");
    }

    #[test]
    fn a_signal_that_knew_the_future_comes_first() {
        let mut report = samples::everything();
        report.counts.look_ahead = Some(super::super::content::LookAhead { checked: 8, changed: 1 });
        assert_eq!(titles(&report)[0], "Signals that knew the future");
    }

    #[test]
    fn records_of_a_young_history_are_a_doubt() {
        let mut report = samples::everything();
        let record = |years| super::super::content::Record {
            market: "LEAD@made-up".into(),
            since: report.head.from,
            years,
        };
        let (old, young) = (record(5.0), record(0.54));
        report.provenance.records = vec![old.clone()];
        assert_eq!(young_records(&report), None);
        report.provenance.records = vec![old, young];
        let found = young_records(&report).map(|caution| caution.text).unwrap_or_default();
        insta::assert_snapshot!(found, @"A record, and the distance from one, counts from the first bar in the store. LEAD@made-up goes back to 2024-01-01, 0.5 years before the first signal. What traded higher before that makes a record of what was none at the time.");
    }

    #[test]
    fn the_best_trade_is_taken_out() {
        let found = one_trade(&samples::everything()).map(|caution| caution.text).unwrap_or_default();
        insta::assert_snapshot!(found, @"2 closed trades gave +3.9% on average. Without the best of them (entered 2024-02-11, +12.0%) the average is -4.3%.");
    }
}
