//! The notation of lists and objects: JSON, in which words and names may stand without quotes.

use std::fmt;

use super::{
    json, text,
    tree::{Named, Tree},
};

/// How deep lists and objects may be nested.
const DEPTH_MAX: usize = 100;

/// Reads a list, an object, a text in quotes or a word.
///
/// # Errors
///
/// If the text is not one such value; the error says where.
pub(crate) fn parse(text: &str) -> Result<Tree, NotationError> {
    Parser::new(text, None).whole()
}

/// Reads JSON, in which no object has a name twice.
///
/// # Errors
///
/// If the text is nothing like that; the error says where.
pub(crate) fn parse_json(text: &str) -> Result<Tree, NotationError> {
    let mut parser = Parser::new(text, None);
    parser.is_json = true;
    parser.whole()
}

/// The place in the text at which the value behind `path` begins, or that of the innermost value around it.
pub(crate) fn locate(text: &str, path: &[&str]) -> usize {
    let mut parser = Parser::new(text, Some(path));
    // What was found before an error stays true.
    let _ = parser.whole();
    parser.found
}

/// Where and why a text is no value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NotationError {
    /// In bytes from the start.
    pub(crate) offset: usize,
    message: String,
}

impl fmt::Display for NotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

struct Parser<'a> {
    text: &'a str,
    offset: usize,
    depth: usize,
    /// Whether words and names must be as in JSON.
    is_json: bool,
    /// The path that is looked for.
    wanted: Option<&'a [&'a str]>,
    /// How many steps of the wanted path lead to where the parser is, if all its steps so far do.
    matched: Option<usize>,
    found: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, wanted: Option<&'a [&'a str]>) -> Self {
        Self {
            text,
            offset: 0,
            depth: 0,
            is_json: false,
            matched: wanted.map(|_| 0),
            wanted,
            found: 0,
        }
    }

    fn whole(&mut self) -> Result<Tree, NotationError> {
        self.skip_space();
        self.found = self.offset;
        let value = self.value()?;
        self.skip_space();
        match self.peek() {
            None => Ok(value),
            Some(character) => {
                Err(self.error(format!("nothing may follow here, not `{character}`")))
            }
        }
    }

    fn value(&mut self) -> Result<Tree, NotationError> {
        match self.peek() {
            Some('[') => self.nested(Self::list),
            Some('{') => self.nested(Self::object),
            Some('"') => self.quoted().map(Tree::Quoted),
            _ => self.scalar().map(Tree::Word),
        }
    }

    fn nested(
        &mut self,
        inside: fn(&mut Self) -> Result<Tree, NotationError>,
    ) -> Result<Tree, NotationError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error(format!("more than {DEPTH_MAX} levels are nested")));
        }
        self.depth += 1;
        self.offset += 1;
        let value = inside(self)?;
        self.offset += 1;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Tree, NotationError> {
        let mut items = Vec::new();
        self.skip_space();
        while self.peek() != Some(']') {
            let name = items.len().to_string();
            items.push(self.step(&name)?);
            self.separator(']')?;
        }
        Ok(Tree::List(items))
    }

    fn object(&mut self) -> Result<Tree, NotationError> {
        let mut fields: Vec<Named> = Vec::new();
        self.skip_space();
        while self.peek() != Some('}') {
            let name_offset = self.offset;
            let name = match self.peek() {
                Some('"') => self.quoted()?,
                _ if self.is_json => return Err(self.error("key must be a string")),
                _ => {
                    let name = self.word(&[':', ',', '}', ']', '"', '{', '['])?;
                    text::read(&name).map_err(|error| NotationError {
                        offset: name_offset,
                        message: error,
                    })?
                }
            };
            if fields.iter().any(|(other, _)| *other == name) {
                self.offset = name_offset;
                return Err(self.error(format!("`{name}` is there twice")));
            }
            self.skip_space();
            if self.peek() != Some(':') {
                return Err(self.unexpected("`:`"));
            }
            self.offset += 1;
            self.skip_space();
            let value = self.step(&name)?;
            fields.push((name.into(), value));
            self.separator('}')?;
        }
        Ok(Tree::Object(fields))
    }

    /// Reads the value behind one more step of the path.
    fn step(&mut self, name: &str) -> Result<Tree, NotationError> {
        let outside = self.matched;
        self.matched = match (outside, self.wanted) {
            (Some(matched), Some(wanted)) if wanted.get(matched) == Some(&name) => {
                self.found = self.offset;
                Some(matched + 1)
            }
            _ => None,
        };
        let value = self.value();
        self.matched = outside;
        value
    }

    /// Goes past a comma, or up to the end of the list or object.
    fn separator(&mut self, end: char) -> Result<(), NotationError> {
        self.skip_space();
        match self.peek() {
            Some(',') => {
                self.offset += 1;
                self.skip_space();
                if self.peek() == Some(end) {
                    return Err(self.unexpected("another value"));
                }
                Ok(())
            }
            Some(character) if character == end => Ok(()),
            _ => Err(self.unexpected(&format!("`,` or `{end}`"))),
        }
    }

    fn quoted(&mut self) -> Result<String, NotationError> {
        let rest = &self.text[self.offset..];
        let mut escaped = false;
        for (at, character) in rest.char_indices().skip(1) {
            if character == '"' && !escaped {
                let quoted = &rest[..=at];
                let read = if self.is_json {
                    let read = json::unquoted(quoted);
                    read.map_err(|error| format!("the quoted text is not JSON ({error})"))
                } else {
                    text::read(quoted)
                };
                let read = read.map_err(|error| self.error(error))?;
                self.offset += at + 1;
                return Ok(read);
            }
            escaped = character == '\\' && !escaped;
        }
        Err(self.error("the closing `\"` is missing"))
    }

    fn scalar(&mut self) -> Result<String, NotationError> {
        let start = self.offset;
        let word = self.word(&[',', ']', '}'])?;
        if self.is_json && !matches!(&*word, "true" | "false" | "null") && !is_json_number(&word) {
            self.offset = start;
            return Err(self.error(format!(
                "`{word}` is not JSON; write a number, `true`, `false`, `null`, or a text in quotes"
            )));
        }
        if !self.is_json {
            let is_escaped = word.ends_with('\\') && self.peek() == Some(',');
            let refused = if is_escaped {
                Some(format!(
                    "write a text with a comma in quotes, or `{}` if it ends with a backslash, not `{word},`",
                    text::quoted(&word)
                ))
            } else {
                text::read(&word).err()
            };
            if let Some(refused) = refused {
                self.offset = start;
                return Err(self.error(refused));
            }
        }
        Ok(word)
    }

    fn word(&mut self, ends: &[char]) -> Result<String, NotationError> {
        let rest = &self.text[self.offset..];
        let length = rest.find(ends).unwrap_or(rest.len());
        let word = rest[..length].trim_end();
        if word.is_empty() {
            return Err(self.unexpected("a value"));
        }
        self.offset += word.len();
        Ok(word.to_owned())
    }

    fn peek(&self) -> Option<char> {
        self.text[self.offset..].chars().next()
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.offset..];
        let is_space = |character: char| {
            character.is_whitespace() && (!self.is_json || " \t\n\r".contains(character))
        };
        self.offset += rest.len() - rest.trim_start_matches(is_space).len();
    }

    fn unexpected(&self, wanted: &str) -> NotationError {
        match self.peek() {
            Some(character) => self.error(format!("{wanted} is missing before `{character}`")),
            None => self.error(format!("{wanted} is missing at the end")),
        }
    }

    fn error(&self, message: impl Into<String>) -> NotationError {
        NotationError {
            offset: self.offset,
            message: message.into(),
        }
    }
}

