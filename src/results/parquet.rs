//! A Parquet file, row group by row group.
//!
//! Every column of a group is a dictionary and one page of places in it. Columns that belong to the same things
//! (every metric of an outcome) share their places, which are packed once and written many times: that is why
//! this is not left to a general writer. Nothing is compressed, since the dictionaries have said everything once;
//! no statistics are written. What is used of the format is old and plain (Apache Parquet format 2.9, its
//! encodings PLAIN, RLE and `RLE_DICTIONARY`, pages of version 1), so that every reader reads it.

mod pages;

use super::thrift::{Kind, Struct, unsigned};

pub(crate) use pages::{Levels, Page, Pages};

const MAGIC: &[u8] = b"PAR1";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Whole numbers of 64 bits.
    Integer,
    /// Floats of 64 bits.
    Float,
    /// UTF-8.
    Text,
}

impl Type {
    /// The number of the physical type.
    fn physical(self) -> i64 {
        match self {
            Self::Integer => 2,
            Self::Float => 5,
            Self::Text => 6,
        }
    }
}

/// A column's name and type, and whether it may be null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub of: Type,
    /// Whether a row may have no value.
    pub optional: bool,
}

/// Where a column's parts stand in its row group, in bytes from the group's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// The dictionary's page, or the data's where there is no dictionary.
    pub start: u64,
    /// The data's page.
    pub data: u64,
    /// Bytes of both.
    pub length: u64,
}

/// A row group: its bytes, and where its columns stand in them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// Rows.
    pub rows: u32,
    /// The encoded columns, one after the other.
    pub bytes: Vec<u8>,
    /// A chunk for each column.
    pub chunks: Vec<Chunk>,
}

/// Places in a dictionary, packed once for all columns that share them.
#[derive(Debug, Clone)]
pub struct Places {
    rows: usize,
    packed: Vec<u8>,
}

impl Places {
    /// Packs the places of each row's value in a dictionary of `size` values.
    pub fn new(places: &[u32], size: usize) -> Self {
        let width = bits(size);
        let mut packed = vec![u8::try_from(width).unwrap_or(32)];
        match places.first() {
            Some(first) if places.iter().all(|place| place == first) => {
                unsigned(&mut packed, (places.len() as u64) << 1);
                packed.extend_from_slice(&first.to_le_bytes()[..width.div_ceil(8)]);
            }
            _ => pack(&mut packed, places.iter().copied(), places.len(), width),
        }
        Self { rows: places.len(), packed }
    }
}

/// The values that rows of an optional column may have, eight bytes each. Some of them may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    known: Vec<u8>,
    /// The places of those that are missing, rising.
    missing: Vec<u32>,
    count: u32,
}

impl Values {
    /// Adds a value.
    pub fn push(&mut self, value: Option<[u8; 8]>) {
        match value {
            Some(value) => self.known.extend_from_slice(&value),
            None => self.missing.push(self.count),
        }
        self.count += 1;
    }

    /// The value at `place`; `None` where it is missing or there is none.
    pub fn get(&self, place: usize) -> Option<[u8; 8]> {
        let number = u32::try_from(place).ok().filter(|number| *number < self.count)?;
        let before = self.missing.binary_search(&number).err()?;
        self.known.as_chunks().0.get(place - before).copied()
    }
}

/// What a column with missing values has beside those it knows.
struct Gaps {
    /// Which rows have a value.
    levels: Vec<u8>,
    /// The places of these rows' values among those that are known.
    places: Places,
}

impl Gaps {
    fn new(column: &Values, of_row: &[u32]) -> Self {
        let (mut missing, mut known) = (column.missing.iter().copied().peekable(), 0);
        let place = |value: u32| {
            if missing.next_if_eq(&value).is_some() {
                return None;
            }
            known += 1;
            Some(known - 1)
        };
        let places: Vec<Option<u32>> = (0..column.count).map(place).collect();
        let of_rows = of_row.iter().map(|row| places[*row as usize]);
        let mut levels = Vec::new();
        pack(&mut levels, of_rows.clone().map(|place| u32::from(place.is_some())), of_row.len(), 1);
        let of_rows: Vec<u32> = of_rows.flatten().collect();
        Self { levels, places: Places::new(&of_rows, (known as usize).max(1)) }
    }
}

