//! `[markets]`: names of series in the store, files, and lists of symbols that a sweep tries.

use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::super::FileMarket;
use super::{Reader, this_is};
use crate::base::text::list;
use crate::strategy::rule::{Names, is_identifier, is_invisible, is_taken};

/// The file that each of some markets is read from; `None` for one of the store.
type Files = Vec<Option<FileMarket>>;

/// How a list of symbols is written.
const HINT: &str = "list each symbol once, as in { sweep = [\"BTC-USD\", \"ETH-USD\"] }";

/// Whether a rule can name a market so, as a word or in backticks.
fn can_be_written(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.contains('`') && !name.contains(is_invisible)
}

impl Reader {
    /// `[markets]`: the file of each market that is one, and the files of each list of symbols.
    pub(super) fn markets(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) -> (Files, Vec<Files>) {
        let (mut files, mut listed) = (Vec::new(), Vec::new());
        for (at, (name, span, value)) in
            self.table(root, "markets", &[]).unwrap_or_default().into_iter().enumerate()
        {
            if !self.has_room(at, "markets", &span) || !self.check_name(name, &span) {
                continue;
            }
            if names.markets().iter().any(|market| market.name.eq_ignore_ascii_case(name)) {
                let error =
                    self.error(format!("the market `{name}` is there twice"), span.clone(), "second one");
                self.errors
                    .push(error.hint("names are the same in capitals and small letters: give it another"));
                continue;
            }
            if !can_be_written(name) {
                let error =
                    self.error("this cannot be a market's name", span.clone(), "no rule could name it");
                self.errors
                    .push(error.hint("use letters and digits that can be seen, without spaces around them"));
                continue;
            }
            if is_taken(name) {
                let error = self.error(
                    format!("`{name}` is a word of the rule language"),
                    span.clone(),
                    "no market's name",
                );
                self.errors.push(error.hint("give the market another name"));
            }
            let is_list = |table: &DeTable<'_>| table.iter().any(|(key, _)| key.get_ref() == "sweep");
            if let DeValue::Table(table) = value.get_ref()
                && is_list(table)
            {
                let (default, among) = self.list((name, span), table, names);
                files.push(default);
                listed.push(among);
            } else if let DeValue::Table(table) = value.get_ref() {
                let file = self.file_market(table, value.span()).unwrap_or_default();
                names.declare_market(name, &file.path);
                files.push(Some(file));
            } else if let Some(symbol) = self.text(value) {
                let target = names.vocabulary().symbol(&symbol).unwrap_or(symbol);
                names.declare_market(name, &target);
                files.push(None);
            }
        }
        (files, listed)
    }

    /// `laggard = { sweep = ["BTC-USD", "ETH-USD"], default = "BTC-USD" }`: gives the file of the default, and those
    /// of all that are listed. One that is wrong stays known by name, so that its uses are not told as unknown, too.
    fn list(
        &mut self,
        (name, span): (&str, Range<usize>),
        table: &DeTable<'_>,
        names: &mut Names<'_>,
    ) -> (Option<FileMarket>, Files) {
        if !is_identifier(name) {
            let error =
                self.error(format!("`{name}` cannot be a list of symbols"), span, "a parameter's name");
            self.errors.push(error.hint("use letters, digits and _"));
        }
        let entries = self.entries(table, &["sweep", "default"], "a market of several symbols");
        let at = |key: &str| entries.iter().find(|(found, ..)| *found == key).map(|(_, _, value)| *value);
        let (words, files) = at("sweep").map(|sweep| self.listed(sweep, names)).unwrap_or_default();
        let default = at("default").and_then(|default| self.default(default, &words)).unwrap_or(0);
        let is_list = at("sweep").filter(|sweep| sweep.get_ref().as_array().is_some());
        if let Err(reason) = names.declare_symbols(name, words, default) {
            let error = is_list.map(|sweep| self.error(reason, sweep.span(), "this list").hint(HINT));
            self.errors.extend(error);
            names.declare_market(name, "");
        }
        (files.get(default).cloned().flatten(), files)
    }

    /// The symbols and files of a list: each as written and what it stands for.
    fn listed(&mut self, sweep: &Spanned<DeValue<'_>>, names: &Names<'_>) -> (Vec<(String, String)>, Files) {
        let DeValue::Array(array) = sweep.get_ref() else {
            let found = sweep.get_ref().type_str();
            let error = self.error("symbols to try are a list", sweep.span(), this_is(found));
            self.errors.push(error.hint(HINT));
            return (Vec::new(), Vec::new());
        };
        let (mut words, mut files) = (Vec::new(), Vec::new());
        for value in array {
            if let DeValue::Table(table) = value.get_ref() {
                let file = self.file_market(table, value.span()).unwrap_or_default();
                words.push((file.path.clone(), file.path.clone()));
                files.push(Some(file));
            } else if let Some(word) = self.text(value) {
                let target = names.vocabulary().symbol(&word).unwrap_or_else(|| word.clone());
                words.push((word, target));
                files.push(None);
            }
        }
        (words, files)
    }

    /// The place of a list's default.
    fn default(&mut self, default: &Spanned<DeValue<'_>>, words: &[(String, String)]) -> Option<usize> {
        let wanted = self.text(default)?;
        let place = words.iter().position(|(word, _)| *word == wanted);
        if place.is_none() && !words.is_empty() {
            let listed = list(words.iter().map(|(word, _)| word));
            let error =
                self.error(format!("`{wanted}` is none of the symbols"), default.span(), "not listed");
            self.errors.push(error.hint(format!("the default is one of them: {listed}")));
        }
        place
    }

    fn file_market(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<FileMarket> {
        let known = ["file", "session", "close", "timezone", "release_lag", "stale_after"];
        let mut file = FileMarket::default();
        for (key, _, value) in self.entries(table, &known, "a market") {
            match key {
                "file" => file.path = self.text(value).unwrap_or_default(),
                "session" => file.session = self.text(value),
                "close" => file.close = self.text(value),
                "timezone" => file.timezone = self.text(value),
                "release_lag" => file.release_lag = self.days(value, u16::MAX.into()),
                _ => file.stale_after = self.days(value, u16::MAX.into()),
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
}
