//! `sweep`: every combination of the parameters of strategies.

mod plan;

use std::path::{Path, PathBuf};

use plan::tell_plan;

use super::interrupt;
use super::members::{self, check_strategies, family};
use super::options::{Common, Shard, SweepWork};
use super::output::Output;
use super::results::{Found, SweepFound, deliver, place};
use super::several::{assess as assess_several, tell_late};
use super::subject::{Subject, load_each};
use super::trust::{tell_warm_up, trust};
use super::work::assess;
use crate::backtest::metrics::{self, Metric};
use crate::backtest::portfolio::{Portfolio, panels};
use crate::backtest::single::Setup;
use crate::backtest::sweep::{
    BLOCK, Engines, Family, Landscape, Listeners, Member, Subset, Swept, Way, Whole, check_all, look_closer,
    number_of, sweep_all,
};
use crate::base::calendar::Date;
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::report::compose::BEST_SHOWN;
use crate::report::{content, format};
use crate::results::folder::{RunFolder, interrupted};
use crate::results::manifest::{Days, Kind, Manifest, RankingFacts, SubsetFacts};
use crate::results::stream::Stream;
use crate::strategy::signals::prove_no_look_ahead;

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
    let metric = metrics::named(&arguments.rank)?;
    let window = (common.from, common.to);
    let subjects = load_each(common, output, (&arguments.strategies, &arguments.set), window)?;
    let request = Request {
        capital: arguments.capital,
        curves: arguments.curves,
        min_trades: arguments.min_trades,
        subset: Request::subset(arguments.sample, arguments.sobol),
        report: !arguments.no_report,
        resume: arguments.resume,
        check: arguments.check,
        out: common.out.clone(),
        shard: arguments.shard.map(|shard| (shard, left_beside(common, arguments, shard))),
        ..Request::new(metric)
    };
    sweep_subjects(common, output, &subjects, &request).map(drop)
}

/// What lies beside a part: which one it is, and what was asked for.
fn left_beside(common: &Common, arguments: &SweepWork, shard: Shard) -> String {
    let date = |date: Option<Date>| date.map(|date| date.to_string());
    let mut asked = serde_json::json!({
        "part": shard.part,
        "of": shard.of,
        "strategy": arguments.strategies[0],
        "set": arguments.set,
        "capital": arguments.capital,
        "rank": arguments.rank,
        "curves": arguments.curves,
        "min_trades": arguments.min_trades,
        "sample": arguments.sample,
        "sobol": arguments.sobol,
        "seed": common.seed,
        "from": date(common.from),
        "to": date(common.to),
    });
    if arguments.strategies.len() > 1 {
        asked["beside"] = serde_json::json!(arguments.strategies[1..]);
    }
    format!("{asked:#}\n")
}

