//! STIX 2 bundles: the indicator objects in them.
//!
//! Source: STIX 2.1 (OASIS, June 2021), section 4.7; objects of version 2.0 are read alike.

mod pattern;

use super::json::Raw;
use super::read::{Place, Sink};
use super::set::Detail;
use cofferdam_vocabulary::{Tactic, TechniqueId};
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Deserialize)]
struct Indicator<'t> {
    #[serde(borrow)]
    id: Option<Cow<'t, str>>,
    #[serde(borrow)]
    name: Option<Cow<'t, str>>,
    #[serde(borrow)]
    pattern: Option<Cow<'t, str>>,
    pattern_type: Option<String>,
    valid_from: Option<String>,
    valid_until: Option<String>,
    #[serde(default)]
    revoked: bool,
    confidence: Option<serde_json::Value>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    kill_chain_phases: Vec<Phase>,
    #[serde(default)]
    external_references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Kind<'t> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'t, str>>,
}

#[derive(Deserialize)]
struct Phase {
    kill_chain_name: Option<String>,
    phase_name: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    source_name: Option<String>,
    external_id: Option<String>,
}

/// Whether it is a bundle, an object, or a list of objects.
pub(super) fn is_stix(document: Raw<'_>) -> bool {
    if document.is_array() {
        return document.members().first().copied().is_some_and(is_object);
    }
    document.get("objects").is_some_and(Raw::is_array) || is_object(document)
}

fn is_object(value: Raw<'_>) -> bool {
    kind(value).is_some_and(|kind| kind == "bundle")
        || (value.is_object() && value.get("id").is_some_and(|id| id.text().contains("--")))
}

fn kind(value: Raw<'_>) -> Option<Cow<'_, str>> {
    value.is_object().then(|| value.read::<Kind<'_>>().ok())?.and_then(|kind| kind.kind)
}

pub(super) fn read(document: Raw<'_>, sink: &mut Sink<'_>) {
    let objects = document.get("objects").unwrap_or(document);
    for (number, member) in (1..).zip(objects.members()) {
        let place = Place::Object(number);
        match member.read::<Kind<'_>>() {
            Ok(Kind { kind: Some(kind) }) if kind == "indicator" => indicator(member, place, sink),
            Ok(_) => {}
            Err(reason) => sink.not_understood(place, &reason),
        }
    }
}

fn indicator(object: Raw<'_>, place: Place, sink: &mut Sink<'_>) {
    let indicator: Indicator<'_> = match object.read() {
        Ok(indicator) => indicator,
        Err(reason) => return sink.not_understood(place, &reason),
    };
    if indicator.revoked {
        return sink.left_out();
    }
    if let Some(other) = indicator.pattern_type.as_deref().filter(|kind| *kind != "stix") {
        return sink.not_understood(place, &format!("patterns of type `{other}` are not evaluated"));
    }
    let Some(text) = indicator.pattern.as_deref() else {
        return sink.not_understood(place, "the indicator has no pattern");
    };
    match pattern::values(text) {
        Ok(values) => {
            let detail = Arc::new(indicator.detail());
            values.into_iter().for_each(|value| sink.outcome(place, value, Some(&detail)));
        }
        Err(reason) => sink.not_understood(place, &format!("the pattern {reason}: {text}")),
    }
}

impl Indicator<'_> {
    fn detail(&self) -> Detail {
        let phases = self.kill_chain_phases.iter().filter(|phase| {
            phase.kill_chain_name.as_deref().is_some_and(|name| name.starts_with("mitre-attack"))
        });
        let tactics = phases.filter_map(|phase| Tactic::parse(phase.phase_name.as_deref()?));
        let references = self.external_references.iter().filter(|reference| {
            reference.source_name.as_deref().is_some_and(|name| name.starts_with("mitre"))
        });
        let named = references.filter_map(|reference| reference.external_id.as_deref());
        let labels = self.labels.iter().map(|label| label.strip_prefix("attack.").unwrap_or(label));
        let time = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
        let confidence = self.confidence.as_ref().and_then(serde_json::Value::as_u64);
        Detail {
            id: self.id.as_deref().map(super::value::short),
            name: self.name.as_deref().map(super::value::short),
            confidence: confidence.and_then(|number| u8::try_from(number.min(100)).ok()),
            valid_from: time(&self.valid_from),
            valid_until: time(&self.valid_until),
            ..super::techniques::detail(
                tactics,
                named.chain(labels).filter_map(|id| TechniqueId::parse(id).ok()),
            )
        }
    }
}
