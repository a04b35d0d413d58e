//! What a run writes into its folder, by name: anything else is the user's and is neither replaced nor removed.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;

use super::MOST_TEXT;
use crate::base::file::read_regular_text;
use crate::base::files::{self, EntryKind};

/// The table of a sweep's combinations and what says where its blocks end.
pub(super) const WORKED: [&str; 2] = ["combinations.parquet", "blocks.bin"];

/// Which part of a sweep it is.
const PART: &str = "shard.json";

/// The files of a run's folder.
const FILES: [&str; 13] = [
    "manifest.json",
    "summary.json",
    "pairs.csv",
    "signals.csv",
    "trades.csv",
    "fills.csv",
    "equity.csv",
    "benchmarks.csv",
    "equity.parquet",
    WORKED[0],
    WORKED[1],
    PART,
    "report.html",
];

/// The folder of pictures.
const CHARTS: &str = "charts";

/// Pictures that a report has once, and the beginnings of those it has several of.
const PICTURES: ([&str; 3], [&str; 2]) = (["equity", "paths", "distribution"], ["price-", "grid-"]);

/// How a picture is written.
const FORMATS: [&str; 2] = ["svg", "png"];

/// The file by which a finished run's folder is known, and what it says.
pub(super) const MARK: (&str, &str) = ("manifest.json", "\"command\": \"catchup ");

/// Whether a run's folder may hold a file or folder of this name.
pub fn is_part_of_a_run(name: &str) -> bool {
    name == CHARTS || FILES.contains(&name)
}

/// Whether a report has a picture of this name without the format.
fn is_picture(stem: &str) -> bool {
    let (single, several) = PICTURES;
    let numbered = |name: &str| {
        let rest = stem.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    single.iter().any(|name| stem == *name || numbered(name))
        || several.iter().any(|start| stem.len() > start.len() && stem.starts_with(start))
            && stem.bytes().all(plain)
}

/// The entries of a folder in order of name; names that are no text are shown as far as they can be.
fn entries(folder: &Path) -> io::Result<Vec<(String, EntryKind)>> {
    let entries = fs::read_dir(folder)?.map(|entry| {
        let entry = entry?;
        Ok((entry.file_name().to_string_lossy().into_owned(), EntryKind::of(entry.file_type()?)))
    });
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

/// The first entry of a folder that no run writes, as `charts/notes.txt`. In the `making`, there may be a file
/// that is yet to be renamed, and a picture in one format alone.
pub(super) fn foreign(folder: &Path, making: bool) -> io::Result<Option<String>> {
    for (name, kind) in entries(folder)? {
        match kind {
            EntryKind::File if FILES.contains(&name.as_str()) => {}
            EntryKind::File if making && files::is_new_file(&name) => {}
            EntryKind::Folder if name == CHARTS => {
                if let Some(picture) = foreign_picture(&folder.join(CHARTS), making)? {
                    return Ok(Some(format!("{CHARTS}/{picture}")));
                }
            }
            _ => return Ok(Some(name)),
        }
    }
    Ok(None)
}

fn foreign_picture(folder: &Path, making: bool) -> io::Result<Option<String>> {
    let all = entries(folder)?;
    let is_there = |name: String| all.iter().any(|(there, _)| *there == name);
    let is_ours = |(name, kind): &(String, EntryKind)| {
        let Some((stem, format)) = name.rsplit_once('.') else { return false };
        let whole = || FORMATS.iter().all(|format| is_there(format!("{stem}.{format}")));
        *kind == EntryKind::File && FORMATS.contains(&format) && is_picture(stem) && (making || whole())
    };
    Ok(all.iter().find(|entry| !is_ours(entry)).map(|(name, _)| name.clone()))
}

/// Why a folder may not be replaced by a run; `None` where it is empty or holds a finished run and nothing else.
pub(super) fn reason_to_keep(folder: &Path) -> io::Result<Option<String>> {
    if let Some(name) = foreign(folder, false)? {
        return Ok(Some(format!("no run writes `{name}`")));
    }
    let mark = folder.join(MARK.0);
    let is_marked = match files::entry_kind(&mark)? {
        Some(_) => beginning(&mark)?.contains(MARK.1),
        None => fs::read_dir(folder)?.next().is_none(),
    };
    Ok((!is_marked).then(|| format!("there is no `{}` of a run in it", MARK.0)))
}

/// What a file begins with, as text.
fn beginning(path: &Path) -> io::Result<String> {
    /// The command is the second thing a manifest says.
    const ENOUGH: u64 = 1 << 16;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(ENOUGH).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Removes what a run wrote into a folder; nothing, where there is anything else. The folder stays.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    if let Some(name) = foreign(folder, true)? {
        return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, format!("no run writes `{name}`")));
    }
    for (name, kind) in entries(folder)? {
        let path = folder.join(&name);
        if kind == EntryKind::Folder {
            for (picture, _) in entries(&path)? {
                fs::remove_file(path.join(picture))?;
            }
            fs::remove_dir(&path)?;
        } else {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Gives the work of a sweep back what was on its way to the results, where it is missing there. Results of another
/// sweep, or of another part of it, keep what they have: they are the earlier run.
pub(super) fn give_back_worked(results: &Path, resumable: &Path) {
    let text = |folder: &Path, name: &str| read_regular_text(&folder.join(name), MOST_TEXT).ok();
    let manifest = text(results, MARK.0);
    let is_same = manifest.is_some()
        && manifest == text(resumable, MARK.0)
        && text(results, PART) == text(resumable, PART);
    for name in WORKED.iter().filter(|_| is_same) {
        let to = resumable.join(name);
        if matches!(files::entry_kind(&to), Ok(None)) {
            let _ = fs::rename(results.join(name), to);
        }
    }
}

/// Removes a folder with what a run wrote into it; nothing, where there is anything else.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    clear(folder)?;
    fs::remove_dir(folder)
}

/// Waits until everything in a folder is on the disk.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    // Side by side they share the journal's commits.
    entries(folder)?.par_iter().try_for_each(|(name, kind)| match kind {
        EntryKind::Folder => sync(&folder.join(name)),
        _ => files::sync_file(&folder.join(name)),
    })?;
    files::sync_folder(folder)
}
