//! The shape of a field's type: the places of nested configs inside it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, TypePath, spanned::Spanned};

use crate::{
    ast::{Field, Input},
    ty,
};

/// Writes the shapes of one type's fields, and collects the bounds and assertions that they need.
pub(crate) struct Shapes<'a> {
    input: &'a Input,
    /// The type itself, as a recursive field names it.
    this: String,
    /// Bounds of the generated impls.
    pub(crate) bounds: Vec<TokenStream>,
    /// Items that reject a config inside a type of unknown shape.
    pub(crate) assertions: Vec<TokenStream>,
}

/// The way in which serde writes a container, known by the container's name.
enum Container<'a> {
    /// Writes only the value inside.
    Transparent(&'a Type),
    /// Writes any number of items or map values of this type.
    Through(&'a Type),
}

impl<'a> Shapes<'a> {
    pub(crate) fn new(input: &'a Input) -> Self {
        let ident = &input.ident;
        let (_, parameters, _) = input.generics.split_for_impl();
        Self {
            input,
            this: quote!(#ident #parameters).to_string(),
            bounds: Vec::new(),
            assertions: Vec::new(),
        }
    }

    /// Returns an expression for the shape of a field.
    pub(crate) fn of_field(&mut self, field: &Field) -> TokenStream {
        let hidden = field.attrs.plain.is_some()
            || field.serde.serialize_with.is_some()
            || field.serde.skip.is_some();
        if hidden {
            let private = &self.input.private;
            quote!(#private::Shape::Plain)
        } else {
            self.of(&field.ty)
        }
    }

    /// Returns an expression for the shape of a type.
    pub(crate) fn of(&mut self, ty: &Type) -> TokenStream {
        let private = &self.input.private;
        match ty {
            Type::Group(group) => self.of(&group.elem),
            Type::Paren(paren) => self.of(&paren.elem),
            Type::Array(array) => self.through(&array.elem),
            Type::Slice(slice) => self.through(&slice.elem),
            Type::Tuple(tuple) if tuple.elems.is_empty() => quote!(#private::Shape::Plain),
            Type::Tuple(tuple) => {
                let items: Vec<_> = tuple.elems.iter().map(|item| self.of(item)).collect();
                quote!(#private::Shape::Tuple(&[#(#items),*]))
            }
            Type::Path(path) => match container(path) {
                Some(Container::Transparent(inner)) => self.of(inner),
                Some(Container::Through(inner)) => self.through(inner),
                None => self.leaf(ty),
            },
            _ => self.leaf(ty),
        }
    }

    fn through(&mut self, inner: &Type) -> TokenStream {
        let private = &self.input.private;
        let inner = self.of(inner);
        quote!(#private::Shape::Through(&#inner))
    }

    fn leaf(&mut self, ty: &Type) -> TokenStream {
        let private = &self.input.private;
        if !ty::mentions_parameter(ty, &self.input.generics) {
            self.assert_found(ty);
            return quote!(<#private::Probe<#ty>>::SHAPE);
        }
        // A bound on the type itself would be a cycle.
        if ty.to_token_stream().to_string() == self.this {
            return quote!(<Self as #private::Shaped>::SHAPE);
        }
        self.bounds.push(quote!(#ty: #private::Shaped));
        quote!(<#ty as #private::Shaped>::SHAPE)
    }

    /// Rejects a config that would be taken for plain: a generic config with an argument that is neither a config nor
    /// plain, and `Wrapper<Config>` where the shape of `Wrapper` is unknown.
    fn assert_found(&mut self, ty: &Type) {
        let private = &self.input.private;
        self.assertions.push(quote_spanned! {ty.span()=>
            const _: fn() = <#private::Probe<#ty>>::require_shape;
        });
        let Some(path) = ty::path(ty) else { return };
        if ty::last(path).is_some_and(|last| last == "PhantomData") {
            return;
        }
        for argument in ty::arguments(path) {
            let shape = self.of(argument);
            let name = crate::print::print(ty.to_token_stream());
            let message = format!(
                "write `#[config(plain)]` on the field if no `#[config(…)]` attribute inside it counts, or hold the \
                 config in `Option`, `Vec`, `Box`, an array, a tuple or a map: it is not known how `{name}` writes it"
            );
            self.assertions.push(quote_spanned! {ty.span()=>
                const _: () = ::core::assert!(
                    !#shape.holds_config()
                        || <#private::Probe<#ty>>::IS_SHAPED
                        || <#private::Probe<#ty>>::HOLDS_CONFIG,
                    #message
                );
            });
        }
    }
}

fn container(path: &TypePath) -> Option<Container<'_>> {
    if path.qself.is_some() {
        return None;
    }
    let last = ty::last(path)?;
    match (last.as_str(), ty::arguments(path).as_slice()) {
        ("Box" | "Rc" | "Arc" | "Cow", [inner]) => Some(Container::Transparent(inner)),
        ("Option" | "Vec" | "VecDeque" | "LinkedList" | "BinaryHeap" | "BTreeSet", [inner])
        | ("IndexSet", [inner] | [inner, _])
        | (
            "BTreeMap" | "HashMap" | "IndexMap" | "FxHashMap" | "AHashMap",
            [_, inner] | [_, inner, _],
        ) => Some(Container::Through(inner)),
        _ => None,
    }
}
