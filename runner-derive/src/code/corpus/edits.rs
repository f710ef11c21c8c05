//! The edits.

use super::{Memory, differing};

/// The truth about an edit.
enum Truth {
    /// No run gives anything else.
    Same,
    /// A run may give something else because of these.
    Other(&'static [&'static str]),
}

use Truth::{Other, Same};

/// Replacements in files, each the file, the old text and the new one.
type Edit = &'static [(&'static str, &'static str, &'static str)];

#[rustfmt::skip]
const EDITS: [(&str, Edit, Truth); 44] = [
    ("comments", &[
        ("network", "norm::clip(", "// Not too far.\n        norm::clip(/* the error */ "),
        ("schedule", "pub fn warmup", "/// Slow at first.\n#[must_use]\npub fn warmup"),
    ], Same),
    ("layout", &[
        ("network", "activate::<Rectified>(self.weights[0] * x + self.weights[1])", "activate::<Rectified>(\n            self.weights[0]*x\n                + self.weights[1],\n        )"),
        ("config", "#[derive(Clone, Debug, Serialize, Deserialize, Config)]", "#[derive(\n    Clone, Debug, Serialize, Deserialize, Config,\n)]"),
        ("experiment", "Ok(Metrics { loss, steps: config.steps() })", "Ok(Metrics {\n            loss,\n            steps: config.steps(),\n        })"),
    ], Same),
    ("line ends of Windows", &[("schedule", "{\n    if step", "{\r\n    if step")], Same),
    ("the order of `use`", &[
        ("experiment", "use crate::config::{Kind, Train};\nuse crate::data::Data;", "use crate::data::Data;\nuse crate::{config::{Train, Kind}};"),
    ], Same),
    ("the order of functions", &[
        ("schedule", "const FACTOR: f64 = 0.1;\n\n", ""),
        ("schedule", "pub fn warmup", "const FACTOR: f64 = 0.1;\n\npub fn warmup"),
    ], Same),
    ("a test", &[("network", "(-1.0), 0.0", "(-2.0), 0.0")], Same),
    ("a new test", &[("schedule", "struct Phase;", "#[cfg(all(test, unix))]\nfn check() { warmup(1); }\n\nstruct Phase;")], Same),
    ("the report", &[("experiment", "printing::print(runs);", "printing::print(runs);\n        printing::print(runs);")], Same),
    ("the configs", &[("experiment", "epochs: 10, ", "epochs: 20, ")], Same),
    ("a function for configs", &[("config", "epochs: 3", "epochs: 4")], Same),
    ("main", &[("main", "version {}", "this is version {}")], Same),
    ("a function of the report", &[("report", "{:.3}", "{:.4}")], Same),
    ("a function far below the report", &[("statistics", "(x - mean).powi(2)", "(x - mean).abs()")], Same),
    ("a method of the output for the report", &[("experiment", "self.loss * 100.0", "self.loss * 1000.0")], Same),
    ("a method for drawing", &[("network", "&self.weights)\n    }\n}\n\ntrait", "&self.weights[..])\n    }\n}\n\ntrait")], Same),
    ("a static for drawing", &[("plot", "blue", "red")], Same),
    ("a function that nothing uses", &[("schedule", ".cos()", ".sin()")], Same),
    ("a constant of a type that nothing uses", &[("schedule", "COLD: u32 = 90", "COLD: u32 = 80")], Same),
    ("a function of a trait that nothing calls", &[("network", "\"sigmoid\"", "\"logistic\"")], Same),
    ("a macro that nothing uses", &[("shorthand", "bars(&[])", "bars(&[1.0])")], Same),
    ("a function of another package that only the report uses", &[("/helpers/src/lib.rs", "numbers.len() / 2", "(numbers.len() + 1) / 2")], Same),
    ("a dependency of tests only", &[("/study/Cargo.lock", "name = \"proptest\"\nversion = \"1.0.0\"", "name = \"proptest\"\nversion = \"1.1.0\"")], Same),
    ("a new field name beside a function of that name", &[("plot", "pub fn bars", "pub fn loss() {}\n\npub fn bars")], Same),
    ("the way in which a type is printed", &[("data", "\"Data({})\"", "\"Data of {}\"")], Same),
    ("a local function gets another name", &[("schedule", "        scale(step)", "        scaled(step)"), ("schedule", "fn scale(", "fn scaled(")], Same),
    ("a function moves to another module", &[
        ("schedule", "const FACTOR: f64 = 0.1;\n", ""),
        ("schedule", "pub fn warmup", "use crate::plot::FACTOR;\n\npub fn warmup"),
        ("plot", "pub fn bars", "pub const FACTOR: f64 = 0.1;\n\npub fn bars"),
    ], Same),
    ("the body of `run`", &[("experiment", "let mut loss = 0.0", "let mut loss = 1.0")], Other(&["experiment::Training::run"])),
    ("a helper", &[("network", "(self.forward(x) - y)", "(y - self.forward(x))")], Other(&["network::Network::backward"])),
    ("a helper of the experiment's type", &[("experiment", "gradient * factor", "gradient / factor")], Other(&["experiment::Training::epoch"])),
    ("a constant", &[("config", "EPOCH: u32 = 100", "EPOCH: u32 = 101")], Other(&["config::STEPS_PER_EPOCH"])),
    ("a constant that only a text names", &[("schedule", "FACTOR: f64 = 0.1", "FACTOR: f64 = 0.2")], Other(&["schedule::FACTOR"])),
    ("a constant of a type", &[("schedule", "WARM: u32 = 10", "WARM: u32 = 11")], Other(&["schedule::Phase::WARM"])),
    ("a field of the config", &[("config", "pub epochs: u32,", "pub epochs: u64,")], Other(&["config::Train"])),
    ("an attribute of the output", &[("experiment", "    pub steps: u32,", "    #[serde(default)]\n    pub steps: u32,")], Other(&["experiment::Metrics"])),
    ("a function that only an attribute names", &[("config", "0.5\n}", "0.6\n}")], Other(&["config::default_decay"])),
    ("a function of a module that only an attribute names", &[("config", "value.round()", "value.floor()")], Other(&["config::rounded::serialize"])),
    ("an implementation of a trait of the program", &[("optimizer", "- self.rate * gradient", "+ self.rate * gradient")], Other(&["optimizer::Sgd::step"])),
    ("a function that a trait provides", &[("optimizer", "0.999", "0.99")], Other(&["optimizer::Optimizer::decayed"])),
    ("an implementation of a trait of the standard library", &[("optimizer", "beta: 0.9", "beta: 0.8")], Other(&["optimizer::Adam::default"])),
    ("an implementation that only a loop calls", &[("data", "self.rows.into_iter()", "self.rows.into_iter().rev().collect::<Vec<_>>().into_iter()")], Other(&["data::Data::into_iter"])),
    ("a generic function's argument", &[("network", "activate::<Rectified>", "activate::<Sigmoid>")], Other(&["network::Network::forward"])),
    ("a macro and what it calls", &[("shorthand", "power(x, 2)", "power(x, 4)"), ("shorthand", "x.powi(exponent)", "x.powi(exponent).abs()")], Other(&["shorthand::power", "shorthand::square"])),
    ("another package", &[("/helpers/src/norm.rs", "10.0", "11.0"), ("/study/Cargo.lock", "0.2.8", "0.2.9")], Other(&["crate libm", "helpers::norm::LIMIT"])),
    ("an included file", &[("/study/src/digits.csv", "3,4", "3,5")], Other(&["data::Data::load"])),
];

