//! Numbers in values: read, added up without rounding, and ranked against bounds.

use crate::rule::Threshold;
use rsigma_parser::ConditionOperator;

/// Parts of a unit that sums keep; a number is rounded to the nearest.
const PARTS: f64 = 1e6;

/// Numbers greater than this, or less than its negative, are ids rather than quantities: not read.
const GREATEST: f64 = 1e18;

/// The number that a value is: decimals, with sign and exponent or without.
pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.abs() <= GREATEST)
}

/// A number in whole parts. Whole numbers add up to the same sum in any order, and leave it again
/// without a trace, which fractions of two do not.
pub(super) fn to_parts(number: f64) -> i128 {
    (number * PARTS).round() as i128
}

/// The sum as a number.
pub(super) fn from_parts(total: i128) -> f64 {
    total as f64 / PARTS
}

/// The bounds of a percentile, sorted. A number is known by where it lies between them, so that any
/// number of numbers takes a handful of counters.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds(Box<[f64]>);

impl Bounds {
    pub(super) fn new(thresholds: &[Threshold]) -> Bounds {
        let mut bounds: Vec<f64> = thresholds.iter().map(|threshold| threshold.bound).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        Bounds(bounds.into())
    }

    /// Counters needed: on each bound, and below, between and above them.
    pub(super) fn ranks(&self) -> usize {
        2 * self.0.len() + 1
    }

    /// Which counter is the number's.
    pub(super) fn rank(&self, number: f64) -> u64 {
        let below = self.0.partition_point(|bound| *bound < number);
        let on = self.0.get(below).is_some_and(|bound| *bound == number);
        (2 * below) as u64 + u64::from(on)
    }

    /// Whether the smallest number that `percent` of all do not exceed satisfies the threshold.
    pub(super) fn holds(&self, ranks: &[u64], percent: f64, threshold: Threshold) -> bool {
        let count: u64 = ranks.iter().sum();
        let Some(index) = self.0.iter().position(|bound| *bound == threshold.bound) else { return false };
        if count == 0 {
            return false;
        }
        // A hair less, so that 99.9 per cent of 1,000 are 999 and not one more.
        let wanted = (percent / 100.0 * count as f64 - 1e-9).ceil().max(1.0);
        let wanted = (wanted as u64).min(count);
        let below = ranks.iter().take(2 * index + 1).sum::<u64>() >= wanted;
        let up_to = ranks.iter().take(2 * index + 2).sum::<u64>() >= wanted;
        match threshold.operator {
            ConditionOperator::Lt => below,
            ConditionOperator::Lte => up_to,
            ConditionOperator::Gt => !up_to,
            ConditionOperator::Gte => !below,
            ConditionOperator::Eq => up_to && !below,
            ConditionOperator::Neq => !up_to || below,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, want) in [
            ("12", Some(12.0)),
            (" -0.5 ", Some(-0.5)),
            ("1e3", Some(1000.0)),
            ("+7.", Some(7.0)),
            ("", None),
            ("-", None),
            ("0x10", None),
            ("1,000", None),
            ("12 kB", None),
            ("NaN", None),
            ("inf", None),
            ("1e19", None),
        ] {
            assert_eq!(number(text), want, "{text:?}");
        }
    }

    const OPERATORS: [ConditionOperator; 6] = [
        ConditionOperator::Lt,
        ConditionOperator::Lte,
        ConditionOperator::Gt,
        ConditionOperator::Gte,
        ConditionOperator::Eq,
        ConditionOperator::Neq,
    ];

    proptest! {
        #[test]
        fn ranks_tell_what_sorting_tells(
            numbers in prop::collection::vec(-9..9_i32, 1..40),
            bounds in prop::collection::vec((0..6_usize, -9..9_i32), 1..4),
            percent in 0..=1000_u32,
        ) {
            let percent = f64::from(percent) / 10.0;
            let thresholds: Vec<Threshold> = bounds
                .iter()
                .map(|&(operator, bound)| Threshold { operator: OPERATORS[operator], bound: f64::from(bound) })
                .collect();
            let bounds = Bounds::new(&thresholds);
            let mut ranks = vec![0; bounds.ranks()];
            for number in &numbers {
                ranks[bounds.rank(f64::from(*number)) as usize] += 1;
            }
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            let place = ((percent / 100.0 * sorted.len() as f64 - 1e-9).ceil() as usize).clamp(1, sorted.len());
            let figure = f64::from(sorted[place - 1]);
            for threshold in thresholds {
                prop_assert_eq!(bounds.holds(&ranks, percent, threshold), threshold.holds(figure));
            }
        }
    }
}
