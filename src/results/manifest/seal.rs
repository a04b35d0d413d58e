//! The last line of a manifest: a hash of all that stands above it, so that no byte can change unnoticed.

use crate::base::diagnostic::{Diagnostic, Result};

/// Bytes of a manifest at most.
pub const MOST_BYTES: u64 = 64 << 20;

/// How the last key begins.
const KEY: &str = ",\n  \"hash\": \"";

/// How the text ends without that key, and with it.
const END: &str = "\n}\n";
const SEALED_END: &str = "\"\n}\n";

/// The text of a manifest with its hash as the last key. `text` is a JSON object as `serde_json` prints it.
pub(crate) fn sealed(text: &str) -> String {
    let hash = blake3::hash(text.as_bytes()).to_hex();
    let open = text.strip_suffix(END).unwrap_or(text);
    format!("{open}{KEY}{hash}{SEALED_END}")
}

/// Checks that a manifest says of itself what its hash is.
///
/// # Errors
/// Where a byte was changed since it was written. `path` is its name for messages.
pub fn check_seal(path: &str, text: &str) -> Result<()> {
    let open = text.strip_suffix(SEALED_END).and_then(|text| text.rsplit_once(KEY));
    let is_whole = open.is_some_and(|(open, hash)| {
        let above = format!("{open}{END}");
        blake3::hash(above.as_bytes()).to_hex().as_str() == hash
    });
    if is_whole {
        return Ok(());
    }
    Err(Diagnostic::new(format!("`{path}` was changed after it was written"))
        .detail("its last line, `hash`, is not the hash of the lines above it")
        .hint("put the file back as it was, or make the run again")
        .into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_changed_byte_is_noticed() {
        let text = sealed("{\n  \"seed\": 1,\n  \"name\": \"x\"\n}\n");
        check_seal("a", &text).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["seed"], 1);
        assert_eq!(value["hash"].as_str().map(str::len), Some(64));
        for at in 0..text.len() {
            for byte in (0..128).filter(|byte| *byte != text.as_bytes()[at]) {
                let mut changed = text.clone().into_bytes();
                changed[at] = byte;
                assert!(check_seal("a", &String::from_utf8(changed).unwrap()).is_err(), "{at} {byte}");
            }
            assert!(check_seal("a", &text[..at]).is_err());
            assert!(check_seal("a", &format!("{} {}", &text[..at], &text[at..])).is_err());
        }
    }
}
