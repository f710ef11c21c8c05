//! JSON as text: [`json`] writes values, [`object`]s and [`list`]s; [`unquoted`] reads a text in quotes.

use std::{
    fmt::{self, Display, LowerExp, Write as _},
    ops::RangeInclusive,
    str::Chars,
};

/// Where lines break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Nowhere; there are no spaces either.
    Compact,
    /// Before each member of an object. A list is on one line.
    Members,
    /// Before each member of an object and each item of a list.
    Items,
}

/// A value that JSON can say.
pub(crate) trait ToJson {
    fn write(self, out: &mut JsonWriter);
}

/// Returns the value as JSON, without a newline at the end.
pub(crate) fn json(value: impl ToJson, layout: Layout) -> String {
    let mut out = JsonWriter {
        text: String::new(),
        layout,
        depth: 0,
    };
    value.write(&mut out);
    out.text
}

/// An object whose members `members` puts one after the other.
pub(crate) fn object(members: impl FnOnce(&mut Object<'_>)) -> impl ToJson {
    ObjectOf(members)
}

pub(crate) fn list(items: impl IntoIterator<Item = impl ToJson>) -> impl ToJson {
    ListOf(items)
}

/// What is displayed, as a text in quotes.
pub(crate) struct Shown<T>(pub(crate) T);

pub(crate) struct Null;

pub(crate) struct JsonWriter {
    text: String,
    layout: Layout,
    /// In levels of indentation.
    depth: usize,
}

/// An object that is being written.
pub(crate) struct Object<'a>(JsonGroup<'a>);

impl Object<'_> {
    pub(crate) fn put(&mut self, name: &str, value: impl ToJson) -> &mut Self {
        let out = self.0.next();
        name.write(out);
        out.text.push(':');
        if out.layout != Layout::Compact {
            out.text.push(' ');
        }
        value.write(out);
        self
    }

    /// Leaves the member out if there is no value.
    pub(crate) fn put_some(&mut self, name: &str, value: Option<impl ToJson>) -> &mut Self {
        match value {
            Some(value) => self.put(name, value),
            None => self,
        }
    }
}

struct ObjectOf<F>(F);
struct ListOf<I>(I);

impl<F: FnOnce(&mut Object<'_>)> ToJson for ObjectOf<F> {
    fn write(self, out: &mut JsonWriter) {
        let has_lines = out.layout != Layout::Compact;
        let mut object = Object(JsonGroup::open(out, '{', has_lines));
        (self.0)(&mut object);
        object.0.close('}');
    }
}

impl<I: IntoIterator<Item: ToJson>> ToJson for ListOf<I> {
    fn write(self, out: &mut JsonWriter) {
        let has_lines = out.layout == Layout::Items;
        let mut items = JsonGroup::open(out, '[', has_lines);
        for item in self.0 {
            item.write(items.next());
        }
        items.close(']');
    }
}

/// What is between brackets.
struct JsonGroup<'a> {
    out: &'a mut JsonWriter,
    has_lines: bool,
    is_empty: bool,
}

impl<'a> JsonGroup<'a> {
    fn open(out: &'a mut JsonWriter, bracket: char, has_lines: bool) -> Self {
        out.text.push(bracket);
        out.depth += usize::from(has_lines);
        Self {
            out,
            has_lines,
            is_empty: true,
        }
    }

    fn next(&mut self) -> &mut JsonWriter {
        let separator = match (
            self.is_empty,
            self.has_lines || self.out.layout == Layout::Compact,
        ) {
            (true, _) => "",
            (false, true) => ",",
            (false, false) => ", ",
        };
        self.out.text.push_str(separator);
        self.is_empty = false;
        if self.has_lines {
            self.out.start_line();
        }
        self.out
    }

    fn close(self, bracket: char) {
        self.out.depth -= usize::from(self.has_lines);
        if self.has_lines && !self.is_empty {
            self.out.start_line();
        }
        self.out.text.push(bracket);
    }
}

