//! The compact protocol of Apache Thrift, as far as the headers of Parquet need it.

/// The type of a number's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    I32 = 5,
    I64 = 6,
}

const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A struct in the making. Fields are to be written by rising id.
pub(super) struct Struct<'b> {
    bytes: &'b mut Vec<u8>,
    last: u8,
}

impl<'b> Struct<'b> {
    /// Begins a struct at the end of `bytes`.
    pub(super) fn new(bytes: &'b mut Vec<u8>) -> Self {
        Self { bytes, last: 0 }
    }

    /// Ends it.
    pub(super) fn end(self) {
        self.bytes.push(0);
    }

    fn field(&mut self, id: u8, kind: u8) {
        // Ids of these structs are less than 15 apart, so that the short form always fits.
        self.bytes.push((id - self.last) << 4 | kind);
        self.last = id;
    }

    pub(super) fn integer(&mut self, id: u8, kind: Kind, value: i64) {
        self.field(id, kind as u8);
        zigzag(self.bytes, value);
    }

    pub(super) fn text(&mut self, id: u8, text: &str) {
        self.field(id, BINARY);
        binary(self.bytes, text);
    }

    pub(super) fn integers(&mut self, id: u8, values: &[i64]) {
        self.field(id, LIST);
        list(self.bytes, values.len(), Kind::I32 as u8);
        for &value in values {
            zigzag(self.bytes, value);
        }
    }

    pub(super) fn texts(&mut self, id: u8, texts: &[&str]) {
        self.field(id, LIST);
        list(self.bytes, texts.len(), BINARY);
        for text in texts {
            binary(self.bytes, text);
        }
    }

    pub(super) fn nested(&mut self, id: u8, fill: impl FnOnce(&mut Struct<'_>)) {
        self.field(id, STRUCT);
        let mut inner = Struct::new(self.bytes);
        fill(&mut inner);
        inner.end();
    }

    /// A list of `count` structs, each filled by its place.
    pub(super) fn structs(&mut self, id: u8, count: usize, fill: impl Fn(usize, &mut Struct<'_>)) {
        self.field(id, LIST);
        list(self.bytes, count, STRUCT);
        for place in 0..count {
            let mut inner = Struct::new(self.bytes);
            fill(place, &mut inner);
            inner.end();
        }
    }
}

fn list(bytes: &mut Vec<u8>, length: usize, kind: u8) {
    match u8::try_from(length) {
        Ok(short) if short < 15 => bytes.push(short << 4 | kind),
        _ => {
            bytes.push(0xf0 | kind);
            unsigned(bytes, length as u64);
        }
    }
}

fn binary(bytes: &mut Vec<u8>, text: &str) {
    unsigned(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

/// Small numbers of either sign in few bytes: 0, -1, 1, -2, …
fn zigzag(bytes: &mut Vec<u8>, value: i64) {
    unsigned(bytes, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Seven bits to a byte, the lowest first.
pub(super) fn unsigned(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 128 {
        bytes.push(value.to_le_bytes()[0] | 128);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}

/// Reads what [`Struct`] writes. `None` wherever the bytes are something else.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    /// Starts at the first of `bytes`.
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    /// A number of seven bits to a byte, the lowest first.
    pub(super) fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }

    /// The number in the field whose id is `step` above the one before it.
    pub(super) fn integer(&mut self, step: u8, kind: Kind) -> Option<i64> {
        self.expect(step << 4 | kind as u8)?;
        let value = self.unsigned()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// The start of a struct in the field whose id is `step` above the one before it.
    pub(super) fn nested(&mut self, step: u8) -> Option<()> {
        self.expect(step << 4 | STRUCT)
    }

    /// The end of a struct.
    pub(super) fn end(&mut self) -> Option<()> {
        self.expect(0)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.byte()? == byte).then_some(())
    }
}
