//! [`Comparison`]: the configs with one key against those with another, all else equal.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use super::{
    Screen,
    column::{Columns, Detail},
    layout::TableLayout,
    measures::Measures,
    number::{self, SummaryFormat},
    padding::Align,
    places::Places,
    rows::{RowGroup, Rows},
    text_column::{NOTHING, Role, TextColumn},
};
use crate::{
    api::Summary,
    base::{Count, Estimate, Interval, Judged, Sides, Verdict, Why, judge},
};

/// Share of comparisons that say better or worse somewhere without a reason.
const ALPHA: f64 = 0.05;

/// How configs with other keys compare with those of one key, all else equal.
///
/// Made by [`Runs::compare`](crate::Runs::compare). Runs of the same replicate are compared in pairs; where the replicates do not
/// match, or the metric is [`unpaired`](crate::Metric::unpaired), the sides are compared as a whole (Welch's t test). The levels are such that
/// in 19 of 20 comparisons in which nothing differs, no row says that something is better or worse.
///
/// Displayed, it is a table, with its method in the last line.
#[derive(Clone, Debug)]
pub struct Comparison {
    rows: Vec<ComparisonRow>,
    overall: Vec<ComparisonRow>,
    replicates: Vec<String>,
}

/// One config, or all with one key, compared by one metric.
#[derive(Clone, Debug)]
pub struct ComparisonRow {
    metric: String,
    label: String,
    before: Option<Estimate>,
    after: Option<Estimate>,
    is_log: bool,
    judged: Judged,
}

impl Comparison {
    /// The rows of single configs, by metric.
    pub fn iter(&self) -> impl Iterator<Item = &ComparisonRow> {
        self.rows.iter()
    }

    /// The rows over all configs of a key, where there are several: the mean of their changes.
    pub fn overall(&self) -> impl Iterator<Item = &ComparisonRow> {
        self.overall.iter()
    }
}

impl ComparisonRow {
    /// The metric.
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// The fields that tell the config from others.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The side that is compared with; none if it has no values.
    pub fn before(&self) -> Option<&Estimate> {
        self.before.as_ref()
    }

    /// The side that is judged; none if it has no values, and over several configs.
    pub fn after(&self) -> Option<&Estimate> {
        self.after.as_ref()
    }

    /// The mean difference; for a metric on a logarithmic scale, the factor.
    pub fn change(&self) -> f64 {
        self.judged.change
    }

    /// The interval of the change. Its level is such that it says the same as the verdict.
    pub fn interval(&self) -> Option<Interval> {
        self.judged.interval
    }

    /// The number of pairs; none if the sides were compared as a whole.
    pub fn pairs(&self) -> Option<usize> {
        self.judged.pairs
    }

    /// What the row says.
    pub fn verdict(&self) -> Verdict {
        self.judged.verdict
    }
}

/// The rows with one key and one place among all else.
struct KeyCell {
    key: usize,
    place: Vec<usize>,
    /// The numbers of its rows; never none.
    rows: Vec<usize>,
}

/// Two cells; one of them may be without a partner.
#[derive(Clone, Copy)]
struct CellPair {
    before: Option<usize>,
    after: Option<usize>,
}

