//! The typed builder behind `config.sweep()`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Member, ext::IdentExt};

use crate::{
    ast::{Body, Field, Input},
    ty,
};

pub(crate) fn expand(input: &Input) -> TokenStream {
    match &input.body {
        Body::Struct(fields) => of_struct(input, fields),
        Body::Enum(_) => of_enum(input),
    }
}

/// Returns the bounds that let generated code clone the type. The lifetime delays the check of `Config` to the use of
/// the type, so a missing supertrait is an error only in the impl of `Config`.
fn where_clause(input: &Input) -> TokenStream {
    let Input {
        ident,
        generics,
        private,
        ..
    } = input;
    let (_, arguments, where_clause) = generics.split_for_impl();
    let predicates = where_clause
        .into_iter()
        .flat_map(|where_clause| &where_clause.predicates);
    quote!(where #(#predicates,)* for<'__config> #ident #arguments: #private::Config)
}

fn of_enum(input: &Input) -> TokenStream {
    let Input {
        ident,
        vis,
        generics,
        private,
        sweep,
        ..
    } = input;
    let where_clause = where_clause(input);
    let (parameters, arguments, _) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters #ident #arguments #where_clause {
            /// Starts a product of values over this config: `each` adds values, `build` returns the configs.
            #vis fn #sweep(&self) -> #private::Sweep<Self> {
                #private::Sweep::new(::core::clone::Clone::clone(self))
            }
        }
    }
}

fn of_struct(input: &Input, fields: &[Field]) -> TokenStream {
    let Input {
        ident,
        vis,
        generics,
        private,
        sweep,
        ..
    } = input;
    let (parameters, arguments, declared) = generics.split_for_impl();
    let where_clause = where_clause(input);
    let builder = format_ident!("__{}Sweep", ident.unraw());
    let methods = fields.iter().filter_map(|field| method(field, input));
    quote! {
        #[automatically_derived]
        impl #parameters #ident #arguments #where_clause {
            /// Starts a product of values over this config: one method for each field adds its values, the last
            /// called varies fastest, and `build` returns the configs.
            #vis fn #sweep(&self) -> #builder #arguments {
                #builder(#private::Sweep::new(::core::clone::Clone::clone(self)))
            }
        }

        /// A product of values over a config.
        #[must_use = "a sweep does nothing until `build()` is called"]
        #vis struct #builder #parameters (#private::Sweep<#ident #arguments>) #declared;

        #[automatically_derived]
        impl #parameters #builder #arguments #where_clause {
            #(#methods)*

            /// Replaces every config by one copy for each of `items`, changed by `apply`: for paired, nested or
            /// dependent fields.
            #vis fn each<__T: ::core::clone::Clone>(
                self,
                items: impl ::core::iter::IntoIterator<Item = __T>,
                apply: impl ::core::ops::Fn(&mut #ident #arguments, __T),
            ) -> Self {
                Self(self.0.each(items, apply))
            }

            /// Returns the configs, in the order of the product.
            #[must_use]
            #vis fn build(self) -> ::std::vec::Vec<#ident #arguments> {
                self.0.build()
            }
        }
    }
}

/// Returns the method for one field, or `None` if the builder has a method of that name.
fn method(field: &Field, input: &Input) -> Option<TokenStream> {
    let Member::Named(name) = &field.member else {
        return None;
    };
    if name.unraw() == "build" || name.unraw() == "each" {
        return None;
    }
    let Field { vis, ty, .. } = field;
    let doc = doc(name, &field.doc);
    if ty::is_string(ty) {
        return Some(quote! {
            #[doc = #doc]
            #vis fn #name(
                self,
                items: impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<#ty>>,
            ) -> Self {
                let items = ::core::iter::IntoIterator::into_iter(items);
                let items = ::core::iter::Iterator::map(items, ::core::convert::Into::<#ty>::into);
                Self(self.0.each(items, |config, item| config.#name = item))
            }
        });
    }
    let bound = ty::mentions_parameter(ty, &input.generics)
        .then(|| quote!(where #ty: ::core::clone::Clone));
    Some(quote! {
        #[doc = #doc]
        #vis fn #name(self, items: impl ::core::iter::IntoIterator<Item = #ty>) -> Self #bound {
            Self(self.0.each(items, |config, item| config.#name = item))
        }
    })
}

fn doc(name: &Ident, doc: &str) -> String {
    let name = name.unraw();
    let summary = format!(" Makes one config for each of `items`, with the item as its `{name}`.");
    if doc.is_empty() {
        summary
    } else {
        let lines: Vec<_> = doc.lines().map(|line| format!(" {line}")).collect();
        format!("{summary}\n\n{}", lines.join("\n"))
    }
}
