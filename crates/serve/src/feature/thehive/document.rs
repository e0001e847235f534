//! What a feeder sends of an alert: the members of a JSON object. Those that mean something here are checked, all others
//! are kept as they are.

use super::fields;
use super::form::Form;
use super::observable;
use crate::http::Problem;
use cofferdam_journal::Personal;
use cofferdam_journal::alert::{QUOTE_PARTS, Quote};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Members of one document.
const MEMBERS: usize = 200;
/// Observables of one document.
const OBSERVABLES: usize = 1000;
/// Characters of a member's name.
const NAME_CHARS: usize = 100;
/// Tags of one alert.
const TAGS: usize = 200;
/// Characters of a tag, a type, a source and a status.
const WORD_CHARS: usize = 500;
/// Characters of a title.
const TITLE_CHARS: usize = 2000;
/// The member that holds what an alert is about.
const OF_OBSERVABLES: &str = "observables";
/// Members that are worked out here, and that nobody else says.
const WORKED_OUT: &[&str] = &[
    "id",
    "caseId",
    "case",
    "stage",
    "severityLabel",
    "tlpLabel",
    "papLabel",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
    "observableCount",
    "newDate",
    "inProgressDate",
    "closedDate",
    "importedDate",
    "timeToDetect",
    "timeToTriage",
    "timeToQualify",
    "timeToAcknowledge",
    "extraData",
    "similarCases",
];
/// Members that ask for something, and are not kept as they were said.
const ORDERS: &[&str] = &["addTags", "removeTags", "status", "assignee"];

/// Members of an alert, those of the form v1: `observables` and a list of `customFields` whichever form they came in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// All but the observables.
    pub members: BTreeMap<String, Value>,
    /// What the alert is about.
    pub observables: Vec<Value>,
}

impl Document {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// 400 for what is no JSON object, 422 for a member that is not what it should be, or for more than is kept.
    pub fn read(body: &[u8], form: Form) -> Result<Document, Problem> {
        let wrong = |error: serde_json::Error| Problem::bad_request().detail(format!("no JSON: {error}"));
        let value: Value = serde_json::from_slice(body).map_err(wrong)?;
        let Value::Object(given) = value else {
            return Err(Problem::bad_request().detail("the body is no JSON object"));
        };
        Document::of(given, form)
    }

    fn of(given: Map<String, Value>, form: Form) -> Result<Document, Problem> {
        let mut document = Document::default();
        // What is null was left out, but for an assignee, who is then taken off.
        for (name, value) in given.into_iter().filter(|(name, value)| !value.is_null() || name == "assignee")
        {
            if name.starts_with('_') || WORKED_OUT.contains(&name.as_str()) {
                continue;
            }
            match name.as_str() {
                "observables" | "artifacts" => document.observables.extend(observable::read(value, form)?),
                "customFields" => {
                    document.members.insert(name, fields::read(&value)?);
                }
                _ => {
                    let value = checked(&name, value, form)?;
                    document.members.insert(name, value);
                }
            }
        }
        document.is_bounded().map(|()| document)
    }

    fn is_bounded(&self) -> Result<(), Problem> {
        let too = |what: String| Err(Problem::invalid().detail(what));
        if self.members.len() > MEMBERS {
            return too(format!("an alert has at most {MEMBERS} members"));
        }
        if self.observables.len() > OBSERVABLES {
            return too(format!("an alert has at most {OBSERVABLES} observables"));
        }
        if self.members.keys().any(|name| name.chars().count() > NAME_CHARS) {
            return too(format!("the name of a member has at most {NAME_CHARS} characters"));
        }
        match self.texts().find(|(_, text)| Personal::parts(text).len() > QUOTE_PARTS) {
            Some((name, _)) => too(format!("`{name}` is longer than is kept, which is about 100 KiB")),
            None => Ok(()),
        }
    }

    /// Each member with its text, observables one by one.
    fn texts(&self) -> impl Iterator<Item = (&str, String)> {
        let members = self.members.iter().map(|(name, value)| (name.as_str(), value));
        let observables = self.observables.iter().map(|value| (OF_OBSERVABLES, value));
        members.chain(observables).map(|(name, value)| (name, json!([name, value]).to_string()))
    }

    /// As the journal keeps it.
    pub fn quotes(&self) -> Vec<Quote> {
        let is_kept = |(name, _): &(&str, String)| !ORDERS.contains(name);
        self.texts().filter(is_kept).map(|(_, text)| Personal::parts(&text)).collect()
    }

