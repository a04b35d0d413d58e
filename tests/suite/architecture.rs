//! Imports point one way, and only the rooms that need an outside crate use it. Read from the source.
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use self::source::{Module, Token, read_crate, tokens};

/// Wings and their rooms, in order: a room uses only rooms above it. Beside each room the outside crates it
/// may use; a change here is a change of the table in the documentation, too.
const HOUSE: &[(&str, &[&str])] = &[
    // what is this sum, quantile, random stream, to the last bit?
    ("base::num", &["blake3", "libm", "rand", "rand_pcg"]),
    // how is somebody else's text shown?
    ("base::text", &[]),
    // how much of a file is read?
    ("base::file", &[]),
    // what went wrong, where, and what should I do?
    ("base::diagnostic", &["annotate_snippets", "strsim"]),
    // what is on the disk whole or not at all, and who may write it?
    ("base::files", &["rustix"]),
    // when did this bar open, and when was it known?
    ("base::calendar", &["jiff"]),
    // what happened on which day, and who could know it when?
    ("market::events", &["blake3"]),
    // what did each market look like, as of this instant?
    ("market::series", &[]),
    // what does this column say about its own past?
    ("market::indicators", &[]),
    // what history do I have, where from, and can it be trusted?
    (
        "market::store",
        &[
            "blake3",
            "csv",
            "flate2",
            "jiff",
            "polars",
            "polars_arrow",
            "polars_parquet",
            "polars_parquet_format",
            "rayon",
            "serde",
            "serde_json",
            "toml",
            "zip",
        ],
    ),
    // which embedded history does the demo run on?
    ("market::sample", &[]),
    // when is this sentence true?
    ("strategy::rule", &[]),
    // what does this file tell me to trade, over which ranges?
    ("strategy::file", &["toml"]),
    // which history does this strategy run on?
    ("strategy::binding", &["rayon"]),
    // when did this strategy say so on this panel, in which episodes?
    ("strategy::signals", &["rayon"]),
    // what does the rule say as of the last bar, and how far is the rest?
    ("strategy::today", &[]),
    // what would these entries have earned, cost by cost?
    ("backtest::simulator", &[]),
    // how is each metric computed?
    ("backtest::metrics", &["rayon"]),
    // one strategy, one combination, one panel: what happened?
    ("backtest::single", &[]),
    // several laggards, one account: what happened?
    ("backtest::portfolio", &[]),
    // which combinations hold up?
    ("backtest::sweep", &["rayon"]),
    // what happened after the signals?
    ("evidence::event_study", &[]),
    // what came about together with the signals?
    ("evidence::beside", &[]),
    // which pairs lag now, and which caught up before?
    ("evidence::scan", &["rayon"]),
    // is it real, and how much can this history bear?
    ("evidence::verdict", &[]),
    // what does a run leave behind, whole or not at all?
    ("results::folder", &["blake3", "rayon", "tempfile"]),
    ("results::thrift", &[]),
    ("results::parquet", &[]),
    ("results::combinations", &[]),
    ("results::manifest", &["blake3", "rayon", "serde", "serde_json"]),
    ("results::recorded", &["serde", "serde_json"]),
    ("results::shard", &["serde", "serde_json"]),
    ("results::block_log", &["blake3"]),
    ("results::stream", &[]),
    ("results::difference", &["csv", "serde_json"]),
    ("results::summary", &["serde", "serde_json"]),
    ("results::tables", &["csv"]),
    ("results::curves", &["polars", "rayon"]),
    ("results::scan", &["blake3", "serde", "serde_json"]),
    // how do I see it?
    ("report::content", &[]),
    ("report::format", &[]),
    ("report::cautions", &[]),
    ("report::charts", &["epaint_default_fonts", "libm", "plotters", "resvg"]),
    ("report::page", &["maud"]),
    ("report::terminal", &["libm"]),
    ("report::compose", &[]),
    // what did the user ask for?
    ("cli", &["clap", "clap_complete", "clap_mangen", "ctrlc", "indicatif", "rayon", "serde_json"]),
];

