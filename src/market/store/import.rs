//! From a vendor's file to a checked series, in steps that each have a file of their own.
//!
//! 1. `table` cuts the text into cells.
//! 2. `vendors` recognises the layout.
//! 3. `symbols` and `session` tell which market it is and when it trades.
//! 4. `bars` checks every row; `fast` reads large clean files, `releases` values with release dates.
//! 5. `times` decides when each bar was known.
//! 6. `check` says what else should be known before the series is trusted.

use std::path::PathBuf;

use super::bars::{self, Bars, Demands};
use super::catalogue;
use super::check;
use super::fast;
use super::releases::{self, Places};
use super::session::{self, SessionSpec};
use super::stamps::Format;
use super::symbols::{self, FileName, Kind};
use super::table::{self, Table};
use super::times::{self, Times};
use super::vendors::{self, ADJUSTMENTS, Head, Layout, Markets, Pick, SIMULATED};
use crate::base::calendar::Session;
use crate::base::diagnostic::{Diagnostic, Failure, Result, nearest};
use crate::market::series::{Provenance, Rows, Series};

/// How old a row may be before it counts as missing, in days, for everything but macro series.
const STALE_AFTER_DAYS: f64 = 5.0;

/// A file to read and what the user says about it. What is `None` the file must tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportRequest {
    /// The file; its name and folder may tell symbol and vendor.
    pub path: PathBuf,
    /// The symbol to store it under.
    pub symbol: Option<String>,
    /// The vendor to store it under; lower-case letters, digits and `-`.
    pub vendor: Option<String>,
    /// When its market trades.
    pub session: SessionSpec,
    /// What its prices are adjusted for: one of [`ADJUSTMENTS`].
    pub adjustment: Option<String>,
    /// The column with the date on which each value was released.
    pub released_column: Option<String>,
}

impl ImportRequest {
    /// A file about which nothing is said.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }
}

/// A checked series that is not yet in a store.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The bars.
    pub series: Series,
    /// The bar length as text: `1d`, `4h`.
    pub bar: String,
    /// What the user should read.
    pub report: ImportReport,
}

/// What was found in a file, in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The file's base name.
    pub file: String,
    /// What a store will call it: `IWM@yahoo`, `RUT@interactive-brokers/1h`.
    pub name: String,
    /// Number of bars.
    pub rows: usize,
    /// Label of the first bar.
    pub first: String,
    /// Label of the last bar.
    pub last: String,
    /// One line: layout, when bars are known, what prices are adjusted for.
    pub explanation: String,
    /// What was read in an unusual way or left out.
    pub facts: Vec<String>,
    /// What should be known before the series is trusted.
    pub warnings: Vec<Diagnostic>,
}

/// Reads one file. No store is touched.
///
/// # Errors
/// Where the file cannot be read, has no known layout, does not tell its symbol or session, or has a bad row.
pub fn read_file(request: &ImportRequest) -> Result<Imported> {
    let bytes = std::fs::read(&request.path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Diagnostic::new(format!("there is no file `{}`", request.path.display()))
                .hint("check the path; paths are relative to the folder the command is called in")
                .into()
        }
        _ => Failure::io("read", &request.path, &error),
    })?;
    read_bytes(&bytes, request)
}

/// Reads several files: all of them, or none and every file's faults.
///
/// # Errors
/// As [`read_file`], with the messages of every file that was refused.
pub fn read_files(requests: &[ImportRequest]) -> Result<Vec<Imported>> {
    let mut taken = Vec::new();
    let mut refused = Vec::new();
    for request in requests {
        match read_file(request) {
            Ok(imported) => taken.push(imported),
            Err(failure) => refused.extend_from_slice(failure.diagnostics()),
        }
    }
    Failure::from_all(refused).map_or(Ok(taken), Err)
}

