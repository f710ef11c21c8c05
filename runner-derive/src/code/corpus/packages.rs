//! The packages of the program that is edited.

/// A manifest, a lock file, and a package beside it.
pub(super) const FILES: [(&str, &str); 5] = [
    (
        "/study/Cargo.toml",
        r#"[package]
name = "study"
version = "0.1.0"

[dependencies]
runner = "0.1"
serde = { version = "1", features = ["derive"] }
helpers = { path = "../helpers" } # of the same people

[dev-dependencies]
proptest = "1"
"#,
    ),
    (
        "/study/Cargo.lock",
        r#"version = 4

[[package]]
name = "helpers"
version = "0.1.0"
dependencies = [
 "libm",
]

[[package]]
name = "libm"
version = "0.2.8"
source = "registry+https://registry.example/index"
checksum = "aa"

[[package]]
name = "proptest"
version = "1.0.0"
source = "registry+https://registry.example/index"
checksum = "bb"

[[package]]
name = "runner"
version = "0.1.0"
source = "registry+https://registry.example/index"
checksum = "cc"

[[package]]
name = "serde"
version = "1.0.200"
source = "registry+https://registry.example/index"
checksum = "dd"

[[package]]
name = "study"
version = "0.1.0"
dependencies = [
 "helpers",
 "proptest",
 "runner",
 "serde",
]
"#,
    ),
    (
        "/helpers/Cargo.toml",
        r#"[package]
name = "helpers"

[dependencies.libm]
version = "0.2"
"#,
    ),
    (
        "/helpers/src/lib.rs",
        r"//! Functions that several studies share.

pub mod norm;

/// The mean of some numbers.
pub fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

pub fn median(numbers: &[f64]) -> f64 {
    numbers[numbers.len() / 2]
}
",
    ),
    (
        "/helpers/src/norm.rs",
        r"pub fn clip(x: f64) -> f64 {
    x.clamp(-LIMIT, LIMIT)
}

const LIMIT: f64 = 10.0;
",
    ),
];
