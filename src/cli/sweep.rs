//! `sweep`: every combination of a strategy's parameters.

use std::path::{Path, PathBuf};

use super::interrupt;
use super::options::{Common, Shard, SweepWork};
use super::output::Output;
use super::results::{SweepFound, deliver, place};
use super::several::{assess as assess_several, tell_late};
use super::subject::{Subject, load};
use super::trust::tell_warm_up;
use super::work::assess;
use crate::backtest::metrics::{self, Metric};
use crate::backtest::portfolio::{Portfolio, panels};
use crate::backtest::single::{self, Setup};
use crate::backtest::sweep::{
    self, BLOCK, Engine, Landscape, Plan, Selection, Subset, Swept, Way, check, number_of,
};
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::report::compose::BEST_SHOWN;
use crate::report::{content, format};
use crate::results::folder::{RunFolder, interrupted};
use crate::results::manifest::{Days, Kind, Manifest, RankingFacts, SubsetFacts};
use crate::results::stream::Stream;

/// Rows of equity curves that are written at most, beside the default's.
const MOST_CURVE_ROWS: usize = 5_000_000;

/// What is asked of a sweep.
pub(super) struct Request {
    pub(super) capital: f64,
    pub(super) metric: &'static Metric,
    pub(super) curves: usize,
    pub(super) min_trades: u32,
    pub(super) subset: Subset,
    pub(super) shown: content::Kind,
    pub(super) report: bool,
    pub(super) resume: bool,
    pub(super) check: u64,
    pub(super) out: Option<PathBuf>,
    /// A part, and what is left beside it so that the parts can be joined.
    pub(super) shard: Option<(Shard, String)>,
    /// Parts to be joined instead of working.
    pub(super) parts: Vec<PathBuf>,
    /// The manifest that all of those parts have.
    pub(super) joined: Option<String>,
}

impl Request {
    /// A whole sweep with everything as it is by default.
    pub(super) fn new(metric: &'static Metric) -> Self {
        Self {
            capital: 1.0,
            metric,
            curves: 10,
            min_trades: 1,
            subset: Subset::All,
            shown: content::Kind::Sweep,
            report: true,
            resume: false,
            check: 0,
            out: None,
            shard: None,
            parts: Vec::new(),
            joined: None,
        }
    }

    /// The subset that options ask for.
    pub(super) fn subset(sample: Option<u64>, sobol: Option<u64>) -> Subset {
        match (sample, sobol) {
            (Some(count), _) => Subset::Random(count),
            (None, Some(count)) => Subset::Sobol(count),
            (None, None) => Subset::All,
        }
    }
}

/// `catchup sweep`
pub(super) fn sweep(common: &Common, output: &Output, arguments: &SweepWork) -> Result<()> {
    let work = &arguments.work;
    let metric = metrics::named(&arguments.rank)?;
    let subject = load(common, output, &work.strategy, &work.set)?;
    let request = Request {
        capital: work.capital,
        curves: arguments.curves,
        min_trades: arguments.min_trades,
        subset: Request::subset(arguments.sample, arguments.sobol),
        report: !work.no_report,
        resume: arguments.resume,
        check: arguments.check,
        out: common.out.clone(),
        shard: arguments.shard.map(|shard| (shard, left_beside(common, arguments, shard))),
        ..Request::new(metric)
    };
    sweep_subject(common, output, &subject, &request).map(drop)
}

/// What lies beside a part: which one it is, and what was asked for.
fn left_beside(common: &Common, arguments: &SweepWork, shard: Shard) -> String {
    let date = |date: Option<Date>| date.map(|date| date.to_string());
    let work = &arguments.work;
    let asked = serde_json::json!({
        "part": shard.part,
        "of": shard.of,
        "strategy": work.strategy,
        "set": work.set,
        "capital": work.capital,
        "rank": arguments.rank,
        "curves": arguments.curves,
        "min_trades": arguments.min_trades,
        "sample": arguments.sample,
        "sobol": arguments.sobol,
        "seed": common.seed,
        "from": date(common.from),
        "to": date(common.to),
    });
    format!("{asked:#}\n")
}

