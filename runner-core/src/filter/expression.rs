//! [`parse`] takes a written expression apart: comparisons, and how `and`, `or`, `not` and parentheses join them.

use std::fmt;

use crate::base::Error;

/// Conditions, joined. Each is a `C`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Joined<C> {
    One(C),
    Not(Box<Joined<C>>),
    All(Vec<Joined<C>>),
    Any(Vec<Joined<C>>),
}

impl<C> Joined<C> {
    /// Makes something else of each condition.
    pub(super) fn try_map<D, E>(
        self,
        map: &mut impl FnMut(C) -> Result<D, E>,
    ) -> Result<Joined<D>, E> {
        let mut all = |parts: Vec<Self>| -> Result<Vec<Joined<D>>, E> {
            parts.into_iter().map(|part| part.try_map(map)).collect()
        };
        Ok(match self {
            Self::All(parts) => Joined::All(all(parts)?),
            Self::Any(parts) => Joined::Any(all(parts)?),
            Self::Not(part) => Joined::Not(Box::new(part.try_map(map)?)),
            Self::One(one) => Joined::One(map(one)?),
        })
    }

    /// Decides whether it holds; `None` if that depends on a condition of which it is not known.
    pub(super) fn holds(&self, is_met: &impl Fn(&C) -> Option<bool>) -> Option<bool> {
        match self {
            Self::One(one) => is_met(one),
            Self::Not(part) => part.holds(is_met).map(|holds| !holds),
            Self::All(parts) => settled(parts, false, is_met),
            Self::Any(parts) => settled(parts, true, is_met),
        }
    }

    pub(super) fn each<'a>(&'a self, look: &mut impl FnMut(&'a C)) {
        match self {
            Self::One(one) => look(one),
            Self::Not(part) => part.each(look),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each(look)),
        }
    }
}

/// Returns `settling` if one of the parts is that, else the opposite if all are known.
fn settled<C>(
    parts: &[Joined<C>],
    settling: bool,
    is_met: &impl Fn(&C) -> Option<bool>,
) -> Option<bool> {
    let mut settled = Some(!settling);
    for part in parts {
        match part.holds(is_met) {
            Some(holds) if holds == settling => return Some(settling),
            Some(_) => {}
            None => settled = None,
        }
    }
    settled
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Matches,
}

impl Operator {
    /// Longer ones come before those that they begin with.
    const ALL: [(&'static str, Self); 9] = [
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("==", Self::Equal),
        ("=~", Self::Matches),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
        ("~", Self::Contains),
    ];

    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "~",
            Self::Matches => "=~",
        }
    }
}

/// One comparison of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Relation<'a> {
    /// The whole expression.
    pub(super) written: &'a str,
    pub(super) field: &'a str,
    pub(super) operator: Operator,
    pub(super) value: &'a str,
}

/// Takes an expression apart.
///
/// # Errors
///
/// If a comparison lacks its operator or its field, or a parenthesis its other one.
pub(super) fn parse(written: &str) -> Result<Joined<Relation<'_>>, Error> {
    let mut parser = ExpressionParser {
        written,
        offset: 0,
        depth: 0,
    };
    parser.skip_blanks();
    let parsed = parser.any()?;
    match parser.rest().chars().next() {
        None => Ok(parsed),
        Some(_) => Err(parser.refuse(format_args!(
            "write `and`, `or` or nothing before `{}`",
            parser.rest()
        ))),
    }
}

/// Maximum depth of parentheses.
const DEPTH_MAX: usize = 100;

struct ExpressionParser<'a> {
    written: &'a str,
    offset: usize,
    /// Number of parentheses around this place.
    depth: usize,
}

