//! Whether an exception hides an alert: a pure function of both, in time linear in the alert.

use super::network::Network;
use super::spec::{Condition, ExceptionSpec};
use crate::alert::{AlertReport, AlertSource, EntityRecord};
use crate::filter::Wildcard;
use cofferdam_vocabulary::{EntityKind, Level, Role};

/// An exception made ready to be compared with many alerts.
#[derive(Clone, Debug)]
pub struct Hiding {
    rule: Option<String>,
    source: Option<String>,
    level_at_most: Option<Level>,
    conditions: Vec<Ready>,
}

#[derive(Clone, Debug)]
struct Ready {
    kind: EntityKind,
    role: Option<Role>,
    value: Value,
}

#[derive(Clone, Debug)]
enum Value {
    Text(Wildcard),
    Network(Network),
}

impl Hiding {
    /// What hides as the exception says; nothing when a value of it was erased: nobody knows then what it meant.
    pub fn of(spec: &ExceptionSpec) -> Option<Hiding> {
        let conditions: Option<Vec<Ready>> = spec.conditions.iter().map(Ready::of).collect();
        Some(Hiding {
            rule: spec.rule.clone(),
            source: spec.source.clone(),
            level_at_most: spec.level_at_most,
            conditions: conditions?,
        })
    }

    /// Whether what a list tells of an alert leaves it open that it is hidden.
    pub fn may_hide(&self, rule: &str, source: &AlertSource, level: Level) -> bool {
        self.rule.as_ref().is_none_or(|only| only == rule)
            && self.source.as_ref().is_none_or(|only| only == source.as_str())
            && self.level_at_most.is_none_or(|most| level <= most)
            && !matches!(source, AlertSource::Report(_))
    }

    /// Whether it hides this alert. What people report, what an investigation found and the alert about a
    /// break-glass account are never hidden: none of these can be told again, and none of these has a key.
    pub fn hides(&self, alert: &AlertReport) -> bool {
        alert.dedup.is_some()
            && self.may_hide(&alert.rule.id, &alert.source, alert.level)
            && self.conditions.iter().all(|condition| condition.holds(alert))
    }
}

impl Ready {
    fn of(condition: &Condition) -> Option<Ready> {
        let text = condition.value.known()?;
        let network = Network::parse(text).filter(|_| condition.kind == EntityKind::Address);
        let value = network.map_or_else(|| Value::Text(Wildcard::of(text)), Value::Network);
        Some(Ready { kind: condition.kind, role: condition.role, value })
    }

    /// Whether the alert is about something of this kind, and about nothing of this kind that does not fit: of two
    /// hosts one may be what nobody expected.
    fn holds(&self, alert: &AlertReport) -> bool {
        let is_meant = |entity: &&EntityRecord| {
            entity.kind == self.kind && self.role.is_none_or(|role| entity.role == role)
        };
        let mut meant = alert.entities.iter().filter(is_meant).peekable();
        meant.peek().is_some()
            && meant.all(|entity| entity.value.known().is_some_and(|value| self.fits(value)))
    }

    fn fits(&self, value: &str) -> bool {
        match &self.value {
            Value::Text(text) => text.fits(value),
            Value::Network(network) => network.has(value),
        }
    }
}
