//! The model of the type that derives `Config`, with the original tokens for spans.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Data, DeriveInput, Expr, Fields, Generics, Ident, Lit, Member, Meta, Type,
    Visibility, ext::IdentExt, parse_quote,
};

use crate::{
    attr::{self, FieldAttrs},
    case::Case,
    errors::Errors,
    print::print,
    removed::Removed,
    serde::{self, FieldSerde},
    ty,
};

/// A type that derives `Config`.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    /// The path of `runner::__private`.
    pub(crate) private: TokenStream,
    pub(crate) body: Body,
    /// The removed fields of a struct; a mistake on an enum.
    pub(crate) removed: Vec<Removed>,
    /// The name of the method that starts a sweep.
    pub(crate) sweep: Ident,
}

pub(crate) enum Body {
    Struct(Vec<Field>),
    Enum(Vec<Variant>),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    /// The name that serde writes.
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) removed: Vec<Removed>,
}

pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) vis: Visibility,
    /// The type with `Self` replaced.
    pub(crate) ty: Type,
    /// The type as written in the source.
    pub(crate) type_name: String,
    /// The name that serde writes.
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) attrs: FieldAttrs,
    pub(crate) serde: FieldSerde,
    /// Whether the field names the run.
    pub(crate) naming: bool,
}

impl Field {
    /// Returns the name in the key.
    pub(crate) fn key(&self) -> String {
        match &self.attrs.key {
            Some((_, key)) => key.value(),
            None => self.name.clone(),
        }
    }
}

impl Input {
    /// Parses the type. Returns `None` for a union, for which no stubs can be written.
    pub(crate) fn parse(input: DeriveInput, errors: &mut Errors) -> Option<Self> {
        let attrs = attr::of_type(&input.attrs, errors);
        let serde = serde::of_type(&input.attrs, errors);
        let runner = attrs.runner.unwrap_or_else(|| parse_quote!(::runner));
        let ident = input.ident;
        let (_, parameters, _) = input.generics.split_for_impl();
        let this = quote!(#ident #parameters);
        let body = match input.data {
            Data::Struct(data) => {
                if let Fields::Unnamed(fields) = &data.fields {
                    errors.report(
                        fields,
                        "write `struct … { name: type }`: the key, the command line and the reports need named fields",
                    );
                }
                Body::Struct(fields(data.fields, serde.rename_all, &this, errors))
            }
            Data::Enum(data) => {
                let variant = |variant| {
                    parse_variant(
                        variant,
                        serde.rename_all,
                        serde.rename_all_fields,
                        &this,
                        errors,
                    )
                };
                Body::Enum(data.variants.into_iter().map(variant).collect())
            }
            Data::Union(data) => {
                errors.report(
                    data.union_token,
                    "write an enum: a union cannot be a config",
                );
                return None;
            }
        };
        let removed = attrs.removed.into_iter();
        let removed = removed.map(|removed| removed.without_self(&this)).collect();
        Some(Self {
            removed,
            sweep: attrs.sweep.unwrap_or_else(|| parse_quote!(sweep)),
            ident,
            vis: input.vis,
            generics: input.generics,
            private: quote!(#runner::__private),
            body,
        })
    }
}

fn parse_variant(
    variant: syn::Variant,
    rename_all: Option<Case>,
    rename_all_fields: Option<Case>,
    this: &TokenStream,
    errors: &mut Errors,
) -> Variant {
    let removed = attr::of_variant(&variant.attrs, errors).into_iter();
    let removed = removed.map(|removed| removed.without_self(this)).collect();
    let serde = serde::of_variant(&variant.attrs, errors);
    let ident = variant.ident;
    let own = ident.unraw().to_string();
    let name = serde
        .rename
        .or_else(|| Some(rename_all?.apply_to_variant(&own)))
        .unwrap_or(own);
    Variant {
        removed,
        ident,
        name,
        doc: doc(&variant.attrs),
        fields: fields(
            variant.fields,
            serde.rename_all.or(rename_all_fields),
            this,
            errors,
        ),
    }
}

fn fields(
    fields: Fields,
    rename_all: Option<Case>,
    this: &TokenStream,
    errors: &mut Errors,
) -> Vec<Field> {
    let members: Vec<Member> = fields.members().collect();
    let mut fields: Vec<Field> = members
        .into_iter()
        .zip(fields)
        .map(|(member, field)| parse_field(member, field, rename_all, this, errors))
        .collect();
    let naming = fields
        .iter()
        .position(|field| field.attrs.name.is_some())
        .or_else(|| fields.iter().position(|field| field.name == "name"))
        .or_else(|| fields.iter().position(is_called_name));
    if let Some(naming) = naming {
        fields[naming].naming = true;
    }
    fields
}

fn is_called_name(field: &Field) -> bool {
    matches!(&field.member, Member::Named(ident) if ident == "name")
}

fn parse_field(
    member: Member,
    field: syn::Field,
    rename_all: Option<Case>,
    this: &TokenStream,
    errors: &mut Errors,
) -> Field {
    let attrs = attr::of_field(&field.attrs, errors);
    let serde = serde::of_field(&field.attrs, errors);
    let name = match &member {
        Member::Named(ident) => {
            let own = ident.unraw().to_string();
            let renamed = || Some(rename_all?.apply_to_field(&own));
            serde.rename.clone().or_else(renamed).unwrap_or(own)
        }
        Member::Unnamed(index) => index.index.to_string(),
    };
    Field {
        member,
        vis: field.vis,
        type_name: print(field.ty.to_token_stream()),
        ty: ty::without_self(&field.ty, this),
        name,
        doc: doc(&field.attrs),
        attrs,
        serde,
        naming: false,
    }
}

/// Returns the doc comment without the space that follows each `///`.
fn doc(attrs: &[Attribute]) -> String {
    let mut doc = String::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("doc")) {
        if let Meta::NameValue(meta) = &attr.meta
            && let Expr::Lit(value) = &meta.value
            && let Lit::Str(text) = &value.lit
        {
            for line in text.value().split('\n') {
                doc.push_str(line.strip_prefix(' ').unwrap_or(line).trim_end());
                doc.push('\n');
            }
        }
    }
    doc.trim_matches('\n').to_owned()
}