    /// As the journal kept it: what was said last of a member stands, observables add up. What was erased is left out.
    pub fn of_quotes(quotes: &[Quote]) -> Document {
        let mut document = Document::default();
        for quote in quotes {
            let parts: Option<String> = quote.iter().map(Personal::known).collect();
            let Some(text) = parts else { continue };
            let Ok((name, value)) = serde_json::from_str::<(String, Value)>(&text) else { continue };
            if name == OF_OBSERVABLES {
                document.observables.push(value);
            } else {
                document.members.insert(name, value);
            }
        }
        document
    }

    /// A member that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    /// A member that is a whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.members.get(name)?.as_i64()
    }

    /// Its tags.
    pub fn tags(&self) -> Vec<String> {
        texts(self.members.get("tags"))
    }

    /// What of it becomes otherwise by what is said now.
    pub fn changed(&self, now: Document) -> Document {
        let Document { mut members, observables } = now;
        let (add, remove) = (members.remove("addTags"), members.remove("removeTags"));
        if add.is_some() || remove.is_some() {
            let given = members.get("tags").map_or_else(|| self.tags(), |tags| texts(Some(tags)));
            let gone = texts(remove.as_ref());
            let mut tags: Vec<String> = given.into_iter().filter(|tag| !gone.contains(tag)).collect();
            for tag in texts(add.as_ref()) {
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
            members.insert("tags".to_owned(), json!(tags));
        }
        if let Some(new) = members.get_mut("customFields") {
            *new = fields::merged(self.members.get("customFields"), new);
        }
        members.retain(|name, value| self.members.get(name) != Some(value));
        let is_new =
            |observable: &Value| !self.observables.iter().any(|known| observable::is_same(known, observable));
        Document { members, observables: observables.into_iter().filter(is_new).collect() }
    }

    /// The document with what becomes of it.
    #[must_use]
    pub fn with(mut self, changes: &Document) -> Document {
        self.members.extend(changes.members.clone());
        self.observables.extend(changes.observables.iter().cloned());
        self
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let values = value.and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A member that means something here, as it should be.
fn checked(name: &str, value: Value, form: Form) -> Result<Value, Problem> {
    let wrong = |what: &str| Err(Problem::invalid().detail(format!("`{name}` {what}")));
    let is_text = |chars: usize| value.as_str().is_some_and(|text| text.chars().count() <= chars);
    let is_one_of = |most: i64| value.as_i64().is_some_and(|number| (0..=most).contains(&number));
    match name {
        "type" | "source" | "sourceRef" | "title" => {
            let chars = if name == "title" { TITLE_CHARS } else { WORD_CHARS };
            let says = value.as_str().is_some_and(|text| !text.trim().is_empty());
            if !says || !is_text(chars) {
                return wrong(&format!("is a text of 1 to {chars} characters"));
            }
        }
        "description" | "summary" | "externalLink" if !value.is_string() => return wrong("is a text"),
        "status" if !is_text(WORD_CHARS) => return wrong("is a text"),
        "assignee" if !value.is_null() && !is_text(WORD_CHARS) => {
            return wrong("is an account, or null");
        }
        "severity" if !is_one_of(4) || value == 0 => {
            return wrong("is 1 (low), 2 (medium), 3 (high) or 4 (critical)");
        }
        "tlp" => return tlp(&value, form).map_or_else(|| wrong("is 0 to 4, or 0 to 3 below /api"), Ok),
        "pap" if !is_one_of(3) => return wrong("is 0 to 3"),
        "date" if value.as_i64().is_none_or(|ms| jiff::Timestamp::from_millisecond(ms).is_err()) => {
            return wrong("is a count of milliseconds since 1970");
        }
        "tags" | "addTags" | "removeTags" => return tags(&value).map_or_else(|what| wrong(&what), Ok),
        _ => {}
    }
    Ok(value)
}

/// TLP as v1 counts it: 3 is AMBER+STRICT there and 4 RED, which is 3 in v0.
pub fn tlp(value: &Value, form: Form) -> Option<Value> {
    match (form, value.as_i64()?) {
        (Form::V0, 3) => Some(json!(4)),
        (Form::V1, tlp @ 0..=4) | (Form::V0, tlp @ 0..=2) => Some(json!(tlp)),
        _ => None,
    }
}

/// Tags as texts, none twice; feeders send numbers among them.
fn tags(value: &Value) -> Result<Value, String> {
    let Some(given) = value.as_array().filter(|given| given.len() <= TAGS) else {
        return Err(format!("is a list of at most {TAGS} texts"));
    };
    let mut tags: Vec<String> = Vec::new();
    for tag in given {
        let text = match tag {
            Value::String(text) if text.chars().count() <= WORD_CHARS => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(format!("holds texts of at most {WORD_CHARS} characters")),
        };
        if !tags.contains(&text) {
            tags.push(text);
        }
    }
    Ok(json!(tags))
}
