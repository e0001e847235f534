//! What can be asked of the entries of the journal.

use super::field::{Field, Kind, Listed, Value};
use crate::entry::Entry;
use crate::fact::Fact;
use crate::personal::Personal;
use serde::Deserialize;
use serde_json::Value as Json;

impl Listed for Entry {
    const NAME: &'static str = "entries";
    const FIELDS: &'static [Field<Entry>] = &[
        Field {
            name: "position",
            kind: Kind::Number,
            help: "its place in the log, from 0",
            of: |entry| Value::Number(entry.head.position),
        },
        Field {
            name: "time",
            kind: Kind::Time,
            help: "when it was recorded",
            of: |entry| Value::Time(entry.head.time),
        },
        Field {
            name: "stream",
            kind: Kind::Text,
            help: "what it is about, such as incident/INC-0001",
            of: |entry| Value::text(entry.head.stream.to_string()),
        },
        Field {
            name: "kind",
            kind: Kind::Text,
            help: "what was recorded, such as alert-raised or alert-raised/1",
            of: |entry| kinds(entry.fact.kind()),
        },
        Field {
            name: "actor",
            kind: Kind::Text,
            help: "who brought it about; may be erased",
            of: |entry| (&entry.actor).into(),
        },
        Field {
            name: "version",
            kind: Kind::Number,
            help: "its place in the stream, from 1",
            of: |entry| Value::Number(entry.head.version),
        },
        Field {
            name: "text",
            kind: Kind::Text,
            help: "any text in the fact, of which some may be erased; or none",
            of: |entry| texts(&entry.fact),
        },
    ];
}

/// The kind with its version, and without.
fn kinds(kind: &str) -> Value<'_> {
    let name = kind.split_once('/').map(|(name, _)| name);
    Value::Many([Some(kind), name].into_iter().flatten().map(Value::text).collect())
}

/// All texts of a fact but its kind.
fn texts(fact: &Fact) -> Value<'static> {
    let mut texts = Vec::new();
    if let Ok(Json::Object(members)) = serde_json::to_value(fact) {
        members.iter().filter(|(name, _)| *name != "kind").for_each(|(_, json)| collect(json, &mut texts));
    }
    Value::Many(texts)
}

fn collect(json: &Json, texts: &mut Vec<Value<'static>>) {
    match json {
        Json::String(text) => texts.push(Value::text(text.clone())),
        Json::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Json::Object(members) => match Personal::deserialize(json) {
            Ok(Personal::Known(text)) => texts.push(Value::text(text)),
            Ok(Personal::Erased(_)) => texts.push(Value::Erased),
            Err(_) => members.values().for_each(|json| collect(json, texts)),
        },
        _ => {}
    }
}
