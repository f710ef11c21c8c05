//! The derive macro of `runner`; users depend on `runner`, which re-exports it.
//!
//! A type is parsed into a model (`ast`), checked (`check`) and expanded (`expand`). Each step collects all mistakes.
//! If there are any, stubs (`fallback`) replace the expansion. Generated code is data and calls into
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
mod losses;
mod run_name;
mod secrets;
mod shape;
mod sweep;

mod print;
mod ty;

mod code;

use errors::Errors;
use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Derives `runner::Config` for a struct with named fields or an enum.
///
/// The type must also derive `Clone`, `serde::Serialize` and `serde::Deserialize`. The derive writes a list of the
/// fields with their types, documentation and rules for the key, and a `sweep()` method. The facade crate has compiled
/// examples; those below are excerpts.
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
/// A field whose type derives `Config` needs no annotation. This holds inside `Option`, `Vec`, `Box`, arrays, tuples
/// and map values too, and inside `Rc` and `Arc`, which serde supports with its feature `rc`.
///
/// A type argument must be a config or a plain type of the standard library: `Sweeped<Optimizer>` and `Sweeped<f64>`
/// are configs, and `Sweeped<Foreign>` is refused, inside another config too. To allow any argument, write
/// `#[config(plain)]` on the parameter's fields.
///
/// Write the parameter without a bound, `struct Sweeped<T>`; the derives add the bounds. With `T: Config`, serde's
/// derive would require `Deserialize` a second time, and rustc could not choose between the two (E0283).
///
/// A container of another crate that holds a config is refused, since its serialized form is unknown. To allow it,
/// write `#[config(plain)]` on the field.
///
/// A type that does not derive `Config` is plain: its values enter the key as serde writes them. Derive `Config` for
/// every type between a config and a nested one. Otherwise the nested config's attributes do not count, and no error
/// says so, because a derive cannot see the source of other types. An alias of a tuple or of an unknown container is
/// plain too, unless all of its items are configs or plain types of the standard library. Attributes in the keys of a
/// map never count.
///
/// # Attributes of a field
///
/// Fields of structs and of enum variants take any number of attributes, in one list or apart.
///
/// ## `#[config(skip)]`
///
/// The field cannot change the result. It is stored, but is not part of the key.
///
/// ```text
/// #[config(skip)]
/// threads: usize,
/// ```
///
/// ## `#[config(skip(was = EXPR))]`
///
/// The field was part of the key, but does not change the result. The key is made with EXPR, whatever the field's
/// value, so results stored with EXPR stay valid. EXPR has the field's type. Keep the field's `key = "…"`. A field that
/// was `added = EXPR` needs only `skip`.
///
/// ```text
/// #[config(skip(was = 1))]
/// threads: usize,
/// ```
///
/// ## `#[config(added = EXPR)]`
///
/// The field is new, and its absence meant EXPR. While the field equals EXPR, it is left out of the key, so older
/// results stay valid. EXPR has the field's type; for a `String`, a string literal is enough.
///
/// ```text
/// #[config(added = false)]
/// nesterov: bool,
/// ```
///
/// In a tuple variant, add the value at the end, or keep the old numbers of the values behind it with `key`: their
/// numbers are their names in the key.
///
/// A comma ends EXPR unless it stands in brackets. Generic arguments count as brackets after `::`, as in
/// `HashMap::<u8, u8>::new()`. Put parentheses around other expressions with commas.
///
/// ## `#[config(key = "old_name")]`
///
/// The field was renamed, and the key keeps its old name. For a renamed variant, write `#[serde(rename = "OldName")]`.
///
/// ```text
/// #[config(key = "lr")]
/// learning_rate: f64,
/// ```
///
/// ## `#[config(name)]`
///
/// The field is the run's name. The default is a field called `name`. Its type is `Display`, or an `Option` of such a
/// type; `None` means no name. The name is part of the key like any field; `#[config(name, skip)]` makes it only a
/// label.
///
/// ```text
/// #[config(name)]
/// dataset: String,
/// ```
///
/// ## `#[config(replicate)]`
///
/// The field distinguishes replicates of one experiment, such as a seed or a fold. Reports aggregate over it. A config
/// may have several.
///
/// ```text
/// #[config(replicate)]
/// seed: u64,
/// ```
///
/// ## `#[config(plain)]`
///
/// The value enters the key as serde writes it; no `#[config(…)]` attribute inside the field's type counts.
///
/// ```text
/// #[config(plain)]
/// schedule: SmallVec<[Step; 4]>,
/// ```
///
/// ## `#[config(secret)]`
///
/// The field is for the run alone, such as a key for a service: as with `skip`, it is not part of the key, and it is in no
/// file, no report and no printed command either. Its [`Default`] stands in its place there. It may only be in the struct that is
/// the experiment's config.
///
/// ```text
/// #[config(secret)]
/// token: String,
/// ```
///
/// ## `#[config(ordered)]`
///
/// The order of the maps in the value is a part of the key, as for an `IndexMap` of layers. Without it, maps are equal if
/// they have the same entries. A map with one entry or none has the same key either way.
///
/// ```text
/// #[config(ordered)]
/// layers: IndexMap<String, Layer>,
/// ```
///
/// # Attributes of a type
///
/// ## `#[config(sweep = "vary")]`
///
/// The method that starts a sweep is called `vary`, for a type that has a method `sweep` of its own.
///
/// ## `#[config(removed("name": Type, was = EXPR))]`
///
/// The struct, or the variant with named fields or none, had a field of this type with this name in the key, and now
/// behaves as it did with EXPR. Results stored with EXPR stay valid. Write one `removed` for each such field. If the
/// field was `added`, repeat that value: `removed("name": Type, was = EXPR, added = EXPR)`. No other field may have
/// this name in the key while the attribute is there.
///
/// ```text
/// #[config(removed("shuffle": bool, was = true))]
/// struct Train { … }
/// ```
///
/// ## `#[config(crate = path)]`
///
/// The path of `runner`, for crates that re-export it.
///
/// ```text
/// #[derive(Clone, Serialize, Deserialize, framework::Config)]
/// #[config(crate = framework::runner)]
/// struct Train { epochs: u32 }
/// ```
///
/// # `sweep()`
///
/// `sweep()` returns a builder with one method for each field, which takes the field's values; the last called varies
/// fastest. `each` changes several fields at once, and fields called `each` or `build`, which have no method. An enum's
/// builder has only `each`. `sweep()` is as visible as the type, and each method as its field.
///
/// ```text
/// let configs = base.sweep().learning_rate([0.1, 0.01]).epochs([10, 100]).build();
/// ```
///
/// # serde
///
/// Names are serde's, with `rename`, `rename_all` and `rename_all_fields`. `with`, or `serialize_with` together with
/// `deserialize_with`, makes a field plain. `skip` needs `#[config(skip)]`.
///
/// # Errors
///
/// All mistakes in a type are reported together. These are refused:
///
/// - unions and structs without field names;
/// - unknown, misplaced, malformed, repeated or contradictory attributes;
/// - two fields with one name or one key;
/// - references and lifetimes, because a config owns its values;
/// - hash sets in the key, which have no stable order;
/// - types and attributes whose values cannot be read back: `serde_json::Value`, and serde's `flatten`, `tag`,
///   `content`, `untagged`, `other`, `skip_serializing`, `skip_deserializing`, `skip_serializing_if`;
/// - serde's `from`, `try_from`, `into`, `remote` and `transparent`, which do not store the type's own fields;
/// - serde's `skip` and `with` on a variant, and different names for writing and reading.
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

