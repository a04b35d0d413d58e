//! `blocks.bin`: the log of a sweep's finished blocks, from which an interrupted sweep resumes and shards are merged.
//!
//! It begins with eight bytes that name its layout and with its [`Identity`], 32 bytes. Records follow, each as its
//! length in bytes (64 bits), its content, and 32 bytes of a hash over the hash before it, the length and the content:
//! a chain, so that no record can be left out, exchanged or moved. The first byte of a record's content is its kind.
//!
//! - Block (1): its place in the log and the first and last of its combinations (64 bits each), its rows and outcomes
//!   (32 bits each), the bytes of its row group in the table (64 bits) and their hash (32 bytes); for each outcome its
//!   fingerprint (128 bits), closed trades (32 bits) and whether a trade is open (8 bits); for each row the place of
//!   its outcome (32 bits).
//! - End (2): blocks, rows, and bytes of the whole table (64 bits each). Only a log with this record is complete.
//!
//! Integers are little-endian. The hashes have no key: they tell damage, and files that do not belong together, but
//! not what somebody forged with care. Every number is therefore compared with the plan of the sweep or with the size
//! of the file before it is used.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::backtest::sweep::Candidate;
use crate::base::diagnostic::{Failure, Result};
use crate::base::file::open_regular;

const LAYOUT: &[u8; 8] = b"catchup3";

/// Bytes of a hash.
const HASH: usize = 32;

/// Bytes before the first record.
pub(super) const HEADER: u64 = (LAYOUT.len() + HASH) as u64;

const BLOCK: u8 = 1;
const END: u8 = 2;

/// Bytes of a block's record without its outcomes and rows, of an outcome, and of a row.
const FIXED: u64 = 1 + 3 * 8 + 2 * 4 + 8 + HASH as u64;
const OUTCOME: u64 = 16 + 4 + 1;
const ROW: u64 = 4;

/// What a log belongs to: one sweep or one shard of it, with everything that went in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity([u8; HASH]);

impl Identity {
    /// Of the sweep with this `manifest.json`; of a shard also the text of its `shard.json`.
    pub fn new(manifest: &str, shard: Option<&str>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for text in [Some(manifest), shard] {
            let length = text.map_or(u64::MAX, |text| text.len() as u64);
            hasher.update(&length.to_le_bytes());
            hasher.update(text.unwrap_or_default().as_bytes());
        }
        Self(*hasher.finalize().as_bytes())
    }
}

/// Where a block stands in the plan of its sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Its place in the log.
    pub(super) index: u64,
    /// Its first combination, by number in the whole sweep.
    pub(super) first: u64,
    /// Its last.
    pub(super) last: u64,
    /// Its combinations.
    pub(super) rows: u32,
}

/// What the log says of a finished block.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BlockRecord {
    pub(super) position: Position,
    /// Bytes of its row group in the table.
    pub(super) bytes: u64,
    /// The hash of these bytes.
    pub(super) content: [u8; HASH],
    pub(super) outcomes: Vec<Candidate>,
    /// For each row the place of its outcome, which may be none of `outcomes`.
    pub(super) outcome_of: Vec<u32>,
}

/// What the last record says of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EndRecord {
    pub(super) blocks: u64,
    pub(super) rows: u64,
    /// Bytes of the table.
    pub(super) table: u64,
}

impl BlockRecord {
    fn content(&self) -> Vec<u8> {
        let Position { index, first, last, rows } = self.position;
        let size = FIXED + OUTCOME * self.outcomes.len() as u64 + ROW * self.outcome_of.len() as u64;
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        bytes.push(BLOCK);
        for number in [index, first, last] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&rows.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(self.outcomes.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&self.bytes.to_le_bytes());
        bytes.extend_from_slice(&self.content);
        for Candidate { fingerprint, closed, open } in &self.outcomes {
            bytes.extend_from_slice(&fingerprint.to_le_bytes());
            bytes.extend_from_slice(&closed.to_le_bytes());
            bytes.push(u8::from(*open));
        }
        self.outcome_of.iter().for_each(|outcome| bytes.extend_from_slice(&outcome.to_le_bytes()));
        bytes
    }

    /// `None` where it is not the record of the block at `position`, or its size is not what its counts need.
    fn parse(content: &[u8], position: Position) -> Option<Self> {
        let mut bytes = Bytes(content);
        if bytes.take::<1>()? != [BLOCK] {
            return None;
        }
        let [index, first, last] = [bytes.word()?, bytes.word()?, bytes.word()?];
        let (rows, outcomes) = (bytes.half()?, bytes.half()?);
        let size = FIXED + OUTCOME * u64::from(outcomes) + ROW * u64::from(rows);
        let is_expected = Position { index, first, last, rows } == position;
        if !is_expected || outcomes > rows || content.len() as u64 != size {
            return None;
        }
        let (length, hash) = (bytes.word()?, bytes.take()?);
        let outcome = |bytes: &mut Bytes<'_>| {
            let fingerprint = u128::from_le_bytes(bytes.take()?);
            let closed = bytes.half()?;
            let open = match bytes.take()? {
                [0] => false,
                [1] => true,
                [_] => return None,
            };
            Some(Candidate { fingerprint, closed, open })
        };
        let outcomes = (0..outcomes).map(|_| outcome(&mut bytes)).collect::<Option<_>>()?;
        let outcome_of = (0..rows).map(|_| bytes.half()).collect::<Option<_>>()?;
        Some(Self { position, bytes: length, content: hash, outcomes, outcome_of })
    }
}

