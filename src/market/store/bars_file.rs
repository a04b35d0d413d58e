//! The files of bars in a store's folder: named by their content, written once, verified at every reading.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::catalogue::Entry;
use super::update::{self, Change, Clash, Outcome};
use super::{Incoming, Past, Stored, frame, parquet, pipe, unfinished};
use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::base::file::read_regular;
use crate::market::series::{Field, Series};

/// The end of the names of files of bars, which no file of a user has by accident.
pub(super) const SUFFIX: &str = ".bars.parquet";

/// Digits of a hash in the names of files of bars.
const DIGITS: usize = 12;

/// Whether a file of bars may have this name: letters and digits of a series, a hash, and the suffix.
pub(super) fn is_name(name: &str) -> bool {
    let parts = name.strip_suffix(SUFFIX).and_then(|stem| stem.rsplit_once('-'));
    let is_hash = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_safe =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    parts.is_some_and(|(series, hash)| {
        !series.is_empty() && series.bytes().all(is_safe) && hash.len() == DIGITS && hash.bytes().all(is_hash)
    })
}

/// Writes the bars that come of `incoming` and of what stands at `before`, its place in the catalogue. The catalogue
/// itself is not touched.
///
/// # Errors
/// Where the past differs and is to be kept, what is there is damaged, or the folder cannot be written.
pub(super) fn put(dir: &Path, before: Option<&Entry>, incoming: &Incoming<'_>, past: Past) -> Result<Stored> {
    let Some(before) = before else {
        let entry = write(dir, incoming)?;
        return Ok(Stored { entry, before: None, change: Change::New });
    };
    let old = match load(dir, before, &Field::ALL) {
        Ok(old) => old,
        Err(failure) if past == Past::Kept => return Err(failure),
        Err(_) => {
            let whole = vec!["what the store had of it was damaged".to_owned()];
            return replace(dir, before, incoming, Clash { whole, ..Clash::default() });
        }
    };
    match update::merge(&old, incoming.series) {
        Outcome::Same => {
            Ok(Stored { entry: before.clone(), before: Some(before.clone()), change: Change::Same })
        }
        Outcome::Extended { rows, before: earlier, after, shared } => {
            // Where the newer series has every row, it is the whole: then its own file tells where all came from.
            let is_whole = rows.close.len() == incoming.series.len();
            let series = if is_whole {
                Cow::Borrowed(incoming.series)
            } else {
                let longer = if old.len() < incoming.series.len() { incoming.series } else { &old };
                Cow::Owned(update::merged(longer, rows)?)
            };
            let mut entry = write(dir, &Incoming { series: &series, ..*incoming })?;
            if !is_whole {
                entry.hash.clone_from(&entry.bars);
                entry.file.clone_from(&incoming.series.provenance().file);
            }
            let change = Change::Extended { before: earlier, after, shared };
            Ok(Stored { entry: entry.after(before), before: Some(before.clone()), change })
        }
        Outcome::Clash(clash) if past == Past::Kept => {
            let file = &incoming.series.provenance().file;
            Err(clash.refusal(&before.full_name(), file, &old, incoming.series).into())
        }
        Outcome::Clash(clash) => replace(dir, before, incoming, clash),
    }
}

fn replace(dir: &Path, before: &Entry, incoming: &Incoming<'_>, clash: Clash) -> Result<Stored> {
    let entry = write(dir, incoming)?.after(before);
    Ok(Stored { entry, before: Some(before.clone()), change: Change::Replaced(clash) })
}

