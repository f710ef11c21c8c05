//! [`Expression`]: the parts of `FIELD=VALUE`, `FIELD<VALUE` and so on, before they mean anything.

use crate::base::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

impl Operator {
    /// Longer ones come before those that they begin with.
    const ALL: [(&'static str, Self); 8] = [
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("==", Self::Equal),
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
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression<'a> {
    pub(super) written: &'a str,
    pub(super) field: &'a str,
    pub(super) operator: Operator,
    pub(super) value: &'a str,
}

impl<'a> Expression<'a> {
    /// Takes an expression apart at its first operator.
    ///
    /// # Errors
    ///
    /// If there is no operator, or no field before it.
    pub(super) fn parse(written: &'a str) -> Result<Self, Error> {
        let at_operator = |(at, _)| {
            let rest: &str = &written[at..];
            let found = Operator::ALL
                .into_iter()
                .find(|(symbol, _)| rest.starts_with(symbol));
            found.map(|(symbol, operator)| (at, symbol, operator))
        };
        let Some((at, symbol, operator)) = written.char_indices().find_map(at_operator) else {
            return Err(Error::usage(format!(
                "--where {written}: write FIELD=VALUE, or one of != < <= > >= ~ in place of =; there is no comparison"
            )));
        };
        let field = written[..at].trim();
        if field.is_empty() {
            return Err(Error::usage(format!(
                "--where {written}: write a field before `{symbol}`"
            )));
        }
        Ok(Self {
            written,
            field,
            operator,
            value: written[at + symbol.len()..].trim(),
        })
    }
}
