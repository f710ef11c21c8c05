//! The derive macro of `runner`; users depend on `runner`, which re-exports it.

mod ast;
mod attr;
mod case;
mod check;
mod errors;
mod expand;
mod fallback;
mod item;
mod print;
mod serde;
mod shape;
mod sweep;
mod ty;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Placeholder
#[proc_macro_derive(Config, attributes(config))]
pub fn derive_config(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = errors::Errors::default();
    let Some(input) = ast::Input::parse(input, &mut errors) else {
        return errors.into_compile_errors().into();
    };
    check::check(&input, &mut errors);
    if errors.is_empty() {
        expand::expand(&input).into()
    } else {
        let errors = errors.into_compile_errors();
        let stubs = fallback::expand(&input);
        quote!(#errors #stubs).into()
    }
}
