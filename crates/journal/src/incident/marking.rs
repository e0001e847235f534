//! With whom an incident may be shared, and what may be done with what is known of it.

use serde::{Deserialize, Serialize};

/// With whom it may be shared, and what may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marking {
    /// With whom.
    pub tlp: Tlp,
    /// What may be done.
    pub pap: Pap,
}

/// What nobody marked yet is for one's own organisation, and nothing is done that the actor could notice.
impl Default for Marking {
    fn default() -> Marking {
        Marking { tlp: Tlp::AmberStrict, pap: Pap::Amber }
    }
}

closed_words! {
    /// With whom it may be shared, the strictest first.
    ///
    /// Source: FIRST, Traffic Light Protocol 2.0.
    Tlp, "mark of TLP 2.0" {
        /// Named recipients only.
        Red = "TLP:RED",
        /// One's own organisation, as far as they need to know.
        AmberStrict = "TLP:AMBER+STRICT",
        /// One's own organisation and its clients, as far as they need to know.
        Amber = "TLP:AMBER",
        /// The community, but not by public channels.
        Green = "TLP:GREEN",
        /// Everybody.
        Clear = "TLP:CLEAR",
    }
}

closed_words! {
    /// What may be done with what is known of it, the strictest first.
    ///
    /// Source: the MISP taxonomy PAP.
    Pap, "mark of PAP" {
        /// Only what nobody can notice, and offline.
        Red = "PAP:RED",
        /// Looking it up at third parties, without touching the actor.
        Amber = "PAP:AMBER",
        /// Acting on it: blocking, asking the target.
        Green = "PAP:GREEN",
        /// Anything.
        Clear = "PAP:CLEAR",
    }
}
