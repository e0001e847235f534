//! Alerts of each rule, counted by what people found them to be.

use cofferdam_journal::Personal;
use cofferdam_journal::alert::Verdict;
use cofferdam_journal::view::AlertRow;
use std::collections::HashMap;

/// All rules.
#[derive(Default)]
pub struct Tally(HashMap<String, OfRule>);

/// Alerts of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfRule {
    /// What it was called when it fired last.
    pub title: Personal,
    /// Alerts.
    pub alerts: u64,
    /// Of these, by verdict, in the order of [`Verdict::ALL`].
    pub verdicts: [u64; Verdict::ALL.len()],
    /// Of these, how many an exception hides.
    pub hidden: u64,
}

impl Tally {
    /// Counts an alert. The last come first. What is part of another alert was counted with that.
    pub fn count(&mut self, row: &AlertRow) {
        if row.merged_into.is_some() {
            return;
        }
        if !self.0.contains_key(&row.rule) {
            let fresh =
                OfRule { title: row.title.clone(), alerts: 0, verdicts: Default::default(), hidden: 0 };
            self.0.insert(row.rule.clone(), fresh);
        }
        let Some(of_rule) = self.0.get_mut(&row.rule) else { return };
        of_rule.alerts += 1;
        of_rule.hidden += u64::from(row.hidden.is_some());
        for (verdict, count) in Verdict::ALL.iter().zip(&mut of_rule.verdicts) {
            *count += u64::from(row.verdict == Some(*verdict));
        }
    }

    /// Rules with the most alerts first.
    pub fn sorted(self) -> Vec<(String, OfRule)> {
        let mut rules: Vec<(String, OfRule)> = self.0.into_iter().collect();
        rules.sort_by(|(a_id, a), (b_id, b)| b.alerts.cmp(&a.alerts).then_with(|| a_id.cmp(b_id)));
        rules
    }
}

impl OfRule {
    /// Alerts of this verdict.
    pub fn of(&self, verdict: Verdict) -> u64 {
        let at = Verdict::ALL.iter().position(|one| *one == verdict);
        at.and_then(|at| self.verdicts.get(at)).copied().unwrap_or(0)
    }

    /// The share of true positives among what was judged by what it is. Duplicates and tests say nothing of a rule.
    pub fn precision(&self) -> Option<f64> {
        let right = self.of(Verdict::TruePositive);
        let judged = right + self.of(Verdict::BenignPositive) + self.of(Verdict::FalsePositive);
        // Counts are far below what a float can tell apart.
        #[expect(clippy::cast_precision_loss, reason = "counts of alerts")]
        (judged > 0).then(|| right as f64 / judged as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(verdicts: [u64; 5], want: Option<f64>) {
        let title = Personal::of("SSH brute force");
        assert_eq!(OfRule { title, alerts: 100, verdicts, hidden: 3 }.precision(), want);
    }

    #[test]
    fn what_is_right_is_counted_among_what_was_judged() {
        check([0, 0, 0, 0, 0], None);
        check([0, 0, 0, 7, 9], None);
        check([1, 0, 0, 7, 9], Some(1.0));
        check([0, 1, 0, 0, 0], Some(0.0));
        check([1, 2, 1, 9, 9], Some(0.25));
    }
}
