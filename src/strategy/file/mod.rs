//! What does this file tell me to trade, over which ranges?
//!
//! A strategy is a TOML file (`toml`) or one sentence (`sentence`). Both are cut into the same pieces, and
//! `compile` makes a [`Strategy`] of them: rules as a graph, settings as values or parameters.

mod bundled;
mod compile;
mod constraint;
mod describe;
mod scale;
mod sentence;
mod several;
mod symbols;
mod toml;
mod trade;
mod words;

use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Result, Source, nearest};
use crate::market::series::Panel;
use crate::strategy::rule::{
    Assignment, Bound, Choice, Expression, Fragment, Graph, Market, NodeId, Parameter, Value, Vocabulary,
};

pub use bundled::{Bundled, bundled};
pub use constraint::Constraint;
pub use scale::{Rung, Scale};
pub use several::Each;
pub use symbols::{Listed, Symbols};
pub use trade::{
    Again, Basket, Direction, Fees, Hedge, LimitOrder, Limits, MoreExits, Partial, Plan, Rate, Rough, Sizing,
    Tier, Weights,
};

/// A strategy, checked: every word is known, every unit fits. It holds no data.
#[derive(Debug, Clone)]
pub struct Strategy {
    /// Short name: the file's stem, or one made from the sentence.
    pub name: String,
    /// What the strategy says, for people.
    pub title: String,
    /// Where the claim was read.
    pub source: Option<String>,
    /// What else the author wrote.
    pub note: Option<String>,
    /// The text as written.
    pub text: String,
    /// The markets, numbered as in the rule's graph.
    pub markets: Vec<Market>,
    /// For each market, the file it is read from; `None` for one in the store.
    pub files: Vec<Option<FileMarket>>,
    /// The parameters, in file order: those that choose symbols before all others.
    pub parameters: Vec<Parameter>,
    /// The markets that are one of several symbols; `markets` and `files` have the default of each.
    pub symbols: Vec<Symbols>,
    /// The number of the traded market, whose bars are the clock; of several laggards the first.
    pub traded: usize,
    /// Several laggards, each in trades of its own. What else stands here is then that of the first.
    pub each: Option<Each>,
    /// Which price of the next bar orders get.
    pub fill: FillPrice,
    /// The share of equity that goes into a trade, from above 0 to 1.
    pub size: f64,
    /// When to buy.
    pub entry: Rule,
    /// When to sell.
    pub exits: Exits,
    /// What trading costs.
    pub costs: Costs,
    /// What is put on beside a long position: sides, legs, sizes, further exits and costs.
    pub plan: Plan,
    /// Which part of history counts.
    pub window: Window,
    /// The risk-free rate per year, as a fraction.
    pub risk_free: f64,
    /// The series of risk-free rates per year in percent, by its market's number, instead.
    pub risk_free_series: Option<usize>,
    /// What the sentence left out and was assumed, in words; empty for files.
    pub assumed: Vec<String>,
    /// What a study looks at besides returns.
    pub study: Study,
    /// The condition that a sweep's combinations fit.
    pub constraint: Option<Constraint>,
    /// The parts of all rules.
    pub graph: Graph,
}

/// What a study looks at besides returns.
#[derive(Debug, Clone, Default)]
pub struct Study {
    /// Something that may come about together with the signals, and how many calendar days before or after
    /// one still count.
    pub beside: Option<(Rule, Setting)>,
    /// A number that is followed from the signals on.
    pub measure: Option<Rule>,
}

/// A rule: as written, in function form, and as a node of the graph.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The text as written.
    pub text: String,
    /// The function form.
    pub functional: String,
    /// The rule's node: true or false on the clock.
    pub node: NodeId,
    /// The clauses joined by `and`, in order.
    pub clauses: Vec<Clause>,
}

