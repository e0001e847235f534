//! A report by a person: what they saw, what they added, what they were told, how far it is.

mod number;
mod received;
mod row;
#[cfg(test)]
mod tests;

pub use number::{ReportNumber, ReportNumberError};
pub use received::{HowBad, NAMED_THINGS, NamedKind, NamedThing, PARTS, Received};
pub use row::{Answer, ReportRow};

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::AlertId;
use serde::{Deserialize, Serialize};

/// Texts that whoever reported can add.
pub const ADDITIONS: usize = 50;
/// Answers that they can be given.
pub const ANSWERS: usize = 50;

/// One report, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What came; none before it did.
    pub received: Option<Received>,
    /// The alert that tells of it.
    pub alert: Option<AlertId>,
    /// How far it is.
    pub state: ReportState,
    /// What was added to it, each as parts of one text.
    pub additions: Vec<Vec<Personal>>,
    /// What whoever reported was told, each as parts of one text.
    pub answers: Vec<Vec<Personal>>,
}

/// How far a report is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportState {
    /// Nobody took it up yet.
    #[default]
    Received,
    /// Somebody is looking at it.
    BeingLookedAt,
    /// Nothing more is done about it.
    DealtWith,
}

/// Asked of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportIntent {
    /// Somebody reports.
    Receive(Box<Received>),
    /// They know more. What was dealt with is taken up again.
    Amend {
        /// What, as parts of one text.
        text: Vec<Personal>,
    },
    /// They are told something.
    Answer {
        /// What, as parts of one text.
        text: Vec<Personal>,
    },
    /// It is as far as this.
    Move {
        /// How far.
        state: ReportState,
    },
    /// An alert tells of it.
    Tell {
        /// Which.
        alert: AlertId,
    },
}

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefusal {
    /// There is none.
    #[error("nothing was reported")]
    NotReceived,
    /// The number is another's.
    #[error("another report came before")]
    ReceivedBefore,
    /// There is no room for more.
    #[error("the report has {ADDITIONS} additions already")]
    TooManyAdditions,
    /// There is no room for more.
    #[error("the report has {ANSWERS} answers already")]
    TooManyAnswers,
    /// One alert tells of a report.
    #[error("{alert} tells of the report already")]
    ToldBefore {
        /// Which.
        alert: AlertId,
    },
}

impl ReportState {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            ReportState::Received => "received",
            ReportState::BeingLookedAt => "being-looked-at",
            ReportState::DealtWith => "dealt-with",
        }
    }
}

fn bounded(mut text: Vec<Personal>) -> Vec<Personal> {
    text.truncate(PARTS);
    text
}

impl Aggregate for Report {
    type Intent = ReportIntent;
    type Refusal = ReportRefusal;

    fn decide(&self, intent: ReportIntent) -> Result<Vec<Fact>, ReportRefusal> {
        match (intent, &self.received) {
            (ReportIntent::Receive(received), None) => {
                Ok(vec![Fact::ReportReceived(Box::new(received.bounded()))])
            }
            (ReportIntent::Receive(again), Some(received)) if again.number == received.number => Ok(vec![]),
            (ReportIntent::Receive(_), Some(_)) => Err(ReportRefusal::ReceivedBefore),
            (_, None) => Err(ReportRefusal::NotReceived),
            (ReportIntent::Amend { .. }, _) if self.additions.len() >= ADDITIONS => {
                Err(ReportRefusal::TooManyAdditions)
            }
            (ReportIntent::Amend { text }, _) => {
                let mut facts = vec![Fact::ReportAmended { text: bounded(text) }];
                if self.state == ReportState::DealtWith {
                    facts.push(Fact::ReportMoved { state: ReportState::Received });
                }
                Ok(facts)
            }
            (ReportIntent::Answer { .. }, _) if self.answers.len() >= ANSWERS => {
                Err(ReportRefusal::TooManyAnswers)
            }
            (ReportIntent::Answer { text }, _) => Ok(vec![Fact::ReportAnswered { text: bounded(text) }]),
            (ReportIntent::Move { state }, _) if state == self.state => Ok(vec![]),
            (ReportIntent::Move { state }, _) => Ok(vec![Fact::ReportMoved { state }]),
            (ReportIntent::Tell { alert }, _) => match self.alert {
                None => Ok(vec![Fact::ReportTold { alert }]),
                Some(known) if known == alert => Ok(vec![]),
                Some(alert) => Err(ReportRefusal::ToldBefore { alert }),
            },
        }
    }

    fn evolve(mut self, fact: &Fact) -> Report {
        match fact {
            Fact::ReportReceived(received) => self.received = Some((**received).clone()),
            Fact::ReportAmended { text } => self.additions.push(text.clone()),
            Fact::ReportAnswered { text } => self.answers.push(text.clone()),
            Fact::ReportMoved { state } => self.state = *state,
            Fact::ReportTold { alert } => self.alert = Some(*alert),
            _ => {}
        }
        self
    }
}