/// Sweeps a strategy, studies its default and leaves the results; gives the folder.
pub(super) fn sweep_subject(
    common: &Common,
    output: &Output,
    subject: &Subject,
    request: &Request,
) -> Result<PathBuf> {
    let strategy = &subject.strategy;
    let Some(each) = &strategy.each else {
        let setup = Setup::new(strategy, &subject.bound.panel, request.capital)?;
        return sweep_on(common, output, subject, request, Ground::One(&setup));
    };
    let panels = panels(each, &subject.bound.panel);
    let portfolio = Portfolio::new(strategy, each, &panels, request.capital)?;
    tell_late(output, &portfolio);
    if request.check > 0 {
        return Err(Diagnostic::new("there is nothing to check: several laggards have no faster way")
            .hint("leave out --check: every combination runs on the reference")
            .into());
    }
    sweep_on(common, output, subject, request, Ground::Several(&portfolio))
}

/// What a sweep runs on.
#[derive(Clone, Copy)]
enum Ground<'a> {
    One(&'a Setup<'a>),
    Several(&'a Portfolio<'a>),
}

fn sweep_on(
    common: &Common,
    output: &Output,
    subject: &Subject,
    request: &Request,
    ground: Ground<'_>,
) -> Result<PathBuf> {
    let setup = match ground {
        Ground::One(setup) => setup,
        Ground::Several(portfolio) => &portfolio.face,
    };
    let whole = Plan::new(setup, Selection::new(&subject.strategy, request.subset, common.seed)?)?;
    let mut plan = match &request.shard {
        Some((shard, _)) => part(&whole, *shard)?,
        None => whole,
    };
    let pool = common.pool()?;
    tell_plan(output, setup, &plan, pool.current_num_threads());
    tell_warm_up(output, setup);

    let curves = request.curves.min(MOST_CURVE_ROWS / setup.window.len().max(1));
    let ranking = RankingFacts {
        metric: request.metric.name,
        curves: request.curves,
        min_trades: request.min_trades,
        subset: SubsetFacts::new(request.subset),
    };
    let days = match request.shown {
        content::Kind::Demo => Days::Demo,
        _ => Days::of(subject.bound.sample_taken),
    };
    let manifest = Manifest::new(Kind::Sweep, setup, days, Some(ranking), common.seed);
    if let Some(joined) =
        request.joined.as_ref().filter(|joined| manifest.to_json().ok().as_ref() != Some(*joined))
    {
        return Err(others(joined, &manifest.to_json().unwrap_or_default(), "the parts' manifest.json"));
    }
    let stand = stand(request, place(request.out.clone(), &subject.strategy, Kind::Sweep, &manifest));
    let engine = match ground {
        Ground::One(setup) => pool.install(|| Engine::new(setup, &plan.way))?,
        Ground::Several(portfolio) => Engine::of_several(portfolio),
    };
    if plan.way != *engine.way() {
        plan.way = engine.way().clone();
        output.note("the plan has changed, now that the signals are known");
        tell_cost(output, &plan, pool.current_num_threads());
    }
    let identity = Identity {
        manifest: manifest
            .to_json()
            .map_err(|error| Diagnostic::new(format!("a manifest cannot be written: {error}")))?,
        shard: request.shard.as_ref().map(|(_, beside)| beside.clone()),
        name: subject.strategy.name.clone(),
    };
    let folder = begin(output, &stand, &identity, request.resume)?;
    let mut swept = Swept::new(&plan, request.metric);
    let mut stream = Stream::open(&folder, &subject.strategy, &mut swept)?;
    if request.parts.is_empty() {
        swept = pool.install(|| walk(output, &engine, &plan, (&mut stream, swept)))?;
    } else {
        request.parts.iter().try_for_each(|shard| stream.append(shard, &mut swept))?;
    }
    stream.finish()?;
    if request.check > 0 {
        pool.install(|| compare(output, setup, &plan, request.check, common.seed))?;
    }
    if let Some((shard, _)) = &request.shard {
        let place = folder.finish()?;
        output.item("part: ", &format!("{} of {}; `catchup merge` joins all of them", shard.part, shard.of));
        Output::data(&format!("part: {}\n", place.display()));
        return Ok(place);
    }
    let found = look(setup, &engine, swept, request, curves)?;
    drop(engine);
    let (defaults, kinds) = (subject.strategy.defaults(), (Kind::Sweep, request.shown));
    let found = match ground {
        Ground::One(setup) => assess(setup, subject, single::run(setup, &defaults)?, Some(found), kinds)?,
        Ground::Several(portfolio) => {
            assess_several(portfolio, subject, portfolio.run(&defaults)?, Some(found), kinds)?
        }
    };
    deliver(output, &found, (folder, &manifest), request.report)
}

