//! Where do two files of a run differ first, in words of what they hold?

use serde_json::Value;

/// Longest value that is told in full.
const LONGEST: usize = 60;

/// Where `kept`, a file of a run, differs first from `made`, the same file computed again: the field of a JSON file,
/// the line and column of a CSV file, the line of another text, else the byte. `None` where they are equal.
pub fn first_difference(name: &str, kept: &[u8], made: &[u8]) -> Option<String> {
    if kept == made {
        return None;
    }
    let (_, ending) = name.rsplit_once('.').unwrap_or_default();
    let told = match ending {
        "json" => json(kept, made, &[]),
        "csv" => csv(kept, made),
        _ => None,
    };
    told.or_else(|| line(kept, made)).or_else(|| Some(byte(kept, made)))
}

/// As [`first_difference`] of two JSON files, but the order of keys, spaces and the keys `aside` of the whole do not
/// count.
pub fn first_difference_beside(aside: &[&str], name: &str, kept: &[u8], made: &[u8]) -> Option<String> {
    match (parsed(kept), parsed(made)) {
        (Some(_), Some(_)) => json(kept, made, aside),
        _ => first_difference(name, kept, made),
    }
}

fn parsed(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// The first field in which two JSON files differ; `None` where none does or one is not JSON.
fn json(kept: &[u8], made: &[u8], aside: &[&str]) -> Option<String> {
    let (mut kept, mut made) = (parsed(kept)?, parsed(made)?);
    for value in [&mut kept, &mut made] {
        if let Value::Object(fields) = value {
            fields.retain(|key, _| !aside.contains(&key.as_str()));
        }
    }
    let (path, kept, made) = field(String::new(), Some(&kept), Some(&made))?;
    Some(said(&path, &text(kept), &text(made)))
}

/// A field's path and both its values.
type Field<'v> = (String, Option<&'v Value>, Option<&'v Value>);

fn field<'v>(path: String, kept: Option<&'v Value>, made: Option<&'v Value>) -> Option<Field<'v>> {
    match (kept, made) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let mut keys: Vec<&String> = left.keys().chain(right.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            keys.into_iter().find_map(|key| field(below(key), left.get(key), right.get(key)))
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => (0..left.len().max(right.len()))
            .find_map(|at| field(format!("{path}[{at}]"), left.get(at), right.get(at))),
        _ => (kept != made).then_some((path, kept, made)),
    }
}

fn text(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| short(&value.to_string()))
}

/// The first cell in which two CSV files differ; `None` where none does or one is not CSV.
fn csv(kept: &[u8], made: &[u8]) -> Option<String> {
    let (kept, made) = (rows(kept)?, rows(made)?);
    let header = made.first()?.clone();
    for line in 0..kept.len().max(made.len()) {
        let whole = |row: &Vec<String>| short(&row.join(","));
        let (left, right) = match (kept.get(line), made.get(line)) {
            (Some(left), Some(right)) if left.len() == right.len() => (left, right),
            (left, right) => {
                let told = |row: Option<&Vec<String>>| row.map_or_else(|| "nothing".to_owned(), whole);
                return Some(said(&format!("line {}", line + 1), &told(left), &told(right)));
            }
        };
        if let Some(at) = (0..left.len()).find(|&at| left[at] != right[at]) {
            let column = header.get(at).map_or_else(|| format!("column {}", at + 1), Clone::clone);
            let place = format!("line {}, {column}", line + 1);
            let told = |cell: &str| if cell.is_empty() { "nothing".to_owned() } else { short(cell) };
            return Some(said(&place, &told(&left[at]), &told(&right[at])));
        }
    }
    None
}

fn rows(bytes: &[u8]) -> Option<Vec<Vec<String>>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let row = |row: ::csv::StringRecord| row.iter().map(str::to_owned).collect();
    reader.records().map(|record| record.ok().map(row)).collect()
}

/// The first line in which two texts differ; `None` where one is no text.
fn line(kept: &[u8], made: &[u8]) -> Option<String> {
    let (kept, made) = (std::str::from_utf8(kept).ok()?, std::str::from_utf8(made).ok()?);
    let (mut left, mut right) = (kept.split('\n'), made.split('\n'));
    let mut number = 1;
    loop {
        match (left.next(), right.next()) {
            (None, None) => return None,
            (Some(left), Some(right)) if left == right => number += 1,
            _ => return Some(format!("line {number} is another")),
        }
    }
}

fn byte(kept: &[u8], made: &[u8]) -> String {
    let first = kept.iter().zip(made).position(|(left, right)| left != right);
    let first = first.unwrap_or(kept.len().min(made.len())) + 1;
    if kept.len() == made.len() {
        format!("byte {first} of {} is another", made.len())
    } else {
        format!(
            "{} bytes here, {} computed again; byte {first} is the first other one",
            kept.len(),
            made.len()
        )
    }
}

fn said(place: &str, kept: &str, made: &str) -> String {
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    format!("{place}{kept} here, {made} computed again")
}

fn short(value: &str) -> String {
    if value.chars().count() <= LONGEST {
        return value.to_owned();
    }
    value.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(name: &str, kept: &str, made: &str) -> Option<String> {
        first_difference(name, kept.as_bytes(), made.as_bytes())
    }

    #[test]
    fn the_first_difference_is_told_in_words_of_the_file() {
        assert_eq!(told("a.json", "{}", "{}"), None);
        let json = |kept: &str, made: &str| told("a.json", kept, made).unwrap();
        assert_eq!(
            json(r#"{"b": 1, "m": {"x": [1, 2]}}"#, r#"{"b": 1, "m": {"x": [1, 3]}}"#),
            "m.x[1]: 2 here, 3 computed again"
        );
        assert_eq!(json(r#"{"a": 1}"#, r#"{"a": 1, "b": null}"#), "b: nothing here, null computed again");
        assert_eq!(json("{\n}", "{}"), "line 1 is another", "the same values, written otherwise");
        assert_eq!(json("{", "{}"), "line 1 is another", "no JSON");

        let csv = |kept: &str, made: &str| told("a.csv", kept, made).unwrap();
        assert_eq!(csv("x,y\n1,2\n3,4\n", "x,y\n1,2\n3,5\n"), "line 3, y: 4 here, 5 computed again");
        assert_eq!(csv("x,y\n1,\n", "x,y\n1,2\n"), "line 2, y: nothing here, 2 computed again");
        assert_eq!(csv("x,y\n1,2\n", "x,y\n"), "line 2: 1,2 here, nothing computed again");
        assert_eq!(csv("x\n\"1\"\n", "x\n1\n"), "line 2 is another", "the same cells, written otherwise");

        assert_eq!(told("a.svg", "<a>\n<b>", "<a>\n<c>").unwrap(), "line 2 is another");
        let bytes = |kept: &[u8], made: &[u8]| first_difference("a.parquet", kept, made).unwrap();
        assert_eq!(bytes(&[255, 1, 2], &[255, 1, 3]), "byte 3 of 3 is another");
        assert_eq!(
            bytes(&[255, 1], &[255, 1, 3]),
            "2 bytes here, 3 computed again; byte 3 is the first other one"
        );
    }

    #[test]
    fn what_is_put_aside_does_not_count() {
        let (kept, made) = (br#"{"version": "0.1.0", "seed": 1}"#, br#"{"seed": 1, "version": "0.2.0"}"#);
        assert_eq!(first_difference_beside(&["version"], "manifest.json", kept, made), None);
        assert!(first_difference_beside(&["seed"], "manifest.json", kept, made).unwrap().contains("0.2.0"));
    }
}
