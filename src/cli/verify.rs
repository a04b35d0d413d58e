//! `catchup verify`: a run computed again from its manifest, and what differs.

mod again;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::interrupt;
use super::options::{Common, Verify};
use super::output::Output;
use super::scan::leave;
use super::subject::open_store;
use super::sweep::{Request, sweep_subjects};
use super::work::single_subject;
use crate::backtest::metrics;
use crate::backtest::sweep::Subset;
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::base::file::{read_regular, read_regular_text};
use crate::evidence::scan::scan;
use crate::report::{content, format, paragraph};
use crate::results::difference::{first_difference, first_difference_beside};
use crate::results::folder::{MANIFEST, PassingFolder, bring_back_replaced, is_part_of_a_run};
use crate::results::manifest::{Days, Kind, MOST_BYTES, VERSION, check_seal};
use crate::results::recorded::{Recorded, Work};
use crate::strategy::binding::History;

/// What a run looks like is made by one version of the program alone; what it found is not.
const PAGE: &str = "report.html";
const PICTURES: &str = "charts";

/// Bytes by which a file may be longer than it is made again and is still read.
const LONGER: u64 = 16 << 20;

/// What is said of a manifest whose values are right.
const EDITED: &str = "it was changed after the run, in how it is written or in a value that its other files do not \
                      depend on: `hash` is not that of the lines above it";

/// A run's folder and what its manifest says.
struct Kept {
    folder: PathBuf,
    recorded: Recorded,
    /// Whether its manifest is as it was written.
    is_sealed: bool,
    work: Work,
    /// The names of its files; those of pictures begin with `charts/`.
    names: BTreeSet<String>,
}

impl Kept {
    fn read(folder: &Path) -> Result<Self> {
        bring_back_replaced(folder);
        let path = folder.join(MANIFEST);
        let text = match read_regular_text(&path, MOST_BYTES) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(no_run(folder));
            }
            Err(error) => {
                let what = format!("cannot read `{}`: {error}", path.display());
                return Err(Diagnostic::new(what).into());
            }
        };
        if folder.join("shard.json").is_file() {
            return Err(Diagnostic::new(format!("`{}` is a part of a sweep", folder.display()))
                .hint("join the parts with `catchup merge`, and verify the whole")
                .into());
        }
        let shown = path.display().to_string();
        let (recorded, is_sealed) = (Recorded::parse(&shown, &text)?, check_seal(&shown, &text).is_ok());
        let work = recorded.work().ok_or_else(|| no_run(folder))?;
        Ok(Self { names: names(folder)?, folder: folder.to_owned(), recorded, is_sealed, work })
    }

    fn has_report(&self) -> bool {
        self.names.iter().any(|name| is_look(name))
    }

    fn is_of_this_version(&self) -> bool {
        self.recorded.version == VERSION
    }
}

fn no_run(folder: &Path) -> Failure {
    let shown = folder.display();
    let diagnostic = if folder.exists() {
        Diagnostic::new(format!("`{shown}` is no run: it has no `{MANIFEST}` of catchup"))
    } else {
        Diagnostic::new(format!("there is no folder `{shown}`"))
    };
    diagnostic.hint("name the folder of a run, as in `catchup verify results/my-idea-run-1a2b3c4d`").into()
}

fn is_look(name: &str) -> bool {
    name == PAGE || name.starts_with(PICTURES)
}

/// The files of a folder, and those of its pictures.
fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let list = |folder: &Path, before: &str| -> Result<Vec<String>> {
        let fail = |error: std::io::Error| Failure::io("read", folder, &error);
        let entries =
            fs::read_dir(folder).map_err(fail)?.collect::<std::io::Result<Vec<_>>>().map_err(fail)?;
        Ok(entries.iter().map(|entry| format!("{before}{}", entry.file_name().to_string_lossy())).collect())
    };
    let mut names: BTreeSet<String> = list(folder, "")?.into_iter().collect();
    if names.contains(PICTURES) && folder.join(PICTURES).is_dir() {
        names.remove(PICTURES);
        names.extend(list(&folder.join(PICTURES), &format!("{PICTURES}/"))?);
    }
    Ok(names)
}

