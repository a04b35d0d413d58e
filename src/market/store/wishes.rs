//! What the user says about how a file is written, and the flags that messages propose.

use super::header::key;
use super::numbers::Notation;
use super::stamps::{self, Chosen, Format};
use super::vendors::{Columns, Head, Marks};
use crate::base::calendar::Zone;
use crate::base::diagnostic::{Diagnostic, Result};
use crate::base::text::list;

/// How a file is to be read, as it is said on the command line. What is `None` the file must tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HowToRead {
    /// Which columns hold what, by name or by number from 1: `date=Day,close=Last` or `date=1,close=5`.
    /// Roles are `date time open high low close volume symbol released`.
    pub columns: Option<String>,
    /// How dates are written: `DD/MM/YYYY`, `YYYY-MM-DD HH:MM`, `epoch`.
    pub date_format: Option<String>,
    /// The zone of times without a UTC offset, as in `America/New_York`.
    pub timezone: Option<String>,
    /// Whether a stamp marks the `start` or the `end` of its bar.
    pub stamps: Option<String>,
    /// Whether a `point` or a `comma` stands before decimals; the other may stand between thousands.
    pub decimal: Option<String>,
}

/// The same, checked.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub(super) format: Option<Format>,
    pub(super) zone: Option<Zone>,
    pub(super) marks: Option<Marks>,
    pub(super) notation: Option<Notation>,
}

impl Wishes {
    /// # Errors
    /// Where a word is not known.
    pub(super) fn of(said: &HowToRead) -> Result<Self> {
        let format = said.date_format.as_deref().map(|text| {
            Format::named(text).ok_or_else(|| {
                Diagnostic::new(format!("`{text}` is not a known date format"))
                    .hint("write the order of year, month and day and what stands between: `YYYY-MM-DD`, `DD/MM/YYYY`, `MM/DD/YYYY hh:MM AM`, `YYYYMMDD HHMMSS`, `epoch`")
            })
        });
        let marks = said.stamps.as_deref().map(|text| match text {
            "start" => Ok(Marks::Start),
            "end" => Ok(Marks::End),
            _ => Err(Diagnostic::new(format!("`{text}` is neither the start nor the end of a bar"))
                .hint("`--stamps start` or `--stamps end`")),
        });
        let notation = said.decimal.as_deref().map(|text| {
            Notation::named(text).ok_or_else(|| {
                Diagnostic::new(format!("`{text}` is no mark before decimals"))
                    .hint("`--decimal point` for 1,234.5 or `--decimal comma` for 1.234,5")
            })
        });
        Ok(Self {
            format: format.transpose()?,
            zone: said.timezone.as_deref().map(Zone::named).transpose()?,
            marks: marks.transpose()?,
            notation: notation.transpose()?,
        })
    }
}

/// The roles of columns, in the order in which messages name them, and names that tell them.
const ROLES: [(&str, &[&str]); 9] = [
    (
        "date",
        &[
            "date",
            "datetime",
            "timestamp",
            "day",
            "tradedate",
            "datum",
            "fecha",
            "data",
            "opentime",
            "unix",
            "ts",
            "dt",
            "period",
            "time",
        ],
    ),
    ("time", &["time", "hour", "uhrzeit", "hora"]),
    ("open", &["open", "o", "first", "otwarcie", "openprice", "eröffnung", "opening", "apertura"]),
    ("high", &["high", "h", "highest", "max", "highprice", "hoch", "dayhigh"]),
    ("low", &["low", "l", "lowest", "min", "lowprice", "tief", "daylow"]),
    (
        "close",
        &[
            "close",
            "c",
            "last",
            "closeprice",
            "price",
            "settle",
            "settlement",
            "adjclose",
            "nav",
            "value",
            "schluss",
            "schlusskurs",
            "kurs",
            "closing",
            "lastprice",
            "pricelast",
        ],
    ),
    ("volume", &["volume", "v", "vol", "quantity", "umsatz", "volumen", "volumebtc"]),
    ("symbol", &["symbol", "ticker"]),
    (
        "released",
        &["released", "releasedate", "release", "published", "publicationdate", "realtimestart", "vintage"],
    ),
];

