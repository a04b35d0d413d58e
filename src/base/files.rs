//! Files that are on the disk whole or not at all, locks between processes, and what must survive a crash.
//!
//! No symbolic link at a path given here is followed for writing: the link is the user's, and so is what it leads to.
//! Links among the folders above the path are followed.

mod lock;

use std::fs::{self, File, FileType, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

pub use lock::{Attempt, PassingLock, Waiting, lock_within};

use super::diagnostic::{Diagnostic, Exit, Failure, Result};

/// What is at a path, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, wherever it leads.
    Link,
    /// A pipe, a device or a socket.
    Special,
}

impl EntryKind {
    /// The kind of a file type that was read without following links.
    pub fn of(kind: FileType) -> Self {
        if kind.is_symlink() {
            Self::Link
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_file() {
            Self::File
        } else {
            Self::Special
        }
    }

    /// The kind in words, with its article.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Special => "a pipe, device or socket",
        }
    }
}

/// What is at `path`; `None` where nothing is.
///
/// # Errors
/// Where the disk refuses.
pub fn entry_kind(path: &Path) -> io::Result<Option<EntryKind>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(EntryKind::of(metadata.file_type()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The refusal to touch `path`, which is `what` and so not the program's own file.
pub fn not_ours(path: &Path, what: &str) -> Failure {
    Diagnostic::new(format!("`{}` is {what}", path.display()))
        .detail("catchup keeps something of its own under this name and touches nothing else there")
        .hint("move it elsewhere, then run the command again")
        .into()
}

/// Sixteen hexadecimal digits that no other process is likely to have.
pub fn random_name() -> String {
    format!("{:016x}", std::hash::RandomState::new().hash_one(()))
}

/// Writes a file that is not there yet.
///
/// # Errors
/// Where something is there, and where the disk refuses.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    File::create_new(path)?.write_all(bytes)
}

/// Writes a file beside its place, syncs it and renames it there, so that a crash leaves the old one or the new one.
///
/// # Errors
/// Where something other than a file is there, and where the disk refuses.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let fail = |error: io::Error| Failure::io("write", path, &error).with_exit(Exit::Failed);
    match entry_kind(path).map_err(fail)? {
        None | Some(EntryKind::File) => {}
        Some(other) => return Err(not_ours(path, other.name())),
    }
    let file = NewFile::create_in(folder_of(path)).map_err(fail)?;
    let written = file.file().write_all(bytes).and_then(|()| file.put(path));
    written.and_then(|()| sync_folder(folder_of(path))).map_err(fail)
}

/// What the name of a [`NewFile`] begins with; sixteen hexadecimal digits follow.
const NEW: &str = ".new-";

/// Whether a file of this name was on its way to its place when a process ended.
pub fn is_new_file(name: &str) -> bool {
    name.strip_prefix(NEW).is_some_and(is_random_name)
}

/// Whether `text` may come from [`random_name`].
pub fn is_random_name(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The folder a path is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file on its way to its place; dropped before it is there, it is removed.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    file: File,
    placed: bool,
}

impl NewFile {
    /// Makes one in a folder, under a name of its own.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn create_in(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!("{NEW}{}", random_name()));
        let file = File::create_new(&path)?;
        Ok(Self { path, file, placed: false })
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Syncs the file and renames it to `path`, where it replaces what is there. The folder is not synced.
    ///
    /// # Errors
    /// Where the disk refuses; then the file is gone and what was at `path` stays.
    pub fn put(mut self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.placed {
            // What cannot be removed, the next change of the same folder removes.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens a file of the program's own for reading and for writing behind what is there; makes it where it is missing.
///
/// # Errors
/// Where something other than a file with this one name is there, and where the disk refuses.
pub fn open_own(path: &Path) -> io::Result<File> {
    let strange = |what: &str| io::Error::new(ErrorKind::InvalidInput, format!("it is {what}"));
    match entry_kind(path)? {
        None | Some(EntryKind::File) => {}
        Some(other) => return Err(strange(other.name())),
    }
    let file = open_without_links(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(strange(EntryKind::of(metadata.file_type()).name()));
    }
    if has_other_names(&metadata) {
        return Err(strange("a file that has another name, too"));
    }
    Ok(file)
}

/// Opens for reading and writing without following a link at `path` itself, and without waiting for a pipe's other
/// end.
#[cfg(unix)]
fn open_without_links(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).custom_flags(flags.cast_signed());
    options.open(path)
}

/// As on other systems; a link is opened itself.
#[cfg(not(unix))]
fn open_without_links(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options.open(path)
}

/// Whether a file is also reached by another name, a hard link.
#[cfg(unix)]
fn has_other_names(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

/// The standard library does not tell here.
#[cfg(not(unix))]
fn has_other_names(_: &fs::Metadata) -> bool {
    false
}

/// Waits until a file's content is on the disk.
///
/// # Errors
/// Where the disk refuses.
pub fn sync_file(path: &Path) -> io::Result<()> {
    // Windows wants the right to write for it.
    let file = OpenOptions::new().read(true).write(cfg!(windows)).open(path)?;
    sync(&file)
}

/// Only the folder that is synced after its files empties the disk's own cache, which takes long on macOS.
#[cfg(unix)]
fn sync(file: &File) -> io::Result<()> {
    rustix::fs::fsync(file).map_err(io::Error::from)
}

#[cfg(not(unix))]
fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Waits until the names in a folder are on the disk. Where a system has no such thing, nothing happens.
///
/// # Errors
/// Where the disk refuses.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    match File::open(path)?.sync_all() {
        // Some file systems of networks cannot.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

/// Exchanges what is at two paths in one step; `false` where the system or the file system cannot.
///
/// # Errors
/// Where the disk refuses.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub fn exchange(a: &Path, b: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let exchanged = renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE).map_err(io::Error::from);
    match exchanged {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(false),
        exchanged => exchanged.map(|()| true),
    }
}

/// Exchanges what is at two paths in one step: this system cannot.
///
/// # Errors
/// None.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests;
