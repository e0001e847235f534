//! JSON objects, one a line, flattened to fields with the names that rules use.
//!
//! Nothing is decoded here: values stay spans of the line, and no tree is built. Known containers
//! lose their path (`Event.EventData.Image`, `winlog.event_data.Image` → `Image`); every other
//! nested name is joined with dots (`process.command_line`).

use crate::event::{Event, EventClass, Field, Part, Value, put, unescape};
use crate::parser::Room;
use crate::parser::cut::Cut;
use crate::parser::walk::Walk;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::borrow::Cow;
use std::hash::BuildHasher;

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

/// A guess: what a field takes of a line, so that few lines need more room than was set aside.
const BYTES_PER_FIELD: usize = 16;

/// Where in the object a name stands, which decides how it is written.
#[derive(Clone, Copy)]
enum Place {
    Top,
    /// `Event` of an EVTX-JSON document.
    Event,
    /// `Event.System`.
    System,
    /// Names that stand for themselves: `EventData`, `UserData`, `winlog.event_data`.
    Data,
    /// `winlog` of Winlogbeat.
    Winlog,
    /// Everything else: below the reader's path.
    Under,
}

/// A product that writes JSON objects; one file each.
pub(crate) struct JsonFormat {
    /// Every class that it gives.
    pub classes: fn() -> Vec<EventClass>,
    /// Takes the record if it is one of this product's: gives it class, origin and shared names.
    /// Most records that are asked about are others', so the answer no must be quick.
    pub claim: for<'a> fn(&mut Event<'a>) -> bool,
}

/// Reads one JSON object, of whatever product it is; the format at `likely` in
/// [`JSON_FORMATS`](super::JSON_FORMATS) is asked first, and the one that claims the record becomes the likely
/// one of the next. What a record carries with escapes is kept in `room`.
///
/// # Errors
///
/// [`JsonError`] when the line is not one complete JSON object or is nested too deeply.
pub fn parse_like<'a>(line: &'a str, likely: &mut usize, room: &'a Room) -> Result<Event<'a>, JsonError> {
    for (_, format) in super::JSON_CARRIERS {
        if let Some(event) = (format.read)(line, room) {
            return Ok(event);
        }
    }
    let mut event = flat_in(line, room)?;
    let formats = super::JSON_FORMATS;
    if formats.get(*likely).is_some_and(|(_, format)| (format.claim)(&mut event)) {
        return Ok(event);
    }
    let others = formats.iter().enumerate().filter(|(at, _)| at != likely);
    if let Some((at, _)) = { others }.find(|(_, (_, format))| (format.claim)(&mut event)) {
        *likely = at;
    }
    Ok(event)
}

/// Reads one JSON object of the format of this name; of no other, whatever it looks like.
///
/// # Errors
///
/// [`JsonError`] as for [`parse_like`].
pub(super) fn parse_only<'a>(only: &str, line: &'a str, room: &'a Room) -> Result<Event<'a>, JsonError> {
    let carriers = super::JSON_CARRIERS.iter().filter(|(name, _)| *name == only);
    for (_, format) in carriers {
        if let Some(event) = (format.read)(line, room) {
            return Ok(event);
        }
    }
    let mut event = flat_in(line, room)?;
    let _ = super::JSON_FORMATS.iter().any(|(name, format)| *name == only && (format.claim)(&mut event));
    Ok(event)
}

/// Reads one JSON object that carries no other record, as what others carry does not.
///
/// # Errors
///
/// [`JsonError`] as for [`parse_like`].
pub fn parse(text: &str) -> Result<Event<'_>, JsonError> {
    parse_in(text, &Room::default())
}

/// As [`parse`], with the room's memory.
pub(super) fn parse_in<'a>(text: &'a str, room: &Room) -> Result<Event<'a>, JsonError> {
    let mut event = flat_in(text, room)?;
    let _ = super::JSON_FORMATS.iter().any(|(_, format)| (format.claim)(&mut event));
    Ok(event)
}

