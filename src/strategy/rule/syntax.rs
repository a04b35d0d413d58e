//! A rule as it was written, in function form.

use std::fmt;
use std::ops::Range;

use super::functions::Function;
use super::names::Names;
use super::parameters::Value;

/// A part of a rule and where it stands in its fragment, in bytes.
#[derive(Debug, Clone)]
pub struct Expression {
    /// What it is.
    pub syntax: Syntax,
    /// Where it was written.
    pub span: Range<usize>,
}

/// The forms a rule is made of. Sentences have become functions by now.
#[derive(Debug, Clone)]
pub enum Syntax {
    /// A number, or `all` or `none`.
    Value(Value),
    /// A parameter, by its number.
    Hole(usize),
    /// A market, by its number.
    Market(usize),
    /// Dated events, by their number.
    Events(usize),
    /// A length that counts bars, not days.
    Bars(Box<Expression>),
    /// A function of the registry with its arguments.
    Call(&'static Function, Vec<Expression>),
    /// `a + b`, `a > b`, `a and b`.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `not a`.
    Not(Box<Expression>),
    /// `-a`.
    Negate(Box<Expression>),
}

/// What stands between two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl Operator {
    /// The operator's sign in function form.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }

    /// How tightly it binds; more is tighter.
    pub(super) fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Less | Self::AtMost | Self::More | Self::AtLeast => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide => 6,
        }
    }
}

impl Expression {
    /// The rule in function form, with the strategy's own names.
    pub fn functional<'a>(&'a self, names: &'a Names<'_>) -> impl fmt::Display + 'a {
        struct Shown<'a>(&'a Expression, &'a Names<'a>);
        impl fmt::Display for Shown<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(self.0, self.1, 0, f)
            }
        }
        Shown(self, names)
    }
}

const STRENGTH_OF_NOT: u8 = 3;
const STRENGTH_OF_MINUS: u8 = 7;

fn write(expression: &Expression, names: &Names<'_>, around: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let strength = match &expression.syntax {
        Syntax::Binary(operator, ..) => operator.strength(),
        Syntax::Not(_) => STRENGTH_OF_NOT,
        Syntax::Negate(_) => STRENGTH_OF_MINUS,
        _ => u8::MAX,
    };
    let brackets = strength < around;
    if brackets {
        f.write_str("(")?;
    }
    match &expression.syntax {
        Syntax::Value(value) => f.write_str(value.text())?,
        Syntax::Hole(index) => write!(f, "{{{}}}", names.parameters()[*index].name)?,
        Syntax::Market(index) => f.write_str(&names.markets()[*index].name)?,
        Syntax::Events(index) => f.write_str(&names.events()[*index].name)?,
        Syntax::Bars(length) => {
            write(length, names, 0, f)?;
            f.write_str(" bars")?;
        }
        Syntax::Call(function, arguments) => {
            write!(f, "{}(", function.name)?;
            for (i, argument) in arguments.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                write(argument, names, 0, f)?;
            }
            f.write_str(")")?;
        }
        Syntax::Binary(operator, left, right) => {
            write(left, names, strength, f)?;
            write!(f, " {} ", operator.sign())?;
            // The right side of a chain binds one tighter, so that a - (b - c) keeps its brackets.
            write(right, names, strength + 1, f)?;
        }
        Syntax::Not(inner) => {
            f.write_str("not ")?;
            write(inner, names, strength, f)?;
        }
        Syntax::Negate(inner) => {
            f.write_str("-")?;
            write(inner, names, strength, f)?;
        }
    }
    if brackets {
        f.write_str(")")?;
    }
    Ok(())
}
