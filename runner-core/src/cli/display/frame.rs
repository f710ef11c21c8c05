//! [`frame`] returns the text of the bar at one moment.

use std::time::{Duration, Instant};

use console::{Alignment, measure_text_width, pad_str, truncate_str};

use super::tally::{Running, Tally};
use crate::{
    base::{Style, human},
    execute::STATUS_KEY,
};

/// Maximum number of runs below the bar.
const LINES_MAX: usize = 8;
const BAR_WIDTH_MAX: usize = 30;
const BAR_WIDTH_MIN: usize = 5;

/// Size of the terminal, in characters.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Whether the program reads keys.
    pub(super) has_keys: bool,
}

/// Returns the bar and a line for each current run, all narrower than the terminal.
pub(super) fn frame(
    program_name: &str,
    tally: &Tally,
    started: Instant,
    now: Instant,
    room: Room,
    style: Style,
) -> String {
    let room = Room {
        // Some terminals go to the next line when the last column is written.
        width: room.width.saturating_sub(1),
        ..room
    };
    let width = room.width;
    let mut lines = vec![head(program_name, tally, started, now, room, style)];
    let all = tally.running.len() + tally.waiting.len();
    let shown = match room.height.saturating_sub(3).min(LINES_MAX) {
        lines if all > lines => lines.saturating_sub(1),
        _ => all,
    };
    let named = tally.running.iter().take(shown);
    let rows: Vec<Row> = named.map(|running| Row::new(running, tally, now)).collect();
    lines.extend(columns(&rows, width, style));
    for waiting in tally.waiting.iter().take(shown - rows.len()) {
        let label = tally.label(waiting.run);
        let why = style.faint(format!("waiting for {}", waiting.holder));
        let line = format!("  {label}  {why}");
        lines.push(truncate_str(&line, width, "…").into_owned());
    }
    if shown < all && shown > 0 {
        lines.push(format!("  and {} more", all - shown));
    }
    lines.join("\n")
}

/// `digits [=====>    ] 24/60, 1 failed, 12 s, about 20 s left (t: status)`
fn head(
    program_name: &str,
    tally: &Tally,
    started: Instant,
    now: Instant,
    room: Room,
    style: Style,
) -> String {
    let mut facts = vec![format!("{}/{}", tally.done(), tally.to_run)];
    if !tally.failures.is_empty() {
        let failed = format!("{} failed", tally.failures.len());
        facts.push(style.bad(failed).to_string());
    }
    facts.push(human::rough_duration(
        now.saturating_duration_since(started),
    ));
    if let Some(left) = tally.time_left(now)
        && left >= Duration::from_secs(1)
    {
        facts.push(format!("about {} left", human::rough_duration(left)));
    }
    let width = room.width;
    let mut facts = facts.join(", ");
    let mut taken = measure_text_width(program_name) + measure_text_width(&facts) + " [] ".len();
    let hint = format!(" ({STATUS_KEY}: status)");
    if room.has_keys && taken + hint.len() + BAR_WIDTH_MIN <= width {
        taken += hint.len();
        facts += &style.faint(hint).to_string();
    }
    let head = match width.saturating_sub(taken).min(BAR_WIDTH_MAX) {
        0..BAR_WIDTH_MIN => format!("{program_name} {facts}"),
        bar_width => {
            let bar = style.good(bar(tally.done(), tally.to_run, bar_width));
            format!("{program_name} [{bar}] {facts}")
        }
    };
    truncate_str(&head, width, "…").into_owned()
}

fn bar(done: usize, total: usize, width: usize) -> String {
    let filled = (width * done.min(total))
        .checked_div(total)
        .unwrap_or(width);
    if filled < width {
        format!("{:<width$}", "=".repeat(filled) + ">")
    } else {
        "=".repeat(width)
    }
}

struct Row {
    label: String,
    percent: String,
    time: String,
}

impl Row {
    fn new(running: &Running, tally: &Tally, now: Instant) -> Self {
        let percent = running.progress.get().and_then(|(done, total)| {
            let percent = u128::from(done.min(total)) * 100;
            percent.checked_div(u128::from(total))
        });
        Self {
            label: tally.label(running.run),
            percent: percent.map_or_else(String::new, |percent| format!("{percent} %")),
            time: human::rough_duration(now.saturating_duration_since(running.since)),
        }
    }
}

/// Returns labels, shortened to fit, with percentages and times right of them.
fn columns(rows: &[Row], width: usize, style: Style) -> Vec<String> {
    let widest = |column: fn(&Row) -> &str| {
        let widths = rows.iter().map(|row| measure_text_width(column(row)));
        widths.max().unwrap_or(0)
    };
    let percent_width = match widest(|row| &row.percent) {
        0 => 0,
        width => width + 2,
    };
    // Wide enough for most times, so that nothing moves when one grows.
    let time_width = widest(|row| &row.time).max("2 m 05 s".len());
    let room = width.saturating_sub(2 + percent_width + 2 + time_width);
    let label_width = widest(|row| &row.label).min(room);
    rows.iter()
        .map(|row| {
            let label = pad_str(&row.label, label_width, Alignment::Left, Some("…"));
            let percent = pad_str(&row.percent, percent_width, Alignment::Right, None);
            let time = pad_str(&row.time, time_width, Alignment::Right, None);
            let line = format!("  {label}{}  {}", style.active(percent), style.faint(time));
            truncate_str(&line, width, "").into_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests;
