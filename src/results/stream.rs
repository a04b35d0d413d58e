//! A sweep's results on their way to the disk, block by block, so that an interruption loses one block at most.
//!
//! Two files grow side by side: `combinations.parquet`, a row group per block, and `blocks.bin`, which says for
//! each block where its row group ends and what [`Swept`] needs of it. A block counts once its frame in
//! `blocks.bin` is whole; whatever stands behind the last whole one is cut off. Going on after an interruption
//! and joining shards are the same: the frames are gone through again.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::combinations::{Combinations, Encoded};
use super::folder::RunFolder;
use super::parquet::{Chunk, Group, foot, head};
use crate::backtest::sweep::{Candidate, Encoder, Finished, Sink, Swept};
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::base::files::open_own;
use crate::strategy::file::Strategy;

/// The table of combinations.
pub const TABLE: &str = "combinations.parquet";

/// What has been done of a sweep.
pub const BLOCKS: &str = "blocks.bin";

/// The version of the frames' layout.
const LAYOUT: &[u8; 8] = b"catchup2";

/// Bytes of the hash behind each frame.
const HASH: usize = 16;

/// The two files of a sweep that is being worked.
#[derive(Debug)]
pub struct Stream {
    combinations: Arc<Combinations>,
    table: Output,
    blocks: Output,
    /// The row groups so far: rows, chunks, place of the first byte.
    groups: Vec<(u32, Vec<Chunk>, u64)>,
}

#[derive(Debug)]
struct Output {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Output {
    /// Opens a file for writing behind what is there.
    fn open(path: PathBuf) -> Result<Self> {
        let file = open_own(&path).map_err(|error| Failure::io("write", &path, &error))?;
        let length = file.metadata().map_err(|error| Failure::io("read", &path, &error))?.len();
        Ok(Self { path, file, length })
    }

    /// Cuts off what stands behind `length` bytes; what follows is written there.
    fn cut(&mut self, length: u64) -> Result<()> {
        let cut = self.file.set_len(length).and_then(|()| self.file.seek(SeekFrom::Start(length)));
        cut.map_err(|error| Failure::io("write", &self.path, &error))?;
        self.length = length;
        Ok(())
    }

    fn seek(&mut self, place: u64) -> Result<()> {
        let sought = self.file.seek(SeekFrom::Start(place));
        sought.map(drop).map_err(|error| Failure::io("read", &self.path, &error))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| Failure::io("write", &self.path, &error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

impl Stream {
    /// Begins with a folder in the making, or goes on with what is there: `swept` is brought to where the last
    /// whole block ends. Strategies come with the numbers of their combinations 0.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn open(folder: &RunFolder, strategies: &[(&Strategy, u64)], swept: &mut Swept) -> Result<Self> {
        let mut stream = Self {
            combinations: Arc::new(Combinations::new(strategies)),
            table: Output::open(folder.building().join(TABLE))?,
            blocks: Output::open(folder.building().join(BLOCKS))?,
            groups: Vec::new(),
        };
        let (mut table_end, mut blocks_end) = (head().len() as u64, LAYOUT.len() as u64);
        if let Some(mut frames) = Frames::open(&stream.blocks.path)? {
            stream.table.seek(table_end)?;
            while let Some((frame, length)) = frames.next()? {
                let start = table_end;
                if frame.read(&mut stream.table.file).is_none() {
                    break;
                }
                swept.add(&frame.finished);
                stream.groups.push((frame.group.rows, frame.group.chunks, start));
                table_end += frame.bytes;
                blocks_end += length;
            }
        }
        if stream.groups.is_empty() {
            stream.table.cut(0)?;
            stream.table.write(head())?;
            stream.blocks.cut(0)?;
            stream.blocks.write(LAYOUT)?;
        } else {
            stream.table.cut(table_end)?;
            stream.blocks.cut(blocks_end)?;
        }
        Ok(stream)
    }

    /// Adds every block of a finished shard's folder.
    ///
    /// # Errors
    /// Where the folder's files are damaged or cannot be read.
    pub fn append(&mut self, shard: &Path, swept: &mut Swept) -> Result<()> {
        let path = shard.join(TABLE);
        let mut table = File::open(&path).map_err(|error| Failure::io("read", &path, &error))?;
        table
            .seek(SeekFrom::Start(head().len() as u64))
            .map_err(|error| Failure::io("read", &path, &error))?;
        let mut frames = Frames::open(&shard.join(BLOCKS))?.ok_or_else(|| damaged(shard))?;
        while let Some((frame, _)) = frames.next()? {
            let bytes = frame.read(&mut table).ok_or_else(|| damaged(shard))?;
            let Frame { finished, group, outcomes_at, .. } = frame;
            let group = Group { bytes, ..group };
            let outcomes = swept.add(&finished);
            self.take(&finished, Encoded { group, outcomes_at }, &outcomes)?;
        }
        if frames.at_end { Ok(()) } else { Err(damaged(shard)) }
    }

    /// Ends the table. What is needed to go on, and to join shards, stays beside it.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn finish(mut self) -> Result<()> {
        let foot = foot(&self.combinations.fields, &self.groups);
        self.table.write(&foot)
    }
}

fn damaged(shard: &Path) -> Failure {
    Diagnostic::new(format!("the shard in `{}` is damaged", shard.display()))
        .detail(format!(
            "`{BLOCKS}` and `{TABLE}` do not belong together, or one of them is cut off or changed"
        ))
        .hint("work this shard again")
        .into()
}

impl Sink for Stream {
    type Ready = Encoded;

    fn encoder(&self) -> Encoder<Encoded> {
        let combinations = Arc::clone(&self.combinations);
        Box::new(move |block| Ok(combinations.encode(block)))
    }

