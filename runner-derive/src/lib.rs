//! The derive macro of `runner`; users depend on `runner`, which re-exports it.
//!
//! A type is parsed into a model (`ast`), checked (`check`) and expanded (`expand`). Each step collects all the mistakes it
//! finds; if there are any, stubs (`fallback`) take the place of the expansion. Generated code is data and calls into
//! `runner::__private`.

mod ast;
mod attr;
mod case;
mod item;
mod removed;
mod serde;

mod check;
mod errors;

mod expand;
mod fallback;
mod former;
mod run_name;
mod shape;
mod sweep;

mod print;
mod ty;

use errors::Errors;
use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Derives `runner::Config` for a struct with named fields or an enum.
///
/// The type must also derive `Clone`, `serde::Serialize` and `serde::Deserialize`. The derive writes out its fields with
/// their types and documentation, how each of them enters the key, and a `sweep()` method. The facade crate shows
/// compiled examples; those below are excerpts.
///
/// ```text
/// #[derive(Clone, Debug, Serialize, Deserialize, Config)]
/// struct Train {
///     name: String,
///     /// Step size of gradient descent.
///     learning_rate: f64,
///     optimizer: Optimizer,
/// }
/// ```
///
/// # Nested types
///
/// A field whose type derives `Config` needs no annotation, inside `Option`, `Vec`, `Box`, arrays, tuples and map values
/// too, and inside `Rc` and `Arc`, which serde reads and writes with its feature `rc`. A type parameter must be a config or a plain type of the standard library wherever the type is used, so
/// `Sweeped<Optimizer>` and `Sweeped<f64>` are both configs, and a `Sweeped<Foreign>` is refused, inside another config too.
/// `#[config(plain)]` on the fields of the parameter lifts that.
///
/// Write the parameter without a bound, `struct Sweeped<T>`: with `T: Config`, serde's derive would ask for `Deserialize` a second
/// time, and rustc could not tell which of the two is meant (E0283). The derives add the bounds by themselves.
///
/// What a container of another crate writes is not known; one that holds a config is refused unless the field says
/// `#[config(plain)]`.
///
/// A type that does not derive `Config` is plain: its values enter the key as serde writes them. If such a type holds a
/// config, the attributes inside that do not count, and nothing says so, since the type's own source is not seen here;
/// derive `Config` for every type on the way. An alias of a tuple, or of a container that is not known, is such a type too,
/// unless all of its items are configs or plain types of the standard library. Neither do attributes count in the keys of a map.
///
/// # Attributes of a field
///
/// Several may be given, in one list or apart, on the fields of a struct and of an enum's variants.
///
/// ## `#[config(skip)]`
///
/// The field cannot change the result: it is recorded, but it is no part of the key.
///
/// ```text
/// #[config(skip)]
/// threads: usize,
/// ```
///
/// ## `#[config(skip(was = EXPR))]`
///
/// The field was part of the key, and turned out not to change the result. The key is made as if the field were EXPR,
/// whatever its value, so the results that were stored with EXPR stay valid. EXPR is of the field's type; the field's
/// `key = "…"` stays. A field that was `added = EXPR` needs only `skip`.
///
/// ```text
/// #[config(skip(was = 1))]
/// threads: usize,
/// ```
///
/// ## `#[config(added = EXPR)]`
///
/// The field was added later, and EXPR is what its absence meant: while the field equals EXPR it is left out of the
/// key, so the results from before stay valid. EXPR is of the field's type; a string literal will do for a `String`.
///
/// ```text
/// #[config(added = false)]
/// nesterov: bool,
/// ```
///
/// The values of a tuple variant are known by their numbers, so one that is added comes last, or those behind it keep their
/// old numbers with `key`.
///
/// A comma ends EXPR unless it stands in brackets; generic arguments count as brackets after `::`, as in
/// `HashMap::<u8, u8>::new()`. Put parentheses around what is not understood.
///
/// ## `#[config(key = "old_name")]`
///
/// The field was renamed, and the key keeps its old name. (A renamed variant keeps its key with
/// `#[serde(rename = "OldName")]`.)
///
/// ```text
/// #[config(key = "lr")]
/// learning_rate: f64,
/// ```
///
/// ## `#[config(name)]`
///
/// The field names the run; without it a field called `name` does. Its type is `Display`, or an `Option` of such a type:
/// `None` leaves the run without a name. The name is part of the key like any field; `#[config(name, skip)]` makes it
/// a mere label.
///
/// ```text
/// #[config(name)]
/// dataset: String,
/// ```
///
/// ## `#[config(replicate)]`
///
/// The field only repeats the same experiment; reports aggregate over it. There may be several, such as a seed and a
/// fold.
///
/// ```text
/// #[config(replicate)]
/// seed: u64,
/// ```
///
/// ## `#[config(plain)]`
///
/// No `#[config(…)]` attribute inside the field's type counts: the value enters the key as serde writes it.
///
/// ```text
/// #[config(plain)]
/// schedule: SmallVec<[Step; 4]>,
/// ```
///
/// # Attributes of a type
///
/// ## `#[config(removed("name": Type, was = EXPR))]`
///
/// On a struct, or on a variant with named fields or none: it had a field of this name in the key and of this type, and
/// now does what it did with EXPR. The results that were stored with EXPR stay valid. It may be given several times. For
/// a field that was `added`, its value then is told too, as `removed("name": Type, was = EXPR, added = EXPR)`. No
/// other field may have the name in its key while this stands.
///
/// ```text
/// #[config(removed("shuffle": bool, was = true))]
/// struct Train { … }
/// ```
///
/// ## `#[config(crate = path)]`
///
/// The path under which `runner` is known, for crates that hand it on.
///
/// ```text
/// #[derive(Clone, Serialize, Deserialize, framework::Config)]
/// #[config(crate = framework::runner)]
/// struct Train { epochs: u32 }
/// ```
///
/// # `sweep()`
///
/// Every struct has a method `sweep()` of its own visibility. It returns a builder with one method for each field, as
/// visible as the field, that takes the field's values; the last called varies fastest. `each` changes several
/// fields at once, and those called `each` and `build`, which have no method. An enum's `sweep()` has only `each`.
///
/// ```text
/// let configs = base.sweep().learning_rate([0.1, 0.01]).epochs([10, 100]).build();
/// ```
///
/// # serde
///
/// Names are those of serde: `rename`, `rename_all` and `rename_all_fields` are honoured. `with`, or `serialize_with`
/// together with `deserialize_with`, makes a field plain. `skip` goes with `#[config(skip)]` only.
///
/// # Errors
///
/// All mistakes in a type are reported together. These are refused:
///
/// - unions and structs without field names;
/// - attributes that are unknown, misplaced, malformed, given twice, or contradict each other;
/// - two fields with one name or one key;
/// - references and lifetimes, for a config owns its values;
/// - hash sets in the key, which have no stable order;
/// - what cannot be read back from the store: `serde_json::Value`, and serde's `flatten`, `tag`, `content`, `untagged`,
///   `other`, `skip_serializing`, `skip_deserializing`, `skip_serializing_if`;
/// - serde's `from`, `try_from`, `into`, `remote` and `transparent`, which store something else than the fields;
/// - serde's `skip` and `with` on a variant, and names that differ between writing and reading.
#[proc_macro_derive(Config, attributes(config))]
pub fn derive_config(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    let Some(input) = ast::Input::parse(input, &mut errors) else {
        return errors.into_compile_errors().into();
    };
    check::check(&input, &mut errors);
    if errors.is_empty() {
        expand::expand(&input).into()
    } else {
        let errors = errors.into_compile_errors();
        let stubs = fallback::expand(&input);
        quote!(#errors #stubs).into()
    }
}
