//! The phases of the response to an incident.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A phase of the response.
///
/// Source: NIST SP 800-61 Rev. 2, chapter 3, in which the last is post-incident activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Is it real, how far, how bad?
    Analysis,
    /// It does not spread any further.
    Containment,
    /// Its causes are removed.
    Eradication,
    /// Everything works again, under raised monitoring.
    Recovery,
    /// What worked, what failed, what will be better?
    Review,
}

impl Phase {
    /// All there are, in their order.
    pub const ALL: [Phase; 5] =
        [Phase::Analysis, Phase::Containment, Phase::Eradication, Phase::Recovery, Phase::Review];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Analysis => "analysis",
            Phase::Containment => "containment",
            Phase::Eradication => "eradication",
            Phase::Recovery => "recovery",
            Phase::Review => "review",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
