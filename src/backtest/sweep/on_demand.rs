//! Trades that are found when a combination first makes them, where a table of all of them would be too large.
//!
//! Combinations with the same exit setting share their trades, so they are worked by one task, which remembers what it
//! has found. What it remembers is bounded: a trade beyond that is found again by each combination that makes it. The
//! trades are those of the table (`table`) to the bit, so nothing of a result depends on which of the two was used.

mod found;
mod lived;

use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::backtest::metrics::Value;
use crate::backtest::single::Setup;
use crate::base::diagnostic::Result;

use super::bits::Bits;
use super::courses::{Courses, Inputs, MOST_VALUES, Play, Told};
use super::deal::{AsItIs, narrow};
use super::entries::Entries;
use super::exits::ExitSettings;
use super::outcome::{Frame, Measured, Scratch};
use super::passage::Search;
use super::row::Market;
use super::settings::{Answers, Settings};
use super::table::Table;

use found::Found;
use lived::Lived;

/// Bytes of what all tasks at work remember of trades, beside 32 for each signal.
pub(super) const MOST_REMEMBERED: usize = 1 << 30;

/// Tasks for each thread, where there are rows enough.
const TASKS: usize = 4;

/// Everything that trades are found in.
#[derive(Debug)]
pub(super) struct OnDemand<'a> {
    pub(super) setup: &'a Setup<'a>,
    pub(super) market: Market<'a>,
    pub(super) rule: Option<Answers>,
    pub(super) source: Source<'a>,
    /// For each bar how many signals come before it: the place of the first one from there on.
    places: Vec<u32>,
    /// Bytes of what all tasks at work remember of trades.
    most: usize,
}

/// How trades are found.
#[derive(Debug)]
pub(super) enum Source<'a> {
    /// By search: those of a plain long.
    Search(Box<(Search<'a>, ExitSettings)>),
    /// On the reference, in an account of 1.
    Courses(Box<Inputs>),
}

/// A combination's trades, told apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Walked {
    pub(super) fingerprint: u128,
    /// How many there are.
    pub(super) trades: u32,
    /// Whether the reference has to be asked.
    pub(super) asks: bool,
}

/// What came of some combinations: the trades of each, and each distinct list of trades measured.
#[derive(Debug, Default)]
pub(super) struct Worked {
    pub(super) walked: Vec<(usize, Walked)>,
    pub(super) measured: Vec<(u128, Measured, Vec<Value>)>,
}

/// How long some combinations took, one after the other, each with nothing remembered of those before it.
#[derive(Debug, Default)]
pub(super) struct Timed {
    pub(super) combinations: usize,
    pub(super) trades: u64,
    /// Different lists of trades.
    pub(super) distinct: usize,
    /// The walk, the same again with all trades known, then all metrics, and the same again.
    pub(super) fresh: Duration,
    pub(super) again: Duration,
    pub(super) measured: Duration,
    pub(super) measured_again: Duration,
}

/// Trades of some exit settings, remembered from combination to combination.
trait Trades {
    /// The trades that follow from a set of signals under an exit setting.
    fn walk(&mut self, signals: &Bits, exit: usize) -> Walked;

    /// What they come to.
    fn measure(
        &mut self,
        signals: &Bits,
        exit: usize,
        own: (&Frame, &mut Scratch),
        values: &mut Vec<Value>,
    ) -> Measured;
}

/// Rows of a block that share their exits: their places in it, and for each the place of its exit setting in the task.
struct Task {
    /// The exit setting, or the play.
    of: usize,
    rows: Vec<(usize, usize)>,
}

impl<'a> Source<'a> {
    /// Prepares a search, or what the reference has to know. `None` where that is too much to keep.
    ///
    /// # Errors
    /// Where a series lacks a column an order needs.
    pub(super) fn new(
        setup: &'a Setup<'a>,
        rule: Option<&Answers>,
        settings: &Settings,
    ) -> Result<Option<Self>> {
        if !setup.is_simple() {
            let inputs = Inputs::new(setup, rule, MOST_VALUES)?;
            return Ok(inputs.map(|inputs| Self::Courses(Box::new(inputs))));
        }
        let fill = setup.orders(&setup.strategy.combination(0)).fill;
        let exits = ExitSettings::new(setup, rule, settings);
        Ok(Some(Self::Search(Box::new((Search::new(setup.prices(), fill), exits)))))
    }
}

