//! A sweep's results on their way to the disk, block by block, so that an interruption loses one block at most.
//!
//! Two files grow side by side: `combinations.parquet`, a row group per block, and `blocks.bin`, the
//! log of the blocks (`block_log`). A block counts once its record in the log is whole; whatever stands behind
//! the last whole one is cut off. To resume an interrupted sweep and to merge shards is the same: the log is read from
//! its start, and a block is taken if it is the next one of the plan and the table holds what the log says.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::block_log::{BlockRecord, Chain, EndRecord, HEADER, LogReader, Next, Opened, Position, hash};
use super::combinations::{BlockRows, Combinations, Encoded};
use super::folder::RunFolder;
use super::parquet::{Chunk, Group, foot, head};
use super::shard::SHARD;
use crate::backtest::sweep::{Encoder, Family, Finished, PlannedBlock, Selection, Sink, Swept, Whole};
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::base::file::open_regular;
use crate::base::files::open_own;
use crate::base::num::counted;

pub use super::block_log::Identity;

/// The table of combinations.
pub const TABLE: &str = "combinations.parquet";

/// The log of a sweep's finished blocks.
pub const BLOCKS: &str = "blocks.bin";

/// The two files of a sweep that is being worked.
#[derive(Debug)]
pub struct Stream {
    combinations: Arc<Combinations>,
    plan: Vec<PlannedBlock>,
    /// Where each planned block stands.
    positions: Vec<Position>,
    table: Output,
    log: Output,
    chain: Chain,
    /// The row groups so far: rows, chunks, place of the first byte.
    groups: Vec<(u32, Vec<Chunk>, u64)>,
}

/// A shard whose blocks are to be merged.
#[derive(Debug, Clone)]
pub struct ShardFiles {
    /// Its folder.
    pub folder: PathBuf,
    /// What its log belongs to.
    pub identity: Identity,
    /// Which shard it is, from 1.
    pub part: u64,
    /// How many shards the sweep has.
    pub of: u64,
}

