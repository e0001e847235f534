//! Need to know: an incident or a piece of evidence that only named people see, whatever their roles.

use cofferdam_vocabulary::UserId;
use std::collections::BTreeSet;

/// People who can be named at once.
pub const NAMED: usize = 500;

/// Why something was not restricted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestrictionRefusal {
    /// Whoever asks for it would lose sight of it themselves.
    #[error("nobody could see it; name at least one user")]
    Nobody,
    /// More than a fact holds.
    #[error("{given} users are named, and at most {NAMED} can be")]
    TooMany {
        /// How many.
        given: usize,
    },
}

/// The restriction to record; none when it stands already.
pub(crate) fn changed(
    now: Option<&BTreeSet<UserId>>,
    to: BTreeSet<UserId>,
) -> Result<Option<BTreeSet<UserId>>, RestrictionRefusal> {
    match to.len() {
        0 => Err(RestrictionRefusal::Nobody),
        given if given > NAMED => Err(RestrictionRefusal::TooMany { given }),
        _ => Ok(Some(to).filter(|to| now != Some(to))),
    }
}
