//! A strategy as a TOML file. Every wrong key and value is told with its place, all in one go. What is traded,
//! how and at which cost is read in `trade` and `costs`.

mod costs;
mod markets;
mod several;
mod study;
mod syntax;
mod trade;

use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::compile::Pieces;
use super::constraint::Constraint;
use super::several::{Listed, Read, misfit, strategy};
use super::{DEFAULT_GAP_DAYS, Piece, Strategy, Window};
use crate::base::calendar::parse_date;
use crate::base::diagnostic::{Diagnostic, Failure, Result, Source, nearest};
use crate::base::num::grouped;
use crate::base::text::{LineStarts, is_unseen, quoted};
use crate::strategy::rule::{
    Expression, Fragment, Names, Parameter, Parser, Value, Vocabulary, is_taken, parse_range, parse_value,
};

type Parsed<T> = std::result::Result<T, Diagnostic>;
type Entry<'a> = (&'a str, Range<usize>, &'a Spanned<DeValue<'a>>);

/// The longest title, and the longest of the other texts for people.
const LONGEST_TITLE: usize = 200;
const LONGEST_NOTE: usize = 10_000;

/// The longest name of a market or of events, and how many of each, and of parameters, a strategy has at most.
const LONGEST_NAME: usize = 64;
const MOST_NAMES: usize = 1_000;
/// The longest gap between two episodes, in days: the years of the calendar have fewer.
const MOST_GAP_DAYS: u32 = 1_000_000;

/// All parameters of a file together have no more values than this.
const MOST_VALUES: usize = 1_000_000;

const TABLES: [&str; 14] = [
    "title",
    "source",
    "note",
    "markets",
    "events",
    "window",
    "params",
    "sweep",
    "entry",
    "exit",
    "size",
    "costs",
    "risk_free",
    "study",
];

/// Reads a strategy file.
pub(super) fn read(name: &str, source: &Source, vocabulary: &dyn Vocabulary) -> Result<Strategy> {
    let text = source.text.to_string();
    let (root, errors) = DeTable::parse_recoverable(&text);
    if let Some(failure) = Failure::from_all(syntax::faults(source, &errors)) {
        return Err(failure);
    }
    let read = |laggard: usize| {
        let mut reader = Reader {
            source: source.clone(),
            lines: LineStarts::of(&source.text),
            errors: Vec::new(),
            laggard,
            listed: None,
            not_tables: Vec::new(),
        };
        let mut names = Names::new(vocabulary);
        let pieces = reader.pieces(name, root.get_ref(), &mut names);
        match (Failure::from_all(reader.errors), pieces) {
            (None, Some(pieces)) => Ok(Read { pieces, names, listed: reader.listed }),
            (Some(failure), _) => Err(failure),
            (None, None) => {
                Err(Diagnostic::new(format!("{}: the strategy is not whole", source.name)).into())
            }
        }
    };
    strategy(read, |strategy, listed| {
        let mut errors = unused(source, root.get_ref(), strategy);
        errors.extend(listed.and_then(|listed| misfit(strategy, source, listed.span.clone())));
        errors
    })
}

/// A message for each parameter that is used nowhere, at its name.
fn unused(source: &Source, root: &DeTable<'_>, strategy: &Strategy) -> Vec<Diagnostic> {
    let unused = strategy.unused_parameters();
    let tables = root.iter().filter(|(key, _)| ["markets", "params"].contains(&key.get_ref().as_ref()));
    let keys = tables.filter_map(|(table, value)| Some((table.get_ref(), value.get_ref().as_table()?)));
    let keys = keys.flat_map(|(table, keys)| keys.iter().map(move |(key, _)| (table == "markets", key)));
    keys.filter(|(_, key)| unused.contains(&key.get_ref().as_ref()))
        .map(|(market, key)| {
            let name = key.get_ref();
            let (what, label, use_it) = if market {
                ("market", "no rule and no trade has it", format!("`{name}`"))
            } else {
                ("parameter", "no rule and no setting has it in braces", format!("{{{name}}}"))
            };
            Diagnostic::new(format!("the {what} `{name}` is used nowhere"))
                .at(source, key.span(), label)
                .detail("a sweep would try every combination once for each of its values")
                .hint(format!("use it as {use_it}, or remove it"))
        })
        .collect()
}

/// What stands where something else is wanted, by its name in TOML.
fn this_is(found: &str) -> String {
    let article = if found.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("this is {article} {found}")
}

