//! [`FLAGS`]: the one table that parsing, suggestions, completions and `--help` are made from; [`Given`]: a flag's value.

use std::{ffi::OsString, fmt::Display, path::MAIN_SEPARATOR, str::FromStr, time::Duration};

use super::request::{Amount, JobOrder, ProgressMode, Shell};
use crate::{
    base::{ColorChoice, Error, did_you_mean, nearest},
    execute::Processes,
    report::Format,
};

/// One flag of the command line. A new one is a row here and an arm in `args.rs`.
#[derive(Debug)]
pub(super) struct Flag {
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    pub(super) value: FlagValue,
    pub(super) help: &'static str,
}

/// The value that follows a flag.
#[derive(Clone, Copy, Debug)]
pub(super) enum FlagValue {
    Nothing,
    /// Any text, with its name in the help.
    Text(&'static str),
    OneOf(fn() -> Vec<&'static str>),
    /// One of these words after `=`; without it, the first.
    Optional(fn() -> Vec<&'static str>),
    /// With its form in the help, after `=` or as the next word if it is one.
    OptionalWord(&'static str, fn(&str) -> bool),
}

impl Flag {
    const fn new(long: &'static str, value: FlagValue, help: &'static str) -> Self {
        Self {
            long,
            short: None,
            value,
            help,
        }
    }

    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    pub(super) fn by_long(name: &str) -> Option<&'static Self> {
        FLAGS.iter().find(|flag| flag.long == name)
    }

    pub(super) fn by_short(name: char) -> Option<&'static Self> {
        FLAGS.iter().find(|flag| flag.short == Some(name))
    }

    /// Returns the value as the help shows it behind the name: ` N`, ` table|json`, `[=kept]`, or nothing.
    pub(super) fn shown_value(&self) -> String {
        match self.value {
            FlagValue::Optional(names) => format!("[={}]", names()[1..].join("|")),
            FlagValue::OptionalWord(form, _) => format!(" [{form}]"),
            FlagValue::Nothing => String::new(),
            _ => format!(" {}", self.value_name()),
        }
    }

    fn value_name(&self) -> String {
        match self.value {
            FlagValue::Nothing => String::new(),
            FlagValue::Text(name) | FlagValue::OptionalWord(name, _) => name.to_owned(),
            FlagValue::OneOf(names) | FlagValue::Optional(names) => names().join("|"),
        }
    }
}

const fn switch(long: &'static str, help: &'static str) -> Flag {
    Flag::new(long, FlagValue::Nothing, help)
}

const fn text(long: &'static str, name: &'static str, help: &'static str) -> Flag {
    Flag::new(long, FlagValue::Text(name), help)
}

const fn choice<C: Choice>(long: &'static str, help: &'static str) -> Flag {
    Flag::new(long, FlagValue::OneOf(C::names), help)
}

// A flag a line or two, so that the table can be read as one.
#[rustfmt::skip]
pub(super) const FLAGS: &[Flag] = &[
    switch("report", "run nothing; report from the cache and say what is missing"),
    switch("rerun", "run again even what is cached (what failed or is stale runs again anyway)"),
    switch("list", "show every config and its state"),
    switch("dry-run", "show what would run, and how long it would take"),
    switch("why", "show why what is not cached is not: the nearest stored run and the fields that differ"),
    text("where", "EXPR",
        "select runs by a field of the config or output, state, duration, age, name, label, key, build, code or verified: \
         rate=0.1,0.2, rate=0.01..0.1, 'output.loss<1 and not (name~base or age>30d)'; several are ANDed"),
    text("set", "FIELD=VALUE", "change a field of every config; may be given several times"),
    text("sweep", "FIELD=VALUES",
        "one config for each value: a,b,c or 1..5 or 0..100/10 or 1e-4..1e-1/log7; several make a product"),
    Flag::new("zip", FlagValue::Optional(|| vec!["", "FIELD,FIELD"]),
        "pair the values of several --sweep instead of making a product: of all, or of these fields"),
    text("replicates", "N", "N of each config: those that are there, then the replicate field counted on"),
    text("configs", "FILE", "read the configs from a list in a .json or .toml file, or from a pipe (- for standard input)"),
    switch("all", "list, report or export every stored run, whether or not a config reaches it"),
    switch("prune", "show what no config reaches, with sizes and ages; --yes removes it"),
    switch("yes", "let --prune remove what it shows"),
    text("older-than", "TIME", "let --prune take what is older than this, such as 30d or 0s (default 1d)"),
    switch("old-versions", "let --prune take runs of other versions of the experiment too"),
    switch("keep", "keep the selected runs from ever being pruned"),
    switch("unkeep", "take --keep back"),
    Flag::new("verify", FlagValue::OptionalWord("5%|20|10m", |word| word.parse::<Amount>().is_ok()),
        "run stored results again, change nothing, and tell what differs: all that are selected, or a share, a number, or as \
         many as take so long"),
    switch("accept", "note that the code of the selected results means the same as this code"),
    text("jobs", "N", "runs at a time; 0 = all cores").short('j'),
    switch("share-slots",
        "let -j and the slots of runs (for devices) be those of all programs with this flag on this machine and directory"),
    choice::<JobOrder>("order",
        "start runs in this order: as the configs are; mixed, so that early results cover all fields; or those that take \
         longest first, as without this flag if several run at a time"),
    Flag::new("isolate", FlagValue::Optional(Processes::names),
        "each run in a process of its own, its output in `run.log`; kept: a process does one run after another, \
         which is faster if they are short"),
    text("timeout", "TIME", "end a run after this time, such as 90s or 1h30m; implies --isolate"),
    text("grace", "TIME", "how long a run may take to stop once it is asked to, by a signal or its time limit"),
    text("retries", "N", "try a run that fails again, up to N times, with growing delays"),
    text("max-fail", "N", "start nothing more after so many failures; 0 = no limit"),
    switch("fail-fast", "start nothing more after the first failure"),
    text("shard", "I/N", "only part I of N of the runs, divided by their keys; slice:I/N divides them evenly"),
    text("output-dir", "DIR", "where results are kept"),
    choice::<Format>("format", "form of the report, in place of the experiment's own, or of a list (table, json)"),
    text("sort", "FIELD", "order the rows of the report by a field, as --where names it; -FIELD for the largest first"),
    text("top", "N", "only the first N rows of the report"),
    text("report-to", "FILE", "write the report to FILE instead of standard output"),
    choice::<ProgressMode>("progress",
        "what is shown while runs go on (auto: a bar on a terminal, plain lines elsewhere)"),
    text("events", "FILE", "write what happens to FILE as lines of JSON; FILE is emptied first"),
    switch("quiet", "show nothing but errors and the report").short('q'),
    switch("verbose",
        "show every run as it finishes, and backtraces: of panics, and with RUST_BACKTRACE=1 of errors").short('v'),
    choice::<ColorChoice>("color", "colors (auto: on a terminal, unless NO_COLOR is set)"),
    choice::<Shell>("completions", "print a script that completes this program's command line"),
    switch("help", "show this help").short('h'),
    switch("version", "show the versions").short('V'),
];

/// A type whose values are words of the command line.
pub(super) trait Choice: Copy + 'static {
    const ALL: &'static [(&'static str, Self)];

    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|(name, _)| *name).collect()
    }
}

