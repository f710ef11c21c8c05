//! The generated code.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Lit, Type};

use crate::{
    ast::{Body, Field, Input, Variant},
    former, losses,
    removed::Removed,
    run_name, secrets,
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
    let mut parts = Parts {
        input,
        shapes: Shapes::new(input),
        bounds: Vec::new(),
        former: Vec::new(),
    };
    let (fields, variants) = match body {
        Body::Struct(of_struct) => {
            let of_struct = fields(of_struct, &input.removed, "", &mut parts);
            (of_struct, quote!(&[]))
        }
        Body::Enum(of_enum) => {
            let of_enum = of_enum.iter().map(|each| variant(each, &mut parts));
            let of_enum: Vec<_> = of_enum.collect();
            (quote!(&[]), quote!(&[#(#of_enum),*]))
        }
    };
    let Parts {
        shapes,
        mut bounds,
        former,
        ..
    } = parts;
    let former = (!former.is_empty())
        .then(|| quote!(const FORMER: &'static [#private::Former] = &[#(#former),*];));
    let run_name = run_name::expand(input, &mut bounds);
    bounds.extend(shapes.bounds);
    let mut assertions = shapes.assertions;
    assertions.extend(secrets::assertions(input));
    let where_clause = where_clause(input, &bounds);
    let losses = losses::expand(input);
    let secrets = secrets::expand(input);
    let sweep = sweep::expand(input);
    let (parameters, arguments, declared) = generics.split_for_impl();
    let body = quote! {
        #[automatically_derived]
        impl #parameters #private::HoldsConfig for #ident #arguments #declared {}

        #[automatically_derived]
        impl #parameters #private::Shaped for #ident #arguments #where_clause {
            const SHAPE: #private::Shape = #private::Shape::Config(#private::members::<Self>);
        }

        #[automatically_derived]
        impl #parameters #private::Config for #ident #arguments #where_clause {
            const FIELDS: &'static [#private::Field] = #fields;
            const VARIANTS: &'static [#private::Variant] = #variants;
            #former

            fn run_name(&self) -> ::core::option::Option<::std::string::String> {
                #run_name
            }

            #losses

            #secrets
        }

        #(#assertions)*

        #sweep
    };
    item(input, &body)
}

/// Everything collected while the fields are written.
pub(crate) struct Parts<'a> {
    pub(crate) input: &'a Input,
    pub(crate) shapes: Shapes<'a>,
    bounds: Vec<TokenStream>,
    former: Vec<TokenStream>,
}

impl Parts<'_> {
    /// Adds the bounds for writing values of a generic type, and those for keeping them if `is_kept`.
    pub(crate) fn require_written(&mut self, ty: &Type, is_kept: bool) {
        let private = &self.input.private;
        if ty::mentions_parameter(ty, &self.input.generics) {
            let kept =
                is_kept.then(|| quote!(+ ::core::marker::Send + ::core::marker::Sync + 'static));
            self.bounds
                .push(quote!(#ty: #private::serde::Serialize #kept));
        }
    }
}

/// Wraps all generated code in one item, apart from the user's names and lints.
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

/// Returns the bounds of the generated impls. A generic type must have the supertraits of `Config` as a whole: only the
/// derives of serde and `Clone` know which bounds each parameter needs for that.
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

fn variant(variant: &Variant, parts: &mut Parts<'_>) -> TokenStream {
    let private = &parts.input.private;
    let Variant { name, doc, .. } = variant;
    let fields = fields(&variant.fields, &variant.removed, name, parts);
    quote!(#private::Variant { name: #name, doc: #doc, fields: #fields })
}

fn fields(
    fields: &[Field],
    removed: &[Removed],
    variant: &str,
    parts: &mut Parts<'_>,
) -> TokenStream {
    let mut written = Vec::with_capacity(fields.len());
    for of in fields {
        let field = field(of, parts);
        let skipped = former::skipped(of, variant, &field, parts);
        parts.former.extend(skipped);
        written.push(field);
    }
    for removed in removed {
        let removed = former::removed(removed, variant, parts);
        parts.former.push(removed);
    }
    quote!(&[#(#written),*])
}

fn field(field: &Field, parts: &mut Parts<'_>) -> TokenStream {
    let private = &parts.input.private;
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
    let ordered = field.attrs.ordered.is_some();
    let shape = parts.shapes.of_field(field);
    let added = added(field, &shape, parts);
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
                ordered: #ordered,
                added: #added,
                shape: #shape,
            },
        }
    }
}

/// Returns a closure that writes the value meant by the field's absence, in the way in which the field is written.
fn added(field: &Field, shape: &TokenStream, parts: &mut Parts<'_>) -> TokenStream {
    let Some((_, expression)) = &field.attrs.added else {
        return quote!(::core::option::Option::None);
    };
    let private = &parts.input.private;
    let function = field.serde.function();
    let evaluated = if field.attrs.ordered.is_some() {
        quote!(added_in_order)
    } else {
        quote!(added)
    };
    let added = evaluate(
        &field.ty,
        expression,
        function,
        private,
        |value| quote!(#private::#evaluated(&#value, #shape)),
    );
    if function.is_none() {
        parts.require_written(&field.ty, false);
    }
    quote!(::core::option::Option::Some(|| #added))
}

/// Returns a block that evaluates an expression of a field's type and passes it to `then`, as a value that serde writes
/// like the field.
pub(crate) fn evaluate(
    ty: &Type,
    expression: &TokenStream,
    function: Option<&TokenStream>,
    private: &TokenStream,
    then: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    let expression = match syn::parse2(expression.clone()) {
        Ok(Lit::Str(text)) if ty::is_string(ty) => {
            quote!(<#ty as ::core::convert::From<&str>>::from(#text))
        }
        _ => expression.clone(),
    };
    let written = if let Some(function) = function {
        let then = then(quote!(__Written(value)));
        quote! {
            struct __Written<__T>(__T);

            impl #private::serde::Serialize for __Written<#ty> {
                fn serialize<__S: #private::serde::Serializer>(
                    &self,
                    serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #function(&self.0, serializer)
                }
            }

            #then
        }
    } else {
        then(quote!(value))
    };
    quote! {
        {
            let value: #ty = #expression;
            #written
        }
    }
}