/// Sweeps strategies on all of their symbols, studies the default of the first and leaves the results; gives the
/// folder.
pub(super) fn sweep_subjects(
    common: &Common,
    output: &Output,
    subjects: &[Subject],
    request: &Request,
) -> Result<PathBuf> {
    check_strategies(subjects)?;
    let subject = &subjects[0];
    let laggards = subject.strategy.each.as_ref().map(|each| (each, panels(each, &subject.bound.panel)));
    let portfolio = match &laggards {
        Some((each, panels)) => Some(Portfolio::new(&subject.strategy, each, panels, request.capital)?),
        None => None,
    };
    let days = members::Days::new(subjects)?;
    let family = match &portfolio {
        Some(portfolio) => Family::of_several(portfolio)?,
        None => family(subjects, &days, request.capital)?,
    };
    let setup = match &portfolio {
        Some(portfolio) => portfolio.face.clone(),
        None => Setup::within(&subject.strategy, &subject.bound.panel, request.capital, days.common)?,
    };
    let whole = family.plan(request.subset, common.seed)?;
    let mut whole = match &request.shard {
        Some((shard, _)) => part(&family, &whole, *shard)?,
        None => whole,
    };
    let pool = common.pool()?;
    let threads = pool.current_num_threads();
    let mut engines = Engines::new(&family);
    // What cannot be evaluated, or would not fit, is known before anything is written.
    pool.install(|| engines.estimate(&mut whole))?;
    tell_plan(output, (&family, &days), &whole, threads);
    weigh(output, request, &whole)?;
    match &portfolio {
        Some(portfolio) => tell_late(output, portfolio),
        None => tell_warm_up(output, &setup),
    }

    let ranking = RankingFacts {
        metric: request.metric.name,
        curves: request.curves,
        min_trades: request.min_trades,
        subset: SubsetFacts::new(request.subset),
    };
    let whence = match request.shown {
        content::Kind::Demo => Days::Demo,
        _ => Days::of(subject.bound.sample_taken),
    };
    let manifest = pool.install(|| Manifest::new(Kind::Sweep, &setup, whence, Some(ranking), common.seed));
    let manifest = days.recorded(manifest, subjects);
    if let Some(joined) =
        request.joined.as_ref().filter(|joined| manifest.to_json().ok().as_ref() != Some(*joined))
    {
        return Err(others(joined, &manifest.to_json().unwrap_or_default(), "the parts' manifest.json"));
    }
    let stand = stand(request, place(request.out.clone(), &named(subjects), Kind::Sweep, &manifest));
    let identity = Identity {
        manifest: manifest
            .to_json()
            .map_err(|error| Diagnostic::new(format!("a manifest cannot be written: {error}")))?,
        shard: request.shard.as_ref().map(|(_, beside)| beside.clone()),
        name: named(subjects),
    };
    let folder = begin(output, &stand, &identity, request.resume)?;
    let mut swept = Swept::of(&whole.selection, request.metric);
    let mut stream = Stream::open(&folder, &family.strategies(), &mut swept)?;
    if request.parts.is_empty() {
        swept = pool.install(|| walk(output, &mut engines, &whole, (&mut stream, swept)))?;
    } else {
        request.parts.iter().try_for_each(|shard| stream.append(shard, &mut swept))?;
    }
    stream.finish()?;
    if request.check > 0 {
        pool.install(|| compare(output, &mut engines, &whole, (request.check, common.seed)))?;
    }
    if let Some((shard, _)) = &request.shard {
        let place = folder.finish()?;
        output.item("part: ", &format!("{} of {}; `catchup merge` joins all of them", shard.part, shard.of));
        Output::data(&format!("part: {}\n", place.display()));
        return Ok(place);
    }
    let found = look(output, (&family, &whole), &mut engines, swept, request)?;
    drop(engines);
    pool.install(|| {
        let kinds = (Kind::Sweep, request.shown);
        let found = match &portfolio {
            Some(portfolio) => {
                let run = portfolio.run(&subject.strategy.defaults())?;
                assess_several(portfolio, subject, run, Some(found), kinds)?
            }
            None => assess(&setup, subject, Some(found), kinds)?,
        };
        prove_each(&family)?;
        let found = Found { days: days.told(subjects), ..found };
        deliver(output, &found, (folder, &manifest), request.report)
    })
}

/// Says what of the request makes no difference, and refuses what makes no sense.
fn weigh(output: &Output, request: &Request, whole: &Whole) -> Result<()> {
    if let Subset::Random(wanted) | Subset::Sobol(wanted) = request.subset
        && wanted > whole.grid
    {
        output.note(&format!(
            "{} were asked for; there are no more than {}",
            counted_plain(wanted),
            counted_plain(whole.grid)
        ));
    }
    if let (Some(reason), true) = (reason_for_reference(whole), request.check > 0) {
        return Err(Diagnostic::new("there is nothing to check: every combination runs on the reference")
            .detail(reason)
            .hint("leave out --check")
            .into());
    }
    Ok(())
}

/// Why nothing at all goes the fast way, where that is so.
fn reason_for_reference(whole: &Whole) -> Option<&str> {
    let reasons = whole.plans.iter().map(|(_, plan)| match &plan.way {
        Way::Fast => None,
        Way::Reference(reason) => Some(reason.as_str()),
    });
    reasons.collect::<Option<Vec<_>>>()?.first().copied()
}

/// Proves of every member that its rules saw no tomorrow, under the defaults: each has clocks of its own. That of a
/// sweep's only member is told in its summary.
fn prove_each(family: &Family<'_>) -> Result<()> {
    if family.members().len() < 2 {
        return Ok(());
    }
    for Member { setup, .. } in family.members() {
        let values = setup.strategy.defaults();
        trust(prove_no_look_ahead(setup.strategy, setup.panel, &values, &setup.window)?)?;
        interrupt::check()?;
    }
    Ok(())
}

