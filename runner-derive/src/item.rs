//! [`Item`]: one entry of an attribute's list, such as `skip` or `added = EXPR`.
//!
//! `syn::Meta` parses only literals and paths as values without syn's feature `full`, and `EXPR` may be any expression.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Ident, LitStr, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
    token::Paren,
};

pub(crate) struct Item {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// `name`
    None,
    /// `name = tokens`; never empty
    Assigned(TokenStream),
    /// `name(tokens)`
    List(TokenStream),
}

impl Item {
    /// Parses the entries of an attribute's list, separated by commas.
    pub(crate) fn list(tokens: TokenStream) -> syn::Result<Vec<Self>> {
        let items = |input: ParseStream| {
            let mut items = Vec::new();
            while !input.is_empty() {
                items.push(input.parse()?);
                if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                    return Err(input.error("write a comma between two attributes"));
                }
            }
            Ok(items)
        };
        items.parse2(tokens)
    }

    /// Returns the string of `name = "string"`.
    pub(crate) fn string(&self) -> Option<LitStr> {
        match &self.value {
            Value::Assigned(tokens) => syn::parse2(tokens.clone()).ok(),
            Value::None | Value::List(_) => None,
        }
    }
}

impl Parse for Item {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let Ok(name) = input.call(Ident::parse_any) else {
            return Err(input.error("write the name of an attribute, such as `skip`"));
        };
        let value = if input.peek(Token![=]) {
            let equals: Token![=] = input.parse()?;
            let tokens = expression(input)?;
            if tokens.is_empty() {
                return Err(syn::Error::new_spanned(
                    equals,
                    format!("write a value after `{name} =`"),
                ));
            }
            Value::Assigned(tokens)
        } else if input.peek(Paren) {
            let list;
            syn::parenthesized!(list in input);
            Value::List(list.parse()?)
        } else {
            Value::None
        };
        Ok(Self { name, value })
    }
}

/// Returns the tokens of one expression: all up to the next comma outside brackets.
///
/// `<` is a bracket at the start and after `::`, where it cannot be a comparison. So the comma in `x as Pair<A, B>`
/// ends the expression, unless it stands in parentheses.
fn expression(input: ParseStream) -> syn::Result<TokenStream> {
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    let mut before = [None, None];
    while !input.is_empty() && (depth > 0 || !input.peek(Token![,])) {
        let token: TokenTree = input.parse()?;
        let char = match &token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        };
        match (char, before) {
            (Some('<'), [Some(':'), Some(':')]) => depth += 1,
            (Some('<'), _) if depth > 0 || tokens.is_empty() => depth += 1,
            (Some('>'), [_, Some('-' | '=')]) => {}
            (Some('>'), _) => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = [before[1], char];
        tokens.push(token);
    }
    Ok(tokens.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::{Item, Value};

    #[track_caller]
    fn check(source: &str, expected: &[(&str, &str)]) {
        let tokens = source.parse().expect("these are tokens");
        let items: Vec<_> = Item::list(tokens)
            .expect("this is a list of items")
            .into_iter()
            .map(|item| {
                let value = match item.value {
                    Value::None => String::new(),
                    Value::Assigned(tokens) | Value::List(tokens) => tokens.to_string(),
                };
                (item.name.to_string(), value.replace(' ', ""))
            })
            .collect();
        let items: Vec<_> = items
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(items, expected);
    }

    #[test]
    fn items_are_separated_by_commas() {
        check("", &[]);
        check("skip", &[("skip", "")]);
        check("skip, name,", &[("skip", ""), ("name", "")]);
        check("crate = a::b", &[("crate", "a::b")]);
        check(
            r#"rename(serialize = "a")"#,
            &[("rename", r#"serialize="a""#)],
        );
    }

    #[test]
    fn a_comma_inside_an_expression_does_not_end_it() {
        check("added = (1, 2), skip", &[("added", "(1,2)"), ("skip", "")]);
        check(
            "added = f(1, 2), skip",
            &[("added", "f(1,2)"), ("skip", "")],
        );
        check(
            "added = HashMap::<u8, fn(u8) -> Vec<u8>>::new(), skip",
            &[
                ("added", "HashMap::<u8,fn(u8)->Vec<u8>>::new()"),
                ("skip", ""),
            ],
        );
        check(
            "added = <Pair<u8, u8> as Default>::default(), skip",
            &[("added", "<Pair<u8,u8>asDefault>::default()"), ("skip", "")],
        );
    }

    #[test]
    fn a_comparison_is_no_bracket() {
        check("added = 1 < 2, skip", &[("added", "1<2"), ("skip", "")]);
        check("added = 1 << 2, skip", &[("added", "1<<2"), ("skip", "")]);
        check("added = a > b, skip", &[("added", "a>b"), ("skip", "")]);
    }

    #[test]
    fn an_item_without_its_value_is_an_error() {
        for source in ["added =", "added = , skip", "= 1", "\"skip\"", "skip name"] {
            let tokens = source.parse().expect("these are tokens");
            assert!(Item::list(tokens).is_err(), "{source}");
        }
    }
}