#[derive(Debug)]
struct Output {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Output {
    /// Opens a file for writing behind what is there. What is there must be a file, and no link to one.
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

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| Failure::io("write", &self.path, &error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

/// A block that was read back.
struct ReadBlock {
    finished: Finished,
    encoded: Encoded,
    /// Its row group as it stands in the file.
    bytes: Vec<u8>,
}

impl Stream {
    /// Starts in a folder, or resumes with what is there: `swept` is brought to where the last good block ends. Blocks
    /// of another sweep are not taken, nor is what does not fit the plan.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn open(
        folder: &RunFolder,
        family: &Family<'_>,
        whole: &Whole,
        identity: Identity,
        swept: &mut Swept,
    ) -> Result<Self> {
        let plan = family.blocks(&whole.selection);
        let (header, chain) = Chain::begin(identity);
        let mut stream = Self {
            combinations: Arc::new(Combinations::new(&family.strategies())),
            positions: positions(&plan, &whole.selection),
            plan,
            table: Output::open(folder.building().join(TABLE))?,
            log: Output::open(folder.building().join(BLOCKS))?,
            chain,
            groups: Vec::new(),
        };
        let (table_end, log_end) = match LogReader::open(&stream.log.path, identity)? {
            Opened::Log(log) => stream.resume(log, swept)?,
            Opened::Nothing | Opened::OtherLayout | Opened::OtherSweep => (0, 0),
        };
        if stream.groups.is_empty() {
            stream.table.cut(0)?;
            stream.table.write(head())?;
            stream.log.cut(0)?;
            stream.log.write(&header)?;
        } else {
            stream.table.cut(table_end)?;
            stream.log.cut(log_end)?;
        }
        Ok(stream)
    }

    /// Takes the blocks of an interrupted sweep as far as they are good; gives the bytes of table and log up to there.
    fn resume(&mut self, mut log: LogReader, swept: &mut Swept) -> Result<(u64, u64)> {
        let (mut table_end, mut log_end) = (head().len() as u64, HEADER);
        let mut table =
            open_regular(&self.table.path).map_err(|e| Failure::io("read", &self.table.path, &e))?;
        if !starts_as_table(&mut table) {
            return Ok((0, 0));
        }
        while let Some(position) = self.positions.get(self.groups.len()) {
            let Next::Block(record) = log.next(Some(*position))? else { break };
            let Some(block) = self.read(self.groups.len(), record, &mut table, swept) else { break };
            let ReadBlock { finished, mut encoded, bytes } = block;
            encoded.number(&swept.numbers(&finished));
            if encoded.group.bytes != bytes {
                break;
            }
            swept.add(&finished);
            let Group { rows, chunks, .. } = encoded.group;
            self.groups.push((rows, chunks, table_end));
            table_end += bytes.len() as u64;
            log_end = log.position();
            self.chain = log.chain().clone();
        }
        Ok((table_end, log_end))
    }

    /// Reads a block of the plan from where `table` stands. `None` where log, table and plan do not agree.
    fn read(&self, place: usize, record: BlockRecord, table: &mut File, swept: &Swept) -> Option<ReadBlock> {
        let planned = self.plan.get(place)?;
        let BlockRecord { position, bytes: length, content, outcomes, outcome_of } = record;
        let most = self.combinations.most_bytes(planned.strategy, usize::try_from(position.rows).ok()?);
        if length > most as u64 {
            return None;
        }
        let mut bytes = Vec::new();
        table.take(length).read_to_end(&mut bytes).ok()?;
        if bytes.len() as u64 != length || hash(&bytes) != content {
            return None;
        }
        let numbers = planned.numbers(&swept.selection);
        let open: Vec<bool> = outcomes.iter().map(|outcome| outcome.open).collect();
        let rows =
            BlockRows { strategy: planned.strategy, numbers: &numbers, outcome_of: &outcome_of, open: &open };
        let decoded = self.combinations.decode(&rows, &bytes)?;
        let value = |place: usize| decoded.metric(swept.metric(), place);
        let outcomes = outcomes.into_iter().enumerate();
        let ranked = outcomes.map(|(place, outcome)| (outcome, value(place).filter(|_| outcome.traded())));
        let finished = Finished::checked(ranked.collect(), outcome_of)?;
        Some(ReadBlock { finished, encoded: decoded.encoded, bytes })
    }

    /// Adds the blocks of a shard, which must be those of the plan that come next, all of them and no others.
    ///
    /// # Errors
    /// Where the shard is incomplete, damaged or one of another sweep, or its files cannot be read.
    pub fn append(&mut self, shard: &ShardFiles, swept: &mut Swept) -> Result<()> {
        let blocks = Family::blocks_of_part(self.plan.len(), shard.part, shard.of);
        if blocks.is_empty() || blocks.start != self.groups.len() {
            return Err(shard.not_planned(self.plan.len()));
        }
        let path = shard.folder.join(TABLE);
        let unread = |error: std::io::Error| shard.damaged(&format!("`{TABLE}` cannot be read: {error}"));
        let mut table = open_regular(&path).map_err(unread)?;
        let mut log = shard.open_log()?;
        if !starts_as_table(&mut table) {
            return Err(shard.damaged(&format!("`{TABLE}` is not a table")));
        }
        let disagree = || shard.damaged(&format!("`{BLOCKS}` and `{TABLE}` do not belong together"));
        let (mut groups, mut end) = (Vec::new(), head().len() as u64);
        for place in blocks.clone() {
            let position = Position { index: (place - blocks.start) as u64, ..self.positions[place] };
            let record = match log.next(Some(position))? {
                Next::Block(record) => record,
                Next::Cut => return Err(shard.incomplete(place - blocks.start, blocks.len())),
                Next::End(_) => return Err(shard.other_rows()),
                Next::Damaged => {
                    return Err(shard.damaged(&format!(
                        "`{BLOCKS}` was changed, or has other combinations than this shard"
                    )));
                }
            };
            let block = self.read(place, record, &mut table, swept).ok_or_else(disagree)?;
            let ReadBlock { finished, encoded, bytes } = block;
            groups.push((encoded.group.rows, encoded.group.chunks.clone(), end));
            end += bytes.len() as u64;
            let outcomes = swept.add(&finished);
            self.take(&finished, encoded, &outcomes)?;
        }
        let foot = foot(&self.combinations.fields, &groups);
        let rows = groups.iter().map(|(rows, ..)| u64::from(*rows)).sum();
        let expected = EndRecord { blocks: groups.len() as u64, rows, table: end + foot.len() as u64 };
        match log.next(None)? {
            Next::End(end) if end == expected && log.is_at_end() => {}
            Next::Cut => return Err(shard.incomplete(blocks.len(), blocks.len())),
            _ => return Err(shard.other_rows()),
        }
        let mut rest = Vec::new();
        table.take(foot.len() as u64 + 1).read_to_end(&mut rest).map_err(unread)?;
        if rest == foot { Ok(()) } else { Err(disagree()) }
    }

    /// Ends the table and the log. What is needed to resume, and to merge shards, stays beside it.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn finish(mut self) -> Result<()> {
        self.table.write(&foot(&self.combinations.fields, &self.groups))?;
        let rows = self.groups.iter().map(|(rows, ..)| u64::from(*rows)).sum();
        let end = EndRecord { blocks: self.groups.len() as u64, rows, table: self.table.length };
        let record = self.chain.end(&end);
        self.log.write(&record)
    }
}

fn positions(plan: &[PlannedBlock], selection: &Selection) -> Vec<Position> {
    let position = |(index, block): (usize, &PlannedBlock)| Position {
        index: index as u64,
        first: selection.number(block.rows.start),
        last: selection.number(block.rows.end - 1),
        rows: u32::try_from(block.rows.end - block.rows.start).unwrap_or(u32::MAX),
    };
    plan.iter().enumerate().map(position).collect()
}

/// Whether a file begins as a table does; it then stands behind that.
fn starts_as_table(table: &mut File) -> bool {
    let mut start = vec![0; head().len()];
    table.read_exact(&mut start).is_ok() && start == head()
}

impl ShardFiles {
    fn open_log(&self) -> Result<LogReader> {
        match LogReader::open(&self.folder.join(BLOCKS), self.identity)? {
            Opened::Log(log) => Ok(log),
            Opened::Nothing => Err(self.damaged(&format!("`{BLOCKS}` is missing or empty"))),
            Opened::OtherLayout => {
                Err(self.damaged(&format!("`{BLOCKS}` is not in the layout of this version")))
            }
            Opened::OtherSweep => {
                let folder = self.folder.display();
                Err(Diagnostic::new(format!("the files in `{folder}` do not belong together"))
                    .detail(format!(
                        "`manifest.json`, `{SHARD}` or `{BLOCKS}` was changed or is from another folder"
                    ))
                    .hint("put the files back where they were, or run this shard again")
                    .into())
            }
        }
    }

