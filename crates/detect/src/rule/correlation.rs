//! A correlation document as Cofferdam holds it.
//!
//! Source: Sigma specification 2.1.0, "Correlation rules"; `window` and `gap` as rsigma 0.23 reads them.

mod awaited;
mod read;

pub use awaited::Way;
pub(super) use read::correlation;

use super::load::names;
use super::model::Meta;
use jiff::SignedDuration;
use rsigma_parser::ConditionOperator;
use std::sync::Arc;

/// What a correlation counts or awaits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Events in the window.
    EventCount,
    /// Distinct values of the condition's fields in the window.
    ValueCount,
    /// The sum of the field's numbers in the window.
    ValueSum,
    /// The mean of the field's numbers in the window.
    ValueAvg,
    /// The smallest of the field's numbers in the window.
    ValueMin,
    /// The greatest of the field's numbers in the window.
    ValueMax,
    /// The smallest of the field's numbers that so many per cent of them do not exceed.
    ValuePercentile(f64),
    /// Rules fired within the window: every one, or as the condition says.
    Temporal,
    /// The same, in the order of the list.
    TemporalOrdered,
}

impl Kind {
    /// Whether it calculates with the numbers of a field.
    pub fn calculates(self) -> bool {
        matches!(
            self,
            Kind::ValueSum | Kind::ValueAvg | Kind::ValueMin | Kind::ValueMax | Kind::ValuePercentile(_)
        )
    }

    /// Whether it awaits rules, rather than counting like things.
    pub fn awaits(self) -> bool {
        matches!(self, Kind::Temporal | Kind::TemporalOrdered)
    }
}

/// How the window moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The timespan before each event.
    Sliding,
    /// Fixed stretches of the timespan since the epoch.
    Tumbling,
    /// From the first event on, until none came for the gap, and no longer than the timespan.
    Session {
        /// Silence that ends it.
        gap: SignedDuration,
    },
}

/// One comparison of what is counted or calculated; all must hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    pub(crate) operator: ConditionOperator,
    /// Finite.
    pub(crate) bound: f64,
}

impl Threshold {
    /// Whether the figure satisfies it.
    pub fn holds(self, figure: f64) -> bool {
        match self.operator {
            ConditionOperator::Lt => figure < self.bound,
            ConditionOperator::Lte => figure <= self.bound,
            ConditionOperator::Gt => figure > self.bound,
            ConditionOperator::Gte => figure >= self.bound,
            ConditionOperator::Eq => figure == self.bound,
            ConditionOperator::Neq => figure != self.bound,
        }
    }

    /// Whether figures above one that satisfies it do so as well.
    pub fn is_floor(self) -> bool {
        matches!(self.operator, ConditionOperator::Gt | ConditionOperator::Gte)
    }

    /// Whether figures below one that satisfies it do so as well.
    pub fn is_ceiling(self) -> bool {
        matches!(self.operator, ConditionOperator::Lt | ConditionOperator::Lte)
    }
}

/// A correlation rule.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// What is said of it.
    pub meta: Arc<Meta>,
    /// What it counts.
    pub kind: Kind,
    /// Ids, names or titles of the rules whose matches it takes, correlations included.
    pub rules: Vec<String>,
    /// Fields whose values divide events into groups; aliases included.
    pub group_by: Vec<String>,
    /// Length of the window.
    pub timespan: SignedDuration,
    /// How the window moves.
    pub window: Window,
    /// When it fires, for the kinds that count or calculate. For [`Kind::Temporal`], how many rules of
    /// the list must have fired; none where [`Correlation::ways`] says which.
    pub thresholds: Vec<Threshold>,
    /// For the kinds that await: the ways to be complete, of which one is enough.
    pub ways: Vec<Way>,
    /// What [`Kind::ValueCount`] counts, or the field that the other `value_*` kinds calculate with.
    pub fields: Vec<String>,
    /// Common names for fields that the rules call differently.
    pub aliases: Vec<Alias>,
    /// Whether matches of the referenced rules are reported too. A rule that says nothing leaves them
    /// reported, so that every match is counted (Sigma's default is no).
    pub generate: Option<bool>,
    /// Title, name or id of a rule whose firing for the same group silences this one (our extension:
    /// the attribute `cofferdam: {unless: …}`).
    pub unless: Option<String>,
    /// Whether its firings are told, or only counted by another correlation that needs them.
    pub reported: bool,
}

impl Correlation {
    /// The fields whose values are counted or calculated with; aliases included.
    pub fn counted(&self) -> &[String] {
        if self.kind == Kind::ValueCount || self.kind.calculates() { &self.fields } else { &[] }
    }

    /// What a rule calls the field that the correlation calls `name`.
    pub fn field_of<'c>(&'c self, name: &'c str, meta: &Meta) -> &'c str {
        let alias = self.aliases.iter().find(|alias| alias.name == name);
        let mapped = alias.and_then(|alias| alias.fields.iter().find(|(rule, _)| names(meta, rule)));
        mapped.map_or(name, |(_, field)| field)
    }
}

/// A common name for fields that rules call differently.
#[derive(Clone, Debug)]
pub struct Alias {
    /// The common name.
    pub name: String,
    /// For each rule reference, its field.
    pub fields: Vec<(String, String)>,
}
