//! A run's folder: built beside its place and renamed there, so that it is there whole or not at all.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::base::diagnostic::{Diagnostic, Exit, Failure, Result};
use crate::base::file::read_regular_text;

/// What a run's folder may hold. A folder with anything else in it is never replaced.
const FILES: [&str; 14] = [
    "manifest.json",
    "summary.json",
    "pairs.csv",
    "signals.csv",
    "trades.csv",
    "fills.csv",
    "equity.csv",
    "benchmarks.csv",
    "equity.parquet",
    "combinations.parquet",
    "blocks.bin",
    "shard.json",
    "report.html",
    "charts",
];

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

/// Whether a run's folder may hold a file or folder of this name.
pub fn is_part_of_a_run(name: &str) -> bool {
    FILES.contains(&name)
}

/// What went into a run.
pub const MANIFEST: &str = "manifest.json";

/// Bytes of a text of a run that is read back, at most.
const MOST_TEXT: u64 = 64 << 20;

/// The file by which a finished run's folder is known, and what it says.
const MARK: (&str, &str) = (MANIFEST, "\"command\": \"catchup ");

/// Folders in the making begin like this, and hold this file locked while someone works on them.
const UNFINISHED: (&str, &str) = (".unfinished-", ".lock");

/// Folders of sweeps that can go on after an interruption begin like this, followed by the name of their place.
const RESUMABLE: &str = ".resumable-";

/// A folder in the making. Dropped before [`RunFolder::finish`], it leaves nothing behind, unless it is one that
/// can be gone on with.
#[derive(Debug)]
pub struct RunFolder {
    place: PathBuf,
    building: Building,
    lock: File,
}

/// Where a folder is built.
#[derive(Debug)]
enum Building {
    /// Gone when dropped.
    Passing(TempDir),
    /// Stays when the program ends.
    Lasting(PathBuf),
}

impl Building {
    fn path(&self) -> &Path {
        match self {
            Self::Passing(folder) => folder.path(),
            Self::Lasting(folder) => folder,
        }
    }
}

impl RunFolder {
    /// Begins a folder that will stand at `place`.
    ///
    /// # Errors
    /// Where something that is no run stands there already, or the disk refuses.
    pub fn begin(place: &Path) -> Result<Self> {
        let parent = Self::parent_for(place)?;
        let building = tempfile::Builder::new()
            .prefix(UNFINISHED.0)
            .tempdir_in(parent)
            .map_err(|error| Failure::io("create a folder in", parent, &error))?;
        let lock = locked(building.path())?;
        Ok(Self { place: place.to_owned(), building: Building::Passing(building), lock })
    }

    /// Begins a folder that will stand at `place` and that stays if the program ends before: a later call finds
    /// what was [written](Self::building) into it.
    ///
    /// # Errors
    /// As [`RunFolder::begin`], and where another process is at work on it.
    pub fn begin_resumable(place: &Path) -> Result<Self> {
        let parent = Self::parent_for(place)?;
        let building = resumable_at(place);
        fs::create_dir_all(&building).map_err(|error| Failure::io("create a folder in", parent, &error))?;
        let lock = locked(&building)?;
        Ok(Self { place: place.to_owned(), building: Building::Lasting(building), lock })
    }

    /// Removes what an interrupted run left of this folder, so that it begins anew.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn clear(&self) -> Result<()> {
        for entry in fs::read_dir(self.building()).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name() != UNFINISHED.1 {
                let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                removed.map_err(|error| Failure::io("remove", &path, &error))?;
            }
        }
        Ok(())
    }

    /// Gives up the folder with all that is in it.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn discard(self) -> Result<()> {
        let folder = self.building().to_owned();
        fs::remove_dir_all(&folder).map_err(|error| Failure::io("remove", &folder, &error))
    }

    /// The folder as long as it is in the making.
    pub fn building(&self) -> &Path {
        self.building.path()
    }

    /// Writes a file as [`RunFolder::write`] does, whole or not at all.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn write_whole(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let beside = format!("{name}.new");
        self.write(&beside, bytes)?;
        let (from, to) = (self.building().join(&beside), self.building().join(name));
        fs::rename(&from, &to).map_err(|error| Failure::io("write", &to, &error))
    }

    /// The text of a file written before; `None` where there is none.
    pub fn read(&self, name: &str) -> Option<String> {
        read_regular_text(&self.building().join(name), MOST_TEXT).ok()
    }

    /// Removes a file written before, if it is there.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn remove(&self, name: &str) -> Result<()> {
        let path = self.building().join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::io("remove", &path, &error))
            }
            _ => Ok(()),
        }
    }

    /// The folder above `place`, swept and ready to build in.
    fn parent_for(place: &Path) -> Result<&Path> {
        if place.exists() && !is_replaceable(place) {
            return Err(Diagnostic::new(format!(
                "`{}` holds other things than a run of catchup",
                place.display()
            ))
            .detail("a finished run is replaced as a whole; nothing else is ever removed")
            .hint("choose another folder with --out, or a new one inside of this")
            .into());
        }
        let parent = match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if place.file_name().is_none() {
            return Err(Diagnostic::new(format!("`{}` cannot be the folder of a run", place.display()))
                .hint("give it a name: --out results/my-run")
                .into());
        }
        fs::create_dir_all(parent).map_err(|error| Failure::io("create", parent, &error))?;
        sweep_abandoned(parent);
        Ok(parent)
    }

    /// Writes a file of the run; `name` may hold one folder, as in `charts/equity.svg`.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.building.path().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
        }
        fs::write(&path, bytes).map_err(|error| Failure::io("write", &path, &error))
    }

    /// Puts the folder in its place, in exchange for an earlier run there.
    ///
    /// # Errors
    /// Where the disk refuses; the earlier run then stays.
    pub fn finish(self) -> Result<PathBuf> {
        let Self { place, building, lock } = self;
        let fail = |error: std::io::Error| Failure::io("put the results into", &place, &error);
        let finished = building.path();
        fs::remove_file(finished.join(UNFINISHED.1)).map_err(fail)?;
        drop(lock);
        set_permissions(finished);
        // Until the last rename has worked, dropping `building` removes the new folder.
        if place.exists() {
            let aside = tempfile::Builder::new()
                .prefix(UNFINISHED.0)
                .tempdir_in(finished.parent().unwrap_or(Path::new(".")))
                .map_err(fail)?;
            let before = aside.path().join("before");
            fs::rename(&place, &before).map_err(fail)?;
            if let Err(error) = fs::rename(finished, &place) {
                // Whatever this says, the first error is the one to tell.
                let _ = fs::rename(&before, &place);
                return Err(fail(error));
            }
        } else {
            fs::rename(finished, &place).map_err(fail)?;
        }
        // It has moved: there is nothing left to remove at the old path.
        if let Building::Passing(folder) = building {
            let _ = folder.keep();
        }
        Ok(place)
    }
}

