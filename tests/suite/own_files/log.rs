//! `blocks.bin` taken apart and put together again, with hashes that are right: what somebody can forge.

/// Bytes before the first record: layout and identity.
pub(crate) const HEADER: usize = 40;

/// A log as its header and the contents of its records.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Log {
    pub(crate) header: Vec<u8>,
    pub(crate) records: Vec<Vec<u8>>,
}

impl Log {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let (header, mut rest) = bytes.split_at(HEADER);
        let mut records = Vec::new();
        while !rest.is_empty() {
            let (length, behind) = rest.split_first_chunk::<8>().unwrap();
            let (content, behind) = behind.split_at(usize::try_from(u64::from_le_bytes(*length)).unwrap());
            records.push(content.to_vec());
            rest = &behind[32..];
        }
        Self { header: header.to_vec(), records }
    }

    /// The bytes, each record behind the hash that it has.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.header.clone();
        let mut chain = *blake3::hash(&bytes).as_bytes();
        for content in &self.records {
            let length = (content.len() as u64).to_le_bytes();
            chain = *blake3::hash(&[&chain[..], &length, content].concat()).as_bytes();
            bytes.extend([&length[..], content, &chain].concat());
        }
        bytes
    }

    /// Where each record ends, the header's end first.
    pub(crate) fn ends(&self) -> Vec<usize> {
        let sizes = self.records.iter().map(|content| 8 + content.len() + 32);
        let mut ends = vec![HEADER];
        ends.extend(sizes.scan(HEADER, |end, size| {
            *end += size;
            Some(*end)
        }));
        ends
    }

    /// The identity of the sweep with this manifest, and of its shard with this `shard.json`.
    pub(crate) fn identity(manifest: &str, shard: Option<&str>) -> [u8; 32] {
        let mut bytes = Vec::new();
        for text in [Some(manifest), shard] {
            let length = text.map_or(u64::MAX, |text| text.len() as u64);
            bytes.extend(length.to_le_bytes());
            bytes.extend(text.unwrap_or_default().as_bytes());
        }
        *blake3::hash(&bytes).as_bytes()
    }

    /// Makes it the log of another folder.
    pub(crate) fn belong_to(&mut self, manifest: &str, shard: Option<&str>) {
        self.header[8..].copy_from_slice(&Self::identity(manifest, shard));
    }
}

/// Places of a block's record: its numbers of 64 and 32 bits, and where its outcomes begin.
pub(crate) mod block {
    pub(crate) const INDEX: usize = 1;
    pub(crate) const FIRST: usize = 9;
    pub(crate) const LAST: usize = 17;
    pub(crate) const ROWS: usize = 25;
    pub(crate) const OUTCOMES: usize = 29;
    pub(crate) const BYTES: usize = 33;
    pub(crate) const CONTENT: usize = 41;
    pub(crate) const FIXED: usize = 73;
    pub(crate) const OUTCOME: usize = 21;
}