#[test]
fn edits_that_count_are_never_missed_and_seldom_others_are_taken_for_them() {
    let program = Memory::program();
    let before = program
        .table("/study/src/experiment.rs")
        .expect("it is seen");
    let mut needless = Vec::new();
    for (name, edit, truth) in EDITS {
        let mut edited = program.clone();
        for (file, old, new) in edit {
            let path = if file.starts_with('/') {
                (*file).to_owned()
            } else {
                format!("/study/src/{file}.rs")
            };
            edited.replace(&path, old, new);
        }
        let after = edited
            .table("/study/src/experiment.rs")
            .expect("it is seen");
        let differing = differing(&before, &after);
        assert_eq!(
            before.digest() == after.digest(),
            differing.is_empty(),
            "{name}"
        );
        match truth {
            Same if differing.is_empty() => {}
            Same => needless.push((name, differing)),
            Other(paths) => assert!(
                paths.iter().eq(&differing),
                "{name}: {differing:?} and not {paths:?}"
            ),
        }
    }
    // They are taken for changes by their names; a person who sees these names knows better.
    let names: Vec<&str> = needless.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "a new field name beside a function of that name",
            "the way in which a type is printed",
            "a local function gets another name",
            "a function moves to another module",
        ],
        "{needless:#?}"
    );
}
