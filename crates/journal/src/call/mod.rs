//! A call: somebody is told that something waits for them, and the next one when nobody answers.
//!
//! What is sent is recorded before it is sent, and what became of it afterwards. A call ends when somebody acknowledges
//! it or when what waited waits no more; until then it is open, also when everybody has been told.

mod matter;
mod refusal;
#[cfg(test)]
mod tests;

pub use matter::Matter;
pub use refusal::CallRefusal;

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::{DeliveryId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// People who are told of one thing.
pub const PEOPLE: usize = 50;
/// How often all of them are told at most.
pub const ROUNDS: u32 = 10;
/// Characters that tell why somebody was not reached.
pub const WHAT_CHARS: usize = 500;

closed_words! {
    /// How somebody is told.
    Channel, "channel" {
        /// By e-mail.
        Mail = "mail",
        /// By a signed request to an address of theirs.
        Webhook = "webhook",
    }
}

/// Who is told of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSpec {
    /// What waits.
    pub about: Matter,
    /// The position of the entry since which it waits.
    pub cause: u64,
    /// Who is told, one after the other.
    pub to: Vec<UserId>,
    /// Seconds for an answer, until the next one is told.
    pub wait: u32,
    /// How often all of them are told.
    pub rounds: u32,
}

/// Something that was sent to somebody, or is being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The step of the call, from 0.
    pub step: u32,
    /// How.
    pub channel: Channel,
    /// What became of it; nothing while it is under way.
    pub outcome: Option<Outcome>,
}

/// What became of something that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken at the other end.
    Told,
    /// It was not.
    Failed,
}

/// One call, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Who is told of what; none before it was begun.
    pub spec: Option<CallSpec>,
    /// What was sent, or is being sent.
    pub deliveries: BTreeMap<DeliveryId, Delivery>,
    /// Why somebody was not reached, by step, the last reason.
    pub failures: BTreeMap<u32, Personal>,
    /// Who acknowledged it.
    pub acknowledged: Option<UserId>,
    /// What waited waits no more.
    pub settled: bool,
}

/// Asked of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallIntent {
    /// Somebody shall be told.
    Begin(Box<CallSpec>),
    /// Something is sent to whoever is next, or once more by another way to whoever was last.
    Tell {
        /// The step.
        step: u32,
        /// How.
        channel: Channel,
        /// What is sent; it may tell of several calls.
        delivery: DeliveryId,
    },
    /// It was taken at the other end.
    Told {
        /// What was.
        delivery: DeliveryId,
    },
    /// It was not, or nothing could be sent at all.
    Fail {
        /// The step.
        step: u32,
        /// What was sent, if anything was.
        delivery: Option<DeliveryId>,
        /// Why.
        what: Personal,
    },
    /// Somebody takes care of it.
    Acknowledge {
        /// Who.
        by: UserId,
    },
    /// What waited waits no more.
    Settle,
}

impl CallSpec {
    /// Steps, each of which tells one person.
    pub fn steps(&self) -> u32 {
        u32::try_from(self.to.len()).unwrap_or(u32::MAX).saturating_mul(self.rounds)
    }

    /// Whom a step tells.
    pub fn told_by(&self, step: u32) -> Option<UserId> {
        let people = u32::try_from(self.to.len()).ok().filter(|people| *people > 0)?;
        let person = usize::try_from(step % people).ok()?;
        self.to.get(person).copied().filter(|_| step < self.steps())
    }

    fn check(&self) -> Result<(), CallRefusal> {
        if self.to.is_empty() || self.to.len() > PEOPLE {
            return Err(CallRefusal::People);
        }
        if self.rounds == 0 || self.rounds > ROUNDS {
            return Err(CallRefusal::Rounds);
        }
        Ok(())
    }
}

impl Call {
    /// Whether somebody is still to answer.
    pub fn is_open(&self) -> bool {
        self.spec.is_some() && self.acknowledged.is_none() && !self.settled
    }

    /// The last step that was taken.
    pub fn step(&self) -> Option<u32> {
        let sent = self.deliveries.values().map(|delivery| delivery.step);
        sent.chain(self.failures.keys().copied()).max()
    }

    /// Whether nobody was reached by a step, and nothing is under way.
    pub fn is_lost(&self, step: u32) -> bool {
        let mut of = self.deliveries.values().filter(|delivery| delivery.step == step);
        self.failures.contains_key(&step) && of.all(|delivery| delivery.outcome == Some(Outcome::Failed))
    }

