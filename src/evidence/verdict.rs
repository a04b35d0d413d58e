//! What would a careful analyst say of this history, in one line?
//!
//! From the counts alone: nothing is called significant below [`FEWEST_EPISODES`] episodes.

use super::event_study::{EventStudy, Horizon};
use crate::base::num::counted;
use crate::strategy::file::Direction;

/// Below this number of episodes no result is called significant, whatever its size.
pub const FEWEST_EPISODES: usize = 20;

/// A line and the reasons for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The line.
    pub line: String,
    /// The reasons, each a sentence.
    pub reasons: Vec<String>,
}

/// What was tried, where more than one combination was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trials {
    /// Combinations.
    pub combinations: usize,
    /// Distinct outcomes.
    pub outcomes: usize,
}

/// Judges by the counts.
pub fn verdict(study: &EventStudy, direction: Direction, trials: Option<Trials>) -> Verdict {
    let (signals, episodes) = (study.signals(), study.episodes.len());
    let mut reasons = Vec::new();
    let line = match episodes {
        0 => "the rule never fired: nothing to tell".to_owned(),
        1 => "1 episode: too few to tell".to_owned(),
        n if n < FEWEST_EPISODES => format!("{n} episodes: too few to tell"),
        n => format!("{n} episodes: enough to ask, and not yet tested against chance"),
    };
    if episodes > 0 {
        reasons.push(format!(
            "{} {} into {}: signals of one story are one observation.",
            counted(signals, "signal"),
            if signals == 1 { "falls" } else { "fall" },
            counted(episodes, "episode")
        ));
        if episodes < FEWEST_EPISODES {
            reasons.push(format!("Below {FEWEST_EPISODES} episodes no result is called significant here."));
        }
        // A new high is what a long position waits for; a short one waits for a fall.
        if direction == Direction::Long {
            reasons.push(format!("{} of {episodes} caught up by the end of the window.", study.caught_up()));
        }
        if let Some(widest) = study.horizons.iter().rev().find(|horizon| horizon.episodes.n > 0) {
            reasons.push(compare(widest, direction));
        }
    }
    if let Some(trials) = trials {
        reasons.push(format!(
            "The best of {} ({}) is the best by construction: how much of it is luck is not assessed.",
            counted(trials.combinations, "combination"),
            counted(trials.outcomes, "distinct outcome")
        ));
    }
    Verdict { line, reasons }
}

impl Verdict {
    /// Adds how so many laggards count.
    #[must_use]
    pub fn of_several(mut self, laggards: usize) -> Self {
        if laggards > 1 && !self.reasons.is_empty() {
            self.reasons.push(format!(
                "{laggards} laggards are asked, and those that signal in one story are one observation: the mean of what came after each."
            ));
        }
        self
    }
}

fn compare(horizon: &Horizon, direction: Direction) -> String {
    let (word, came) = match direction {
        Direction::Long => ("higher", horizon.episodes.up),
        Direction::Short => ("lower", horizon.episodes.down),
    };
    let any_day = match direction {
        Direction::Long => horizon.all_days.share_up(),
        Direction::Short => horizon.all_days.share_down(),
    };
    format!(
        "{} bars after an episode began, {came} of {} stood {word}; after any day of the window, {} did.",
        horizon.bars,
        horizon.episodes.n,
        any_day.map_or("unknown".into(), |share| format!("{:.0}%", share * 100.0))
    )
}