/// Walks the file and collects what is wrong.
struct Reader {
    source: Source,
    lines: LineStarts,
    errors: Vec<Diagnostic>,
    /// Which of several laggards the file is read for.
    laggard: usize,
    /// The list of them, once it has been read.
    listed: Option<Listed>,
    /// Tables that are there as something else: they are not missing, too.
    not_tables: Vec<String>,
}

impl Reader {
    fn error(&self, title: impl Into<String>, span: Range<usize>, label: impl Into<String>) -> Diagnostic {
        Diagnostic::new(title).at(&self.source, span, label)
    }

    /// Keeps a value or notes what was wrong with it.
    fn keep<T>(&mut self, read: Parsed<T>) -> Option<T> {
        read.map_err(|error| self.errors.push(error)).ok()
    }

    /// The entries of a table, refusing keys that are not known.
    fn entries<'a>(&mut self, table: &'a DeTable<'a>, known: &[&str], place: &str) -> Vec<Entry<'a>> {
        let mut entries = Vec::new();
        for (key, value) in table {
            let word: &str = key.get_ref();
            if known.is_empty() || known.contains(&word) {
                entries.push((word, key.span(), value));
                continue;
            }
            let title = format!("`{}` is no key of {place}", quoted(word));
            let mut error = self.error(title, key.span(), "not known");
            error = match nearest(word, known.iter().copied()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("the keys are {}", known.join(", "))),
            };
            self.errors.push(error);
        }
        entries
    }

    fn table<'a>(&mut self, root: &'a DeTable<'a>, name: &str, known: &[&str]) -> Option<Vec<Entry<'a>>> {
        let (_, value) = root.iter().find(|(key, _)| key.get_ref() == name)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(self.entries(table, known, &format!("[{name}]"))),
            other => {
                let found = other.type_str();
                let error = self.error(format!("`{name}` is a table"), value.span(), this_is(found));
                self.errors
                    .push(error.hint(format!("write `[{name}]` on a line of its own, and its keys below")));
                self.not_tables.push(format!("[{name}]"));
                None
            }
        }
    }

    fn pieces(&mut self, name: &str, root: &DeTable<'_>, names: &mut Names<'_>) -> Option<Pieces> {
        let top = self.entries(root, &TABLES, "a strategy file");
        let text_of = |reader: &mut Self, key: &str, longest: usize| {
            let (.., value) = top.iter().find(|(k, ..)| *k == key)?;
            reader.prose(value, longest)
        };
        let title = text_of(self, "title", LONGEST_TITLE);
        let (source, note) = (text_of(self, "source", LONGEST_NOTE), text_of(self, "note", LONGEST_NOTE));
        let (files, listed_files) = self.markets(root, names);
        self.events(root, names);
        self.parameters(root, names);
        let constraint = self.constraint(root, names);
        let window = self.window(root);
        let trade = self.trade(root, names);
        let (risk_free, risk_free_series) = self.risk_free(root, names);
        let study = self.study(root, names);
        let trade = trade?;
        Some(Pieces {
            name: name.to_owned(),
            title: title.unwrap_or_else(|| name.to_owned()),
            source,
            note,
            text: self.source.text.to_string(),
            files,
            listed_files,
            traded: trade.entry.traded,
            others: None,
            fill: trade.entry.fill,
            size: trade.fraction,
            entry: trade.entry.rule,
            exit_rule: trade.exit.rule,
            after: trade.exit.after,
            after_in_bars: trade.exit.after_in_bars,
            stop: trade.exit.stop,
            target: trade.exit.target,
            trail: trade.exit.trail,
            commission: trade.commission,
            slippage: trade.slippage,
            plan: trade.plan,
            window,
            risk_free,
            risk_free_series,
            assumed: Vec::new(),
            study,
            constraint,
        })
    }

    fn missing(&mut self, what: &str, hint: &str) {
        if self.not_tables.iter().any(|table| what.ends_with(table.as_str())) {
            return;
        }
        let end = self.source.text.len();
        let error = self.error(format!("{what} is missing"), end..end, "the file ends without it").hint(hint);
        self.errors.push(error);
    }

    /// The text of a string.
    fn text(&mut self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let fragment = self.fragment(value);
        self.keep(fragment).map(|fragment| fragment.text)
    }

    /// A text for people: of at most so many characters, without any that act on a terminal; a title has one line.
    fn prose(&mut self, value: &Spanned<DeValue<'_>>, longest: usize) -> Option<String> {
        let text = self.text(value)?;
        let is_kept = |c: char| longest == LONGEST_NOTE && matches!(c, '\n' | '\r' | '\t');
        let wrong = if text.chars().nth(longest).is_some() {
            Some((format!("a text of more than {longest} characters"), "shorten it".to_owned()))
        } else {
            let unseen = text.chars().find(|c| is_unseen(*c) && !is_kept(*c));
            unseen.map(|c| {
                let c = c.escape_default();
                (
                    format!("the character `{c}` cannot stand in this text"),
                    "it is not seen: take it away".to_owned(),
                )
            })
        };
        let Some((title, hint)) = wrong else { return Some(text) };
        self.errors.push(self.error(title, value.span(), "this text").hint(hint));
        None
    }

    /// Whether a name of a market or of events can be one; else it is told why not.
    fn check_name(&mut self, name: &str, span: &Range<usize>) -> bool {
        let wrong = if name.is_empty() {
            "it is empty"
        } else if name.len() > LONGEST_NAME {
            "it is too long"
        } else if name.starts_with(['=', '+', '-', '@']) {
            "spreadsheets take it for a formula"
        } else if name.contains(|c: char| is_unseen(c) || matches!(c, '`' | ';' | '|' | '"')) {
            "it has a character that names do not have"
        } else {
            return true;
        };
        let error = self.error(format!("`{}` cannot be a name", quoted(name)), span.clone(), wrong);
        self.errors.push(error.hint("begin with a letter, a digit or `^`, as in btc, `S&P` or `^GSPC`"));
        false
    }

    /// Whether one more of something fits that a strategy has a few of.
    fn has_room(&mut self, count: usize, what: &str, span: &Range<usize>) -> bool {
        if count < MOST_NAMES {
            return true;
        }
        if count == MOST_NAMES {
            let title = format!("a strategy has at most {MOST_NAMES} {what}");
            self.errors.push(self.error(title, span.clone(), "one more").hint("write several strategies"));
        }
        false
    }

    /// A string as a part of the file that messages can point into; numbers and dates count as they are written.
    fn fragment(&self, value: &Spanned<DeValue<'_>>) -> Parsed<Fragment> {
        let span = value.span();
        let raw = &self.source.text[span.clone()];
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) if number.radix() != 10 => {
                let error = self.error(format!("`{raw}` is not a decimal number"), span, "this number");
                let decimal = u64::from_str_radix(number.as_str(), number.radix());
                return Err(match decimal {
                    Ok(decimal) => error.hint(format!("write it with the digits 0 to 9: `{decimal}`")),
                    Err(_) => error.hint("write it with the digits 0 to 9"),
                });
            }
            DeValue::Integer(_) | DeValue::Float(_) => raw.strip_prefix('+').unwrap_or(raw).to_owned(),
            DeValue::Datetime(_) => raw.to_owned(),
            other => {
                let error = self.error("a text or a number is wanted here", span, this_is(other.type_str()));
                return Err(error.hint("write one value: a text in quotes, or a number"));
            }
        };
        // Where the text stands in the file as it is, messages point there; with escapes they show it apart.
        match raw.find(&text) {
            Some(inside) => Ok(Fragment { source: self.source.clone(), offset: span.start + inside, text }),
            None => {
                let line = self.lines.line(span.start).0 + 1;
                Ok(Fragment::whole(Source::new(format!("{}, text of line {line}", self.source.name), text)))
            }
        }
    }

    /// `[events]`: a name and the file of its dates.
    fn events(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) {
        for (at, (name, span, value)) in
            self.table(root, "events", &[]).unwrap_or_default().into_iter().enumerate()
        {
            if !self.has_room(at, "events", &span) || !self.check_name(name, &span) {
                continue;
            }
            if is_taken(name) || names.events().iter().any(|events| events.name.eq_ignore_ascii_case(name)) {
                let error = self.error(format!("`{name}` cannot be a name of events"), span, "taken already");
                self.errors.push(error.hint("give the events another name"));
            } else if let Some(path) = self.text(value) {
                names.declare_events(name, &path);
            }
        }
    }

    /// A number of days from 0 to `most`: `30`, `"30"`, `"30 days"`.
    fn days<T: TryFrom<u32>>(&mut self, value: &Spanned<DeValue<'_>>, most: u32) -> Option<T> {
        let text = self.text(value)?;
        let said = text.trim();
        let digits = said.strip_suffix("days").or(said.strip_suffix("day")).unwrap_or(said).trim_end();
        let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        let number = parse_value(digits).ok().filter(|_| whole).and_then(|value| value.text().parse().ok());
        let days = number.filter(|days| (0..=most).contains(days)).and_then(|days| T::try_from(days).ok());
        if days.is_none() {
            let fault = if whole { "is out of range" } else { "is not a number of days" };
            let label = format!("a whole number from 0 to {}", grouped(most as usize));
            let error = self.error(format!("`{said}` {fault}"), value.span(), label);
            self.errors.push(error.hint("as in 30 or \"30 days\""));
        }
        days
    }

    fn parameters(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) {
        for (at, (name, span, value)) in
            self.table(root, "params", &[]).unwrap_or_default().into_iter().enumerate()
        {
            if !self.has_room(at, "parameters", &span) {
                continue;
            }
            if !crate::strategy::rule::is_identifier(name) {
                self.errors.push(self.error(
                    format!("`{}` cannot be a parameter's name", quoted(name)),
                    span,
                    "use letters, digits and _",
                ));
                continue;
            }
            if names.parameters().iter().any(|parameter| parameter.name == name) {
                let error =
                    self.error(format!("`{name}` is a market of several symbols"), span, "taken already");
                self.errors.push(error.hint("give the parameter another name"));
                continue;
            }
            // One that is wrong stays known by name, so that its uses are not told as unknown, too.
            let unread = || Value::Word("none".into());
            let mut parameter = self.parameter(name, value);
            let counts = names.parameters().iter().chain(&parameter).map(|parameter| parameter.values.len());
            if counts.sum::<usize>() > MOST_VALUES {
                let title = format!("all parameters together have more than {} values", grouped(MOST_VALUES));
                self.errors.push(self.error(title, value.span(), "this one").hint("take larger steps"));
                parameter = None;
            }
            names.declare_parameter(
                parameter.unwrap_or_else(|| Parameter::new(name, unread(), vec![unread()])),
            );
        }
    }

    fn parameter(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Parameter> {
        let DeValue::Table(table) = value.get_ref() else {
            let default = self.value(value)?;
            return Some(Parameter::new(name, default.clone(), vec![default]));
        };
        let (mut default, mut values) = (None, None);
        for (key, _, value) in self.entries(table, &["default", "sweep"], "a parameter") {
            match key {
                "default" => default = Some(self.value(value)?),
                _ => values = Some(self.sweep(value)?),
            }
        }
        let values = match (values, &default) {
            (Some(values), _) => values,
            (None, Some(default)) => vec![default.clone()],
            (None, None) => {
                self.errors.push(
                    self.error(format!("the parameter `{name}` has no value"), value.span(), "empty").hint(
                        "{ default = \"20%\", sweep = { from = \"5%\", to = \"50%\", step = \"5%\" } }",
                    ),
                );
                return None;
            }
        };
        let default = match default {
            Some(default) => {
                self.is_tried(name, &default, &values, table)?;
                default
            }
            None => values[0].clone(),
        };
        Some(Parameter::new(name, default, values))
    }

    /// Whether the default is one of the values that a sweep tries.
    fn is_tried(&mut self, name: &str, default: &Value, values: &[Value], table: &DeTable<'_>) -> Option<()> {
        if values.iter().any(|value| value.text() == default.text()) {
            return Some(());
        }
        let span = table.iter().find(|(key, _)| key.get_ref() == "default").map(|(_, value)| value.span());
        let (first, last) = (values[0].text(), values[values.len() - 1].text());
        let listed = if values.len() > 8 {
            format!("{first}, {}, … {last}", values[1].text())
        } else {
            values.iter().map(Value::text).collect::<Vec<_>>().join(", ")
        };
        let title = format!("the default `{}` of `{name}` is none of its sweep's values", default.text());
        let error = self.error(title, span?, "a run would have what no sweep has");
        self.errors.push(
            error
                .hint(format!("the values are {listed}: write one of them, or add it to them"))
                .hint(format!("left out, the default is the first: {first}")),
        );
        None
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let fragment = self.fragment(value);
        let fragment = self.keep(fragment)?;
        let parsed =
            parse_value(&fragment.text).map_err(|reason| self.error(reason, value.span(), "this value"));
        self.keep(parsed)
    }

    fn sweep(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Vec<Value>> {
        let values = match value.get_ref() {
            DeValue::Array(array) => {
                array.iter().map(|value| self.value(value)).collect::<Option<Vec<_>>>()?
            }
            DeValue::Table(table) => {
                let mut ends = [None, None, None];
                for (key, _, value) in self.entries(table, &["from", "to", "step"], "a range") {
                    let index = ["from", "to", "step"].iter().position(|k| *k == key)?;
                    ends[index] = Some(self.text(value)?);
                }
                let [Some(from), Some(to), Some(step)] = ends else {
                    let error = self.error("a range needs from, to and step", value.span(), "not whole");
                    self.errors.push(error.hint("as in { from = \"5%\", to = \"50%\", step = \"5%\" }"));
                    return None;
                };
                let range = parse_range(&from, &to, &step).map_err(|r| {
                    self.error(r, value.span(), "this range").hint(
                        "a range includes both ends, as in { from = \"5%\", to = \"50%\", step = \"5%\" }",
                    )
                });
                self.keep(range)?
            }
            other => {
                let found = other.type_str();
                self.errors.push(
                    self.error("a sweep is a list or a range", value.span(), this_is(found))
                        .hint("[21, 63, 126] or { from = 5, to = 50, step = 5 }"),
                );
                return None;
            }
        };
        if values.is_empty() {
            self.errors.push(
                self.error("a sweep needs at least one value", value.span(), "empty")
                    .hint("write values, as in [21, 63, 126], or leave `sweep` out"),
            );
            return None;
        }
        let checked = crate::strategy::rule::no_repeats(&values)
            .map_err(|r| self.error(r, value.span(), "this list").hint("write each value once"));
        self.keep(checked)?;
        Some(values)
    }

    /// The condition that a sweep's combinations fit.
    fn constraint(&mut self, root: &DeTable<'_>, names: &Names<'_>) -> Option<Constraint> {
        let (_, _, value) = self.table(root, "sweep", &["where"])?.into_iter().next()?;
        let text = self.text(value)?;
        let read = Constraint::parse(&text, names.parameters()).map_err(|reason| {
            self.error(reason, value.span(), "this condition").hint(
                "compare parameters with each other or with values: where = \"hold < window and lag > 10%\"",
            )
        });
        self.keep(read)
    }

    fn window(&mut self, root: &DeTable<'_>) -> Window {
        let mut window = Window { from: None, to: None, gap_days: DEFAULT_GAP_DAYS };
        for (key, _, value) in self.table(root, "window", &["from", "to", "gap"]).unwrap_or_default() {
            if key == "gap" {
                // One that is wrong has been told: the file is refused, whatever stands here.
                window.gap_days = self.days::<u32>(value, MOST_GAP_DAYS).map_or(DEFAULT_GAP_DAYS, i64::from);
                continue;
            }
            let Some(text) = self.text(value) else { continue };
            let date = parse_date(&text).map_err(|reason| self.error(reason, value.span(), "this date"));
            let date = self.keep(date);
            if key == "from" { window.from = date } else { window.to = date }
        }
        window
    }

    /// Reads a text by the rule language, to its end.
    fn piece(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        names: &mut Names<'_>,
        read: impl FnOnce(&mut Parser<'_, '_, '_>) -> Parsed<Expression>,
    ) -> Option<Piece> {
        let fragment = self.fragment(value);
        let fragment = self.keep(fragment)?;
        let expression = Parser::new(&fragment, names).and_then(|mut parser| {
            let expression = read(&mut parser)?;
            if parser.at_end() { Ok(expression) } else { Err(parser.unexpected("the end of the text")) }
        });
        self.errors.extend(names.take_noted());
        let expression = self.keep(expression)?;
        Some(Piece { fragment, expression })
    }

    /// A number that `fits`, and between which it must lie where it does not.
    fn number(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        place: &str,
        range: &str,
        fits: impl Fn(f64) -> bool,
    ) -> Option<f64> {
        let parsed = self.value(value)?;
        let number = parsed.number().filter(|number| fits(*number));
        if number.is_none() {
            let title = format!("`{}` cannot be {place}", parsed.text());
            let error = self.error(title, value.span(), range);
            self.errors.push(if range.contains('%') {
                error.hint("write a percentage, as in 2%")
            } else {
                error
            });
        }
        number
    }
}
