//! Longer bars of shorter ones, session by session.
//!
//! A bar of `1d` is one session of the market; a shorter one begins at the session's opening or a whole number of its
//! lengths after it, and ends with the session at the latest. It is known when its time is over, not at its last trade:
//! before that no one can say that it is whole. The first and the last bar are made only where the series covers them
//! wholly.

use super::derived::Derived;
use super::times::bar_name;
use super::{Incoming, Store, catalogue};
use crate::base::calendar::{Instant, Label, LabelKind, Session};
use crate::base::diagnostic::{Diagnostic, Result};
use crate::market::series::{Field, Provenance, Rows, Series};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Longer bars, and what should be known of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampled {
    /// The bars, of the same symbol, vendor and adjustment.
    pub series: Series,
    /// Their length as text: `1d`, `4h`.
    pub bar: String,
    /// What was left out, and which bars hold less than most.
    pub facts: Vec<String>,
}

impl Store {
    /// Resamples the series called `name` to bars of `to` (`1d`, `4h`, `15m`) and stores them as a series of the same
    /// symbol, vendor and adjustment.
    ///
    /// # Errors
    /// As [`Store::resolve`], [`Store::load`] and [`resample`]; where an imported series has that name, unless
    /// `replace`; where the folder cannot be written.
    pub fn resample(&mut self, name: &str, to: &str, replace: bool) -> Result<Derived> {
        let entry = self.resolve(name)?.clone();
        let Resampled { series, bar, facts } = resample(&self.load(&entry)?, to)?;
        let origin = format!("resampled from {}", entry.identity());
        let incoming = Incoming { series: &series, bar: &bar, origin: Some(&origin) };
        let stored = self.put_derived(&[incoming], replace)?;
        Ok(Derived::each(stored, &facts).remove(0))
    }
}

/// Makes bars of `target` (`1d`, `4h`, `15m`) of shorter ones.
///
/// # Errors
/// Where `target` is no such length, the series has no bars within the day, its bars do not fit into the longer ones,
/// or not one is complete.
pub fn resample(series: &Series, target: &str) -> Result<Resampled> {
    let name = series.provenance().full_name();
    let length = length(target)?;
    if series.session().is_published() || series.label_kind() == LabelKind::Date {
        return Err(Diagnostic::new(format!(
            "{name}: only bars within the day can be made into longer ones"
        ))
        .hint("name a series of shorter bars, as in `BTCUSDT@binance/4h`")
        .into());
    }
    let (buckets, outside) = buckets(series, length)?;
    let mut facts = Vec::new();
    if outside > 0 {
        facts.push(format!("{outside} bars outside the sessions are left out"));
    }
    let kept = complete(series, &buckets, &mut facts);
    if kept.is_empty() {
        return Err(Diagnostic::new(format!("{name}: it covers no whole bar of {target}"))
            .hint("import a longer history, or resample to shorter bars")
            .into());
    }
    facts.extend(thin(kept));
    let label_kind = if length == MICROS_PER_DAY { LabelKind::Date } else { LabelKind::Time };
    let rows = join(series, kept);
    let bar = bar_name(length);
    let provenance = Provenance { bar: catalogue::named_bar(&bar, false), ..series.provenance().clone() };
    let series =
        Series::new(provenance, series.session().clone(), label_kind, series.stale_after_days(), rows)?;
    Ok(Resampled { series, bar, facts })
}

/// A length in microseconds, at most a day.
fn length(target: &str) -> Result<i64> {
    const UNITS: [(&str, i64); 3] = [("m", 60_000_000), ("h", 3_600_000_000), ("d", MICROS_PER_DAY)];
    let wrong = || {
        Diagnostic::new(format!("`{target}` is no length of bars to resample to"))
            .hint("write minutes, hours or one day, as in `15m`, `4h` or `1d`")
    };
    let (unit, micros) = UNITS.iter().find(|(unit, _)| target.ends_with(unit)).ok_or_else(wrong)?;
    let digits = target.strip_suffix(unit).unwrap_or_default();
    // More than four digits are more than a day.
    let count = digits.parse::<u16>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let length = i64::from(count.ok_or_else(wrong)?) * micros;
    if length > 0 && length <= MICROS_PER_DAY { Ok(length) } else { Err(wrong().into()) }
}

/// The time of one longer bar and the rows that lie in it.
#[derive(Debug, Clone)]
struct Bucket {
    label: i64,
    start: i64,
    end: i64,
    rows: Vec<usize>,
}

