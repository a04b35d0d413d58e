//! The compact protocol of Apache Thrift, as far as the headers of Parquet need it: written, not read.

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
