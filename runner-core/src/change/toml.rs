//! `[[config]]` tables in TOML, with their places in the text.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::value::{Tree, no_such};

/// The only name at the top of the file.
const CONFIG: &str = "config";

/// An offset in the text, and what is wrong there.
type Mistake = (usize, String);

#[derive(Debug)]
pub(crate) struct Document<'a> {
    table: DeTable<'a>,
}

/// Reads a text.
///
/// # Errors
///
/// If it is not TOML.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Mistake> {
    match DeTable::parse(text) {
        Ok(table) => Ok(Document {
            table: table.into_inner(),
        }),
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            Err((offset, error.message().to_owned()))
        }
    }
}

impl Document<'_> {
    /// The tables called `config`.
    ///
    /// # Errors
    ///
    /// If there is anything else.
    pub(crate) fn tables(&self) -> Result<Vec<Tree>, Mistake> {
        let mut tables = Vec::new();
        for (name, value) in &self.table {
            if name.get_ref() != CONFIG {
                let message = no_such("table", name.get_ref(), &[CONFIG]);
                return Err((name.span().start, message));
            }
            let DeValue::Array(items) = value.get_ref() else {
                let message = "the configs must be tables, as `[[config]]`".to_owned();
                return Err((value.span().start, message));
            };
            tables.extend(items.iter().map(|item| tree(item.get_ref())));
        }
        Ok(tables)
    }

    /// The offset of the value at `path` among the tables, or of the innermost one around it.
    pub(crate) fn locate(&self, path: &[&str]) -> usize {
        let mut value = self.table.get(CONFIG);
        let mut offset = 0;
        for step in path {
            let inside = match value.map(Spanned::get_ref) {
                Some(DeValue::Array(items)) => {
                    step.parse().ok().and_then(|index: usize| items.get(index))
                }
                Some(DeValue::Table(table)) => table.get(*step),
                _ => None,
            };
            let Some(found) = inside else {
                return offset;
            };
            offset = found.span().start;
            value = inside;
        }
        offset
    }
}

fn tree(value: &DeValue<'_>) -> Tree {
    match value {
        DeValue::String(text) => Tree::Quoted(text.to_string()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            let decimal = i128::from_str_radix(&digits, number.radix());
            Tree::Word(decimal.map_or(digits, |number| number.to_string()))
        }
        DeValue::Float(number) => Tree::Word(number.as_str().to_owned()),
        DeValue::Boolean(value) => Tree::Word(value.to_string()),
        DeValue::Datetime(time) => Tree::Quoted(time.to_string()),
        DeValue::Array(items) => {
            Tree::List(items.iter().map(|item| tree(item.get_ref())).collect())
        }
        DeValue::Table(table) => {
            let field = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                (name.to_string().into(), tree(value.get_ref()))
            };
            Tree::Object(table.iter().map(field).collect())
        }
    }
}
