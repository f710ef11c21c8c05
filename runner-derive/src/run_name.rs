//! The generated `Config::run_name`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Ident, spanned::Spanned};

use crate::{
    ast::{Body, Field, Input},
    ty,
};

/// Returns the body of `run_name`.
pub(crate) fn expand(input: &Input, bounds: &mut Vec<TokenStream>) -> TokenStream {
    let none = quote!(::core::option::Option::None);
    match &input.body {
        Body::Struct(fields) => fields
            .iter()
            .find(|field| field.naming)
            .map_or(none, |field| {
                let member = &field.member;
                let value = quote_spanned!(field.ty.span()=> &self.#member);
                named(field, &value, input, bounds)
            }),
        Body::Enum(variants) => {
            let arms: Vec<_> = variants
                .iter()
                .filter_map(|variant| {
                    let field = variant.fields.iter().find(|field| field.naming)?;
                    let ident = &variant.ident;
                    let member = &field.member;
                    let value = Ident::new("value", field.ty.span());
                    let name = named(field, &quote!(#value), input, bounds);
                    Some(quote!(Self::#ident { #member: #value, .. } => #name,))
                })
                .collect();
            if arms.is_empty() {
                return none;
            }
            let others = (arms.len() < variants.len()).then(|| quote!(_ => #none,));
            quote!(match self { #(#arms)* #others })
        }
    }
}

/// Returns an expression for the run's name; `None` as the field's value means no name.
fn named(
    field: &Field,
    value: &TokenStream,
    input: &Input,
    bounds: &mut Vec<TokenStream>,
) -> TokenStream {
    let private = &input.private;
    let optional = ty::inside_option(&field.ty);
    let ty = optional.unwrap_or(&field.ty);
    if ty::mentions_parameter(ty, &input.generics) {
        bounds.push(quote!(#ty: ::core::fmt::Display));
    }
    let span = field.ty.span();
    if optional.is_some() {
        quote_spanned! {span=>
            ::core::option::Option::map(
                ::core::option::Option::as_ref(#value),
                |value| <#private::Probe<#ty>>::run_name(value),
            )
        }
    } else {
        quote_spanned! {span=>
            ::core::option::Option::Some(<#private::Probe<#ty>>::run_name(#value))
        }
    }
}
