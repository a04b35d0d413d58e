//! A strategy's orders in words.

use super::{Barrier, Part, Plan, Rate, Setting, Sizing, Strategy};
use crate::strategy::rule::Assignment;

impl Strategy {
    /// A text of the strategy with one combination's value in the place of each named hole.
    pub fn filled_in(&self, values: &Assignment, text: &str) -> String {
        let named = self.parameters.iter().zip(&values.0);
        let filled = named.fold(text.to_owned(), |text, (parameter, value)| {
            let text = text.replace(&format!("{{{}}}", parameter.name), value.text());
            match &parameter.in_place {
                Some(inner) => text.replacen(&format!("{{{inner}}}"), value.text(), 1),
                None => text,
            }
        });
        filled.replace("a all-day", "an all-time").replace("all-day", "all-time")
    }

    /// Re-entry, exit, size and costs in one line of words.
    pub fn describe_orders(&self) -> String {
        let size = self.describe_size().map(|size| format!("; {size}")).unwrap_or_default();
        let limit = self.describe_limit().map(|limit| format!("{limit}; ")).unwrap_or_default();
        let scale = self.describe_scale().map(|scale| format!("{limit}{scale}; ")).unwrap_or(limit);
        let again = self.describe_again().map(|again| format!("{scale}{again}; ")).unwrap_or(scale);
        format!("{again}exit {}{size}; {}", self.describe_exit(), self.describe_costs())
    }

    /// What is put on, given each market's name: `long btc, hedged with as much money in russell short`.
    pub fn describe_trade(&self, name: impl Fn(usize) -> String) -> String {
        let direction = self.plan.direction;
        let first = format!("{} {}", direction.name(), self.describe_laggards(&name));
        let Some(hedge) = &self.plan.hedge else { return first };
        let other = format!("{} {}", direction.other(), name(hedge.market));
        if hedge.by_beta {
            return format!("{first}, hedged {other} with {} times the money", hedge.beta.functional);
        }
        format!("{first}, hedged {other} with as much money")
    }

    /// The price an entry waits for, in words; `None` for the next.
    pub fn describe_limit(&self) -> Option<String> {
        let limit = self.plan.limit.as_ref()?;
        let (distance, valid) = (self.setting(&limit.distance), self.setting(&limit.valid));
        Some(format!("at a limit {distance} better than the signal's close, valid for {valid} bars"))
    }

    /// When its parts are bought, in words; `None` for all at once.
    pub fn describe_scale(&self) -> Option<String> {
        self.plan.scale.describe(&self.parameters)
    }

    /// When a trade may follow another, in words; `None` for at once.
    pub fn describe_again(&self) -> Option<String> {
        let again = &self.plan.again;
        let cooldown = again.cooldown.as_ref().filter(|bars| self.setting(bars) != "none");
        let rests = cooldown.map(|bars| format!("{} bars after an exit", self.setting(bars)));
        let fresh = again.fresh.then(|| "by a fresh signal".to_owned());
        let words: Vec<String> = rests.into_iter().chain(fresh).collect();
        (!words.is_empty()).then(|| format!("again {}", words.join(" and ")))
    }

    /// Every exit in words: `when btc hits a high or after 63 days`.
    pub fn describe_exit(&self) -> String {
        let mut exits = Vec::new();
        if let Some(rule) = &self.exits.rule {
            exits.push(format!("when {}", rule.text));
        }
        if let Some(after) = &self.exits.after {
            let unit = if self.exits.after_in_bars { "bar" } else { "day" };
            let plural = if self.setting(after) == "1" { "" } else { "s" };
            exits.push(format!("after {} {unit}{plural}", self.setting(after)));
        }
        let more = &self.plan.exits;
        let by =
            |by: &Option<Part>| by.as_ref().map(|of| format!(" x {}", of.functional)).unwrap_or_default();
        let none = None;
        for (word, barrier, measure) in [
            ("stop", &self.exits.stop, &more.stop_by),
            ("target", &self.exits.target, &none),
            ("trail", &self.exits.trail, &none),
            ("gap", &more.gap, &none),
        ] {
            if let Some(Barrier { distance, on_close }) = barrier {
                let on_close = if *on_close { " on close" } else { "" };
                let closed = if word == "gap" { " closed" } else { "" };
                exits.push(format!("{word} {}{}{closed}{on_close}", self.setting(distance), by(measure)));
            }
        }
        if let Some(gain) = &more.break_even {
            exits.push(format!("stop at the fill once {} ahead", self.setting(gain)));
        }
        for partial in &more.partials {
            let (part, at) = (self.setting(&partial.part), self.setting(&partial.at));
            exits.push(format!("{part} of it at {at}"));
        }
        if exits.is_empty() { "never".into() } else { exits.join(" or ") }
    }