    fn take(&mut self, block: &Finished, mut encoded: Encoded, outcomes: &[u32]) -> Result<()> {
        encoded.number(outcomes);
        let start = self.table.length;
        self.table.write(&encoded.group.bytes)?;
        self.blocks.write(&frame(block, &encoded))?;
        self.groups.push((encoded.group.rows, encoded.group.chunks, start));
        Ok(())
    }
}

/// A block as `blocks.bin` tells it.
struct Frame {
    finished: Finished,
    /// Without its bytes.
    group: Group,
    bytes: u64,
    /// The hash of these bytes.
    content: [u8; HASH],
    outcomes_at: u64,
}

impl Frame {
    /// The bytes of its row group, which stand next in `table`; `None` where they are others, or not all there.
    fn read(&self, table: &mut File) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        table.take(self.bytes).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 == self.bytes && hash(&bytes) == self.content).then_some(bytes)
    }
}

fn hash(bytes: &[u8]) -> [u8; HASH] {
    let mut short = [0; HASH];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..HASH]);
    short
}

/// A block's frame: its length, what is in it, and a hash of that.
fn frame(block: &Finished, encoded: &Encoded) -> Vec<u8> {
    let mut inner = Vec::with_capacity(block.outcome_of.len() * 4 + block.outcomes.len() * 32 + 2048);
    let group = &encoded.group;
    let mut words =
        |values: &[u64]| values.iter().for_each(|value| inner.extend_from_slice(&value.to_le_bytes()));
    words(&[
        u64::from(group.rows),
        group.chunks.len() as u64,
        block.outcomes.len() as u64,
        group.bytes.len() as u64,
        encoded.outcomes_at,
    ]);
    group.chunks.iter().for_each(|chunk| words(&[chunk.start, chunk.data, chunk.length]));
    inner.extend_from_slice(&hash(&group.bytes));
    for (candidate, value) in &block.outcomes {
        inner.extend_from_slice(&candidate.fingerprint.to_le_bytes());
        inner.extend_from_slice(&candidate.closed.to_le_bytes());
        inner.extend_from_slice(&[u8::from(candidate.open), u8::from(value.is_some())]);
        inner.extend_from_slice(&value.unwrap_or_default().to_le_bytes());
    }
    block.outcome_of.iter().for_each(|outcome| inner.extend_from_slice(&outcome.to_le_bytes()));
    let length = (inner.len() as u64).to_le_bytes();
    [&length[..], &inner, &hash(&inner)].concat()
}

/// Frames of a file, one after the other.
struct Frames {
    path: PathBuf,
    reader: BufReader<File>,
    /// Bytes not yet read.
    left: u64,
    /// Whether the last frame read was the file's end.
    at_end: bool,
}

impl Frames {
    /// Opens a file; `None` where it is not one of frames.
    fn open(path: &Path) -> Result<Option<Self>> {
        let Ok(file) = File::open(path) else { return Ok(None) };
        let length = file.metadata().map_err(|error| Failure::io("read", path, &error))?.len();
        let mut reader = BufReader::new(file);
        let mut layout = [0; LAYOUT.len()];
        let whole = reader.read_exact(&mut layout).is_ok() && layout == *LAYOUT;
        let left = length.saturating_sub(LAYOUT.len() as u64);
        Ok(whole.then(|| Self { path: path.to_owned(), reader, left, at_end: left == 0 }))
    }

    /// The next frame, if it is whole, and the bytes it takes.
    fn next(&mut self) -> Result<Option<(Frame, u64)>> {
        let around = 8 + HASH as u64;
        if self.left < around {
            return Ok(None);
        }
        let mut bytes = |count: u64| -> Result<Vec<u8>> {
            let mut bytes = vec![0; usize::try_from(count).unwrap_or(usize::MAX)];
            self.reader.read_exact(&mut bytes).map_err(|error| Failure::io("read", &self.path, &error))?;
            Ok(bytes)
        };
        let length = Bytes(&bytes(8)?).word();
        if length > self.left - around {
            return Ok(None);
        }
        let (inner, said) = (bytes(length)?, bytes(HASH as u64)?);
        self.left -= length + around;
        self.at_end = self.left == 0;
        if hash(&inner)[..] != said[..] {
            self.at_end = false;
            return Ok(None);
        }
        Ok(Some((unframe(&inner), length + around)))
    }
}

/// Little-endian numbers, taken from the front. Only bytes whose hash fits are read.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (first, rest) = self.0.split_first_chunk::<N>().unwrap_or((&[0; N], &[]));
        self.0 = rest;
        *first
    }

    fn word(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}

fn unframe(inner: &[u8]) -> Frame {
    let mut bytes = Bytes(inner);
    let [rows, chunks, outcomes, length, outcomes_at] = std::array::from_fn(|_| bytes.word());
    let chunk =
        |bytes: &mut Bytes<'_>| Chunk { start: bytes.word(), data: bytes.word(), length: bytes.word() };
    let chunks = (0..chunks).map(|_| chunk(&mut bytes)).collect();
    let content = bytes.take();
    let outcomes = (0..outcomes)
        .map(|_| {
            let fingerprint = u128::from_le_bytes(bytes.take());
            let closed = u32::from_le_bytes(bytes.take());
            let [open, known] = bytes.take();
            let value = f64::from_le_bytes(bytes.take());
            (Candidate { fingerprint, closed, open: open == 1 }, (known == 1).then_some(value))
        })
        .collect();
    let outcome_of = (0..rows).map(|_| u32::from_le_bytes(bytes.take())).collect();
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    Frame {
        finished: Finished { outcome_of, outcomes },
        group: Group { rows, bytes: Vec::new(), chunks },
        bytes: length,
        content,
        outcomes_at,
    }
}