    fn about(&self, what: &str) -> Diagnostic {
        let Self { folder, part, of, .. } = self;
        Diagnostic::new(format!("shard {part} of {of} in `{}` {what}", folder.display()))
    }

    fn again(&self, message: Diagnostic) -> Failure {
        let Self { part, of, .. } = self;
        message.hint(format!("run it again: `catchup sweep … --shard {part}/{of}`")).into()
    }

    fn damaged(&self, why: &str) -> Failure {
        self.again(self.about("is damaged").detail(why))
    }

    fn incomplete(&self, there: usize, planned: usize) -> Failure {
        let there = format!(
            "`{BLOCKS}` ends after {there} of {}, without its last record",
            counted(planned, "block")
        );
        self.again(self.about("is incomplete").detail(there))
    }

    fn other_rows(&self) -> Failure {
        self.again(self.about("has other combinations than the sweep has in it"))
    }

    fn not_planned(&self, blocks: usize) -> Failure {
        let most = counted(blocks, "block");
        self.again(
            self.about("cannot be one of this sweep")
                .detail(format!("the sweep has {most}, so it has at most as many shards")),
        )
    }
}

impl Sink for Stream {
    type Ready = Encoded;

    fn encoder(&self) -> Encoder<Encoded> {
        let combinations = Arc::clone(&self.combinations);
        Box::new(move |block| Ok(combinations.encode(block)))
    }

    fn take(&mut self, block: &Finished, mut encoded: Encoded, outcomes: &[u32]) -> Result<()> {
        encoded.number(outcomes);
        let Group { rows, bytes, chunks } = encoded.group;
        let Some(position) = self.positions.get(self.groups.len()) else {
            return Err(Diagnostic::new("the sweep has more blocks than were planned; this is a bug").into());
        };
        let record = BlockRecord {
            position: *position,
            bytes: bytes.len() as u64,
            content: hash(&bytes),
            outcomes: block.candidates().collect(),
            outcome_of: block.outcome_of().to_vec(),
        };
        let start = self.table.length;
        self.table.write(&bytes)?;
        self.log.write(&self.chain.block(&record))?;
        self.groups.push((rows, chunks, start));
        Ok(())
    }
}
