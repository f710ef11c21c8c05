//! Removed fields and skipped fields with `was`, as data in the generated code.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    ast::Field,
    expand::{Parts, evaluate},
    removed::Removed,
};

/// Returns the entry of a field with `skip(was = …)`; `field` is its `Field` expression.
pub(crate) fn skipped(
    of: &Field,
    variant: &str,
    field: &TokenStream,
    parts: &mut Parts<'_>,
) -> Option<TokenStream> {
    let was = of.attrs.was.as_ref()?;
    let private = &parts.input.private;
    let was = evaluate(
        &of.ty,
        was,
        of.serde.function(),
        private,
        |value| quote!(#private::was(#value)),
    );
    parts.require_written(&of.ty, true);
    Some(quote! {
        #private::Former { variant: #variant, field: #field, was: || #was }
    })
}

pub(crate) fn removed(of: &Removed, variant: &str, parts: &mut Parts<'_>) -> TokenStream {
    let Removed {
        name,
        ty,
        type_name,
        was,
        added,
    } = of;
    let private = &parts.input.private;
    let shape = parts.shapes.of(ty);
    let was = evaluate(
        ty,
        was,
        None,
        private,
        |value| quote!(#private::was(#value)),
    );
    let added = added.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |added| {
            let added = evaluate(
                ty,
                added,
                None,
                private,
                |value| quote!(#private::added(&#value, #shape)),
            );
            quote!(::core::option::Option::Some(|| #added))
        },
    );
    parts.require_written(ty, true);
    quote! {
        #private::Former {
            variant: #variant,
            field: #private::Field {
                name: #name,
                type_name: #type_name,
                doc: "",
                rules: #private::Rules {
                    key: #name,
                    skip: false,
                    replicate: false,
                    naming: false,
                    ordered: false,
                    added: #added,
                    shape: #shape,
                },
            },
            was: || #was,
        }
    }
}
