//! Locks between processes: one whose file stays, and one whose file is there only while it is held.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{EntryKind, entry_kind, not_ours};
use crate::base::diagnostic::{Failure, Result};

/// How often a lock that another process holds is tried.
const PAUSE: Duration = Duration::from_millis(20);

/// How long to wait for a lock that another process holds, and what to do meanwhile.
#[derive(Clone)]
pub struct Waiting {
    limit: Duration,
    meanwhile: Arc<dyn Fn(Duration) -> Result<()> + Send + Sync>,
}

impl Waiting {
    /// Waits for at most `limit`. `meanwhile` is told again and again how long it has been, and ends the wait with
    /// an error.
    pub fn new(limit: Duration, meanwhile: impl Fn(Duration) -> Result<()> + Send + Sync + 'static) -> Self {
        Self { limit, meanwhile: Arc::new(meanwhile) }
    }

    /// The longest wait.
    pub fn limit(&self) -> Duration {
        self.limit
    }
}

impl Default for Waiting {
    /// A minute, in silence.
    fn default() -> Self {
        Self::new(Duration::from_mins(1), |_| Ok(()))
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// Locks a file that stays, which is made where it is missing; its content is never touched. `None` where another
/// process held the lock all the time.
///
/// # Errors
/// Where something other than a file is at `path`, the wait was ended, or the disk refuses.
pub fn lock_within(path: &Path, waiting: &Waiting) -> Result<Option<File>> {
    let fail = |error: io::Error| Failure::io("lock", path, &error);
    match entry_kind(path).map_err(fail)? {
        None | Some(EntryKind::File) => {}
        Some(other) => return Err(not_ours(path, other.name())),
    }
    let file = super::open_without_links(path).map_err(fail)?;
    let begun = Instant::now();
    loop {
        if try_lock(&file).map_err(fail)? {
            return Ok(Some(file));
        }
        if begun.elapsed() >= waiting.limit {
            return Ok(None);
        }
        (waiting.meanwhile)(begun.elapsed())?;
        sleep(PAUSE.min(waiting.limit));
    }
}

/// Whether the lock was to be had.
fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// A lock whose empty file goes with it.
///
/// Whoever locks the file looks whether it still has its name: the owner before may have removed it in between, and a
/// lock on a file without a name keeps nobody out.
#[derive(Debug)]
pub struct PassingLock {
    path: PathBuf,
    /// Elsewhere than on Unix it needs only to be open.
    #[cfg_attr(not(unix), allow(dead_code))]
    file: File,
}

/// What came of trying to lock.
#[derive(Debug)]
pub enum Attempt {
    /// The lock is held until it is dropped.
    Locked(PassingLock),
    /// Another process holds it.
    Busy,
    /// Something else than a lock file is there.
    NotOurs(&'static str),
}

impl PassingLock {
    /// Tries for at most `limit` to lock the file at `path`, which is made where it is missing.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn take(path: &Path, limit: Duration) -> io::Result<Attempt> {
        let begun = Instant::now();
        loop {
            match Self::attempt(path)? {
                Some(Attempt::Busy) if begun.elapsed() < limit => sleep(PAUSE),
                Some(attempt) => return Ok(attempt),
                None => {}
            }
        }
    }

    /// One try; `None` where the file was removed meanwhile.
    #[cfg(unix)]
    fn attempt(path: &Path) -> io::Result<Option<Attempt>> {
        if let Some(what) = foreign(path)? {
            return Ok(Some(Attempt::NotOurs(what)));
        }
        let file = super::open_without_links(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() > 0 {
            return Ok(Some(Attempt::NotOurs(KEPT)));
        }
        if super::has_other_names(&metadata) {
            return Ok(Some(Attempt::NotOurs("a file that has another name, too")));
        }
        if !try_lock(&file)? {
            return Ok(Some(Attempt::Busy));
        }
        let lock = Self { path: path.to_owned(), file };
        if lock.has_its_name() {
            return Ok(Some(Attempt::Locked(lock)));
        }
        Ok(None)
    }

    /// One try: nobody else opens the file, and the system removes it when it is closed, even by a kill.
    #[cfg(not(unix))]
    fn attempt(path: &Path) -> io::Result<Option<Attempt>> {
        use std::os::windows::fs::OpenOptionsExt;
        /// To read, to write and to delete.
        const ACCESS: u32 = 0xC001_0000;
        /// `FILE_FLAG_DELETE_ON_CLOSE` and `FILE_FLAG_OPEN_REPARSE_POINT`.
        const FLAGS: u32 = 0x0400_0000 | 0x0020_0000;
        /// `ERROR_ACCESS_DENIED` while it is being deleted, `ERROR_SHARING_VIOLATION` while it is held.
        const HELD: [i32; 2] = [5, 32];
        if let Some(what) = foreign(path)? {
            return Ok(Some(Attempt::NotOurs(what)));
        }
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        match options.access_mode(ACCESS).share_mode(0).custom_flags(FLAGS).open(path) {
            Ok(file) => Ok(Some(Attempt::Locked(Self { path: path.to_owned(), file }))),
            Err(error) if error.raw_os_error().is_some_and(|code| HELD.contains(&code)) => {
                Ok(Some(Attempt::Busy))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the locked file is the one at the path.
    #[cfg(unix)]
    fn has_its_name(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let (Ok(locked), Ok(there)) = (self.file.metadata(), fs::symlink_metadata(&self.path)) else {
            return false;
        };
        (locked.dev(), locked.ino()) == (there.dev(), there.ino())
    }

    #[cfg(not(unix))]
    fn has_its_name(&self) -> bool {
        false
    }
}

/// What a file is that holds something: no lock file.
const KEPT: &str = "a file that is not empty";

/// What is at the path of a lock file, where it is something else.
fn foreign(path: &Path) -> io::Result<Option<&'static str>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok((metadata.len() > 0).then_some(KEPT)),
        Ok(metadata) => Ok(Some(EntryKind::of(metadata.file_type()).name())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Drop for PassingLock {
    /// The file goes while it is still locked: from then on nobody takes it for a lock.
    fn drop(&mut self) {
        if self.has_its_name() {
            let _ = fs::remove_file(&self.path);
        }
    }
}
