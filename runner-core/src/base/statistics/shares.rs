//! [`Shares`]: how much of the variance belongs to which field.

use std::{collections::HashMap, fmt};

use super::Moments;

/// The exact parts that fields, pairs of fields, and replicates have in the variance of a number, on a full grid.
///
/// They are sums of squares (R. A. Fisher, "Statistical Methods for Research Workers", 1925) divided by their total. Nothing is
/// fitted; on a grid that is full, with as many replicates everywhere, they add up to 1.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Shares {
    /// The fields that differ, and the share of each alone.
    pub fields: Vec<(String, f64)>,
    /// The pairs of fields, and the share that they have only together.
    pub pairs: Vec<([String; 2], f64)>,
    /// The share of three and more fields together.
    pub others: f64,
    /// The share of the replicates: the noise.
    pub replicates: f64,
}

/// One value, and the place of its config on the grid: the number of its value in each field.
pub(crate) struct GridValue {
    pub(crate) place: Vec<usize>,
    pub(crate) value: f64,
}

impl Shares {
    /// The shares of `fields` in the variance of some values.
    ///
    /// # Errors
    ///
    /// If the grid is not full, or there is no variance; in words.
    pub(crate) fn of(fields: &[String], values: &[GridValue]) -> Result<Self, String> {
        let numbers: Vec<f64> = values.iter().map(|value| value.value).collect();
        if numbers.is_empty() {
            return Err("there are no results".to_owned());
        }
        if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
            return Err(format!("a value is {number}"));
        }
        let sizes = (0..fields.len()).map(|field| {
            let places = values.iter().map(|value| value.place[field] + 1);
            places.max().unwrap_or(0)
        });
        let cells = means(values, &(0..fields.len()).collect::<Vec<_>>());
        let replicates = cells.values().next().map_or(0, |(count, _)| *count);
        if cells.len() != sizes.product::<usize>()
            || cells.values().any(|(count, _)| *count != replicates)
        {
            return Err("the grid is not full, with as many results everywhere".to_owned());
        }
        let all = Moments::of(&numbers);
        let total = all.variance * (all.count - 1.0);
        if total == 0.0 || total.is_nan() {
            return Err("all values are equal".to_owned());
        }
        let squares = |of: &[usize]| {
            let groups = means(values, of);
            let squares = groups
                .values()
                .map(|(count, mean)| *count as f64 * (mean - all.mean).powi(2));
            squares.sum::<f64>() / total
        };
        let alone: Vec<f64> = (0..fields.len()).map(|field| squares(&[field])).collect();
        let mut pairs = Vec::new();
        for one in 0..fields.len() {
            for other in one + 1..fields.len() {
                let share = squares(&[one, other]) - alone[one] - alone[other];
                pairs.push((
                    [&fields[one], &fields[other]].map(String::clone),
                    share.max(0.0),
                ));
            }
        }
        let of_cells = squares(&(0..fields.len()).collect::<Vec<_>>());
        let known = alone.iter().sum::<f64>() + pairs.iter().map(|(_, share)| share).sum::<f64>();
        Ok(Self {
            fields: fields.iter().cloned().zip(alone).collect(),
            pairs,
            others: (of_cells - known).max(0.0),
            replicates: (1.0 - of_cells).max(0.0),
        })
    }
}

/// Returns the number and the mean of the values with the same places in some fields.
fn means(values: &[GridValue], fields: &[usize]) -> HashMap<Vec<usize>, (usize, f64)> {
    let mut groups: HashMap<Vec<usize>, (usize, f64)> = HashMap::new();
    for value in values {
        let place = fields.iter().map(|field| value.place[*field]).collect();
        let (count, mean) = groups.entry(place).or_default();
        *count += 1;
        *mean += (value.value - *mean) / *count as f64;
    }
    groups
}

/// The shares above half a percent, the largest first: `learning_rate 62 %, model 21 %, learning_rate × model 10 %, replicates 7 %`.
impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self
            .fields
            .iter()
            .map(|(field, share)| (field.clone(), *share));
        let pairs = self
            .pairs
            .iter()
            .map(|([one, other], share)| (format!("{one} × {other}"), *share));
        let rest = [
            ("others".to_owned(), self.others),
            ("replicates".to_owned(), self.replicates),
        ];
        let mut shares: Vec<(String, f64)> = fields.chain(pairs).chain(rest).collect();
        shares.retain(|(_, share)| *share >= 0.005);
        shares.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let shares = shares
            .iter()
            .map(|(name, share)| format!("{name} {:.0} %", share * 100.0));
        f.write_str(&shares.collect::<Vec<_>>().join(", "))
    }
}