/// `catchup verify`; gives the exit code: 1 where something differs.
pub(super) fn verify(common: &Common, output: &Output, arguments: &Verify) -> Result<u8> {
    if common.from.is_some() || common.to.is_some() || common.out.is_some() {
        return Err(Diagnostic::new("`verify` takes everything from the manifest and writes nothing")
            .hint("leave out --from, --to and --out")
            .into());
    }
    let kept = Kept::read(&arguments.run)?;
    if !kept.is_of_this_version() {
        output.warn(
            &Diagnostic::new(format!(
                "the run was made by catchup {}, this is {VERSION}",
                kept.recorded.version
            ))
            .detail("differences may come from that; page and pictures are not compared"),
        );
    }
    let passing = PassingFolder::new()?;
    let files = arguments.files.clone().unwrap_or_default();
    let made = compute(common, output, &kept, (&files, &passing.path().join("again")));
    interrupt::check()?;
    let verdict = Verdict::new(&kept, &made?)?;
    if output.is_json() {
        Output::json(&verdict.as_json(&kept));
    } else {
        Output::data(&verdict.as_text(&kept));
    }
    Ok(u8::from(!verdict.differences.is_empty()))
}

/// Computes the run again into a folder at `place`; files of the strategy start from `files`.
fn compute(common: &Common, output: &Output, kept: &Kept, (files, place): (&Path, &Path)) -> Result<PathBuf> {
    let recorded = &kept.recorded;
    let history = History::new(open_store(common)?);
    if kept.work == Work::Scan {
        let strategy = again::strategy(recorded, &history)?;
        let universe = again::universe(recorded, history.store())?;
        let pairs = common.pool()?.install(|| scan(&strategy, &universe))?;
        return leave(&strategy, &universe, &pairs, Some(place)).map(|(place, _)| place);
    }
    let subjects = again::subjects(recorded, &history, files)?;
    let common =
        Common { seed: recorded.seed.unwrap_or(common.seed), out: Some(place.to_owned()), ..common.clone() };
    let capital = recorded.capital.unwrap_or(1.0);
    let report = kept.is_of_this_version() && kept.has_report();
    let output = output.silenced();
    match kept.work {
        Work::Sweep => {
            let request = Request { report, capital, out: Some(place.to_owned()), ..request(recorded)? };
            sweep_subjects(&common, &output, &subjects, &request)
        }
        Work::Study => single_subject(&common, &output, &subjects[0], (Kind::Study, capital), report),
        Work::Run | Work::Scan => {
            single_subject(&common, &output, &subjects[0], (Kind::Run, capital), report)
        }
    }
}

/// What was asked of a sweep.
fn request(recorded: &Recorded) -> Result<Request> {
    let Some(ranking) = &recorded.ranking else {
        return Err(Diagnostic::new("the manifest does not tell how the sweep ranks").into());
    };
    let subset = match &ranking.subset {
        None => Subset::All,
        Some(subset) if subset.kind == "sobol" => Subset::Sobol(subset.count),
        Some(subset) => Subset::Random(subset.count),
    };
    let shown = match recorded.days {
        Some(Days::Demo) => content::Kind::Demo,
        _ => content::Kind::Sweep,
    };
    let metric = metrics::named(&ranking.metric)?;
    Ok(Request {
        curves: ranking.curves,
        min_trades: ranking.min_trades,
        subset,
        shown,
        ..Request::new(metric)
    })
}

/// What comparing came to.
struct Verdict {
    /// How many files were compared.
    compared: usize,
    /// Files that differ, and where first.
    differences: Vec<(String, String)>,
    /// Names that are not compared: no files of a run, or how another version's run looks.
    aside: Vec<String>,
}