/// Parts of the standard library that reach out of the program, and who may use them.
const OUTSIDE: &[(&str, &[&str])] = &[
    (
        "fs",
        &[
            "base::file",
            "base::files",
            "market::store",
            "results::folder",
            "results::block_log",
            "results::stream",
            "cli",
        ],
    ),
    ("env", &["cli"]),
    ("net", &[]),
    ("process", &["cli"]),
    // Bars are written beside their compression, which a pool of one thread could not do.
    // Whoever waits for a lock sleeps between two tries.
    ("thread", &["base::files", "market::store"]),
    // Results know no clock; a lock is waited for until a limit, and a plan tells how long a few combinations took.
    ("time", &["base::files", "backtest::sweep", "cli"]),
];

struct Source {
    modules: Vec<Module>,
}

/// A path named in the source: by which module, where, and what it leads to.
struct Use<'a> {
    by: &'a Module,
    line: usize,
    /// The module it leads to, from the crate's root; `None` outside of the crate.
    to: Option<&'a Module>,
    text: &'a [String],
}

impl Use<'_> {
    fn place(&self) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = self.by.file.strip_prefix(root).unwrap_or(&self.by.file);
        format!("{}:{}: `{}`", file.display(), self.line, self.text.join("::"))
    }
}

impl Source {
    fn read() -> Self {
        Self { modules: read_crate(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")) }
    }

    fn uses(&self) -> impl Iterator<Item = Use<'_>> {
        self.modules.iter().flat_map(move |by| {
            by.names.iter().map(move |(line, text)| Use { by, line: *line, to: self.target(by, text), text })
        })
    }

    /// The module that a path leads to, or into.
    fn target(&self, by: &Module, text: &[String]) -> Option<&Module> {
        let mut place = match text[0].as_str() {
            "crate" => Vec::new(),
            "self" | "super" => by.path.clone(),
            child => {
                let child = [by.path.as_slice(), &[child.to_owned()]].concat();
                // Elsewhere than in a module's own children it is a type, or an outside crate.
                self.module(&child)?;
                by.path.clone()
            }
        };
        for part in text {
            match part.as_str() {
                "crate" | "self" => {}
                "super" => drop(place.pop()),
                name => place.push(name.to_owned()),
            }
        }
        loop {
            if let Some(module) = self.module(&place) {
                return Some(module);
            }
            place.pop();
        }
    }

    fn module(&self, path: &[String]) -> Option<&Module> {
        self.modules.iter().find(|module| module.path == path)
    }
}

/// The room a module belongs to: `market::store`, `cli`; `report` for a wing itself; empty for the crate.
fn room(module: &Module) -> String {
    let parts = if module.path.first().is_some_and(|wing| wing == "cli") { 1 } else { 2 };
    module.path.iter().take(parts).cloned().collect::<Vec<_>>().join("::")
}

fn rank(room: &str) -> Option<usize> {
    HOUSE.iter().position(|(name, _)| *name == room)
}

fn is_wing(room: &str) -> bool {
    HOUSE.iter().any(|(name, _)| name.split_once("::").is_some_and(|(wing, _)| wing == room))
}

/// Whether a room may use another, or a whole wing by what its door (`mod.rs`) hands out.
fn may_use(from: &str, to: &str) -> bool {
    if from.is_empty() || from == to || to.split_once("::").is_some_and(|(wing, _)| wing == from) {
        return true; // a door hands out what is behind it
    }
    let Some(own) = rank(from) else { return false };
    let last_of = |wing: &str| HOUSE.iter().rposition(|(name, _)| name.starts_with(&format!("{wing}::")));
    rank(to).or_else(|| last_of(to)).is_some_and(|other| other < own)
}

fn report(title: &str, found: &[String]) {
    assert!(found.is_empty(), "{title}:\n  {}", found.join("\n  "));
}

#[test]
fn every_room_is_on_the_list() {
    let source = Source::read();
    let rooms: BTreeSet<String> = source.modules.iter().map(room).collect();
    let unknown = rooms.iter().filter(|room| !room.is_empty() && rank(room).is_none() && !is_wing(room));
    report("rooms that the list does not have", &unknown.cloned().collect::<Vec<_>>());
    let gone = HOUSE.iter().map(|(name, _)| *name).filter(|name| !rooms.contains(*name));
    report("rooms of the list that the source does not have", &gone.map(str::to_owned).collect::<Vec<_>>());
}

#[test]
fn imports_point_one_way() {
    let source = Source::read();
    let mut wrong = Vec::new();
    let mut map: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for found in source.uses() {
        let Some(to) = found.to else { continue };
        let (from, to) = (room(found.by), room(to));
        if from != to {
            map.entry(rank(&from).unwrap_or(usize::MAX)).or_default().insert(to.clone());
        }
        if !may_use(&from, &to) {
            let to = if to.is_empty() { "the crate's root" } else { &to };
            wrong.push(format!("{}: {from} may not use {to}, which does not stand before it", found.place()));
        }
    }
    for (room, used) in &map {
        if let Some((room, _)) = HOUSE.get(*room) {
            println!("{room} uses {}", used.iter().cloned().collect::<Vec<_>>().join(", "));
        }
    }
    report("imports that point the wrong way", &wrong);
}

/// Inside a room, too: files that need each other are one file, or a third one is missing. A file and the
/// files below it are one thing here. Gives the groups of files that lead to each other, and why.
fn circles(source: &Source) -> BTreeMap<Vec<String>, Vec<String>> {
    let mut edges: BTreeMap<&[String], BTreeMap<&[String], String>> = BTreeMap::new();
    for found in source.uses() {
        let Some(to) = found.to else { continue };
        let (from, to) = (found.by.path.as_slice(), to.path.as_slice());
        if !from.starts_with(to) && !to.starts_with(from) {
            edges.entry(from).or_default().entry(to).or_insert_with(|| found.place());
        }
    }
    let reach = |start| {
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(next) = open.pop() {
            open.extend(edges.get(next).into_iter().flat_map(BTreeMap::keys).filter(|to| seen.insert(**to)));
        }
        seen
    };
    let reached: BTreeMap<&[String], BTreeSet<&[String]>> =
        edges.keys().map(|from| (*from, reach(*from))).collect();
    let leads = |from: &[String], to: &[String]| reached.get(from).is_some_and(|seen| seen.contains(to));
    let mut groups: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for (from, targets) in &edges {
        for (to, place) in targets.iter().filter(|(to, _)| leads(to, from)) {
            let group = reached[from].iter().filter(|other| leads(other, from)).map(|path| path.join("::"));
            groups
                .entry(group.collect())
                .or_default()
                .push(format!("{place} leads back from {}", to.join("::")));
        }
    }
    groups
}

#[test]
fn no_files_go_round_in_circles() {
    let found: Vec<String> = circles(&Source::read()).into_values().flatten().collect();
    report("files in circles", &found);
}

/// Names of the crates in `[dependencies]`, also of single systems, as the source writes them.
fn dependencies() -> Vec<String> {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let systems = manifest["target"].as_table().unwrap().values().map(|system| &system["dependencies"]);
    let tables = systems.chain([&manifest["dependencies"]]).filter_map(toml::Value::as_table);
    tables.flat_map(toml::Table::keys).map(|name| name.replace('-', "_")).collect()
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    let source = Source::read();
    let dependencies = dependencies();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for found in source.uses() {
        let name = &found.text[0];
        if found.to.is_some() && !is_outside(&found) || !dependencies.contains(name) {
            continue;
        }
        let room = room(found.by);
        let allowed = rank(&room).map_or(&[] as &[&str], |at| HOUSE[at].1);
        if !allowed.contains(&name.as_str()) {
            wrong.push(format!("{}: {room} may not use the crate {name}", found.place()));
        }
        seen.insert((room, name.clone()));
    }
    report("outside crates where they do not belong", &wrong);
    let unused = HOUSE.iter().flat_map(|(room, crates)| {
        crates.iter().map(|name| ((*room).to_owned(), (*name).to_owned())).filter(|pair| !seen.contains(pair))
    });
    let unused: Vec<String> = unused.map(|(room, name)| format!("{room} no longer uses {name}")).collect();
    report("crates of the list that are not used", &unused);
}

/// `::toml::…`, where a module of that name stands beside.
fn is_outside(found: &Use<'_>) -> bool {
    let text = std::fs::read_to_string(&found.by.file).unwrap();
    let line = text.lines().nth(found.line - 1).unwrap_or_default();
    line.contains(&format!("::{}::", found.text[0]))
}

#[test]
fn only_doors_reach_out_of_the_program() {
    let source = Source::read();
    let mut wrong = Vec::new();
    for found in source.uses() {
        let [std, part, rest @ ..] = found.text else { continue };
        if std != "std" || rest.first().is_some_and(|name| part == "time" && name == "Duration") {
            continue;
        }
        let room = room(found.by);
        if let Some((_, allowed)) = OUTSIDE.iter().find(|(name, _)| name == part)
            && !allowed.contains(&room.as_str())
        {
            wrong.push(format!("{}: {room} may not use std::{part}", found.place()));
        }
    }
    report("rooms that reach out of the program", &wrong);
}

/// The reader itself, so that the laws above cannot pass because nothing was read.
#[test]
fn the_reader_reads() {
    let source = Source::read();
    let has = |path: &str| source.modules.iter().any(|module| module.path.join("::") == path);
    for path in ["base::num::random", "market::store::import", "strategy::rule::parser::phrases", "cli::work"]
    {
        assert!(has(path), "{path} is missed");
    }
    assert!(!source.modules.iter().any(|module| module.path.last().is_some_and(|name| name == "tests")));

    let told = |source: &str| tokens(source).into_iter().map(|Token { text, .. }| text).collect::<Vec<_>>();
    let text = "use a::b; // c::d\n/* e */ let s = \"f::g\"; let c = '\"'; fn h<'i>() { r#\"j\"# }";
    assert_eq!(told(text).join(" "), "use a :: b ; let s = ; let c = ; fn h < ' i > ( ) { }");

    let folder = tempfile::tempdir().unwrap();
    let text = "use crate::a::{self, b::{C, D as E}};\n#[cfg(test)]\nuse crate::t::{u, v};\n\
                use ::w::x;\nfn f() -> super::X { ::g::h::<T>(crate::i::J) }\nmod m { use super::n; }\n\
                #[cfg(test)]\nmod tests { use crate::o; }\nfn p() { q::r() }";
    std::fs::write(folder.path().join("lib.rs"), text).unwrap();
    let read = read_crate(&folder.path().join("lib.rs"));
    let names = |module: &Module| {
        module.names.iter().map(|(line, path)| format!("{line} {}", path.join("::"))).collect::<Vec<_>>()
    };
    assert_eq!(names(&read[0]), ["6 super::n"]);
    assert_eq!(
        names(&read[1]),
        [
            "1 crate::a::self",
            "1 crate::a::b::C",
            "1 crate::a::b::D",
            "4 w::x",
            "5 super::X",
            "5 g::h",
            "5 crate::i::J",
            "9 q::r"
        ]
    );
}

#[test]
fn the_list_says_no() {
    assert!(may_use("market::series", "base::num"));
    assert!(may_use("cli", "report") && may_use("cli", "market::store"));
    assert!(!may_use("base::num", "base::calendar"), "num stands before calendar");
    assert!(!may_use("base::num", "market::series"));
    assert!(!may_use("report::format", "report") && !may_use("report::content", "report::format"));
    assert!(!may_use("backtest::single", "report") && !may_use("strategy::rule", "cli"));
}
