//! From a vendor's file to a checked series, in steps that each have a file of their own.
//!
//! 1. `unpack` takes gz and zip away.
//! 2. `table` cuts the text into cells, `frame` does it with Parquet and Arrow; `header` finds the names of columns.
//! 3. `layouts` recognises the vendor's layout, or `wishes` says what the user wants instead.
//! 4. `symbols` and `session` tell which market it is and when it trades.
//! 5. `reading` decides how dates and numbers are written: told, or refused.
//! 6. `bars` checks every row.
//! 7. `times` decides when each bar was known; `releases` does both for values with dates of release.
//! 8. `check` says what else should be known before the series is trusted.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::bars::{self, Bars, Demands, How};
use super::check::Finding;
use super::frame::Frame;
use super::limits::LARGEST;
use super::releases::{self, Releases};
use super::report::Report;
use super::session::SessionSpec;
use super::symbols::{self, FileName, Kind};
use super::table::Table;
use super::times::{self, Times};
use super::unpack::{Content, unpack};
use super::vendors::{self, ADJUSTMENTS, Columns, Head, Layout, Markets, SIMULATED};
use super::wishes::{self, HowToRead, Wishes};
use super::{catalogue, check, fast, layouts, reading};
use crate::base::calendar::{Label, LabelKind, Session};
use crate::base::diagnostic::{Diagnostic, Failure, Result, Severity, nearest};
use crate::base::file;
use crate::base::text::quoted;
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
    /// How its cells are written, where the file does not tell.
    pub reading: HowToRead,
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
    /// What makes results wrong; the file is taken as it is.
    pub errors: Vec<Diagnostic>,
    /// What should be known before the series is trusted.
    pub warnings: Vec<Diagnostic>,
}

/// Reads one file. No store is touched.
///
/// # Errors
/// Where the file cannot be read, has no known layout, does not tell its symbol or session, or has a bad row.
pub fn read_file(request: &ImportRequest) -> Result<Imported> {
    let path = request.path.display().to_string();
    // Opening a pipe or a device can wait, or take away what is in it.
    let file = file::is_regular(&request.path).then(|| File::open(&request.path).ok()).flatten();
    let sample = file.and_then(|file| fast::Sample::of_file(&path, file));
    if let Some(imported) = sample.as_ref().and_then(|sample| read_quickly(&path, sample, request)) {
        return Ok(imported);
    }
    let bytes = file::read(&request.path, LARGEST).map_err(|error| unread(&request.path, &error))?;
    // Where the quick way gave up, it would again.
    read_all(&bytes, request, sample.is_none())
}

/// Why a file was not read.
fn unread(path: &Path, error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Diagnostic::new(format!("there is no file `{}`", path.display()))
            .hint("check the path; paths are relative to the folder the command is called in")
            .into(),
        ErrorKind::InvalidInput => Diagnostic::new(format!("cannot read `{}`: {error}", path.display()))
            .hint("name a price file: CSV, Parquet or Arrow, plain or packed as gz or zip")
            .into(),
        ErrorKind::FileTooLarge => Diagnostic::new(format!("cannot read `{}`: {error}", path.display()))
            .detail("only text in which nothing is unusual is read piece by piece: no quotes, blank lines or bad rows")
            .hint("import it in parts: rows of later files are added to the series")
            .into(),
        _ => Failure::io("read", path, error),
    }
}

/// Reads a large file of text piece by piece; `None` where that leaves any doubt.
fn read_quickly(path: &str, sample: &fast::Sample<'_>, request: &ImportRequest) -> Option<Imported> {
    let wishes = Wishes::of(&request.reading).ok()?;
    let name = FileName::of(&request.path);
    let source = Source { bytes: None, file: path, name, facts: Vec::new(), request, wishes };
    source.interpret(&sample.table, Rest::Text(sample)).ok()
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
    read_all(bytes, request, true)
}

/// Reads a file's content, the quick way where that may be tried and leaves no doubt.
fn read_all(bytes: &[u8], request: &ImportRequest, quickly: bool) -> Result<Imported> {
    let wishes = Wishes::of(&request.reading)?;
    let unpacked = unpack(&request.path, bytes)?;
    let name = FileName::first_of(&unpacked.names);
    let source =
        Source { bytes: Some(bytes), file: &unpacked.file, name, facts: unpacked.facts, request, wishes };
    let frame = match &unpacked.content {
        Content::Text(text) => {
            if quickly
                && let Some(sample) = fast::Sample::of(source.file, text)
                && let Ok(imported) = source.interpret(&sample.table, Rest::Text(&sample))
            {
                return Ok(imported);
            }
            return source.interpret(&Table::read(source.file, text)?, Rest::Nothing);
        }
        Content::Parquet(bytes) => Frame::parquet(source.file, bytes)?,
        Content::Arrow(bytes) => Frame::arrow(source.file, bytes)?,
    };
    source.interpret(&frame.sample()?, Rest::Frame(&frame))
}