impl<'a> ExpressionParser<'a> {
    fn any(&mut self) -> Result<Joined<Relation<'a>>, Error> {
        let mut parts = vec![self.all()?];
        while self.takes_word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Joined::Any))
    }

    fn all(&mut self) -> Result<Joined<Relation<'a>>, Error> {
        let mut parts = vec![self.one()?];
        while self.takes_word("and") {
            parts.push(self.one()?);
        }
        Ok(one_or(parts, Joined::All))
    }

    fn one(&mut self) -> Result<Joined<Relation<'a>>, Error> {
        let mut is_negated = false;
        while self.takes_word("not") {
            is_negated = !is_negated;
        }
        let part = if self.rest().starts_with('(') {
            self.group()?
        } else {
            Joined::One(self.comparison()?)
        };
        Ok(if is_negated {
            Joined::Not(Box::new(part))
        } else {
            part
        })
    }

    fn group(&mut self) -> Result<Joined<Relation<'a>>, Error> {
        if self.depth == DEPTH_MAX {
            return Err(self.refuse(format_args!(
                "write at most {DEPTH_MAX} parentheses inside each other"
            )));
        }
        self.depth += 1;
        self.offset += 1;
        self.skip_blanks();
        let part = self.any()?;
        if !self.rest().starts_with(')') {
            return Err(self.refuse("write `)` at the end of what is in parentheses"));
        }
        self.depth -= 1;
        self.offset += 1;
        self.skip_blanks();
        Ok(part)
    }

    fn comparison(&mut self) -> Result<Relation<'a>, Error> {
        let rest = self.rest();
        let operator_at = |(at, _)| {
            let rest: &str = &rest[at..];
            let mut operators = Operator::ALL.into_iter();
            let found = operators.find(|(symbol, _)| rest.starts_with(symbol));
            found.map(|(symbol, operator)| (at, symbol, operator))
        };
        let end = self.end_of(rest);
        let found = rest.char_indices().find_map(operator_at);
        let Some((at, symbol, operator)) = found.filter(|(at, ..)| *at < end) else {
            return Err(self.no_comparison());
        };
        let field = rest[..at].trim();
        if field.is_empty() {
            return Err(self.refuse(format_args!("write a field before `{symbol}`")));
        }
        let value = &rest[at + symbol.len()..];
        let length = self.end_of(value);
        self.offset += at + symbol.len() + length;
        self.skip_blanks();
        Ok(Relation {
            written: self.written,
            field,
            operator,
            value: value[..length].trim(),
        })
    }

    fn no_comparison(&self) -> Error {
        let before = self.written[..self.offset].trim_end();
        let joint = ["and", "or"].into_iter().find(|word| {
            before
                .strip_suffix(word)
                .is_some_and(|before| before.ends_with(char::is_whitespace))
        });
        match joint {
            Some(joint) => self.refuse(format_args!(
                "write a comparison behind `{joint}`, or the value in quotes if `{joint}` is a part of it"
            )),
            None => self.refuse(
                "write FIELD=VALUE, or one of != < <= > >= ~ =~ in place of =; there is no comparison",
            ),
        }
    }

    /// Returns the length of a value, or of what stands for one: up to `and`, `or` or a parenthesis that it does not open.
    fn end_of(&self, text: &str) -> usize {
        let mut brackets = 0_usize;
        let mut parentheses = 0_usize;
        let mut is_quoted = false;
        let mut is_escaped = false;
        let mut starts_value = true;
        let mut before = ' ';
        for (at, character) in text.char_indices() {
            let is_nested = brackets > 0 || is_quoted;
            if is_escaped {
                is_escaped = false;
            } else {
                match character {
                    '\\' if is_quoted => is_escaped = true,
                    '"' if is_nested || starts_value => is_quoted = !is_quoted,
                    '[' | '{' if !is_quoted && (brackets > 0 || starts_value) => brackets += 1,
                    ']' | '}' if !is_quoted => brackets = brackets.saturating_sub(1),
                    '(' if !is_nested => parentheses += 1,
                    ')' if !is_nested && parentheses == 0 && self.depth > 0 => return at,
                    ')' if !is_nested => parentheses = parentheses.saturating_sub(1),
                    _ if !is_nested && before.is_whitespace() => {
                        let is_joint = ["and", "or"]
                            .into_iter()
                            .any(|word| word_length(&text[at..], word).is_some());
                        if is_joint {
                            return at;
                        }
                    }
                    _ => {}
                }
            }
            starts_value = character == ',' || (starts_value && character.is_whitespace());
            before = character;
        }
        text.len()
    }

    /// Goes past a word, if it is next.
    fn takes_word(&mut self, word: &str) -> bool {
        let Some(length) = word_length(self.rest(), word) else {
            return false;
        };
        self.offset += length;
        self.skip_blanks();
        true
    }

    fn rest(&self) -> &'a str {
        &self.written[self.offset..]
    }

    fn skip_blanks(&mut self) {
        let rest = &self.written[self.offset..];
        self.offset += rest.len() - rest.trim_start().len();
    }

    fn refuse(&self, message: impl fmt::Display) -> Error {
        Error::usage(format!("--where {}: {message}", self.written))
    }
}

/// Returns the length of a word at the start of a text, if it is there and ends there.
fn word_length(text: &str, word: &str) -> Option<usize> {
    let behind = text.strip_prefix(word)?;
    let is_whole =
        behind.is_empty() || behind.starts_with(|next: char| next.is_whitespace() || next == '(');
    // A field may have the name of a word.
    let is_field = behind.trim_start().starts_with(['=', '!', '<', '>', '~']);
    (is_whole && !is_field).then_some(word.len())
}

fn one_or<C>(mut parts: Vec<Joined<C>>, join: fn(Vec<Joined<C>>) -> Joined<C>) -> Joined<C> {
    if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        join(parts)
    }
}
