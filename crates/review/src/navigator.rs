//! `navigator.json`: an ATT&CK Navigator layer that shows which techniques the alerts name.
//!
//! Source: ATT&CK Navigator, layer file format 4.5.

use crate::Report;
use crate::show::plain;
use cofferdam_detect::correlation::Alert;
use cofferdam_vocabulary::{Level, Tactic};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// From one alert to many: pale to strong.
const COLOURS: [&str; 3] = ["#fde9d0", "#f0883e", "#b4232c"];
/// Rules named in a technique's comment.
const RULES: usize = 20;

/// What is known of a technique under one tactic.
#[derive(Default)]
struct Seen<'r> {
    alerts: u64,
    matches: u64,
    gravest: Option<Level>,
    rules: BTreeSet<&'r str>,
}

/// The layer; a technique's score is how many alerts name it.
pub fn navigator(report: &Report<'_>) -> Value {
    let seen = techniques(report);
    let most = seen.values().map(|seen| seen.alerts).max().unwrap_or(1).max(1);
    let techniques: Vec<Value> = seen
        .iter()
        .map(|(&(id, tactic), seen)| {
            let mut technique = json!({
                "techniqueID": id,
                "score": seen.alerts,
                "comment": comment(seen),
                "enabled": true,
                "metadata": [
                    {"name": "alerts", "value": seen.alerts.to_string()},
                    {"name": "matches", "value": seen.matches.to_string()},
                    {"name": "gravest rule", "value": seen.gravest.map_or("", Level::as_str)},
                ],
                "showSubtechniques": id.contains('.'),
            });
            if let Some(tactic) = tactic {
                technique["tactic"] = json!(tactic.as_str());
            }
            technique
        })
        .collect();
    json!({
        "name": plain(&name(report), 200),
        "versions": {"attack": "18", "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": "Techniques that alerts name; the score is the number of alerts. Made by Cofferdam.",
        "sorting": 3,
        "layout": {
            "layout": "side",
            "aggregateFunction": "sum",
            "showID": true,
            "showName": true,
            "showAggregateScores": true,
            "countUnscored": false,
            "expandedSubtechniques": "annotated",
        },
        "hideDisabled": false,
        "techniques": techniques,
        "gradient": {"colors": COLOURS, "minValue": 0, "maxValue": most},
        "legendItems": [
            {"label": "one alert or few", "color": COLOURS[0]},
            {"label": format!("up to {most} alerts"), "color": COLOURS[2]},
        ],
        "metadata": metadata(report),
        "showTacticRowBackground": false,
        "tacticRowBackground": "#dddddd",
        "selectTechniquesAcrossTactics": false,
        "selectSubtechniquesWithParent": false,
        "selectVisibleTechniques": false,
    })
}

fn name(report: &Report<'_>) -> String {
    match report.incidents.as_slice() {
        [one] => format!("{} {}", one.id, one.title),
        many => format!("{} incidents", many.len()),
    }
}

fn metadata(report: &Report<'_>) -> Value {
    let mut rows = vec![
        json!({"name": "made by", "value": format!("Cofferdam {}", plain(&report.summary.version, 40))}),
    ];
    for incident in report.incidents.iter().take(20) {
        let value = format!("{}: {}", incident.severity, plain(&incident.title, 200));
        rows.push(json!({"name": plain(&incident.id, 40), "value": value}));
    }
    Value::Array(rows)
}

/// By technique and tactic. A technique that v18 does not know has no tactic of ours.
fn techniques<'r>(report: &Report<'r>) -> BTreeMap<(&'r str, Option<Tactic>), Seen<'r>> {
    let mut seen: BTreeMap<(&str, Option<Tactic>), Seen<'r>> = BTreeMap::new();
    for &alert in &report.alerts {
        for id in &alert.techniques {
            for tactic in tactics(alert, id.technique().map_or(&[], |technique| &technique.tactics)) {
                let seen = seen.entry((id.as_str(), tactic)).or_default();
                seen.alerts += 1;
                seen.matches = seen.matches.saturating_add(alert.count);
                seen.gravest = seen.gravest.max(Some(alert.level));
                seen.rules.insert(&alert.rule.title);
            }
        }
    }
    seen
}

/// Where a technique serves several tactics, those that the rule names; if it names none of them, all.
fn tactics(alert: &Alert, serves: &[Tactic]) -> Vec<Option<Tactic>> {
    let named: Vec<Option<Tactic>> =
        serves.iter().filter(|tactic| alert.tactics.contains(tactic)).copied().map(Some).collect();
    match (named.is_empty(), serves.is_empty()) {
        (false, _) => named,
        (true, false) => serves.iter().copied().map(Some).collect(),
        (true, true) => vec![None],
    }
}

fn comment(seen: &Seen<'_>) -> String {
    let mut lines: Vec<String> = seen.rules.iter().take(RULES).map(|title| plain(title, 200)).collect();
    if seen.rules.len() > RULES {
        lines.push(format!("and {} more", seen.rules.len() - RULES));
    }
    lines.join("\n")
}
