//! Evidence and its custody: what was collected, from where, who had it since.
//! Source: ISO/IEC 27037 (identification, acquisition, preservation; every transfer is recorded).

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::Personal;
use crate::restriction::{self, RestrictionRefusal};
use crate::stream::StreamId;
use cofferdam_vocabulary::UserId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One piece of evidence, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Where it was read, and how large it is; none before it was acquired.
    pub acquired: Option<Acquired>,
    /// Its bytes are kept in the data directory.
    pub kept: bool,
    /// The bytes kept were found not to be what was acquired.
    pub damaged: bool,
    /// Everybody it was given to, in order.
    pub given: Vec<Transfer>,
    /// How often somebody looked at it.
    pub views: u64,
    /// Only these see it; none when everybody with the permission does.
    pub restricted: Option<BTreeSet<UserId>>,
}

/// Where evidence was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acquired {
    /// The path as it was given.
    pub source: Personal,
    /// How many bytes were read and hashed.
    pub bytes: u64,
}

/// It was given to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// To whom: a person, an authority, a file.
    pub to: Personal,
    /// What for.
    pub purpose: Personal,
}

/// What stands before the stream, in the purpose of an export.
const EXPORT_OF: &str = "export of ";

impl Transfer {
    /// A copy goes out as part of all that was recorded of something.
    pub fn export(to: &str, about: StreamId) -> Transfer {
        Transfer { to: Personal::of(to), purpose: Personal::of(&format!("{EXPORT_OF}{about}")) }
    }

    /// What it went out with; nothing when it was something else, or nobody knows any more.
    pub fn export_of(&self) -> Option<StreamId> {
        StreamId::parse(self.purpose.known()?.strip_prefix(EXPORT_OF)?).ok()
    }
}