/// Sorts the rows into longer bars; also the number of rows outside the market's hours.
fn buckets(series: &Series, length: i64) -> Result<(Vec<Bucket>, usize)> {
    let mut buckets: Vec<Bucket> = Vec::new();
    let mut outside = 0;
    for row in 0..series.len() {
        let opens = series.opens_at(row);
        let same = buckets.last().is_some_and(|last| (last.start..last.end).contains(&opens.micros()));
        if !same {
            let Some(bucket) = bucket_at(series.session(), opens, length) else {
                outside += 1;
                continue;
            };
            buckets.push(bucket);
        }
        let Some(bucket) = buckets.last_mut() else { continue };
        if series.known_at(row).micros() > bucket.end {
            let name = series.provenance().full_name();
            let end = Instant::from_micros(bucket.end);
            return Err(Diagnostic::new(format!(
                "{name}: its bars do not fit into bars of {}",
                bar_name(length)
            ))
            .detail(format!("the bar {} ends {}, beyond {end}", series.label(row), series.known_at(row)))
            .hint("take a length that is a multiple of the bars' own, or `1d`, or shorter bars to begin with")
            .into());
        }
        bucket.rows.push(row);
    }
    Ok((buckets, outside))
}

fn bucket_at(session: &Session, opens: Instant, length: i64) -> Option<Bucket> {
    let day = session.trading_day(opens)?;
    let times = session.day(day);
    let (open, close) = (times.opens_at.micros(), times.known_at.micros());
    if length == MICROS_PER_DAY {
        // A holiday's hours come before the usual opening of the trade date they belong to.
        let start = open.min(opens.micros());
        return Some(Bucket { label: Label::date(day).micros(), start, end: close, rows: Vec::new() });
    }
    let start = open + (opens.micros() - open).div_euclid(length) * length;
    Some(Bucket { label: start, start, end: (start + length).min(close), rows: Vec::new() })
}

/// The buckets without a first and a last one that the series covers in part only.
fn complete<'a>(series: &Series, buckets: &'a [Bucket], facts: &mut Vec<String>) -> &'a [Bucket] {
    let mut kept = buckets;
    let named = |bucket: &Bucket| Instant::from_micros(bucket.start);
    if let [first, rest @ ..] = kept
        && first.rows.first() == Some(&0)
        && series.opens_at(0).micros() > first.start
    {
        facts.push(format!("the series begins within the bar from {}, which is left out", named(first)));
        kept = rest;
    }
    if let [rest @ .., last] = kept
        && series.known_at(series.len() - 1).micros() < last.end
    {
        facts.push(format!("the bar from {} is not over yet: it is left out", named(last)));
        kept = rest;
    }
    kept
}

/// How many bars hold fewer rows than most do.
fn thin(buckets: &[Bucket]) -> Option<String> {
    let mut counts: Vec<usize> = buckets.iter().map(|bucket| bucket.rows.len()).collect();
    counts.sort_unstable();
    let usual = counts.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).map(|run| run[0])?;
    let thin = counts.partition_point(|&count| count < usual);
    (thin > 0).then(|| {
        format!("{thin} of {} bars hold fewer than the usual {usual}: early closes, or gaps", counts.len())
    })
}

fn join(series: &Series, buckets: &[Bucket]) -> Rows {
    let mut rows = Rows {
        labels: buckets.iter().map(|bucket| bucket.label).collect(),
        opens_at: buckets.iter().map(|bucket| series.opens_at(bucket.rows[0]).micros()).collect(),
        known_at: buckets.iter().map(|bucket| bucket.end).collect(),
        ..Rows::default()
    };
    let column = |field: Field, join: fn(&mut dyn Iterator<Item = f64>) -> f64| -> Vec<f64> {
        let Some(values) = series.column(field) else { return Vec::new() };
        buckets.iter().map(|bucket| join(&mut bucket.rows.iter().map(|&row| values[row]))).collect()
    };
    rows.open = column(Field::Open, |values| values.next().unwrap_or(f64::NAN));
    rows.high = column(Field::High, |values| values.fold(f64::NEG_INFINITY, f64::max));
    rows.low = column(Field::Low, |values| values.fold(f64::INFINITY, f64::min));
    rows.close = column(Field::Close, |values| values.last().unwrap_or(f64::NAN));
    rows.volume = column(Field::Volume, |values| values.sum());
    rows
}

#[cfg(test)]
mod tests;
