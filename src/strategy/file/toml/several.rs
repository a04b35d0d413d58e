//! What `[entry]` and `[size]` say of several laggards: the list, `as`, `weights` and `open`.

use ::toml::de::DeValue;

use super::super::Direction;
use super::super::compile::WeightPiece;
use super::super::several::{LAGGARD, Listed, MOST_LAGGARDS, gap_of};
use super::Reader;
use super::trade::Written;
use crate::base::num::grouped;
use crate::strategy::rule::{MOST_BARS, Names, parse_value};

impl Reader {
    /// A market, or the one of a list of laggards that the file is read for.
    pub(super) fn traded_or_each(&mut self, value: &Written<'_>, names: &mut Names<'_>) -> Option<usize> {
        let DeValue::Array(list) = value.get_ref() else { return self.traded(value, names) };
        let known = self.errors.len();
        if list.len() > MOST_LAGGARDS {
            let label = format!("{} of them, at most {MOST_LAGGARDS}", list.len());
            let error = self.error("there are too many laggards", value.span(), label);
            self.errors.push(error.hint("name fewer: the file is read once for each"));
            return None;
        }
        let mut markets: Vec<usize> = Vec::new();
        for (at, written) in list.iter().enumerate() {
            if !self.has_room(at, "laggards", &written.span()) {
                break;
            }
            let Some(market) = self.traded(written, names) else { continue };
            if markets.iter().any(|&other| names.is_same(other, market)) {
                let error = self.error("a laggard is there twice", written.span(), "second one");
                self.errors.push(error.hint("name each market once"));
            }
            markets.push(market);
        }
        if list.is_empty() {
            let error = self.error("there is no laggard in the list", value.span(), "empty");
            self.errors.push(error.hint("name the markets: long = [\"btc\", \"eth\"]"));
        }
        if names.markets().iter().any(|market| market.name.eq_ignore_ascii_case(LAGGARD)) {
            let title = format!("`{LAGGARD}` stands for each laggard here, and is the name of a market, too");
            let error = self.error(title, value.span(), "several laggards");
            self.errors.push(error.hint("give that market another name under [markets]"));
        }
        let Some(&market) = markets.get(self.laggard).filter(|_| self.errors.len() == known) else {
            // A market that stands for the one which is wrong: the rules are still looked at.
            if !names.markets().is_empty() {
                names.declare_role(LAGGARD, markets.first().copied().unwrap_or(0));
            }
            return None;
        };
        names.declare_role(LAGGARD, market);
        self.listed = Some(Listed { count: markets.len(), span: value.span(), places: None, basket: false });
        Some(market)
    }

    /// `as = "each"` or `"basket"`.
    pub(super) fn held_as(&mut self, value: Option<&Written<'_>>) {
        let Some(value) = value else { return };
        let said = self.text(value);
        match (said.as_deref(), &mut self.listed) {
            (Some("each" | "basket"), None) => {
                let error =
                    self.error("`as` says how several laggards are held", value.span(), "there is one");
                self.errors.push(error.hint("take it away, or name several: long = [\"btc\", \"eth\"]"));
            }
            (Some(said @ ("each" | "basket")), Some(listed)) => listed.basket = said == "basket",
            (other, _) => {
                let title = format!("`{}` is no way to hold several laggards", other.unwrap_or_default());
                let error = self.error(title, value.span(), "`each` or `basket`");
                self.errors.push(error.hint("`each` trades them one by one, `basket` all at once"));
            }
        }
    }

    /// `weights = "equal"`, `"gap"` or `"63-day volatility"`; `None` for equal ones.
    pub(super) fn weights(
        &mut self,
        value: &Written<'_>,
        names: &mut Names<'_>,
        (traded, direction): (usize, Direction),
    ) -> Option<WeightPiece> {
        if !self.listed.as_ref().is_some_and(|listed| listed.basket) {
            let error =
                self.error("`weights` share out the money of a basket", value.span(), "there is none");
            self.errors.push(error.hint("write as = \"basket\" beside a list of laggards, or take it away"));
            return None;
        }
        match value.get_ref().as_str() {
            Some("equal") => None,
            Some("gap") => {
                let read = gap_of(names, direction);
                self.keep(read).map(WeightPiece::Gap)
            }
            Some(text) if !text.contains("volatility") => {
                let title = format!("`{text}` says not how a basket's money is shared out");
                let error = self.error(title, value.span(), "no weights");
                self.errors.push(error.hint("write \"equal\", \"gap\" or \"63-day volatility\""));
                None
            }
            _ => self
                .piece(value, names, |parser| parser.measure("volatility", &[traded]))
                .map(WeightPiece::Volatility),
        }
    }

    /// `open = 2`: so many positions at a time.
    pub(super) fn places(&mut self, value: &Written<'_>) {
        let Some(text) = self.text(value) else { return };
        let places = parse_value(&text).ok().and_then(|value| value.bars()).map(|places| places as usize);
        let listed = self.listed.as_mut().filter(|listed| !listed.basket);
        match (listed, places) {
            (Some(listed), Some(_)) => listed.places = places,
            (None, Some(_)) => {
                let error = self.error(
                    "`open` counts positions of laggards that are traded one by one",
                    value.span(),
                    "there are none",
                );
                self.errors.push(error.hint("take it away, or name several: long = [\"btc\", \"eth\"]"));
            }
            (_, None) => {
                let label = format!("a whole number from 1 to {}", grouped(MOST_BARS as usize));
                let title = format!("`{}` is not a number of positions", text.trim());
                self.errors.push(self.error(title, value.span(), label).hint("as in open = 2"));
            }
        }
    }
}