impl Worked {
    /// What was told of each row, in order.
    pub(super) fn in_order(&self) -> Vec<Walked> {
        let mut walked = self.walked.clone();
        walked.sort_unstable_by_key(|(row, _)| *row);
        walked.into_iter().map(|(_, walked)| walked).collect()
    }
}

impl<'a> OnDemand<'a> {
    /// Trades that follow the signals, from where they are found and the exit rule's answers.
    pub(super) fn new(
        setup: &'a Setup<'a>,
        signals: &[usize],
        (source, rule): (Source<'a>, Option<Answers>),
    ) -> Self {
        let mut places = Vec::with_capacity(setup.window.len() + 1);
        for (place, &signal) in signals.iter().enumerate() {
            places.resize(signal + 1, narrow(place));
        }
        places.resize(setup.window.len() + 1, narrow(signals.len()));
        Self { setup, market: Market::new(setup), rule, source, places, most: MOST_REMEMBERED }
    }

    /// The exit rule's answers at each of so many bars, for a combination's places.
    pub(super) fn rule_at(&self, places: &[usize], bars: usize) -> Option<Vec<bool>> {
        self.rule.as_ref().map(|rule| rule.at(places, bars))
    }

    /// The trades of all signals under all exit settings, unless they are courses of more than `most` numbers.
    ///
    /// # Errors
    /// Gives itself back where they are.
    pub(super) fn into_table(
        self,
        signals: &[usize],
        settings: &Settings,
        most: usize,
    ) -> std::result::Result<Table<'a>, Box<Self>> {
        let market = self.market.clone();
        let table = match &self.source {
            Source::Search(search) => Some(Table::new(search, signals, (self.rule.as_ref(), market))),
            Source::Courses(inputs) => {
                let terms = inputs.terms(self.setup);
                let plays = inputs.plays(self.setup, (self.rule.as_ref(), settings), &terms);
                let most = most.saturating_sub(inputs.kept());
                let fits = Courses::expected(&plays, signals) <= most;
                fits.then(|| Table::of_courses(&plays, signals, most, market)).flatten()
            }
        };
        match table {
            Some(table) => Ok(table.with(self.rule)),
            None => Err(Box::new(self)),
        }
    }