    /// The step that comes next; none when there is no other.
    pub fn next(&self) -> Option<u32> {
        let next = self.step().map_or(0, |step| step.saturating_add(1));
        self.spec.as_ref().filter(|spec| next < spec.steps()).map(|_| next)
    }

    fn tell(&self, step: u32, channel: Channel, delivery: DeliveryId) -> Result<Vec<Fact>, CallRefusal> {
        if !self.is_open() {
            return Err(CallRefusal::Ended);
        }
        if Some(step) != self.step() && Some(step) != self.next() {
            return Err(CallRefusal::Step { step });
        }
        match self.deliveries.get(&delivery) {
            Some(known) if (known.step, known.channel) == (step, channel) => Ok(vec![]),
            Some(_) => Err(CallRefusal::Delivery),
            None => Ok(vec![Fact::CallTelling { delivery, step, channel }]),
        }
    }

    fn fail(
        &self,
        step: u32,
        delivery: Option<DeliveryId>,
        what: Personal,
    ) -> Result<Vec<Fact>, CallRefusal> {
        if what.known().is_some_and(|text| text.chars().count() > WHAT_CHARS) {
            return Err(CallRefusal::What);
        }
        match delivery.map(|delivery| self.deliveries.get(&delivery)) {
            // It may come to an end when the call has.
            Some(Some(Delivery { step: of, outcome: None, .. })) if *of == step => {}
            Some(Some(Delivery { outcome: Some(Outcome::Failed), .. })) => return Ok(vec![]),
            Some(_) => return Err(CallRefusal::Delivery),
            None if !self.is_open() => return Err(CallRefusal::Ended),
            None if Some(step) == self.step() || Some(step) == self.next() => {}
            None => return Err(CallRefusal::Step { step }),
        }
        Ok(vec![Fact::CallFailed { step, delivery, what }])
    }
}

impl Aggregate for Call {
    type Intent = CallIntent;
    type Refusal = CallRefusal;

    fn decide(&self, intent: CallIntent) -> Result<Vec<Fact>, CallRefusal> {
        let Some(known) = &self.spec else {
            return match intent {
                CallIntent::Begin(spec) => spec.check().map(|()| vec![Fact::CallBegun(spec)]),
                _ => Err(CallRefusal::NotBegun),
            };
        };
        match intent {
            CallIntent::Begin(spec) if *spec == *known => Ok(vec![]),
            CallIntent::Begin(_) => Err(CallRefusal::Begun),
            CallIntent::Tell { step, channel, delivery } => self.tell(step, channel, delivery),
            CallIntent::Told { delivery } => match self.deliveries.get(&delivery) {
                Some(Delivery { outcome: None, .. }) => Ok(vec![Fact::CallTold { delivery }]),
                Some(Delivery { outcome: Some(Outcome::Told), .. }) => Ok(vec![]),
                _ => Err(CallRefusal::Delivery),
            },
            CallIntent::Fail { step, delivery, what } => self.fail(step, delivery, what),
            CallIntent::Acknowledge { .. } if self.acknowledged.is_some() => Ok(vec![]),
            CallIntent::Acknowledge { .. } if self.settled => Ok(vec![]),
            CallIntent::Acknowledge { by } => Ok(vec![Fact::CallAcknowledged { by }]),
            CallIntent::Settle if self.settled => Ok(vec![]),
            CallIntent::Settle => Ok(vec![Fact::CallSettled]),
        }
    }

    fn evolve(mut self, fact: &Fact) -> Call {
        match fact {
            Fact::CallBegun(spec) => self.spec = Some((**spec).clone()),
            Fact::CallTelling { delivery, step, channel } => {
                let sent = Delivery { step: *step, channel: *channel, outcome: None };
                self.deliveries.insert(*delivery, sent);
            }
            Fact::CallTold { delivery } => self.came_to(*delivery, Outcome::Told),
            Fact::CallFailed { step, delivery, what } => {
                self.failures.insert(*step, what.clone());
                if let Some(delivery) = delivery {
                    self.came_to(*delivery, Outcome::Failed);
                }
            }
            Fact::CallAcknowledged { by } => self.acknowledged = Some(*by),
            Fact::CallSettled => self.settled = true,
            _ => {}
        }
        self
    }
}

impl Call {
    fn came_to(&mut self, delivery: DeliveryId, outcome: Outcome) {
        if let Some(known) = self.deliveries.get_mut(&delivery) {
            known.outcome = Some(outcome);
        }
    }
}