/// A clause of a rule: one of the conditions that it joins by `and`.
#[derive(Debug, Clone)]
pub struct Clause {
    /// The text as written.
    pub text: String,
    /// True or false on the clock.
    pub node: NodeId,
    /// What is measured: the left side of a comparison, or the clause itself.
    pub measure: Part,
    /// For a comparison, what the measure is held against.
    pub bound: Option<Bound<Part>>,
    /// For an event at a high or a low, how far away it is.
    pub distance: Option<Part>,
}

/// A part of a rule that can be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The function form.
    pub functional: String,
    /// Its node, on the clock.
    pub node: NodeId,
}

/// A value, or the parameter that gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// The same in every combination.
    Fixed(Value),
    /// The value of a parameter, by its number.
    Parameter(usize),
}

impl Setting {
    /// The value under an assignment.
    pub fn value<'a>(&'a self, values: &'a Assignment) -> &'a Value {
        match self {
            Self::Fixed(value) => value,
            Self::Parameter(index) => &values.0[*index],
        }
    }

    /// The value for people: as written, or the parameter in braces.
    pub fn describe(&self, parameters: &[Parameter]) -> String {
        match self {
            Self::Fixed(value) => value.text().to_owned(),
            Self::Parameter(index) => format!("{{{}}}", parameters[*index].name),
        }
    }
}

/// Which price of the next bar an order gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillPrice {
    /// Its open.
    Open,
    /// Its close.
    Close,
}

/// A stop, target or trail.
#[derive(Debug, Clone, PartialEq)]
pub struct Barrier {
    /// The distance, a fraction, or `none`.
    pub distance: Setting,
    /// Whether it looks at closes only.
    pub on_close: bool,
}

/// What ends a trade, whichever comes first.
#[derive(Debug, Clone)]
pub struct Exits {
    /// A rule.
    pub rule: Option<Rule>,
    /// A number of days or bars to hold, or `none`.
    pub after: Option<Setting>,
    /// Whether `after` was written in bars; days are bars of a daily market.
    pub after_in_bars: bool,
    /// A fall from the fill.
    pub stop: Option<Barrier>,
    /// A rise from the fill.
    pub target: Option<Barrier>,
    /// A fall from the highest since the fill.
    pub trail: Option<Barrier>,
}

/// Costs per side, as fractions of the money traded.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// Paid to the broker.
    pub commission: Setting,
    /// Lost against the quoted price.
    pub slippage: Setting,
}

/// Which part of history counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The first label, included.
    pub from: Option<Date>,
    /// The last label, included.
    pub to: Option<Date>,
    /// Calendar days without a signal after which a new episode begins.
    pub gap_days: i64,
}

/// The default gap between episodes, in calendar days.
pub const DEFAULT_GAP_DAYS: i64 = 30;

/// A market read from a file that a strategy names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileMarket {
    /// The path as written, relative to the strategy file.
    pub path: String,
    /// The session kind, if told.
    pub session: Option<String>,
    /// The closing time of a `custom` session.
    pub close: Option<String>,
    /// The time zone of that time.
    pub timezone: Option<String>,
    /// Days from a macro row's date to its release.
    pub release_lag: Option<u16>,
    /// The age in days above which a row counts as missing.
    pub stale_after: Option<u16>,
}

impl Strategy {
    /// Reads a strategy file.
    ///
    /// # Errors
    /// Everything that is wrong with the text, each with its place.
    pub fn from_toml(name: &str, source: &Source, vocabulary: &dyn Vocabulary) -> Result<Self> {
        toml::read(name, source, vocabulary)
    }

    /// Reads a strategy written as one sentence: `long BTC when …, exit …, commission …, slippage …`.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its place.
    pub fn from_sentence(sentence: &str, vocabulary: &dyn Vocabulary) -> Result<Self> {
        sentence::read(sentence, vocabulary)
    }

