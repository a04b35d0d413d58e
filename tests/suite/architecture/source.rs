//! Reads the source of the library as far as imports go: modules, and the paths each of them names.
//!
//! It is a small reader of tokens, not a parser: it knows comments, texts, `mod`, `use` groups, and skips
//! what stands under `#[cfg(test)]`. Tests may look wherever they like.

use std::fs;
use std::path::{Path, PathBuf};

/// One module: a file, or a `mod name { … }` in one.
pub(crate) struct Module {
    /// As in `["market", "store", "bars"]`; empty for the crate itself.
    pub(crate) path: Vec<String>,
    pub(crate) file: PathBuf,
    /// Every path named in it, with its line: `["crate", "base", "num"]`, `["jiff", "civil", "Date"]`.
    pub(crate) names: Vec<(usize, Vec<String>)>,
}

/// Reads a crate from its root file, following `mod name;`.
pub(crate) fn read_crate(root: &Path) -> Vec<Module> {
    let mut modules = Vec::new();
    read_file(root, &[], &mut modules);
    modules
}

fn read_file(file: &Path, path: &[String], modules: &mut Vec<Module>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let tokens = tokens(&text);
    let mut reader = Reader { file, tokens: &tokens, at: 0, modules };
    reader.module(path);
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) text: String,
}

struct Reader<'a> {
    file: &'a Path,
    tokens: &'a [Token],
    at: usize,
    modules: &'a mut Vec<Module>,
}

impl Reader<'_> {
    fn text(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", |token| &token.text)
    }

    fn is(&self, texts: &[&str]) -> bool {
        texts.iter().enumerate().all(|(ahead, text)| self.text(ahead) == *text)
    }

    /// Reads to the end of the file or to the `}` that closes an inline module.
    fn module(&mut self, path: &[String]) {
        let mut names = Vec::new();
        let mut depth = 0;
        while self.at < self.tokens.len() {
            match self.text(0) {
                "#" if self.is(&["#", "[", "cfg", "(", "test", ")", "]"]) => self.skip_item(),
                "mod" if self.text(2) == ";" => {
                    let child = [path, &[self.text(1).to_owned()]].concat();
                    read_file(&self.file_of(&child), &child, self.modules);
                    self.at += 3;
                }
                "mod" if self.text(2) == "{" => {
                    let child = [path, &[self.text(1).to_owned()]].concat();
                    self.at += 3;
                    self.module(&child);
                }
                "{" => {
                    depth += 1;
                    self.at += 1;
                }
                "}" if depth == 0 => {
                    self.at += 1;
                    break;
                }
                "}" => {
                    depth -= 1;
                    self.at += 1;
                }
                _ if self.begins_path() => self.path(&mut Vec::new(), &mut names),
                _ => self.at += 1,
            }
        }
        self.modules.push(Module { path: path.to_vec(), file: self.file.to_owned(), names });
    }

    fn file_of(&self, child: &[String]) -> PathBuf {
        let name = child.last().map_or("", String::as_str);
        let stem = self.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let here = self.file.parent().unwrap_or(Path::new("."));
        let folder = if ["lib", "main", "mod"].contains(&stem) { here.to_owned() } else { here.join(stem) };
        let file = folder.join(format!("{name}.rs"));
        if file.is_file() { file } else { folder.join(name).join("mod.rs") }
    }

    /// Skips an attribute and the item below it: to its `;` or the `}` that closes its first `{`.
    fn skip_item(&mut self) {
        let mut depth = 0_usize;
        let mut is_use = false;
        while self.at < self.tokens.len() {
            match self.text(0) {
                "use" if depth == 0 => is_use = true,
                "[" | "(" | "{" => depth += 1,
                "]" | ")" => depth -= 1,
                "}" => {
                    depth -= 1;
                    if depth == 0 && !is_use {
                        self.at += 1;
                        return;
                    }
                }
                ";" if depth == 0 => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// A name before `::` that is not itself a later part of a path.
    fn begins_path(&self) -> bool {
        let continues =
            self.at > 1 && self.tokens[self.at - 1].text == "::" && is_name(&self.tokens[self.at - 2].text);
        is_name(self.text(0)) && self.text(1) == "::" && !continues
    }

    /// Reads one path with its groups: `a::{b, c::d}` names `a::b` and `a::c::d`.
    fn path(&mut self, before: &mut Vec<String>, names: &mut Vec<(usize, Vec<String>)>) {
        let own = before.len();
        let mut line = self.tokens[self.at].line;
        loop {
            if self.text(0) == "{" {
                self.at += 1;
                while self.at < self.tokens.len() && self.text(0) != "}" {
                    if self.text(0) == "," { self.at += 1 } else { self.path(before, names) }
                }
                self.at += 1;
                break;
            }
            if !is_name(self.text(0)) && self.text(0) != "*" {
                // `a::<T>`, or a sign that a group cannot hold.
                names.push((line, before.clone()));
                self.at += 1;
                break;
            }
            line = self.tokens[self.at].line;
            before.push(self.text(0).to_owned());
            self.at += 1;
            if self.text(0) != "::" {
                names.push((line, before.clone()));
                if self.text(0) == "as" {
                    self.at += 2;
                }
                break;
            }
            self.at += 1;
        }
        before.truncate(own);
    }
}

/// A part of a path: a name, and no keyword that may stand before a path.
fn is_name(text: &str) -> bool {
    const KEYWORDS: [&str; 8] = ["as", "else", "if", "in", "match", "mut", "return", "use"];
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && !KEYWORDS.contains(&text)
}

/// Names, numbers, `::`, and every other sign alone; no comments, no texts.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            _ if raw_text(rest).is_some() => raw_text(rest).unwrap_or(1),
            '"' => quoted(rest, '"'),
            '\'' if is_character(rest) => quoted(rest, '\''),
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                tokens.push(Token { line, text: rest[..end].to_owned() });
                end
            }
            c if c.is_whitespace() => c.len_utf8(),
            _ if rest.starts_with("::") => {
                tokens.push(Token { line, text: "::".into() });
                2
            }
            c => {
                tokens.push(Token { line, text: c.to_string() });
                c.len_utf8()
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// The length of `r"…"`, `r#"…"#`, `br"…"` at the start of `rest`.
fn raw_text(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close)?;
    Some(rest.len() - body.len() + end + close.len())
}

/// The length of a text or character with its quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}

/// `'a'` and `'\n'`, but not the lifetime `'a`.
fn is_character(rest: &str) -> bool {
    let mut inside = rest.chars().skip(1);
    inside.next() == Some('\\') || inside.next() == Some('\'')
}
