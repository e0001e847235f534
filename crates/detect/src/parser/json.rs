//! JSON objects, one a line, flattened to fields with the names that rules use.
//!
//! Nothing is decoded here: values stay spans of the line, and no tree is built. Known containers
//! lose their path (`Event.EventData.Image`, `winlog.event_data.Image` → `Image`); every other
//! nested name is joined with dots (`process.command_line`).

use crate::event::{Event, EventClass, Field, Value};
use crate::parser::walk::Walk;
use hashbrown::HashMap;
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
    let formats = || super::JSON_FORMATS.iter().chain(super::JSON_CARRIERS);
    if formats().nth(*likely).is_some_and(|format| (format.claim)(&mut event)) {
        return Ok(event);
    }
    let others = formats().enumerate().filter(|(at, _)| at != likely);
    if let Some((at, _)) = { others }.find(|(_, format)| (format.claim)(&mut event)) {
        *likely = at;
    }
    Ok(event)
}

/// As [`parse`] for a record inside another: formats that carry records themselves are not asked.
///
/// # Errors
///
/// [`JsonError`] as for [`parse`].
pub(super) fn parse_carried(text: &str) -> Result<Event<'_>, JsonError> {
    let mut event = flat(text)?;
    let _ = super::JSON_FORMATS.iter().any(|format| (format.claim)(&mut event));
    Ok(event)
}

/// Reads one JSON object as fields, whatever they mean.
///
/// # Errors
///
/// [`JsonError`] when the line is not one complete JSON object or is nested too deeply.
pub(crate) fn flat(line: &str) -> Result<Event<'_>, JsonError> {
    let mut event = Event::new(EventClass::UNKNOWN, line);
    event.fields.reserve(48);
    let mut reader = Reader { walk: Walk::new(line), fields: event.fields, depth: 0 };
    reader.walk.expect(b'{', "an object")?;
    reader.members(Place::Top)?;
    reader.walk.end()?;
    event.fields = reader.fields;
    Ok(event)
}

