//! Queries on the syntax of a type.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Generics, Ident, PathArguments, Type, TypePath, ext::IdentExt};

/// Whether the type mentions a type or const parameter.
pub(crate) fn mentions_parameter(ty: &Type, generics: &Generics) -> bool {
    let is_parameter = |ident: &Ident| {
        generics.type_params().any(|param| param.ident == *ident)
            || generics.const_params().any(|param| param.ident == *ident)
    };
    any_ident(ty.to_token_stream(), &is_parameter)
}

fn any_ident(tokens: TokenStream, is: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => is(&ident),
        TokenTree::Group(group) => any_ident(group.stream(), is),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Replaces `Self`, so that the type means the same outside its definition.
pub(crate) fn without_self(ty: &Type, replacement: &TokenStream) -> Type {
    syn::parse2(replace_self(ty.to_token_stream(), replacement)).unwrap_or_else(|_| ty.clone())
}

fn replace_self(tokens: TokenStream, replacement: &TokenStream) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => replacement.clone(),
        TokenTree::Group(group) => {
            let stream = replace_self(group.stream(), replacement);
            let mut replaced = Group::new(group.delimiter(), stream);
            replaced.set_span(group.span());
            TokenTree::Group(replaced).into()
        }
        token => token.into(),
    };
    tokens.into_iter().map(replace).collect::<TokenStream>()
}

/// Returns the path inside parentheses and invisible groups.
pub(crate) fn path(ty: &Type) -> Option<&TypePath> {
    match ty {
        Type::Path(path) => Some(path),
        Type::Group(group) => path(&group.elem),
        Type::Paren(paren) => path(&paren.elem),
        _ => None,
    }
}

/// Returns the generic type arguments of a path's last segment.
pub(crate) fn arguments(path: &TypePath) -> Vec<&Type> {
    let Some(segment) = path.path.segments.last() else {
        return Vec::new();
    };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// Returns `T` of an `Option<T>`.
pub(crate) fn inside_option(ty: &Type) -> Option<&Type> {
    let path = path(ty)?;
    match (last(path)?, arguments(path).as_slice()) {
        (option, [inner]) if option == "Option" => Some(inner),
        _ => None,
    }
}

pub(crate) fn is_string(ty: &Type) -> bool {
    path(ty).is_some_and(|path| {
        let segments: Vec<String> = segments(path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        path.qself.is_none()
            && matches!(
                segments.as_slice(),
                ["String"] | ["std" | "alloc", "string", "String"]
            )
    })
}

/// Returns the last name of a path, without its arguments.
pub(crate) fn last(path: &TypePath) -> Option<String> {
    let segment = path.path.segments.last()?;
    Some(segment.ident.unraw().to_string())
}

/// Returns the names of a path, without their arguments.
pub(crate) fn segments(path: &TypePath) -> Vec<String> {
    let segments = path.path.segments.iter();
    segments
        .map(|segment| segment.ident.unraw().to_string())
        .collect()
}

/// Calls `visit` on the type and on each type inside it whose values it holds.
pub(crate) fn walk<'a>(ty: &'a Type, visit: &mut impl FnMut(&'a Type)) {
    visit(ty);
    match ty {
        Type::Array(array) => walk(&array.elem, visit),
        Type::Slice(slice) => walk(&slice.elem, visit),
        Type::Group(group) => walk(&group.elem, visit),
        Type::Paren(paren) => walk(&paren.elem, visit),
        Type::Reference(reference) => walk(&reference.elem, visit),
        Type::Tuple(tuple) => {
            for elem in &tuple.elems {
                walk(elem, visit);
            }
        }
        Type::Path(path) if last(path).is_none_or(|last| last != "PhantomData") => {
            for argument in arguments(path) {
                walk(argument, visit);
            }
        }
        _ => {}
    }
}
