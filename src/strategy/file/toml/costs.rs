//! The tables that say what a trade costs, and what idle money earns: `[costs]` and `[risk_free]`.

use ::toml::de::{DeTable, DeValue};

use super::super::compile::{MOST_RATE, PlanPieces, RatePiece};
use super::super::{Piece, Tier};
use super::Reader;
use super::trade::Written;
use crate::strategy::rule::Names;

const COSTS_HINT: &str =
    "write commission = \"10 bps\" and slippage = \"5 bps\" per side; \"none\" must be written out";

impl Reader {
    pub(super) fn costs(
        &mut self,
        root: &DeTable<'_>,
        names: &mut Names<'_>,
        plan: &mut PlanPieces,
        traded: usize,
    ) -> (Option<Piece>, Option<Piece>) {
        const KEYS: [&str; 5] = ["commission", "slippage", "borrow", "funding", "interest"];
        let Some(entries) = self.table(root, "costs", &KEYS) else {
            self.missing("[costs]", COSTS_HINT);
            return (None, None);
        };
        let (mut commission, mut slippage) = (None, None);
        let sells_short = plan.sells_short;
        let keys: Vec<_> = entries.iter().map(|(key, ..)| *key).collect();
        for (key, span, value) in entries {
            match key {
                "commission" => commission = self.commission(value, names, plan),
                "slippage" => slippage = self.slippage(value, names, plan, traded),
                "borrow" if !sells_short => {
                    let error = self.error("nothing is borrowed here", span, "no leg is short");
                    self.errors.push(error.hint("take `borrow` away, or trade `short` or with a `hedge`"));
                }
                "borrow" => plan.borrow = self.rate(value, names),
                "funding" => plan.funding = self.rate(value, names),
                _ => plan.interest = self.rate(value, names),
            }
        }
        for key in ["commission", "slippage"] {
            if !keys.contains(&key) {
                self.missing(&format!("`{key}` under [costs]"), COSTS_HINT);
            }
        }
        if sells_short && !keys.contains(&"borrow") {
            self.missing(
                "`borrow` under [costs]",
                "a leg is short: write borrow = \"3%\" a year, or a series; \"none\" must be written out",
            );
        }
        (commission, slippage)
    }

    /// `"10 bps"`, or `{ rate, per_unit, minimum, tiers }`.
    fn commission(
        &mut self,
        value: &Written<'_>,
        names: &mut Names<'_>,
        plan: &mut PlanPieces,
    ) -> Option<Piece> {
        let DeValue::Table(table) = value.get_ref() else {
            return self.piece(value, names, |parser| parser.setting());
        };
        let mut rate = None;
        for (key, _, value) in self.entries(table, &["rate", "per_unit", "minimum", "tiers"], "a commission")
        {
            if key == "tiers" {
                plan.tiers = self.tiers(value).unwrap_or_default();
                continue;
            }
            let piece = self.piece(value, names, |parser| parser.setting());
            match key {
                "rate" => rate = piece,
                "per_unit" => plan.per_unit = piece,
                _ => plan.least = piece,
            }
        }
        if rate.is_none() {
            let error = self.error("a commission needs its rate", value.span(), "no `rate` here");
            self.errors.push(error.hint("{ rate = \"none\", per_unit = 0.005, minimum = 1 }"));
        }
        rate
    }

    /// `[{ from = 100000, rate = "8 bps" }, …]`
    fn tiers(&mut self, value: &Written<'_>) -> Option<Vec<Tier>> {
        let DeValue::Array(array) = value.get_ref() else {
            let error = self.error("tiers are a list", value.span(), "this is none");
            self.errors.push(error.hint("[{ from = 100000, rate = \"8 bps\" }]"));
            return None;
        };
        let mut tiers: Vec<Tier> = Vec::new();
        for entry in array {
            let DeValue::Table(table) = entry.get_ref() else {
                let error = self.error("a tier is a table", entry.span(), "expected { from, rate }");
                self.errors.push(error.hint("{ from = 100000, rate = \"8 bps\" }"));
                return None;
            };
            let (mut from, mut rate) = (None, None);
            for (key, _, value) in self.entries(table, &["from", "rate"], "a tier") {
                if key == "from" {
                    let money = self.number(value, "where a tier begins", "more than 0", |money| money > 0.0);
                    from = Some(money?);
                } else {
                    let fits = |rate| (0.0..1.0).contains(&rate);
                    rate =
                        Some(self.number(value, "the rate of a tier", "from 0% to less than 100%", fits)?);
                }
            }
            let (Some(from), Some(rate)) = (from, rate) else {
                let error = self.error("a tier needs `from` and `rate`", entry.span(), "not whole");
                self.errors.push(error.hint("{ from = 100000, rate = \"8 bps\" }"));
                return None;
            };
            if tiers.last().is_some_and(|last| last.from >= from) {
                let error = self.error("tiers rise", entry.span(), "not above the one before");
                self.errors.push(error.hint("order them by `from`, each of its own"));
            }
            tiers.push(Tier { from, rate });
        }
        Some(tiers)
    }

