//! A strategy as a TOML file. Every wrong key and value is told with its place, all in one go.

mod study;

use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::compile::{BarrierPiece, Pieces, compile};
use super::constraint::Constraint;
use super::sentence::{on_close, period};
use super::{DEFAULT_GAP_DAYS, FileMarket, FillPrice, Piece, Strategy, Window};
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Failure, Result, Source, nearest};
use crate::strategy::rule::{
    Expression, Fragment, Names, Parameter, Parser, Stop, Value, Vocabulary, is_taken, parse_range,
    parse_value,
};

type Parsed<T> = std::result::Result<T, Diagnostic>;
type Entry<'a> = (&'a str, Range<usize>, &'a Spanned<DeValue<'a>>);

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
    let root = DeTable::parse(&text).map_err(|error| {
        let message = error.message().lines().next().unwrap_or("this is no TOML").to_owned();
        Diagnostic::new(format!("the file cannot be read: {message}"))
            .at(source, error.span().unwrap_or(0..0), "not TOML from here")
            .hint("`catchup strategy new NAME` writes a file that reads")
    })?;
    let mut reader = Reader { source: source.clone(), errors: Vec::new() };
    let mut names = Names::new(vocabulary);
    let pieces = reader.pieces(name, root.get_ref(), &mut names);
    match (Failure::from_all(reader.errors), pieces) {
        (None, Some(pieces)) => {
            let strategy = compile(pieces, &names)?;
            match Failure::from_all(unused(source, root.get_ref(), &strategy)) {
                Some(failure) => Err(failure),
                None => Ok(strategy),
            }
        }
        (Some(failure), _) => Err(failure),
        (None, None) => Err(Diagnostic::new(format!("{}: the strategy is not whole", source.name)).into()),
    }
}

/// A message for each parameter that is used nowhere, at its name.
fn unused(source: &Source, root: &DeTable<'_>, strategy: &Strategy) -> Vec<Diagnostic> {
    let parameters = root.iter().find(|(key, _)| key.get_ref() == "params").map(|(_, value)| value.get_ref());
    let Some(DeValue::Table(parameters)) = parameters else { return Vec::new() };
    let unused = strategy.unused_parameters();
    let keys = parameters.iter().map(|(key, _)| key).filter(|key| unused.contains(&key.get_ref().as_ref()));
    keys.map(|key| {
        Diagnostic::new(format!("the parameter `{}` is used nowhere", key.get_ref()))
            .at(source, key.span(), "no rule and no setting has it in braces")
            .detail("a sweep would try every combination once for each of its values")
            .hint(format!("use it as {{{}}}, or remove it", key.get_ref()))
    })
    .collect()
}