    /// How much goes in, in words; `None` for the plain share of equity.
    pub fn describe_size(&self) -> Option<String> {
        let Plan { sizing, limits, .. } = &self.plan;
        let share = format!("{}% of equity", self.size * 100.0);
        let mut words = match sizing {
            Sizing::Fraction if self.size.total_cmp(&1.0).is_eq() => vec![],
            Sizing::Fraction if self.in_equal_parts() => {
                vec!["an equal part of equity for each place".into()]
            }
            Sizing::Fraction => vec![share],
            Sizing::Amount(money) => vec![format!("{} in money", self.setting(money))],
            Sizing::Volatility { target, of } => {
                vec![format!("volatility {} a year by {}", self.setting(target), of.functional)]
            }
            Sizing::Risk(risk) => vec![format!("{} of equity at risk to the stop", self.setting(risk))],
            Sizing::Kelly { share: part, after } => vec![format!(
                "{} of the Kelly fraction, {share} until {} trades are closed",
                self.setting(part),
                self.setting(after)
            )],
        };
        for (word, limit) in [
            ("lots of", &limits.lot),
            ("orders of at least", &limits.minimum),
            ("leverage up to", &limits.leverage),
            ("maintenance margin", &limits.maintenance),
        ] {
            words.extend(limit.as_ref().map(|limit| format!("{word} {}", self.setting(limit))));
        }
        (!words.is_empty()).then(|| format!("size {}", words.join(", ")))
    }

    /// The costs in words: `commission 10 bps and slippage 5 bps a side`.
    pub fn describe_costs(&self) -> String {
        let fees = &self.plan.fees;
        let mut text = format!(
            "commission {} and slippage {} a side",
            self.setting(&self.costs.commission),
            self.setting(&self.costs.slippage)
        );
        if !fees.tiers.is_empty() {
            let tiers = fees.tiers.iter().map(|tier| format!("{} bps from {}", tier.rate * 1e4, tier.from));
            text += &format!(", commission by 30 days' trading {}", tiers.collect::<Vec<_>>().join(", "));
        }
        for (words, setting) in [
            ("commission a unit", &fees.per_unit),
            ("least commission", &fees.least),
            ("slippage for a bar's volume", &fees.impact),
        ] {
            text += &setting.as_ref().map(|s| format!(", {words} {}", self.setting(s))).unwrap_or_default();
        }
        if let Some(rough) = &fees.rough {
            let of: Vec<String> = rough.of.iter().map(|of| of.functional.clone()).collect();
            text += &format!(", slippage {} of {}", self.setting(&rough.share), of.join(" and "));
        }
        for (word, rate) in
            [("borrow", &fees.borrow), ("funding", &fees.funding), ("interest on cash", &fees.interest)]
        {
            text += &rate.as_ref().map(|rate| format!(", {word} {}", self.rate(rate))).unwrap_or_default();
        }
        text
    }

    fn setting(&self, setting: &Setting) -> String {
        setting.describe(&self.parameters)
    }

    fn rate(&self, rate: &Rate) -> String {
        match rate {
            Rate::Setting(setting) if self.setting(setting) == "none" => "none".into(),
            Rate::Setting(setting) => format!("{} a year", self.setting(setting)),
            Rate::Series(market) => format!("by {}", self.markets[*market].name),
        }
    }
}
