//! The generated `Config::losses`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Member, Type};

use crate::{
    ast::{Body, Field, Input, Variant},
    ty,
};

/// Returns the method, or nothing if no field can lose anything.
pub(crate) fn expand(input: &Input) -> TokenStream {
    let private = &input.private;
    let body = match &input.body {
        Body::Struct(fields) => {
            let compared = fields.iter().filter(|field| may_lose(field)).map(|field| {
                let member = &field.member;
                compare(input, &field.name, &quote!(&self.#member, &stored.#member))
            });
            quote!(#(#compared)*)
        }
        Body::Enum(variants) => {
            let arms: Vec<_> = variants
                .iter()
                .filter_map(|each| arm(input, each))
                .collect();
            if arms.is_empty() {
                return TokenStream::new();
            }
            let others = (variants.len() > 1).then(|| quote!(_ => {}));
            quote!(match (self, stored) { #(#arms)* #others })
        }
    };
    if body.is_empty() {
        return body;
    }
    quote! {
        fn losses(&self, stored: &Self, losses: &mut #private::Losses) {
            use #private::{ByEq as _, ByFields as _, ByShown as _, ByShownEq as _, Unseen as _};
            #body
        }
    }
}

fn compare(input: &Input, name: &str, values: &TokenStream) -> TokenStream {
    let private = &input.private;
    quote! {
        losses.enter(#name);
        (&&&&&#private::BeforeAfter(#values)).compare(losses);
        losses.leave();
    }
}

fn arm(input: &Input, variant: &Variant) -> Option<TokenStream> {
    let fields = &variant.fields;
    let is_only = matches!(fields.as_slice(), [only] if matches!(only.member, Member::Unnamed(_)));
    let mut members = Vec::new();
    let mut compared = Vec::new();
    for (index, field) in fields
        .iter()
        .enumerate()
        .filter(|(_, field)| may_lose(field))
    {
        let (given, stored) = (
            format_ident!("__given{index}"),
            format_ident!("__stored{index}"),
        );
        compared.push(if is_only {
            let private = &input.private;
            quote!((&&&&&#private::BeforeAfter(#given, #stored)).compare(losses);)
        } else {
            compare(input, &field.name, &quote!(#given, #stored))
        });
        members.push((&field.member, given, stored));
    }
    if members.is_empty() {
        return None;
    }
    let given = members
        .iter()
        .map(|(member, given, _)| quote!(#member: #given));
    let stored = members
        .iter()
        .map(|(member, _, stored)| quote!(#member: #stored));
    let (ident, name) = (&variant.ident, &variant.name);
    Some(quote! {
        (Self::#ident { #(#given,)* .. }, Self::#ident { #(#stored,)* .. }) => {
            losses.enter(#name);
            #(#compared)*
            losses.leave();
        }
    })
}

/// Returns whether what is written of the field may be less than it holds: not if serde writes a plain number or text by
/// its own means.
fn may_lose(field: &Field) -> bool {
    // What is secret is not shown.
    field.attrs.secret.is_none()
        && (field.serde.skip.is_some()
            || field.serde.serialize_with.is_some()
            || !is_exact(&field.ty))
}

fn is_exact(ty: &Type) -> bool {
    const EXACT: [&str; 17] = [
        "bool", "char", "String", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8",
        "u16", "u32", "u64", "u128", "usize",
    ];
    let Some(path) = ty::path(ty) else {
        return false;
    };
    let Some(ident) = path.path.segments.last().map(|segment| &segment.ident) else {
        return false;
    };
    match ty::arguments(path).as_slice() {
        [] => path.path.get_ident().is_some() && EXACT.iter().any(|exact| ident == exact),
        [inner] => (ident == "Option" || ident == "Vec") && is_exact(inner),
        _ => false,
    }
}