/// The bits that tell `size` values apart.
fn bits(size: usize) -> usize {
    (usize::BITS - size.saturating_sub(1).leading_zeros()) as usize
}

/// One run of values of `width` bits each, in groups of eight, the last one filled up with zeros.
fn pack(bytes: &mut Vec<u8>, values: impl Iterator<Item = u32>, count: usize, width: usize) {
    let groups = count.div_ceil(8);
    unsigned(bytes, (groups as u64) << 1 | 1);
    let end = bytes.len() + groups * width;
    let (mut word, mut filled) = (0_u64, 0);
    for value in values {
        word |= u64::from(value) << filled;
        filled += width;
        if filled >= 32 {
            bytes.extend_from_slice(&word.to_le_bytes()[..4]);
            word >>= 32;
            filled -= 32;
        }
    }
    bytes.extend_from_slice(&word.to_le_bytes());
    bytes.resize(end, 0);
}

impl Group {
    /// An empty group of so many rows.
    pub fn new(rows: usize) -> Self {
        Self { rows: u32::try_from(rows).unwrap_or(u32::MAX), ..Self::default() }
    }

    /// Adds a required column of whole numbers, each written out.
    pub fn plain(&mut self, values: impl Iterator<Item = i64>) {
        let start = self.bytes.len() as u64;
        let mut data = Vec::with_capacity(self.rows as usize * 8);
        values.for_each(|value| data.extend_from_slice(&value.to_le_bytes()));
        self.page(Form::Data { encoding: 0 }, self.rows as usize, &[&data]);
        self.chunk(start, start);
    }

    /// Adds a required column: the dictionary's values, and their places. Gives the place of the dictionary's
    /// first byte.
    pub fn dictionary(&mut self, values: &[u8], count: usize, places: &Places) -> u64 {
        let start = self.bytes.len() as u64;
        let first = self.page(Form::Dictionary, count, &[values]);
        let data = self.bytes.len() as u64;
        self.page(Form::Data { encoding: 8 }, places.rows, &[&places.packed]);
        self.chunk(start, data);
        first
    }

    /// Adds optional columns; `places` are those of all of their values, missing ones among them, in each row of
    /// `of_row`.
    pub fn optional(&mut self, columns: &[Values], places: &Places, of_row: &[u32]) {
        // Columns that miss the same values have the same gaps.
        let mut all_gaps: Vec<(&[u32], Gaps)> = Vec::new();
        for column in columns {
            let (known, count) = (column.known.as_slice(), column.known.len() / 8);
            if column.missing.is_empty() {
                self.known(known, count, places);
                continue;
            }
            let at =
                all_gaps.iter().position(|(missing, _)| *missing == column.missing).unwrap_or_else(|| {
                    all_gaps.push((&column.missing, Gaps::new(column, of_row)));
                    all_gaps.len() - 1
                });
            let gaps = &all_gaps[at].1;
            let start = self.bytes.len() as u64;
            // A reader expects a dictionary, also where no row looks into it.
            let (known, count) = if count == 0 { (&[0; 8][..], 1) } else { (known, count) };
            self.page(Form::Dictionary, count, &[known]);
            let data = self.bytes.len() as u64;
            self.levels_and(&gaps.levels, &gaps.places.packed);
            self.chunk(start, data);
        }
    }

    /// Adds an optional column in which every row has a value.
    pub fn known(&mut self, values: &[u8], count: usize, places: &Places) {
        let start = self.bytes.len() as u64;
        self.page(Form::Dictionary, count, &[values]);
        let data = self.bytes.len() as u64;
        self.levels_and(&self.same_levels(1), &places.packed);
        self.chunk(start, data);
    }