/// Where a folder that can be gone on with is built.
pub fn resumable_at(place: &Path) -> PathBuf {
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    place.with_file_name(format!("{RESUMABLE}{name}"))
}

/// The place of the results that `folder`, which an interrupted sweep left, was built for; `None` for other folders.
pub fn interrupted_place(folder: &Path) -> Option<PathBuf> {
    // The folder itself tells, by whatever link or path it is reached.
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = whole.file_name()?.to_str()?.strip_prefix(RESUMABLE)?;
    Some(folder.with_file_name(name))
}

/// The folders of interrupted sweeps beside `place` whose own places begin with `prefix`, in order of name.
pub fn interrupted(place: &Path, prefix: &str) -> Vec<PathBuf> {
    let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = format!("{RESUMABLE}{prefix}");
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&wanted))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// A lock on a folder that this process works on.
fn locked(folder: &Path) -> Result<File> {
    let path = folder.join(UNFINISHED.1);
    let lock = File::create(&path).map_err(|error| Failure::io("write", &path, &error))?;
    if lock.try_lock().is_err() {
        return Err(Diagnostic::new("another process works on this very run")
            .detail(format!("it builds `{}`", folder.display()))
            .hint("wait for it, or choose another folder with --out")
            .into());
    }
    Ok(lock)
}

/// Removes what interrupted runs left: folders in the making that nobody holds. What cannot be removed does no
/// harm.
fn sweep_abandoned(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(UNFINISHED.0) {
            continue;
        }
        let abandoned = File::open(entry.path().join(UNFINISHED.1)).is_ok_and(|lock| lock.try_lock().is_ok());
        if abandoned {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A finished run's folder with nothing else in it, or an empty folder.
fn is_replaceable(place: &Path) -> bool {
    let Ok(entries) = fs::read_dir(place) else { return false };
    let names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let marked = fs::read_to_string(place.join(MARK.0)).is_ok_and(|text| text.contains(MARK.1));
    names.is_empty() || marked && names.iter().all(|name| FILES.contains(&name.as_str()))
}

/// Temporary folders are private; results are as readable as the user's other files.
#[cfg(unix)]
fn set_permissions(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    // A folder that stays private is still whole.
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o755));
}

#[cfg(not(unix))]
fn set_permissions(_: &Path) {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn manifest(text: &str) -> String {
        format!("{{ {}{text}\" }}", MARK.1)
    }

    #[test]
    fn a_run_is_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("deep/run");
        let folder = RunFolder::begin(&place).unwrap();
        folder.write("charts/a.svg", b"x").unwrap();
        drop(folder);
        assert!(!place.exists());
        assert_eq!(fs::read_dir(dir.path().join("deep")).unwrap().count(), 0, "nothing is left behind");

        for text in ["first", "second"] {
            let folder = RunFolder::begin(&place).unwrap();
            folder.write(MARK.0, manifest(text).as_bytes()).unwrap();
            folder.finish().unwrap();
            assert_eq!(fs::read_to_string(place.join(MARK.0)).unwrap(), manifest(text));
        }
        assert_eq!(fs::read_dir(dir.path().join("deep")).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_run_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
        let error = RunFolder::begin(dir.path()).unwrap_err();
        assert!(error.to_string().contains("other things than a run"));
        fs::write(dir.path().join(MARK.0), manifest("run x")).unwrap();
        assert!(RunFolder::begin(dir.path()).is_err(), "a run with somebody's notes beside it");
        fs::remove_file(dir.path().join("thesis.txt")).unwrap();
        assert!(RunFolder::begin(dir.path()).is_ok());
        fs::write(dir.path().join(MARK.0), "{ \"name\": \"another program's\" }").unwrap();
        assert!(RunFolder::begin(dir.path()).is_err());
        assert!(RunFolder::begin(Path::new(".")).is_err());
    }

    #[test]
    fn what_a_killed_run_left_is_removed_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let killed = dir.path().join(".unfinished-abc");
        fs::create_dir(&killed).unwrap();
        fs::write(killed.join(UNFINISHED.1), "").unwrap();
        let working = RunFolder::begin(&dir.path().join("a")).unwrap();
        assert!(!killed.exists());
        let other = RunFolder::begin(&dir.path().join("b")).unwrap();
        assert!(working.building.path().exists(), "a run that still works is left alone");
        drop((working, other));
    }
}