/// Reads one JSON object as fields, whatever they mean.
///
/// # Errors
///
/// [`JsonError`] when the line is not one complete JSON object or is nested too deeply.
pub(crate) fn flat(line: &str) -> Result<Event<'_>, JsonError> {
    flat_in(line, &Room::default())
}

fn flat_in<'a>(line: &'a str, room: &Room) -> Result<Event<'a>, JsonError> {
    let mut event = Event::new(EventClass::UNKNOWN, line);
    event.fields = room.fields((line.len() / BYTES_PER_FIELD).clamp(4, 256));
    let mut reader = Reader { walk: Walk::new(line), fields: event.fields, path: String::new(), depth: 0 };
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
    /// The names above, joined; see [`Place::Under`].
    path: String,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// The members of the object whose bracket was just read, and its end.
    fn members(&mut self, place: Place) -> Result<(), JsonError> {
        self.enter()?;
        let mut more = self.walk.has_members(b'}')?;
        while more {
            match self.walk.raw_key()? {
                (key, true) => self.value(Cow::Borrowed(key), place)?,
                (raw, false) => self.value_of_escaped(raw, place)?,
            }
            more = self.walk.has_more(b'}')?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn enter(&mut self) -> Result<(), JsonError> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT { Err(JsonError::TooDeep) } else { Ok(()) }
    }

    #[cold]
    fn value_of_escaped(&mut self, key: &str, place: Place) -> Result<(), JsonError> {
        self.value(Cow::Owned(unescape(key)), place)
    }

    #[inline(always)]
    fn value(&mut self, key: Cow<'a, str>, place: Place) -> Result<(), JsonError> {
        match self.walk.peek() {
            Some(b'"') => {
                let raw = self.walk.text()?;
                self.put(place, key, Part::Escaped(raw));
                Ok(())
            }
            Some(b'{') => self.object(key, place),
            Some(b'[') => self.list(key, place),
            Some(b'-' | b'0'..=b'9') => {
                let number = self.walk.number()?;
                self.put(place, key, Part::Number(number));
                Ok(())
            }
            _ => {
                let value = self.walk.scalar()?;
                let name = self.name_at(place, key);
                self.fields.push(Field { name, value });
                Ok(())
            }
        }
    }

    /// Adds a field that stands in the record.
    #[inline(always)]
    fn put(&mut self, place: Place, key: Cow<'a, str>, part: Part<'a>) {
        match self.name_at(place, key) {
            Cow::Borrowed(name) => put(&mut self.fields, Cow::Borrowed(name), part),
            Cow::Owned(name) => put(&mut self.fields, Cow::Owned(name), part),
        }
    }

    fn object(&mut self, key: Cow<'a, str>, place: Place) -> Result<(), JsonError> {
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
            (Place::Under, _) => return self.below(None, &key),
            (Place::Winlog, _) => return self.below(Some("winlog"), &key),
            (Place::Top | Place::Event, _) => return self.below(Some(""), &key),
        };
        self.members(place)
    }

    /// Reads an object whose members' names begin with its own, and with `start` or else the path so far.
    fn below(&mut self, start: Option<&str>, key: &str) -> Result<(), JsonError> {
        if start.is_none() && self.path.len() <= LONGEST_PATH {
            let above = self.path.len();
            self.path.push('.');
            self.path.push_str(key);
            self.members(Place::Under)?;
            self.path.truncate(above);
            return Ok(());
        }
        let path = match start {
            Some("") => key.to_owned(),
            start => joined(start.unwrap_or(&self.path), key),
        };
        let above = std::mem::replace(&mut self.path, path);
        self.members(Place::Under)?;
        self.path = above;
        Ok(())
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

    fn list(&mut self, key: Cow<'a, str>, place: Place) -> Result<(), JsonError> {
        self.walk.step();
        self.enter()?;
        let mut scalars = Vec::new();
        let first_new = self.fields.len();
        let mut more = self.walk.has_members(b']')?;
        while more {
            match self.walk.peek() {
                Some(b'{') => self.object(key.clone(), place)?,
                Some(b'[') => self.list(key.clone(), place)?,
                Some(b'"') => {
                    let raw = self.walk.text()?;
                    scalars.extend(std::iter::once_with(|| Value::Escaped(raw)));
                }
                _ => scalars.push(self.walk.scalar()?),
            }
            more = self.walk.has_more(b']')?;
        }
        self.depth -= 1;
        merge_same_names(&mut self.fields, first_new);
        if !scalars.is_empty() || self.fields.len() == first_new {
            let name = self.name_at(place, key);
            self.fields.push(Field { name, value: Value::List(scalars) });
        }
        Ok(())
    }

    #[inline(always)]
    fn name_at(&self, place: Place, key: Cow<'a, str>) -> Cow<'a, str> {
        match place {
            Place::Top | Place::System => key,
            Place::Event | Place::Data => without_blanks(key),
            Place::Winlog => match &*key {
                "channel" => Cow::Borrowed("Channel"),
                "event_id" => Cow::Borrowed("EventID"),
                "provider_name" => Cow::Borrowed("Provider_Name"),
                "computer_name" => Cow::Borrowed("Computer"),
                "record_id" => Cow::Borrowed("EventRecordID"),
                other => Cow::Owned(joined("winlog", other)),
            },
            Place::Under => Cow::Owned(joined(&self.path, &key)),
        }
    }
}

/// The members of an array of objects give the same names again and again: one list for each name.
fn merge_same_names(fields: &mut Vec<Field<'_>>, first_new: usize) {
    // More names than this are looked up by their hash; most arrays have fewer.
    const FEW: usize = 32;
    if fields.len() - first_new < 2 {
        return;
    }
    let mut places = HashTable::new();
    let hasher = DefaultHashBuilder::default();
    let (mut kept, mut next) = (first_new, first_new);
    for at in first_new..fields.len() {
        let (before, after) = fields.split_at_mut(at);
        let Some((Field { name, value }, before)) = after.first_mut().zip(before.get_mut(first_new..kept))
        else {
            return;
        };
        // Objects of one array mostly have their names in one order.
        let found = match before.get(next - first_new).filter(|field| field.name == *name) {
            Some(_) => Some(next - first_new),
            None if before.len() <= FEW => before.iter().position(|field| field.name == *name),
            None => {
                for place in places.len()..before.len() {
                    let hash = |place: &usize| hasher.hash_one(&before[*place].name);
                    places.insert_unique(hash(&place), place, hash);
                }
                places.find(hasher.hash_one(&*name), |place| before[*place].name == *name).copied()
            }
        };
        match found {
            Some(place) => {
                add(&mut before[place].value, std::mem::replace(value, Value::Null));
                next = first_new + place + 1;
            }
            None => {
                fields.swap(kept, at);
                kept += 1;
                next = first_new;
            }
        }
    }
    fields.truncate(kept);
}

/// Makes a list of what is there and one value more.
fn add<'a>(values: &mut Value<'a>, value: Value<'a>) {
    match values {
        Value::List(values) => values.push(value),
        single => {
            let first = std::mem::replace(single, Value::Null);
            *single = Value::List(vec![first, value]);
        }
    }
}

/// Bytes of a path that are kept. Paths are cut where no product's are as long: each of a line's names
/// would repeat them.
const LONGEST_PATH: usize = 512;

/// A name below others.
fn joined(path: &str, key: &str) -> String {
    let cut = path.len() > LONGEST_PATH;
    let path = if cut { &path[..path.floor_char_boundary(LONGEST_PATH)] } else { path };
    let mut name = String::with_capacity(path.len() + key.len() + 4);
    name.push_str(path);
    name.push_str(if cut { "…." } else { "." });
    name.push_str(key);
    name
}

/// Event data may be named with blanks (`Threat Name`), rules name it without.
fn without_blanks(key: Cow<'_, str>) -> Cow<'_, str> {
    if key.has(b' ') { Cow::Owned(key.replace(' ', "")) } else { key }
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
