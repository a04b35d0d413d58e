//! A file of events, read line by line.

use super::{Events, Occurrence};
use crate::base::calendar::{Date, Instant, Zone, parse_date};
use crate::base::diagnostic::{Diagnostic, Failure, Result, Source, nearest};
use crate::base::text::quoted;

const COLUMNS: [&str; 3] = ["at", "announced", "called_off"];
const MICROS_PER_MINUTE: i64 = 60_000_000;
const EXAMPLE: &str =
    "write a line such as `# covers: 2009-01-03 to 2027-12-31`: outside of it nothing is known";

type Parsed<T> = std::result::Result<T, Diagnostic>;

/// Reads one file and tells everything that is wrong with it.
pub(super) fn events(name: &str, file: &str, text: &str) -> Result<Events> {
    let source = Source::new(file, text);
    let mut reader = Reader { source: &source, zone: Zone::named("UTC")?, columns: Vec::new() };
    let (mut span, mut rows, mut errors) = (None, Vec::new(), Vec::new());
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let place = Place { offset, text: line.trim_end() };
        offset += line.len();
        let read = match place.text.strip_prefix('#') {
            Some(comment) => reader.comment(place, comment, &mut span),
            None if place.text.is_empty() => Ok(()),
            None if reader.columns.is_empty() => reader.header(place),
            None => reader.row(place).map(|row| rows.push((row, place))),
        };
        errors.extend(read.err());
    }
    if span.is_none() && errors.is_empty() {
        errors.push(Diagnostic::new(format!("{file} does not say which span it covers")).hint(EXAMPLE));
    }
    let (from, to) = span.unwrap_or_default();
    let (from, to) = (reader.end_of(from).0, reader.end_of(to).1);
    if errors.is_empty() {
        errors.extend(reader.out_of_order(&rows, from, to));
    }
    match Failure::from_all(errors) {
        Some(failure) => Err(failure),
        None => Ok(Events {
            name: name.to_owned(),
            hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
            scheduled: reader.columns.contains(&"announced"),
            from,
            to,
            rows: rows.into_iter().map(|(row, _)| row).collect(),
        }),
    }
}

/// A line and where it begins.
#[derive(Clone, Copy)]
struct Place<'a> {
    offset: usize,
    text: &'a str,
}

struct Reader<'a> {
    source: &'a Source,
    zone: Zone,
    columns: Vec<&'static str>,
}

