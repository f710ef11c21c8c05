//! The source of a type with the usual spaces.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Prints the tokens with the usual spaces: `Option<u32>`, not `Option < u32 >`.
pub(crate) fn print(tokens: TokenStream) -> String {
    let mut words = Vec::new();
    split(tokens, &mut words);
    let mut printed = String::new();
    let mut before = "";
    let mut after_operator = false;
    for word in &words {
        let operator = is_operator(before, word);
        if operator || after_operator || spaced(before, word) {
            printed.push(' ');
        }
        printed.push_str(word);
        before = word;
        after_operator = operator;
    }
    printed
}

/// Splits the tokens into words without a space inside: `::`, `->` and lifetimes are one word each.
fn split(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                words.extend((!open.is_empty()).then(|| open.to_owned()));
                split(group.stream(), words);
                words.extend((!close.is_empty()).then(|| close.to_owned()));
            }
            token => {
                let text = token.to_string();
                match words.last_mut() {
                    Some(last) if continues(last, &text) => last.push_str(&text),
                    _ => words.push(text),
                }
            }
        }
    }
}

fn continues(word: &str, next: &str) -> bool {
    matches!((word, next), (":", ":") | ("-", ">") | ("'", _))
}

fn spaced(before: &str, after: &str) -> bool {
    match (before, after) {
        (_, "," | ";" | ":" | ")" | "]" | ">") | ("", _) => false,
        ("," | ";" | ":" | "+" | "=" | "->" | "{", _) | (_, "+" | "=" | "->" | "}") => true,
        (before, _) if is_keyword(before) => true,
        _ => is_name(after) && (is_name(before) || matches!(before, ">" | ")" | "]")),
    }
}

/// Whether the word stands between two operands, such as the `*` in `2 * N`, not in `*const u8`.
fn is_operator(before: &str, word: &str) -> bool {
    let operand = is_name(before) && !is_keyword(before) || matches!(before, ")" | "]" | "}");
    operand && matches!(word, "*" | "-" | "/" | "%" | "&" | "|" | "^")
}

fn is_keyword(word: &str) -> bool {
    matches!(word, "mut" | "const" | "dyn" | "impl" | "as")
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphanumeric() || matches!(first, '_' | '\'' | '"'))
}

#[cfg(test)]
mod tests {
    use super::print;

    #[test]
    fn types_are_printed_as_people_write_them() {
        for source in [
            "f64",
            "Option<u32>",
            "std::collections::HashMap<String, Vec<Option<u8>>>",
            "::std::string::String",
            "(u8, (f32, String), ())",
            "(u8,)",
            "[[f64; 3]; N]",
            "Box<[u8]>",
            "Box<dyn Fn(u8, u16) -> u32 + Send>",
            "Box<dyn Iterator<Item = u8> + 'static>",
            "&'a mut [u8]",
            "Cow<'static, str>",
            "<T as Trait>::Item",
            "<Vec<T> as IntoIterator>::Item",
            "*const u8",
            "r#type::Thing",
            "_private::_Thing",
            "Matrix<{ 1 + 2 }, -1>",
            "[u8; size_of::<u8>() * 2 - N / 3]",
            "Box<dyn ::std::any::Any>",
            "for<'a> fn(&'a u8) -> &'a u8",
        ] {
            let tokens = source.parse().expect("these are tokens");
            assert_eq!(print(tokens), source);
        }
    }

    #[test]
    fn the_spaces_of_the_source_do_not_matter() {
        let tokens = "HashMap < String ,Vec<  u8>>"
            .parse()
            .expect("these are tokens");
        assert_eq!(print(tokens), "HashMap<String, Vec<u8>>");
    }
}