fn is_json_number(word: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = word.strip_prefix('-').unwrap_or(word);
    let (number, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && is_digits(fraction)
        && is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn word(text: &str) -> Tree {
        Tree::Word(text.to_owned())
    }

    #[test]
    fn json_is_read_and_words_need_no_quotes() {
        assert_eq!(
            parse(r#" [1, "a,b", {"x": null, y: -inf }, []] "#),
            Ok(Tree::List(vec![
                word("1"),
                Tree::Quoted("a,b".to_owned()),
                Tree::Object(vec![("x".into(), word("null")), ("y".into(), word("-inf")),]),
                Tree::List(Vec::new()),
            ]))
        );
    }

    #[test]
    fn errors_say_where_and_what_is_missing() {
        let check = |text: &str, offset: usize, message: &str| {
            let error = parse(text).map_err(|error| (error.offset, error.to_string()));
            assert_eq!(error, Err((offset, message.to_owned())));
        };
        check("[1, 2", 5, "`,` or `]` is missing at the end");
        check("[1, ]", 4, "another value is missing before `]`");
        check("[1,, 2]", 3, "a value is missing before `,`");
        check("{a 1}", 4, "`:` is missing before `}`");
        check("{a: 1, a: 2}", 7, "`a` is there twice");
        check("[1] x", 4, "nothing may follow here, not `x`");
        check("[\"a]", 1, "the closing `\"` is missing");
        check(
            "[a, 'b c']",
            4,
            r#"write `b c`, or `"'b c'"` with its quotes, not `'b c'`"#,
        );
        check(
            r"{x: [a\, b]}",
            5,
            r#"write a text with a comma in quotes, or `"a\\"` if it ends with a backslash, not `a\,`"#,
        );
        check(
            "{'a': 1}",
            1,
            r#"write `a`, or `"'a'"` with its quotes, not `'a'`"#,
        );
        check(
            r#"["\beta"]"#,
            1,
            r#"write `"\\beta"` for a backslash, or `\u0008` in place of `\b` for a backspace: `"\beta"` may be either"#,
        );
        check(&"[".repeat(200), 100, "more than 100 levels are nested");
    }

    #[test]
    fn a_value_is_located_by_its_path() {
        let text = r#"[{"a": 1}, {"a": {"b": [5, 6]}}]"#;
        let check = |path: &[&str], rest: &str| {
            assert!(text[locate(text, path)..].starts_with(rest), "{path:?}");
        };
        check(&[], "[{");
        check(&["1", "a", "b", "1"], "6]");
        check(&["0", "a"], "1}");
        check(&["1", "a", "missing"], r#"{"b""#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_at_a_place_inside_it(text in "[\\[\\]{}:,\"\\\\ a-c0-9é]{0,40}|.*") {
            if let Err(error) = parse(&text) {
                prop_assert!(text.is_char_boundary(error.offset));
            }
            prop_assert!(locate(&text, &["a", "0"]) <= text.len());
        }

        #[test]
        fn json_is_what_others_take_for_it(
            text in "(\\[|\\]|\\{|\\}|\"|[:,]|\"[a-c]?\": ?|[ \n\u{a0}\\\\]|-?[0-9]{1,2}|[.eE+-]|null|true|x){0,12}|.*"
        ) {
            let read = parse_json(&text);
            let is_read_twice = matches!(&read, Err(error) if error.message.ends_with("is there twice"));
            let is_json = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            prop_assert!(read.is_ok() == is_json || is_read_twice, "{:?}", read);
        }

        #[test]
        fn any_number_is_read_as_in_json(text in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?") {
            prop_assert_eq!(parse_json(&text).is_ok(), serde_json::from_str::<IgnoredAny>(&text).is_ok());
        }
    }
}