/// Where the folder stands: a part's beside the whole one's.
fn stand(request: &Request, place: PathBuf) -> PathBuf {
    match &request.shard {
        Some((shard, _)) if request.out.is_none() => {
            let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            place.with_file_name(format!("{name}-part-{}-of-{}", shard.part, shard.of))
        }
        _ => place,
    }
}

/// A part of a plan: as many whole blocks as every other, or one more.
fn part(whole: &Plan, shard: Shard) -> Result<Plan> {
    let blocks = whole.combinations.div_ceil(BLOCK);
    let start = |part: u64| (blocks * part / shard.of * BLOCK).min(whole.combinations);
    let rows = start(shard.part - 1)..start(shard.part);
    if rows.is_empty() {
        return Err(Diagnostic::new(format!("part {} of {} would have nothing to do", shard.part, shard.of))
            .detail(format!(
                "the sweep has {}, of {} combinations each",
                counted(blocks, "block"),
                counted_plain(BLOCK)
            ))
            .hint(format!("cut it into at most {} parts", counted_plain(blocks)))
            .into());
    }
    Ok(Plan { combinations: rows.end - rows.start, selection: whole.selection.rows(rows), ..whole.clone() })
}

fn counted(count: u64, noun: &str) -> String {
    format::counted(usize::try_from(count).unwrap_or(usize::MAX), noun)
}

fn counted_plain(count: u64) -> String {
    format::count(usize::try_from(count).unwrap_or(usize::MAX))
}

/// What tells one sweep from another, so that none goes on with the other's blocks.
struct Identity {
    manifest: String,
    /// What lies beside a part.
    shard: Option<String>,
    name: String,
}

/// The folder to work in: a fresh one, or one that an interrupted sweep left.
fn begin(output: &Output, place: &Path, identity: &Identity, resume: bool) -> Result<RunFolder> {
    let folder = RunFolder::begin_resumable(place)?;
    let before = folder.read("manifest.json");
    let same = before.as_ref() == Some(&identity.manifest) && folder.read("shard.json") == identity.shard;
    match before {
        Some(_) if resume && same => return Ok(folder),
        Some(text) if resume => {
            return Err(others(&text, &identity.manifest, &folder.building().display().to_string()));
        }
        None if resume => {
            let text = |other: &PathBuf| std::fs::read_to_string(other.join("manifest.json")).ok();
            let beside = interrupted(place, &format!("{}-sweep-", identity.name));
            let mut other = beside.into_iter().filter(|other| other != folder.building());
            if let Some((other, text)) = other.find_map(|other| text(&other).map(|text| (other, text))) {
                folder.discard()?;
                return Err(others(&text, &identity.manifest, &other.display().to_string()));
            }
            output.note("nothing was interrupted here: starting from the beginning");
        }
        Some(_) if same => output.note("an interrupted sweep of this is given up (--resume goes on with it)"),
        _ => {}
    }
    folder.clear()?;
    if let Some(shard) = &identity.shard {
        folder.write_whole("shard.json", shard.as_bytes())?;
    }
    folder.write_whole("manifest.json", identity.manifest.as_bytes())?;
    Ok(folder)
}

