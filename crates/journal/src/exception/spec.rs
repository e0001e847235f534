//! Which alerts are to be hidden, who answers for that, why, and until when.

use super::ExceptionRefusal;
use super::network::Network;
use crate::alert::ProductName;
use crate::personal::Personal;
use cofferdam_vocabulary::{EntityKind, Level, Role, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Conditions of one exception.
pub const CONDITIONS: usize = 20;
/// Characters of a rule's id.
pub const RULE_CHARS: usize = 200;
/// Characters of a value.
pub const VALUE_CHARS: usize = 500;
/// Characters of a reason.
pub const REASON_CHARS: usize = 500;
/// How long one holds at most.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Which alerts are to be hidden: those to which all of it applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionSpec {
    /// The rule that raised them, by its id; any where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What they are about.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub conditions: BTreeSet<Condition>,
    /// What raised them: `rule`, or the name of a product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// They are no worse than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_at_most: Option<Level>,
    /// Who answers for it.
    pub owner: UserId,
    /// Why, for whoever comes later.
    pub reason: Personal,
    /// From when on it hides nothing more.
    pub expires: Timestamp,
}

/// What an alert is about: something of this kind, and nothing of this kind that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Condition {
    /// What it is.
    pub kind: EntityKind,
    /// The part it plays; any where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Which one, with `*` for any characters; of addresses a network, too, such as `192.0.2.0/24`.
    pub value: Personal,
}

impl ExceptionSpec {
    /// Whether all of it has the form that it must have, and it holds from now on for a while.
    ///
    /// # Errors
    ///
    /// [`ExceptionRefusal`] naming the first that has not.
    pub fn check(&self, now: Timestamp) -> Result<(), ExceptionRefusal> {
        if self.rule.is_none() && self.conditions.is_empty() {
            return Err(ExceptionRefusal::NamesNothing);
        }
        let is_rule = |rule: &String| !rule.trim().is_empty() && rule.chars().count() <= RULE_CHARS;
        if !self.rule.as_ref().is_none_or(is_rule) {
            return Err(ExceptionRefusal::Rule);
        }
        if self.conditions.len() > CONDITIONS {
            return Err(ExceptionRefusal::TooManyConditions);
        }
        self.conditions.iter().try_for_each(Condition::check)?;
        let is_source = |source: &String| source != "report" && ProductName::parse(source).is_ok();
        if !self.source.as_ref().is_none_or(is_source) {
            return Err(ExceptionRefusal::Source);
        }
        let is_reason = |text: &str| !text.trim().is_empty() && text.chars().count() <= REASON_CHARS;
        if !self.reason.known().is_some_and(is_reason) {
            return Err(ExceptionRefusal::Reason);
        }
        match self.expires.duration_since(now) {
            left if left <= SignedDuration::ZERO => Err(ExceptionRefusal::Expired),
            left if left > LONGEST => Err(ExceptionRefusal::TooLong),
            _ => Ok(()),
        }
    }
}

impl Condition {
    fn check(&self) -> Result<(), ExceptionRefusal> {
        let Some(value) = self.value.known() else { return Err(ExceptionRefusal::Value) };
        // One of stars alone would be fit by whatever there is.
        let says_something = value.chars().any(char::is_alphanumeric);
        if !says_something || value.chars().count() > VALUE_CHARS {
            return Err(ExceptionRefusal::Value);
        }
        match Network::parse(value) {
            _ if self.kind != EntityKind::Address || !value.contains('/') => Ok(()),
            Some(network) if !network.is_everything() => Ok(()),
            _ => Err(ExceptionRefusal::Network),
        }
    }
}
