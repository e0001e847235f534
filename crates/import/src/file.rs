//! A file of another product: what it is of, and the cases and alerts in it.

use crate::case::{Case, ForeignAlert};
use crate::document::{ImportError, documents};
use crate::left::{Left, LeftOut, Why};
use crate::{bound, iris, thehive};
use serde_json::{Map, Value};

/// Lists and answers of an interface within each other.
const WRAPPED: usize = 4;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Its cases, in its order.
    pub cases: Vec<Case>,
    /// Alerts that belong to none of them.
    pub alerts: Vec<ForeignAlert>,
    /// What is neither.
    pub unread: Vec<Unread>,
    /// What stands around them, and was not imported.
    pub left: Vec<LeftOut>,
}

/// Something in a file that is neither a case nor an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where it stands.
    pub place: String,
    /// What it is instead.
    pub what: String,
}

/// Reads a file.
///
/// # Errors
///
/// [`ImportError`] when it is no file of a product that is known, or nothing is in it.
pub fn read(bytes: &[u8]) -> Result<File, ImportError> {
    let mut file = File::default();
    for (place, document) in documents(bytes)? {
        file.take(&place, document, WRAPPED);
    }
    if file.cases.is_empty() && file.alerts.is_empty() {
        return Err(ImportError::Nothing);
    }
    file.attach();
    file.cases.iter_mut().for_each(bound::case);
    file.alerts.iter_mut().for_each(bound::alert);
    Ok(file)
}

impl File {
    fn take(&mut self, place: &str, value: Value, depth: usize) {
        match value {
            Value::Array(items) if depth > 0 => {
                for (at, item) in items.into_iter().enumerate() {
                    self.take(&format!("{place}[{at}]"), item, depth - 1);
                }
            }
            Value::Object(object) => self.object(place, object, depth),
            other => self.not(place, kind(&other)),
        }
    }

    fn object(&mut self, place: &str, mut object: Map<String, Value>, depth: usize) {
        match () {
            () if iris::is_case(&object) => self.cases.push(iris::case(object)),
            () if iris::is_alert(&object) => self.alerts.push(iris::alert(object)),
            () if thehive::is_case(&object) => self.cases.push(thehive::case(object)),
            () if thehive::is_alert(&object) => self.alerts.push(thehive::alert(object)),
            // An answer of an interface, which the file was made of.
            () => match ["data", "alerts", "cases"].into_iter().find(|name| object.contains_key(*name)) {
                Some(name) if depth > 0 => {
                    let within = object.shift_remove(name).unwrap_or_default();
                    let left = Left::default();
                    left.all(place, &Value::Object(object), Why::Inner);
                    let place = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
                    self.left.extend(left.done());
                    self.take(&place, within, depth - 1);
                }
                _ => self.not(place, "an object that is neither a case nor an alert"),
            },
        }
    }

    fn not(&mut self, place: &str, what: &str) {
        let place = if place.is_empty() { "the file".to_owned() } else { place.to_owned() };
        self.unread.push(Unread { place, what: what.to_owned() });
    }

    /// Alerts that name a case of the file belong to it.
    fn attach(&mut self) {
        let mut alone = Vec::new();
        for mut alert in std::mem::take(&mut self.alerts) {
            let is_its = |case: &&mut Case| {
                case.product == alert.product && alert.of.iter().any(|of| case.called.contains(of))
            };
            match self.cases.iter_mut().find(is_its) {
                Some(case) => {
                    case.values += alert.values;
                    for left in std::mem::take(&mut alert.left) {
                        let path = format!("(alert).{}", left.path);
                        case.left.push(LeftOut { path, ..left });
                    }
                    case.alerts.push(alert);
                }
                None => alone.push(alert),
            }
        }
        self.alerts = alone;
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "lists too deep within each other",
        Value::String(_) => "a text",
        Value::Number(_) => "a number",
        _ => "nothing",
    }
}