/// Walks the file and collects what is wrong.
struct Reader {
    source: Source,
    errors: Vec<Diagnostic>,
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
            let mut error = self.error(format!("`{word}` is no key of {place}"), key.span(), "not known");
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
                self.errors.push(self.error(
                    format!("`{name}` is a table"),
                    value.span(),
                    format!("this is a {found}"),
                ));
                None
            }
        }
    }

    fn pieces(&mut self, name: &str, root: &DeTable<'_>, names: &mut Names<'_>) -> Option<Pieces> {
        let top = self.entries(root, &TABLES, "a strategy file");
        let text_of = |reader: &mut Self, key: &str| {
            top.iter().find(|(k, ..)| *k == key).and_then(|(_, _, value)| reader.text(value))
        };
        let title = text_of(self, "title");
        let (source, note) = (text_of(self, "source"), text_of(self, "note"));
        let files = self.markets(root, names);
        self.events(root, names);
        self.parameters(root, names);
        let constraint = self.constraint(root, names);
        let window = self.window(root);
        let entry = self.entry(root, names);
        let exit = self.exit(root, names);
        let (commission, slippage) = self.costs(root, names);
        let study = self.study(root, names);
        let size = self.fraction(root, ("size", "fraction"), 1.0, |size| size > 0.0 && size <= 1.0);
        let risk_free = self.fraction(root, ("risk_free", "annual"), 0.0, |rate| rate > -1.0);
        let (traded, fill, entry) = entry?;
        let exit = exit?;
        Some(Pieces {
            name: name.to_owned(),
            title: title.unwrap_or_else(|| name.to_owned()),
            source,
            note,
            text: self.source.text.to_string(),
            files,
            traded,
            fill,
            size,
            entry,
            exit_rule: exit.rule,
            after: exit.after,
            after_in_bars: exit.after_in_bars,
            stop: exit.stop,
            target: exit.target,
            trail: exit.trail,
            commission: commission?,
            slippage: slippage?,
            window,
            risk_free,
            assumed: Vec::new(),
            study,
            constraint,
        })
    }

    fn missing(&mut self, what: &str, hint: &str) {
        let end = self.source.text.len();
        let error = self.error(format!("{what} is missing"), end..end, "the file ends without it").hint(hint);
        self.errors.push(error);
    }

    /// The text of a string.
    fn text(&mut self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let fragment = self.fragment(value);
        self.keep(fragment).map(|fragment| fragment.text)
    }

    /// A string as a part of the file that messages can point into; numbers count as their text.
    fn fragment(&self, value: &Spanned<DeValue<'_>>) -> Parsed<Fragment> {
        let span = value.span();
        let raw = &self.source.text[span.clone()];
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Datetime(datetime) => datetime.to_string(),
            other => {
                return Err(self.error(
                    "a text is wanted here",
                    span,
                    format!("this is a {}", other.type_str()),
                ));
            }
        };
        // Where the text stands in the file as it is, messages point there; with escapes they show it apart.
        match raw.find(&text) {
            Some(inside) => Ok(Fragment { source: self.source.clone(), offset: span.start + inside, text }),
            None => {
                let line = self.source.text[..span.start].matches('\n').count() + 1;
                Ok(Fragment::whole(Source::new(format!("{}, text of line {line}", self.source.name), text)))
            }
        }
    }

    fn markets(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) -> Vec<Option<FileMarket>> {
        let mut files = Vec::new();
        for (name, span, value) in self.table(root, "markets", &[]).unwrap_or_default() {
            if names.markets().iter().any(|market| market.name.eq_ignore_ascii_case(name)) {
                self.errors.push(self.error(
                    format!("the market `{name}` is there twice"),
                    span,
                    "second one",
                ));
                continue;
            }
            if is_taken(name) {
                let error =
                    self.error(format!("`{name}` is a word of the rule language"), span, "no market's name");
                self.errors.push(error.hint("give the market another name"));
            }
            if let DeValue::Table(table) = value.get_ref() {
                let file = self.file_market(table, value.span()).unwrap_or_default();
                names.declare_market(name, &file.path);
                files.push(Some(file));
            } else if let Some(symbol) = self.text(value) {
                let target = names.vocabulary().symbol(&symbol).unwrap_or(symbol);
                names.declare_market(name, &target);
                files.push(None);
            }
        }
        files
    }

    /// `[events]`: a name and the file of its dates.
    fn events(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) {
        for (name, span, value) in self.table(root, "events", &[]).unwrap_or_default() {
            if is_taken(name) || names.events().iter().any(|events| events.name.eq_ignore_ascii_case(name)) {
                let error = self.error(format!("`{name}` cannot be a name of events"), span, "taken already");
                self.errors.push(error.hint("give the events another name"));
            } else if let Some(path) = self.text(value) {
                names.declare_events(name, &path);
            }
        }
    }

    fn file_market(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<FileMarket> {
        let known = ["file", "session", "close", "timezone", "release_lag", "stale_after"];
        let mut file = FileMarket::default();
        for (key, _, value) in self.entries(table, &known, "a market") {
            let text = self.text(value);
            match key {
                "file" => file.path = text.unwrap_or_default(),
                "session" => file.session = text,
                "close" => file.close = text,
                "timezone" => file.timezone = text,
                _ => {
                    let days = self.days(value);
                    let days = days.and_then(|days| u16::try_from(days).ok());
                    if key == "release_lag" { file.release_lag = days } else { file.stale_after = days }
                }
            }
        }
        if file.path.is_empty() {
            self.errors.push(
                self.error("a market given by a table needs its file", span, "no `file` here")
                    .hint("{ file = \"prices.csv\", session = \"custom\" }, or a symbol in quotes"),
            );
            return None;
        }
        Some(file)
    }

    /// A number of days: `30`, `"30"`, `"30 days"`.
    fn days(&mut self, value: &Spanned<DeValue<'_>>) -> Option<usize> {
        let text = self.text(value)?;
        let digits = text.trim().trim_end_matches("days").trim_end_matches("day").trim();
        let days = digits.parse().ok();
        if days.is_none() {
            self.errors.push(self.error(format!("`{text}` is no number of days"), value.span(), "as in 30"));
        }
        days
    }

    fn parameters(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) {
        for (name, span, value) in self.table(root, "params", &[]).unwrap_or_default() {
            if !crate::strategy::rule::is_identifier(name) {
                self.errors.push(self.error(
                    format!("`{name}` cannot be a parameter's name"),
                    span,
                    "use letters, digits and _",
                ));
                continue;
            }
            // One that is wrong stays known by name, so that its uses are not told as unknown, too.
            let unread = || Value::Word("none".into());
            let parameter = self.parameter(name, value);
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
        Some(Parameter::new(name, default.unwrap_or_else(|| values[0].clone()), values))
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
                    self.errors.push(self.error(
                        "a range needs from, to and step",
                        value.span(),
                        "not whole",
                    ));
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
                    self.error("a sweep is a list or a range", value.span(), format!("this is a {found}"))
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
        let checked =
            crate::strategy::rule::no_repeats(&values).map_err(|r| self.error(r, value.span(), "this list"));
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
                window.gap_days =
                    self.days(value).and_then(|d| i64::try_from(d).ok()).unwrap_or(DEFAULT_GAP_DAYS);
                continue;
            }
            let Some(text) = self.text(value) else { continue };
            let date = text.parse::<Date>().map_err(|_| {
                self.error(format!("`{text}` is no date"), value.span(), "write it as 2020-01-31")
            });
            let date = self.keep(date);
            if key == "from" { window.from = date } else { window.to = date }
        }
        window
    }

    fn entry(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) -> Option<(usize, FillPrice, Piece)> {
        let Some(entries) = self.table(root, "entry", &["long", "when", "fill"]) else {
            self.missing("[entry]", "say what to buy and when: long = \"btc\", when = \"…\"");
            return None;
        };
        let (mut traded, mut rule, mut fill) = (None, None, FillPrice::Open);
        let (mut long_said, mut when_said) = (false, false);
        for (key, _, value) in entries {
            match key {
                "long" => {
                    long_said = true;
                    traded = self.traded(value, names);
                }
                "when" => {
                    when_said = true;
                    rule = self.piece(value, names, |parser| parser.rule(Stop::End));
                }
                _ => fill = self.fill(value)?,
            }
        }
        if !long_said {
            self.missing("`long` under [entry]", "name the market to buy: long = \"btc\"");
        }
        if !when_said {
            self.missing("`when` under [entry]", "write the rule: when = \"russell hits a high\"");
        }
        Some((traded?, fill, rule?))
    }

    fn traded(&mut self, value: &Spanned<DeValue<'_>>, names: &mut Names<'_>) -> Option<usize> {
        let fragment = self.fragment(value);
        let fragment = self.keep(fragment)?;
        if let Some(market) = names.market(fragment.text.trim()) {
            return Some(market);
        }
        let known: Vec<_> = names.markets().iter().map(|market| market.name.clone()).collect();
        self.errors.push(
            self.error(format!("no market is called `{}`", fragment.text), value.span(), "not known")
                .hint(format!("the markets are {}", known.join(", "))),
        );
        None
    }

    fn fill(&mut self, value: &Spanned<DeValue<'_>>) -> Option<FillPrice> {
        match self.text(value)?.as_str() {
            "open" => Some(FillPrice::Open),
            "close" => Some(FillPrice::Close),
            other => {
                let error = self
                    .error(format!("`{other}` is no price to fill at"), value.span(), "`open` or `close`")
                    .detail("orders fill at the next bar's open or close, never at a price already seen");
                self.errors.push(error);
                None
            }
        }
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

    fn exit(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) -> Option<ExitPieces> {
        let Some(entries) = self.table(root, "exit", &["when", "after", "stop", "target", "trail"]) else {
            self.missing(
                "[exit]",
                "say when to leave: after = \"63 days\"; or after = \"none\" to hold to the end",
            );
            return None;
        };
        let mut exit = ExitPieces::default();
        for (key, _, value) in entries {
            match key {
                "when" if value.get_ref().as_str() == Some("none") => {}
                "when" => exit.rule = Some(self.piece(value, names, |parser| parser.rule(Stop::End))?),
                "after" => {
                    exit.after = Some(self.piece(value, names, |parser| {
                        let setting = parser.setting()?;
                        exit.after_in_bars = period(parser).unwrap_or(false);
                        Ok(setting)
                    })?);
                }
                _ => {
                    let mut closes = false;
                    let distance = self.piece(value, names, |parser| {
                        let setting = parser.setting()?;
                        closes = on_close(parser)?;
                        Ok(setting)
                    })?;
                    let barrier = Some(BarrierPiece { distance, on_close: closes });
                    match key {
                        "stop" => exit.stop = barrier,
                        "target" => exit.target = barrier,
                        _ => exit.trail = barrier,
                    }
                }
            }
        }
        Some(exit)
    }

    fn costs(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) -> (Option<Piece>, Option<Piece>) {
        const HINT: &str =
            "write commission = \"10 bps\" and slippage = \"5 bps\" per side; \"none\" must be written out";
        let Some(entries) = self.table(root, "costs", &["commission", "slippage"]) else {
            self.missing("[costs]", HINT);
            return (None, None);
        };
        let (mut commission, mut slippage) = (None, None);
        let keys: Vec<_> = entries.iter().map(|(key, ..)| *key).collect();
        for (key, _, value) in entries {
            let piece = self.piece(value, names, |parser| parser.setting());
            if key == "commission" { commission = piece } else { slippage = piece }
        }
        for key in ["commission", "slippage"] {
            if !keys.contains(&key) {
                self.missing(&format!("`{key}` under [costs]"), HINT);
            }
        }
        (commission, slippage)
    }

    /// A share written under a table's key, or its default.
    fn fraction(
        &mut self,
        root: &DeTable<'_>,
        (table, key): (&str, &str),
        default: f64,
        fits: fn(f64) -> bool,
    ) -> f64 {
        let Some(entries) = self.table(root, table, &[key]) else { return default };
        let Some((_, _, value)) = entries.into_iter().next() else { return default };
        let Some(parsed) = self.value(value) else { return default };
        match parsed.number() {
            Some(number) if fits(number) => number,
            _ => {
                let title = format!("`{}` cannot be the {key} of [{table}]", parsed.text());
                self.errors.push(
                    self.error(title, value.span(), "out of range").hint("write a percentage, as in 50%"),
                );
                default
            }
        }
    }
}

/// The exits of a file, as read.
#[derive(Default)]
struct ExitPieces {
    rule: Option<Piece>,
    after: Option<Piece>,
    after_in_bars: bool,
    stop: Option<BarrierPiece>,
    target: Option<BarrierPiece>,
    trail: Option<BarrierPiece>,
}
