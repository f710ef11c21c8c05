//! The generated `Config::SECRETS` and `Config::without_secrets`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use crate::{
    ast::{Body, Field, Input},
    ty,
};

/// Returns the items of the trait, or nothing if no field is secret.
pub(crate) fn expand(input: &Input) -> TokenStream {
    let Body::Struct(fields) = &input.body else {
        return TokenStream::new();
    };
    let secret: Vec<&Field> = fields
        .iter()
        .filter(|field| field.attrs.secret.is_some())
        .collect();
    if secret.is_empty() {
        return TokenStream::new();
    }
    let names = secret.iter().map(|field| &field.name);
    let cleared = secret.iter().map(|field| {
        let (member, ty) = (&field.member, &field.ty);
        let default = quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default());
        quote!(config.#member = #default;)
    });
    quote! {
        const SECRETS: &'static [&'static str] = &[#(#names),*];

        fn without_secrets(&self) -> Self {
            let mut config = ::core::clone::Clone::clone(self);
            #(#cleared)*
            config
        }
    }
}

/// Returns checks that no config inside this one has secrets, which only the outermost config keeps out of files.
pub(crate) fn assertions(input: &Input) -> Vec<TokenStream> {
    let private = &input.private;
    let mut assertions = Vec::new();
    let mut of_field = |field: &Field| {
        ty::walk(&field.ty, &mut |inner| {
            let is_known =
                matches!(inner, Type::Path(_)) && !ty::mentions_parameter(inner, &input.generics);
            if is_known {
                assertions.push(quote_spanned! {inner.span()=>
                    const _: () = ::core::assert!(
                        <#private::Probe<#inner>>::SECRETS.is_empty(),
                        "move the `secret` field to the outermost config: only that one keeps it out of files",
                    );
                });
            }
        });
    };
    match &input.body {
        Body::Struct(fields) => fields.iter().for_each(&mut of_field),
        Body::Enum(variants) => variants
            .iter()
            .flat_map(|variant| &variant.fields)
            .for_each(&mut of_field),
    }
    assertions
}
