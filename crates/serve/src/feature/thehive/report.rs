//! What an alert is here of what a feeder sends.

use super::document::Document;
use super::marks::level;
use super::observable::entity;
use crate::http::Problem;
use crate::ledger::QUOTED_RULE;
use cofferdam_journal::Personal;
use cofferdam_journal::alert::{
    AlertReport, AlertSource, AlertStatus, Count, ENTITIES, EntityRecord, ProductName, Record, Rule,
};
use cofferdam_vocabulary::{EntityKind, Role, Tactic, TechniqueId};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// What the alerts of all feeders are listed under.
const PRODUCT: &str = "thehive";
/// Letters of a type, and of a rule's number, in the name of a rule.
const RULE_WORD: usize = 60;
/// How a tag of Wazuh's begins that holds the number of its rule.
const RULE_TAGS: [&str; 2] = ["rule=", "rule_id="];
/// How a tag of Wazuh's begins that names the machine.
const AGENT_TAG: &str = "agent_name=";

/// What tells an alert from others: its type, its source, and what the source calls it.
///
/// # Errors
///
/// 422 when one of them is missing.
pub fn key(document: &Document) -> Result<String, Problem> {
    let part = |name: &str| {
        let missing = || Problem::invalid().detail(format!("`{name}` is missing"));
        document.text(name).ok_or_else(missing)
    };
    let parts = [part("type")?, part("source")?, part("sourceRef")?];
    Ok(format!("thehive\u{1f}{}", parts.join("\u{1f}")))
}

/// A new alert.
///
/// # Errors
///
/// 422 when something is missing.
pub fn report(document: &Document, now: Timestamp) -> Result<AlertReport, Problem> {
    key(document)?;
    let missing = |name: &str| Problem::invalid().detail(format!("`{name}` is missing"));
    let title = document.text("title").ok_or_else(|| missing("title"))?;
    document.text("description").ok_or_else(|| missing("description"))?;
    let time = time(document).unwrap_or(now);
    let source = ProductName::parse(PRODUCT).map_err(|error| Problem::from_failure("a name", &error))?;
    let techniques = techniques(document);
    Ok(AlertReport {
        rule: Rule { id: rule(document), title: Personal::of(title) },
        level: level(document.number("severity")),
        tactics: tactics(&techniques),
        techniques,
        entities: entities(document),
        records: vec![Record {
            file: Personal::of(&format!("{} {}", text(document, "source"), text(document, "sourceRef"))),
            evidence: None,
            record: 1,
            time: Some(time),
            what: Personal::of(title),
        }],
        count: Count {
            matches: 1,
            occurrences: 1,
            first_seen: Some(time),
            last_seen: Some(time),
            attempt: false,
        },
        source: AlertSource::Product(source),
        status: AlertStatus::Open,
        dedup: None,
    })
}

/// What is known of an alert after its feeder said something else of it; its rule and its time stay.
pub fn revised(known: &AlertReport, document: &Document) -> AlertReport {
    let mut report = known.clone();
    if let Some(title) = document.text("title") {
        report.rule.title = Personal::of(title);
    }
    if let Some(severity) = document.number("severity") {
        report.level = level(Some(severity));
    }
    report.entities.extend(entities(document));
    report
}

fn text<'d>(document: &'d Document, name: &str) -> &'d str {
    document.text(name).unwrap_or_default()
}

/// When it happened, as the feeder says.
fn time(document: &Document) -> Option<Timestamp> {
    Timestamp::from_millisecond(document.number("date")?).ok()
}

/// Alerts of one type are of one rule; of Wazuh's, each rule of Wazuh's is one, which its tags tell.
fn rule(document: &Document) -> String {
    let kind = word(text(document, "type"));
    let number = document.tags().into_iter().find_map(|tag| {
        let number = RULE_TAGS.iter().find_map(|begin| tag.strip_prefix(begin))?;
        Some(word(number)).filter(|_| is_wazuh(document))
    });
    match number.filter(|number| !number.is_empty()) {
        Some(number) => format!("{QUOTED_RULE}{kind}/{number}"),
        None => format!("{QUOTED_RULE}{kind}"),
    }
}

fn is_wazuh(document: &Document) -> bool {
    text(document, "source").to_lowercase().starts_with("wazuh")
}

/// A word for the name of a rule, in which text from outside is not to stand as it came.
fn word(text: &str) -> String {
    let letter = |letter: char| match letter {
        'a'..='z' | '0'..='9' | '-' | '_' | '.' => letter,
        _ => '-',
    };
    text.to_lowercase().chars().take(RULE_WORD).map(letter).collect()
}

fn entities(document: &Document) -> BTreeSet<EntityRecord> {
    let agent = document.tags().into_iter().filter(|_| is_wazuh(document)).find_map(|tag| {
        let host = tag.strip_prefix(AGENT_TAG)?.trim().to_lowercase();
        let host = Personal::of(Some(host).filter(|host| !host.is_empty())?.as_str());
        Some(EntityRecord { kind: EntityKind::Host, value: host, role: Role::Observer })
    });
    agent.into_iter().chain(document.observables.iter().filter_map(entity)).take(ENTITIES).collect()
}

/// Techniques that procedures and tags name.
fn techniques(document: &Document) -> Vec<TechniqueId> {
    let procedures = document.members.get("procedures").and_then(Value::as_array).into_iter().flatten();
    let named = procedures.filter_map(|procedure| procedure.get("patternId")?.as_str().map(str::to_owned));
    let found: BTreeSet<TechniqueId> =
        named.chain(document.tags()).filter_map(|text| TechniqueId::parse(&text).ok()).collect();
    found.into_iter().collect()
}

fn tactics(techniques: &[TechniqueId]) -> Vec<Tactic> {
    let of = techniques.iter().filter_map(TechniqueId::technique);
    let tactics: BTreeSet<Tactic> = of.flat_map(|technique| technique.tactics.iter().copied()).collect();
    tactics.into_iter().collect()
}
