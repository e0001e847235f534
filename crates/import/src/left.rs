//! What of a file was not imported, and why: each value of it once, those of one kind together.

use serde_json::{Map, Value};
use std::cell::RefCell;
use std::fmt;

/// Kinds of values that are told one by one; what is more is counted together.
const KINDS: usize = 300;
/// Characters of an example, and of each name in a path.
const SHOWN: usize = 60;

/// Why something was not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Nobody here knows what it means.
    Unknown,
    /// Another field says the same.
    Repeated,
    /// It says more of what another field names.
    Named,
    /// The product works it out of others.
    Computed,
    /// It is about how the product works or shows it.
    Inner,
    /// It is not what the field should be.
    Unreadable,
    /// The file names something whose bytes are not in it.
    NoBytes,
    /// There is no room for so many.
    TooMany,
}

/// Values that were not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where they stand in the case, with `[]` for every place in a list: `tasks[].order`.
    pub path: String,
    /// Why.
    pub why: Why,
    /// How many.
    pub count: u64,
    /// One of them, cut.
    pub example: String,
}

/// Collects them.
#[derive(Debug, Default)]
pub struct Left {
    kinds: RefCell<Vec<LeftOut>>,
    more: RefCell<u64>,
}

impl Why {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Why::Unknown => "no field that is known here",
            Why::Repeated => "another field says the same",
            Why::Named => "more of what another field names",
            Why::Computed => "the product works it out of other fields",
            Why::Inner => "about the product, not the case",
            Why::Unreadable => "not what this field should be",
            Why::NoBytes => "the file does not hold its bytes",
            Why::TooMany => "more than there is room for",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Left {
    /// Notes each value of this one that says something.
    pub fn all(&self, path: &str, value: &Value, why: Why) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.all(&format!("{path}[]"), item, why)),
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| self.all(&joined(path, name), value, why));
            }
            value if says_something(value) => self.one(path, &shown(value), why),
            _ => {}
        }
    }

    /// Notes one value.
    pub fn one(&self, path: &str, example: &str, why: Why) {
        let mut kinds = self.kinds.borrow_mut();
        if let Some(known) = kinds.iter_mut().find(|known| known.path == path && known.why == why) {
            known.count += 1;
        } else if kinds.len() < KINDS {
            let (path, example) = (path.to_owned(), cut(example));
            kinds.push(LeftOut { path, why, count: 1, example });
        } else {
            *self.more.borrow_mut() += 1;
        }
    }

    /// All that was noted, in the order of the file.
    pub fn done(self) -> Vec<LeftOut> {
        let (mut kinds, more) = (self.kinds.into_inner(), self.more.into_inner());
        if more > 0 {
            let (path, example) = ("(others)".to_owned(), String::new());
            kinds.push(LeftOut { path, why: Why::Unknown, count: more, example });
        }
        kinds
    }
}

/// Whether a value says anything: `null`, an empty text, list or object do not.
pub fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// How many values in an object say something.
pub fn values_within(members: &Map<String, Value>) -> u64 {
    members.values().map(values).sum()
}

fn values(value: &Value) -> u64 {
    match value {
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Object(members) => values_within(members),
        value => u64::from(says_something(value)),
    }
}

/// The path of a member.
pub fn joined(path: &str, name: &str) -> String {
    let name = cut(name);
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
