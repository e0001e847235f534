//! Reads events as XML text, one a line: Windows events as `wevtutil qe /f:xml` and collectors write them,
//! and those of Sysmon for Linux.
//! Source: Microsoft, event schema (`http://schemas.microsoft.com/win/2004/08/events/event`); Sysmon for
//! Linux 1.3.
//!
//! Fields get the names that the same event has as JSON, so class and shared names come from
//! [`windows`]. Entities that XML does not define stay as they stand: nothing is ever fetched or expanded.

mod plain;

use super::TextFormat;
use super::{seek, windows};
use crate::event::{Event, EventClass, Field, Value};
use quick_xml::Reader;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesRef, Event as Xml};
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: windows::classes_of_xml, read: |line, _, _, _| read(line) };

/// Elements nested deeper than this are refused; no event has them.
const DEPTH_LIMIT: usize = 16;

/// Fields kept at most. Events have a hundred at most; a hostile line could have a million.
const FIELDS_LIMIT: usize = 4096;

/// Reads one event; `None` when the line is not exactly one whole `<Event>`.
pub(super) fn read(line: &str) -> Option<Event<'_>> {
    let trimmed = line.trim();
    if !trimmed.starts_with('<') {
        return None;
    }
    let document = without_wrapping(trimmed);
    if !document.strip_prefix("<Event")?.starts_with([' ', '>']) {
        return None;
    }
    let mut event = Event::new(EventClass::UNKNOWN, line);
    event.fields = plain::fields(document).or_else(|| all_of_xml(document))?;
    windows::claim(&mut event).then_some(event)
}

/// Without the declaration and the root that exports put around events.
fn without_wrapping(text: &str) -> &str {
    let declared = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    let text = declared.map_or(text, |(_, rest)| rest.trim_start());
    let text = text.strip_prefix("<Events>").map_or(text, str::trim_start);
    text.strip_suffix("</Events>").map_or(text, str::trim_end)
}

/// Which part of the event an element lies in.
#[derive(Clone, Copy)]
enum Part {
    System,
    /// `EventData`: elements named by their attribute.
    Data,
    /// `UserData`: elements named by themselves.
    User,
    /// `RenderingInfo`: of what Windows shows only the message is kept.
    Rendering,
    Other,
}

/// The walk through one document.
struct Walk<'a> {
    fields: Vec<Field<'a>>,
    depth: usize,
    part: Part,
    /// The field that the open element gives, if it holds no further elements.
    name: Option<Cow<'a, str>>,
    text: Cow<'a, str>,
    has_attributes: bool,
}

/// The fields of a document that may be anything that XML allows.
fn all_of_xml(document: &str) -> Option<Vec<Field<'_>>> {
    let mut reader = Reader::from_str(document);
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::new();
    loop {
        match reader.read_event().ok()? {
            Xml::Start(element) => {
                let attributes = element.attributes_raw();
                // The element borrows from itself; what stands in the document lives as long as that.
                let attributes = within(document, attributes)?;
                walk.open(within(document, element.name().0)?, attributes)?;
            }
            Xml::End(_) => walk.close()?,
            Xml::Text(text) => walk.append(text.into_inner()),
            Xml::CData(text) => walk.append(text.into_inner()),
            Xml::GeneralRef(reference) => walk.append(resolved(&reference)),
            Xml::Eof => break,
            Xml::Comment(_) => {}
            // Instructions and document types are no part of an event.
            Xml::Empty(_) | Xml::Decl(_) | Xml::PI(_) | Xml::DocType(_) => return None,
        }
        if walk.depth == 0 {
            break;
        }
    }
    let rest = usize::try_from(reader.buffer_position()).ok().and_then(|at| document.get(at..))?;
    (walk.depth == 0 && rest.trim().is_empty()).then_some(walk.fields)
}

/// The same text as a part of `document`, which it was cut out of.
fn within<'a>(document: &'a str, part: &str) -> Option<&'a str> {
    let start = part.as_ptr().addr().checked_sub(document.as_ptr().addr())?;
    document.get(start..start.checked_add(part.len())?)
}