    /// Adds an optional column in which no row has a value. A reader expects a dictionary nonetheless.
    pub fn absent(&mut self, of: Type) {
        let start = self.bytes.len() as u64;
        let width = if of == Type::Text { 4 } else { 8 };
        self.page(Form::Dictionary, 1, &[&vec![0; width]]);
        let data = self.bytes.len() as u64;
        self.levels_and(&self.same_levels(0), &Places::new(&[], 1).packed);
        self.chunk(start, data);
    }

    /// One run of the same level for every row.
    fn same_levels(&self, level: u8) -> Vec<u8> {
        let mut levels = Vec::new();
        unsigned(&mut levels, u64::from(self.rows) << 1);
        levels.push(level);
        levels
    }

    /// A page of places behind the levels that say which rows have a value.
    fn levels_and(&mut self, levels: &[u8], places: &[u8]) {
        let length = u32::try_from(levels.len()).unwrap_or(u32::MAX).to_le_bytes();
        self.page(Form::Data { encoding: 8 }, self.rows as usize, &[&length, levels, places]);
    }

    /// Writes a page; gives the place of the first byte behind its header.
    fn page(&mut self, form: Form, values: usize, parts: &[&[u8]]) -> u64 {
        let length = parts.iter().map(|part| part.len()).sum::<usize>() as i64;
        let mut header = Struct::new(&mut self.bytes);
        header.integer(1, Kind::I32, if form == Form::Dictionary { 2 } else { 0 });
        header.integer(2, Kind::I32, length);
        header.integer(3, Kind::I32, length);
        match form {
            Form::Data { encoding } => header.nested(5, |data| {
                data.integer(1, Kind::I32, values as i64);
                data.integer(2, Kind::I32, encoding);
                data.integer(3, Kind::I32, 3);
                data.integer(4, Kind::I32, 3);
            }),
            Form::Dictionary => header.nested(7, |dictionary| {
                dictionary.integer(1, Kind::I32, values as i64);
                dictionary.integer(2, Kind::I32, 0);
            }),
        }
        header.end();
        let first = self.bytes.len() as u64;
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        first
    }

    fn chunk(&mut self, start: u64, data: u64) {
        self.chunks.push(Chunk { start, data, length: self.bytes.len() as u64 - start });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Data { encoding: i64 },
    Dictionary,
}

/// The bytes a file begins with.
pub fn head() -> &'static [u8] {
    MAGIC
}