/// What of a file is not in the table that shows what it is.
#[derive(Clone, Copy)]
enum Rest<'r, 'a> {
    Nothing,
    /// Rows of a text that is read the quick way.
    Text(&'r fast::Sample<'a>),
    /// Rows of a table that a program wrote.
    Frame(&'r Frame<'r>),
}

/// A file's content and what is said about it.
struct Source<'a> {
    /// All of it, where it is in memory.
    bytes: Option<&'a [u8]>,
    /// Its name in messages.
    file: &'a str,
    name: FileName,
    facts: Vec<String>,
    request: &'a ImportRequest,
    wishes: Wishes,
}

impl Source<'_> {
    /// Takes the steps from the third on. `table` shows what the file is; `rest` is what of it is elsewhere.
    fn interpret(&self, table: &Table, rest: Rest<'_, '_>) -> Result<Imported> {
        let (mut identity, mut columns) = self.identify(table)?;
        if let Rest::Frame(frame) = rest {
            let is_whole = table.header.bare || matches!(identity.releases, Some(Releases::Vintages(_)));
            let mut used = if is_whole { frame.readable() } else { Vec::new() };
            used.extend(columns.places());
            used.sort_unstable();
            used.dedup();
            let table = frame.read(table, &used)?;
            columns = columns.among(&used);
            identity.releases = Releases::of(&table, &columns, identity.layout);
            return self.check(&table, None, identity, columns);
        }
        let sample = if let Rest::Text(sample) = rest { Some(sample) } else { None };
        self.check(table, sample, identity, columns)
    }

    /// The same once it is known what the file is.
    fn check(
        &self,
        table: &Table,
        sample: Option<&fast::Sample<'_>>,
        identity: Identity,
        columns: Columns,
    ) -> Result<Imported> {
        let Self { file, request, .. } = self;
        let Identity { layout, session, .. } = &identity;
        let is_macro = session.is_published();
        let how = How {
            reading: reading::decide(file, table, layout, &columns, &self.wishes)?,
            formats: self.wishes.format.as_ref().map_or(layout.formats, std::slice::from_ref),
            columns,
            demands: Demands { any_value: is_macro, gaps: layout.gaps || is_macro },
        };
        let (rows, hash) =
            rayon::join(|| self.rows(table, sample, &identity, &how), || self.bytes.map(blake3::hash));
        let Read { mut bars, times, facts, hash: of_file } = rows?;
        let hash = hash.or(of_file).ok_or_else(left_to_the_thorough_way)?;
        let mut report = Report { facts: self.facts.clone(), warnings: Vec::new() };
        report.facts.extend(facts);
        let adjustment = self.adjustment(&identity, &times, &bars, &mut report)?;
        report.tell(table, layout, &how.columns, &how.reading, &bars);
        report.facts.extend(idle(request, session, times.kind));
        let findings = of_columns(&times, &bars);
        let volume = report.volume(&mut bars);
        let stale_after = match session {
            Session::Macro { release_lag_days } => 2.0 * times.period_days + f64::from(*release_lag_days),
            Session::Released(_) => 2.0 * times.period_days,
            _ => STALE_AFTER_DAYS,
        };
        let simulated = identity.vendor == SIMULATED;
        let adjusted = if simulated { "simulated prices" } else { adjusted_in_words(adjustment, session) };
        let explanation = format!("{}; {}; {adjusted}", layout.title, times.explanation);
        let base = request.path.file_name();
        let provenance = Provenance {
            symbol: identity.symbol,
            simulated,
            vendor: identity.vendor,
            bar: catalogue::named_bar(&times.bar, is_macro),
            file: base.map_or_else(|| (*file).to_owned(), |base| base.to_string_lossy().into_owned()),
            hash: hash.to_hex().to_string(),
            adjustment: adjustment.to_owned(),
        };
        let Times { kind, bar, labels, opens_at, known_at, .. } = times;
        let Bars { open, high, low, close, .. } = bars;
        let rows = Rows { labels, opens_at, known_at, open, high, low, close, volume };
        let series = Series::new(provenance, identity.session, kind, stale_after, rows)?;
        Ok(finish(report, series, bar, explanation, findings))
    }

    /// Whose layout it is, which market it tells of, and when that trades; and which columns hold what.
    fn identify(&self, table: &Table) -> Result<(Identity, Columns)> {
        let Self { file, request, name, .. } = self;
        let (layout, columns) = layout_of(file, request, &Head::new(table, name))?;
        let vendor = vendor_of(request, layout, name)?;
        let markets = vendors::vendor(layout.vendor)
            .filter(|vendor| vendor.markets != Markets::Any)
            .or(vendors::vendor(&vendor))
            .map_or(Markets::Any, |vendor| vendor.markets);
        let (symbol, us_listed) = symbol_of(file, request, layout, table, columns.symbol, name)?;
        let coin = symbols::coin(&symbol).filter(|_| markets == Markets::Coins && request.symbol.is_none());
        let symbol = coin.unwrap_or(symbol);
        let releases = Releases::of(table, &columns, layout);
        let market = (markets, symbol.as_str(), us_listed);
        let session = releases::session(file, &request.session, market, releases.as_ref())?;
        Ok((Identity { layout, vendor, symbol, session, releases }, columns))
    }

    /// Every row with its times, and what should be said of them.
    fn rows(
        &self,
        table: &Table,
        sample: Option<&fast::Sample<'_>>,
        identity: &Identity,
        how: &How<'_>,
    ) -> Result<Read> {
        let (file, session) = (self.file, &identity.session);
        let (mut bars, hash) = match (&identity.releases, sample) {
            (Some(releases), None) => {
                let (bars, times, facts) = releases.read(file, table, &how.reading, &how.columns, session)?;
                return Ok(Read { bars, times, facts, hash: None });
            }
            (Some(_), Some(_)) => return Err(left_to_the_thorough_way()),
            (None, Some(sample)) => fast::read(sample, how).ok_or_else(left_to_the_thorough_way)?,
            (None, None) => (bars::read(file, table, &how.reading, &how.columns, how.demands)?, None),
        };
        let times = times::of(file, &mut bars, how.reading.marks, session)?;
        Ok(Read { bars, times, facts: Vec::new(), hash })
    }

    /// What is known of splits and dividends: said by the user, by the layout or the vendor, or told by the prices.
    fn adjustment(
        &self,
        identity: &Identity,
        times: &Times,
        bars: &Bars,
        report: &mut Report,
    ) -> Result<&'static str> {
        let Identity { layout, vendor, symbol, session, .. } = identity;
        let known = vendors::vendor(vendor);
        let stated = [Some(layout.adjustment), known.map(|vendor| vendor.adjustment)];
        let adjustment = adjustment_of(self.request, symbol, session, &stated)?;
        let open = self.request.adjustment.is_none() && adjustment == "unknown";
        if !(vendor == "yahoo" && open && is_quoted(times, bars)) {
            return Ok(adjustment);
        }
        report.facts.push(
            "closes are whole cents long before the last dividend: not adjusted for dividends, only for splits as all of Yahoo's".to_owned(),
        );
        // Yahoo takes splits out of every price it gives.
        Ok("split")
    }
}