/// The refusal to go on with a sweep of other inputs: what is different.
fn others(before: &str, now: &str, folder: &str) -> Failure {
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let (before, now) = (parse(before), parse(now));
    let differs = |key: &&str| before.get(*key) != now.get(*key);
    let keys =
        ["version", "strategy", "parameters", "ranking", "seed", "capital", "window", "series", "events"];
    let different: Vec<&str> = keys.iter().copied().filter(|key| differs(key)).collect();
    let what = if different.is_empty() { "the part or the command".into() } else { different.join(", ") };
    Diagnostic::new("the interrupted sweep cannot be gone on with: its inputs were others")
        .detail(format!("`{folder}` differs in: {what}"))
        .hint("put strategy, data and options back as they were, or start anew without --resume")
        .into()
}

fn tell_plan(output: &Output, setup: &Setup<'_>, plan: &Plan, threads: usize) {
    let grid = if plan.grid == plan.combinations {
        String::new()
    } else {
        format!(" of {}", counted_plain(plan.grid))
    };
    let line = format!(
        "{}{grid}, {} x {}, over {} bars from {} to {}",
        counted(plan.combinations, "combination"),
        counted(plan.entry_settings, "entry setting"),
        counted(plan.exit_settings, "exit setting"),
        format::count(plan.bars),
        setup.panel.label(setup.window.start),
        setup.panel.label(setup.window.end - 1)
    );
    output.item("plan: ", &line);
    tell_cost(output, plan, threads);
}

fn tell_cost(output: &Output, plan: &Plan, threads: usize) {
    let cost = format!(
        "at most about {} and {} MB on {}",
        counted(plan.seconds(threads as u64), "second"),
        counted_plain(plan.bytes() / 1_000_000 + 50),
        format::counted(threads, "thread"),
    );
    output.item("      ", &cost);
    if let Way::Reference(reason) = &plan.way {
        output.item("      ", &format!("on the reference simulator, which is slow: {reason}"));
    }
}

fn walk(
    output: &Output,
    engine: &Engine<'_>,
    plan: &Plan,
    (stream, swept): (&mut Stream, Swept),
) -> Result<Swept> {
    let bar = output.progress(plan.combinations);
    bar.set_position(swept.rows());
    let swept = sweep::sweep(engine, plan, stream, swept, &|done| {
        bar.set_position(done);
        !interrupt::requested()
    });
    bar.finish_and_clear();
    swept.map_err(|failure| if interrupt::requested() { interrupt::resumable() } else { failure })
}

/// Runs some combinations on the reference, too.
fn compare(output: &Output, setup: &Setup<'_>, plan: &Plan, count: u64, seed: u64) -> Result<()> {
    let differences = check(setup, plan, count, seed)?;
    if differences.is_empty() {
        output.item("check: ", &format!("{} equal the reference", counted(count, "combination")));
        return Ok(());
    }
    let mut diagnostic = Diagnostic::new(format!(
        "the sweep differs from the reference in {}",
        format::counted(differences.len(), "value")
    ));
    for difference in differences.iter().take(20) {
        diagnostic =
            diagnostic.detail(format!("combination {}: {}", difference.combination, difference.what));
    }
    let failure =
        Failure::from(diagnostic.hint("this is a bug of catchup: please report it with rule and data"));
    Err(failure.with_exit(Exit::Failed))
}

/// Ranks, and looks closer at what is shown.
fn look(
    setup: &Setup<'_>,
    engine: &Engine<'_>,
    mut swept: Swept,
    request: &Request,
    curves: usize,
) -> Result<SweepFound> {
    let strategy = setup.strategy;
    let default = number_of(strategy, &strategy.defaults());
    let mut best = swept.best(curves.max(BEST_SHOWN));
    best.extend(default.filter(|&number| swept.outcome(number).is_some()));
    swept.look_closer(engine, &best)?;
    let mut numbers = swept.best(curves);
    numbers.extend(default);
    numbers.sort_unstable();
    numbers.dedup();
    let landscape = Landscape::new(strategy, &swept, request.metric, request.min_trades);
    Ok(SweepFound { landscape, curves: numbers, best: request.curves, metric: request.metric, swept })
}
