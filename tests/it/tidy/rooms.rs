//! The rooms of `runner-core/src`: each may use only those before it.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{Arrow, Sources};

/// The way of the data. `lib.rs` stands above all rooms.
pub(super) const ORDER: [&str; 11] = [
    "base", "value", "store", "api", "change", "filter", "plan", "execute", "report", "cli",
    "driver",
];

/// What a line begins with that says why the files of a circle need each other:
/// `// Circle: walk, cursor: a list's items are walked like the list itself`.
const DECLARATION: &str = "// Circle:";

/// Files of one room, by their names there, each of which leads to all others.
type Circle = BTreeSet<String>;

/// Returns the folder or file directly below `src` that has `file`.
pub(super) fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or(file)
}

/// Returns a message for each arrow to a later room. What is in none of them is above all, as `lib.rs` is.
pub(super) fn wrong_arrows(arrows: &[Arrow], order: &[&str]) -> Vec<String> {
    let place = |file: &str| {
        let room = room(file);
        let place = order.iter().position(|known| *known == room);
        place.unwrap_or(order.len())
    };
    arrows
        .iter()
        .filter(|arrow| place(&arrow.from) < place(&arrow.to))
        .map(|arrow| {
            let (earlier, later) = (room(&arrow.from), room(&arrow.to));
            let order = order.join(" → ");
            format!("{arrow}, but `{earlier}` comes before `{later}`: {order}")
        })
        .collect()
}

/// Returns a message for each circle of files inside a room that no line explains, and for each explained one that is no more.
pub(super) fn wrong_circles(arrows: &[Arrow], sources: &Sources) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut found = circles(arrows);
    for (file, text) in sources {
        for (line, names, reason) in declarations(text) {
            let is_found = found.remove(&(room(file).to_owned(), names.clone()));
            let names = listed(names);
            if !is_found {
                wrong.push(format!(
                    "{file}:{line}: {names} are no circle, or not the whole of it"
                ));
            } else if reason.is_empty() {
                wrong.push(format!(
                    "{file}:{line}: no reason for the circle of {names}"
                ));
            }
        }
    }
    for (room_name, names) in found {
        let is_part = |file: &str| room(file) == room_name && names.contains(name(file));
        let inside = arrows
            .iter()
            .filter(|arrow| is_part(&arrow.from) && is_part(&arrow.to));
        let ways: BTreeMap<(&str, &str), &Arrow> = inside
            .rev()
            .map(|arrow| ((arrow.from.as_str(), arrow.to.as_str()), arrow))
            .collect();
        let ways: Vec<String> = ways.values().map(ToString::to_string).collect();
        wrong.push(format!(
            "files of `{room_name}` are a circle; cut it, or say why in one of them: `{DECLARATION} {}: <reason>`\n    {}",
            listed(names),
            ways.join("\n    "),
        ));
    }
    wrong
}

fn listed(names: Circle) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Returns the circles of files, each with its room.
fn circles(arrows: &[Arrow]) -> BTreeSet<(String, Circle)> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows
        .iter()
        .filter(|arrow| room(&arrow.from) == room(&arrow.to))
    {
        next.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = next
        .keys()
        .map(|file| {
            let mut reached = BTreeSet::new();
            let mut pending = vec![*file];
            while let Some(file) = pending.pop() {
                let new = next.get(file).into_iter().flatten();
                pending.extend(new.filter(|file| reached.insert(**file)));
            }
            (*file, reached)
        })
        .collect();
    let circle = |file: &str| {
        let names = reached[file].iter().filter(|other| {
            reached
                .get(*other)
                .is_some_and(|reached| reached.contains(file))
        });
        (
            room(file).to_owned(),
            names.map(|file| name(file).to_owned()).collect(),
        )
    };
    reached
        .keys()
        .map(|file| circle(file))
        .filter(|(_, names): &(_, Circle)| !names.is_empty())
        .collect()
}

/// Returns the name of a file in its room: `display` for `cli/display/mod.rs`.
fn name(file: &str) -> &str {
    let name = file.split_once('/').map_or(file, |(_, name)| name);
    let name = name.trim_end_matches(".rs");
    name.strip_suffix("/mod").unwrap_or(name)
}

/// Returns the circles that the comments of a file explain: line, names, reason.
fn declarations(text: &str) -> Vec<(usize, Circle, String)> {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(first) = line.strip_prefix(DECLARATION) else {
            continue;
        };
        let more = lines[at + 1..]
            .iter()
            .map_while(|line| line.strip_prefix("// "));
        let comment = [first]
            .into_iter()
            .chain(more)
            .collect::<Vec<_>>()
            .join(" ");
        let (names, reason) = comment.split_once(':').unwrap_or((&comment, ""));
        let names = names
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect();
        found.push((at + 1, names, reason.trim().to_owned()));
    }
    found
}
