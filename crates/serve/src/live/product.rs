//! Alerts of other products on their way through the pipeline: read in the product's own form, and told apart by what
//! the product calls them.

use crate::intake::Source;
use cofferdam_detect::correlation::RuleHead;
use cofferdam_detect::live::ForeignAlert;
use cofferdam_detect::product::{
    Format, Mapping, ProductAlert, ProductError, Status, read, read_mapped, recognise,
};
use cofferdam_detect::time::TimeRules;
use cofferdam_spool::Read;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// Alerts that are remembered, so that what is said later of one is added to it.
const REMEMBERED: usize = 50_000;

/// Alerts as their products told them last.
#[derive(Default)]
pub struct Products {
    known: HashMap<String, (ProductAlert, u64)>,
}

/// What a body held.
#[derive(Default)]
pub struct Told {
    /// Alerts as they are now.
    pub alerts: Vec<ForeignAlert>,
    /// What could not be read, in words.
    pub problems: Vec<String>,
}

impl Products {
    /// Reads what a source of alerts sent.
    pub fn take(&mut self, read: &Read, source: &Source) -> Told {
        let mut told = Told::default();
        let Ok(text) = std::str::from_utf8(&read.bytes) else {
            told.problems.push("it is no UTF-8".to_owned());
            return told;
        };
        for outcome in outcomes(text, source, read) {
            match outcome {
                Ok(alert) => told.alerts.push(self.put(alert, source, read)),
                Err(problem) => told.problems.push(problem),
            }
        }
        told
    }

    fn put(&mut self, alert: ProductAlert, source: &Source, read: &Read) -> ForeignAlert {
        // Two managers of one product may count alike.
        let dedup = format!("{}\u{1f}{}", source.name, alert.dedup);
        if self.known.len() >= REMEMBERED && !self.known.contains_key(&dedup) {
            // What is forgotten is told anew should it come again.
            self.known.clear();
        }
        let (known, count) = match self.known.remove(&dedup) {
            Some((mut known, count)) => {
                let count = if alert.in_place { count } else { count + 1 };
                known.update(alert);
                (known, count)
            }
            None => (alert, 1),
        };
        let foreign = foreign(&known, count, dedup.clone(), read);
        self.known.insert(dedup, (known, count));
        foreign
    }
}

/// What a body holds, alert by alert. What is no alert at all, and is not meant to be one, is left out.
fn outcomes(text: &str, source: &Source, from: &Read) -> Vec<Result<ProductAlert, String>> {
    let rules = TimeRules::new(from.arrival, source.terms.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC));
    let outcomes = if source.terms.mapping.is_empty() {
        let declared = source.terms.parser.as_deref();
        match declared.map_or_else(|| recognise(text), Format::parse) {
            Some(format) => read(format, text, &rules),
            None => {
                return vec![Err(
                    "it is of no product that is known; say which, or map its fields".to_owned()
                )];
            }
        }
    } else {
        match mapping(source) {
            Ok(mapping) => read_mapped(&mapping, text),
            Err(what) => return vec![Err(format!("the mapping of the source cannot be used: {what}"))],
        }
    };
    let is_meant =
        |outcome: &Result<ProductAlert, ProductError>| !matches!(outcome, Err(error) if error.is_ignorable());
    outcomes.into_iter().filter(is_meant).map(|outcome| outcome.map_err(|error| error.to_string())).collect()
}

/// The source's mapping: `records` says where alerts stand, all else where a field of one does.
fn mapping(source: &Source) -> Result<Mapping, serde_json::Error> {
    let mut fields = source.terms.mapping.clone();
    let records = fields.remove("records");
    let in_place = fields.contains_key("id");
    serde_json::from_value(json!({
        "product": source.name.as_str(), "records": records, "in-place": in_place, "fields": fields,
    }))
}

fn foreign(alert: &ProductAlert, count: u64, dedup: String, read: &Read) -> ForeignAlert {
    let first = alert.time_event.or(alert.time_alert).unwrap_or(read.arrival);
    let rule = alert.rule.id.clone().unwrap_or_else(|| alert.source.clone());
    let source: Arc<str> = Arc::clone(&read.source);
    ForeignAlert {
        dedup,
        rule: RuleHead {
            id: format!("{}:{rule}", alert.source).into(),
            title: alert.title.as_str().into(),
            level: alert.level,
        },
        level: alert.level,
        first_seen: first,
        last_seen: alert.time_updated.or(alert.time_alert).unwrap_or(first).max(first),
        count,
        tactics: alert.tactics.clone(),
        techniques: alert.techniques.clone(),
        entities: alert.entities.clone(),
        source,
        record: read.seq.0,
        what: alert.what.clone(),
        attempt: alert.action.as_deref().is_some_and(|action| action.starts_with("block")),
        product: Some(alert.source.clone()),
        closed: alert.status == Status::Closed,
    }
}
