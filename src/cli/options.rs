//! Every command and option. Help comes from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::base::calendar::{Date, Session, parse_date};
use crate::base::diagnostic::{self, Diagnostic, Exit, Failure};
use crate::market::store::ADJUSTMENTS;
use crate::results::recorded::{LEAST_CAPITAL, MOST_CAPITAL};

/// Was it ever true that the laggard catches up?
///
/// Write the rule as a sentence, sweep its parameters over real history, and read a report that says what
/// was earned and how much the history can bear. `catchup demo` shows it all on embedded data.
#[derive(Debug, Parser)]
#[command(name = "catchup", version, max_term_width = 80, propagate_version = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// More threads than any machine that this runs on has cores; starting thousands takes longer than the work.
const MOST_THREADS: i64 = 256;

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub(super) struct Common {
    /// Folder of the market store [default: data/store].
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub(super) store: Option<PathBuf>,
    /// Folder for the results [default: results/<name>-<kind>-<hash>].
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub(super) out: Option<PathBuf>,
    /// First label that counts, as 2020-01-31; earlier history still feeds highs and averages.
    #[arg(long, global = true, value_name = "DATE", help_heading = "Everywhere", value_parser = parse_date)]
    pub(super) from: Option<Date>,
    /// Last label that counts.
    #[arg(long, global = true, value_name = "DATE", help_heading = "Everywhere", value_parser = parse_date)]
    pub(super) to: Option<Date>,
    /// Threads to use, at most 256 [default: all cores]; changes no result.
    #[arg(long, global = true, value_name = "N", help_heading = "Everywhere", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    pub(super) threads: Option<u16>,
    /// Seed of every random stream.
    #[arg(long, global = true, value_name = "N", default_value_t = 1, help_heading = "Everywhere")]
    pub(super) seed: u64,
    /// Form of what goes to standard output.
    #[arg(long, global = true, default_value = "text", help_heading = "Everywhere")]
    pub(super) format: Format,
    /// Say only what was asked for, and errors.
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub(super) quiet: bool,
    /// Colours (see also `NO_COLOR`).
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN", help_heading = "Everywhere")]
    pub(super) color: Color,
}

impl Common {
    /// The threads asked for.
    ///
    /// # Errors
    /// Where the machine cannot start them.
    pub(super) fn pool(&self) -> diagnostic::Result<rayon::ThreadPool> {
        let threads = self.threads.map_or(0, usize::from);
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
            Failure::from(Diagnostic::new(format!("threads cannot be started: {error}")))
                .with_exit(Exit::Failed)
        })
    }
}

/// Form of what goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The whole tour on embedded data: import, sweep, study, report.
    Demo,
    /// The market store: import price files, list and check them.
    #[command(subcommand)]
    Data(DataCommand),
    /// Strategy files: list, check, explain, start a new one.
    #[command(subcommand)]
    Strategy(StrategyCommand),
    /// One combination: its trades, its equity, its metrics.
    Run(Work),
    /// Every combination of the parameters, in parallel.
    Sweep(Box<SweepWork>),
    /// Join the parts of a sweep that were worked with `sweep --shard`.
    Merge(Merge),
    /// What happened after the signals.
    Study(Work),
    /// The same rule asked of every leader and laggard of a universe: which lag now, which caught up before?
    Scan(Scan),
    /// Compute a run again from what its manifest names, and say what differs.
    Verify(Verify),
    /// Is the rule true as of the last stored bar, what is missing, and what happened the other times?
    Today(Today),
    /// Print what a shell completes at the tab key.
    ///
    /// For bash: `catchup completions bash > ~/.local/share/bash-completion/completions/catchup`.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, or write one for each command into the folder --out.
    Man,
}

