//! An exception: alerts that are hidden for a while, because somebody knows what they are and answers for it.
//!
//! One that names a rule is an exception to that rule; one that names none suppresses alerts of any. What it hides is
//! recorded all the same.

mod hiding;
mod network;
mod refusal;
mod spec;

pub use hiding::Hiding;
pub use refusal::ExceptionRefusal;
pub use spec::{CONDITIONS, Condition, ExceptionSpec, LONGEST, REASON_CHARS, RULE_CHARS, VALUE_CHARS};

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::Personal;
use jiff::Timestamp;

/// One exception, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// Which alerts it hides; none before it was added.
    pub spec: Option<ExceptionSpec>,
    /// It was ended, and why.
    pub ended: Option<Personal>,
}

/// Where an exception stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceptionState {
    /// It hides alerts.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Ended,
    /// A value of it was erased: nobody knows what it hid.
    Void,
}

/// Asked of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExceptionIntent {
    /// These alerts shall be hidden.
    Add {
        /// Which, and until when.
        spec: Box<ExceptionSpec>,
        /// Now.
        now: Timestamp,
    },
    /// Others, or for another while.
    Change {
        /// All of it.
        spec: Box<ExceptionSpec>,
        /// Now.
        now: Timestamp,
    },
    /// It shall hide nothing more.
    End {
        /// Why.
        reason: Personal,
    },
}

impl ExceptionState {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            ExceptionState::Active => "active",
            ExceptionState::Expired => "expired",
            ExceptionState::Ended => "ended",
            ExceptionState::Void => "void",
        }
    }
}

impl Exception {
    /// Where it stands at this time; nothing before it was added.
    pub fn state(&self, now: Timestamp) -> Option<ExceptionState> {
        let spec = self.spec.as_ref()?;
        Some(match &self.ended {
            Some(_) => ExceptionState::Ended,
            None if now >= spec.expires => ExceptionState::Expired,
            None if Hiding::of(spec).is_none() => ExceptionState::Void,
            None => ExceptionState::Active,
        })
    }
}

impl Aggregate for Exception {
    type Intent = ExceptionIntent;
    type Refusal = ExceptionRefusal;

    fn decide(&self, intent: ExceptionIntent) -> Result<Vec<Fact>, ExceptionRefusal> {
        let Some(known) = &self.spec else {
            return match intent {
                ExceptionIntent::Add { spec, now } => {
                    spec.check(now).map(|()| vec![Fact::ExceptionAdded(spec)])
                }
                _ => Err(ExceptionRefusal::NotAdded),
            };
        };
        match (intent, &self.ended) {
            (ExceptionIntent::Add { spec, .. }, _) if *spec == *known => Ok(vec![]),
            (ExceptionIntent::Add { .. }, _) => Err(ExceptionRefusal::Added),
            (ExceptionIntent::End { .. }, Some(_)) => Ok(vec![]),
            (ExceptionIntent::Change { .. }, Some(_)) => Err(ExceptionRefusal::Ended),
            (ExceptionIntent::Change { spec, .. }, None) if *spec == *known => Ok(vec![]),
            (ExceptionIntent::Change { spec, now }, None) => {
                spec.check(now).map(|()| vec![Fact::ExceptionChanged(spec)])
            }
            (ExceptionIntent::End { reason }, None) => match reason.known() {
                Some(text) if text.trim().is_empty() || text.chars().count() > REASON_CHARS => {
                    Err(ExceptionRefusal::Reason)
                }
                _ => Ok(vec![Fact::ExceptionEnded { reason }]),
            },
        }
    }

    fn evolve(mut self, fact: &Fact) -> Exception {
        match fact {
            Fact::ExceptionAdded(spec) | Fact::ExceptionChanged(spec) => self.spec = Some((**spec).clone()),
            Fact::ExceptionEnded { reason } => self.ended = Some(reason.clone()),
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests;
