//! The tokens of a source file.
//!
//! Cargo builds procedural macros without optimisation in every profile, so this is a loop over bytes. Parsing with
//! `proc_macro` costs a message to the compiler for each token, and a text that is no Rust would be reported as an error.

/// A kind of token. Numbers are words, and so are keywords.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Word,
    Text,
    Lifetime,
    Open,
    Close,
    Mark,
}

/// A token of a file: where it is, and for a bracket the number of the other one.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) first: u8,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) partner: u32,
}

/// A source file and its tokens.
pub(super) struct Source {
    pub(super) text: String,
    pub(super) tokens: Vec<Token>,
}

const OTHER: u8 = 0;
const WORD: u8 = 1;
const SPACE: u8 = 2;
const OPEN: u8 = 3;
const CLOSE: u8 = 4;

static CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 256")]
        let as_byte = byte as u8;
        classes[byte] = match as_byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 128.. => WORD,
            b' ' | b'\t' | b'\n' | b'\r' | 11 | 12 => SPACE,
            b'(' | b'[' | b'{' => OPEN,
            b')' | b']' | b'}' => CLOSE,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

impl Source {
    /// Splits `text` into tokens. Comments and layout are left out; what is no Rust gives some tokens.
    pub(super) fn new(text: String) -> Self {
        let tokens = tokens(text.as_bytes());
        Self { text, tokens }
    }

    /// Returns the text of token `at`, without `r#`.
    pub(super) fn word(&self, at: usize) -> &str {
        match self.tokens.get(at) {
            Some(token) => &self.text[token.start as usize..token.end as usize],
            None => "",
        }
    }

    /// Returns whether token `at` is this punctuation or bracket.
    pub(super) fn is(&self, at: usize, mark: u8) -> bool {
        match self.tokens.get(at) {
            Some(token) => {
                token.first == mark && matches!(token.kind, Kind::Mark | Kind::Open | Kind::Close)
            }
            None => false,
        }
    }

    /// Returns whether token `at` is a word.
    pub(super) fn is_word(&self, at: usize) -> bool {
        matches!(self.tokens.get(at), Some(token) if token.kind == Kind::Word)
    }

    /// Returns the number of the token after `at`, or after the brackets that `at` opens.
    pub(super) fn after(&self, at: usize) -> usize {
        match self.tokens.get(at) {
            Some(token) if token.kind == Kind::Open => token.partner as usize + 1,
            _ => at + 1,
        }
    }
}

/// Finds the end of a text whose opening quote is before `at`.
fn end_of_text(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// Finds the end of a raw text; `at` is at its first `#` or its quote.
fn end_of_raw_text(bytes: &[u8], at: usize) -> usize {
    let mut quote = at;
    while bytes[quote] == b'#' {
        quote += 1;
    }
    let hashes = &bytes[at..quote];
    let mut at = quote + 1;
    while at < bytes.len() {
        if bytes[at] == b'"' && bytes[at + 1..].starts_with(hashes) {
            return at + 1 + hashes.len();
        }
        at += 1;
    }
    at
}

/// Finds the end of a comment in `/* */`, which may hold others; `at` is after its start.
fn end_of_comment(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 1;
    while depth > 0 && at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (b'*', b'/') => depth -= 1,
            (b'/', b'*') => depth += 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    if depth > 0 { bytes.len() } else { at }
}

/// Returns whether a raw text starts at `at`: hashes, if any, and a quote.
fn is_raw_text(bytes: &[u8], mut at: usize) -> bool {
    while at < bytes.len() && bytes[at] == b'#' {
        at += 1;
    }
    at < bytes.len() && bytes[at] == b'"'
}

/// Returns the end of the character literal whose quote is before `at`, or nothing if it is a lifetime.
fn end_of_character(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) == Some(&b'\\') {
        return Some(end_of_text(bytes, at, b'\''));
    }
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] & 0xC0 == 0x80 {
        end += 1;
    }
    (bytes.get(end) == Some(&b'\'')).then_some(end + 1)
}

/// Finds the end of what starts with a word at `start`: a word, of which `r#` is no part, or a text with a prefix.
fn word(bytes: &[u8], start: &mut usize, at: &mut usize) -> Kind {
    let end_of_word = |mut at: usize| {
        while at < bytes.len() && CLASSES[bytes[at] as usize] == WORD {
            at += 1;
        }
        at
    };
    *at = end_of_word(*at);
    let next = if *at < bytes.len() { bytes[*at] } else { b' ' };
    if *at - *start > 2 || !matches!(next, b'"' | b'#' | b'\'') {
        return Kind::Word;
    }
    *at = match (&bytes[*start..*at], next) {
        (b"r" | b"br" | b"cr", b'"' | b'#') if is_raw_text(bytes, *at) => {
            end_of_raw_text(bytes, *at)
        }
        (b"b" | b"c", b'"') | (b"b", b'\'') => end_of_text(bytes, *at + 1, next),
        (b"r", b'#') if end_of_word(*at + 1) > *at + 1 => {
            *start = *at + 1;
            *at = end_of_word(*start);
            return Kind::Word;
        }
        _ => return Kind::Word,
    };
    Kind::Text
}