/// What was read of a file: its rows but for their times, and its hash where it was not in memory.
struct Read {
    bars: Bars,
    times: Times,
    facts: Vec<String>,
    hash: Option<blake3::Hash>,
}

/// What a file is.
struct Identity {
    layout: &'static Layout,
    vendor: String,
    symbol: String,
    session: Session,
    releases: Option<Releases>,
}

/// Said to the caller alone, who then reads the file the thorough way.
fn left_to_the_thorough_way() -> Failure {
    Diagnostic::new("left to the thorough way").into()
}

/// Flags that were said and change nothing, because rows are dates and the session says when they are known.
fn idle(request: &ImportRequest, session: &Session, kind: LabelKind) -> Option<String> {
    let reading = &request.reading;
    let zone = reading.timezone.is_some() && !matches!(session, Session::Custom(Some(_)));
    let said = [(zone, "--timezone"), (reading.stamps.is_some(), "--stamps")];
    let said: Vec<&str> = said.iter().filter(|(said, _)| *said).map(|(_, flag)| *flag).collect();
    let idle = kind == LabelKind::Date && !said.is_empty();
    idle.then(|| {
        format!(
            "{} changed nothing: rows are days, and the session says when they are known",
            said.join(" and ")
        )
    })
}

/// Whether the closes of days are as they were quoted.
fn is_quoted(times: &Times, bars: &Bars) -> bool {
    let labels = || times.labels.iter().map(|&label| Label::from_micros(label, times.kind));
    times.kind == LabelKind::Date && check::is_quoted(&labels().collect::<Vec<_>>(), &bars.close)
}

