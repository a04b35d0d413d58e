//! What a file holds once gz and zip around it are gone: text, or a table of columns.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::limits::{self, unpacks_to_more};
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::base::num::grouped;
use crate::base::text::{LISTED, quoted};

/// How many packings may lie in one another: a gz in a zip, and one to spare.
const DEEPEST: usize = 3;

/// The ends of names of files that may hold prices.
const PRICE_FILES: &[&str] = &["csv", "tsv", "txt", "prn", "parquet", "pq", "arrow", "feather", "ipc", "gz"];

/// The content of a file, unpacked.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// Rows of text.
    Text(Cow<'a, str>),
    /// Parquet.
    Parquet(Vec<u8>),
    /// Arrow's file format, also called Feather version 2.
    Arrow(Vec<u8>),
}

/// A file without its packing.
#[derive(Debug)]
pub(super) struct Unpacked<'a> {
    pub(super) content: Content<'a>,
    /// The file's name in messages, with the member's name where it lay in an archive.
    pub(super) file: String,
    /// Names that may tell the symbol, the innermost first.
    pub(super) names: Vec<PathBuf>,
    /// What was unpacked or decoded, for the report.
    pub(super) facts: Vec<String>,
}

/// What is neither text nor a table that is read, by its first bytes, and what to do about it.
const FOREIGN: [(&[u8], &str); 5] = [
    (b"FEA1", "a Feather file of version 1: write it as version 2, Parquet or CSV"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook: save the sheet as CSV"),
    (b"\x89HDF", "an HDF5 file: write it as Parquet or CSV"),
    (b"SQLite format 3", "an SQLite database: export the table as CSV"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it and import the price file inside"),
];

const GZ: &[u8] = b"\x1f\x8b";
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
const PARQUET: &[u8] = b"PAR1";
const ARROW: &[u8] = b"ARROW1";

/// Whether a file that begins so is text as it lies there, if it is text at all; UTF-16 is not.
pub(super) fn is_text(start: &[u8]) -> bool {
    let others = FOREIGN.iter().map(|(magic, _)| *magic).chain(ZIP).chain([GZ, PARQUET, ARROW]);
    !others.into_iter().any(|magic| start.starts_with(magic))
        && !matches!(start, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

/// Takes gz and zip off `bytes` and decodes text.
///
/// # Errors
/// Where an archive is damaged or holds several files, and where the content is neither text nor a known table.
pub(super) fn unpack<'a>(path: &Path, bytes: &'a [u8]) -> Result<Unpacked<'a>> {
    let mut unpacked = Unpacked {
        content: Content::Text(Cow::Borrowed("")),
        file: path.display().to_string(),
        names: vec![path.to_path_buf()],
        facts: Vec::new(),
    };
    let largest = limits::unpacked(bytes.len());
    let mut bytes = Cow::Borrowed(bytes);
    for _ in 0..DEEPEST {
        if bytes.starts_with(GZ) {
            bytes = Cow::Owned(read_all(&unpacked.file, "gz", MultiGzDecoder::new(&*bytes), largest)?);
            unpacked.facts.push("unpacked from gz".to_owned());
            let name = unpacked.names[0].clone();
            if name.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz")) {
                unpacked.names.insert(0, name.with_extension(""));
            }
        } else if ZIP.iter().any(|magic| bytes.starts_with(magic)) {
            let (member, content) = unzip(&unpacked.file, &bytes, largest)?;
            unpacked.facts.push(format!("`{}` unpacked from zip", quoted(&member)));
            unpacked.file = format!("{}/{}", unpacked.file, quoted(&member));
            // The folder of the archive, which may tell the vendor, with the name of the member.
            let base = Path::new(&member).file_name().map_or_else(PathBuf::new, PathBuf::from);
            unpacked.names.insert(0, path.with_file_name(base));
            bytes = Cow::Owned(content);
        } else {
            unpacked.content = content_of(&unpacked.file, bytes, &mut unpacked.facts)?;
            return Ok(unpacked);
        }
    }
    Err(Diagnostic::new(format!(
        "{}: archives lie in one another more than {} deep",
        unpacked.file,
        DEEPEST - 1
    ))
    .hint("unpack it and import the price file inside")
    .into())
}

fn content_of<'a>(file: &str, bytes: Cow<'a, [u8]>, facts: &mut Vec<String>) -> Result<Content<'a>> {
    if bytes.starts_with(PARQUET) {
        return Ok(Content::Parquet(bytes.into_owned()));
    }
    if bytes.starts_with(ARROW) {
        return Ok(Content::Arrow(bytes.into_owned()));
    }
    if let Some((_, what)) = FOREIGN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        let (what, remedy) = what.split_once(": ").unwrap_or((what, ""));
        return Err(Diagnostic::new(format!("{file}: this is {what}, which is not read"))
            .hint(remedy)
            .into());
    }
    if let [first @ (0xff | 0xfe), second @ (0xff | 0xfe), rest @ ..] = bytes.as_ref()
        && first != second
    {
        facts.push("text in UTF-16".to_owned());
        return utf16(file, rest, *first == 0xff).map(|text| Content::Text(Cow::Owned(text)));
    }
    let not_utf8 = |bytes: &[u8], error: std::str::Utf8Error| {
        let line = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).matches('\n').count() + 1;
        Diagnostic::new(format!("{file}:{line}: the file is not text in UTF-8"))
            .hint("import the CSV file as the vendor sent it, or save it as UTF-8")
            .into()
    };
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes)
            .map(|text| Content::Text(Cow::Borrowed(text)))
            .map_err(|error| not_utf8(bytes, error)),
        Cow::Owned(bytes) => String::from_utf8(bytes)
            .map(|text| Content::Text(Cow::Owned(text)))
            .map_err(|error| not_utf8(error.as_bytes(), error.utf8_error())),
    }
}

