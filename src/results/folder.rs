//! A run's folder: built beside its place and renamed there, so that it is there whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::base::diagnostic::{Diagnostic, Failure, Result};

/// The file by which a finished run's folder is known.
const MARK: &str = "manifest.json";

/// A folder in the making. Dropped before [`RunFolder::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct RunFolder {
    place: PathBuf,
    building: TempDir,
}

impl RunFolder {
    /// Begins a folder that will stand at `place`.
    ///
    /// # Errors
    /// Where something that is no run stands there already, or the disk refuses.
    pub fn begin(place: &Path) -> Result<Self> {
        if place.exists() && !is_replaceable(place) {
            return Err(Diagnostic::new(format!("`{}` is there and is no run of catchup", place.display()))
                .hint("choose another folder with --out, or remove this one")
                .into());
        }
        let parent = match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(|error| Failure::io("create", parent, &error))?;
        let building = tempfile::Builder::new()
            .prefix(".unfinished-")
            .tempdir_in(parent)
            .map_err(|error| Failure::io("create a folder in", parent, &error))?;
        Ok(Self { place: place.to_owned(), building })
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
        let Self { place, building } = self;
        let fail = |error: std::io::Error| Failure::io("put the results into", &place, &error);
        let finished = building.keep();
        set_permissions(&finished);
        let aside = finished.with_extension("replaced");
        let replaces = place.exists();
        if replaces {
            fs::rename(&place, &aside).map_err(fail)?;
        }
        if let Err(error) = fs::rename(&finished, &place) {
            if replaces {
                // Whatever this says, the first error is the one to tell.
                let _ = fs::rename(&aside, &place);
            }
            let _ = fs::remove_dir_all(&finished);
            return Err(fail(error));
        }
        if replaces {
            fs::remove_dir_all(&aside).map_err(|error| Failure::io("remove", &aside, &error))?;
        }
        Ok(place)
    }
}

/// A run's folder, or an empty one.
fn is_replaceable(place: &Path) -> bool {
    place.join(MARK).is_file() || fs::read_dir(place).is_ok_and(|mut entries| entries.next().is_none())
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
            folder.write(MARK, text.as_bytes()).unwrap();
            folder.finish().unwrap();
            assert_eq!(fs::read_to_string(place.join(MARK)).unwrap(), text);
        }
        assert_eq!(fs::read_dir(dir.path().join("deep")).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_run_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
        let error = RunFolder::begin(dir.path()).unwrap_err();
        assert!(error.to_string().contains("is no run of catchup"));
    }
}
