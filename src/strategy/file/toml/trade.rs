//! The tables that say what is traded, how and at which cost: `[entry]`, `[exit]`, `[size]`, `[costs]` and
//! `[risk_free]`.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::super::compile::{BarrierPiece, HedgePiece, PlanPieces, RatePiece, SizePiece};
use super::super::sentence::{on_close, period, plain_beta, stop_distance};
use super::super::{Direction, FillPrice, Piece, Tier};
use super::Reader;
use crate::strategy::rule::{Names, Stop};

const COSTS_HINT: &str =
    "write commission = \"10 bps\" and slippage = \"5 bps\" per side; \"none\" must be written out";

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

type Written<'a> = Spanned<DeValue<'a>>;

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
        const KEYS: [&str; 8] = ["long", "short", "when", "fill", "hedge", "hedge_by", "cooldown", "again"];
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
            (Some(long), None) => self.traded(long, names),
            (None, Some(short)) => {
                plan.direction = Direction::Short;
                self.traded(short, names)
            }
            (None, None) => {
                self.missing("`long` under [entry]", "name the market to buy: long = \"btc\"");
                None
            }
        };
        let rule = match at("when") {
            Some(value) => self.piece(value, names, |parser| parser.rule(Stop::End)),
            None => {
                self.missing("`when` under [entry]", "write the rule: when = \"russell hits a high\"");
                None
            }
        };
        let fill = at("fill").map_or(Some(FillPrice::Open), |value| self.fill(value));
        plan.cooldown = at("cooldown").and_then(|value| {
            self.piece(value, names, |parser| {
                let setting = parser.setting()?;
                period(parser);
                Ok(setting)
            })
        });
        plan.fresh = at("again").is_some_and(|value| self.fresh(value));
        plan.sells_short = plan.direction == Direction::Short || at("hedge").is_some();
        if let (Some(hedge), Some(traded)) = (at("hedge"), traded) {
            plan.hedge = self.hedge(hedge, at("hedge_by"), names, traded);
        } else if let (None, Some(by)) = (at("hedge"), at("hedge_by")) {
            let error = self.error("`hedge_by` needs a hedge", by.span(), "there is none");
            self.errors.push(error.hint("name the other market: hedge = \"russell\""));
        }
        Some(EntryPieces { traded: traded?, fill: fill?, rule: rule? })
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

    fn traded(&mut self, value: &Written<'_>, names: &mut Names<'_>) -> Option<usize> {
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
                    .error(format!("`{other}` is no price to fill at"), value.span(), "`open` or `close`")
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
                "partial" => plan.partial = self.partial(value, names),
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
            let error = self.error(format!("{place} is a table"), value.span(), format!("this is a {found}"));
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
        const KEYS: [&str; 10] = [
            "fraction",
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
        let mut fraction = 1.0;
        let Some(entries) = self.table(root, "size", &KEYS) else { return fraction };
        let at = |key: &str| entries.iter().find(|(found, ..)| *found == key).map(|(_, _, value)| *value);
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
        let most = if plan.leverage.is_some() { f64::MAX } else { 1.0 };
        if let Some(value) = at("fraction") {
            fraction =
                self.number(value, "the fraction of [size]", fraction, |size| size > 0.0 && size <= most);
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

    fn costs(
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
                self.errors.push(self.error("a tier is a table", entry.span(), "{ from, rate }"));
                return None;
            };
            let (mut from, mut rate) = (None, None);
            for (key, _, value) in self.entries(table, &["from", "rate"], "a tier") {
                if key == "from" {
                    from = Some(self.number(value, "where a tier begins", 0.0, |money| money > 0.0));
                } else {
                    rate = Some(
                        self.number(value, "the rate of a tier", 0.0, |rate| (0.0..1.0).contains(&rate)),
                    );
                }
            }
            let (Some(from), Some(rate)) = (from, rate) else {
                self.errors.push(self.error("a tier needs `from` and `rate`", entry.span(), "not whole"));
                return None;
            };
            if tiers.last().is_some_and(|last| last.from >= from) {
                self.errors.push(self.error("tiers rise", entry.span(), "not above the one before"));
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
            return self.piece(value, names, |parser| parser.setting()).map(RatePiece::Setting);
        }
        self.traded(value, names).map(RatePiece::Series)
    }

    /// `annual = "2%"`, or `series = "DTB3"`.
    pub(super) fn risk_free(&mut self, root: &DeTable<'_>, names: &mut Names<'_>) -> (f64, Option<usize>) {
        let (mut annual, mut series) = (0.0, None);
        let entries = self.table(root, "risk_free", &["annual", "series"]).unwrap_or_default();
        for (key, span, value) in &entries {
            if *key == "annual" {
                annual = self.number(value, "the annual of [risk_free]", 0.0, |rate| rate > -1.0);
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
