//! What a manifest tells of several symbols and of several strategies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Asked, EventsFacts, Manifest, ParameterValues, SeriesFacts, StrategyText};
use crate::strategy::binding::Cast;
use crate::strategy::signals::Span;

/// The symbols that a market can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SymbolsFacts {
    /// The name in the rule.
    pub market: String,
    /// The series of every symbol that was declared, in order; each `market` is the word as written.
    pub series: Vec<SeriesFacts>,
}

impl SymbolsFacts {
    /// Every list of a strategy, given it on every declared choice of its symbols.
    fn all(casts: &[Cast]) -> Vec<Self> {
        let Some(strategy) = casts.first().map(|cast| &cast.strategy) else { return Vec::new() };
        let of = |symbols: &crate::strategy::file::Symbols| {
            let series = symbols.listed.iter().enumerate().filter_map(|(place, listed)| {
                let has_it =
                    |cast: &&Cast| cast.strategy.listed_places(&cast.choice)[symbols.market] == place;
                let cast = casts.iter().find(has_it)?;
                let series = &cast.panel.members()[symbols.market];
                Some(SeriesFacts::new(&listed.word, &listed.target, series))
            });
            Self { market: strategy.markets[symbols.market].name.clone(), series: series.collect() }
        };
        strategy.symbols.iter().map(of).collect()
    }
}

/// The days that a strategy on a choice of its symbols would have alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AloneFacts {
    /// The strategy, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy: Option<String>,
    /// The symbol of each list.
    symbols: BTreeMap<String, String>,
    /// The first.
    from: String,
    /// The last.
    to: String,
}

/// A further strategy of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BesideFacts {
    strategy: StrategyText,
    parameters: Vec<ParameterValues>,
    asked: Asked,
    series: Vec<SeriesFacts>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    symbols: Vec<SymbolsFacts>,
    events: Vec<EventsFacts>,
    assumed: Vec<String>,
}

impl BesideFacts {
    /// Describes a strategy by what it is on the defaults of its symbols.
    fn new(casts: &[Cast], default: usize) -> Option<Self> {
        let Cast { strategy, panel, .. } = casts.get(default)?;
        Some(Self {
            strategy: StrategyText::new(strategy),
            parameters: strategy.parameters.iter().map(ParameterValues::new).collect(),
            asked: Asked::new(strategy),
            series: SeriesFacts::all(strategy, panel),
            symbols: SymbolsFacts::all(casts),
            events: EventsFacts::all(strategy, panel),
            assumed: strategy.assumed.clone(),
        })
    }
}

/// The symbols of each list of a cast, as written.
pub fn chosen(cast: &Cast) -> BTreeMap<String, String> {
    let Cast { strategy, choice, .. } = cast;
    let named = strategy.symbols.iter().map(|symbols| symbols.parameter);
    named.map(|at| (strategy.parameters[at].name.clone(), choice.0[at].text().to_owned())).collect()
}

impl Manifest {
    /// Adds what else a run was made from: of each strategy every declared choice of its symbols, the place of its
    /// default among them, and the days of each alone. A strategy alone on the symbols it has adds nothing.
    #[must_use]
    pub fn with_choices(mut self, strategies: &[(&[Cast], usize)], alone: &[Span]) -> Self {
        let several = strategies.len() > 1;
        let casts = strategies.iter().flat_map(|(casts, _)| casts.iter());
        if casts.clone().count() > 1 {
            let told = casts.zip(alone).map(|(cast, span)| AloneFacts {
                strategy: several.then(|| cast.strategy.name.clone()),
                symbols: chosen(cast),
                from: span.from.to_string(),
                to: span.to.to_string(),
            });
            self.alone = told.collect();
        }
        if let Some(((casts, _), others)) = strategies.split_first() {
            self.symbols = SymbolsFacts::all(casts);
            self.beside = others.iter().filter_map(|(casts, at)| BesideFacts::new(casts, *at)).collect();
        }
        for other in &self.beside {
            self.command = self.command.replacen(" --", &format!(" {} --", other.strategy.name), 1);
        }
        self
    }
}
