//! The tables that say what is traded and how: `[entry]`, `[exit]` and `[size]`. What it costs is in `costs`.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::super::compile::{BarrierPiece, HedgePiece, PlanPieces, SizePiece};
use super::super::scale;
use super::super::sentence::plain_beta;
use super::super::several::share;
use super::super::words::{MOST_PARTIALS, on_close, period, stop_distance};
use super::super::{Direction, FillPrice, Piece, Scale};
use super::{Reader, this_is};
use crate::strategy::rule::{Expression, Names, Stop, Syntax, Value};

/// What a file says of the trade.
pub(super) struct TradePieces {
    pub(super) entry: EntryPieces,
    pub(super) exit: ExitPieces,
    pub(super) fraction: f64,
    pub(super) commission: Piece,
    pub(super) slippage: Piece,
    pub(super) plan: PlanPieces,
}

/// `[entry]`, as read.
pub(super) struct EntryPieces {
    pub(super) traded: usize,
    pub(super) fill: FillPrice,
    pub(super) rule: Piece,
}

/// `[exit]`, as read.
#[derive(Default)]
pub(super) struct ExitPieces {
    pub(super) rule: Option<Piece>,
    pub(super) after: Option<Piece>,
    pub(super) after_in_bars: bool,
    pub(super) stop: Option<BarrierPiece>,
    pub(super) target: Option<BarrierPiece>,
    pub(super) trail: Option<BarrierPiece>,
}

pub(super) type Written<'a> = Spanned<DeValue<'a>>;

impl Reader {
    pub(super) fn trade(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) -> Option<TradePieces> {
        let mut plan = PlanPieces::default();
        let entry = self.entry(root, names, &mut plan);
        // Where the entry is wrong, its market stands for any: the rest is still looked at.
        let traded = entry.as_ref().map_or(0, |entry| entry.traded);
        let exit = self.exit(root, names, &mut plan, traded);
        let (commission, slippage) = self.costs(root, names, &mut plan, traded);
        let stops = exit.as_ref().is_some_and(|exit| exit.stop.is_some());
        let fraction = self.size(root, names, &mut plan, (traded, stops));
        Some(TradePieces {
            entry: entry?,
            exit: exit?,
            fraction,
            commission: commission?,
            slippage: slippage?,
            plan,
        })
    }

    fn entry(
        &mut self,
        root: &DeTable<'_>,
        names: &mut Names<'_>,
        plan: &mut PlanPieces,
    ) -> Option<EntryPieces> {
        const KEYS: [&str; 14] = [
            "long", "short", "as", "weights", "when", "fill", "hedge", "hedge_by", "cooldown", "again",
            "limit", "valid", "scale", "adds",
        ];
        let Some(entries) = self.table(root, "entry", &KEYS) else {
            self.missing("[entry]", "say what to buy and when: long = \"btc\", when = \"…\"");
            return None;
        };
        let at = |key: &str| entries.iter().find(|(found, ..)| *found == key).map(|(_, _, value)| *value);
        let traded = match (at("long"), at("short")) {
            (Some(_), Some(short)) => {
                let error = self.error("a trade is long or short", short.span(), "`long` is there, too");
                self.errors.push(error.hint("keep one; for a leg on the other side write `hedge`"));
                None
            }
            (Some(long), None) => self.traded_or_each(long, names),
            (None, Some(short)) => {
                plan.direction = Direction::Short;
                self.traded_or_each(short, names)
            }
            (None, None) => {
                self.missing("`long` under [entry]", "name the market to buy: long = \"btc\"");
                None
            }
        };
        self.held_as(at("as"));
        if let (Some(weights), Some(traded)) = (at("weights"), traded) {
            plan.weight = self.weights(weights, names, (traded, plan.direction));
        }
        let rule = match at("when") {
            Some(value) => self.piece(value, names, |parser| parser.rule(Stop::End)),
            None => {
                self.missing("`when` under [entry]", "write the rule: when = \"russell hits a high\"");
                None
            }
        };
        let fill = at("fill").map_or(Some(FillPrice::Open), |value| self.fill(value));
        plan.cooldown = at("cooldown").and_then(|value| self.bars(value, names));
        plan.limit = self.limit((at("limit"), at("valid")), names, fill);
        plan.scale = self.scale((at("scale"), at("adds")), names);
        plan.fresh = at("again").is_some_and(|value| self.fresh(value));
        let several = self.listed.is_some();
        if let (true, Some(hedge)) = (several, at("hedge")) {
            let error =
                self.error("a hedge does not go with several laggards", hedge.span(), "a leg beside them");
            self.errors.push(error.hint("hedge one laggard at a time, in a strategy of its own"));
            return None;
        }
        plan.sells_short = plan.direction == Direction::Short || at("hedge").is_some();
        if let (Some(hedge), Some(traded)) = (at("hedge"), traded) {
            plan.hedge = self.hedge(hedge, at("hedge_by"), names, traded);
        } else if let (None, Some(by)) = (at("hedge"), at("hedge_by")) {
            let error = self.error("`hedge_by` needs a hedge", by.span(), "there is none");
            self.errors.push(error.hint("name the other market: hedge = \"russell\""));
        }
        Some(EntryPieces { traded: traded?, fill: fill?, rule: rule? })
    }

