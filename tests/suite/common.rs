//! What every suite needs: a case that drives the real program, folders, made-up prices, outside data.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder that goes away with the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Every file below the folder with its bytes; folders end in `/`.
    pub(crate) fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        contents(self.path())
    }

    /// Begins a case in this folder.
    pub(crate) fn case(&self) -> Case {
        Case::at(self.path())
    }
}

/// Every file below `folder` with its bytes; folders end in `/`, links are not followed. Nothing where there is no such folder.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            if path.is_symlink() {
                found.insert(name, format!("a link to {}", path.read_link().unwrap().display()).into_bytes());
            } else if path.is_dir() {
                found.insert(name + "/", Vec::new());
                folders.push(path);
            } else {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// One call of the program: `Case::new().store(..).args([..]).run()`.
pub(crate) struct Case {
    command: Command,
    home: Option<Folder>,
}

impl Case {
    /// A call in a fresh, empty folder.
    pub(crate) fn new() -> Self {
        let home = Folder::new();
        let mut case = Self::at(home.path());
        case.home = Some(home);
        case
    }

    /// A call in `folder`.
    pub(crate) fn at(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_catchup"));
        command.stdin(Stdio::null());
        command.current_dir(folder).env_remove("NO_COLOR").env_remove("COLUMNS").env_remove("CLICOLOR_FORCE");
        Self { command, home: None }
    }

    pub(crate) fn store(mut self, store: impl AsRef<OsStr>) -> Self {
        self.command.arg("--store").arg(store);
        self
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run(mut self) -> Ran {
        let output = self.command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Ran {
            status: output.status.code().expect("not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            _home: self.home,
        }
    }

    /// Runs and expects success.
    pub(crate) fn ok(self) -> Ran {
        self.exits(0)
    }

    /// Runs and expects this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Ran {
        let ran = self.run();
        assert_eq!(
            ran.status, code,
            "--- standard output\n{}\n--- standard error\n{}",
            ran.stdout, ran.stderr
        );
        ran
    }
}

/// What a call came to.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    _home: Option<Folder>,
}

impl Ran {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in\n{}", self.stdout))
    }
}

/// A file of the folder with outside data that stands beside the repository. Tests that need it are ignored unless they
/// are asked for, since the repository does not carry it.
pub(crate) fn shared(path: &str) -> PathBuf {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    assert!(found.exists(), "`{}` is missing", found.display());
    found
}

/// Rows of a CSV file: one map from column to text per row.
pub(crate) fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The header of a CSV file.
pub(crate) fn header(text: &str) -> Vec<String> {
    text.lines().next().unwrap_or_default().split(',').map(str::to_owned).collect()
}

/// A JSON file.
pub(crate) fn json_file(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A plain daily price file from rows `date, open, high, low, close`.
pub(crate) fn prices(rows: &[(&str, f64, f64, f64, f64)]) -> String {
    let mut text = "date,open,high,low,close\n".to_owned();
    for (date, open, high, low, close) in rows {
        text += &format!("{date},{open},{high},{low},{close}\n");
    }
    text
}

/// A made-up market of `bars` calendar days from 2020-01-01 that swings around a slow rise: enough for rules
/// with short look-backs to speak now and then. `phase` shifts the swing, so that one market leads another.
pub(crate) fn waves(bars: u32, phase: u32) -> String {
    let mut text = "date,open,high,low,close\n".to_owned();
    let mut before = 100.0;
    let mut day = "2020-01-01".parse::<jiff::civil::Date>().unwrap();
    for bar in 0..bars {
        let step = (bar + phase) % 40;
        let swing = f64::from(if step < 20 { step } else { 40 - step });
        let close = 100.0 + 0.25 * f64::from(bar) + 2.5 * swing;
        let (high, low) = (f64::max(before, close) + 0.5, f64::min(before, close) - 0.5);
        text += &format!("{day},{before},{high},{low},{close}\n");
        before = close;
        day = day.tomorrow().unwrap();
    }
    text
}
