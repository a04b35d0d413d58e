//! A run's folder: built beside its place and renamed there, so that it is there whole or not at all.

mod contents;
mod output_lock;

use std::cell::OnceCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

pub use contents::is_part_of_a_run;
use contents::{WORKED, reason_to_keep};
use output_lock::{Hidden, check, holds_other_things};
pub use output_lock::{OutputLock, bring_back_replaced};

use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::base::file::read_regular_text;
use crate::base::files::{self, EntryKind};

/// A folder among the system's temporary files that goes with the value.
#[derive(Debug)]
pub struct PassingFolder(TempDir);

impl PassingFolder {
    /// Makes one.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn new() -> Result<Self> {
        let made = tempfile::tempdir().map(Self);
        made.map_err(|error| {
            Failure::from(Diagnostic::new(format!("a temporary folder cannot be made: {error}")))
                .with_exit(Exit::Failed)
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// What went into a run.
pub const MANIFEST: &str = "manifest.json";

/// Bytes of a text of a run that is read back, at most.
const MOST_TEXT: u64 = 64 << 20;

/// A folder in the making. Dropped before [`RunFolder::finish`], it leaves nothing behind but what a sweep can resume
/// from.
#[derive(Debug)]
pub struct RunFolder {
    /// The results, which are moved to their place as a whole; made when the first of them is written.
    results: OnceCell<PathBuf>,
    /// The folder of a sweep that can be resumed: it stays when the program ends.
    resumable: Option<PathBuf>,
    /// Released last.
    lock: OutputLock,
}

impl OutputLock {
    /// Begins a folder of results.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn begin(self) -> Result<RunFolder> {
        let folder = RunFolder { results: OnceCell::new(), resumable: None, lock: self };
        folder.results()?;
        Ok(folder)
    }

    /// Begins a folder of results whose work stays if the program ends before: a later call finds what was
    /// [written](RunFolder::building) into it.
    ///
    /// # Errors
    /// Where something other than an interrupted sweep is there, or the disk refuses.
    pub fn begin_resumable(self) -> Result<RunFolder> {
        let folder = self.hidden(Hidden::Resumable);
        let fail = |error: io::Error| Failure::io("create", &folder, &error);
        let what = match files::entry_kind(&folder).map_err(fail)? {
            None => {
                fs::create_dir(&folder).map_err(fail)?;
                None
            }
            Some(EntryKind::Folder) => contents::foreign(&folder, true).map_err(fail)?,
            Some(other) => return Err(files::not_ours(&folder, other.name())),
        };
        if let Some(name) = what {
            return Err(files::not_ours(
                &folder,
                &format!("a folder with `{name}` in it, which no sweep writes"),
            ));
        }
        Ok(RunFolder { results: OnceCell::new(), resumable: Some(folder), lock: self })
    }
}

impl RunFolder {
    /// Begins a folder that will stand at `output`.
    ///
    /// # Errors
    /// As [`OutputLock::take`] and [`OutputLock::begin`].
    pub fn begin(output: &Path) -> Result<Self> {
        OutputLock::take(output)?.begin()
    }

    /// Removes what an interrupted run left of this folder, so that it begins anew.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn clear(&self) -> Result<()> {
        let Some(folder) = &self.resumable else { return Ok(()) };
        contents::clear(folder)
            .and_then(|()| files::sync_folder(folder))
            .map_err(|error| Failure::io("empty", folder, &error))
    }

    /// Gives up the folder with all that is in it.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn discard(self) -> Result<()> {
        let Some(folder) = &self.resumable else { return Ok(()) };
        contents::remove(folder).map_err(|error| Failure::io("remove", folder, &error))
    }

    /// The folder to work in as long as the run is in the making.
    pub fn building(&self) -> &Path {
        let results = || self.results.get().map_or(Path::new(""), PathBuf::as_path);
        self.resumable.as_deref().unwrap_or_else(results)
    }

    /// Whether what is done stays when the program ends.
    pub fn is_resumable(&self) -> bool {
        self.resumable.is_some()
    }

