//! `code!()`: the code that an experiment's `run` reaches.
//!
//! The sources are split into tokens (`lex`) and items (`split`), crate by crate along their modules (`tree`,
//! `manifest`); what the run reaches by name is found (`reach`) and becomes a table of paths and digests (`table`).

mod block;
mod item;
mod lex;
mod manifest;
mod reach;
mod split;
mod table;
mod tree;
mod visit;

#[cfg(test)]
mod corpus;

use std::path::{Path, PathBuf};

use proc_macro::{Span, TokenStream};
use quote::quote;
use syn::{
    Token,
    parse::{ParseStream, Parser},
};
use table::{Place, Table, Unseen};
use tree::Files;

/// The files of the machine.
struct Machine;

impl Files for Machine {
    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        std::fs::read(path).ok()
    }
}

/// Expands `code!()`, or `code!(crate = path)` in crates that re-export this library.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let krate: syn::Path = if input.is_empty() {
        syn::parse_quote!(::runner)
    } else {
        let parser = |input: ParseStream| {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            input.call(syn::Path::parse_mod_style)
        };
        match parser.parse(input) {
            Ok(krate) => krate,
            Err(error) => return refused(error.span(), "write `code!()` or `code!(crate = path)`"),
        }
    };
    let span = Span::call_site();
    let file = std::env::current_dir()
        .unwrap_or_default()
        .join(span.local_file().unwrap_or_default());
    let variable = |name| std::env::var_os(name).unwrap_or_default();
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let crate_name = variable("CARGO_CRATE_NAME");
    let place = Place {
        file: &file,
        line: span.line(),
        column: span.column(),
        package: &package,
        crate_name: &crate_name.to_string_lossy(),
        is_program: !variable("CARGO_BIN_NAME").is_empty(),
    };
    match Table::new(&Machine, &place) {
        Ok(table) => {
            let digest = table.digest();
            let lines = &table.lines;
            quote!(#krate::__private::code(#digest, #lines)).into()
        }
        Err(Unseen::NoImplementation) if is_editor() => {
            quote!(#krate::__private::code(0, "")).into()
        }
        Err(Unseen::NoImplementation) => refused(
            span.into(),
            "write `const CODE: Code = runner::code!();` in an `impl Experiment` that is written out in a file, which it \
             reads; where a macro makes the impl, leave `CODE` out",
        ),
    }
}

fn refused(span: proc_macro2::Span, message: &str) -> TokenStream {
    syn::Error::new(span, message).into_compile_error().into()
}

/// Returns whether an editor expands this, which need not know the place: rust-analyzer.
fn is_editor() -> bool {
    let program = std::env::current_exe().unwrap_or_default();
    program
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("rust-analyzer"))
}