impl JsonWriter {
    fn start_line(&mut self) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("  ", self.depth));
    }

    fn display(&mut self, value: impl Display) {
        // Writing to a string can't fail.
        let _ = write!(self.text, "{value}");
    }

    /// Writes the shortest digits that read back as the same number; `null` if it is not finite. Exponents in `plain`
    /// are not written as such.
    fn float(&mut self, number: impl Display + LowerExp, plain: &RangeInclusive<i32>) {
        let scientific = format!("{number:e}");
        let parts = scientific.split_once('e');
        let Some((digits, Ok(exponent))) = parts.map(|(digits, text)| (digits, text.parse()))
        else {
            return self.text.push_str("null");
        };
        if plain.contains(&exponent) {
            let start = self.text.len();
            self.display(number);
            if !self.text[start..].contains('.') {
                self.text.push_str(".0");
            }
        } else {
            let sign = if exponent < 0 { '-' } else { '+' };
            self.display(format_args!("{digits}e{sign}{}", exponent.abs()));
        }
    }
}

/// Writes what is inside quotes.
struct Escaped<'a>(&'a mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|next| matches!(next, '"' | '\\' | '\0'..=LAST_CONTROL)) {
            self.0.push_str(&rest[..at]);
            match rest.as_bytes()[at] {
                special @ (b'"' | b'\\') => self.0.extend(['\\', special.into()]),
                b'\t' => self.0.push_str("\\t"),
                b'\n' => self.0.push_str("\\n"),
                b'\r' => self.0.push_str("\\r"),
                control => write!(self.0, "\\u{control:04x}")?,
            }
            rest = &rest[at + 1..];
        }
        self.0.push_str(rest);
        Ok(())
    }
}

impl<T: Display> ToJson for Shown<T> {
    fn write(self, out: &mut JsonWriter) {
        out.text.push('"');
        // Writing to a string can't fail.
        let _ = write!(Escaped(&mut out.text), "{}", self.0);
        out.text.push('"');
    }
}

impl ToJson for &str {
    fn write(self, out: &mut JsonWriter) {
        Shown(self).write(out);
    }
}

impl ToJson for &String {
    fn write(self, out: &mut JsonWriter) {
        Shown(self).write(out);
    }
}

impl ToJson for Null {
    fn write(self, out: &mut JsonWriter) {
        out.text.push_str("null");
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn write(self, out: &mut JsonWriter) {
        match self {
            Some(value) => value.write(out),
            None => Null.write(out),
        }
    }
}

impl ToJson for f32 {
    fn write(self, out: &mut JsonWriter) {
        out.float(self, &(-6..=12));
    }
}

impl ToJson for f64 {
    fn write(self, out: &mut JsonWriter) {
        out.float(self, &(-5..=15));
    }
}

macro_rules! displayed {
    ($($type:ty),*) => {
        $(impl ToJson for $type {
            fn write(self, out: &mut JsonWriter) {
                out.display(self);
            }
        })*
    };
}

displayed!(bool, u8, u32, u64, usize, u128, i128);

/// Reads a whole text in quotes.
///
/// # Errors
///
/// If it is no JSON; says why.
pub(crate) fn unquoted(text: &str) -> Result<String, &'static str> {
    let inside = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let inside = inside.ok_or("it is not between two quotes")?;
    let mut characters = inside.chars();
    let mut read = String::with_capacity(inside.len());
    while let Some(character) = characters.next() {
        read.push(match character {
            '\\' => escaped(&mut characters)?,
            '"' => return Err("a quote inside needs a `\\` before it"),
            '\0'..=LAST_CONTROL => return Err("a control character must be written as an escape"),
            character => character,
        });
    }
    Ok(read)
}

const LAST_CONTROL: char = '\x1f';

/// Reads what is behind a backslash.
fn escaped(characters: &mut Chars<'_>) -> Result<char, &'static str> {
    Ok(match characters.next() {
        Some(same @ ('"' | '\\' | '/')) => same,
        Some('b') => '\x08',
        Some('f') => '\x0c',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => {
            let first = code_unit(characters)?;
            let mut units = vec![first];
            // A character beyond the first 65,536 is two escapes.
            if (0xd800..0xdc00).contains(&first) && characters.as_str().starts_with("\\u") {
                characters.nth(1);
                units.push(code_unit(characters)?);
            }
            match String::from_utf16(&units).map(|text| text.chars().next()) {
                Ok(Some(character)) => character,
                _ => return Err("half of a surrogate pair"),
            }
        }
        _ => return Err("invalid escape"),
    })
}

fn code_unit(characters: &mut Chars<'_>) -> Result<u16, &'static str> {
    let digits: String = characters.by_ref().take(4).collect();
    let is_hexadecimal = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u16::from_str_radix(&digits, 16)
        .ok()
        .filter(|_| is_hexadecimal)
        .ok_or("`\\u` takes four hexadecimal digits")
}
