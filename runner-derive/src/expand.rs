//! The code that the derive writes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Lit;

use crate::{
    ast::{Body, Field, Input, Variant},
    run_name,
    shape::Shapes,
    sweep, ty,
};

pub(crate) fn expand(input: &Input) -> TokenStream {
    let Input {
        ident,
        generics,
        private,
        body,
        ..
    } = input;
    let mut shapes = Shapes::new(input);
    let mut bounds = Vec::new();
    let (fields, variants) = match body {
        Body::Struct(of_struct) => {
            let of_struct = fields(of_struct, input, &mut shapes, &mut bounds);
            (of_struct, quote!(&[]))
        }
        Body::Enum(of_enum) => {
            let of_enum: Vec<_> = of_enum
                .iter()
                .map(|each| variant(each, input, &mut shapes, &mut bounds))
                .collect();
            (quote!(&[]), quote!(&[#(#of_enum),*]))
        }
    };
    let run_name = run_name::expand(input, &mut bounds);
    bounds.append(&mut shapes.bounds);
    let assertions = shapes.assertions;
    let where_clause = where_clause(input, &bounds);
    let sweep = sweep::expand(input);
    let (parameters, arguments, _) = generics.split_for_impl();
    let body = quote! {
        #[automatically_derived]
        impl #parameters #private::Shaped for #ident #arguments #where_clause {
            const SHAPE: #private::Shape = #private::Shape::Config(#private::members::<Self>);
        }

        #[automatically_derived]
        impl #parameters #private::Config for #ident #arguments #where_clause {
            const FIELDS: &'static [#private::Field] = #fields;
            const VARIANTS: &'static [#private::Variant] = #variants;

            fn run_name(&self) -> ::core::option::Option<::std::string::String> {
                #run_name
            }
        }

        #(#assertions)*

        #sweep
    };
    item(input, &body)
}

/// The one item that holds all generated code, out of the way of the user's names and lints.
pub(crate) fn item(input: &Input, body: &TokenStream) -> TokenStream {
    let private = &input.private;
    quote! {
        #[allow(
            dead_code,
            deprecated,
            missing_debug_implementations,
            non_snake_case,
            unused_imports,
            unused_qualifications,
            clippy::all,
            clippy::pedantic,
            clippy::impl_trait_in_params,
        )]
        const _: () = {
            use #private::PlainShape as _;
            #body
        };
    }
}

/// What `Config` requires, asked of the whole type where it is generic: serde and `Clone` know better than this derive
/// which bounds each parameter needs.
fn where_clause(input: &Input, bounds: &[TokenStream]) -> TokenStream {
    let Input {
        ident,
        generics,
        private,
        ..
    } = input;
    let (_, arguments, where_clause) = generics.split_for_impl();
    let mut predicates: Vec<_> = where_clause
        .into_iter()
        .flat_map(|where_clause| &where_clause.predicates)
        .map(|predicate| quote!(#predicate))
        .collect();
    if !generics.params.is_empty() {
        let supertraits = supertraits(private);
        predicates.push(quote!(#ident #arguments: #supertraits));
    }
    predicates.extend_from_slice(bounds);
    quote!(where #(#predicates,)*)
}

/// The supertraits of `Config`.
pub(crate) fn supertraits(private: &TokenStream) -> TokenStream {
    quote! {
        ::core::clone::Clone
            + #private::serde::Serialize
            + #private::serde::de::DeserializeOwned
            + ::core::marker::Send
            + ::core::marker::Sync
            + 'static
    }
}

fn variant(
    variant: &Variant,
    input: &Input,
    shapes: &mut Shapes,
    bounds: &mut Vec<TokenStream>,
) -> TokenStream {
    let private = &input.private;
    let Variant { name, doc, .. } = variant;
    let fields = fields(&variant.fields, input, shapes, bounds);
    quote!(#private::Variant { name: #name, doc: #doc, fields: #fields })
}

fn fields(
    fields: &[Field],
    input: &Input,
    shapes: &mut Shapes,
    bounds: &mut Vec<TokenStream>,
) -> TokenStream {
    let fields = fields.iter().map(|field| {
        let private = &input.private;
        let Field {
            name,
            type_name,
            doc,
            naming,
            ..
        } = field;
        let key = field.key();
        let skip = field.attrs.skip.is_some();
        let replicate = field.attrs.replicate.is_some();
        let shape = shapes.of_field(field);
        let added = added(field, &shape, input, bounds);
        quote! {
            #private::Field {
                name: #name,
                type_name: #type_name,
                doc: #doc,
                rules: #private::Rules {
                    key: #key,
                    skip: #skip,
                    replicate: #replicate,
                    naming: #naming,
                    added: #added,
                    shape: #shape,
                },
            }
        }
    });
    quote!(&[#(#fields),*])
}

/// A closure that writes the value which the field's absence meant, as the field would be written.
fn added(
    field: &Field,
    shape: &TokenStream,
    input: &Input,
    bounds: &mut Vec<TokenStream>,
) -> TokenStream {
    let Some((_, expression)) = &field.attrs.added else {
        return quote!(::core::option::Option::None);
    };
    let private = &input.private;
    let ty = &field.ty;
    let expression = match syn::parse2(expression.clone()) {
        Ok(Lit::Str(text)) if ty::is_string(ty) => {
            quote!(<#ty as ::core::convert::From<&str>>::from(#text))
        }
        _ => expression.clone(),
    };
    let function = field
        .serde
        .serialize_with
        .as_ref()
        .and_then(|with| with.function.as_ref());
    let written = if let Some(function) = function {
        quote! {
            struct __Added<__T>(__T);

            impl #private::serde::Serialize for __Added<#ty> {
                fn serialize<__S: #private::serde::Serializer>(
                    &self,
                    serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #function(&self.0, serializer)
                }
            }

            #private::added(&__Added(value), #shape)
        }
    } else {
        if ty::mentions_parameter(ty, &input.generics) {
            bounds.push(quote!(#ty: #private::serde::Serialize));
        }
        quote!(#private::added::<#ty>(&value, #shape))
    };
    quote! {
        ::core::option::Option::Some(|| {
            let value: #ty = #expression;
            #written
        })
    }
}