    /// The same that remembers less.
    #[cfg(test)]
    pub(super) fn remembering(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// How many items of so many bytes each task at work may remember.
    fn most_of(&self, bytes: usize) -> usize {
        self.most / rayon::current_num_threads().max(1) / bytes
    }

    /// How many exit settings a task may have, so that all of their courses can be remembered.
    fn most_settings(&self, plays: &[Play<'_>], signals: &[usize]) -> usize {
        let settings: usize = plays.iter().map(|play| play.settings.len()).sum();
        // Of what is expected the rows that are made of courses are not a part.
        let each = Courses::expected(plays, signals) / 2 * 3 / settings.max(1);
        (self.most_of(size_of::<f64>()) / each.max(1)).max(1)
    }

    /// The place of the first signal from a bar on.
    fn place_from(&self, bar: usize) -> u32 {
        // A cooldown may last beyond the last bar.
        self.places[bar.min(self.places.len() - 1)]
    }

    /// Works combinations by entry and exit setting; without `measures` their trades are only told apart.
    pub(super) fn work(
        &self,
        (entries, exits): (&Entries, &Settings),
        rows: &[(usize, usize)],
        frame: &Frame,
        measures: bool,
    ) -> Worked {
        let seen = Seen::default();
        let job = Job { entries, rows, frame, seen: measures.then_some(&seen) };
        match &self.source {
            Source::Search(search) => {
                let rows = (0..rows.len()).map(|row| (rows[row].1, row, 0));
                all(&tasks(rows.collect(), 1), |task| {
                    job.work(task, &mut Found::new(self, search, task.of, &entries.bars))
                })
            }
            Source::Courses(inputs) => {
                let terms = inputs.terms(self.setup);
                let plays = inputs.plays(self.setup, (self.rule.as_ref(), exits), &terms);
                let most = self.most_settings(&plays, &entries.bars);
                all(&plays_of(&plays, rows, most), |task| {
                    job.work(task, &mut Lived::new(self, &plays[task.of], &task.places(), &entries.bars))
                })
            }
        }
    }

    /// Works combinations one after the other, for about as long as a budget reaches, at least one.
    pub(super) fn timed(
        &self,
        (entries, exits): (&Entries, &Settings),
        rows: &[(usize, usize)],
        (frame, budget): (&Frame, Duration),
    ) -> Timed {
        let (mut timed, mut seen) = (Timed::default(), HashSet::new());
        let start = Instant::now();
        let signals = &entries.bars;
        let mut time = |signals: &Bits, exit: usize, trades: &mut dyn Trades| {
            timed.one((signals, exit), trades, frame, &mut seen);
            start.elapsed() < budget
        };
        match &self.source {
            Source::Search(search) => rows.iter().all(|&(entry, exit)| {
                time(&entries.sets[entry], exit, &mut Found::new(self, search, exit, signals))
            }),
            Source::Courses(inputs) => {
                let terms = inputs.terms(self.setup);
                let plays = inputs.plays(self.setup, (self.rule.as_ref(), exits), &terms);
                let places = places_of(&plays);
                rows.iter().all(|&(entry, exit)| {
                    let (play, place) = places[exit];
                    let mut lived = Lived::new(self, &plays[play], &(place..place + 1), signals);
                    time(&entries.sets[entry], place, &mut lived)
                })
            }
        };
        timed.distinct = seen.len();
        timed
    }

    /// How many distinct trades follow a few of the signals under all exit settings, and how many numbers would be
    /// kept of their courses.
    pub(super) fn of_few(&self, few: &[usize], signals: &[usize], exits: &Settings) -> (usize, usize) {
        match &self.source {
            Source::Search(search) => {
                let rules = self.rule.as_ref().map_or(&[][..], |rule| &rule.bars);
                let fan = |signal: &usize| search.1.fan(&search.0, signal + 1, rules).deals.len();
                (few.iter().map(fan).sum(), 0)
            }
            Source::Courses(inputs) => {
                let terms = inputs.terms(self.setup);
                let plays = inputs.plays(self.setup, (self.rule.as_ref(), exits), &terms);
                Courses::of_few(&plays, few, signals)
            }
        }
    }

    /// The courses of a combination; `None` where trades are found by search.
    pub(super) fn courses(
        &self,
        (entries, exits): (&Entries, &Settings),
        (entry, exit): (usize, usize),
    ) -> Option<Vec<Told>> {
        let Source::Courses(inputs) = &self.source else { return None };
        let terms = inputs.terms(self.setup);
        let plays = inputs.plays(self.setup, (self.rule.as_ref(), exits), &terms);
        let task = plays_of(&plays, &[(entry, exit)], 1).into_iter().next()?;
        let mut lived = Lived::new(self, &plays[task.of], &task.places(), &entries.bars);
        Some(lived.courses(&entries.sets[entry], task.rows[0].1))
    }
}

impl Timed {
    fn one(
        &mut self,
        (signals, exit): (&Bits, usize),
        trades: &mut dyn Trades,
        frame: &Frame,
        seen: &mut HashSet<u128>,
    ) {
        let mut lap = Instant::now();
        let mut split = |sum: &mut Duration| {
            *sum += lap.elapsed();
            lap = Instant::now();
        };
        let walked = trades.walk(signals, exit);
        split(&mut self.fresh);
        trades.walk(signals, exit);
        split(&mut self.again);
        let (mut scratch, mut values) = (Scratch::default(), Vec::new());
        trades.measure(signals, exit, (frame, &mut scratch), &mut values);
        split(&mut self.measured);
        trades.measure(signals, exit, (frame, &mut scratch), &mut values);
        split(&mut self.measured_again);
        self.combinations += 1;
        self.trades += u64::from(walked.trades);
        seen.insert(walked.fingerprint);
    }
}

/// Lists of trades that some task measures.
#[derive(Default)]
struct Seen(Mutex<HashSet<u128, BuildHasherDefault<AsItIs>>>);

impl Seen {
    /// Whether nobody measures it yet.
    fn is_new(&self, fingerprint: u128) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(fingerprint)
    }
}

/// What all tasks of a block share.
struct Job<'j> {
    entries: &'j Entries,
    rows: &'j [(usize, usize)],
    frame: &'j Frame,
    /// `None` where nothing is measured.
    seen: Option<&'j Seen>,
}