/// Reads a file's content from memory, as the embedded sample does; `request.path` names it.
///
/// # Errors
/// As [`read_file`].
pub fn read_bytes(bytes: &[u8], request: &ImportRequest) -> Result<Imported> {
    let file = request.path.display().to_string();
    let text = text_of(&file, bytes)?;
    let table = Table::top(&file, text)?;
    let name = FileName::of(&request.path);
    let (layout, columns) = vendors::recognise(&file, &Head::new(&table, &name))?;
    let vendor = vendor_of(request, layout, &name)?;
    let known = vendors::vendor(&vendor);
    let markets = vendors::vendor(layout.vendor)
        .filter(|vendor| vendor.markets != Markets::Any)
        .or(known)
        .map_or(Markets::Any, |vendor| vendor.markets);
    let symbol = symbol_of(&file, request, layout, &table, columns.symbol, &name)?;
    let released = releases::column(&file, &table.header, request.released_column.as_deref())?;
    let released = released.filter(|_| request.released_column.is_some() || columns.open.is_none());
    let said = with_release_lag(&request.session, released);
    let session = session::decide(&file, &said, markets, &symbol, name.us_listed)?;
    let is_macro = matches!(session, Session::Macro { .. });
    if released.is_some() && !is_macro {
        return Err(Diagnostic::new(format!(
            "{file}: release dates belong to session macro, not to {}",
            session.name()
        ))
        .hint("leave the release column out of the file, or say `--session macro`")
        .into());
    }
    let demands = Demands { any_value: is_macro, gaps: layout.gaps || is_macro };
    let rows = || match released {
        Some(released) => {
            let places = Places { observed: columns.stamp, value: columns.close, released };
            releases::read(&file, &Table::read(&file, text)?, places)
        }
        None => Ok((read_rows(&file, text, &table.header, layout, &columns, demands)?, Vec::new())),
    };
    // The hash of a large file takes as long as a part of its rows.
    let (hash, rows) = rayon::join(|| blake3::hash(bytes), rows);
    let (mut bars, mut facts_of_rows) = rows?;
    let times = times::of(&file, &bars, layout.marks, &session)?;
    let stated = [Some(layout.adjustment), known.map(|vendor| vendor.adjustment)];
    let adjustment = adjustment_of(request, &symbol, &session, &stated)?;
    facts_of_rows.extend(facts(&table, layout, &columns, released, &bars));
    let mut report = Report { facts: facts_of_rows, warnings: Vec::new() };
    let volume = report.volume(&mut bars);
    let stale_after = match session {
        Session::Macro { release_lag_days } => 2.0 * times.period_days + f64::from(release_lag_days),
        _ => STALE_AFTER_DAYS,
    };
    let adjusted = if vendor == SIMULATED {
        "simulated prices"
    } else {
        adjusted_in_words(adjustment, &session, released.is_some())
    };
    let explanation = format!("{}; {}; {adjusted}", layout.title, times.explanation);
    let provenance = Provenance {
        symbol,
        simulated: vendor == SIMULATED,
        vendor,
        file: request
            .path
            .file_name()
            .map_or_else(|| file.clone(), |base| base.to_string_lossy().into_owned()),
        hash: hash.to_hex().to_string(),
        adjustment: adjustment.to_owned(),
    };
    let Times { kind, bar, labels, opens_at, known_at, .. } = times;
    let Bars { open, high, low, close, .. } = bars;
    let rows = Rows { labels, opens_at, known_at, open, high, low, close, volume };
    let series = Series::new(provenance, session, kind, stale_after, rows)?;
    Ok(report.finish(series, bar, explanation))
}

/// The quick way where nothing is unusual, else the thorough one.
fn read_rows(
    file: &str,
    text: &str,
    header: &[String],
    layout: &Layout,
    columns: &vendors::Columns,
    demands: Demands,
) -> Result<Bars> {
    match fast::read(table::below_header(text), header.len(), layout, columns, demands) {
        Some(bars) => Ok(bars),
        None => bars::read(file, &Table::read(file, text)?, layout, columns, demands),
    }
}

/// The facts and warnings that are collected on the way.
struct Report {
    facts: Vec<String>,
    warnings: Vec<Diagnostic>,
}

