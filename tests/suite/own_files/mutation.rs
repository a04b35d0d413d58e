//! Changes of a file that damage and malice make: bits, bytes, stretches, numbers, keys and values.
use catchup::base::num::RandomStream;
use serde_json::{Value, json};

/// How many mutations each reader gets, and the first seed: `CATCHUP_FUZZ_MUTATIONS` and `CATCHUP_FUZZ_SEED`.
pub(crate) fn size(few: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("CATCHUP_FUZZ_SEED").unwrap_or(0);
    first..first + number("CATCHUP_FUZZ_MUTATIONS").unwrap_or(few)
}

/// Numbers at which counts, lengths and places go wrong.
const EDGES: [u64; 14] = [
    0,
    1,
    2,
    127,
    255,
    65_535,
    1 << 31,
    u32::MAX as u64,
    1 << 32,
    1 << 40,
    1 << 62,
    i64::MAX as u64,
    1 << 63,
    u64::MAX,
];

pub(crate) struct Mutator(RandomStream);

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self(RandomStream::new(seed, "own files"))
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0.below(most.max(1))
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.0.below(of.len())]
    }

    /// Some changes of `bytes`, of which one at least is one; stretches may come from `other`.
    pub(crate) fn bytes(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.below(3) {
            self.change(bytes, other);
        }
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(40)).min(bytes.len());
        match self.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = *self.pick(&[0, 1, 0x7f, 0x80, 0xff]),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let more: Vec<u8> = (0..self.below(40)).map(|_| self.0.bits().to_le_bytes()[0]).collect();
                drop(bytes.splice(at..at, more));
            }
            5 => {
                let from = self.below(other.len() + 1);
                let to = (from + self.below(300)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            6 => {
                let copy = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, copy));
            }
            _ => {
                let edge = self.pick(&EDGES).to_le_bytes();
                let width = *self.pick(&[1, 2, 4, 8]);
                let there = bytes.len().saturating_sub(at).min(width);
                bytes[at..at + there].copy_from_slice(&edge[..there]);
            }
        }
    }

    /// Some changes of a JSON text, by its keys and values or by its bytes.
    pub(crate) fn json(&mut self, text: &str) -> String {
        if self.below(3) == 0 {
            let mut bytes = text.as_bytes().to_vec();
            self.bytes(&mut bytes, text.as_bytes());
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        if self.below(6) == 0 {
            return self.lines(text);
        }
        let mut value: Value = serde_json::from_str(text).unwrap();
        for _ in 0..=self.below(2) {
            let with = self.value(&value);
            self.node(&mut value, with);
        }
        serde_json::to_string_pretty(&value).unwrap() + "\n"
    }

    /// A line less, twice, or exchanged with another.
    fn lines(&mut self, text: &str) -> String {
        let mut lines: Vec<&str> = text.lines().collect();
        let (a, b) = (self.below(lines.len()), self.below(lines.len()));
        match self.below(3) {
            0 => drop(lines.remove(a)),
            1 => lines.insert(a, lines[b]),
            _ => lines.swap(a, b),
        }
        lines.join("\n") + "\n"
    }

    /// A value that is seldom meant.
    fn value(&mut self, whole: &Value) -> Value {
        match self.below(14) {
            0 => Value::Null,
            1 => json!(-1),
            2 => json!(*self.pick(&EDGES)),
            3 => json!(1e308),
            4 => json!(-0.5),
            5 => json!(""),
            6 => json!("../outside"),
            7 => json!("/dev/zero"),
            8 => json!("x".repeat(self.below(5000))),
            9 => json!([]),
            10 => json!({}),
            11 => (0..self.below(200)).fold(json!(1), |inner, _| json!([inner])),
            12 => json!(true),
            _ => whole.clone(),
        }
    }

    /// Goes down into `value` some way and changes what is there.
    fn node(&mut self, value: &mut Value, with: Value) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                let key = self.pick(&fields.keys().cloned().collect::<Vec<_>>()).clone();
                match self.below(10) {
                    0 => drop(fields.remove(&key)),
                    1 => drop(fields.insert(format!("{key}2"), with)),
                    2 => {
                        let taken = fields.remove(&key).unwrap_or_default();
                        fields.insert(format!("{key}s"), taken);
                    }
                    3 => drop(fields.insert(key, with)),
                    _ => {
                        if let Some(inner) = fields.get_mut(&key) {
                            self.node(inner, with);
                        }
                    }
                }
            }
            Value::Array(items) if !items.is_empty() => {
                let at = self.below(items.len());
                match self.below(6) {
                    0 => drop(items.remove(at)),
                    1 => items.insert(at, items[at].clone()),
                    2 => items[at] = with,
                    _ => self.node(&mut items[at], with),
                }
            }
            Value::String(text) if self.below(2) == 0 => {
                let mut bytes = std::mem::take(text).into_bytes();
                self.bytes(&mut bytes, b"..//\\\x1b[0m");
                *text = String::from_utf8_lossy(&bytes).into_owned();
            }
            other => *other = with,
        }
    }
}