impl Choice for Format {
    const ALL: &'static [(&'static str, Self)] = &[
        (Self::Table.name(), Self::Table),
        (Self::Markdown.name(), Self::Markdown),
        (Self::Csv.name(), Self::Csv),
        (Self::Json.name(), Self::Json),
    ];
}

impl Choice for JobOrder {
    const ALL: &'static [(&'static str, Self)] = &[
        ("as-given", Self::AsGiven),
        ("random", Self::Random),
        ("longest", Self::Longest),
    ];
}

impl Choice for ProgressMode {
    const ALL: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("bar", Self::Bar),
        ("plain", Self::Plain),
        ("none", Self::None),
    ];
}

impl Choice for Processes {
    const ALL: &'static [(&'static str, Self)] = &[("fresh", Self::Fresh), ("kept", Self::Kept)];
}

impl Choice for ColorChoice {
    const ALL: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("always", Self::Always),
        ("never", Self::Never),
    ];
}

impl Choice for Shell {
    const ALL: &'static [(&'static str, Self)] = &[
        ("bash", Self::Bash),
        ("zsh", Self::Zsh),
        ("fish", Self::Fish),
    ];
}

/// A flag and its value, which is empty if it takes none.
pub(super) struct Given {
    pub(super) flag: &'static Flag,
    value: OsString,
}

