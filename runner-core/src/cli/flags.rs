//! [`FLAGS`]: the one table that parsing, suggestions and `--help` are made from.

use super::request::ProgressMode;
use super::{choice::names, completions::Shell};
use crate::base::ColorChoice;
use crate::report::Format;

/// One flag of the command line. A new one is a row here and an arm in `args.rs`.
#[derive(Debug)]
pub(super) struct Flag {
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    pub(super) value: Value,
    pub(super) help: &'static str,
}

/// What follows a flag.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    Nothing,
    /// Any text; this is what help calls it.
    Text(&'static str),
    /// One of these words.
    OneOf(fn() -> Vec<&'static str>),
}

const fn flag(long: &'static str, value: Value, help: &'static str) -> Flag {
    Flag {
        long,
        short: None,
        value,
        help,
    }
}

impl Flag {
    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    /// The value as help shows it: `N`, `table|json`, or nothing.
    pub(super) fn value_name(&self) -> String {
        match self.value {
            Value::Nothing => String::new(),
            Value::Text(name) => name.to_owned(),
            Value::OneOf(names) => names().join("|"),
        }
    }
}

pub(super) const FLAGS: &[Flag] = &[
    flag(
        "report",
        Value::Nothing,
        "run nothing; report from the cache and say what is missing",
    ),
    flag(
        "rerun",
        Value::Nothing,
        "run again even what is cached (what failed or is stale runs again anyway)",
    ),
    flag("list", Value::Nothing, "show every config and its state"),
    flag(
        "dry-run",
        Value::Nothing,
        "show what would run, and how long it would take",
    ),
    flag(
        "why",
        Value::Nothing,
        "show why what is not cached is not: the nearest stored run and the fields that differ",
    ),
    flag(
        "where",
        Value::Text("EXPR"),
        "select runs by a field of the config or output, state, duration, name, label or build: rate=0.1,0.2, \
         rate=0.01..0.1, 'output.loss<1', name~base; several are ANDed",
    ),
    flag(
        "set",
        Value::Text("FIELD=VALUE"),
        "change a field of every config; may be given several times",
    ),
    flag(
        "sweep",
        Value::Text("FIELD=VALUES"),
        "one config for each value: a,b,c or 1..5 or 0..100/10 or 1e-4..1e-1/log7; several make a product",
    ),
    flag(
        "zip",
        Value::Nothing,
        "pair the values of several --sweep instead of making a product",
    ),
    flag(
        "replicates",
        Value::Text("N"),
        "N of each config, with the replicate field counted up",
    ),
    flag(
        "configs",
        Value::Text("FILE"),
        "read the configs from a list in a .json or .toml file",
    ),
    flag(
        "all",
        Value::Nothing,
        "list, report or export every stored run, whether or not a config reaches it",
    ),
    flag(
        "prune",
        Value::Nothing,
        "show what no config reaches, with sizes and ages; --yes removes it",
    ),
    flag("yes", Value::Nothing, "let --prune remove what it shows"),
    flag(
        "old-versions",
        Value::Nothing,
        "let --prune take runs of other versions of the experiment too",
    ),
    flag(
        "keep",
        Value::Nothing,
        "keep the selected runs from ever being pruned",
    ),
    flag("unkeep", Value::Nothing, "take --keep back"),
    flag("jobs", Value::Text("N"), "runs at a time; 0 = all cores").short('j'),
    flag(
        "isolate",
        Value::Nothing,
        "each run in a process of its own, its output in `run.log`",
    ),
    flag(
        "timeout",
        Value::Text("TIME"),
        "end a run after this time, such as 90s or 1h30m; implies --isolate",
    ),
    flag(
        "retries",
        Value::Text("N"),
        "try a run that fails again, up to so many times (not after a panic or the same error twice)",
    ),
    flag(
        "max-fail",
        Value::Text("N"),
        "start nothing more after so many failures",
    ),
    flag(
        "fail-fast",
        Value::Nothing,
        "start nothing more after the first failure",
    ),
    flag(
        "shard",
        Value::Text("I/N"),
        "only part I of N of the runs, divided by their keys; slice:I/N divides them evenly",
    ),
    flag("output-dir", Value::Text("DIR"), "where results are kept"),
    flag(
        "format",
        Value::OneOf(names::<Format>),
        "form of the report, in place of the experiment's own, or of a list (table, json)",
    ),
    flag(
        "progress",
        Value::OneOf(names::<ProgressMode>),
        "what is shown while runs go on (auto: a bar on a terminal, plain lines elsewhere)",
    ),
    flag(
        "events",
        Value::Text("FILE"),
        "write what happens to FILE as lines of JSON; FILE is emptied first",
    ),
    flag(
        "quiet",
        Value::Nothing,
        "show nothing but errors and the report",
    )
    .short('q'),
    flag(
        "verbose",
        Value::Nothing,
        "show every run as it finishes, and backtraces: of panics, and with RUST_BACKTRACE=1 of errors",
    )
    .short('v'),
    flag(
        "color",
        Value::OneOf(names::<ColorChoice>),
        "colors (auto: on a terminal, unless NO_COLOR is set)",
    ),
    flag(
        "completions",
        Value::OneOf(names::<Shell>),
        "print a script that completes this program's command line",
    ),
    flag("help", Value::Nothing, "show this help").short('h'),
    flag("version", Value::Nothing, "show the versions").short('V'),
];

pub(super) fn by_long(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.long == name)
}

pub(super) fn by_short(name: char) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.short == Some(name))
}