    /// `"5 bps"`, or `{ fixed, volatility, volume }`.
    fn slippage(
        &mut self,
        value: &Written<'_>,
        names: &mut Names<'_>,
        plan: &mut PlanPieces,
        traded: usize,
    ) -> Option<Piece> {
        let DeValue::Table(table) = value.get_ref() else {
            return self.piece(value, names, |parser| parser.setting());
        };
        let mut fixed = None;
        for (key, _, value) in self.entries(table, &["fixed", "volatility", "volume"], "slippage") {
            match key {
                "fixed" => fixed = self.piece(value, names, |parser| parser.setting()),
                "volume" => plan.impact = self.piece(value, names, |parser| parser.setting()),
                _ => {
                    let hedge = plan.hedge.as_ref().map(|hedge| hedge.market);
                    plan.rough = self.rough(value, names, traded, hedge);
                }
            }
        }
        if fixed.is_none() {
            let error = self.error("slippage needs its fixed part", value.span(), "no `fixed` here");
            self.errors.push(error.hint("{ fixed = \"2 bps\", volatility = \"5% of 21-day volatility\" }"));
        }
        fixed
    }

    /// `5% of 21-day volatility`, of the traded market and of the hedge.
    fn rough(
        &mut self,
        value: &Written<'_>,
        names: &mut Names<'_>,
        traded: usize,
        hedge: Option<usize>,
    ) -> Option<(Piece, Vec<Piece>)> {
        let mut read = |market: usize| {
            let mut share = None;
            let measure = self.piece(value, names, |parser| {
                share = Some(parser.setting()?);
                if !parser.eat_word("of") {
                    return Err(parser.unexpected("`of` and a volatility, as in `5% of 21-day volatility`"));
                }
                parser.measure("volatility", &[market])
            })?;
            Some((Piece { fragment: measure.fragment.clone(), expression: share? }, measure))
        };
        let (share, first) = read(traded)?;
        let mut of = vec![first];
        if let Some(hedge) = hedge {
            of.push(read(hedge)?.1);
        }
        Some((share, of))
    }

    /// A rate per year, or the name of a series of rates.
    fn rate(&mut self, value: &Written<'_>, names: &mut Names<'_>) -> Option<RatePiece> {
        let fragment = self.fragment(value);
        let fragment = self.keep(fragment)?;
        let text = fragment.text.trim();
        let is_value =
            text == "none" || text.starts_with(|c: char| c.is_ascii_digit() || c == '{' || c == '-');
        if is_value {
            return self.piece(value, names, |parser| parser.signed_setting()).map(RatePiece::Setting);
        }
        self.traded(value, names).map(RatePiece::Series)
    }

    /// `annual = "2%"`, or `series = "DTB3"`.
    pub(super) fn risk_free(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) -> (f64, Option<usize>) {
        let (mut annual, mut series) = (0.0, None);
        let entries = self.table(root, "risk_free", &["annual", "series"]).unwrap_or_default();
        for (key, span, value) in &entries {
            if *key == "annual" {
                let fits = |rate| rate > -1.0 && rate < MOST_RATE;
                let rate = self.number(value, "a rate per year", "more than -100%, less than 1000%", fits);
                annual = rate.unwrap_or(0.0);
            } else {
                series = self.traded(value, names);
            }
            if entries.len() > 1 && *key == "series" {
                let error = self.error("the risk-free rate is said twice", span.clone(), "`annual`, too");
                self.errors.push(error.hint("keep one of them"));
            }
        }
        (annual, series)
    }
}
