//! What an incident harms.
//!
//! Source: NIST SP 800-61 Rev. 2, section 3.2.6, which has the first three; reputation is what management asks for.

use serde::{Deserialize, Serialize};

/// What an incident harms, by four measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// What does not work any more.
    pub functional: Functional,
    /// What became of information.
    pub information: Information,
    /// What it takes to recover.
    pub recoverability: Recoverability,
    /// What others think of it.
    pub reputation: Reputation,
}

closed_words! {
    /// What does not work any more.
    Functional, "functional impact" {
        /// All users have all services.
        None = "none",
        /// All users have all critical services, less efficiently.
        Low = "low",
        /// Some users have lost a critical service.
        Medium = "medium",
        /// Nobody has some critical service any more.
        High = "high",
    }
}

closed_words! {
    /// What became of information.
    Information, "information impact" {
        /// It was neither read, changed, deleted nor otherwise compromised.
        None = "none",
        /// Personal information of people was read or taken out.
        Privacy = "privacy-breach",
        /// Unclassified proprietary information was.
        Proprietary = "proprietary-breach",
        /// Sensitive or proprietary information was changed or deleted.
        Integrity = "integrity-loss",
    }
}

closed_words! {
    /// What it takes to recover.
    Recoverability, "recoverability" {
        /// The time is predictable with what there is.
        Regular = "regular",
        /// The time is predictable with more than that.
        Supplemented = "supplemented",
        /// The time is unpredictable; help from outside is needed.
        Extended = "extended",
        /// There is no recovery: what was taken is public.
        NotRecoverable = "not-recoverable",
    }
}

closed_words! {
    /// What others think of it.
    Reputation, "reputation impact" {
        /// Nobody outside will hear of it.
        None = "none",
        /// Those who are concerned will hear of it.
        Low = "low",
        /// Customers or partners ask.
        Medium = "medium",
        /// The public asks.
        High = "high",
    }
}
