//! Everything that can be recorded.
//!
//! A fact's kind carries its version. A kind that was released is read for ever: what changes gets the next
//! version as a variant of its own, and `evolve` an arm for it.

use crate::alert::{AlertReport, Count, EntityRecord};
use crate::evidence::{Acquired, Transfer};
use crate::incident::{Joined, Severity, Span};
use crate::personal::Personal;
use cofferdam_vocabulary::{AlertId, IncidentId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Recorded once, never edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Fact {
    /// A data directory is used for the first time.
    #[serde(rename = "log-opened/1")]
    LogOpened {},
    /// The log goes on from a backup.
    #[serde(rename = "log-restored/1")]
    LogRestored {
        /// Entries that the backup had.
        size: u64,
    },
    /// Personal values were erased.
    #[serde(rename = "values-erased/1")]
    ValuesErased {
        /// What they were committed to, in base64.
        values: Vec<String>,
        /// Who ordered it, and on what ground.
        order: Personal,
    },
    /// Evidence was read and hashed at its source.
    #[serde(rename = "evidence-acquired/1")]
    EvidenceAcquired(Acquired),
    /// Its bytes lie in the data directory.
    #[serde(rename = "evidence-kept/1")]
    EvidenceKept,
    /// Somebody looked at it.
    #[serde(rename = "evidence-viewed/1")]
    EvidenceViewed,
    /// A copy went out.
    #[serde(rename = "evidence-exported/1")]
    EvidenceExported(Transfer),
    /// Somebody else holds it.
    #[serde(rename = "evidence-handed-over/1")]
    EvidenceHandedOver(Transfer),
    /// Its bytes are not what was acquired.
    #[serde(rename = "evidence-damaged/1")]
    EvidenceDamaged {
        /// What is wrong with them.
        found: String,
    },
    /// A rule fired.
    #[serde(rename = "alert-raised/1")]
    AlertRaised(Box<AlertReport>),
    /// It fired more often.
    #[serde(rename = "alert-counted/1")]
    AlertCounted(Count),
    /// It is about more than was known.
    #[serde(rename = "alert-concerns/1")]
    AlertConcerns {
        /// What is new.
        entities: BTreeSet<EntityRecord>,
    },
    /// Alerts belong together.
    #[serde(rename = "incident-opened/1")]
    IncidentOpened {
        /// What people call it.
        title: Personal,
        /// How bad, and why.
        severity: Severity,
        /// From when to when.
        span: Span,
    },
    /// It is called something else.
    #[serde(rename = "incident-renamed/1")]
    IncidentRenamed {
        /// What people call it now.
        title: Personal,
    },
    /// It is as bad as this, whatever was said before.
    #[serde(rename = "severity-assessed/1")]
    SeverityAssessed(Severity),
    /// It began earlier or lasted longer than was known.
    #[serde(rename = "incident-spans/1")]
    IncidentSpans(Span),
    /// Alerts belong to it.
    #[serde(rename = "alerts-joined/1")]
    AlertsJoined {
        /// Which, and why.
        alerts: Vec<Joined>,
    },
    /// Alerts turned out not to belong to it.
    #[serde(rename = "alerts-left/1")]
    AlertsLeft {
        /// Which.
        alerts: BTreeSet<AlertId>,
    },
    /// It touches more than was known.
    #[serde(rename = "scope-widened/1")]
    ScopeWidened {
        /// What is new.
        entities: BTreeSet<EntityRecord>,
    },
    /// It does not touch what was thought.
    #[serde(rename = "scope-narrowed/1")]
    ScopeNarrowed {
        /// What is not touched.
        entities: BTreeSet<EntityRecord>,
    },
    /// What was recorded of it went out.
    #[serde(rename = "incident-handed-out/1")]
    IncidentHandedOut {
        /// To whom.
        to: Personal,
        /// With names, addresses and lines of logs, not only what they were committed to.
        with_values: bool,
    },
    /// It is part of another incident.
    #[serde(rename = "incident-merged/1")]
    IncidentMerged {
        /// The other one.
        into: IncidentId,
    },
}

impl Fact {
    /// All kinds that this version writes.
    pub const KINDS: [&'static str; 22] = [
        "log-opened/1",
        "log-restored/1",
        "values-erased/1",
        "evidence-acquired/1",
        "evidence-kept/1",
        "evidence-viewed/1",
        "evidence-exported/1",
        "evidence-handed-over/1",
        "evidence-damaged/1",
        "alert-raised/1",
        "alert-counted/1",
        "alert-concerns/1",
        "incident-opened/1",
        "incident-renamed/1",
        "severity-assessed/1",
        "incident-spans/1",
        "alerts-joined/1",
        "alerts-left/1",
        "scope-widened/1",
        "scope-narrowed/1",
        "incident-handed-out/1",
        "incident-merged/1",
    ];

    /// The kind and its version, as recorded.
    pub fn kind(&self) -> &'static str {
        match self {
            Fact::LogOpened {} => "log-opened/1",
            Fact::LogRestored { .. } => "log-restored/1",
            Fact::ValuesErased { .. } => "values-erased/1",
            Fact::EvidenceAcquired(_) => "evidence-acquired/1",
            Fact::EvidenceKept => "evidence-kept/1",
            Fact::EvidenceViewed => "evidence-viewed/1",
            Fact::EvidenceExported(_) => "evidence-exported/1",
            Fact::EvidenceHandedOver(_) => "evidence-handed-over/1",
            Fact::EvidenceDamaged { .. } => "evidence-damaged/1",
            Fact::AlertRaised(_) => "alert-raised/1",
            Fact::AlertCounted(_) => "alert-counted/1",
            Fact::AlertConcerns { .. } => "alert-concerns/1",
            Fact::IncidentOpened { .. } => "incident-opened/1",
            Fact::IncidentRenamed { .. } => "incident-renamed/1",
            Fact::SeverityAssessed(_) => "severity-assessed/1",
            Fact::IncidentSpans(_) => "incident-spans/1",
            Fact::AlertsJoined { .. } => "alerts-joined/1",
            Fact::AlertsLeft { .. } => "alerts-left/1",
            Fact::ScopeWidened { .. } => "scope-widened/1",
            Fact::ScopeNarrowed { .. } => "scope-narrowed/1",
            Fact::IncidentHandedOut { .. } => "incident-handed-out/1",
            Fact::IncidentMerged { .. } => "incident-merged/1",
        }
    }
}