fn write(dir: &Path, incoming: &Incoming<'_>) -> Result<Entry> {
    let fail = |path: &Path, error: &io::Error| Failure::io("write", path, error).with_exit(Exit::Failed);
    let file = unfinished(dir).map_err(|error| fail(dir, &error))?;
    let (encoded, written) = pipe::through(
        |to| parquet::encode(incoming.series.rows(), to),
        |blocks| {
            let mut hasher = blake3::Hasher::new();
            for block in blocks {
                hasher.update(&block);
                file.as_file().write_all(&block)?;
            }
            file.as_file().sync_all().map(|()| hasher.finalize())
        },
    );
    // Where the disk is full, that is why the rest could not be encoded.
    let hash = written.map_err(|error| fail(dir, &error))?;
    encoded.map_err(|error| Diagnostic::new(format!("{} cannot be stored: {error}", incoming.name())))?;
    let hash = hash.to_hex().to_string();
    let entry = Entry::new(incoming, file_name(incoming, &hash), hash);
    let path = dir.join(&entry.parquet);
    // A file of this name has this content already, unless it was damaged.
    let there = read(dir, &entry);
    if there.is_ok_and(|there| blake3::hash(&there).to_hex().as_str() == entry.bars) {
        return Ok(entry);
    }
    file.persist(&path).map_err(|error| fail(&path, &error.error))?;
    Ok(entry)
}

/// A file name that is safe on every system, even where upper and lower case are one: letters and digits of the
/// series' name, and a hash of its exact name and bytes.
fn file_name(incoming: &Incoming<'_>, bars: &str) -> String {
    let name = incoming.long_name();
    let safe: String = name
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            '@' | '/' => '-',
            letter if letter.is_ascii_alphanumeric() || letter == '-' => letter,
            _ => '_',
        })
        .collect();
    let hash = blake3::hash(format!("{name} {bars}").as_bytes()).to_hex();
    format!("{safe}-{}{SUFFIX}", &hash[..DIGITS])
}

/// Bytes of a file of bars without rows, and of each row, at most.
const FIXED_BYTES: u64 = 1 << 16;
const ROW_BYTES: u64 = 96;

/// The bytes of the file that `entry` names: a file of the store, not what a link there leads to.
fn read(dir: &Path, entry: &Entry) -> io::Result<Vec<u8>> {
    let path = dir.join(&entry.parquet);
    if !fs::symlink_metadata(&path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a link or not a file"));
    }
    read_regular(&path, FIXED_BYTES + ROW_BYTES.saturating_mul(entry.rows as u64))
}

/// Reads the bars of `entry`: the close, and of the other columns only `fields`.
///
/// # Errors
/// Where the file is gone, or is not the one the catalogue speaks of.
pub(super) fn load(dir: &Path, entry: &Entry, fields: &[Field]) -> Result<Series> {
    let path = dir.join(&entry.parquet);
    let damaged = |what: &str| {
        Failure::from(
            Diagnostic::new(format!("{}: its bars in `{}` {what}", entry.full_name(), path.display()))
                .hint(format!("import {} again with `--replace`", entry.file)),
        )
    };
    if !is_name(&entry.parquet) {
        return Err(damaged("lie outside the store"));
    }
    let bytes = read(dir, entry).map_err(|error| damaged(&format!("cannot be read: {error}")))?;
    if blake3::hash(&bytes).to_hex().as_str() != entry.bars {
        return Err(damaged("are not those the catalogue speaks of: their hash differs"));
    }
    // The hash has no key: a file that somebody made up can have it, too.
    let rows = frame::guarded(bytes, |bytes| parquet::decode(bytes, fields));
    let rows = rows.map_err(|error| damaged(&format!("cannot be read: {error}")))?;
    if rows.close.len() != entry.rows {
        return Err(damaged(&format!(
            "hold {} rows where the catalogue has {}",
            rows.close.len(),
            entry.rows
        )));
    }
    let session = entry.session()?;
    let series = Series::new(entry.provenance(), session, entry.label_kind(), entry.stale_after_days, rows)?;
    let ends = [series.label(0).to_string(), series.label(series.len() - 1).to_string()];
    if ends != [entry.first.as_str(), entry.last.as_str()] {
        return Err(damaged("are of other dates than the catalogue says"));
    }
    Ok(series)
}