/// What is found by columns that the series does not keep.
fn of_columns(times: &Times, bars: &Bars) -> Vec<Finding> {
    let label = |row: usize| Label::from_micros(times.labels[row], times.kind);
    [
        check::swapped(label, bars.swapped, bars.close.len()),
        check::adjusted_close(label, &bars.close, &bars.adjusted),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Adds what the checks find, `findings` of the file's other columns first.
fn finish(
    mut report: Report,
    series: Series,
    bar: String,
    explanation: String,
    findings: Vec<Finding>,
) -> Imported {
    let findings = findings.into_iter().chain(check::check_series(&series));
    let (errors, warnings): (Vec<Finding>, Vec<Finding>) =
        findings.partition(|finding| finding.severity == Severity::Error);
    // Rounding is how some vendors write every file and harms nothing: a fact here, though `data check` lists it.
    let (noise, warnings): (Vec<Finding>, Vec<Finding>) = warnings.into_iter().partition(Finding::is_fact);
    report.facts.extend(noise.into_iter().map(|finding| finding.what));
    report.warnings.extend(warnings.iter().map(Finding::diagnostic));
    let report = ImportReport {
        file: series.provenance().file.clone(),
        name: series.provenance().full_name(),
        rows: series.len(),
        first: series.label(0).to_string(),
        last: series.label(series.len() - 1).to_string(),
        explanation,
        facts: report.facts,
        errors: errors.iter().map(Finding::diagnostic).collect(),
        warnings: report.warnings,
    };
    Imported { series, bar, report }
}

/// The layout that the file shows, or the columns that the user names.
fn layout_of(file: &str, request: &ImportRequest, head: &Head<'_>) -> Result<(&'static Layout, Columns)> {
    match &request.reading.columns {
        Some(said) => Ok((&layouts::TOLD, wishes::columns(file, said, head)?)),
        None => layouts::recognise(file, head),
    }
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
            return Err(Diagnostic::new(format!("`{}` cannot be a vendor's name", quoted(said)))
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

/// The symbol and whether the file says it is listed in the US: the user's word, the file's own column or ticker,
/// FRED's column name, the file's name.
fn symbol_of(
    file: &str,
    request: &ImportRequest,
    layout: &Layout,
    table: &Table,
    column: Option<usize>,
    name: &FileName,
) -> Result<(String, bool)> {
    if let Some(said) = &request.symbol {
        return symbols::normal(said).map(|symbol| (symbol, name.us_listed));
    }
    let cell = column.map(|column| table.first_row().cell(column));
    if let Some(cell) = cell.or(table.header.ticker.as_deref())
        && let Ok(symbol) = symbols::listed(cell)
    {
        return Ok(symbol);
    }
    if let Some(name) = published_name(layout, table) {
        return symbols::normal(name).map(|symbol| (symbol, false));
    }
    name.symbol.clone().map(|symbol| (symbol, name.us_listed)).ok_or_else(|| {
        Diagnostic::new(format!("{file}: which market this is cannot be told from its columns or name"))
            .hint("name it with `--symbol S`, as in `--symbol IWM`")
            .hint(format!(
                "where the symbol does not tell when it trades, add `--session` and one of {}",
                Session::NAMES.join(", ")
            ))
            .into()
    })
}

/// FRED names the column of values after the series; ALFRED writes a vintage's date behind it.
fn published_name<'a>(layout: &Layout, table: &'a Table) -> Option<&'a str> {
    let names = &table.header.names;
    match layout.vendor {
        "fred" => Some(names[1].as_str()),
        "alfred" => match releases::vintages(names) {
            Some(vintages) => Some(vintages.name),
            None if layout.close_is_named() => None,
            None => Some(names[1].as_str()),
        },
        _ => None,
    }
    .filter(|name| *name != "VALUE")
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
    let nothing_to_adjust = matches!(session, Session::Crypto | Session::Cboe)
        || session.is_published()
        || matches!(symbols::kind(symbol), Some(Kind::Index | Kind::Volatility | Kind::Crypto));
    if nothing_to_adjust {
        return Ok("none");
    }
    Ok(stated.iter().flatten().find(|word| **word != "unknown").copied().unwrap_or("unknown"))
}

/// What prices are adjusted for, as an explanation says it.
pub(super) fn adjusted_in_words(adjustment: &str, session: &Session) -> &'static str {
    match (adjustment, session) {
        ("split", _) => "prices split-adjusted, not dividend-adjusted",
        ("split-and-dividend", _) => "prices adjusted for splits and dividends",
        ("none", Session::Macro { .. }) => "values of the vendor's latest revision",
        ("none", Session::Released(_)) => "values as they were known at the time",
        ("none", _) => "prices as traded, not adjusted",
        _ => "what prices are adjusted for is not known",
    }
}

#[cfg(test)]
mod tests;
