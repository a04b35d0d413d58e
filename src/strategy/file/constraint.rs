//! Which combinations of a sweep make sense: `where = "hold < window and lag > 10%"`.

use super::Strategy;
use crate::base::diagnostic::nearest;
use crate::strategy::rule::{Parameter, Value, parse_value};

/// Comparisons of parameters with each other or with values, all of which have to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    text: String,
    comparisons: Vec<(Side, Relation, Side)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Side {
    Parameter(usize),
    Value(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
    Unequal,
}

/// How relations are written; longer ones first, so that `<=` is not read as `<`.
const WRITTEN: [(&str, Relation); 6] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("!=", Relation::Unequal),
    ("<", Relation::Less),
    (">", Relation::More),
    ("=", Relation::Equal),
];

/// So many comparisons a condition may have; each is asked of every combination.
const MOST: usize = 100;

impl Constraint {
    /// Reads a condition on parameters. Symbols are the same or not; nothing else is asked of them.
    ///
    /// # Errors
    /// Says which part is no comparison, or which word is no parameter.
    pub(super) fn parse(text: &str, parameters: &[Parameter]) -> Result<Self, String> {
        if text.matches(" and ").count() >= MOST {
            return Err(format!("a condition has at most {MOST} comparisons"));
        }
        let comparisons =
            text.split(" and ").map(|part| comparison(part, parameters)).collect::<Result<_, _>>()?;
        Ok(Self { text: text.trim().to_owned(), comparisons })
    }

    /// The condition as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a combination fits, given the place of each parameter's value. `all` is longer than any number; a
    /// comparison of sizes with `none` says nothing, and holds.
    pub fn fits(&self, strategy: &Strategy, places: &[usize]) -> bool {
        let value = |side: &Side| match side {
            Side::Parameter(index) => strategy.parameters[*index].values[places[*index]].clone(),
            Side::Value(value) => value.clone(),
        };
        let of_symbols =
            |side: &Side| matches!(side, Side::Parameter(i) if strategy.symbols_of(*i).is_some());
        self.comparisons.iter().all(|(left, relation, right)| {
            let values = (value(left), value(right));
            if of_symbols(left) || of_symbols(right) {
                let same = strategy.is_same_symbol(values.0.text(), values.1.text());
                return same == (*relation == Relation::Equal);
            }
            holds(*relation, size(&values.0), size(&values.1))
        })
    }
}

fn comparison(text: &str, parameters: &[Parameter]) -> Result<(Side, Relation, Side), String> {
    let found = WRITTEN.iter().find_map(|(sign, relation)| Some((text.split_once(sign)?, *relation)));
    let Some(((left, right), relation)) = found else {
        return Err(format!("`{}` is no comparison: expected one such as `hold < window`", text.trim()));
    };
    let symbols = [left, right].iter().any(|side| is_of_symbols(side, parameters));
    if symbols && !matches!(relation, Relation::Equal | Relation::Unequal) {
        return Err(format!("`{}` compares symbols by size: they are the same (=) or not (!=)", text.trim()));
    }
    let read = |text: &str| match (symbols, text.trim()) {
        (true, word) if !parameters.iter().any(|parameter| parameter.name == word) => {
            let lists = parameters.iter().filter(|parameter| parameter.market.is_some());
            let listed = lists.flat_map(|list| &list.values).find(|value| value.text() == word);
            listed.map(|value| Side::Value(value.clone())).ok_or(format!("`{word}` is none of the symbols"))
        }
        _ => side(text, parameters),
    };
    Ok((read(left)?, relation, read(right)?))
}

fn is_of_symbols(name: &str, parameters: &[Parameter]) -> bool {
    parameters.iter().any(|parameter| parameter.name == name.trim() && parameter.market.is_some())
}

fn side(text: &str, parameters: &[Parameter]) -> Result<Side, String> {
    let name = text.trim();
    if let Some(index) = parameters.iter().position(|parameter| parameter.name == name) {
        return Ok(Side::Parameter(index));
    }
    parse_value(name).map(Side::Value).map_err(|_| {
        match nearest(name, parameters.iter().map(|parameter| parameter.name.as_str())) {
            Some(near) => format!("`{name}` is no parameter and no value: did you mean `{near}`?"),
            None => format!("`{name}` is no parameter and no value"),
        }
    })
}

/// A value's size; `None` for `none`.
fn size(value: &Value) -> Option<f64> {
    value.number().or((value.text() == "all").then_some(f64::INFINITY))
}

fn holds(relation: Relation, left: Option<f64>, right: Option<f64>) -> bool {
    match (relation, left, right) {
        (Relation::Equal, ..) => left == right,
        (Relation::Unequal, ..) => left != right,
        (_, Some(left), Some(right)) => match relation {
            Relation::Less => left < right,
            Relation::AtMost => left <= right,
            Relation::More => left > right,
            _ => left >= right,
        },
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::rule::parse_list;

    fn parameter(name: &str, values: &str) -> Parameter {
        let values = parse_list(values).unwrap_or_default();
        Parameter::new(name, values[0].clone(), values)
    }

    #[test]
    fn comparisons_hold_or_not() {
        let (left, right) = (Some(5.0), Some(7.0));
        assert!(holds(Relation::Less, left, right) && !holds(Relation::AtLeast, left, right));
        assert!(holds(Relation::AtMost, left, left) && !holds(Relation::More, left, left));
        assert!(holds(Relation::More, None, right), "none says nothing of sizes");
        assert!(holds(Relation::Equal, None, None) && holds(Relation::Unequal, None, right));
        assert!(holds(Relation::Less, right, size(&Value::Word("all".into()))));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let parameters = [parameter("hold", "5, 10"), parameter("window", "20, all")];
        let error = |text: &str| Constraint::parse(text, &parameters).err().unwrap_or_default();
        assert_eq!(error("hold < windo"), "`windo` is no parameter and no value: did you mean `window`?");
        assert!(error("hold window").contains("no comparison"));
        assert_eq!(error("hold <= window and hold != 10"), "");
    }
}
