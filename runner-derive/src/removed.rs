//! [`Removed`]: a field that the type no longer has.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Ident, LitStr, Token, Type,
    parse::{ParseStream, Parser},
};

use crate::{
    errors::Errors,
    item::{Item, Value},
    print::print,
    ty,
};

pub(crate) const USAGE: &str = "#[config(removed(\"old_name\": Type, was = EXPR))]";

/// A parsed `removed("name": Type, was = EXPR, added = EXPR)`.
pub(crate) struct Removed {
    /// The name in the key.
    pub(crate) name: LitStr,
    /// The type with `Self` replaced.
    pub(crate) ty: Type,
    /// The type as written in the source.
    pub(crate) type_name: String,
    pub(crate) was: TokenStream,
    pub(crate) added: Option<TokenStream>,
}

impl Removed {
    /// Parses the tokens in the parentheses behind `at`.
    pub(crate) fn parse(at: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let parts = |input: ParseStream| {
            let name: LitStr = input.parse()?;
            input.parse::<Token![:]>()?;
            let ty: Type = input.parse()?;
            input.parse::<Token![,]>()?;
            Ok((name, ty, input.parse::<TokenStream>()?))
        };
        let Ok((name, ty, rest)) = parts.parse2(tokens) else {
            errors.report(at, format!("write `{USAGE}`: this `{at}` is malformed"));
            return None;
        };
        let values = values(rest, &["was", "added"], errors)?;
        let [was, added] = values.try_into().ok()?;
        let Some(was) = was else {
            errors.report(
                at,
                format!("write `{USAGE}`: `{at}` needs the value for which old results stay valid"),
            );
            return None;
        };
        Some(Self {
            name,
            type_name: print(ty.to_token_stream()),
            ty,
            was,
            added,
        })
    }

    pub(crate) fn without_self(mut self, this: &TokenStream) -> Self {
        self.ty = ty::without_self(&self.ty, this);
        self
    }
}

/// Returns the expressions in `name = EXPR, …`, in the order of `names`, or `None` after reporting a mistake.
pub(crate) fn values(
    tokens: TokenStream,
    names: &[&str],
    errors: &mut Errors,
) -> Option<Vec<Option<TokenStream>>> {
    let items = match Item::list(tokens) {
        Ok(items) => items,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let mut values = vec![None; names.len()];
    let mut is_right = true;
    for Item { name, value } in items {
        let place = names.iter().position(|known| name == known);
        let error = match (place, value) {
            (Some(place), Value::Assigned(_)) if values[place].is_some() => {
                format!("write `{name}` only once")
            }
            (Some(place), Value::Assigned(value)) => {
                values[place] = Some(value);
                continue;
            }
            (Some(_), _) => format!("write `{name} = EXPR`: this `{name}` is malformed"),
            (None, _) => format!("unknown `{name}`: expected `{}`", names.join("`, `")),
        };
        errors.report(&name, error);
        is_right = false;
    }
    is_right.then_some(values)
}