impl Reader<'_> {
    fn error(&self, place: Place<'_>, title: impl Into<String>, label: &str) -> Diagnostic {
        Diagnostic::new(title).at(self.source, place.offset..place.offset + place.text.len(), label)
    }

    /// `# covers: A to B` and `# timezone: Z`; anything else is for people.
    fn comment(&mut self, place: Place<'_>, comment: &str, span: &mut Option<(Date, Date)>) -> Parsed<()> {
        let Some((key, value)) = comment.split_once(':') else { return Ok(()) };
        match key.trim() {
            "covers" => {
                let dates = value.split_once(" to ").and_then(|(from, to)| {
                    let dates = (parse_date(from.trim()).ok()?, parse_date(to.trim()).ok()?);
                    Some(dates).filter(|(from, to)| from < to)
                });
                let wrong =
                    || self.error(place, "the span cannot be read", "two dates are wanted").hint(EXAMPLE);
                *span = Some(dates.ok_or_else(wrong)?);
            }
            "timezone" => {
                self.zone = Zone::named(value.trim()).map_err(|failure| {
                    let hints = failure.diagnostics().iter().flat_map(|d| d.hints().to_vec());
                    let error = self.error(
                        place,
                        format!("unknown time zone `{}`", quoted(value.trim())),
                        "this zone",
                    );
                    hints.fold(error, Diagnostic::hint)
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    fn header(&mut self, place: Place<'_>) -> Parsed<()> {
        for name in place.text.split(',').map(str::trim) {
            if self.columns.contains(&name) {
                let title = format!("the column `{}` is there twice", quoted(name));
                return Err(self.error(place, title, "the header").hint("leave one of the two"));
            }
            let Some(known) = COLUMNS.iter().find(|known| **known == name) else {
                let title = format!("`{}` is no column of events", quoted(name));
                let error = self.error(place, title, "the header");
                return Err(match nearest(name, COLUMNS) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint("the columns are at, announced, called_off; `at` alone is enough"),
                });
            };
            self.columns.push(known);
        }
        if self.columns.first() != Some(&"at") {
            self.columns = vec!["at"];
            return Err(self.error(place, "the first column is `at`", "the header"));
        }
        Ok(())
    }

    fn row(&self, place: Place<'_>) -> Parsed<Occurrence> {
        let cells: Vec<&str> = place.text.split(',').map(str::trim).collect();
        if cells.len() != self.columns.len() {
            let title = format!("{} cells in a row of {} columns", cells.len(), self.columns.len());
            return Err(self.error(place, title, "this row"));
        }
        let cell = |column: &str| {
            let at = self.columns.iter().position(|name| *name == column);
            let text = at.map_or("", |at| cells[at]);
            if text.is_empty() { Ok(None) } else { self.instant(place, text).map(Some) }
        };
        let Some(at) = cell("at")? else {
            return Err(self.error(place, "an event without its time", "this row"));
        };
        let (announced, called_off) = (cell("announced")?, cell("called_off")?);
        if announced.is_some_and(|announced| announced >= at) {
            return Err(self
                .error(place, "announced when it had happened already", "this row")
                .hint("leave `announced` empty for an event that came as a surprise"));
        }
        if called_off
            .is_some_and(|called_off| called_off > at || announced.is_none_or(|first| called_off < first))
        {
            return Err(self.error(
                place,
                "called off before it was announced, or after it happened",
                "this row",
            ));
        }
        Ok(Occurrence { at, announced, called_off })
    }

    /// `2024-04-20 00:09`, or a date alone for the end of its day.
    fn instant(&self, place: Place<'_>, text: &str) -> Parsed<Instant> {
        let wrong = || {
            self.error(place, format!("`{}` is no time", quoted(text)), "this row")
                .hint("write 2024-09-18 14:00, or 2024-09-18 for the end of that day")
        };
        let (day, time) = text.split_once([' ', 'T']).map_or((text, None), |(day, time)| (day, Some(time)));
        let day = parse_date(day).map_err(|reason| {
            let hint = "write 2024-09-18 14:00, or 2024-09-18 for the end of that day";
            self.error(place, reason, "this row").hint(hint)
        })?;
        let Some(time) = time else { return Ok(self.end_of(day).1) };
        let (hour, minute) = time.split_once(':').ok_or_else(wrong)?;
        let number = |text: &str, below: i64| {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i64>().ok().filter(|number| digits && *number < below).ok_or_else(wrong)
        };
        let of_day = (number(hour, 24)? * 60 + number(minute, 60)?) * MICROS_PER_MINUTE;
        match self.zone.instants(day, of_day) {
            [Some(instant), None] => Ok(instant),
            _ => Err(self.error(place, format!("`{text}` is skipped or repeated by the clock"), "this row")),
        }
    }

    /// The instants at which a day begins and ends in the file's zone: in UTC where the clocks skip midnight, and where
    /// the calendar ends.
    fn end_of(&self, day: Date) -> (Instant, Instant) {
        let midnight = |day: Date| self.zone.instants(day, 0)[0];
        let ends = day.tomorrow().ok().and_then(midnight);
        (midnight(day).unwrap_or(Instant::start_of(day)), ends.unwrap_or(Instant::end_of(day)))
    }

    fn out_of_order(
        &self,
        rows: &[(Occurrence, Place<'_>)],
        from: Instant,
        to: Instant,
    ) -> Option<Diagnostic> {
        let late = rows.windows(2).find(|pair| pair[0].0.at >= pair[1].0.at).map(|pair| pair[1].1);
        if let Some(place) = late {
            return Some(self.error(place, "events out of order", "not after the row before"));
        }
        let outside = rows.iter().find(|(row, _)| row.at < from || row.at > to).map(|(_, place)| *place);
        outside.map(|place| {
            self.error(place, "an event outside of the span that the file covers", "this row").hint(EXAMPLE)
        })
    }
}
