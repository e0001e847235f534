//! Why a provider did not prove who somebody is.

/// Why a provider did not prove who somebody is, in words for the log. Browsers are told less.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// It does not answer, or says nothing that can be used: another time it may.
    #[error("the provider cannot be used now: {what}")]
    Unreachable {
        /// What happened.
        what: String,
    },
    /// It, or whoever speaks for it, says something that does not fit.
    #[error("{why}")]
    Refused {
        /// What does not fit.
        why: String,
    },
}

impl Unproven {
    /// Something does not fit.
    pub fn refused(why: impl Into<String>) -> Unproven {
        Unproven::Refused { why: why.into() }
    }
}
