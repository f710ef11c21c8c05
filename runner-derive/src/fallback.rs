//! Stubs for a type with mistakes, so that no follow-up errors hide them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Lifetime, parse_quote};

use crate::{
    ast::Input,
    expand::{item, supertraits},
    sweep,
};

pub(crate) fn expand(input: &Input) -> TokenStream {
    let Input {
        ident,
        generics,
        private,
        ..
    } = input;
    // The lifetime delays the check of this bound to the uses of the type.
    let supertraits = supertraits(private);
    let unchecked: Lifetime = parse_quote!('__config);
    let (_, arguments, _) = generics.split_for_impl();
    let mut bounded = generics.clone();
    bounded
        .make_where_clause()
        .predicates
        .push(parse_quote!(for<#unchecked> #ident #arguments: #supertraits));
    let (parameters, arguments, where_clause) = bounded.split_for_impl();
    let sweep = sweep::expand(input);
    let body = quote! {
        #[automatically_derived]
        impl #parameters #private::Shaped for #ident #arguments #where_clause {
            const SHAPE: #private::Shape = #private::Shape::Plain;
        }

        #[automatically_derived]
        impl #parameters #private::Config for #ident #arguments #where_clause {
            const FIELDS: &'static [#private::Field] = &[];
            const VARIANTS: &'static [#private::Variant] = &[];

            fn run_name(&self) -> ::core::option::Option<::std::string::String> {
                ::core::option::Option::None
            }
        }

        #sweep
    };
    item(input, &body)
}
