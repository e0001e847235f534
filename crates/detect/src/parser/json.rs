//! JSON objects, one a line, flattened to fields with the names that rules use.
//!
//! Nothing is decoded here: values stay spans of the line, and no tree is built. Known containers
//! lose their path (`Event.EventData.Image`, `winlog.event_data.Image` → `Image`); every other
//! nested name is joined with dots (`process.command_line`).

use crate::event::{Event, EventClass, Field, Value};
use sonic_rs::{LazyValue, ObjectJsonIter, to_object_iter};
use std::borrow::Cow;

/// Objects nested deeper than this are refused; no product writes them.
const DEPTH_LIMIT: usize = 32;

/// Why a line is not an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The line is not a JSON object.
    #[error("not valid JSON: {reason}")]
    Invalid {
        /// What the reader stumbled over, with its place in the line.
        reason: String,
    },
    /// Objects or arrays within each other beyond the limit.
    #[error("JSON nested deeper than {DEPTH_LIMIT} levels")]
    TooDeep,
}

/// Where in the object a name stands, which decides how it is written.
#[derive(Clone, Copy)]
enum Place<'p> {
    Top,
    /// `Event` of an EVTX-JSON document.
    Event,
    /// `Event.System`.
    System,
    /// Names that stand for themselves: `EventData`, `UserData`, `winlog.event_data`.
    Data,
    /// `winlog` of Winlogbeat.
    Winlog,
    /// Everything else: the path so far.
    Under(&'p str),
}

/// A product that writes JSON objects; one file each.
pub(crate) struct JsonFormat {
    /// Every class that it gives.
    pub classes: fn() -> Vec<EventClass>,
    /// Takes the record if it is one of this product's: gives it class, origin and shared names.
    /// Most records that are asked about are others', so the answer no must be quick.
    pub claim: for<'a> fn(&mut Event<'a>) -> bool,
}

/// Reads one JSON object, of whatever product it is.
///
/// # Errors
///
/// [`JsonError`] when the line is not one complete JSON object or is nested too deeply.
pub fn parse(line: &str) -> Result<Event<'_>, JsonError> {
    parse_like(line, &mut 0)
}

/// As [`parse`]; the format at `likely` in [`FORMATS`](super::JSON_FORMATS) is asked first, and the one
/// that claims the record becomes the likely one of the next.
pub(super) fn parse_like<'a>(line: &'a str, likely: &mut usize) -> Result<Event<'a>, JsonError> {
    let mut event = flat(line)?;
    let formats = super::JSON_FORMATS;
    if formats.get(*likely).is_some_and(|format| (format.claim)(&mut event)) {
        return Ok(event);
    }
    let others = formats.iter().enumerate().filter(|(at, _)| at != likely);
    if let Some((at, _)) = { others }.find(|(_, format)| (format.claim)(&mut event)) {
        *likely = at;
    }
    Ok(event)
}

/// Reads one JSON object as fields, whatever they mean.
///
/// # Errors
///
/// [`JsonError`] when the line is not one complete JSON object or is nested too deeply.
pub(crate) fn flat(line: &str) -> Result<Event<'_>, JsonError> {
    if is_too_deep(line) {
        return Err(JsonError::TooDeep);
    }
    let mut fields = Vec::with_capacity(48);
    let end = flatten(to_object_iter(line), Place::Top, &mut fields)?;
    // The walk ends with the object; what stands behind it would be lost without a word.
    let end = end.and_then(|end| end.checked_sub(line.as_ptr().addr()));
    let rest = end.map_or_else(|| line.trim_start().get(1..), |end| line.get(end..));
    if rest.map(str::trim) != Some("}") {
        return Err(JsonError::Invalid { reason: "something follows the object".to_owned() });
    }
    let mut event = Event::new(EventClass::UNKNOWN, line);
    event.fields = fields;
    Ok(event)
}

/// Whether brackets nest beyond the limit. The reader skips nested values by recursion, so a hostile
/// line must be refused before it sees it. Lines with few brackets, nearly all, are only counted.
fn is_too_deep(line: &str) -> bool {
    if memchr::memchr2_iter(b'{', b'[', line.as_bytes()).nth(DEPTH_LIMIT).is_none() {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    line.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH_LIMIT
    })
}

/// The lines' outer object is checked as it is walked; what lies inside it was checked with it, so the
/// inner walks need not check again. Returns the address behind the last value.
fn flatten<'a>(
    object: ObjectJsonIter<'a>,
    place: Place<'_>,
    fields: &mut Vec<Field<'a>>,
) -> Result<Option<usize>, JsonError> {
    let mut end = None;
    for entry in object {
        let (key, value) = entry.map_err(|error| invalid(&error))?;
        let Cow::Borrowed(raw) = value.as_raw_cow() else { continue };
        end = Some(raw.as_bytes().as_ptr_range().end.addr());
        match raw.as_bytes().first() {
            Some(b'{') => nested(value, &key, place, fields)?,
            Some(b'[') => list(value, key, place, fields)?,
            _ => fields.push(Field { name: name_at(place, key), value: scalar(raw) }),
        }
    }
    Ok(end)
}