/// What a reference stands for; one that XML does not define stays as it is.
fn resolved(reference: &BytesRef<'_>) -> Cow<'static, str> {
    if let Ok(Some(ch)) = reference.resolve_char_ref() {
        return Cow::Owned(ch.to_string());
    }
    match &**reference {
        "lt" => Cow::Borrowed("<"),
        "gt" => Cow::Borrowed(">"),
        "amp" => Cow::Borrowed("&"),
        "quot" => Cow::Borrowed("\""),
        "apos" => Cow::Borrowed("'"),
        other => Cow::Owned(format!("&{other};")),
    }
}

impl<'a> Walk<'a> {
    fn new() -> Walk<'a> {
        Walk {
            fields: Vec::with_capacity(40),
            depth: 0,
            part: Part::Other,
            name: None,
            text: Cow::Borrowed(""),
            has_attributes: false,
        }
    }

    fn open(&mut self, element: &'a str, attributes: &'a str) -> Option<()> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT || self.fields.len() > FIELDS_LIMIT {
            return None;
        }
        self.name = None;
        self.text = Cow::Borrowed("");
        self.has_attributes = false;
        match self.depth {
            1 => {}
            2 => {
                self.part = match element {
                    "System" => Part::System,
                    "EventData" => Part::Data,
                    "UserData" => Part::User,
                    "RenderingInfo" => Part::Rendering,
                    _ => Part::Other,
                }
            }
            _ => self.name = self.leaf(element, attributes),
        }
        Some(())
    }

    /// The name of the field that an element gives; attributes of the system part are fields too.
    fn leaf(&mut self, element: &'a str, attributes: &'a str) -> Option<Cow<'a, str>> {
        let mut pairs = attributes_of(attributes);
        match self.part {
            Part::System => {
                for (key, value) in pairs {
                    self.has_attributes = true;
                    self.fields.push(Field { name: system_name(element, key), value: Value::Text(value) });
                }
                Some(Cow::Borrowed(element))
            }
            Part::Data => Some(match pairs.find(|(key, _)| *key == "Name") {
                Some((_, name)) => without_blanks(name),
                None => Cow::Borrowed(element),
            }),
            Part::User => Some(Cow::Borrowed(element)),
            Part::Rendering => (element == "Message").then_some(Cow::Borrowed(element)),
            Part::Other => None,
        }
    }

    fn append(&mut self, text: Cow<'a, str>) {
        if self.name.is_none() {
            return;
        }
        if self.text.is_empty() {
            self.text = text;
        } else {
            self.text.to_mut().push_str(&text);
        }
    }

    fn close(&mut self) -> Option<()> {
        self.depth = self.depth.checked_sub(1)?;
        let Some(name) = self.name.take() else { return Some(()) };
        let text = std::mem::take(&mut self.text);
        if text.is_empty() && self.has_attributes {
            return Some(());
        }
        // Old events have data without names, which are one list.
        if name == "Data"
            && let Some(earlier) = self.fields.iter_mut().find(|field| field.name == "Data")
        {
            match &mut earlier.value {
                Value::List(members) => members.push(Value::Text(text)),
                single => {
                    let first = std::mem::replace(single, Value::Null);
                    *single = Value::List(vec![first, Value::Text(text)]);
                }
            }
            return Some(());
        }
        self.fields.push(Field { name, value: Value::Text(text) });
        Some(())
    }
}

/// The attributes of an element. What is not written as XML asks ends them.
fn attributes_of(text: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let mut plain = plain::Attributes { rest: text };
    let mut others = None;
    std::iter::from_fn(move || {
        if others.is_none() {
            match plain.next() {
                Some((key, raw)) => return Some((key, resolved_all(raw))),
                None if plain.rest.is_empty() => return None,
                None => others = Some(written_attributes(plain.rest)),
            }
        }
        others.as_mut()?.next()
    })
}

/// As [`attributes_of`], however they are written.
fn written_attributes(text: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let mut attributes = Attributes::new(text, 0);
    // Of two attributes of one name the first counts, as of fields.
    attributes.with_checks(false);
    attributes.map_while(Result::ok).map(|attribute| {
        let value = match attribute.value {
            Cow::Borrowed(raw) => resolved_all(raw),
            raw => raw,
        };
        (attribute.key.0, value)
    })
}

/// A value with what its references stand for; as it is where they are not as XML asks.
fn resolved_all(raw: &str) -> Cow<'_, str> {
    if seek::first(raw.as_bytes(), b'&').is_none() {
        return Cow::Borrowed(raw);
    }
    quick_xml::escape::unescape(raw).unwrap_or(Cow::Borrowed(raw))
}

/// `Provider` and `Name` are `Provider_Name`, as in events that come as JSON.
fn system_name(element: &str, key: &str) -> Cow<'static, str> {
    Cow::Borrowed(match (element, key) {
        ("TimeCreated", "SystemTime") => "SystemTime",
        ("Provider", "Name") => "Provider_Name",
        ("Provider", "Guid") => "Provider_Guid",
        ("Execution", "ProcessID") => "Execution_ProcessID",
        ("Execution", "ThreadID") => "Execution_ThreadID",
        ("Security", "UserID") => "Security_UserID",
        ("Correlation", "ActivityID") => "Correlation_ActivityID",
        ("EventID", "Qualifiers") => "EventID_Qualifiers",
        _ => return Cow::Owned(format!("{element}_{key}")),
    })
}

/// Event data may be named with blanks (`Threat Name`), rules name it without.
fn without_blanks(name: Cow<'_, str>) -> Cow<'_, str> {
    if name.contains(' ') { Cow::Owned(name.replace(' ', "")) } else { name }
}