impl EndRecord {
    fn content(&self) -> Vec<u8> {
        let numbers = [self.blocks, self.rows, self.table].map(u64::to_le_bytes);
        [&[END][..], numbers.as_flattened()].concat()
    }

    fn parse(content: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(content);
        let is_end = bytes.take::<1>()? == [END];
        let record = Self { blocks: bytes.word()?, rows: bytes.word()?, table: bytes.word()? };
        (is_end && bytes.0.is_empty()).then_some(record)
    }
}

/// Little-endian numbers, taken from the front as long as there are some.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn word(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn half(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
}

/// The hash of a row group.
pub(super) fn hash(bytes: &[u8]) -> [u8; HASH] {
    *blake3::hash(bytes).as_bytes()
}

/// The hash of everything up to here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain([u8; HASH]);

impl Chain {
    /// The bytes that a log begins with, and the chain behind them.
    pub(super) fn begin(identity: Identity) -> (Vec<u8>, Self) {
        let header = [&LAYOUT[..], &identity.0].concat();
        let chain = Self(hash(&header));
        (header, chain)
    }

    fn follow(&mut self, content: &[u8]) -> &[u8; HASH] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        hasher.update(&(content.len() as u64).to_le_bytes());
        hasher.update(content);
        self.0 = *hasher.finalize().as_bytes();
        &self.0
    }

    fn record(&mut self, content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u64).to_le_bytes();
        [&length[..], content, self.follow(content)].concat()
    }

    /// The bytes of a block's record, which comes next.
    pub(super) fn block(&mut self, block: &BlockRecord) -> Vec<u8> {
        self.record(&block.content())
    }

    /// The bytes of the last record.
    pub(super) fn end(&mut self, end: &EndRecord) -> Vec<u8> {
        self.record(&end.content())
    }
}

/// A log that is read from its start.
#[derive(Debug)]
pub(super) struct LogReader {
    path: PathBuf,
    reader: BufReader<File>,
    /// Bytes not yet read.
    left: u64,
    /// Bytes read.
    position: u64,
    chain: Chain,
}

/// What a file is, by its first bytes.
#[derive(Debug)]
pub(super) enum Opened {
    /// A log of the sweep that was asked for.
    Log(LogReader),
    /// There is none, or it is cut off before its first record.
    Nothing,
    /// Another layout.
    OtherLayout,
    /// The log of another sweep or shard.
    OtherSweep,
}

/// What stands next in a log.
#[derive(Debug)]
pub(super) enum Next {
    /// The block that was asked for.
    Block(BlockRecord),
    /// The last record.
    End(EndRecord),
    /// The file ends without the last record.
    Cut,
    /// Something else.
    Damaged,
}

impl LogReader {
    /// Opens a log.
    pub(super) fn open(path: &Path, identity: Identity) -> Result<Opened> {
        let fail = |error: std::io::Error| Failure::io("read", path, &error);
        let file = match open_regular(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Opened::Nothing),
            Err(error) => return Err(fail(error)),
        };
        let length = file.metadata().map_err(fail)?.len();
        let (header, chain) = Chain::begin(identity);
        let mut reader = BufReader::new(file);
        let mut there = Vec::new();
        reader.by_ref().take(HEADER).read_to_end(&mut there).map_err(fail)?;
        if !header.starts_with(there.get(..LAYOUT.len()).unwrap_or(&there)) {
            return Ok(Opened::OtherLayout);
        }
        if there.len() < header.len() {
            return Ok(Opened::Nothing);
        }
        if there != header {
            return Ok(Opened::OtherSweep);
        }
        let left = length.saturating_sub(HEADER);
        Ok(Opened::Log(Self { path: path.to_owned(), reader, left, position: HEADER, chain }))
    }

    /// Bytes of the records read so far, and of what stands before them.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Whether nothing stands behind the last record read.
    pub(super) fn is_at_end(&self) -> bool {
        self.left == 0
    }

    /// The chain behind what was read.
    pub(super) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Reads the next record: that of the block at `position`, or the last one.
    pub(super) fn next(&mut self, position: Option<Position>) -> Result<Next> {
        let around = 8 + HASH as u64;
        if self.left < around {
            return Ok(Next::Cut);
        }
        let length = u64::from_le_bytes(self.array()?);
        let rows = position.map_or(0, |position| u64::from(position.rows));
        // No more memory than the record of that block can need, whatever the file says.
        if length > FIXED + rows * (OUTCOME + ROW) {
            return Ok(Next::Damaged);
        }
        if length > self.left - around {
            return Ok(Next::Cut);
        }
        let mut content = vec![0; usize::try_from(length).unwrap_or(0)];
        self.reader.read_exact(&mut content).map_err(|error| Failure::io("read", &self.path, &error))?;
        let stated: [u8; HASH] = self.array()?;
        let mut chain = self.chain.clone();
        if *chain.follow(&content) != stated {
            return Ok(Next::Damaged);
        }
        let block = position.and_then(|position| BlockRecord::parse(&content, position)).map(Next::Block);
        let next = block.or_else(|| EndRecord::parse(&content).map(Next::End));
        let Some(next) = next else { return Ok(Next::Damaged) };
        self.chain = chain;
        self.left -= length + around;
        self.position += length + around;
        Ok(next)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(|error| Failure::io("read", &self.path, &error))?;
        Ok(bytes)
    }
}
