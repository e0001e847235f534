//! The log's own stream: when it was opened and by what, what was erased from it, when it was restored.

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::{Commitment, Personal};
use std::collections::BTreeSet;

/// Commitments in one fact; an erasure of more takes several.
const AT_ONCE: usize = 400;

/// The log, as its own facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// It has its first fact.
    pub opened: bool,
    /// Values that were erased: whoever has them must not show them.
    pub erased: BTreeSet<Commitment>,
}

/// Asked of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogIntent {
    /// A data directory is used for the first time.
    Open,
    /// Values are to be erased, by somebody's order.
    Erase {
        /// What they were committed to.
        commitments: Vec<Commitment>,
        /// Who ordered it, and on what ground.
        order: Personal,
    },
    /// The data directory was restored from a backup of this many entries.
    Restore {
        /// Entries that the backup had.
        size: u64,
    },
}

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogRefusal {
    /// The first fact is the opening.
    #[error("the log was not opened yet")]
    NotOpened,
}

impl Aggregate for Log {
    type Intent = LogIntent;
    type Refusal = LogRefusal;

    fn decide(&self, intent: LogIntent) -> Result<Vec<Fact>, LogRefusal> {
        match intent {
            LogIntent::Open if self.opened => Ok(vec![]),
            LogIntent::Open => Ok(vec![Fact::LogOpened {}]),
            _ if !self.opened => Err(LogRefusal::NotOpened),
            LogIntent::Restore { size } => Ok(vec![Fact::LogRestored { size }]),
            LogIntent::Erase { commitments, order } => {
                let mut new: Vec<Commitment> =
                    commitments.into_iter().filter(|commitment| !self.erased.contains(commitment)).collect();
                new.sort_unstable();
                new.dedup();
                let fact = |part: &[Commitment]| Fact::ValuesErased {
                    values: part.iter().map(ToString::to_string).collect(),
                    order: order.clone(),
                };
                Ok(new.chunks(AT_ONCE).map(fact).collect())
            }
        }
    }

    fn evolve(mut self, fact: &Fact) -> Log {
        match fact {
            Fact::LogOpened {} => self.opened = true,
            Fact::ValuesErased { values, .. } => {
                self.erased.extend(values.iter().filter_map(|value| Commitment::parse(value)));
            }
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_is_recorded_once_in_facts_of_bounded_size() {
        let all: Vec<Commitment> = (0..1000_u32)
            .map(|number| {
                let mut bytes = [0; 32];
                bytes[..4].copy_from_slice(&number.to_le_bytes());
                Commitment(bytes)
            })
            .collect();
        let erase =
            || LogIntent::Erase { commitments: [&all[..], &all[..]].concat(), order: Personal::of("DPO") };
        assert_eq!(Log::default().decide(erase()), Err(LogRefusal::NotOpened));
        let opened = Log::replay(&Log::default().decide(LogIntent::Open).unwrap());
        let facts = opened.decide(erase()).unwrap();
        assert_eq!(facts.len(), 3);
        let after = facts.iter().fold(opened, Log::evolve);
        assert_eq!(after.erased.len(), 1000);
        assert_eq!(after.decide(erase()), Ok(vec![]));
        assert_eq!(after.decide(LogIntent::Open), Ok(vec![]));
    }
}
