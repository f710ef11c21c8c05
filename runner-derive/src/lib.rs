//! The derive macro of `runner`.

/// Placeholder until the macro is written.
#[proc_macro_derive(Config, attributes(config))]
pub fn derive_config(_input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    proc_macro::TokenStream::new()
}