fn invalid(error: &sonic_rs::Error) -> JsonError {
    // The reader's message quotes the line on further lines of its own; the first one is enough.
    let text = error.to_string();
    JsonError::Invalid { reason: text.lines().next().unwrap_or_default().trim().to_owned() }
}

fn nested<'a>(
    object: LazyValue<'a>,
    key: &str,
    place: Place<'_>,
    fields: &mut Vec<Field<'a>>,
) -> Result<(), JsonError> {
    let place = match (place, key) {
        (Place::Top, "Event") => Place::Event,
        (Place::Top, "winlog") => Place::Winlog,
        (Place::Event, "System") => Place::System,
        (Place::Event, "EventData" | "UserData") | (Place::Winlog, "event_data" | "user_data") => Place::Data,
        // What the XML had as attributes: the schema's name, and nothing of the event.
        (Place::Event | Place::Data, "#attributes") => return Ok(()),
        (Place::System, _) => return element(object, key, fields),
        // `Data: {"#text": […]}` is the unnamed data of old events; other objects are their members.
        (Place::Data, _) => match text_of_element(&object) {
            Some(value) => {
                fields.push(Field { name: without_blanks(Cow::Owned(key.to_owned())), value });
                return Ok(());
            }
            None => Place::Data,
        },
        (Place::Under(path), _) => return members(object, Place::Under(&format!("{path}.{key}")), fields),
        (Place::Winlog, _) => return members(object, Place::Under(&format!("winlog.{key}")), fields),
        (Place::Top | Place::Event, _) => Place::Under(key),
    };
    members(object, place, fields)
}

fn members<'a>(
    object: LazyValue<'a>,
    place: Place<'_>,
    fields: &mut Vec<Field<'a>>,
) -> Result<(), JsonError> {
    match object.into_object_iter() {
        Some(members) => flatten(members, place, fields).map(|_| ()),
        None => Ok(()),
    }
}

/// An element of `Event.System` that has attributes: `Provider.#attributes.Name` is `Provider_Name`.
fn element<'a>(object: LazyValue<'a>, key: &str, fields: &mut Vec<Field<'a>>) -> Result<(), JsonError> {
    for entry in object.into_object_iter().into_iter().flatten() {
        let (name, inner) = entry.map_err(|error| invalid(&error))?;
        if name == "#text" {
            fields.push(Field { name: Cow::Owned(key.to_owned()), value: value_of(inner) });
        } else if name == "#attributes" {
            for attribute in inner.into_object_iter().into_iter().flatten() {
                let (name, inner) = attribute.map_err(|error| invalid(&error))?;
                let name = match (key, &*name) {
                    ("TimeCreated", "SystemTime") => Cow::Borrowed("SystemTime"),
                    (_, name) => Cow::Owned(format!("{key}_{name}")),
                };
                fields.push(Field { name, value: value_of(inner) });
            }
        }
    }
    Ok(())
}

fn text_of_element<'a>(object: &LazyValue<'a>) -> Option<Value<'a>> {
    for entry in object.clone().into_object_iter()? {
        let (name, inner) = entry.ok()?;
        if name == "#text" {
            return Some(value_of(inner));
        }
    }
    None
}

fn list<'a>(
    array: LazyValue<'a>,
    key: Cow<'a, str>,
    place: Place<'_>,
    fields: &mut Vec<Field<'a>>,
) -> Result<(), JsonError> {
    let mut scalars = Vec::new();
    let first_new = fields.len();
    for member in array.into_array_iter().into_iter().flatten() {
        let member = member.map_err(|error| invalid(&error))?;
        let Cow::Borrowed(raw) = member.as_raw_cow() else { continue };
        match raw.as_bytes().first() {
            Some(b'{') => nested(member, &key, place, fields)?,
            Some(b'[') => list(member, key.clone(), place, fields)?,
            _ => scalars.push(scalar(raw)),
        }
    }
    merge_same_names(fields, first_new);
    if !scalars.is_empty() || fields.len() == first_new {
        fields.push(Field { name: name_at(place, key), value: Value::List(scalars) });
    }
    Ok(())
}

/// The members of an array of objects give the same names again and again: one list for each name.
fn merge_same_names(fields: &mut Vec<Field<'_>>, first_new: usize) {
    let mut at = first_new;
    while at < fields.len() {
        let earlier = fields[first_new..at].iter().position(|field| field.name == fields[at].name);
        match earlier {
            None => at += 1,
            Some(earlier) => {
                let again = fields.remove(at).value;
                let kept = &mut fields[first_new + earlier].value;
                match kept {
                    Value::List(members) => members.push(again),
                    single => {
                        let first = std::mem::replace(single, Value::Null);
                        *single = Value::List(vec![first, again]);
                    }
                }
            }
        }
    }
}

