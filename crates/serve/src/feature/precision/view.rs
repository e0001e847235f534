//! How right rules are, as clients read it.

use super::tally::{OfRule, Tally};
use crate::ledger::plain_text;
use cofferdam_journal::alert::Verdict;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Rules that are told.
const TOLD: usize = 1000;

/// Which alerts are counted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PrecisionQuery {
    /// Which alerts, in the language of docs/filter.md, such as `raised >= -30d`; all where nothing is said.
    #[param(max_length = 1000, format = "filter")]
    pub filter: Option<String>,
}

/// How right rules are.
#[derive(Serialize, ToSchema)]
pub struct RulePrecisions {
    /// Those with the most alerts first, at most 1,000.
    items: Vec<RulePrecision>,
    /// Rules that were counted.
    rules: u64,
}

/// How right a rule is.
#[derive(Serialize, ToSchema)]
pub struct RulePrecision {
    /// Its id.
    #[schema(example = "ssh-brute-force")]
    rule: String,
    /// What it was called when it fired last; `null` when that was erased.
    title: Option<String>,
    /// Its alerts, without those that are part of others.
    alerts: u64,
    /// Of these, how many people found to be something.
    judged: u64,
    /// Of these, true positives.
    true_positive: u64,
    /// Benign positives.
    benign_positive: u64,
    /// False positives.
    false_positive: u64,
    /// Duplicates, which say nothing of the rule.
    duplicate: u64,
    /// Tests, which say nothing of the rule.
    test: u64,
    /// Alerts that an exception hides.
    hidden: u64,
    /// True positives among true, benign and false ones, from 0 to 1; `null` when there are none of these.
    #[schema(minimum = 0, maximum = 1, example = 0.25)]
    precision: Option<f64>,
}

impl RulePrecisions {
    /// As clients read it.
    pub fn of(tally: Tally) -> RulePrecisions {
        let sorted = tally.sorted();
        let rules = sorted.len() as u64;
        RulePrecisions { items: sorted.into_iter().take(TOLD).map(item).collect(), rules }
    }
}

fn item((rule, of_rule): (String, OfRule)) -> RulePrecision {
    RulePrecision {
        rule,
        title: plain_text(&of_rule.title),
        alerts: of_rule.alerts,
        judged: of_rule.verdicts.iter().sum(),
        true_positive: of_rule.of(Verdict::TruePositive),
        benign_positive: of_rule.of(Verdict::BenignPositive),
        false_positive: of_rule.of(Verdict::FalsePositive),
        duplicate: of_rule.of(Verdict::Duplicate),
        test: of_rule.of(Verdict::Test),
        hidden: of_rule.hidden,
        precision: of_rule.precision(),
    }
}