impl Report {
    /// The volumes to keep: all rows' or none.
    fn volume(&mut self, bars: &mut Bars) -> Vec<f64> {
        let blank = bars.blank_volumes;
        if blank > 0 {
            let of = bars.volume.len();
            let what =
                if blank == of { "in every row".to_owned() } else { format!("in {blank} of {of} rows") };
            self.warnings
                .push(Diagnostic::new(format!("volume is blank {what}")).detail(
                    "the series has no volume: a blank is not a zero, so none of the column is kept",
                ));
            return Vec::new();
        }
        let swapped = bars.swapped;
        if swapped > 0 {
            self.warnings.push(
                Diagnostic::new(format!("the two volume columns look swapped in {swapped} of {} rows", bars.close.len()))
                    .detail("there, coins times price do not give the other currency's volume, but the other way round do")
                    .hint("prices are not touched by this; do not use `volume` of this series over its whole history"),
            );
        }
        std::mem::take(&mut bars.volume)
    }

    fn finish(mut self, series: Series, bar: String, explanation: String) -> Imported {
        self.warnings.extend(check::check_series(&series).iter().map(check::Finding::diagnostic));
        let report = ImportReport {
            file: series.provenance().file.clone(),
            name: catalogue::name_of(&series, &bar),
            rows: series.len(),
            first: series.label(0).to_string(),
            last: series.label(series.len() - 1).to_string(),
            explanation,
            facts: self.facts,
            warnings: self.warnings,
        };
        Imported { series, bar, report }
    }
}

pub(super) fn text_of<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str> {
    const PACKED: [(&[u8], &str, &str); 5] = [
        (b"\x1f\x8b", "a gzip archive", "unpack it with `gunzip` and import the CSV file inside"),
        (b"PK\x03\x04", "a zip archive", "unpack it and import the CSV file inside"),
        (b"PAR1", "a Parquet file", "export it as CSV with the columns `date,open,high,low,close,volume`"),
        (b"ARROW1", "an Arrow file", "export it as CSV with the columns `date,open,high,low,close,volume`"),
        (b"\xff\xfe", "text in UTF-16", "save it as UTF-8"),
    ];
    if let Some((_, what, remedy)) = PACKED.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return Err(Diagnostic::new(format!("{file}: this is {what}, which is not read yet"))
            .hint(*remedy)
            .into());
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let line = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).matches('\n').count() + 1;
        Diagnostic::new(format!("{file}:{line}: the file is not text in UTF-8"))
            .hint("import the CSV file as the vendor sent it, or save it as UTF-8")
            .into()
    })
}

/// A column of release dates makes a file one of published values, each known at the end of its release date.
fn with_release_lag(said: &SessionSpec, released: Option<usize>) -> SessionSpec {
    let is_macro = said.kind.as_deref().is_none_or(|kind| kind == "macro");
    if released.is_none() || !is_macro {
        return said.clone();
    }
    let lag = said.release_lag_days.or(Some(releases::LAG_DAYS));
    SessionSpec { kind: Some("macro".to_owned()), release_lag_days: lag, ..said.clone() }
}

/// The vendor's name: of simulated files always that; else the user's word, the header's, the folder's.
fn vendor_of(request: &ImportRequest, layout: &Layout, name: &FileName) -> Result<String> {
    if layout.vendor == SIMULATED {
        return Ok(SIMULATED.to_owned());
    }
    if let Some(said) = &request.vendor {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let valid = !said.is_empty() && said.len() <= 32 && said.bytes().all(allowed) && said != SIMULATED;
        if !valid {
            return Err(Diagnostic::new(format!("`{said}` cannot be a vendor's name"))
                .hint("use lower-case letters, digits and `-`, as in `yahoo-adjusted`; `simulated` is kept for sample data")
                .into());
        }
        return Ok(said.clone());
    }
    let folder = vendors::vendor(&name.folder)
        .filter(|_| layout.vendor == "plain")
        .filter(|vendor| vendor.name != SIMULATED);
    Ok(folder.map_or(layout.vendor, |vendor| vendor.name).to_owned())
}

/// The symbol: the user's word, the file's own column, FRED's column name, the file's name.
fn symbol_of(
    file: &str,
    request: &ImportRequest,
    layout: &Layout,
    table: &Table,
    column: Option<usize>,
    name: &FileName,
) -> Result<String> {
    if let Some(said) = &request.symbol {
        return symbols::normal(said);
    }
    if let Some(cell) = column.and_then(|column| table.rows.first().map(|row| row.cell(column)))
        && let Ok(symbol) = symbols::normal(cell)
    {
        return Ok(symbol);
    }
    if let Pick::Nth(value) = layout.close
        && let Some(named) = table.header.get(value)
    {
        return symbols::normal(named);
    }
    name.symbol.clone().ok_or_else(|| {
        Diagnostic::new(format!("{file}: which market this is cannot be told from its columns or name"))
            .hint("name it with `--symbol S`, as in `--symbol IWM`")
            .into()
    })
}

