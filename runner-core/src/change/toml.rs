//! `[[config]]` tables in TOML, with their places in the text.

use std::mem::MaybeUninit;

pub(super) use toml_spanner::Arena;
use toml_spanner::{Item, Table, Value};

use crate::value::{Tree, no_such};

/// The only name at the top of the file.
const CONFIG: &str = "config";

/// An offset in the text, and what is wrong there.
type ParseError = (usize, String);

#[derive(Debug)]
pub(super) struct Document<'a> {
    text: &'a str,
    table: Table<'a>,
}

/// Reads a text.
///
/// # Errors
///
/// If it is not TOML.
pub(super) fn parse<'a>(text: &'a str, arena: &'a Arena) -> Result<Document<'a>, ParseError> {
    match toml_spanner::parse(text, arena) {
        Ok(document) => Ok(Document {
            text,
            table: document.into_table(),
        }),
        Err(error) => Err((offset(error.span().start), error.message(text))),
    }
}

impl Document<'_> {
    /// The tables called `config`.
    ///
    /// # Errors
    ///
    /// If there is anything else.
    pub(super) fn tables(&self) -> Result<Vec<Tree>, ParseError> {
        let mut tables = Vec::new();
        for (name, value) in &self.table {
            if name.name != CONFIG {
                let message = no_such("table", name.name, &[CONFIG]);
                return Err((offset(name.span.start), message));
            }
            let Value::Array(items) = value.value() else {
                let message = "the configs must be tables, as `[[config]]`".to_owned();
                return Err((offset(value.span().start), message));
            };
            tables.extend(items.iter().map(|item| self.tree(item)));
        }
        Ok(tables)
    }

    /// The offset of the value at `path` among the tables, or of the innermost one around it.
    pub(super) fn locate(&self, path: &[&str]) -> usize {
        let mut value = self.table.get(CONFIG);
        let mut found = 0;
        for step in path {
            let inside = match value.map(Item::value) {
                Some(Value::Array(items)) => {
                    step.parse().ok().and_then(|index: usize| items.get(index))
                }
                Some(Value::Table(table)) => table.get(step),
                _ => None,
            };
            let Some(inside) = inside else {
                return found;
            };
            found = offset(inside.span().start);
            value = Some(inside);
        }
        found
    }

    fn tree(&self, item: &Item<'_>) -> Tree {
        match item.value() {
            Value::String(text) => Tree::Quoted((*text).to_owned()),
            Value::Integer(number) => Tree::Word(number.to_string()),
            // Its text has digits that an `f64` may not have.
            Value::Float(_) => {
                let text = self.text.get(item.span().range());
                Tree::Word(text.unwrap_or_default().replace('_', ""))
            }
            Value::Boolean(value) => Tree::Word(value.to_string()),
            Value::DateTime(time) => {
                Tree::Quoted(time.format(&mut MaybeUninit::uninit()).to_owned())
            }
            Value::Array(items) => Tree::List(items.iter().map(|item| self.tree(item)).collect()),
            Value::Table(table) => {
                let fields = table.iter();
                let fields =
                    fields.map(|(name, value)| (name.name.to_owned().into(), self.tree(value)));
                Tree::Object(fields.collect())
            }
        }
    }
}

fn offset(start: u32) -> usize {
    start as usize
}

#[cfg(test)]
mod tests {
    use super::{Arena, Tree, parse};

    fn word(text: &str) -> Tree {
        Tree::Word(text.to_owned())
    }

    fn quoted(text: &str) -> Tree {
        Tree::Quoted(text.to_owned())
    }

    #[test]
    fn every_kind_of_value_is_read_as_it_is_written() {
        let check = |text: &str, expected: Tree| {
            let (arena, text) = (Arena::new(), format!("[[config]]\nfield = {text}"));
            let tables = parse(&text, &arena).and_then(|document| document.tables());
            let fields = vec![("field".into(), expected)];
            assert_eq!(tables, Ok(vec![Tree::Object(fields)]), "{text}");
        };
        check("0xff_ff", word("65535"));
        check("0b11", word("3"));
        check("-1_000", word("-1000"));
        check("18446744073709551615", word("18446744073709551615"));
        check(
            "-170141183460469231731687303715884105728",
            word("-170141183460469231731687303715884105728"),
        );
        check(
            "1_000.500_000_000_000_000_000_01",
            word("1000.50000000000000000001"),
        );
        check("5e+22", word("5e+22"));
        check("-inf", word("-inf"));
        check("nan", word("nan"));
        check("true", word("true"));
        check("'C:\\temp'", quoted("C:\\temp"));
        check(r#""a\u00e9\n""#, quoted("aé\n"));
        check("\"\"\"\na\nb\"\"\"", quoted("a\nb"));
        check("1979-05-27", quoted("1979-05-27"));
        check("1979-05-27 07:32:00.5z", quoted("1979-05-27T07:32:00.5Z"));
        check("07:32:00", quoted("07:32:00"));
        check(
            "[1, [\n2, # two\n]]",
            Tree::List(vec![word("1"), Tree::List(vec![word("2")])]),
        );
        let inner = vec![("c".into(), word("2"))];
        let inner = vec![("b".into(), word("1")), ("d e".into(), Tree::Object(inner))];
        check("{ b = 1, 'd e'.c = 2 }", Tree::Object(inner));
    }

    #[test]
    fn mistakes_are_found_where_they_are() {
        let check = |text: &str, offset: usize, message: &str| {
            let read = parse(text, &Arena::new()).map(|_| ());
            assert_eq!(read, Err((offset, message.to_owned())));
        };
        check(
            "a = 1\na = 2",
            6,
            "the key `a` is defined multiple times in table",
        );
        check("[a]\n[a]", 4, "redefinition of table `a`");
        check("a", 1, "expected an equals, found eof");
    }
}
