//! The phases of the response to an incident.

closed_words! {
    /// A phase of the response.
    ///
    /// Source: NIST SP 800-61 Rev. 2, chapter 3, in which the last is post-incident activity.
    Phase, "phase of the response" {
        /// Is it real, how far, how bad?
        Analysis = "analysis",
        /// It does not spread any further.
        Containment = "containment",
        /// Its causes are removed.
        Eradication = "eradication",
        /// Everything works again, under raised monitoring.
        Recovery = "recovery",
        /// What worked, what failed, what will be better?
        Review = "review",
    }
}

/// The first of them.
impl Default for Phase {
    fn default() -> Phase {
        Phase::Analysis
    }
}

impl Phase {
    /// The one that follows; none after the last.
    pub fn next(self) -> Option<Phase> {
        Phase::ALL.iter().copied().find(|phase| *phase > self)
    }
}
