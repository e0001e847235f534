//! An entry of the journal as clients read it, in lists and in the feed.
//!
//! A value that may tell of a person stands as plain text, and as `null` when it was erased. Facts have members
//! that may be missing, too: `erased` names those that are not.

use cofferdam_journal::{Actor, Commitment, Entry, Personal, StreamId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EntryView {
    /// Its place in the log, from 0. Places that are left out hold what is not for the caller.
    #[schema(minimum = 0, example = 17)]
    pub position: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// What it is about: `incident/INC-0001`, `alert/ALR-000001`, `evidence/SHA256`, `log` …
    #[schema(value_type = String, example = "incident/INC-0001")]
    pub stream: StreamId,
    /// Its place in the stream, from 1.
    #[schema(minimum = 1, example = 3)]
    pub version: u64,
    /// Who brought it about.
    pub actor: ActorView,
    /// What was recorded: the kind of fact and its version.
    #[schema(example = "incident-renamed/1")]
    pub kind: &'static str,
    /// What the fact says; its members depend on the kind.
    #[schema(value_type = Object, example = json!({"title": "Break-in at web-01"}))]
    pub fact: Map<String, Value>,
    /// Values of this entry that were erased, as JSON pointers (RFC 6901) such as `/fact/title`; they are `null`.
    pub erased: Vec<String>,
}

/// Who brought a fact about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActorView {
    /// A person, or Cofferdam itself.
    pub kind: ActorKind,
    /// The account of the person or the version of the program; `null` when it was erased.
    #[schema(example = "ops1")]
    pub name: Option<String>,
}

/// What brings facts about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// Somebody.
    Person,
    /// Cofferdam itself.
    Program,
}

impl EntryView {
    /// The entry as clients read it. Whether they may is not asked here.
    pub fn of(entry: &Entry) -> EntryView {
        let (head, actor) = (&entry.head, ActorView::of(&entry.actor));
        let mut erased = Vec::new();
        if actor.name.is_none() {
            erased.push("/actor/name".to_owned());
        }
        let mut fact = match serde_json::to_value(&entry.fact) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        // It stands beside the fact, where it can be read before it.
        fact.remove("kind");
        for (name, value) in &mut fact {
            plain(value, &format!("/fact/{}", escaped(name)), &mut erased);
        }
        EntryView {
            position: head.position,
            time: head.time,
            stream: head.stream,
            version: head.version,
            actor,
            kind: entry.fact.kind(),
            fact,
            erased,
        }
    }
}

impl ActorView {
    /// The actor as clients read it.
    pub fn of(actor: &Actor) -> ActorView {
        match actor {
            Actor::Person(account) => ActorView { kind: ActorKind::Person, name: plain_text(account) },
            Actor::Program(version) => ActorView { kind: ActorKind::Program, name: Some(version.clone()) },
        }
    }
}

/// A value that may tell of a person, as clients read it: its text, or nothing when it was erased.
pub fn plain_text(value: &Personal) -> Option<String> {
    value.known().map(str::to_owned)
}

/// Puts the text of a personal value in the place of the object that holds it, and null for one that was erased.
/// Facts are of closed types: it goes no deeper than those are written.
fn plain(value: &mut Value, pointer: &str, erased: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                plain(item, &format!("{pointer}/{at}"), erased);
            }
        }
        Value::Object(members) => match personal(members) {
            Some(text) => {
                if text.is_null() {
                    erased.push(pointer.to_owned());
                }
                *value = text;
            }
            None => {
                for (name, member) in members.iter_mut() {
                    plain(member, &format!("{pointer}/{}", escaped(name)), erased);
                }
            }
        },
        _ => {}
    }
}

/// The text of a personal value, null when it was erased; nothing when these are not the members of one.
fn personal(members: &mut Map<String, Value>) -> Option<Value> {
    if members.len() != 1 {
        return None;
    }
    match members.iter_mut().next()? {
        (name, text @ Value::String(_)) if name == "personal" => Some(text.take()),
        (name, Value::String(text)) if name == "commitment" => Commitment::parse(text).map(|_| Value::Null),
        _ => None,
    }
}

/// A member's name within a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_journal::note::Name;
    use cofferdam_journal::{Fact, Head};
    use serde_json::json;

    #[track_caller]
    fn check(actor: Actor, fact: &Value, want: &Value) {
        let fact: Fact = serde_json::from_value(fact.clone()).unwrap();
        let head = Head {
            log: Name::parse("cofferdam/0011").unwrap(),
            position: 7,
            time: "2026-01-02T03:04:05Z".parse().unwrap(),
            stream: StreamId::parse("incident/INC-0001").unwrap(),
            version: 2,
        };
        let view = serde_json::to_value(EntryView::of(&Entry { head, actor, fact })).unwrap();
        assert_eq!(view, *want);
    }

    #[test]
    fn values_stand_as_text_and_erased_ones_are_named() {
        let none = Commitment([7; 32]);
        let erased = json!({"commitment": none.to_string()});
        check(
            Actor::Person(Personal::Erased(none)),
            &json!({"kind": "severity-assessed/1", "level": "high", "reasons": [{"personal": "<b>\u{1b}"}, erased]}),
            &json!({
                "position": 7, "time": "2026-01-02T03:04:05Z", "stream": "incident/INC-0001", "version": 2,
                "actor": {"kind": "person", "name": null}, "kind": "severity-assessed/1",
                "fact": {"level": "high", "reasons": ["<b>\u{1b}", null]},
                "erased": ["/actor/name", "/fact/reasons/1"],
            }),
        );
        check(
            Actor::Program("0.1.0".to_owned()),
            &json!({"kind": "alerts-joined/1", "alerts": [{"alert": "ALR-000001", "join": null}]}),
            &json!({
                "position": 7, "time": "2026-01-02T03:04:05Z", "stream": "incident/INC-0001", "version": 2,
                "actor": {"kind": "program", "name": "0.1.0"}, "kind": "alerts-joined/1",
                "fact": {"alerts": [{"alert": "ALR-000001", "join": null}]}, "erased": [],
            }),
        );
    }
}