fn value_of(value: LazyValue<'_>) -> Value<'_> {
    let Cow::Borrowed(raw) = value.as_raw_cow() else { return Value::Null };
    if !raw.starts_with('[') {
        return scalar(raw);
    }
    let members = value.into_array_iter().into_iter().flatten();
    let members = members.filter_map(|member| match member.ok()?.as_raw_cow() {
        Cow::Borrowed(inner) => Some(scalar(inner)),
        Cow::Owned(_) => None,
    });
    Value::List(members.collect())
}

fn scalar(raw: &str) -> Value<'_> {
    match raw.as_bytes().first() {
        Some(b'"') => Value::Escaped(raw.get(1..raw.len() - 1).unwrap_or_default()),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') | None => Value::Null,
        Some(_) => Value::Number(Cow::Borrowed(raw)),
    }
}

fn name_at<'a>(place: Place<'_>, key: Cow<'a, str>) -> Cow<'a, str> {
    match place {
        Place::Top | Place::System => key,
        Place::Event | Place::Data => without_blanks(key),
        Place::Winlog => match &*key {
            "channel" => Cow::Borrowed("Channel"),
            "event_id" => Cow::Borrowed("EventID"),
            "provider_name" => Cow::Borrowed("Provider_Name"),
            "computer_name" => Cow::Borrowed("Computer"),
            "record_id" => Cow::Borrowed("EventRecordID"),
            other => Cow::Owned(format!("winlog.{other}")),
        },
        Place::Under(path) => Cow::Owned(format!("{path}.{key}")),
    }
}

/// Event data may be named with blanks (`Threat Name`), rules name it without.
fn without_blanks(key: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(b' ', key.as_bytes()).is_some() { Cow::Owned(key.replace(' ', "")) } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<(String, String)> {
        let event = parse(line).unwrap();
        let text = |value: &Value<'_>| match value {
            Value::List(members) => {
                let texts: Vec<_> =
                    members.iter().map(|m| m.as_text().unwrap_or_default().into_owned()).collect();
                format!("[{}]", texts.join("|"))
            }
            other => other.as_text().map_or("null".to_owned(), Cow::into_owned),
        };
        event.fields.iter().map(|field| (field.name.to_string(), text(&field.value))).collect()
    }

    fn check(line: &str, want: &[(&str, &str)]) {
        let got = fields(line);
        for &(name, value) in want {
            assert!(got.iter().any(|(n, v)| n == name && v == value), "{name}={value} is not in {got:?}");
        }
    }

    #[test]
    fn evtx_json_gives_windows_own_names() {
        check(
            r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"P","Guid":"G"}},
            "EventID":{"#attributes":{"Qualifiers":0},"#text":1116},"Channel":"Microsoft-Windows-Windows Defender/Operational",
            "TimeCreated":{"#attributes":{"SystemTime":"2026-03-02T09:00:00Z"}},"Computer":"ws-01"},
            "EventData":{"Threat Name":"Trojan","Data":{"#text":["a","b"]}}}}"##,
            &[
                ("Provider_Name", "P"),
                ("EventID", "1116"),
                ("ThreatName", "Trojan"),
                ("Data", "[a|b]"),
                ("SystemTime", "2026-03-02T09:00:00Z"),
            ],
        );
    }

    #[test]
    fn winlogbeat_gives_the_same_names() {
        check(
            r#"{"@timestamp":"t","winlog":{"channel":"Security","event_id":4624,"computer_name":"ws-01","event_data":{"TargetUserName":"a"}},"process":{"command_line":"x y"}}"#,
            &[
                ("Channel", "Security"),
                ("EventID", "4624"),
                ("TargetUserName", "a"),
                ("process.command_line", "x y"),
            ],
        );
    }

    #[test]
    fn arrays_of_objects_become_lists() {
        check(
            r#"{"a":[{"b":1},{"b":"x"}],"c":[1,true,null],"d":[]}"#,
            &[("a.b", "[1|x]"), ("c", "[1|true|]"), ("d", "[]")],
        );
    }

    #[test]
    fn what_is_not_an_object_is_an_error_with_its_place() {
        for bad in ["", "[1]", "{\"a\":", "{\"a\":1", "{\"a\" 1}", "{\"a\":\"x", "nonsense"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(80), "}".repeat(80));
        assert_eq!(parse(&deep).unwrap_err(), JsonError::TooDeep);
        let hostile = "[".repeat(1_000_000);
        assert_eq!(parse(&hostile).unwrap_err(), JsonError::TooDeep);
        let brackets_in_text = format!("{{\"a\":\"{}\"}}", "[".repeat(100));
        assert!(parse(&brackets_in_text).is_ok());
    }
}