impl Given {
    /// Takes the value of `flag` from the arguments. A known flag in its place means that the value was forgotten.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(super) fn read(flag: &'static Flag, parser: &mut lexopt::Parser) -> Result<Self, Error> {
        let value = match flag.value {
            FlagValue::Nothing => OsString::new(),
            FlagValue::Optional(names) => optional_value(flag, &names(), parser)?,
            FlagValue::OptionalWord(_, is_value) => optional_word(is_value, parser),
            _ => parser.value().map_err(|_| {
                let (name, value) = (flag.long, flag.value_name());
                Error::usage(format!("`--{name}` needs a value: {value}"))
            })?,
        };
        if let Some(next) = value.to_str().filter(|text| is_flag(text)) {
            let (name, value) = (flag.long, flag.value_name());
            return Err(Error::usage(format!(
                "`--{name}` needs a value ({value}), but the flag `{next}` follows"
            )));
        }
        Ok(Self { flag, value })
    }

    /// Returns the value as it was given, if the flag takes one.
    pub(super) fn value(self) -> Option<OsString> {
        let is_given = match self.flag.value {
            FlagValue::Nothing => false,
            FlagValue::Optional(_) | FlagValue::OptionalWord(..) => !self.value.is_empty(),
            _ => true,
        };
        is_given.then_some(self.value)
    }

    fn refused(&self, takes: impl Display) -> Error {
        let (name, value) = (self.flag.long, self.value.display());
        Error::usage(format!("`--{name}` takes {takes}, not `{value}`"))
    }

    /// Returns the text, which is empty if it is optional and left out.
    pub(super) fn text(&self) -> Result<&str, Error> {
        self.value.to_str().ok_or_else(|| self.refused("UTF-8"))
    }

    pub(super) fn number<N: FromStr>(&self, takes: &str) -> Result<N, Error> {
        let number = self.value.to_str().and_then(|text| text.parse().ok());
        number.ok_or_else(|| self.refused(takes))
    }

    /// Reads the word of a flag that may be given without one.
    pub(super) fn optional_choice<C: Choice + Default>(&self) -> Result<C, Error> {
        if self.value.is_empty() {
            Ok(C::default())
        } else {
            self.choice()
        }
    }

    pub(super) fn choice<C: Choice>(&self) -> Result<C, Error> {
        let name = self.value.to_string_lossy();
        let known = C::ALL.iter().find(|(known, _)| *known == name);
        known.map(|(_, choice)| *choice).ok_or_else(|| {
            let names = C::names();
            let hint = did_you_mean(nearest(&name, names.iter().copied()));
            let (last, others) = names.split_last().unwrap_or((&"nothing", &[]));
            Error::usage(format!(
                "{}{hint}",
                self.refused(format_args!("{} or {last}", others.join(", ")))
            ))
        })
    }

    pub(super) fn time(&self) -> Result<Duration, Error> {
        let time = humantime::parse_duration(&self.value.to_string_lossy());
        time.map_err(|error| self.refused_time(&error))
    }

    /// Reads the time limit of a run.
    pub(super) fn limit(&self) -> Result<Duration, Error> {
        match self.time()? {
            Duration::ZERO => Err(self.refused_time(&"no run ends at once")),
            time => Ok(time),
        }
    }

    fn refused_time(&self, why: &dyn Display) -> Error {
        let refused = self.refused("a time such as `90s`, `5m` or `1h 30m`");
        Error::usage(format!("{refused} ({why})"))
    }

    /// Reads a value that says itself what it takes.
    pub(super) fn parsed<T: FromStr<Err = String>>(&self) -> Result<T, Error> {
        let parsed = self.value.to_string_lossy().parse();
        parsed.map_err(|error| Error::usage(format!("`--{}`: {error}", self.flag.long)))
    }

    pub(super) fn file(&self) -> Result<OsString, Error> {
        if self.value.is_empty() {
            let name = self.flag.long;
            return Err(Error::usage(format!(
                "`--{name}` takes a file, not an empty name"
            )));
        }
        Ok(self.value.clone())
    }

    /// Refuses a directory that looks like a flag: that is more likely a mistake.
    pub(super) fn directory(&self) -> Result<OsString, Error> {
        let name = self.flag.long;
        if self.value.is_empty() {
            return Err(Error::usage(format!(
                "`--{name}` takes a directory, not an empty name; for this directory write `.`"
            )));
        }
        if self.value.as_encoded_bytes().starts_with(b"-") {
            let (refused, value) = (self.refused("a directory"), self.value.display());
            return Err(Error::usage(format!(
                "{refused}; if that is its name, write `.{MAIN_SEPARATOR}{value}`"
            )));
        }
        Ok(self.value.clone())
    }
}

/// Takes the value behind `=`. One of the values as the next word is most likely meant as the flag's.
fn optional_value(
    flag: &Flag,
    names: &[&str],
    parser: &mut lexopt::Parser,
) -> Result<OsString, Error> {
    if let Some(value) = parser.optional_value() {
        return Ok(value);
    }
    let rest = parser.try_raw_args();
    let next = rest.and_then(|rest| rest.peek()?.to_str().map(str::to_owned));
    match next.filter(|next| names.contains(&next.as_str())) {
        Some(next) => Err(Error::usage(format!(
            "write `--{name}={next}`, or `{next}` before `--{name}` if it is a pattern",
            name = flag.long
        ))),
        None => Ok(OsString::new()),
    }
}

/// Takes the value behind `=`, or the next word if it is one.
fn optional_word(is_value: fn(&str) -> bool, parser: &mut lexopt::Parser) -> OsString {
    if let Some(value) = parser.optional_value() {
        return value;
    }
    let is_next = parser.try_raw_args().is_some_and(|rest| {
        let next = rest.peek().and_then(|next| next.to_str());
        next.is_some_and(is_value)
    });
    let value = is_next.then(|| parser.value().ok()).flatten();
    value.unwrap_or_default()
}

fn is_flag(text: &str) -> bool {
    FLAGS.iter().any(|flag| {
        text.strip_prefix("--") == Some(flag.long)
            || flag.short.is_some()
                && text
                    .strip_prefix('-')
                    .is_some_and(|rest| rest.chars().eq(flag.short))
    })
}
