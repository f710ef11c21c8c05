//! The rules about what the files of `runner-core/src` use.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    sync::LazyLock,
};

use super::{
    modules::{Arrow, Crate, Sources, Use},
    rooms::{ORDER, room, wrong_arrows, wrong_circles},
    root, sources,
};

/// Files that use `std::fs`. What is below the output directory is used through the trait `Disk` alone.
const FILES: [(&str, &str); 13] = [
    ("base/streams.rs", "opens /dev/null"),
    ("driver/report_file.rs", "writes the file of `--report-to`"),
    ("store/native.rs", "is the `Disk` of programs"),
    ("store/lock_file.rs", "locks for that `Disk`"),
    (
        "store/verify.rs",
        "removes the store that it made among temporary files",
    ),
    ("store/build.rs", "reads the program's own file"),
    (
        "store/file_system.rs",
        "reads /proc: how the output directory is mounted",
    ),
    (
        "store/locking.rs",
        "reads /proc: which boot, which processes",
    ),
    (
        "execute/isolate/message.rs",
        "looks at the program's own file",
    ),
    ("execute/isolate/worker.rs", "opens /dev/null"),
    ("execute/machine.rs", "reads /proc and cgroups"),
    ("cli/events.rs", "writes the file of `--events`"),
    ("driver/chosen.rs", "reads the file of `--configs`"),
];

/// Types that are defined more than once.
const TWICE: [(&str, &str); 1] = [("LockFile", "one for each platform")];

static CORE: LazyLock<Core> = LazyLock::new(Core::read);

struct Core {
    sources: Sources,
    modules: Crate,
    arrows: Vec<Arrow>,
}

impl Core {
    fn read() -> Self {
        let src = root().join("runner-core/src");
        let sources = sources("runner-core/src").into_iter().map(|(path, text)| {
            let path = path.strip_prefix(&src).expect("sources are below `src`");
            let parts = path.iter().map(|part| part.to_string_lossy());
            (parts.collect::<Vec<_>>().join("/"), text)
        });
        let sources: Sources = sources.collect();
        let modules = Crate::read(&sources);
        let arrows = modules.arrows();
        Self {
            sources,
            modules,
            arrows,
        }
    }
}

/// Fails for each use that is `wrong`.
fn forbid_uses(rule: &str, wrong: impl Fn(&str, &Use) -> bool) {
    let uses = CORE.modules.uses().filter(|(file, of)| wrong(file, of));
    let uses = uses.map(|(file, of)| format!("{file}:{}: {}", of.line, of.path.join("::")));
    expect_none(rule, uses);
}

/// Fails for each arrow from one room to another one that the order would allow.
fn forbid_arrows(from: &str, to: &str) {
    let arrows = CORE.arrows.iter();
    let wrong = arrows.filter(|arrow| room(&arrow.from) == from && room(&arrow.to) == to);
    expect_none(
        &format!("`{from}` must not see `{to}`"),
        wrong.map(Arrow::to_string),
    );
}

fn expect_none(rule: &str, wrong: impl Iterator<Item = String>) {
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

#[test]
fn rooms_use_only_rooms_before_them() {
    let wrong = wrong_arrows(&CORE.arrows, &ORDER);
    expect_none(
        "the order is that of the rooms in ARCHITECTURE.md",
        wrong.into_iter(),
    );
}

#[test]
fn files_of_a_room_use_each_other_only_for_a_reason() {
    let wrong = wrong_circles(&CORE.arrows, &CORE.sources);
    expect_none("circles", wrong.into_iter());
}

#[test]
fn a_name_says_which_type() {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, file, line) in CORE.modules.types() {
        let places = places.entry(name).or_default();
        places.push(format!("{file}:{line}"));
    }
    places.retain(|_, places| places.len() > 1);
    for (known, reason) in TWICE {
        assert!(
            places.remove(known).is_some(),
            "`{known}` is defined once: {reason}"
        );
    }
    expect_none(
        "these names are defined more than once",
        places
            .into_iter()
            .map(|(name, places)| format!("`{name}`: {}", places.join(", "))),
    );
}

#[test]
fn the_order_of_the_rooms_is_the_same_everywhere() {
    let declared = CORE.sources["lib.rs"].lines();
    let declared = declared.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    assert!(declared.eq(ORDER), "modules of lib.rs: {ORDER:?}");

    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it can be read");
    let (_, text) = text
        .split_once("\n## The rooms\n")
        .expect("it has this part");
    let text = text.split("\n## ").next().unwrap_or(text);
    let drawing = text
        .split("```")
        .nth(1)
        .and_then(|block| block.strip_prefix("text\n"));
    let words = drawing.expect("it has a drawing").split_whitespace();
    let drawn = words.filter(|word| *word != "→");
    assert!(drawn.eq(ORDER), "drawing in ARCHITECTURE.md: {ORDER:?}");
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let rows = rows.map(|(room, _)| room);
    assert!(rows.eq(ORDER), "table in ARCHITECTURE.md: {ORDER:?}");

    let listed = fs::read_dir(root().join("runner-core/src")).expect("it can be listed");
    let listed = listed.map(|entry| entry.expect("entries can be read").file_name());
    let listed: BTreeSet<OsString> = listed.collect();
    let rooms: BTreeSet<OsString> = ORDER
        .into_iter()
        .chain(["lib.rs"])
        .map(OsString::from)
        .collect();
    assert_eq!(listed, rooms, "entries of runner-core/src");
    assert!(listed.len() <= 12, "more than a dozen entries: {listed:?}");
}

#[test]
fn what_is_below_the_output_directory_goes_through_disk() {
    let is_file_system = |of: &Use| of.path.starts_with(&["std".to_owned(), "fs".to_owned()]);
    forbid_uses(
        "files that may use `std::fs` need an entry and a reason",
        |file, of| is_file_system(of) && FILES.iter().all(|(known, _)| *known != file),
    );
    for (known, reason) in FILES {
        let mut uses = CORE.modules.uses();
        let is_used = uses.any(|(file, of)| file == known && is_file_system(of));
        assert!(is_used, "`std::fs` is not used in {known}, which {reason}");
    }
}

#[test]
fn only_the_store_and_the_engine_call_the_system() {
    forbid_uses("`nix` is for the store and the engine", |file, of| {
        of.path[0] == "nix"
            && !["store", "execute"].contains(&room(file))
            && !["base/clock.rs", "base/space.rs", "base/streams.rs"].contains(&file)
    });
}

#[test]
fn what_comes_before_a_run_does_no_input_or_output() {
    let rooms = ["value", "change", "filter", "plan"];
    let streams = ["stdin", "stdout", "stderr"];
    forbid_uses("no input and output, no clock", |file, of| {
        let last = of.path.last().map_or("", String::as_str);
        let is_clock = last == "now" && of.path.len() == 2;
        rooms.contains(&room(file)) && (streams.contains(&last) || is_clock)
    });
    for room in rooms {
        super::forbid(&format!("runner-core/src/{room}"), &["println!"], &[]);
    }
    for room in &rooms[1..] {
        forbid_arrows(room, "store");
    }
}

#[test]
fn the_report_never_sees_the_store() {
    forbid_arrows("report", "store");
}