/// The bytes a file ends with: what its columns are, and where its groups stand. Each group comes as its rows, its
/// chunks and the place of its first byte.
pub fn foot(fields: &[Field], groups: &[(u32, Vec<Chunk>, u64)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut file = Struct::new(&mut bytes);
    file.integer(1, Kind::I32, 1);
    file.structs(2, fields.len() + 1, |place, element| {
        match place.checked_sub(1).map(|column| &fields[column]) {
            None => {
                element.text(4, "schema");
                element.integer(5, Kind::I32, fields.len() as i64);
            }
            Some(field) => {
                element.integer(1, Kind::I32, field.of.physical());
                element.integer(3, Kind::I32, i64::from(field.optional));
                element.text(4, &field.name);
                if field.of == Type::Text {
                    element.integer(6, Kind::I32, 0);
                }
            }
        }
    });
    file.integer(3, Kind::I64, groups.iter().map(|(rows, ..)| i64::from(*rows)).sum());
    file.structs(4, groups.len(), |place, group| {
        let (rows, chunks, start) = &groups[place];
        group.structs(1, chunks.len(), |column, chunk| {
            chunk.integer(2, Kind::I64, 0);
            chunk.nested(3, |about| column_facts(about, &fields[column], (*rows, *start), &chunks[column]));
        });
        group.integer(2, Kind::I64, chunks.iter().map(|chunk| chunk.length as i64).sum());
        group.integer(3, Kind::I64, i64::from(*rows));
    });
    file.text(6, concat!("catchup ", env!("CARGO_PKG_VERSION")));
    file.end();
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(MAGIC);
    bytes
}

fn column_facts(about: &mut Struct<'_>, field: &Field, (rows, start): (u32, u64), chunk: &Chunk) {
    let packed = chunk.data > chunk.start;
    about.integer(1, Kind::I32, field.of.physical());
    about.integers(2, if packed { &[0, 3, 8] } else { &[0, 3] });
    about.texts(3, &[&field.name]);
    about.integer(4, Kind::I32, 0);
    about.integer(5, Kind::I64, i64::from(rows));
    about.integer(6, Kind::I64, chunk.length as i64);
    about.integer(7, Kind::I64, chunk.length as i64);
    about.integer(9, Kind::I64, (start + chunk.data) as i64);
    if packed {
        about.integer(11, Kind::I64, (start + chunk.start) as i64);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use polars::prelude::{ParquetReader, SerReader};
    use std::io::Cursor;

    fn field(name: &str, of: Type, optional: bool) -> Field {
        Field { name: name.into(), of, optional }
    }

    #[test]
    fn a_reader_finds_what_was_written() {
        let fields = [
            field("n", Type::Integer, false),
            field("word", Type::Text, false),
            field("x", Type::Float, true),
            field("none", Type::Float, true),
            field("all", Type::Float, true),
            field("known", Type::Text, true),
            field("absent", Type::Text, true),
        ];
        let mut file = head().to_vec();
        let mut groups = Vec::new();
        // Sizes around eight, widths of one to several bits, one group in which a column has one place alone.
        for (rows, spread) in [(3_usize, 1_usize), (8, 3), (21, 5), (1000, 301), (9, 2)] {
            let of_row: Vec<u32> = (0..rows).map(|row| u32::try_from(row * 7 % spread).unwrap()).collect();
            let places = Places::new(&of_row, spread);
            let mut group = Group::new(rows);
            group.plain((0..rows as i64).map(|row| row - 1));
            let words: Vec<u8> = (0..spread)
                .flat_map(|word| {
                    let text = format!("w{word}");
                    [&u32::try_from(text.len()).unwrap().to_le_bytes()[..], text.as_bytes()].concat()
                })
                .collect();
            group.dictionary(&words, spread, &places);
            let value = |place: usize| (place % 3 != 1).then(|| (place as f64 * 0.5).to_le_bytes());
            let mut columns = vec![Values::default(); 3];
            for place in 0..spread {
                columns[0].push(value(place));
                columns[1].push(None);
                columns[2].push(Some((place as f64).to_le_bytes()));
            }
            group.optional(&columns, &places, &of_row);
            group.known(&words, spread, &places);
            group.absent(Type::Text);
            groups.push((group.rows, group.chunks.clone(), file.len() as u64));
            file.extend_from_slice(&group.bytes);
        }
        file.extend_from_slice(&foot(&fields, &groups));

        let frame = ParquetReader::new(Cursor::new(file)).finish().unwrap();
        assert_eq!(frame.shape(), (3 + 8 + 21 + 1000 + 9, 7));
        let (word, x) =
            (frame.column("word").unwrap().str().unwrap(), frame.column("x").unwrap().f64().unwrap());
        let mut row = 0;
        for (rows, spread) in [(3_usize, 1_usize), (8, 3), (21, 5), (1000, 301), (9, 2)] {
            for inner in 0..rows {
                let place = inner * 7 % spread;
                assert_eq!(word.get(row), Some(format!("w{place}").as_str()), "row {row}");
                assert_eq!(x.get(row), (place % 3 != 1).then_some(place as f64 * 0.5), "row {row}");
                assert_eq!(frame.column("n").unwrap().i64().unwrap().get(row), Some(inner as i64 - 1));
                let text =
                    |name: &str| frame.column(name).unwrap().str().unwrap().get(row).map(str::to_owned);
                assert_eq!((text("known"), text("absent")), (Some(format!("w{place}")), None), "row {row}");
                assert_eq!(frame.column("none").unwrap().f64().unwrap().get(row), None);
                assert_eq!(frame.column("all").unwrap().f64().unwrap().get(row), Some(place as f64));
                row += 1;
            }
        }
    }
}