/// A shell that fills in words at the tab key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// The market store.
#[derive(Debug, Subcommand)]
pub(super) enum DataCommand {
    /// Take price files into the store; one bad row refuses its file, one bad file refuses all.
    Import(Box<Import>),
    /// List the series in the store.
    List,
    /// Show one series: where it is from and its last bars.
    Show {
        /// SYMBOL, or SYMBOL@vendor where there are several.
        series: String,
    },
    /// Look for gaps, splits, bad ticks, changes of vendor or adjustment, and more.
    Check {
        /// Series to check; all without a name.
        series: Vec<String>,
    },
    /// Put two copies of one market side by side: differences, lag, factor, records.
    Compare {
        /// SYMBOL, or SYMBOL@vendor where there are several.
        a: String,
        /// The series to compare it with.
        b: String,
    },
    /// Make SYMBOL@vendor the series that the bare symbol means.
    Default {
        /// SYMBOL@vendor
        series: String,
    },
    /// The versions of a series: what it was before rows were added or replaced.
    Versions {
        /// SYMBOL, or SYMBOL@vendor where there are several.
        series: String,
    },
    /// Delete old versions; runs that used them can no longer be verified.
    Prune {
        /// Series whose old versions go; all without a name.
        series: Vec<String>,
    },
    /// Make longer bars of shorter ones, session by session, and store them as a series of their own.
    Resample {
        /// SYMBOL/bar or SYMBOL@vendor/bar, as BTCUSDT@binance/4h.
        series: String,
        /// Length of the longer bars: 15m, 4h, 1d (`--to` is a date, everywhere).
        #[arg(long, value_name = "LENGTH")]
        bar: String,
        /// Take the place of an imported series of that length, or of one with another past.
        #[arg(long)]
        replace: bool,
    },
    /// Make split-adjusted and total-return series of prices and a table of splits and dividends.
    Actions {
        /// SYMBOL@vendor of prices as traded, or split-adjusted.
        series: String,
        /// CSV with date,kind,value, or with Yahoo's Dividends and Stock Splits columns.
        file: PathBuf,
        /// Take the place of imported series of these names, or of ones with another past.
        #[arg(long)]
        replace: bool,
    },
    /// Remove a series with its versions from the store.
    Remove {
        /// SYMBOL, or SYMBOL@vendor where there are several.
        series: String,
    },
    /// Write the embedded sample anew from its anchors and seed, into the folder --out.
    Sample,
}

/// Import options.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Price files.
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Symbol to store the file under; without it the symbol comes from the file.
    #[arg(long)]
    pub(super) symbol: Option<String>,
    /// Session kind.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(Session::NAMES))]
    pub(super) session: Option<String>,
    /// Vendor, where the header does not tell.
    #[arg(long)]
    pub(super) vendor: Option<String>,
    /// What is known of splits and dividends in the prices.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(ADJUSTMENTS))]
    pub(super) adjustment: Option<String>,
    /// Closing time of a custom or crypto session, as 17:00; 00:00 ends the day.
    #[arg(long, requires = "timezone")]
    pub(super) close: Option<String>,
    /// Time zone of that time and of the file's times without an offset, as Europe/London.
    #[arg(long, value_name = "ZONE")]
    pub(super) timezone: Option<String>,
    /// Which columns hold what, by name or number: date=Day,close=Last or date=1,close=5.
    #[arg(long, value_name = "ROLE=COLUMN,…")]
    pub(super) columns: Option<String>,
    /// How dates are written: DD/MM/YYYY, MM/DD/YYYY, 'YYYY-MM-DD HH:MM', epoch.
    #[arg(long, value_name = "FORMAT")]
    pub(super) date_format: Option<String>,
    /// What a time beside a bar marks: its start or its end.
    #[arg(long, value_name = "start|end")]
    pub(super) stamps: Option<String>,
    /// What stands before decimals: point or comma.
    #[arg(long, value_name = "point|comma")]
    pub(super) decimal: Option<String>,
    /// Days from a macro row's date to its release.
    #[arg(long, value_name = "DAYS")]
    pub(super) release_lag: Option<u16>,
    /// Time of day at which values come out on their dates of release, as 08:30 [default: end of day, New York].
    #[arg(long, value_name = "TIME", conflicts_with_all = ["close", "release_lag"])]
    pub(super) release_time: Option<String>,
    /// Take the place of a series with another past; the old version is kept.
    #[arg(long)]
    pub(super) replace: bool,
}

/// Strategy files.
#[derive(Debug, Subcommand)]
pub(super) enum StrategyCommand {
    /// The strategies in strategies/ and those that come with the program.
    List,
    /// Check files without running them.
    Check {
        /// Strategy files, names or sentences.
        #[arg(required = true)]
        strategies: Vec<String>,
    },
    /// What a strategy means: function form, parameters, warm-up, and the value of each part today.
    Explain {
        /// A strategy file, name or sentence.
        strategy: String,
        /// Fix a parameter or replace its range: lag=30%, lag=10%..40% by 5%.
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
    },
    /// The words of a rule: every function, its sentence form and its meaning.
    Words,
    /// Write a commented file that runs, strategies/NAME.toml.
    New {
        /// Name of the new strategy.
        name: String,
        /// Copy this strategy instead of the commented one.
        #[arg(long, value_name = "NAME")]
        like: Option<String>,
    },
}