fn utf16(file: &str, bytes: &[u8], little: bool) -> Result<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units =
        pairs.iter().map(|pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
    let text: std::result::Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|_| rest.is_empty()).ok_or_else(|| {
        Diagnostic::new(format!("{file}: the file begins like text in UTF-16 and is not"))
            .hint("save it as UTF-8")
            .into()
    })
}

fn damaged(file: &str, what: &str, error: &impl std::fmt::Display) -> Failure {
    Diagnostic::new(format!("{file}: the {what} archive cannot be unpacked: {error}"))
        .hint("download it again")
        .into()
}

/// Everything `reader` gives, but no more than `largest` bytes.
fn read_all(file: &str, what: &str, reader: impl Read, largest: u64) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    reader.take(largest + 1).read_to_end(&mut content).map_err(|error| damaged(file, what, &error))?;
    if content.len() as u64 > largest { Err(unpacks_to_more(file, largest)) } else { Ok(content) }
}

/// The one price file of an archive and its content.
fn unzip(file: &str, bytes: &[u8], largest: u64) -> Result<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(file, "zip", &error))?;
    let hidden = |name: &str| name.ends_with('/') || name.starts_with("__MACOSX/") || name.contains("/.");
    let members: Vec<String> = archive.file_names().filter(|name| !hidden(name)).map(str::to_owned).collect();
    let ends = |name: &str, wanted: &[&str]| {
        let end = Path::new(name).extension().map(|end| end.to_string_lossy().to_lowercase());
        end.is_some_and(|end| wanted.contains(&end.as_str()))
    };
    let of = |wanted: &[&str]| members.iter().filter(|name| ends(name, wanted)).collect::<Vec<_>>();
    let candidates = [of(&["csv"]), of(PRICE_FILES), members.iter().collect()];
    let found = candidates.iter().find(|found| !found.is_empty());
    match found.map(Vec::as_slice) {
        Some([member]) => {
            let reader = archive.by_name(member).map_err(|error| damaged(file, "zip", &error))?;
            Ok(((*member).clone(), read_all(file, "zip", reader, largest)?))
        }
        Some(several) => {
            let title = format!(
                "{file}: the archive holds {} files, and which one is meant is not told",
                grouped(several.len())
            );
            let listed = several
                .iter()
                .take(LISTED)
                .fold(Diagnostic::new(title), |message, name| message.detail(quoted(name)));
            Err(listed.hint("unpack it and import the files you mean").into())
        }
        None => {
            Err(Diagnostic::new(format!("{file}: the archive is empty")).hint("download it again").into())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_that_unpacks_without_end_is_refused() {
        let refused = read_all("x.gz", "gz", std::io::repeat(0), 3 << 20).unwrap_err();
        assert!(refused.to_string().contains("x.gz: unpacked, the file has more than 3 MiB"), "{refused}");
        assert_eq!(read_all("x.gz", "gz", std::io::repeat(0).take(7), 7).unwrap(), [0; 7]);
    }

    #[test]
    fn archives_in_archives_have_the_limit_of_the_outermost() {
        use flate2::{Compression, write::GzEncoder};
        use std::io::Write;
        let packed = |bytes: &[u8]| {
            let mut gz = GzEncoder::new(Vec::new(), Compression::best());
            gz.write_all(bytes).unwrap();
            gz.finish().unwrap()
        };
        // Three hundred MiB of one line in some hundred bytes.
        let mut gz = GzEncoder::new(Vec::new(), Compression::best());
        let line = b"2020-01-01,1\n".repeat(1 << 16);
        (0..(300 << 20) / line.len()).for_each(|_| gz.write_all(&line).unwrap());
        let once = gz.finish().unwrap();
        let twice = packed(&once);
        for (name, bytes) in [("x.csv.gz", &once), ("x.csv.gz.gz", &twice)] {
            let refused = unpack(Path::new(name), bytes).unwrap_err().to_string();
            assert!(refused.contains("unpacked, the file has more than 256 MiB"), "{refused}");
        }
    }
}