    /// `limit = "2%"`, which waits for `valid = "5 days"`.
    fn limit(
        &mut self,
        (limit, valid): (Option<&Written<'_>>, Option<&Written<'_>>),
        names: &mut Names<'_>,
        fill: Option<FillPrice>,
    ) -> Option<(Piece, Piece)> {
        let (Some(distance), Some(wait)) = (limit, valid) else {
            if let Some(alone) = limit.or(valid) {
                let error =
                    self.error("a limit and its `valid` go together", alone.span(), "the other is missing");
                self.errors.push(error.hint("limit = \"2%\" and valid = \"5 days\""));
            }
            return None;
        };
        if fill == Some(FillPrice::Close) {
            let error =
                self.error("a limit does not wait for closes", distance.span(), "`fill` is \"close\"");
            self.errors.push(error.hint("take `fill` or `limit` away"));
        }
        let distance = self.piece(distance, names, |parser| parser.setting());
        let wait = self.bars(wait, names);
        Some((distance?, wait?))
    }

    /// `scale = "3 parts over 10 days"` and its like, or `adds = 2`.
    fn scale(
        &mut self,
        (scale, adds): (Option<&Written<'_>>, Option<&Written<'_>>),
        names: &mut Names<'_>,
    ) -> Scale<Piece> {
        if let (Some(_), Some(adds)) = (scale, adds) {
            let error =
                self.error("`scale` and `adds` do not go together", adds.span(), "`scale` is there, too");
            self.errors.push(error.hint("keep one: both say when the parts of a position are bought"));
        }
        if let Some(adds) = adds {
            let adds = self.piece(adds, names, |parser| parser.setting());
            return adds.map_or(Scale::Whole, Scale::Adds);
        }
        let Some(scale) = scale.filter(|scale| scale.get_ref().as_str() != Some("none")) else {
            return Scale::Whole;
        };
        let mut read = Scale::Whole;
        let whole = self.piece(scale, names, |parser| {
            let start = parser.span().start;
            read = scale::read(parser)?;
            Ok(Expression { syntax: Syntax::Value(Value::Word("none".into())), span: start..start })
        });
        let Some(Piece { fragment, .. }) = whole else { return Scale::Whole };
        read.map(|expression, _| Piece { fragment: fragment.clone(), expression })
    }

    /// `10`, `"10 days"`, `"{n} bars"`
    fn bars(&mut self, value: &Written<'_>, names: &mut Names<'_>) -> Option<Piece> {
        self.piece(value, names, |parser| {
            if let Some(error) = parser.other_period() {
                return Err(error);
            }
            let setting = parser.setting()?;
            period(parser);
            Ok(setting)
        })
    }

    /// `again = "fresh"` or `"any"`.
    fn fresh(&mut self, value: &Written<'_>) -> bool {
        match self.text(value).as_deref() {
            Some("fresh") => return true,
            Some("any") | None => {}
            Some(other) => {
                let title = format!("`{other}` says not when to enter again");
                let error = self.error(title, value.span(), "`any` or `fresh`");
                self.errors.push(error.hint("`fresh` wants the rule to have been untrue at the bar before"));
            }
        }
        false
    }

    /// `hedge = "russell"`, and `hedge_by = "dollars"` or `"63-day beta"`.
    fn hedge(
        &mut self,
        value: &Written<'_>,
        by: Option<&Written<'_>>,
        names: &mut Names<'_>,
        traded: usize,
    ) -> Option<HedgePiece> {
        let market = self.traded(value, names)?;
        if market == traded {
            let error = self.error("a market cannot hedge itself", value.span(), "it is the one traded");
            self.errors.push(error.hint("name another market, such as the leader"));
            return None;
        }
        match by {
            Some(by) if by.get_ref().as_str() != Some("dollars") => {
                let beta = self.piece(by, names, |parser| parser.measure("beta", &[traded, market]))?;
                Some(HedgePiece { market, by_beta: true, beta })
            }
            _ => {
                let beta = plain_beta(names, traded, market);
                Some(HedgePiece { market, by_beta: false, beta: self.keep(beta)? })
            }
        }
    }