fn tokens(bytes: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(bytes.len() / 4);
    let mut open: Vec<u32> = Vec::new();
    let mut at = if bytes.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    while at < bytes.len() {
        let first = bytes[at];
        let mut start = at;
        at += 1;
        let kind = match CLASSES[first as usize] {
            SPACE => continue,
            WORD => word(bytes, &mut start, &mut at),
            OPEN => {
                open.push(u32_of(tokens.len()));
                Kind::Open
            }
            CLOSE => Kind::Close,
            _ => match (first, bytes.get(at)) {
                (b'"', _) => {
                    at = end_of_text(bytes, at, b'"');
                    Kind::Text
                }
                (b'/', Some(b'/')) => {
                    while at < bytes.len() && bytes[at] != b'\n' {
                        at += 1;
                    }
                    continue;
                }
                (b'/', Some(b'*')) => {
                    at = end_of_comment(bytes, at + 1);
                    continue;
                }
                (b'\'', _) => match end_of_character(bytes, at) {
                    Some(end) => {
                        at = end;
                        Kind::Text
                    }
                    None => Kind::Lifetime,
                },
                // The only pair of marks whose parts mean something else.
                (b'&', Some(b'&')) => {
                    at += 1;
                    Kind::Mark
                }
                _ => Kind::Mark,
            },
        };
        let mut partner = 0;
        if kind == Kind::Close {
            // A bracket without its partner is its own, so that nothing that follows partners runs in a circle.
            partner = open.pop().unwrap_or(u32_of(tokens.len()));
            let number = u32_of(tokens.len());
            if let Some(opening) = tokens.get_mut(partner as usize) {
                let opening: &mut Token = opening;
                opening.partner = number;
            }
        }
        tokens.push(Token {
            kind,
            first,
            start: u32_of(start),
            end: u32_of(at.min(bytes.len())),
            partner,
        });
    }
    let last = u32_of(tokens.len().saturating_sub(1));
    for opening in open {
        tokens[opening as usize].partner = last;
    }
    tokens
}

/// Files are at most [`MAXIMUM_BYTES`](super::tree::MAXIMUM_BYTES) long.
#[expect(clippy::cast_possible_truncation, reason = "files are shorter")]
fn u32_of(number: usize) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn words(text: &str) -> Vec<String> {
        let source = Source::new(text.to_owned());
        (0..source.tokens.len())
            .map(|at| source.word(at).to_owned())
            .collect()
    }

    #[test]
    fn comments_and_layout_are_left_out() {
        assert_eq!(
            words("a /* b /* c */ d */ . // e\n/// f\ng"),
            ["a", ".", "g"]
        );
        assert_eq!(words("\u{feff}a\r\n"), ["a"]);
        assert_eq!(words("a /* never closed"), ["a"]);
    }

    #[test]
    fn texts_are_one_token() {
        assert_eq!(
            words(r#"f("a \" // b", b'\'', '"', 'x')"#),
            [
                "f",
                "(",
                r#""a \" // b""#,
                ",",
                r"b'\''",
                ",",
                "'\"'",
                ",",
                "'x'",
                ")"
            ]
        );
        assert_eq!(
            words("r#\"a \" b\"# br\"\\\" c\"d\" r##\"e\"#f\"##"),
            ["r#\"a \" b\"#", "br\"\\\"", "c\"d\"", "r##\"e\"#f\"##"]
        );
        assert_eq!(
            words("'é' '\u{1F600}' '\\u{1F600}'"),
            ["'é'", "'\u{1F600}'", "'\\u{1F600}'"]
        );
        assert_eq!(words("\"never closed"), ["\"never closed"]);
        assert_eq!(words("r#\"never closed"), ["r#\"never closed"]);
        assert_eq!(words("r#"), ["r", "#"]);
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_no_texts() {
        assert_eq!(words("&'a str, '_"), ["&", "'", "a", "str", ",", "'", "_"]);
        assert_eq!(words("r#type b r br#x"), ["type", "b", "r", "br", "#", "x"]);
    }

    #[test]
    fn brackets_know_their_partners_also_if_there_are_none() {
        let source = Source::new("{ ( ) [ ] } x".to_owned());
        assert_eq!(
            (source.after(0), source.after(1), source.after(6)),
            (6, 3, 7)
        );
        for text in ["} x", "( x", "{ ) ]", ""] {
            let source = Source::new(text.to_owned());
            for at in 0..source.tokens.len() {
                assert!(source.after(at) > at, "{text}");
            }
        }
    }

    #[test]
    fn only_a_double_ampersand_is_one_mark() {
        assert_eq!(
            words("a&&b & &c >> d"),
            ["a", "&&", "b", "&", "&", "c", ">", ">", "d"]
        );
    }
}
