//! What is asked for, and what came of it.

use crate::http::{Problem, said};
use crate::server::{Refused, Triaged};
use cofferdam_journal::alert::{Judgement, Verdict};
use cofferdam_vocabulary::{AlertId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Refusals that are told; all are counted.
const TOLD: usize = 100;
/// Characters of a reason.
pub const REASON_CHARS: usize = 500;

/// Somebody is to work on alerts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignOrder {
    /// Which alerts, in the language of docs/filter.md; at most 20,000 at once.
    #[schema(min_length = 1, max_length = 1000, example = "id in (ALR-000017, ALR-000018)")]
    pub filter: String,
    /// Who works on them; whoever asks, where nobody is named. They must be let in and may triage by a role.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    pub to: Option<UserId>,
    /// Only say what would come of it.
    #[serde(default)]
    pub dry_run: bool,
}

/// Nobody is to work on alerts for now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseOrder {
    /// Which alerts, in the language of docs/filter.md; at most 20,000 at once.
    #[schema(min_length = 1, max_length = 1000, example = "assignee = USR-0004")]
    pub filter: String,
    /// Only say what would come of it.
    #[serde(default)]
    pub dry_run: bool,
}

/// What alerts were found to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeOrder {
    /// Which alerts, in the language of docs/filter.md; at most 20,000 at once.
    #[schema(min_length = 1, max_length = 1000, example = "rule = ssh-brute-force state = new")]
    pub filter: String,
    /// What they are. Whatever is no true positive is dismissed by that.
    pub verdict: VerdictName,
    /// Why, for whoever comes later.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "the nightly backup logs in so")]
    pub reason: String,
    /// Dismiss true positives, too: nothing more is done about them.
    #[serde(default)]
    pub dismiss: bool,
    /// Only say what would come of it.
    #[serde(default)]
    pub dry_run: bool,
}

/// What was found is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenOrder {
    /// Which alerts, in the language of docs/filter.md; at most 20,000 at once.
    #[schema(min_length = 1, max_length = 1000, example = "id = ALR-000017")]
    pub filter: String,
    /// Why, for whoever comes later.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "seen again from another host")]
    pub reason: String,
    /// Only say what would come of it.
    #[serde(default)]
    pub dry_run: bool,
}

/// What an alert was found to be.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictName {
    /// What the rule looks for happened, and it was harmful or meant to be.
    TruePositive,
    /// What the rule looks for happened, and it was allowed or expected.
    BenignPositive,
    /// What the rule looks for did not happen.
    FalsePositive,
    /// Another alert tells of the same.
    Duplicate,
    /// Somebody tried whether it would be noticed.
    Test,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub struct TriageResult {
    /// Alerts that the filter takes, as the caller sees them.
    matched: u64,
    /// Of those, how many are otherwise now.
    changed: u64,
    /// How many were so already.
    unchanged: u64,
    /// How many could not be changed.
    refused_count: u64,
    /// The first 100 of those, and why.
    refused: Vec<RefusedAlert>,
    /// What takes it back; none when nothing changed.
    #[schema(example = "10422-20421")]
    undo: Option<String>,
}

/// An alert that could not be changed.
#[derive(Serialize, ToSchema)]
pub struct RefusedAlert {
    /// Which.
    #[schema(value_type = String, example = "ALR-000017")]
    alert: AlertId,
    /// Why.
    why: String,
}

impl JudgeOrder {
    /// What is recorded of each alert.
    ///
    /// # Errors
    ///
    /// 422 when no reason is given, or too long a one.
    pub fn judgement(&self) -> Result<Judgement, Problem> {
        let verdict = match self.verdict {
            VerdictName::TruePositive => Verdict::TruePositive,
            VerdictName::BenignPositive => Verdict::BenignPositive,
            VerdictName::FalsePositive => Verdict::FalsePositive,
            VerdictName::Duplicate => Verdict::Duplicate,
            VerdictName::Test => Verdict::Test,
        };
        Ok(Judgement {
            verdict,
            reason: said("reason", &self.reason, REASON_CHARS)?,
            dismissed: self.dismiss,
        })
    }
}

impl TriageResult {
    /// As clients read it.
    pub fn of(triaged: Triaged) -> TriageResult {
        let told = triaged.refused.iter().take(TOLD);
        TriageResult {
            matched: triaged.matched,
            changed: triaged.changed,
            unchanged: triaged.matched - triaged.changed - triaged.refused.len() as u64,
            refused_count: triaged.refused.len() as u64,
            refused: told
                .map(|Refused { alert, why }| RefusedAlert { alert: *alert, why: why.clone() })
                .collect(),
            undo: triaged.entries.map(|entries| format!("{}-{}", entries.start, entries.end - 1)),
        }
    }
}
