//! `docs/grammar.md` is the grammar that the parser has: rules made from it by chance read.

use std::collections::BTreeMap;
use std::path::Path;

use catchup::base::diagnostic::{Severity, Source};
use catchup::base::num::RandomStream;
use catchup::strategy::rule::{Fragment, Names, Parser, Stop};

use super::Words;

/// The right side of a production.
enum Node {
    Word(String),
    Name(String),
    Choice(Vec<Node>),
    Row(Vec<Node>),
    Maybe(Box<Node>),
    Many(Box<Node>),
}

type Grammar = BTreeMap<String, Node>;

/// Tokens of the notation: quoted words, names, signs.
fn notation(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => rest[1..].find('"').unwrap() + 2,
            c if c.is_alphanumeric() => rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

fn grammar() -> Grammar {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/grammar.md")).unwrap();
    let blocks = page.split("```ebnf").skip(1).map(|block| block.split("```").next().unwrap());
    let tokens = notation(&blocks.collect::<String>());
    let mut grammar = Grammar::new();
    let mut at = 0;
    while at < tokens.len() {
        let name = tokens[at].clone();
        assert_eq!(tokens[at + 1], "=", "behind {name}");
        at += 2;
        let node = choice(&tokens, &mut at);
        assert_eq!(tokens[at], ";", "the end of {name}");
        at += 1;
        assert!(grammar.insert(name.clone(), node).is_none(), "{name} is there twice");
    }
    grammar
}

fn choice(tokens: &[String], at: &mut usize) -> Node {
    let mut ways = vec![row(tokens, at)];
    while tokens[*at] == "|" {
        *at += 1;
        ways.push(row(tokens, at));
    }
    Node::Choice(ways)
}

fn row(tokens: &[String], at: &mut usize) -> Node {
    let mut parts = Vec::new();
    loop {
        let token = tokens[*at].as_str();
        let inside = |at: &mut usize, close: &str| {
            *at += 1;
            let node = Box::new(choice(tokens, at));
            assert_eq!(tokens[*at], close);
            node
        };
        parts.push(match token {
            "[" => Node::Maybe(inside(at, "]")),
            "{" => Node::Many(inside(at, "}")),
            "(" => *inside(at, ")"),
            _ if token.starts_with('"') => Node::Word(token.trim_matches('"').to_owned()),
            _ if token.chars().all(char::is_alphanumeric) => Node::Name(token.to_owned()),
            _ => return Node::Row(parts),
        });
        *at += 1;
    }
}

/// What the names in capitals can be.
fn words(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "COUNT" => &["1", "5", "63", "252", "2"],
        "PERCENT" => &["20%", "5 percent", "10 bps", "{10%..40% by 10%}"],
        "HOLE" => &["{0.5, 0.6}", "{1..3 by 1}"],
        "LIST" => &["{btc, gold}", "{ btc, gold }"],
        "MARKET" => &["btc", "russell", "`gold`", "Russell 2000", "the gold"],
        "ROLE" => &["leader", "laggard"],
        "EVENTS" => &["a halving", "fomc decision", "the rate cut", "rate_hike"],
        "SCHEDULE" => &["an fomc decision", "fed meeting"],
        "MONTH" => &["January", "December"],
        "WEEKDAY" => &["Monday", "fridays"],
        "TRUTH" => &["new_high(russell, 20)", "within(btc > 5, 3)", "happens(halving)", "in_month(2)"],
        "NUMERIC" => &["sma(btc, 20)", "close(gold)", "days_since(halving)", "correlation(btc, gold, 63)"],
        _ => return None,
    })
}

struct Maker<'a> {
    grammar: &'a Grammar,
    stream: RandomStream,
    text: Vec<String>,
}

impl Maker<'_> {
    fn make(&mut self, node: &Node, depth: usize) {
        match node {
            Node::Word(word) => self.text.push(word.clone()),
            // A market that has a role already cannot get it twice.
            Node::Name(name) if name == "ROLE" => {
                self.text.push(format!("role{}", self.text.len()));
            }
            Node::Name(name) => match words(name) {
                Some(words) => {
                    let word = words[self.stream.below(words.len())];
                    self.text.push(word.to_owned());
                }
                None => {
                    let grammar = self.grammar;
                    self.make(&grammar[name], depth + 1);
                }
            },
            // Deep inside only the first way is gone, which ends soonest.
            Node::Choice(ways) => {
                let count = if depth > 22 { 1 } else { ways.len() };
                let way = self.stream.below(count);
                self.make(&ways[way], depth);
            }
            Node::Row(parts) => parts.iter().for_each(|part| self.make(part, depth)),
            Node::Maybe(part) if depth < 22 && self.stream.below(3) == 0 => self.make(part, depth),
            Node::Many(part) if depth < 16 && self.stream.below(4) == 0 => self.make(part, depth),
            Node::Maybe(_) | Node::Many(_) => {}
        }
    }
}

#[test]
fn every_name_of_the_grammar_is_explained_and_used() {
    fn names<'a>(node: &'a Node, found: &mut Vec<&'a str>) {
        match node {
            Node::Name(name) => found.push(name),
            Node::Word(_) => {}
            Node::Choice(parts) | Node::Row(parts) => parts.iter().for_each(|part| names(part, found)),
            Node::Maybe(part) | Node::Many(part) => names(part, found),
        }
    }
    let grammar = grammar();
    let mut used = vec!["sentence"];
    for node in grammar.values() {
        names(node, &mut used);
    }
    for name in &used {
        assert!(grammar.contains_key(*name) || words(name).is_some(), "{name} is not explained");
    }
    for name in grammar.keys() {
        assert!(used.contains(&name.as_str()), "{name} is not used");
    }
}

/// Each production a few hundred times: whole rules for those that make them.
#[test]
fn rules_made_from_the_grammar_read() {
    let grammar = grammar();
    let mut read = 0;
    for number in 0..3000 {
        let mut maker =
            Maker { grammar: &grammar, stream: RandomStream::new(number, "grammar"), text: Vec::new() };
        maker.make(&grammar["rule"], 0);
        // `252-day` is written without a space.
        let text = maker.text.join(" ").replace(" -day", "-day").replace(" -bar", "-bar");
        if text.len() > 1500 {
            continue;
        }
        let fragment = Fragment::whole(Source::new("rule", text.as_str()));
        let mut names = Names::new(&Words);
        names.declare_market("btc", "BTC");
        let result = Parser::new(&fragment, &mut names).and_then(|mut parser| {
            // What `its` refers to is the subject: where there is none, `its` is not said.
            parser.declare_symbols()?;
            parser.rule(Stop::End).map(|_| ())
        });
        if let Err(error) = result {
            panic!("{}", error.render(Severity::Error, false));
        }
        read += 1;
    }
    assert!(read > 2000, "{read}");
}