/// Which column holds what, as `--columns` says.
///
/// # Errors
/// Where a role or a column is not known, or the date or the close is not told.
pub(super) fn columns(file: &str, said: &str, head: &Head<'_>) -> Result<Columns> {
    let mut places: [Option<usize>; ROLES.len()] = [None; ROLES.len()];
    for pair in said.split(',') {
        let wrong = |what: String| {
            Diagnostic::new(format!("{file}: `--columns {said}`: {what}"))
                .detail(format!("the columns are {}", list(head.columns)))
                .hint("write each as `role=column` with the column's name or number, as in `--columns date=1,close=Last`")
        };
        let Some((role, column)) = pair.split_once('=').map(|(role, column)| (role.trim(), column.trim()))
        else {
            return Err(wrong(format!("`{pair}` is not `role=column`")).into());
        };
        let Some(at) = ROLES.iter().position(|(name, _)| *name == role) else {
            let roles: Vec<&str> = ROLES.iter().map(|(name, _)| *name).collect();
            return Err(wrong(format!("`{role}` is none of {}", roles.join(", "))).into());
        };
        let exact = head.columns.iter().position(|name| name == column);
        let wanted = key(column);
        let alike = || head.columns.iter().position(|name| key(name) == wanted);
        let number = || column.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < head.columns.len());
        let Some(place) = exact.or_else(number).or_else(alike) else {
            return Err(wrong(format!("there is no column `{column}`")).into());
        };
        if places[at].replace(place).is_some() {
            return Err(wrong(format!("`{role}` is told twice")).into());
        }
    }
    let [stamp, clock, open, high, low, close, volume, symbol, released] = places;
    let (Some(stamp), Some(close)) = (stamp, close) else {
        return Err(Diagnostic::new(format!(
            "{file}: `--columns {said}` does not tell the date and the close"
        ))
        .hint("both are needed: `--columns date=…,close=…`")
        .into());
    };
    Ok(Columns {
        stamp,
        clock,
        open,
        high,
        low,
        close,
        volume,
        symbol,
        released,
        end: None,
        quote_volume: None,
        adjusted: None,
    })
}

/// The flag that names these columns, by `names` or, where a name is missing, by number.
pub(super) fn columns_flag(columns: &Columns, names: &[String]) -> String {
    let Columns { stamp, clock, open, high, low, close, volume, symbol, released, .. } = columns;
    let places = [Some(*stamp), *clock, *open, *high, *low, Some(*close), *volume, *symbol, *released];
    let told = ROLES.iter().zip(places).filter_map(|((role, _), place)| {
        let place = place?;
        let name = names.get(place).filter(|name| !name.is_empty() && !name.contains([',', '=', '\'']));
        Some(name.map_or_else(|| format!("{role}={}", place + 1), |name| format!("{role}={name}")))
    });
    let told = told.collect::<Vec<_>>().join(",");
    let plain = |letter: char| letter.is_alphanumeric() || "=,._-".contains(letter);
    if told.chars().all(plain) { format!("--columns {told}") } else { format!("--columns '{told}'") }
}

/// The flags that would read this file, guessed from names and rows; `None` where the date or the close is not found.
pub(super) fn guessed(head: &Head<'_>) -> Option<String> {
    let bare = head.table.header.bare;
    let columns = if bare { by_content(head)? } else { by_name(head)? };
    let names: &[String] = if bare { &[] } else { head.columns };
    let flags = columns_flag(&columns, names);
    let cells = head.table.rows().map(|row| row.cell(columns.stamp));
    let doubtful = columns.clock.is_none().then(|| stamps::choose(Format::ANY, &cells));
    let Some(Chosen::Two(format, other)) = doubtful else { return Some(format!("`{flags}`")) };
    Some(format!("`{flags} --date-format {}` (or `{}`)", format.flag(), other.flag()))
}

fn by_name(head: &Head<'_>) -> Option<Columns> {
    let mut taken: Vec<usize> = Vec::new();
    let keys: Vec<String> = head.columns.iter().map(|name| key(name)).collect();
    let places = ROLES.map(|(_, names)| {
        let place = names.iter().find_map(|name| {
            keys.iter().enumerate().position(|(at, key)| key == name && !taken.contains(&at))
        })?;
        taken.push(place);
        Some(place)
    });
    let [stamp, clock, open, high, low, close, volume, symbol, released] = places;
    // A column under another name that holds dates.
    let dated = || {
        let mut cells = head.table.first_row().cells();
        cells.position(|cell| Format::ANY.iter().any(|format| format.parse(cell).is_some()))
    };
    let stamp = stamp.or_else(dated);
    Some(Columns {
        stamp: stamp?,
        clock,
        open,
        high,
        low,
        close: close?,
        volume,
        symbol,
        released,
        end: None,
        quote_volume: None,
        adjusted: None,
    })
}

/// A file without names: a date first, and the first order of prices that fits every row.
fn by_content(head: &Head<'_>) -> Option<Columns> {
    let first = head.table.first_row();
    let reads = |text: &str| Format::ANY.iter().any(|format| format.parse(text).is_some());
    if !reads(first.cell(0)) {
        return None;
    }
    let clock = first.cell(1).contains(':').then_some(1);
    let from = 1 + clock.map_or(0, |_| 1);
    let volume = (first.width() == from + 5).then_some(from + 4);
    let orders =
        [[0, 1, 2, 3], [0, 2, 3, 1], [2, 1, 0, 3], [3, 1, 2, 0]].map(|order| order.map(|at| at + from));
    let [open, high, low, close] = *orders.iter().find(|order| {
        order.iter().all(|at| first.cell(*at).parse::<f64>().is_ok()) && head.bars_in(**order)
    })?;
    let (open, high, low) = (Some(open), Some(high), Some(low));
    Some(Columns { stamp: 0, clock, open, high, low, close, volume, ..Columns::default() })
}
