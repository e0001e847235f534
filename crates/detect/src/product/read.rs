//! A body in, its alerts out.

use super::alert::ProductAlert;
use super::body;
use super::error::{Place, ProductError};
use super::format::Format;
use super::look::Look;
use super::mapping::Mapping;
use super::{
    crowdstrike, defender, elastic, graph, guardduty, lines, ocsf, sarif, scanner, security_hub, sentinel,
    sentinelone, suricata, wazuh,
};
use crate::time::TimeRules;
use serde_json::Value;
use std::collections::HashMap;

/// An alert, or why there is none.
type Outcome = Result<ProductAlert, ProductError>;

/// How a product's JSON is read.
struct Reader {
    format: Format,
    /// Whether a document is one of this product's records: an alert, or something else that it writes.
    claims: fn(&Value) -> bool,
    /// Makes an alert of a record.
    read: fn(Look<'_>) -> Outcome,
}

/// How a scanner's report is read, which holds many findings.
struct Report {
    format: Format,
    claims: fn(&Value) -> bool,
    /// Makes an alert of each finding, of no more than so many.
    read_all: fn(Look<'_>, usize) -> Vec<Outcome>,
    /// What a report is known by.
    mark: &'static str,
}

static REPORTS: [Report; 2] = [
    Report { format: Format::Sarif, claims: sarif::claims, read_all: sarif::read_all, mark: "runs" },
    Report { format: Format::Scanner, claims: scanner::claims, read_all: scanner::read_all, mark: "Results" },
];

/// In the order in which they are asked.
static READERS: [Reader; 11] = [
    Reader { format: Format::Guardduty, claims: guardduty::claims, read: guardduty::read },
    Reader { format: Format::SecurityHub, claims: security_hub::claims, read: security_hub::read },
    Reader { format: Format::Elastic, claims: elastic::claims, read: elastic::read },
    Reader { format: Format::Wazuh, claims: wazuh::claims, read: wazuh::read },
    Reader { format: Format::Ocsf, claims: ocsf::claims, read: ocsf::read },
    Reader { format: Format::Defender, claims: defender::claims, read: defender::read },
    Reader { format: Format::Sentinel, claims: sentinel::claims, read: sentinel::read },
    Reader { format: Format::Graph, claims: graph::claims, read: graph::read },
    Reader { format: Format::Crowdstrike, claims: crowdstrike::claims, read: crowdstrike::read },
    Reader { format: Format::Sentinelone, claims: sentinelone::claims, read: sentinelone::read },
    Reader { format: Format::Suricata, claims: suricata::claims, read: suricata::read },
];

/// Tells the format of a body by its first record; `None` when it is none that is known.
pub fn recognise(text: &str) -> Option<Format> {
    let text = text.trim_start();
    if text.starts_with(['{', '[']) {
        let report = |value: &Value| REPORTS.iter().find(|report| (report.claims)(value));
        let claims =
            |value: &Value| report(value).is_some() || READERS.iter().any(|reader| (reader.claims)(value));
        let (first, _) = body::first(text, claims)?;
        if let Some(report) = report(&first) {
            return Some(report.format);
        }
        return READERS.iter().find(|reader| (reader.claims)(&first)).map(|reader| reader.format);
    }
    let line = text.lines().next()?;
    let rules = TimeRules::utc(jiff::Timestamp::UNIX_EPOCH);
    [Format::Cef, Format::Leef].into_iter().find(|format| lines::is_of(*format, line, &rules))
}

/// Reads a body: one record, a list, an envelope of the product's, NDJSON, or documents one after another;
/// of CEF and LEEF lines. Answers for each record in their order. `rules` complete times of CEF and LEEF.
pub fn read(format: Format, text: &str, rules: &TimeRules) -> Vec<Outcome> {
    if matches!(format, Format::Cef | Format::Leef) {
        return finished(lines::read_all(format, text, rules));
    }
    if let Some(report) = REPORTS.iter().find(|report| report.format == format) {
        return finished(findings(report, text));
    }
    let Some(reader) = READERS.iter().find(|reader| reader.format == format) else { return Vec::new() };
    let outcomes = body::records(text, reader.claims).into_iter().map(|found| {
        let (value, place) = found?;
        one(&value, place, reader.read)
    });
    let outcomes = finished(outcomes.collect());
    if format == Format::Defender { joined(outcomes) } else { outcomes }
}

/// Reads a body of a product whose fields were declared.
pub fn read_mapped(mapping: &Mapping, text: &str) -> Vec<Outcome> {
    let outcomes = mapping.records(text).into_iter().map(|found| {
        let (value, place) = found?;
        one(&value, place, |look| mapping.read(look))
    });
    finished(outcomes.collect())
}

fn one(value: &Value, place: Place, read: impl Fn(Look<'_>) -> Outcome) -> Outcome {
    let look = Look::new(value, place);
    if !value.is_object() {
        return Err(look.wrong("record", "an object", value));
    }
    read(look)
}

fn findings(report: &Report, text: &str) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for found in body::records(text, report.claims) {
        match found {
            Ok((value, place)) if (report.claims)(&value) => {
                let left = body::ALERTS_LIMIT.saturating_sub(outcomes.len());
                outcomes.extend((report.read_all)(Look::new(&value, place), left));
            }
            Ok((value, place)) => outcomes.push(Err(Look::new(&value, place).missing(report.mark))),
            Err(error) => outcomes.push(Err(error)),
        }
    }
    outcomes
}

fn finished(outcomes: Vec<Outcome>) -> Vec<Outcome> {
    outcomes.into_iter().map(|outcome| outcome.map(|alert| bounded(alert.finish()))).collect()
}

/// Texts that are put together of several, as `gid:sid:rev` is, are no longer than those that are not.
fn bounded(mut alert: ProductAlert) -> ProductAlert {
    let ProductAlert { source_id, rule, message, url, .. } = &mut alert;
    for text in [source_id, &mut rule.id, message, url].into_iter().flatten() {
        text.truncate(text.floor_char_boundary(super::TEXT_KEPT));
    }
    alert
}

/// Puts rows that tell of one alert together, where the first of them stands.
fn joined(outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let mut out: Vec<Outcome> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for outcome in outcomes {
        let known = outcome.as_ref().ok().and_then(|alert| places.get(&alert.dedup)).copied();
        match (outcome, known.and_then(|at| out.get_mut(at))) {
            (Ok(alert), Some(Ok(first))) => first.update(alert),
            (outcome, _) => {
                if let Ok(alert) = &outcome {
                    places.insert(alert.dedup.clone(), out.len());
                }
                out.push(outcome);
            }
        }
    }
    out
}
