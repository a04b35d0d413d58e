//! The parts of a position under one combination.

use crate::backtest::simulator::Scale;
use crate::strategy::file;
use crate::strategy::rule::{Assignment, Value};

/// When the parts are bought; all at once where a value that says so is `none`.
pub(super) fn of(scale: &file::Scale, values: &Assignment) -> Scale {
    let count = |setting: &file::Setting| setting.value(values).bars();
    let number = |setting: &file::Setting| Value::number(setting.value(values));
    let scale = match scale {
        file::Scale::Whole => None,
        file::Scale::Over { parts, time, .. } => {
            count(parts).zip(count(time)).map(|(parts, bars)| Scale::Over { parts, bars })
        }
        file::Scale::Deeper { parts, step } => {
            count(parts).zip(number(step)).map(|(parts, step)| Scale::Deeper { parts, step })
        }
        file::Scale::Ladder(rungs) => ladder(rungs, number),
        file::Scale::Adds(adds) => count(adds).map(Scale::Adds),
    };
    scale.unwrap_or_default()
}

/// A part without a distance is bought with the first.
fn ladder(rungs: &[file::Rung], number: impl Fn(&file::Setting) -> Option<f64>) -> Option<Scale> {
    let (mut at_once, mut later) = (0.0, Vec::new());
    for rung in rungs {
        match rung.distance.as_ref().and_then(&number) {
            Some(distance) => later.push((rung.share, distance)),
            None => at_once += rung.share,
        }
    }
    Scale::ladder(at_once, &later)
}
