//! A correlation document as Cofferdam holds it.
//!
//! Source: Sigma specification 2.1.0, "Correlation rules"; `window` and `gap` as rsigma 0.23 reads them.

use super::convert::{self, ConvertError, Named};
use super::model::Meta;
use jiff::SignedDuration;
use rsigma_parser as sigma;
use std::sync::Arc;

/// What a correlation counts or awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Events in the window.
    EventCount,
    /// Distinct values of the condition's fields in the window.
    ValueCount,
    /// Every referenced rule fired within the window.
    Temporal,
    /// Every referenced rule fired within the window, in the order of the list.
    TemporalOrdered,
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

/// One comparison of the count; all must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    operator: sigma::ConditionOperator,
    bound: u64,
}

impl Threshold {
    /// Whether the count satisfies it.
    pub fn holds(self, count: u64) -> bool {
        match self.operator {
            sigma::ConditionOperator::Lt => count < self.bound,
            sigma::ConditionOperator::Lte => count <= self.bound,
            sigma::ConditionOperator::Gt => count > self.bound,
            sigma::ConditionOperator::Gte => count >= self.bound,
            sigma::ConditionOperator::Eq => count == self.bound,
            sigma::ConditionOperator::Neq => count != self.bound,
        }
    }

    /// The least count that satisfies it and all greater ones as well; `None` if greater ones may not.
    pub fn floor(self) -> Option<u64> {
        match self.operator {
            sigma::ConditionOperator::Gt => Some(self.bound.saturating_add(1)),
            sigma::ConditionOperator::Gte => Some(self.bound),
            _ => None,
        }
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
    /// When it fires, for the counting kinds.
    pub thresholds: Vec<Threshold>,
    /// What [`Kind::ValueCount`] counts.
    pub fields: Vec<String>,
    /// Common names for fields that the rules call differently.
    pub aliases: Vec<Alias>,
    /// Whether matches of the referenced rules are reported too. Sigma's default is no; Cofferdam
    /// keeps them in any case, so that every match is counted.
    pub generate: bool,
    /// Title, name or id of a rule whose firing for the same group silences this one (our extension:
    /// the attribute `cofferdam: {unless: …}`).
    pub unless: Option<String>,
    /// Whether its firings are told, or only counted by another correlation that needs them.
    pub reported: bool,
}

/// A common name for fields that rules call differently.
#[derive(Clone, Debug)]
pub struct Alias {
    /// The common name.
    pub name: String,
    /// For each rule reference, its field.
    pub fields: Vec<(String, String)>,
}

pub(super) fn correlation(
    parsed: &sigma::CorrelationRule,
    file: &Arc<str>,
) -> Result<Correlation, ConvertError> {
    let kind = match parsed.correlation_type {
        sigma::CorrelationType::EventCount => Kind::EventCount,
        sigma::CorrelationType::ValueCount => Kind::ValueCount,
        sigma::CorrelationType::Temporal => Kind::Temporal,
        sigma::CorrelationType::TemporalOrdered => Kind::TemporalOrdered,
        _ => {
            return Err(ConvertError::Unsupported {
                what: "a correlation over sums, averages or percentiles",
            });
        }
    };
    let (thresholds, fields) = condition(&parsed.condition)?;
    if kind == Kind::ValueCount && fields.is_empty() {
        return Err(ConvertError::Unsupported { what: "a value_count without a field" });
    }
    let window = match parsed.window {
        sigma::WindowMode::Sliding => Window::Sliding,
        sigma::WindowMode::Tumbling => Window::Tumbling,
        sigma::WindowMode::Session => Window::Session {
            gap: parsed.gap.as_ref().map_or_else(|| seconds(parsed.timespan.seconds), |g| seconds(g.seconds)),
        },
    };
    let named = Named { id: parsed.id.as_deref(), name: parsed.name.as_deref(), title: &parsed.title };
    let origin = (parsed.author.clone(), parsed.license.clone());
    Ok(Correlation {
        meta: Arc::new(convert::meta(
            &named,
            parsed.level,
            &parsed.tags,
            parsed.description.as_deref(),
            origin,
            file,
        )),
        kind,
        rules: parsed.rules.clone(),
        group_by: parsed.group_by.clone(),
        timespan: seconds(parsed.timespan.seconds),
        window,
        thresholds,
        fields,
        aliases: parsed
            .aliases
            .iter()
            .map(|alias| {
                let mut fields: Vec<_> = alias.mapping.iter().map(|(r, f)| (r.clone(), f.clone())).collect();
                fields.sort_unstable();
                Alias { name: alias.alias.clone(), fields }
            })
            .collect(),
        generate: parsed.generate,
        unless: parsed
            .custom_attributes
            .get("cofferdam")
            .and_then(|ours| ours.get("unless"))
            .and_then(|title| title.as_str())
            .map(str::to_owned),
        reported: true,
    })
}

fn condition(parsed: &sigma::CorrelationCondition) -> Result<(Vec<Threshold>, Vec<String>), ConvertError> {
    match parsed {
        sigma::CorrelationCondition::Threshold { predicates, field, .. } => {
            let thresholds =
                predicates.iter().map(|&(operator, bound)| Threshold { operator, bound }).collect();
            Ok((thresholds, field.clone().unwrap_or_default()))
        }
        sigma::CorrelationCondition::Extended(_) => {
            Err(ConvertError::Unsupported { what: "a condition in words on a correlation" })
        }
    }
}

fn seconds(count: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(count).unwrap_or(i64::MAX))
}