/// Returns the code that an experiment's `run` reaches, as a `runner::Code` for `Experiment::CODE`.
///
/// It is stored with each result, as a digest. Results of other code are still hits, and the program says how many there
/// are and, with `--why`, which functions differ.
///
/// ```text
/// impl Experiment for Training {
///     type Config = Train;
///     type Output = Metrics;
///     const CODE: Code = runner::code!();
///     …
/// }
/// ```
///
/// # What belongs to it
///
/// When the program is compiled, the macro reads the sources of the package and of the packages that it depends on by a
/// path, as Cargo and rustc find them. It splits them into items, and takes those that are reachable by name from `run`,
/// `Config` and `Output` of the `impl` in which it stands: functions, methods, constants, types with their
/// implementations of traits, macros, the names that `use` brings in, and files that are included. Beside them stand the
/// versions of all packages that `Cargo.lock` names for this one.
///
/// Comments, documentation, layout, lints, the order of items, tests, `main`, and what only `report` or `configs` call do
/// not belong to it.
///
/// Names are not resolved. Where two functions have one name, both belong to it; where a function that counts is renamed or
/// moved, the code is another one.
///
/// # What is not seen
///
/// - code that a macro of another package or a build script makes, beside the source of the macro's package if that is here;
/// - C code, features, compiler flags, and the compiler;
/// - a package whose content changed behind its version in `Cargo.lock`;
/// - the packages that depend on this one, where a generic experiment of a library gets types from them;
/// - this library.
///
/// If the sources are not there when the program is compiled, only the versions of packages belong to the code, and
/// `--list` and `--why` say so.
///
/// # Cost
///
/// Some 40 ms for each megabyte of source that is read, at each compilation of the crate. No file is read twice, and none
/// is read when the program runs. Cargo compiles the crate again when any of the sources changes that are part of it.
///
/// # `code!(crate = path)`
///
/// The path of `runner`, for crates that re-export it.
///
/// # Errors
///
/// It must stand in an `impl` that is written out in a file. Where a macro makes the `impl`, leave `CODE` out.
#[proc_macro]
pub fn code(input: TokenStream) -> TokenStream {
    code::expand(input)
}