/// Fills the fields in one pass over the text.
struct Reader<'a> {
    walk: Walk<'a>,
    fields: Vec<Field<'a>>,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// The members of the object whose bracket was just read, and its end.
    fn members(&mut self, place: Place<'_>) -> Result<(), JsonError> {
        self.enter()?;
        let mut more = self.walk.has_members(b'}')?;
        while more {
            let key = self.walk.key()?;
            self.value(key, place)?;
            more = self.walk.has_more(b'}')?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn enter(&mut self) -> Result<(), JsonError> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT { Err(JsonError::TooDeep) } else { Ok(()) }
    }

    fn value(&mut self, key: Cow<'a, str>, place: Place<'_>) -> Result<(), JsonError> {
        match self.walk.peek() {
            Some(b'{') => self.object(key, place),
            Some(b'[') => self.list(key, place),
            _ => {
                let value = self.walk.scalar()?;
                self.fields.push(Field { name: name_at(place, key), value });
                Ok(())
            }
        }
    }

    fn object(&mut self, key: Cow<'a, str>, place: Place<'_>) -> Result<(), JsonError> {
        self.walk.step();
        let place = match (place, &*key) {
            (Place::Top, "Event") => Place::Event,
            (Place::Top, "winlog") => Place::Winlog,
            (Place::Event, "System") => Place::System,
            (Place::Event, "EventData" | "UserData") | (Place::Winlog, "event_data" | "user_data") => {
                Place::Data
            }
            // What the XML had as attributes: the schema's name, and nothing of the event.
            (Place::Event | Place::Data, "#attributes") => return self.leave_out(),
            (Place::System, _) => return self.element(&key),
            (Place::Data, _) => return self.data_element(key),
            (Place::Under(path), _) => return self.members(Place::Under(&below(path, &key))),
            (Place::Winlog, _) => return self.members(Place::Under(&below("winlog", &key))),
            (Place::Top | Place::Event, _) => return self.members(Place::Under(&key)),
        };
        self.members(place)
    }

    /// Reads an object and keeps nothing of it.
    fn leave_out(&mut self) -> Result<(), JsonError> {
        let kept = self.fields.len();
        self.members(Place::Data)?;
        self.fields.truncate(kept);
        Ok(())
    }

    /// An element of `Event.System` that has attributes: `Provider.#attributes.Name` is `Provider_Name`.
    fn element(&mut self, key: &str) -> Result<(), JsonError> {
        self.enter()?;
        let mut more = self.walk.has_members(b'}')?;
        while more {
            let name = self.walk.key()?;
            match (&*name, self.walk.peek()) {
                ("#attributes", Some(b'{')) => {
                    self.walk.step();
                    self.attributes(key)?;
                }
                ("#text", Some(first)) if first != b'{' => {
                    let value = self.text()?;
                    self.fields.push(Field { name: Cow::Owned(key.to_owned()), value });
                }
                _ => {
                    let kept = self.fields.len();
                    self.value(name, Place::Data)?;
                    self.fields.truncate(kept);
                }
            }
            more = self.walk.has_more(b'}')?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn attributes(&mut self, key: &str) -> Result<(), JsonError> {
        let first = self.fields.len();
        self.members(Place::Top)?;
        for field in self.fields.iter_mut().skip(first) {
            field.name = match (key, &*field.name) {
                ("TimeCreated", "SystemTime") => Cow::Borrowed("SystemTime"),
                ("Provider", "Name") => Cow::Borrowed("Provider_Name"),
                (_, name) => Cow::Owned(format!("{key}_{name}")),
            };
        }
        Ok(())
    }

    /// `Data: {"#text": […]}` is the unnamed data of old events; other objects are their members.
    fn data_element(&mut self, key: Cow<'a, str>) -> Result<(), JsonError> {
        self.enter()?;
        let first = self.fields.len();
        let mut text = None;
        let mut more = self.walk.has_members(b'}')?;
        while more {
            let name = self.walk.key()?;
            if name == "#text" && text.is_none() && self.walk.peek() != Some(b'{') {
                text = Some(self.text()?);
            } else {
                self.value(name, Place::Data)?;
            }
            more = self.walk.has_more(b'}')?;
        }
        self.depth -= 1;
        if let Some(value) = text {
            self.fields.truncate(first);
            self.fields.push(Field { name: without_blanks(key), value });
        }
        Ok(())
    }

    /// A scalar or an array of them.
    fn text(&mut self) -> Result<Value<'a>, JsonError> {
        if self.walk.peek() != Some(b'[') {
            return self.walk.scalar();
        }
        let first = self.fields.len();
        self.list(Cow::Borrowed(""), Place::Top)?;
        let list = self.fields.drain(first..).rfind(|field| field.name.is_empty());
        Ok(list.map_or(Value::Null, |field| field.value))
    }

    fn list(&mut self, key: Cow<'a, str>, place: Place<'_>) -> Result<(), JsonError> {
        self.walk.step();
        self.enter()?;
        let mut scalars = Vec::new();
        let first_new = self.fields.len();
        let mut more = self.walk.has_members(b']')?;
        while more {
            match self.walk.peek() {
                Some(b'{') => self.object(key.clone(), place)?,
                Some(b'[') => self.list(key.clone(), place)?,
                _ => scalars.push(self.walk.scalar()?),
            }
            more = self.walk.has_more(b']')?;
        }
        self.depth -= 1;
        merge_same_names(&mut self.fields, first_new);
        if !scalars.is_empty() || self.fields.len() == first_new {
            self.fields.push(Field { name: name_at(place, key), value: Value::List(scalars) });
        }
        Ok(())
    }
}

/// The members of an array of objects give the same names again and again: one list for each name.
fn merge_same_names(fields: &mut Vec<Field<'_>>, first_new: usize) {
    if fields.len() - first_new < 2 {
        return;
    }
    let mut places = HashMap::new();
    let members: Vec<Field<'_>> = fields.drain(first_new..).collect();
    for Field { name, value } in members {
        let place = *places.entry(name.clone()).or_insert(fields.len());
        match fields.get_mut(place).map(|field| &mut field.value) {
            None => fields.push(Field { name, value }),
            Some(Value::List(values)) => values.push(value),
            Some(single) => {
                let first = std::mem::replace(single, Value::Null);
                *single = Value::List(vec![first, value]);
            }
        }
    }
}

/// A name below others. Paths are cut where no product's are as long: each of a line's names would
/// repeat them.
fn below(path: &str, key: &str) -> String {
    const LONGEST: usize = 512;
    match path.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}….{key}", &path[..end]),
        None => format!("{path}.{key}"),
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
        Place::Under(path) => Cow::Owned(below(path, &key)),
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
    fn an_error_names_its_place() {
        let cases = [
            (r#"{"a":1 "b":2}"#, "expected `,` or the end of what was begun at byte 8"),
            (r#"{"a":"x"#, "expected an end of the string that begins here at byte 7"),
            (r#"{"a":"#, "expected a value, and the line ends"),
            (r#"{"a":1} {"b":2}"#, "something follows the object"),
        ];
        for (line, want) in cases {
            assert_eq!(parse(line).unwrap_err().to_string(), format!("not valid JSON: {want}"));
        }
    }

    #[test]
    fn many_names_and_long_paths_stay_small() {
        let members: Vec<String> = (0..20_000).map(|at| format!("{{\"{at}\":1,\"same\":{at}}}")).collect();
        let line = format!("{{\"{}\":[{}]}}", "x".repeat(10_000), members.join(","));
        let event = flat(&line).unwrap();
        assert_eq!(event.fields.len(), 20_001);
        assert!(event.fields.iter().all(|field| field.name.len() < 600));
        assert!(matches!(&event.fields[1].value, Value::List(values) if values.len() == 20_000));
    }

    #[test]
    fn numbers_of_pretty_printed_objects_end_where_they_end() {
        check("{ \"a\": 2    }", &[("a", "2")]);
        check(
            "{ \"a\": [ 1 , 2 ] , \"b\": 3 , \"c\": { \"d\": 4 \t } }",
            &[("a", "[1|2]"), ("b", "3"), ("c.d", "4")],
        );
    }

    #[test]
    fn what_is_not_an_object_is_an_error_with_its_place() {
        for bad in [
            "",
            "[1]",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\" 1}",
            "{\"a\":\"x",
            "nonsense",
            "{\"a\":1}}",
            "{\"a\":tru}",
            "{\"a\":1,}",
            "{\"a\":-}",
            "{,}",
            "{\"a\":[1,]}",
            "{\"a\":[1}",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(80), "}".repeat(80));
        assert_eq!(parse(&deep).unwrap_err(), JsonError::TooDeep);
        let hostile = format!("{{\"a\":{}", "[".repeat(1_000_000));
        assert_eq!(parse(&hostile).unwrap_err(), JsonError::TooDeep);
        let brackets_in_text = format!("{{\"a\":\"{}\"}}", "[".repeat(100));
        assert!(parse(&brackets_in_text).is_ok());
    }
}
