//! Files that a user names, read up to a limit: no device, no folder, and never until memory ends.

use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// The largest file of text that is written by hand: a strategy, a list of events, names of markets.
pub const LARGEST_TEXT: u64 = 16 << 20;

/// Everything in the file at `path`. A pipe is read, too; a folder or a device is not.
///
/// # Errors
/// As [`File::open`] and reading; [`ErrorKind::InvalidInput`] for what is no file, and [`ErrorKind::FileTooLarge`] for
/// one of more than `largest` bytes. What these say goes behind `cannot read …:`.
pub fn read(path: &Path, largest: u64) -> std::io::Result<Vec<u8>> {
    // Before it is opened: opening a device or a pipe can already do something, or wait.
    check_kind(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    let about = file.metadata()?;
    check_kind(&about)?;
    if about.len() > largest {
        return Err(too_large(largest));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0) + 1);
    // What a file says of its size may be wrong: it grows, or belongs to the system and says 0.
    file.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest { Err(too_large(largest)) } else { Ok(bytes) }
}

/// As [`read`] for text in UTF-8.
///
/// # Errors
/// As [`read`], and [`ErrorKind::InvalidData`] where it is no text.
pub fn read_text(path: &Path, largest: u64) -> std::io::Result<String> {
    String::from_utf8(read(path, largest)?)
        .map_err(|_| Error::new(ErrorKind::InvalidData, "it is not text in UTF-8"))
}

/// Whether reading it comes to an end that its size tells.
pub fn is_regular(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|about| about.is_file())
}

fn check_kind(about: &Metadata) -> std::io::Result<()> {
    if about.is_dir() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is a folder"));
    }
    if about.is_file() || is_pipe(about) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "it is a device, not a file"))
}

#[cfg(unix)]
fn is_pipe(about: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    about.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

fn too_large(largest: u64) -> Error {
    Error::new(ErrorKind::FileTooLarge, format!("it has more than {} MiB", largest >> 20))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "1234567").unwrap();
        assert_eq!(read_text(&path, 7).unwrap(), "1234567");
        assert_eq!(read(&path, 6).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read(folder.path(), 6).unwrap_err().to_string(), "it is a folder");
        assert_eq!(read(&folder.path().join("y"), 6).unwrap_err().kind(), ErrorKind::NotFound);
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert_eq!(read_text(&path, 7).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_refused_and_pipes_are_read() {
        for device in ["/dev/zero", "/dev/null", "/dev/tty"] {
            if Path::new(device).exists() {
                let refused = read(Path::new(device), 1 << 20).unwrap_err();
                assert_eq!(refused.to_string(), "it is a device, not a file", "{device}");
            }
        }
        // A file of the system that says it has no bytes.
        let version = Path::new("/proc/version");
        if version.exists() {
            assert!(!read(version, 1 << 20).unwrap().is_empty());
            assert_eq!(read(version, 3).unwrap_err().kind(), ErrorKind::FileTooLarge);
        }
    }
}