    pub(super) fn traded(&mut self, value: &Written<'_>, names: &mut Names<'_>) -> Option<usize> {
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

    fn fill(&mut self, value: &Written<'_>) -> Option<FillPrice> {
        match self.text(value)?.as_str() {
            "open" => Some(FillPrice::Open),
            "close" => Some(FillPrice::Close),
            other => {
                let error = self
                    .error(
                        format!("`{other}` is not a price to fill at"),
                        value.span(),
                        "expected `open` or `close`",
                    )
                    .detail("orders fill at the next bar's open or close, never at a price already seen");
                self.errors.push(error);
                None
            }
        }
    }

    fn exit(
        &mut self,
        root: &DeTable<'_>,
        names: &mut Names<'_>,
        plan: &mut PlanPieces,
        traded: usize,
    ) -> Option<ExitPieces> {
        const KEYS: [&str; 8] = ["when", "after", "stop", "target", "trail", "break_even", "gap", "partial"];
        let Some(entries) = self.table(root, "exit", &KEYS) else {
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
                        if let Some(error) = parser.other_period() {
                            return Err(error);
                        }
                        let setting = parser.setting()?;
                        exit.after_in_bars = period(parser).unwrap_or(false);
                        Ok(setting)
                    })?);
                }
                "stop" => {
                    let mut by = None;
                    exit.stop = self.barrier(value, names, |parser| {
                        let (distance, measure) = stop_distance(parser, traded)?;
                        by = measure;
                        Ok(distance)
                    });
                    let fragment = self.fragment(value).ok()?;
                    plan.stop_by = by.map(|expression| Piece { fragment, expression });
                }
                "break_even" => plan.break_even = self.piece(value, names, |parser| parser.setting()),
                "partial" => plan.partials = self.partials(value, names),
                _ => {
                    let barrier = self.barrier(value, names, |parser| parser.setting());
                    match key {
                        "target" => exit.target = barrier,
                        "trail" => exit.trail = barrier,
                        _ => plan.gap = barrier,
                    }
                }
            }
        }
        Some(exit)
    }

    /// A distance with `on close` or not behind it.
    fn barrier(
        &mut self,
        value: &Written<'_>,
        names: &mut Names<'_>,
        read: impl FnOnce(&mut super::Parser<'_, '_, '_>) -> super::Parsed<super::Expression>,
    ) -> Option<BarrierPiece> {
        let mut closes = false;
        let distance = self.piece(value, names, |parser| {
            let distance = read(parser)?;
            closes = on_close(parser)?;
            Ok(distance)
        })?;
        Some(BarrierPiece { distance, on_close: closes })
    }

    /// `{ at = "20%", part = "50%" }`, or several in brackets.
    fn partials(&mut self, value: &Written<'_>, names: &mut Names<'_>) -> Vec<(Piece, Piece)> {
        let DeValue::Array(list) = value.get_ref() else {
            return self.partial(value, names).into_iter().collect();
        };
        if list.is_empty() || list.len() > MOST_PARTIALS {
            let title = format!("{} parts leave early", list.len());
            let error = self.error(title, value.span(), format!("1 to {MOST_PARTIALS} of them"));
            self.errors.push(error.hint("take `partial` away, or write fewer parts"));
        }
        list.iter().filter_map(|value| self.partial(value, names)).collect()
    }

    /// `{ at = "20%", part = "50%" }`
    fn partial(&mut self, value: &Written<'_>, names: &mut Names<'_>) -> Option<(Piece, Piece)> {
        let [at, part] = self.settings(value, names, ["at", "part"], "`partial`")?;
        match (at, part) {
            (Some(at), Some(part)) => Some((at, part)),
            _ => {
                let error = self.error("`partial` needs `at` and `part`", value.span(), "not whole");
                self.errors.push(error.hint("{ at = \"20%\", part = \"50%\" } sells half at a gain of 20%"));
                None
            }
        }
    }

    /// The settings of a table, one for each key.
    fn settings<const N: usize>(
        &mut self,
        value: &Written<'_>,
        names: &mut Names<'_>,
        keys: [&str; N],
        place: &str,
    ) -> Option<[Option<Piece>; N]> {
        let DeValue::Table(table) = value.get_ref() else {
            let found = value.get_ref().type_str();
            let error = self.error(format!("{place} is a table"), value.span(), this_is(found));
            self.errors.push(error.hint(format!("the keys are {}", keys.join(", "))));
            return None;
        };
        let mut pieces = [const { None }; N];
        for (key, _, value) in self.entries(table, &keys, place) {
            let slot = keys.iter().position(|known| *known == key)?;
            pieces[slot] = self.piece(value, names, |parser| parser.setting());
        }
        Some(pieces)
    }

    fn size(
        &mut self,
        root: &DeTable<'_>,
        names: &mut Names<'_>,
        plan: &mut PlanPieces,
        (traded, stops): (usize, bool),
    ) -> f64 {
        const KEYS: [&str; 11] = [
            "fraction",
            "open",
            "amount",
            "volatility",
            "risk",
            "kelly",
            "after",
            "lot",
            "minimum",
            "leverage",
            "maintenance",
        ];
        let Some(entries) = self.table(root, "size", &KEYS) else { return share(self.listed.as_ref()) };
        let at = |key: &str| entries.iter().find(|(found, ..)| *found == key).map(|(_, _, value)| *value);
        if let Some(value) = at("open") {
            self.places(value);
        }
        let mut fraction = share(self.listed.as_ref());
        let mut read = |reader: &mut Self, key: &str| {
            at(key).and_then(|value| reader.piece(value, names, |parser| parser.setting()))
        };
        for (key, slot) in [
            ("lot", &mut plan.lot),
            ("minimum", &mut plan.minimum),
            ("leverage", &mut plan.leverage),
            ("maintenance", &mut plan.maintenance),
        ] {
            *slot = read(self, key);
        }
        let after = read(self, "after");
        if let Some(amount) = read(self, "amount") {
            plan.size = SizePiece::Amount(amount);
        } else if let Some(risk) = read(self, "risk") {
            plan.size = SizePiece::Risk(risk);
        } else if let Some(share) = read(self, "kelly") {
            match after {
                Some(after) => plan.size = SizePiece::Kelly(share, after),
                None => self.missing(
                    "`after` beside `kelly`",
                    "say how many trades must be closed before: after = 20",
                ),
            }
        } else if let Some(value) = at("volatility") {
            let mut target = None;
            let measure = self.piece(value, names, |parser| {
                target = Some(parser.setting()?);
                if !parser.eat_word("by") {
                    return Err(parser.unexpected("`by` and a volatility, as in `20% by 21-day volatility`"));
                }
                parser.measure("volatility", &[traded])
            });
            if let (Some(measure), Some(expression)) = (measure, target) {
                let target = Piece { fragment: measure.fragment.clone(), expression };
                plan.size = SizePiece::Volatility(target, measure);
            }
        }
        let (most, range) = match plan.leverage {
            Some(_) => (f64::MAX, "more than 0%"),
            None => (1.0, "more than 0%, at most 100% without leverage"),
        };
        if let Some(value) = at("fraction") {
            let fits = |size| size > 0.0 && size <= most;
            fraction = self.number(value, "the fraction of [size]", range, fits).unwrap_or(fraction);
        }
        self.one_size(&entries);
        if let (SizePiece::Risk(_), false, Some(risk)) = (&plan.size, stops, at("risk")) {
            let error = self.error("a size by risk needs a stop", risk.span(), "risk to where?");
            self.errors.push(error.hint("write a stop under [exit]: stop = \"10%\""));
        }
        fraction
    }

    /// One key says how much; `fraction` may stand beside `kelly`, which begins with it.
    fn one_size(&mut self, entries: &[super::Entry<'_>]) {
        let kelly = entries.iter().any(|(key, ..)| *key == "kelly");
        let says = |key: &str| ["amount", "volatility", "risk", "kelly"].contains(&key);
        let mut sizes = entries
            .iter()
            .filter(|(key, ..)| says(key) || *key == "fraction" && !kelly)
            .map(|(key, at, _)| (key, at));
        let first = sizes.next();
        if let (Some((first, _)), Some((second, span))) = (first, sizes.next()) {
            let title = format!("the size is said twice, by `{first}` and `{second}`");
            self.errors.push(self.error(title, span.clone(), "second one").hint("keep one of them"));
        }
        if let (false, Some((_, span, _))) = (kelly, entries.iter().find(|(key, ..)| *key == "after")) {
            let error = self.error("`after` of [size] belongs to `kelly`", span.clone(), "there is none");
            self.errors.push(error.hint("take it away, or write kelly = \"50%\""));
        }
    }
}
