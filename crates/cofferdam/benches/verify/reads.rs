//! Which fields of an event decide whether a rule fires, taken from the rule's document.

use rsigma_parser::{Detection, DetectionItem, Modifier, SigmaRule, SigmaValue};
use std::collections::BTreeSet;

/// The fields that a rule names; `None` if it has keywords, which look everywhere.
pub fn of(rule: &SigmaRule) -> Option<BTreeSet<String>> {
    let mut fields = BTreeSet::new();
    rule.detection.named.values().all(|part| collect(part, &mut fields)).then_some(fields)
}

fn collect(detection: &Detection, fields: &mut BTreeSet<String>) -> bool {
    match detection {
        Detection::AllOf(items) => items.iter().all(|item| collect_item(item, fields)),
        Detection::AnyOf(parts) | Detection::And(parts) => parts.iter().all(|part| collect(part, fields)),
        Detection::Keywords(_) | Detection::ArrayMatch { .. } | Detection::Conditional { .. } => false,
    }
}

fn collect_item(item: &DetectionItem, fields: &mut BTreeSet<String>) -> bool {
    if item.field.modifiers.contains(&Modifier::FieldRef) {
        for value in &item.values {
            let SigmaValue::String(name) = value else { return false };
            fields.insert(name.original.clone());
        }
    }
    item.field.name.as_ref().map(|name| fields.insert(name.clone())).is_some()
}