/// What the results of some strategies are called.
fn named(subjects: &[Subject]) -> String {
    let first = &subjects[0].strategy.name;
    match subjects.len() - 1 {
        0 => first.clone(),
        others => format!("{first}-and-{others}-more"),
    }
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

/// A part of a sweep: as many whole blocks as every other, or one more.
fn part(family: &Family<'_>, whole: &Whole, shard: Shard) -> Result<Whole> {
    if let Some(part) = family.part(whole, shard.part, shard.of)? {
        return Ok(part);
    }
    let blocks = family.blocks(&whole.selection).len() as u64;
    Err(Diagnostic::new(format!("part {} of {} would have nothing to do", shard.part, shard.of))
        .detail(format!(
            "the sweep has {}, of {} combinations each",
            counted(blocks, "block"),
            counted_plain(BLOCK)
        ))
        .hint(format!("cut it into at most {} parts", counted_plain(blocks)))
        .into())
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
    let keys = [
        "version",
        "strategy",
        "parameters",
        "ranking",
        "seed",
        "capital",
        "window",
        "series",
        "symbols",
        "beside",
        "events",
    ];
    let different: Vec<&str> = keys.iter().copied().filter(|key| differs(key)).collect();
    let what = if different.is_empty() { "the part or the command".into() } else { different.join(", ") };
    Diagnostic::new("the interrupted sweep cannot be gone on with: its inputs were others")
        .detail(format!("`{folder}` differs in: {what}"))
        .hint("put strategy, data and options back as they were, or start anew without --resume")
        .into()
}

fn walk(
    output: &Output,
    engines: &mut Engines<'_>,
    whole: &Whole,
    (stream, swept): (&mut Stream, Swept),
) -> Result<Swept> {
    let bar = output.progress(whole.combinations());
    bar.set_position(swept.rows());
    let begun = |place: usize, way: &Way| {
        let planned = whole.plans.iter().find(|(member, _)| *member == place);
        if let (Some((_, plan)), Way::Reference(reason)) = (planned, way)
            && plan.way != *way
        {
            output.note(&format!("some go on the reference simulator, which is slow: {reason}"));
        }
    };
    let progress = |done| {
        bar.set_position(done);
        !interrupt::requested()
    };
    let swept = sweep_all(engines, whole, stream, swept, &Listeners { begun: &begun, progress: &progress });
    bar.finish_and_clear();
    swept.map_err(|failure| if interrupt::requested() { interrupt::resumable() } else { failure })
}

/// Runs some combinations on the reference, too.
fn compare(
    output: &Output,
    engines: &mut Engines<'_>,
    whole: &Whole,
    (count, seed): (u64, u64),
) -> Result<()> {
    let differences = check_all(engines, whole, count, seed)?;
    if differences.is_empty() {
        let count = counted(count.min(whole.combinations()), "combination");
        output.item("check: ", &format!("{count} equal the reference"));
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
fn look<'a>(
    output: &Output,
    (family, whole): (&'a Family<'a>, &Whole),
    engines: &mut Engines<'_>,
    mut swept: Swept,
    request: &Request,
) -> Result<SweepFound<'a>> {
    let bars = family.members().iter().map(|member| member.setup.window.len()).max().unwrap_or(1);
    let curves = request.curves.min(MOST_CURVE_ROWS / bars.max(1));
    let strategies = family.strategies();
    let default = strategies.first().and_then(|(strategy, _)| number_of(strategy, &strategy.defaults()));
    let mut best = swept.best(curves.max(BEST_SHOWN));
    best.extend(default.filter(|&number| swept.outcome(number).is_some()));
    look_closer(engines, whole, &mut swept, &best)?;
    let mut numbers = swept.best(curves);
    numbers.extend(default);
    numbers.sort_unstable();
    numbers.dedup();
    let landscape = Landscape::new(&strategies, &swept, request.metric, request.min_trades);
    if landscape.is_none() {
        output.note(&format!(
            "no combination that closed {} has a {}: there is no best one to look around",
            counted(u64::from(request.min_trades), "trade"),
            request.metric.name
        ));
    }
    Ok(SweepFound { family, landscape, curves: numbers, best: request.curves, metric: request.metric, swept })
}