impl Verdict {
    fn new(kept: &Kept, made: &Path) -> Result<Self> {
        let mut verdict = Self { compared: 0, differences: Vec::new(), aside: Vec::new() };
        let again = names(made)?;
        for name in kept.names.union(&again) {
            let of_other_version = is_look(name) && !kept.is_of_this_version();
            let top = name.split('/').next().unwrap_or(name);
            if of_other_version || !is_part_of_a_run(top) {
                verdict.aside.push(name.clone());
                continue;
            }
            verdict.compared += 1;
            let difference = match (kept.names.contains(name), again.contains(name)) {
                (true, true) => difference(kept, made, name)?,
                (false, _) => Some("it is missing here".to_owned()),
                (true, false) => Some(format!("a {} leaves no such file", kept.work.name())),
            };
            verdict.differences.extend(difference.map(|difference| (name.clone(), difference)));
        }
        Ok(verdict)
    }

    /// What is known of the accounts: each that is computed is added up again, and one that does not fails.
    fn ledger(kept: &Kept) -> Option<&'static str> {
        match kept.work {
            Work::Run => Some("the ledger adds up"),
            Work::Sweep => Some("the ledgers of its curves add up"),
            Work::Study | Work::Scan => None,
        }
    }

    fn as_text(&self, kept: &Kept) -> String {
        let mut text = String::new();
        for (name, difference) in &self.differences {
            text += &paragraph("differs: ", &format!("{name}: {difference}"));
        }
        if !self.aside.is_empty() {
            text += &paragraph("not compared: ", &self.aside.join(", "));
        }
        let simulated = if kept.recorded.simulated { "; its days are SIMULATED" } else { "" };
        let ledger = Self::ledger(kept).map(|ledger| format!(", {ledger}")).unwrap_or_default();
        let files = format::counted(self.compared, "file");
        text += &if self.differences.is_empty() {
            paragraph("verified: ", &format!("{files} the same{ledger}{simulated}"))
        } else {
            let different = self.differences.len();
            let verb = if different == 1 { "differs" } else { "differ" };
            let told = format!("{different} of {files} {verb} from what the manifest leads to{simulated}");
            paragraph("not verified: ", &told)
        };
        text
    }

    fn as_json(&self, kept: &Kept) -> serde_json::Value {
        let differences: Vec<_> = self
            .differences
            .iter()
            .map(|(file, difference)| json!({ "file": file, "first": difference }))
            .collect();
        json!({
            "run": kept.folder.display().to_string(),
            "kind": kept.work.name(),
            "verified": self.differences.is_empty(),
            "version": { "run": kept.recorded.version, "program": VERSION },
            "compared": self.compared,
            "differences": differences,
            "not_compared": self.aside,
            "ledger": Self::ledger(kept),
            "simulated": kept.recorded.simulated,
        })
    }
}

/// Where a file of both folders differs first.
fn difference(kept: &Kept, made: &Path, name: &str) -> Result<Option<String>> {
    let path = made.join(name);
    let right = fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
    let path = kept.folder.join(name);
    // Nobody vouches for the size of what is verified.
    let left = match read_regular(&path, right.len() as u64 + LONGER) {
        Ok(left) => left,
        Err(error) if matches!(error.kind(), ErrorKind::FileTooLarge | ErrorKind::InvalidInput) => {
            return Ok(Some(error.to_string()));
        }
        Err(error) => return Err(Failure::io("read", &path, &error)),
    };
    Ok(if name == MANIFEST {
        manifest_difference(kept, &left, &right)
    } else {
        first_difference(name, &left, &right)
    })
}

/// Where the manifest differs first from what is written of the run made again: in a value, or else in how it is
/// written. That of another version may be written otherwise, but must be as that version left it.
fn manifest_difference(kept: &Kept, left: &[u8], right: &[u8]) -> Option<String> {
    let (aside, is_same): (&[&str], bool) = if kept.is_of_this_version() {
        (&["hash"], left == right)
    } else {
        (&["hash", "version"], kept.is_sealed)
    };
    if is_same && kept.is_of_this_version() {
        return None;
    }
    let value = first_difference_beside(aside, MANIFEST, left, right);
    value.or_else(|| (!is_same).then(|| EDITED.to_owned()))
}
