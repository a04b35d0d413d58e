//! Every exit setting of a plain long, and the trade that each one makes of an entry.

use crate::backtest::simulator::{Costs, Orders};
use crate::backtest::single::Setup;

use super::bits::Bits;
use super::deal::{ByFingerprint, Deal, mixed, narrow};
use super::passage::{Exit, Passage, Search};
use super::settings::{Answers, Settings};

/// The exits and costs of every exit setting, each distinct one once.
#[derive(Debug)]
pub(super) struct ExitSettings {
    costs: Vec<Costs>,
    /// Distinct exits, with the costs whose slippage moves their levels.
    exits: Vec<(Exit, usize)>,
    /// For each exit setting its costs and its exits.
    settings: Vec<(usize, Vec<usize>)>,
}

/// The trades of one signal: the distinct ones, and which one each exit setting makes.
pub(super) struct Fan {
    pub(super) deals: Vec<Deal>,
    pub(super) of_exit: Vec<u32>,
}

impl ExitSettings {
    pub(super) fn new(setup: &Setup<'_>, rule: Option<&Answers>, settings: &Settings) -> Self {
        let strategy = setup.strategy;
        let mut all = Self { costs: Vec::new(), exits: Vec::new(), settings: Vec::new() };
        for setting in 0..settings.count() {
            let Orders { exits, costs, .. } = setup.orders(&settings.values(strategy, setting));
            let costs = place(&mut all.costs, costs);
            let rule = rule.map(|rule| Exit::Rule(rule.settings.at(&settings.places(strategy, setting))));
            let own = [
                rule,
                exits.after.map(Exit::After),
                exits.stop.map(Exit::Stop),
                exits.target.map(Exit::Target),
                exits.trail.map(Exit::Trail),
            ];
            let own = own.into_iter().flatten().map(|exit| place(&mut all.exits, (exit, costs))).collect();
            all.settings.push((costs, own));
        }
        all
    }

    /// How many settings there are.
    pub(super) fn count(&self) -> usize {
        self.settings.len()
    }

    /// The trades of a signal whose order fills in bar `entry`.
    pub(super) fn fan(&self, search: &Search<'_>, entry: usize, rules: &[Bits]) -> Fan {
        let bars = search.bars();
        let price = search.entry_price(entry);
        let paid: Vec<f64> = self.costs.iter().map(|costs| price * (1.0 + costs.slippage)).collect();
        let passages: Vec<Passage> = self
            .exits
            .iter()
            .map(|&(exit, costs)| search.passage(exit, entry, paid[costs], (rules, bars)))
            .collect();
        let mut known = ByFingerprint::default();
        let mut deals = Vec::new();
        let deal_of = |(costs, exits): &(usize, Vec<usize>)| {
            let first = exits.iter().fold(Passage::NEVER, |first, &exit| first.first(passages[exit]));
            // An exit that never comes has a bar behind all others.
            let bar = first.bar().unwrap_or(usize::MAX) as u64;
            let words = [bar, first.price.to_bits(), *costs as u64];
            *known.entry(mixed(&words.into_iter())).or_insert_with(|| {
                deals.push(self.deal(search, *costs, (entry, paid[*costs]), first));
                narrow(deals.len() - 1)
            })
        };
        let of_exit = self.settings.iter().map(deal_of).collect();
        Fan { deals, of_exit }
    }

    /// The trade of a signal whose order fills in bar `entry`, under one exit setting: that of [`Self::fan`].
    pub(super) fn trade(&self, search: &Search<'_>, entry: usize, rules: &[Bits], setting: usize) -> Deal {
        let (costs, exits) = &self.settings[setting];
        let price = search.entry_price(entry);
        let paid = price * (1.0 + self.costs[*costs].slippage);
        let bars = search.bars();
        let first = exits.iter().fold(Passage::NEVER, |first, &exit| {
            // What comes after the first of the others need not be looked for.
            let until = first.bar().map_or(bars, |bar| bar + 1);
            first.first(search.passage(self.exits[exit].0, entry, paid, (rules, until)))
        });
        self.deal(search, *costs, (entry, paid), first)
    }

    fn deal(
        &self,
        search: &Search<'_>,
        costs: usize,
        (entry, entry_price): (usize, f64),
        first: Passage,
    ) -> Deal {
        let Costs { commission, slippage, .. } = self.costs[costs];
        let (exit, exit_price) = match first.bar() {
            Some(bar) => (bar, first.price * (1.0 - slippage)),
            None => (search.bars() - 1, search.last_close()),
        };
        Deal {
            entry: narrow(entry),
            exit: narrow(exit),
            entry_price,
            exit_price,
            commission,
            profit: 0.0,
            open: first.bar().is_none(),
        }
    }
}

/// The place of `item` in `items`, to which it is added unless it is there already.
fn place<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    items.iter().position(|known| *known == item).unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
}
