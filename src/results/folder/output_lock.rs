//! The one owner of an output folder: from before anything is made until after the last rename.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::contents;
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::base::files::{self, Attempt, EntryKind, PassingLock};

/// How long a lock is tried before the run is refused: whoever removes what a killed run left holds it for a moment.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often folders above are made again that another run removed because it made them and failed.
const TRIES: usize = 10;

/// Longer names are told by their hash, so that a prefix does not make them too long for the disk.
const LONGEST: usize = 150;

/// What the hidden names beside an output folder begin with; then comes its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    /// Its lock.
    Lock,
    /// A folder in the making; then comes a random end.
    Unfinished,
    /// The earlier run while it is replaced in two steps; then comes a random end.
    Replaced,
    /// What an interrupted sweep has done.
    Resumable,
}

impl Hidden {
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Lock => ".catchup-lock-",
            Self::Unfinished => ".unfinished-",
            Self::Replaced => ".replaced-",
            Self::Resumable => ".resumable-",
        }
    }

    fn has_random_end(self) -> bool {
        matches!(self, Self::Unfinished | Self::Replaced)
    }

    /// The name for the output folder called `name` here.
    pub(super) fn name(self, name: &str) -> String {
        let end = if self.has_random_end() { format!("-{}", files::random_name()) } else { String::new() };
        format!("{}{name}{end}", self.prefix())
    }

    /// The output folder whose hidden name of this kind `name` is.
    pub(super) fn output(self, name: &str) -> Option<&str> {
        let rest = name.strip_prefix(self.prefix()).filter(|rest| !rest.is_empty())?;
        if !self.has_random_end() {
            return Some(rest);
        }
        let (output, end) = rest.rsplit_once('-')?;
        (!output.is_empty() && files::is_random_name(end)).then_some(output)
    }
}

/// What an output folder is called in hidden names: its name, or a hash where that is too long or no text.
pub(super) fn short_name(name: &OsStr) -> String {
    match name.to_str() {
        Some(name) if name.len() <= LONGEST && !name.starts_with(HASHED) => name.to_owned(),
        _ => format!("{HASHED}{}", &blake3::hash(name.as_encoded_bytes()).to_hex()[..32]),
    }
}

/// What a hash begins with in place of a name.
const HASHED: char = '~';

/// The right to write one output folder, held against every other process until it is dropped.
#[derive(Debug)]
pub struct OutputLock {
    output: PathBuf,
    name: String,
    lock: Option<PassingLock>,
    /// Folders above that were made for it, the innermost last.
    made: Vec<PathBuf>,
}

impl OutputLock {
    /// Takes the right to write `output`, and clears away what killed runs left beside it.
    ///
    /// # Errors
    /// Where something that is no run is there, another process writes it, or the disk refuses.
    pub fn take(output: &Path) -> Result<Self> {
        let Some(name) = output.file_name() else {
            return Err(Diagnostic::new(format!("`{}` cannot be the folder of a run", output.display()))
                .hint("give it a name: --out results/my-run")
                .into());
        };
        check(output)?;
        let mut taken =
            Self { output: output.to_owned(), name: short_name(name), lock: None, made: Vec::new() };
        taken.lock()?;
        taken.clean_up();
        // What was brought back may be more than a run, and time has passed.
        check(output)?;
        Ok(taken)
    }

    /// The output folder.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// The folder that holds the output folder.
    pub(super) fn parent(&self) -> &Path {
        files::folder_of(&self.output)
    }

    /// A path beside the output folder.
    pub(super) fn hidden(&self, kind: Hidden) -> PathBuf {
        self.parent().join(kind.name(&self.name))
    }

    /// Waits until the names of the output folder and of the folders made above it are on the disk.
    pub(super) fn sync_parents(&self) -> io::Result<()> {
        files::sync_folder(self.parent())?;
        self.made.iter().try_for_each(|folder| files::sync_folder(files::folder_of(folder)))
    }

    fn lock(&mut self) -> Result<()> {
        let path = self.hidden(Hidden::Lock);
        for tried in 1.. {
            self.make_parents()?;
            match PassingLock::take(&path, PATIENCE) {
                Ok(Attempt::Locked(lock)) => {
                    self.lock = Some(lock);
                    break;
                }
                Ok(Attempt::Busy) => return Err(busy(&self.output)),
                Ok(Attempt::NotOurs(what)) => return Err(files::not_ours(&path, what)),
                // Another run made the folders above, failed, and took them away again.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tried < TRIES => {}
                Err(error) => return Err(Failure::io("lock", &path, &error)),
            }
        }
        Ok(())
    }

    /// Makes the folders above that are missing.
    fn make_parents(&mut self) -> Result<()> {
        let parent = files::folder_of(&self.output).to_owned();
        let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing: Vec<&Path> = parent.ancestors().take_while(missing).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.made.push(folder.to_owned()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
                // Seen by the next try.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Failure::io("create", folder, &error)),
            }
        }
        Ok(())
    }

    /// Clears away what killed runs left, here and for other output folders beside it. What cannot be removed does no
    /// harm.
    fn clean_up(&self) {
        let parent = self.parent();
        let mut left = bring_back(parent, &self.name, Some(&self.output));
        for name in others(parent, &self.name) {
            let lock = parent.join(Hidden::Lock.name(&name));
            let Ok(Attempt::Locked(_held)) = PassingLock::take(&lock, Duration::ZERO) else { continue };
            let output = (!name.starts_with(HASHED)).then(|| parent.join(&name));
            for folder in bring_back(parent, &name, output.as_deref()) {
                // Under a name of its own it takes as long as it takes; the other lock is free at once.
                let own = self.hidden(Hidden::Unfinished);
                if fs::rename(&folder, &own).is_ok() {
                    left.push(own);
                }
            }
        }
        for folder in left {
            let _ = contents::remove(&folder);
        }
    }
}