    /// Writes a file of the [work](RunFolder::building), whole or not at all.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn write_whole(&self, name: &str, bytes: &[u8]) -> Result<()> {
        files::write_whole(&self.building().join(name), bytes)
    }

    /// The text of a file of the [work](RunFolder::building); `None` where there is none.
    pub fn read(&self, name: &str) -> Option<String> {
        read_regular_text(&self.building().join(name), MOST_TEXT).ok()
    }

    /// Writes a file of the results; `name` may hold one folder, as in `charts/equity.svg`.
    ///
    /// # Errors
    /// Where the file is there already, or the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let results = self.results()?;
        let path = results.join(name);
        let folder = files::folder_of(&path);
        if folder != results && files::entry_kind(folder).is_ok_and(|kind| kind.is_none()) {
            fs::create_dir(folder).map_err(|error| Failure::io("create", folder, &error))?;
        }
        files::write_new(&path, bytes).map_err(|error| Failure::io("write", &path, &error))
    }

    /// The folder of results, made where it is missing.
    fn results(&self) -> Result<&Path> {
        if let Some(folder) = self.results.get() {
            return Ok(folder);
        }
        let folder = self.lock.hidden(Hidden::Unfinished);
        fs::create_dir(&folder).map_err(|error| Failure::io("create", &folder, &error))?;
        Ok(self.results.get_or_init(|| folder))
    }

    /// Puts the results in their place, in exchange for an earlier run there. With them goes the table of combinations
    /// that a sweep worked.
    ///
    /// # Errors
    /// Where the disk refuses; the earlier run then stays.
    pub fn finish(self) -> Result<PathBuf> {
        self.finish_with(&WORKED[..1])
    }

    /// As [`RunFolder::finish`] for a part of a sweep: what says where its blocks end goes along.
    ///
    /// # Errors
    /// As [`RunFolder::finish`].
    pub fn finish_part(self) -> Result<PathBuf> {
        self.finish_with(&WORKED)
    }

    fn finish_with(mut self, wanted: &[&str]) -> Result<PathBuf> {
        let results = self.results()?.to_owned();
        let output = self.lock.output().to_owned();
        let fail = |error: io::Error| Failure::io("put the results into", &output, &error);
        let taken = self.take_worked(&results, wanted).map_err(fail);
        if let Err(failure) = taken.and_then(|()| self.put_in_place(&results, &output)) {
            if let Some(resumable) = &self.resumable {
                contents::give_back_worked(&results, resumable);
            }
            return Err(failure);
        }
        if let Err(error) = self.lock.sync_parents() {
            // Not before the exchange is on the disk may the earlier run go: the next run removes it.
            self.results = OnceCell::new();
            return Err(fail(error));
        }
        if let Some(resumable) = &self.resumable {
            // Where it stays, the next sweep removes it.
            let _ = contents::remove(resumable);
        }
        Ok(output)
    }

    /// Moves what the work made of the results to them, and removes what belongs to the work alone.
    fn take_worked(&self, results: &Path, wanted: &[&str]) -> io::Result<()> {
        for name in WORKED {
            let is_result = wanted.contains(&name);
            let path = self.building().join(name);
            match (&self.resumable, files::entry_kind(&path)?) {
                (Some(_), Some(_)) if is_result => fs::rename(path, results.join(name))?,
                (None, Some(_)) if !is_result => fs::remove_file(path)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Whatever happens, the earlier run or the new one is at `output`, or [`OutputLock::take`] brings it back.
    fn put_in_place(&mut self, results: &Path, output: &Path) -> Result<()> {
        let fail = |error: io::Error| Failure::io("put the results into", output, &error);
        contents::sync(results).map_err(fail)?;
        check(output)?;
        if files::entry_kind(output).map_err(fail)?.is_none() {
            fs::rename(results, output).map_err(fail)?;
            self.results = OnceCell::new();
        } else if files::exchange(results, output).map_err(fail)? {
            // The earlier run is where the new one was. Somebody may have put something in at the last moment.
            let kept = match reason_to_keep(results) {
                Ok(None) => return Ok(()),
                Ok(Some(reason)) => holds_other_things(output, &reason),
                Err(error) => fail(error),
            };
            files::exchange(results, output).map_err(fail)?;
            return Err(kept);
        } else {
            let aside = self.lock.hidden(Hidden::Replaced);
            fs::rename(output, &aside).map_err(fail)?;
            if let Err(error) = fs::rename(results, output) {
                return Err(match fs::rename(&aside, output) {
                    Ok(()) => fail(error),
                    Err(_) => out_of_sight(output, &aside, &error),
                });
            }
            self.results = OnceCell::from(aside);
        }
        Ok(())
    }
}

impl Drop for RunFolder {
    /// What has not come to its place goes, and so does the earlier run once the new one is there.
    fn drop(&mut self) {
        if let Some(folder) = self.results.get() {
            // What cannot be removed, the next run removes.
            let _ = contents::remove(folder);
        }
    }
}

/// The output folder that `folder`, which an interrupted sweep left, was built for; `None` for other folders.
pub fn interrupted_place(folder: &Path) -> Option<PathBuf> {
    // The folder itself tells, by whatever link or path it is reached.
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = Hidden::Resumable.output(whole.file_name()?.to_str()?)?.to_owned();
    Some(folder.with_file_name(name))
}

/// The new run could not be put in place, nor the earlier one back.
fn out_of_sight(output: &Path, aside: &Path, error: &io::Error) -> Failure {
    let diagnostic = Diagnostic::new(format!("cannot put the results into `{}`: {error}", output.display()))
        .detail(format!("the earlier run is in `{}`, and the next run brings it back", aside.display()))
        .hint("see what is wrong with the disk, then run the command again");
    Failure::from(diagnostic).with_exit(Exit::Failed)
}

/// The folders of interrupted sweeps beside `output` whose own outputs begin with `prefix`, in order of name.
pub fn interrupted(output: &Path, prefix: &str) -> Vec<PathBuf> {
    let wanted = Hidden::Resumable.name(prefix);
    let entries = fs::read_dir(files::folder_of(output)).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&wanted))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests;