/// What run and study understand.
#[derive(Debug, Args)]
pub(super) struct Work {
    /// A sentence in quotes, a strategy file, or the name of one.
    pub(super) strategy: String,
    /// Fix a parameter or replace its range: lag=30%, lag=10%..40% by 5%.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) set: Vec<String>,
    /// Equity before the first bar.
    #[arg(long, value_name = "MONEY", default_value_t = 1.0, value_parser = capital)]
    pub(super) capital: f64,
    /// Leave out report.html and charts/.
    #[arg(long)]
    pub(super) no_report: bool,
}

/// What scan understands.
#[derive(Debug, Args)]
pub(super) struct Scan {
    /// A strategy of two markets: a sentence in quotes, a file, or the name of one.
    pub(super) strategy: String,
    /// Markets to pair [default: every daily market of the store, or of the sample where it is empty].
    #[arg(long, value_name = "SYMBOL,…", value_delimiter = ',')]
    pub(super) universe: Vec<String>,
    /// Fix a parameter: lag=30%.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) set: Vec<String>,
}

/// What today understands.
#[derive(Debug, Args)]
pub(super) struct Today {
    /// Sentences in quotes, strategy files or names; without any, every strategy that has its data.
    pub(super) strategies: Vec<String>,
    /// Fix a parameter: lag=30%.
    #[arg(long, value_name = "NAME=VALUE", requires = "strategies")]
    pub(super) set: Vec<String>,
    /// Exit with 0 if a rule is true, 3 if all are false, 4 if none is true and one is missing.
    #[arg(long)]
    pub(super) exit_code: bool,
}

fn capital(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(money) if (LEAST_CAPITAL..=MOST_CAPITAL).contains(&money) => Ok(money),
        Ok(money) if !money.is_nan() => Err("it must be between 1e-8 and 1e15".to_owned()),
        _ => Err("it is not an amount of money: write it as 10000".to_owned()),
    }
}

/// What sweep understands.
#[derive(Debug, Args)]
pub(super) struct SweepWork {
    /// Sentences in quotes, strategy files, or names of some: all in one ranking.
    #[arg(required = true, value_name = "STRATEGY")]
    pub(super) strategies: Vec<String>,
    /// Fix a parameter or replace its range: lag=30%, lag=10%..40% by 5%.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) set: Vec<String>,
    /// Equity before the first bar.
    #[arg(long, value_name = "MONEY", default_value_t = 1.0, value_parser = capital)]
    pub(super) capital: f64,
    /// Leave out report.html and charts/.
    #[arg(long)]
    pub(super) no_report: bool,
    /// The metric that ranks combinations.
    #[arg(long, value_name = "METRIC", default_value = crate::backtest::metrics::DEFAULT_RANK)]
    pub(super) rank: String,
    /// Best combinations whose equity curves are written; fewer where they would exceed 5,000,000 rows.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) curves: usize,
    /// Closed trades that the best combination of the landscape has at least.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) min_trades: u32,
    /// Try N combinations, chosen at random (see --seed).
    #[arg(long, value_name = "N", conflicts_with = "sobol", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) sample: Option<u64>,
    /// Try N combinations, spread evenly over the grid by a Sobol sequence.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) sobol: Option<u64>,
    /// Work part I of N alone; `catchup merge` joins the parts.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(super) shard: Option<Shard>,
    /// Go on with an interrupted sweep.
    #[arg(long)]
    pub(super) resume: bool,
    /// Run N combinations, chosen at random, on the reference simulator, too, and say what differs.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) check: u64,
}

/// What merge understands.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Folders of all parts of a sweep, in any order.
    #[arg(required = true, value_name = "RUN")]
    pub(super) runs: Vec<PathBuf>,
    /// Leave out report.html and charts/.
    #[arg(long)]
    pub(super) no_report: bool,
}

/// What verify understands.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Folder of a run, sweep, study or scan; it is only read.
    pub(super) run: PathBuf,
    /// Folder from which files start that the strategy names [default: the working folder].
    #[arg(long, value_name = "DIR")]
    pub(super) files: Option<PathBuf>,
}

/// A part of a sweep, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    pub(super) part: u64,
    pub(super) of: u64,
}

fn shard(text: &str) -> Result<Shard, String> {
    let number = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let numbers = text.split_once('/').and_then(|(part, of)| Some((number(part)?, number(of)?)));
    match numbers {
        Some((part, of)) if part >= 1 && part <= of => Ok(Shard { part, of }),
        _ => Err("write 3/16 for the third of sixteen parts".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