    /// Replaces a parameter's values: `lag=30%` fixes it, `lag=10%..40% by 5%` and `lag={10%, 20%}` give it
    /// a range. A fixed value becomes the default, too.
    ///
    /// # Errors
    /// Where the parameter is unknown or the text is no value or range.
    pub fn set(&mut self, text: &str) -> Result<()> {
        let wrong = |message: String| Diagnostic::new(format!("--set {text}: {message}"));
        let (name, list) = text.split_once('=').ok_or_else(|| {
            wrong("expected name=value".into()).hint("as in --set lag=30% or --set lag=10%..40% by 5%")
        })?;
        let name = name.trim();
        let names: Vec<_> = self.parameters.iter().map(|parameter| parameter.name.clone()).collect();
        let Some(index) = names.iter().position(|known| known == name) else {
            let error = wrong(format!("no parameter is called `{name}`"));
            let near = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
            return Err(if let Some(near) = near {
                error.hint(format!("did you mean `{near}`?"))
            } else if names.is_empty() {
                error.detail("this strategy has no parameters")
            } else {
                error.hint(format!("the parameters are {}", names.join(", ")))
            }
            .into());
        };
        let list = list.trim();
        let list = list.strip_prefix('{').and_then(|list| list.strip_suffix('}')).unwrap_or(list);
        let values = match self.symbols_of(index) {
            Some(symbols) => {
                symbols.values(list).map_err(|reason| wrong(reason).hint("add it to the list to try it, too"))
            }
            None => crate::strategy::rule::parse_list(list).map_err(|reason| {
                wrong(reason)
                    .hint("as in --set lag=30%, --set \"lag=10%..40% by 5%\" or --set \"lag={10%, 20%}\"")
            }),
        }?;
        self.parameters[index].replace_values(values);
        *self = self.cast(&self.defaults());
        self.check_settings()
            .map_err(|reason| wrong(reason).hint("write a value that fits where the parameter stands"))?;
        self.alone_mut().try_for_each(|alone| alone.set(text))
    }

    /// Gives a parameter the very values that it had in an earlier run; `set_aside` are those that were declared and
    /// not used.
    ///
    /// # Errors
    /// Where there is no such parameter, or a text is no value that fits.
    pub fn restore(
        &mut self,
        name: &str,
        default_text: &str,
        values: &[String],
        set_aside: &[String],
    ) -> Result<()> {
        let wrong = |reason: String| Diagnostic::new(format!("the parameter `{name}`: {reason}"));
        let Some(index) = self.parameters.iter().position(|parameter| parameter.name == name) else {
            return Err(wrong("the strategy has none of this name".into()).into());
        };
        let symbols = self.symbols_of(index);
        let read = |texts: &[String]| -> std::result::Result<Vec<Value>, String> {
            let value = |text: &String| match symbols {
                Some(symbols) => symbols.values(text).map(|mut values| values.remove(0)),
                None => crate::strategy::rule::parse_value(text),
            };
            texts.iter().map(value).collect()
        };
        let read_default = read(&[default_text.to_owned()]).map_err(wrong)?.remove(0);
        let (read_values, unused) = (read(values).map_err(wrong)?, read(set_aside).map_err(wrong)?);
        if read_values.is_empty() {
            return Err(wrong("it has no value".into()).into());
        }
        let parameter = &mut self.parameters[index];
        parameter.declared =
            std::iter::once(&read_default).chain(&read_values).chain(&unused).cloned().collect();
        (parameter.default, parameter.values) = (read_default, read_values);
        *self = self.cast(&self.defaults());
        self.check_settings().map_err(wrong)?;
        self.alone_mut().try_for_each(|alone| alone.restore(name, default_text, values, set_aside))
    }

    /// Checks that every value of every parameter fits where the parameter is used as a setting.
    fn check_settings(&self) -> std::result::Result<(), String> {
        compile::check_settings(self)
    }

    /// Checks that every part of its rules can be computed on a panel, also those of each laggard.
    ///
    /// # Errors
    /// One message for each part that cannot, with its place in the text.
    pub fn check_panel(&self, panel: &Panel) -> Result<()> {
        let alone = self.each.iter().flat_map(|each| &each.alone);
        std::iter::once(self).chain(alone).try_for_each(|strategy| strategy.graph.check(panel))
    }