impl Job<'_> {
    fn work(&self, task: &Task, trades: &mut impl Trades) -> Worked {
        let (mut worked, mut scratch) = (Worked::default(), Scratch::default());
        for &(row, exit) in &task.rows {
            let signals = &self.entries.sets[self.rows[row].0];
            let walked = trades.walk(signals, exit);
            worked.walked.push((row, walked));
            // Whichever task comes first: what a list of trades comes to is the same for all.
            if !walked.asks && self.seen.is_some_and(|seen| seen.is_new(walked.fingerprint)) {
                let mut values = Vec::new();
                let measured = trades.measure(signals, exit, (self.frame, &mut scratch), &mut values);
                worked.measured.push((walked.fingerprint, measured, values));
            }
        }
        worked
    }
}

impl Task {
    /// The places of its exit settings in the play, rising.
    fn places(&self) -> std::ops::Range<usize> {
        let places = self.rows.iter().map(|(_, place)| *place);
        places.clone().min().unwrap_or(0)..places.max().map_or(0, |last| last + 1)
    }
}

/// Works tasks on all threads.
fn all(tasks: &[Task], work: impl Fn(&Task) -> Worked + Sync) -> Worked {
    let done: Vec<Worked> = match tasks {
        [task] => vec![work(task)],
        tasks => tasks.par_iter().with_max_len(1).map(&work).collect(),
    };
    let mut whole = Worked::default();
    for mut part in done {
        whole.walked.append(&mut part.walked);
        whole.measured.append(&mut part.measured);
    }
    whole
}

/// Rows, each with what it belongs to, its place in the block and the place of its exit setting, as tasks of so many
/// exit settings at most: enough of them that all threads have work, and no more, since what one remembers the others do
/// not know.
fn tasks(mut rows: Vec<(usize, usize, usize)>, most_settings: usize) -> Vec<Task> {
    rows.sort_unstable_by_key(|&(of, row, place)| (of, place, row));
    let most = rows.len().div_ceil(TASKS * rayon::current_num_threads()).max(1);
    let mut tasks = Vec::new();
    for own in rows.chunk_by(|a, b| a.0 == b.0) {
        let settings: Vec<_> = own.chunk_by(|a, b| a.2 == b.2).collect();
        for some in settings.chunks(most_settings) {
            let some = some.concat();
            let pieces = some.len().div_ceil(most);
            for piece in some.chunks(some.len().div_ceil(pieces)) {
                let rows = piece.iter().map(|&(_, row, place)| (row, place)).collect();
                tasks.push(Task { of: piece[0].0, rows });
            }
        }
    }
    tasks
}

/// The tasks of rows whose trades are courses: settings that differ in the bars to hold alone are lived through
/// together.
fn plays_of(plays: &[Play<'_>], rows: &[(usize, usize)], most: usize) -> Vec<Task> {
    let places = places_of(plays);
    let rows = rows.iter().enumerate().map(|(row, &(_, exit))| {
        let (play, place) = places[exit];
        (play, row, place)
    });
    tasks(rows.collect(), most)
}

/// The play of each exit setting, and its place there.
fn places_of(plays: &[Play<'_>]) -> Vec<(usize, usize)> {
    let mut places = vec![(0, 0); plays.iter().map(|play| play.settings.len()).sum()];
    for (number, play) in plays.iter().enumerate() {
        for (place, &setting) in play.settings.iter().enumerate() {
            places[setting] = (number, place);
        }
    }
    places
}
