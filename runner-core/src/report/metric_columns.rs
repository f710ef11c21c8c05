//! The columns of metrics, and what is said about them below a table.

use super::{
    measures::{GroupMeasures, Measures},
    table::Table,
    text_column::{Role, Spread, TextColumn},
};
use crate::{
    base::{Ranking, count},
    value::Value,
};

/// Maximum number of problems that are told.
const PROBLEMS_MAX: usize = 5;

/// The marks of the best row and of those that cannot be told from it.
const MARKS: [&str; 2] = [" *", " ≈"];

impl Table {
    /// Adds a column for each metric, with the first groups as rows.
    pub(super) fn fill_metrics(&mut self, rows: usize, measures: &[Measures]) {
        let is_ranked = !self.replicates.is_empty();
        let mut has_marks = false;
        for of_metric in measures {
            let mut column = self.metric_column(rows, of_metric);
            let ranking = of_metric
                .rank()
                .filter(|_| is_ranked && of_metric.groups.len() > 1);
            if let Some(ranking) = ranking {
                mark(&mut column, &ranking);
                has_marks = true;
            }
            self.columns.push(column);
        }
        let of_logs = measures
            .iter()
            .filter(|of_metric| of_metric.rule.is_log && is_ranked);
        let of_logs: Vec<String> = of_logs.map(|of_metric| of_metric.name.clone()).collect();
        if !of_logs.is_empty() {
            let start = match self.spread {
                Spread::Deviation => "geometric mean ×÷ geometric standard deviation: ",
                Spread::Interval => "geometric mean, its interval from the logarithms: ",
            };
            self.of_metrics.push((start.to_owned(), of_logs));
        }
        if has_marks {
            let seeds = self.replicates.join(" and ");
            self.of_metrics.push((
                "* best, ≈ not told from the best: ".to_owned(),
                vec![
                    "t tests".to_owned(),
                    format!("in pairs of {seeds} where both have it"),
                    "5 % for all rows of a column (Holm)".to_owned(),
                ],
            ));
        }
        let problems = measures.iter().flat_map(|of_metric| {
            let problems = of_metric.problems.iter();
            problems.map(|problem| problem.of(&of_metric.name))
        });
        let more = problems.clone().count().saturating_sub(PROBLEMS_MAX);
        for problem in problems.take(PROBLEMS_MAX) {
            self.of_metrics.push((problem, Vec::new()));
        }
        if more > 0 {
            let note = format!("… and {} with values", count(more, "more problem"));
            self.of_metrics.push((note, Vec::new()));
        }
    }

    fn metric_column(&self, rows: usize, of_metric: &Measures) -> TextColumn {
        let groups = &of_metric.groups[..rows];
        let heading = &of_metric.heading;
        let mut column = if groups.iter().all(GroupMeasures::agrees) {
            let first = groups
                .iter()
                .map(|group| Some(Value::F64(group.values.first()?.1)));
            TextColumn::of_values(Role::Output, heading, &first.collect::<Vec<_>>())
        } else {
            let estimates = groups.iter().map(|group| group.estimate(&of_metric.rule));
            TextColumn::of_estimates(
                Role::Output,
                heading,
                &estimates.collect::<Vec<_>>(),
                self.spread,
            )
        };
        for (cell, group) in column.cells.iter_mut().zip(groups) {
            let (known, done) = (group.values.len(), group.count.done);
            if known > 0 && known < done {
                *cell = format!("{cell} ({known} of {done})");
            }
        }
        column
    }
}

fn mark(column: &mut TextColumn, ranking: &Ranking) {
    for (row, cell) in column.cells.iter_mut().enumerate() {
        cell.push_str(if row == ranking.best {
            MARKS[0]
        } else if ranking.ties.contains(&row) {
            MARKS[1]
        } else {
            "  "
        });
    }
}