    /// How many combinations the sweep has; `None` where the number does not fit.
    pub fn combinations(&self) -> Option<u64> {
        self.parameters
            .iter()
            .try_fold(1_u64, |product, parameter| product.checked_mul(parameter.values.len() as u64))
    }

    /// The values of combination `number`, from 0: parameters count in file order, the last one fastest.
    pub fn combination(&self, number: u64) -> Assignment {
        let values = self.parameters.iter().zip(self.places(number));
        Assignment(values.map(|(parameter, place)| parameter.values[place].clone()).collect())
    }

    /// The place of each parameter's value in combination `number`, from 0.
    pub fn places(&self, number: u64) -> Vec<usize> {
        let mut rest = number;
        let mut places: Vec<usize> = self
            .parameters
            .iter()
            .rev()
            .map(|parameter| {
                let count = parameter.values.len() as u64;
                #[expect(clippy::cast_possible_truncation, reason = "a place is below the number of values")]
                let place = (rest % count) as usize;
                rest /= count;
                place
            })
            .collect();
        places.reverse();
        places
    }

    /// The default of every parameter.
    pub fn defaults(&self) -> Assignment {
        Assignment::defaults(&self.parameters)
    }

    /// Every declared value of every parameter.
    pub fn every_value(&self) -> Choice<'_> {
        Choice::All(&self.parameters)
    }

    /// The nodes of the rules: the entry's and, if there is one, the exit's.
    pub fn rules(&self) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::once(self.entry.node).chain(self.exits.rule.as_ref().map(|rule| rule.node))
    }

    /// The nodes of everything that must be warm: the rules, what an order needs, and what a study looks at.
    pub fn looks(&self) -> impl Iterator<Item = NodeId> + '_ {
        let beside = self.study.beside.as_ref().map(|(rule, _)| rule.node);
        let study = beside.into_iter().chain(self.study.measure.as_ref().map(|measure| measure.node));
        self.rules().chain(self.measures()).chain(study)
    }

    /// The nodes of the numbers that an order needs: betas and volatilities.
    pub fn measures(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.plan.measures().into_iter().map(|measure| measure.node)
    }

    /// Markets that are read as rates, not traded and not part of a rule's story.
    pub fn rate_markets(&self) -> Vec<usize> {
        let mut markets = self.plan.rate_markets();
        markets.extend(self.risk_free_series);
        markets
    }

    /// The settings of its orders and costs.
    pub fn settings(&self) -> Vec<&Setting> {
        compile::settings(self).into_iter().map(|(setting, _)| setting).collect()
    }

    /// Names of parameters that no rule and no setting uses: a sweep would try the same thing again and again.
    fn unused_parameters(&self) -> Vec<&str> {
        let within = self.study.beside.as_ref().map(|(_, within)| within);
        let mut used: Vec<usize> = self
            .settings()
            .into_iter()
            .chain(within)
            .filter_map(|setting| match setting {
                Setting::Parameter(index) => Some(*index),
                Setting::Fixed(_) => None,
            })
            .collect();
        used.extend(self.looks().flat_map(|rule| self.graph.parameters(rule).iter().copied()));
        let looked_at = |market| self.looks().any(|node| self.graph.looks_at(node, market));
        let others = self.plan.hedge.iter().map(|hedge| hedge.market).chain(self.rate_markets());
        let traded: Vec<usize> = others.chain([self.traded]).collect();
        let symbols = self.symbols.iter().filter(|s| traded.contains(&s.market) || looked_at(s.market));
        used.extend(symbols.map(|symbols| symbols.parameter));
        let named = self.parameters.iter().enumerate();
        named
            .filter(|(index, _)| !used.contains(index))
            .map(|(_, parameter)| parameter.name.as_str())
            .collect()
    }
}

/// A piece of a strategy's text that has been read.
struct Piece {
    fragment: Fragment,
    expression: Expression,
}

#[cfg(test)]
mod tests;