/// Compares rows, of which each has the number of its key, with those of key 0, all else equal.
pub(super) fn compare(rows: &Rows<'_>, keys: &[usize]) -> Comparison {
    let places = Places::of(rows);
    let is_of_key = places.are_of_group(&keys.iter().copied().map(Some).collect::<Vec<_>>());
    let cells = cells(&places, &is_of_key, keys);
    let pairs = pairs(&cells);
    let columns = Columns::of(rows, Detail::People);
    let group =
        |cell: &KeyCell| RowGroup::new(cell.rows.iter().map(|row| &rows.all[*row]).collect());
    let groups: Vec<RowGroup<'_>> = cells.iter().map(group).collect();
    let mut measures = Measures::of_metrics(rows, &columns, &groups);
    if rows.metrics.0.is_empty() {
        measures = Measures::of_outputs(&columns, &groups);
    }
    let keys_max = keys.iter().copied().max().unwrap_or(0) + 1;
    // Each key has rows over all configs of its own, so that a metric has a rule for each key.
    let rules = measures
        .iter()
        .flat_map(|of_metric| vec![of_metric.rule; keys_max]);
    let comparisons = measures.iter().enumerate().flat_map(|(metric, of_metric)| {
        let values = |cell: Option<usize>| {
            cell.map_or_else(Vec::new, |cell| of_metric.groups[cell].values.clone())
        };
        let sides = move |pair: &CellPair| Sides {
            before: values(pair.before),
            after: values(pair.after),
        };
        let key = |pair: &CellPair| pair.after.map_or(0, |cell| cells[cell].key);
        pairs
            .iter()
            .map(move |pair| (metric * keys_max + key(pair), sides(pair)))
    });
    let judgement = judge(
        &rules.collect::<Vec<_>>(),
        &comparisons.collect::<Vec<_>>(),
        ALPHA,
    );
    let of_pairs = measures
        .iter()
        .flat_map(|of_metric| pairs.iter().map(move |pair| (of_metric, pair)));
    let judged = of_pairs
        .zip(judgement.rows)
        .map(|((of_metric, pair), judged)| {
            let estimate = |cell: Option<usize>| of_metric.groups[cell?].estimate(&of_metric.rule);
            let cell = pair
                .after
                .or(pair.before)
                .map_or(0, |cell| cells[cell].rows[0]);
            ComparisonRow {
                metric: of_metric.heading.clone(),
                label: places.label(cell, |_| true),
                before: estimate(pair.before),
                after: estimate(pair.after),
                is_log: of_metric.rule.is_log,
                judged: only_one_side(judged, *pair),
            }
        });
    let overall = judgement
        .overall
        .into_iter()
        .enumerate()
        .filter_map(|(rule, judged)| {
            let (of_metric, key) = (&measures[rule / keys_max], rule % keys_max);
            let row = keys.iter().position(|other| *other == key)?;
            let label = places.label(row, |field| is_of_key[field]);
            Some(ComparisonRow {
                metric: of_metric.heading.clone(),
                label: format!("{label} (all)").trim_start().to_owned(),
                before: None,
                after: None,
                is_log: of_metric.rule.is_log,
                judged: judged?,
            })
        });
    Comparison {
        rows: judged.collect(),
        overall: overall.collect(),
        replicates: places.replicate_fields.clone(),
    }
}

fn cells(places: &Places, is_of_key: &[bool], keys: &[usize]) -> Vec<KeyCell> {
    let mut cells: Vec<KeyCell> = Vec::new();
    let mut known: HashMap<(usize, Vec<usize>), usize> = HashMap::new();
    for (row, &key) in keys.iter().enumerate() {
        let place = places.place(row, |field| !is_of_key[field]);
        let cell = *known.entry((key, place.clone())).or_insert(cells.len());
        if cell == cells.len() {
            cells.push(KeyCell {
                key,
                place,
                rows: Vec::new(),
            });
        }
        cells[cell].rows.push(row);
    }
    cells
}

/// Returns each cell of another key with that of key 0, and then the cells of key 0 that no other is compared with.
fn pairs(cells: &[KeyCell]) -> Vec<CellPair> {
    let numbers = || cells.iter().enumerate();
    let bases: HashMap<&[usize], usize> = numbers()
        .filter(|(_, cell)| cell.key == 0)
        .map(|(number, cell)| (cell.place.as_slice(), number))
        .collect();
    let others = numbers().filter(|(_, cell)| cell.key != 0);
    let mut pairs: Vec<CellPair> = others
        .map(|(number, cell)| CellPair {
            before: bases.get(cell.place.as_slice()).copied(),
            after: Some(number),
        })
        .collect();
    let matched: HashSet<usize> = pairs.iter().filter_map(|pair| pair.before).collect();
    let lone = numbers().filter(|(number, cell)| cell.key == 0 && !matched.contains(number));
    pairs.extend(lone.map(|(number, _)| CellPair {
        before: Some(number),
        after: None,
    }));
    pairs
}

