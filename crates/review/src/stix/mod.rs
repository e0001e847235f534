//! `bundle.stix.json`: the incidents as a STIX 2.1 bundle.
//!
//! Every id follows from what it names, so the same results always give the same bundle.
//! Source: STIX Version 2.1, OASIS Standard, June 2021.

mod id;
mod observable;
mod story;

use crate::Report;
use crate::show::plain;
use id::{own, sdo};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// TLP 2.0 amber: for the organisation and those of its clients who need to know.
/// Source: the fixed marking definition of the OASIS common object repository.
const TLP_AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
const TLP_EXTENSION: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
/// When the producer's identity was first described; every bundle holds the same one.
const FOUNDED: &str = "2026-11-22T00:00:00.000Z";

/// The bundle.
pub fn stix(report: &Report<'_>) -> Value {
    let mut bundle = Bundle::new(report);
    bundle.push(marking());
    bundle.push(producer());
    for incident in &report.incidents {
        story::incident(&mut bundle, report, incident);
    }
    let id =
        own("bundle", &[&bundle.results, &report.incidents.len().to_string(), bundle.first_incident(report)]);
    json!({"type": "bundle", "id": id, "objects": bundle.objects})
}

/// Objects as they are gathered; each id once.
struct Bundle {
    objects: Vec<Value>,
    known: BTreeSet<String>,
    /// What makes this folder of results itself: incidents are numbered from 1 in every folder.
    results: String,
    producer: String,
}

impl Bundle {
    fn new(report: &Report<'_>) -> Bundle {
        let first = report.summary.files.iter().find_map(|file| file.sha256.clone());
        Bundle {
            objects: Vec::new(),
            known: BTreeSet::new(),
            results: first.unwrap_or_default(),
            producer: own("identity", &["Cofferdam"]),
        }
    }

    /// Adds an object unless it is there; returns its id.
    fn push(&mut self, object: Value) -> String {
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        if self.known.insert(id.clone()) {
            self.objects.push(object);
        }
        id
    }

    /// A domain object of ours: the common properties and these.
    fn sdo(&mut self, kind: &'static str, id: &str, at: &str, properties: Map<String, Value>) -> String {
        let object = sdo(kind, id, at, &self.producer, TLP_AMBER, properties);
        self.push(object)
    }

    fn first_incident<'r>(&self, report: &Report<'r>) -> &'r str {
        report.incidents.first().map_or("", |incident| incident.id.as_str())
    }
}

fn producer() -> Value {
    json!({
        "type": "identity",
        "spec_version": "2.1",
        "id": own("identity", &["Cofferdam"]),
        "created": FOUNDED,
        "modified": FOUNDED,
        "name": "Cofferdam",
        "description": "The program that read the logs and wrote this bundle.",
        "identity_class": "system",
    })
}

fn marking() -> Value {
    json!({
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_AMBER,
        "created": "2022-10-01T00:00:00.000Z",
        "name": "TLP:AMBER",
        "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": "amber"}},
    })
}

/// A text that is not empty, cleaned of what is invisible.
fn text(text: &str) -> String {
    let shown = plain(text, 1_000);
    if shown.trim().is_empty() { "(empty)".to_owned() } else { shown }
}
