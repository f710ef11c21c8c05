//! Splits Rust into words and signs, and leaves out what is compiled only for tests.

/// Keywords of items that end with `;` or with their block.
const ITEMS: [&str; 9] = [
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "struct",
    "trait",
    "union",
];
/// Keywords of items that end with `;`.
const STATEMENTS: [&str; 5] = ["const", "let", "static", "type", "use"];

/// A word, `::`, or one other sign.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Returns the tokens of production code: no comments, literals, lifetimes, attributes and tests.
pub(super) fn production(source: &str) -> Vec<Token> {
    let tokens = tokens(source);
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_inner = text(&tokens, at + 1) == "!";
        let open = at + 1 + usize::from(is_inner);
        if text(&tokens, at) != "#" || text(&tokens, open) != "[" {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let end = closing(&tokens, open) + 1;
        at = match (is_for_tests(&tokens[open..end]), is_inner) {
            (true, true) => tokens.len(),
            (true, false) => end_of_item(&tokens, end),
            (false, _) => end,
        };
    }
    kept
}

/// Returns the text of a token, empty behind the last one.
pub(super) fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| &token.text)
}

pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first == '_' || first.is_alphabetic())
}

/// Returns the place of the bracket that closes the one at `open`.
pub(super) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("no bracket closes the one in line {}", tokens[open].line);
}

/// Whether an attribute is `test`, `cfg(test)` or `cfg(all(test, …))`.
fn is_for_tests(attribute: &[Token]) -> bool {
    let attribute: String = attribute.iter().map(|token| token.text.as_str()).collect();
    ["[test]", "[cfg(test)]"].contains(&attribute.as_str())
        || attribute.starts_with("[cfg(all(test,")
}

/// Returns the place behind the item, field, arm or statement that begins at `at`.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    while text(tokens, at) == "#" {
        at = closing(tokens, at + 1) + 1;
    }
    if text(tokens, at) == "pub" {
        at += 1;
        if text(tokens, at) == "(" {
            at = closing(tokens, at) + 1;
        }
    }
    while ["unsafe", "async"].contains(&text(tokens, at))
        || text(tokens, at) == "const" && text(tokens, at + 1) == "fn"
    {
        at += 1;
    }
    let is_item = ITEMS.contains(&text(tokens, at));
    let is_statement = STATEMENTS.contains(&text(tokens, at));
    while at < tokens.len() {
        match text(tokens, at) {
            ";" => return at + 1,
            "," if !is_item && !is_statement => return at + 1,
            ")" | "]" | "}" => return at,
            "{" if is_item => return closing(tokens, at) + 1,
            "{" if !is_statement => {
                at = closing(tokens, at);
                match text(tokens, at + 1) {
                    ";" | "," => return at + 2,
                    "=>" | "=" | "." | "?" | "if" | "|" | "else" => {}
                    _ => return at + 1,
                }
            }
            "(" | "[" | "{" => at = closing(tokens, at),
            _ => {}
        }
        at += 1;
    }
    at
}

fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = skipped(rest).unwrap_or_else(|| {
            let length = match word(rest) {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                length => length,
            };
            if !first.is_whitespace() && !first.is_ascii_digit() {
                let text = rest[..length].to_owned();
                tokens.push(Token { text, line });
            }
            length
        });
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// Returns the length of the word that `text` begins with.
fn word(text: &str) -> usize {
    text.find(|next: char| next != '_' && !next.is_alphanumeric())
        .unwrap_or(text.len())
}

/// Returns the length of the comment, literal or lifetime that `text` begins with.
fn skipped(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        let end = text.find("*/").expect("a comment ends");
        return Some(end + 2);
    }
    let prefix = word(text);
    let quoted = &text[prefix..];
    match &text[..prefix] {
        "r" | "br" | "cr" => {
            let hashes = quoted.len() - quoted.trim_start_matches('#').len();
            let inside = quoted[hashes..].strip_prefix('"')?;
            let end = format!("\"{}", "#".repeat(hashes));
            let length = inside.find(&end).expect("a raw string ends");
            Some(prefix + hashes + 1 + length + end.len())
        }
        "" | "b" | "c" if quoted.starts_with('"') => Some(prefix + closed(quoted, '"')),
        "" | "b" if quoted.starts_with('\'') => {
            let mut inside = quoted[1..].chars();
            let is_literal = inside.next() == Some('\\') || inside.next() == Some('\'');
            Some(if is_literal {
                prefix + closed(quoted, '\'')
            } else {
                1 + word(&quoted[1..])
            })
        }
        _ => None,
    }
}

/// Returns the length up to the second `quote`, where `\` hides the sign behind it.
fn closed(text: &str, quote: char) -> usize {
    let mut is_hidden = false;
    for (at, next) in text.char_indices().skip(1) {
        if next == quote && !is_hidden {
            return at + 1;
        }
        is_hidden = next == '\\' && !is_hidden;
    }
    panic!(
        "no {quote} closes {}",
        text.lines().next().unwrap_or_default()
    );
}