/// What prices are adjusted for: the user's word, what such a market can have, what the layout or the vendor says.
fn adjustment_of(
    request: &ImportRequest,
    symbol: &str,
    session: &Session,
    stated: &[Option<&'static str>],
) -> Result<&'static str> {
    if let Some(said) = &request.adjustment {
        return ADJUSTMENTS.iter().find(|known| *known == said).copied().ok_or_else(|| {
            let diagnostic = Diagnostic::new(format!("unknown adjustment `{said}`"));
            match nearest(said, ADJUSTMENTS.iter().copied()) {
                Some(near) => diagnostic.hint(format!("did you mean `{near}`?")).into(),
                None => diagnostic.hint(format!("one of {}", ADJUSTMENTS.join(", "))).into(),
            }
        });
    }
    let nothing_to_adjust =
        matches!(
            session,
            Session::Crypto | Session::CryptoCut(_) | Session::Cboe | Session::Fx | Session::Macro { .. }
        ) || matches!(symbols::kind(symbol), Some(Kind::Index | Kind::Volatility | Kind::Crypto));
    if nothing_to_adjust {
        return Ok("none");
    }
    Ok(stated.iter().flatten().find(|word| **word != "unknown").copied().unwrap_or("unknown"))
}

fn adjusted_in_words(adjustment: &str, session: &Session, is_as_released: bool) -> &'static str {
    match (adjustment, session) {
        ("split", _) => "prices split-adjusted, not dividend-adjusted",
        ("split-and-dividend", _) => "prices adjusted for splits and dividends",
        ("none", Session::Macro { .. }) if is_as_released => "values as they were released",
        ("none", Session::Macro { .. }) => "values of the vendor's latest revision",
        ("none", _) => "prices as traded, not adjusted",
        _ => "what prices are adjusted for is not known",
    }
}

/// What was read in an unusual way or left out.
fn facts(
    table: &Table,
    layout: &Layout,
    columns: &vendors::Columns,
    released: Option<usize>,
    bars: &Bars,
) -> Vec<String> {
    let mut facts = Vec::new();
    if bars.reversed {
        facts.push("the newest row comes first: read backwards".to_owned());
    }
    match bars.format {
        Some(Format::UsDate) => facts.push("dates are written month first (MM/DD/YYYY)".to_owned()),
        Some(Format::Epoch) => facts.push(format!("times are written in {} since 1970", epoch_units(bars))),
        _ => {}
    }
    if bars.missing > 0 {
        let rows = bars.missing + bars.close.len();
        facts.push(format!("{} of {rows} rows hold no value and are not stored", bars.missing));
    }
    let used = [
        Some(columns.stamp),
        columns.end,
        columns.open,
        columns.high,
        columns.low,
        Some(columns.close),
        columns.volume,
        columns.symbol,
        released,
    ];
    let unused: Vec<&str> = (0..table.header.len())
        .filter(|at| !used.contains(&Some(*at)))
        .map(|at| table.header[at].as_str())
        .collect();
    if !unused.is_empty() {
        facts.push(format!("columns not used: {}", unused.join(", ")));
    }
    if layout.vendor != SIMULATED && columns.open.is_none() && !layout.gaps {
        facts.push("no opens: entries and exits at an open cannot be simulated on this series".to_owned());
    }
    facts
}

fn epoch_units(bars: &Bars) -> String {
    const UNITS: [(i64, &str); 3] =
        [(1_000_000, "seconds"), (1_000, "milliseconds"), (1, "microseconds or finer")];
    let written = |unit: i64| bars.stamps.iter().any(|stamp| stamp.unit == unit);
    let named = UNITS.iter().filter(|(unit, _)| written(*unit)).map(|(_, name)| *name);
    named.collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests;