impl Drop for OutputLock {
    /// Folders above that were made in vain go again.
    fn drop(&mut self) {
        self.lock = None;
        while let Some(folder) = self.made.pop() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Brings an earlier run back to `output` where a killed process had moved it aside for a new one, and an interrupted
/// sweep's files back to it. Called under the lock; gives the folders that are left over. Where the output folder is
/// not known, an earlier run stays where it is. What a run has not written is left alone.
fn bring_back(parent: &Path, name: &str, output: Option<&Path>) -> Vec<PathBuf> {
    let mut left = Vec::new();
    let replaced = hidden_folders(parent, Hidden::Replaced, name);
    for aside in replaced.into_iter().filter(|aside| matches!(contents::reason_to_keep(aside), Ok(None))) {
        let Some(output) = output else { continue };
        match files::entry_kind(output) {
            Ok(None) => {
                let _ = fs::rename(&aside, output).and_then(|()| files::sync_folder(parent));
            }
            Ok(Some(_)) => left.push(aside),
            Err(_) => {}
        }
    }
    let resumable = parent.join(Hidden::Resumable.name(name));
    let is_resumable = matches!(files::entry_kind(&resumable), Ok(Some(EntryKind::Folder)));
    let unfinished = hidden_folders(parent, Hidden::Unfinished, name);
    for folder in unfinished.into_iter().filter(|folder| matches!(contents::foreign(folder, true), Ok(None)))
    {
        if is_resumable {
            contents::give_back_worked(&folder, &resumable);
        }
        left.push(folder);
    }
    left
}

/// Hidden folders of this kind that belong to the output folder called `name`, in order.
fn hidden_folders(parent: &Path, kind: Hidden, name: &str) -> Vec<PathBuf> {
    let mut found = listed(parent);
    found.retain(|(hidden, is)| kind.output(hidden) == Some(name) && *is == EntryKind::Folder);
    found.into_iter().map(|(hidden, _)| parent.join(hidden)).collect()
}

/// Other output folders that something hidden was left of.
fn others(parent: &Path, own: &str) -> BTreeSet<String> {
    let left = |(hidden, kind): (String, EntryKind)| {
        let folders = [Hidden::Unfinished, Hidden::Replaced];
        let name = match kind {
            EntryKind::Folder => folders.iter().find_map(|kind| kind.output(&hidden)),
            EntryKind::File => Hidden::Lock.output(&hidden),
            _ => None,
        };
        name.filter(|name| *name != own).map(str::to_owned)
    };
    listed(parent).into_iter().filter_map(left).collect()
}

/// What is in a folder under names that are text, in order.
fn listed(folder: &Path) -> Vec<(String, EntryKind)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = |entry: fs::DirEntry| {
        Some((entry.file_name().into_string().ok()?, EntryKind::of(entry.file_type().ok()?)))
    };
    let mut found: Vec<_> = entries.filter_map(named).collect();
    found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Brings back the run that belongs at `output`, where a process was killed while it replaced it in two steps.
pub fn bring_back_replaced(output: &Path) {
    let (Ok(None), Some(name)) = (files::entry_kind(output), output.file_name()) else { return };
    let (parent, name) = (files::folder_of(output), short_name(name));
    if hidden_folders(parent, Hidden::Replaced, &name).is_empty() {
        return;
    }
    let lock = PassingLock::take(&parent.join(Hidden::Lock.name(&name)), PATIENCE);
    if let Ok(Attempt::Locked(_held)) = lock {
        bring_back(parent, &name, Some(output));
    }
}

fn busy(output: &Path) -> Failure {
    Diagnostic::new(format!("another process is writing `{}`", output.display()))
        .detail("each output folder has one writer at a time")
        .hint("wait until it has finished, or choose another folder with --out")
        .into()
}

/// Refuses an output folder that holds anything but a finished run.
pub(super) fn check(output: &Path) -> Result<()> {
    let fail = |error: io::Error| Failure::io("read", output, &error);
    match files::entry_kind(output).map_err(fail)? {
        None => Ok(()),
        Some(EntryKind::Folder) => match contents::reason_to_keep(output).map_err(fail)? {
            None => Ok(()),
            Some(reason) => Err(holds_other_things(output, &reason)),
        },
        Some(EntryKind::Link) => Err(is_link(output)),
        Some(kind) => Err(holds_other_things(output, &format!("it is {}", kind.name()))),
    }
}

pub(super) fn holds_other_things(output: &Path, reason: &str) -> Failure {
    Diagnostic::new(format!("`{}` holds other things than a run of catchup", output.display()))
        .detail(reason)
        .detail("a finished run is replaced as a whole; nothing else is ever removed")
        .hint("choose another folder with --out, or a new one inside of this")
        .into()
}

/// A link is not replaced by a folder, and what it leads to has another name beside which to build.
fn is_link(output: &Path) -> Failure {
    let diagnostic = Diagnostic::new(format!("`{}` is a symbolic link", output.display()))
        .detail("a run replaces its output folder as a whole, and a link would be lost with it");
    match fs::canonicalize(output) {
        Ok(target) => diagnostic.hint(format!("name the folder itself: --out {}", target.display())),
        Err(_) => diagnostic.hint("it leads nowhere: choose another folder with --out"),
    }
    .into()
}
