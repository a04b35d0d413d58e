//! Reads the pages of a row group back, as [`Group`](super::Group) writes them and in no other form.
//!
//! Nothing that a page says of itself is used to reserve memory: a page is a slice of the bytes that are there.

use super::super::thrift::{Kind, Reader};

/// The pages of a row group, one after the other.
pub(crate) struct Pages<'b>(Reader<'b>);

/// The bytes of a page behind its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page<'b> {
    /// The values of a dictionary.
    Dictionary(&'b [u8]),
    /// The places of each row's value in the dictionary, or the values themselves.
    Data(&'b [u8]),
}

impl<'b> Pages<'b> {
    /// Starts at the first of a row group's bytes.
    pub(crate) fn new(group: &'b [u8]) -> Self {
        Self(Reader::new(group))
    }

    /// The next page; `None` where there is none or it is damaged.
    pub(crate) fn next(&mut self) -> Option<Page<'b>> {
        let header = &mut self.0;
        let is_dictionary = match header.integer(1, Kind::I32)? {
            0 => false,
            2 => true,
            _ => return None,
        };
        let length = header.integer(1, Kind::I32)?;
        if header.integer(1, Kind::I32)? != length {
            return None;
        }
        let (step, numbers) = if is_dictionary { (4, 2) } else { (2, 4) };
        header.nested(step)?;
        for _ in 0..numbers {
            header.integer(1, Kind::I32)?;
        }
        header.end()?;
        header.end()?;
        let bytes = header.take(usize::try_from(length).ok()?)?;
        Some(if is_dictionary { Page::Dictionary(bytes) } else { Page::Data(bytes) })
    }

    /// The dictionary of the next column and its data, of one that has both.
    pub(crate) fn column(&mut self) -> Option<(&'b [u8], &'b [u8])> {
        match (self.next()?, self.next()?) {
            (Page::Dictionary(dictionary), Page::Data(data)) => Some((dictionary, data)),
            _ => None,
        }
    }
}

/// Which rows of an optional column have a value, from the front of its data.
pub(crate) struct Levels<'b> {
    bits: Option<&'b [u8]>,
}

impl<'b> Levels<'b> {
    /// Reads the levels of so many rows.
    pub(crate) fn new(data: &'b [u8], rows: usize) -> Option<Self> {
        let (length, rest) = data.split_first_chunk::<4>()?;
        let levels = rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let mut levels = Reader::new(levels);
        // Even: a run of the same level. Odd: so many groups of eight levels, a bit each.
        let run = levels.unsigned()?;
        if run % 2 == 0 {
            let is_known = levels.take(1)? == [1];
            return (run / 2 == rows as u64 && is_known).then_some(Self { bits: None });
        }
        let groups = rows.div_ceil(8);
        if run / 2 != groups as u64 {
            return None;
        }
        Some(Self { bits: Some(levels.take(groups)?) })
    }

    /// Whether `row` has a value.
    pub(crate) fn is_known(&self, row: usize) -> bool {
        self.bits.is_none_or(|bits| bits[row / 8] >> (row % 8) & 1 == 1)
    }
}