/// Asked of a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvidenceIntent {
    /// It was read and hashed at its source.
    Acquire(Acquired),
    /// Its bytes lie in the data directory, whole and synced.
    Keep,
    /// Somebody looks at it.
    View,
    /// A copy goes out of the data directory, in a bundle or as a file.
    Export(Transfer),
    /// Somebody else holds it from now on.
    HandOver(Transfer),
    /// Its bytes were read back and are not what was acquired.
    ReportDamage {
        /// What is wrong with them.
        found: String,
    },
    /// Only these people shall see it.
    Restrict {
        /// Who; at least one.
        to: BTreeSet<UserId>,
    },
    /// Everybody with the permission shall see it.
    OpenUp,
}

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceRefusal {
    /// Nobody acquired it.
    #[error("no such evidence was acquired")]
    NotAcquired,
    /// The same hash and another size: one of both was not read whole.
    #[error("evidence with this hash has {known} bytes, not {given}")]
    OtherSize {
        /// As acquired.
        known: u64,
        /// As given now.
        given: u64,
    },
    /// Its bytes were never kept.
    #[error("only the hash of this evidence is kept, not its bytes")]
    NotKept,
    /// Nobody could see it, or too many are named.
    #[error(transparent)]
    Restriction(#[from] RestrictionRefusal),
}

impl Aggregate for Evidence {
    type Intent = EvidenceIntent;
    type Refusal = EvidenceRefusal;

    fn decide(&self, intent: EvidenceIntent) -> Result<Vec<Fact>, EvidenceRefusal> {
        if let EvidenceIntent::Acquire(new) = intent {
            return match &self.acquired {
                Some(old) if old.bytes != new.bytes => {
                    Err(EvidenceRefusal::OtherSize { known: old.bytes, given: new.bytes })
                }
                // The same content at the same place says nothing new; after an erasure nobody can tell.
                Some(old) if old.source == new.source || old.source.known().is_none() => Ok(vec![]),
                _ => Ok(vec![Fact::EvidenceAcquired(new)]),
            };
        }
        if self.acquired.is_none() {
            return Err(EvidenceRefusal::NotAcquired);
        }
        match intent {
            EvidenceIntent::Acquire(_) => Ok(vec![]),
            EvidenceIntent::Keep if self.kept && !self.damaged => Ok(vec![]),
            EvidenceIntent::Keep => Ok(vec![Fact::EvidenceKept]),
            EvidenceIntent::HandOver(transfer) => Ok(vec![Fact::EvidenceHandedOver(transfer)]),
            EvidenceIntent::Restrict { to } => {
                let to = restriction::changed(self.restricted.as_ref(), to)?;
                Ok(to.map(|to| Fact::EvidenceRestricted { to }).into_iter().collect())
            }
            EvidenceIntent::OpenUp => Ok(self.restricted.iter().map(|_| Fact::EvidenceOpenedUp).collect()),
            _ if !self.kept => Err(EvidenceRefusal::NotKept),
            EvidenceIntent::View => Ok(vec![Fact::EvidenceViewed]),
            EvidenceIntent::Export(transfer) => Ok(vec![Fact::EvidenceExported(transfer)]),
            EvidenceIntent::ReportDamage { .. } if self.damaged => Ok(vec![]),
            EvidenceIntent::ReportDamage { found } => Ok(vec![Fact::EvidenceDamaged { found: clip(&found) }]),
        }
    }

    fn evolve(mut self, fact: &Fact) -> Evidence {
        match fact {
            Fact::EvidenceAcquired(acquired) => self.acquired = Some(acquired.clone()),
            Fact::EvidenceKept => (self.kept, self.damaged) = (true, false),
            Fact::EvidenceViewed => self.views += 1,
            Fact::EvidenceExported(transfer) | Fact::EvidenceHandedOver(transfer) => {
                self.given.push(transfer.clone());
            }
            Fact::EvidenceDamaged { .. } => self.damaged = true,
            Fact::EvidenceRestricted { to } => self.restricted = Some(to.clone()),
            Fact::EvidenceOpenedUp => self.restricted = None,
            _ => {}
        }
        self
    }
}

/// A text of ours, short enough for a fact whatever was put into it.
fn clip(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acquired(source: &str, bytes: u64) -> EvidenceIntent {
        EvidenceIntent::Acquire(Acquired { source: Personal::of(source), bytes })
    }

    fn to(whom: &str) -> Transfer {
        Transfer { to: Personal::of(whom), purpose: Personal::of("analysis") }
    }

    #[track_caller]
    fn check(before: &[EvidenceIntent], intent: EvidenceIntent, want: &str) {
        let state = before.iter().fold(Evidence::default(), |state, intent| {
            let facts = state.decide(intent.clone()).unwrap();
            facts.iter().fold(state, Evidence::evolve)
        });
        let got = match state.decide(intent) {
            Ok(facts) => facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", "),
            Err(refusal) => format!("refused: {refusal}"),
        };
        assert_eq!(got, want);
    }

    #[test]
    fn custody_begins_with_acquisition() {
        let log = || acquired("auth.log", 10);
        check(&[], log(), "evidence-acquired/1");
        check(&[log()], log(), "");
        check(&[log()], acquired("copy of auth.log", 10), "evidence-acquired/1");
        check(&[log()], acquired("auth.log", 11), "refused: evidence with this hash has 10 bytes, not 11");
        check(&[], EvidenceIntent::View, "refused: no such evidence was acquired");
        check(&[], EvidenceIntent::HandOver(to("police")), "refused: no such evidence was acquired");
    }

    #[test]
    fn only_what_is_kept_can_be_looked_at_or_go_out() {
        let log = || acquired("auth.log", 10);
        let kept = [log(), EvidenceIntent::Keep];
        let refused = "refused: only the hash of this evidence is kept, not its bytes";
        check(&[log()], EvidenceIntent::View, refused);
        check(&[log()], EvidenceIntent::Export(to("lawyer")), refused);
        check(&[log()], EvidenceIntent::HandOver(to("police")), "evidence-handed-over/1");
        check(&kept, EvidenceIntent::View, "evidence-viewed/1");
        check(&kept, EvidenceIntent::Export(to("lawyer")), "evidence-exported/1");
        check(&kept, EvidenceIntent::Keep, "");
    }

    #[test]
    fn an_export_tells_what_it_was_of() {
        let about = StreamId::parse("incident/INC-0002").unwrap();
        assert_eq!(Transfer::export("court", about).export_of(), Some(about));
        assert_eq!(to("court").export_of(), None);
    }

    #[test]
    fn damage_is_told_once_and_mended_by_keeping_again() {
        let damage = || EvidenceIntent::ReportDamage { found: "3 bytes".to_owned() };
        let kept = [acquired("auth.log", 10), EvidenceIntent::Keep];
        let damaged: Vec<_> = kept.iter().cloned().chain([damage()]).collect();
        check(&kept, damage(), "evidence-damaged/1");
        check(&damaged, damage(), "");
        check(&damaged, EvidenceIntent::Keep, "evidence-kept/1");
    }

    #[test]
    fn what_was_acquired_can_be_restricted() {
        let log = || acquired("auth.log", 10);
        let restrict = |user| EvidenceIntent::Restrict { to: [UserId(user)].into() };
        check(&[], restrict(1), "refused: no such evidence was acquired");
        check(&[log()], EvidenceIntent::OpenUp, "");
        check(&[log()], restrict(1), "evidence-restricted/1");
        check(&[log(), restrict(1)], restrict(1), "");
        check(&[log(), restrict(1)], restrict(2), "evidence-restricted/1");
        check(&[log(), restrict(1)], EvidenceIntent::OpenUp, "evidence-opened-up/1");
    }
}