/// Tells a side whose runs have no values from one without configs.
fn only_one_side(judged: Judged, pair: CellPair) -> Judged {
    let verdict = match (pair.before, pair.after) {
        (None, _) => Verdict::NotCompared(Why::OnlyHere),
        (_, None) => Verdict::NotCompared(Why::OnlyThere),
        _ => judged.verdict,
    };
    Judged { verdict, ..judged }
}

impl ComparisonRow {
    /// Returns the change and its interval as text; factors in percent.
    fn changes(&self) -> [String; 2] {
        let Judged {
            change, interval, ..
        } = self.judged;
        if change.is_nan() {
            return [NOTHING, NOTHING].map(str::to_owned);
        }
        // The digits that the uncertainty leaves.
        let spreads: Vec<Summary> = match interval {
            Some(Interval { low, high, .. }) => vec![Summary::of([low, high])],
            None => [&self.before, &self.after]
                .into_iter()
                .flatten()
                .map(number::summary)
                .collect(),
        };
        let text = |value: f64| {
            if self.is_log {
                return format!("{:+.1} %", (value - 1.0) * 100.0);
            }
            let text = SummaryFormat::of(spreads.clone()).number(value);
            if value > 0.0 {
                format!("+{text}")
            } else {
                text
            }
        };
        let interval = interval.map_or_else(
            || NOTHING.to_owned(),
            |interval| format!("[{}, {}]", text(interval.low), text(interval.high)),
        );
        [text(change), interval]
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<&ComparisonRow> = self.rows.iter().chain(&self.overall).collect();
        if rows.is_empty() {
            return f.write_str("nothing to compare\n");
        }
        let column =
            |role: Role, heading: &str, align: Align, cell: &dyn Fn(&ComparisonRow) -> String| {
                TextColumn::new(
                    role,
                    heading,
                    align,
                    rows.iter().map(|row| cell(row)).collect(),
                )
            };
        let mean = |estimate: Option<&Estimate>| {
            estimate.map_or_else(
                || NOTHING.to_owned(),
                |estimate| {
                    let summary = number::summary(estimate);
                    let mean = SummaryFormat::of([summary]).mean(&summary);
                    match estimate.n {
                        Count { done, planned, .. } if done < planned => {
                            format!("{mean} ({done} of {planned})")
                        }
                        _ => mean,
                    }
                },
            )
        };
        let columns = vec![
            column(Role::Name, "metric", Align::Left, &|row| row.metric.clone()),
            column(Role::Name, "config", Align::Left, &|row| row.label.clone()),
            column(Role::Output, "before", Align::Right, &|row| {
                mean(row.before())
            }),
            column(Role::Output, "after", Align::Right, &|row| {
                mean(row.after())
            }),
            column(Role::Output, "change", Align::Right, &|row| {
                row.changes()[0].clone()
            }),
            column(Role::Output, "interval", Align::Right, &|row| {
                row.changes()[1].clone()
            }),
            column(Role::Name, "verdict", Align::Left, &|row| {
                row.verdict().to_string()
            }),
        ];
        f.write_str(&TableLayout::new(columns, f.width()).write(Screen::PLAIN.style))?;
        let pairs = match self.replicates.as_slice() {
            [] => String::new(),
            seeds => format!(
                "in pairs of {} by Student's t, or else ",
                seeds.join(" and ")
            ),
        };
        let level = if self.overall.is_empty() {
            "5 % for the whole table (Holm)"
        } else {
            "5 % for the whole table, half of it for the rows over all (Holm)"
        };
        writeln!(f, "{pairs}as a whole by Welch's t; {level}")
    }
}
