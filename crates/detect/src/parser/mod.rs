//! One file per format: a record's bytes in, an [`Event`] out.

pub mod access_log;
mod account;
mod address;
mod auditbeat;
pub mod auditd;
mod azure;
mod bind;
mod carried;
mod cef;
mod cisco_asa;
mod cloud;
mod cloudtrail;
mod container;
mod cron;
mod cut;
mod declared;
mod device;
mod dns;
mod dns_debug;
mod docker;
mod entra;
mod event_xml;
#[cfg(test)]
mod fixtures;
mod fortinet;
mod forwarded;
mod gcp;
mod github;
mod guardduty;
mod haproxy;
mod heading;
mod journald;
pub mod json;
mod kubernetes;
mod leef;
pub(crate) mod linux;
mod logfmt;
mod m365;
mod m365_csv;
mod netfilter;
mod okta;
mod pam;
mod product_alert;
mod resolver;
mod room;
pub(crate) mod seek;
mod squid;
mod sshd;
mod su;
mod sudo;
mod suricata;
pub mod syslog;
mod systemd;
pub mod text;
mod vpc_flow;
mod w3c;
mod walk;
mod web;
mod windows;
mod workspace;
mod zeek;

pub(crate) use guardduty::level_of as guardduty_level;
pub use heading::Heading;
pub use room::{Memory, Room};

use crate::event::{Event, EventClass};
use crate::time::TimeRules;
use json::JsonFormat;

/// Products that write JSON objects, with the names by which people say that a source writes them, in the order in which
/// they are asked.
static JSON_FORMATS: &[(&str, JsonFormat)] = &[
    ("windows", windows::FORMAT),
    ("cloudtrail", cloudtrail::FORMAT),
    ("guardduty", guardduty::FORMAT),
    ("entra", entra::FORMAT),
    ("azure", azure::FORMAT),
    ("m365", m365::FORMAT),
    ("gcp", gcp::FORMAT),
    ("workspace", workspace::FORMAT),
    ("okta", okta::FORMAT),
    ("kubernetes", kubernetes::FORMAT),
    ("github", github::FORMAT),
    ("suricata", suricata::FORMAT),
    ("zeek", zeek::JSON),
    ("journald", journald::FORMAT),
    ("auditbeat", auditbeat::FORMAT),
    ("ecs", declared::FORMAT),
];

/// Formats that are lines of text, in the order in which they are asked.
static TEXT_FORMATS: &[(&str, TextFormat)] = &[
    ("zeek", zeek::TEXT),
    ("w3c", w3c::FORMAT),
    ("auditd", auditd::FORMAT),
    ("syslog", syslog::FORMAT),
    ("access_log", access_log::FORMAT),
    ("windows_xml", event_xml::FORMAT),
    ("cef", cef::FORMAT),
    ("leef", leef::FORMAT),
    ("squid", squid::FORMAT),
    ("bind", bind::FORMAT),
    ("dns_debug", dns_debug::FORMAT),
    ("m365", m365_csv::FORMAT),
    ("logfmt", logfmt::FORMAT),
    ("cisco_asa", cisco_asa::FORMAT),
    ("fortinet", fortinet::FORMAT),
    ("vpc_flow", vpc_flow::FORMAT),
];

/// JSON formats whose records hold a line of any format above; they are asked first.
static JSON_CARRIERS: &[(&str, JsonCarrier)] =
    &[("docker", docker::FORMAT), ("forwarded", forwarded::FORMAT)];

/// Text formats whose records hold a line of any format above; they are asked last. What one carries
/// is not looked into for another, so that a line cannot nest without end.
static TEXT_CARRIERS: &[(&str, TextFormat)] = &[("container", container::FORMAT)];

/// A format of text, a record a line; one file each.
struct TextFormat {
    /// Every class that it gives.
    classes: fn() -> Vec<EventClass>,
    /// Reads the line if it is of this format. Most lines that are asked about are of others, so the
    /// answer no must be quick.
    read: for<'a> fn(&'a str, &TimeRules, &Heading, &'a Room) -> Option<Event<'a>>,
}

/// A format of JSON objects that hold little but a line of another format; one file each.
struct JsonCarrier {
    /// Every class that it gives to lines which no other format claims.
    classes: fn() -> Vec<EventClass>,
    /// Reads the line if it is of this format; the answer no must come at the first name that it has not.
    read: for<'a> fn(&'a str, &'a Room) -> Option<Event<'a>>,
}

/// What the lines before tell of a source's next line.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// What the columns mean, in formats that say it in lines of their own.
    pub heading: Heading,
    /// The only format that the source writes, by its name, if somebody said so.
    pub only: Option<&'static str>,
    likely_json: usize,
    likely_text: usize,
}

/// Names of formats.
pub fn names() -> impl Iterator<Item = &'static str> {
    let text = TEXT_FORMATS.iter().chain(TEXT_CARRIERS).map(|(name, _)| *name);
    let json = JSON_FORMATS.iter().map(|(name, _)| *name).chain(JSON_CARRIERS.iter().map(|(name, _)| *name));
    json.chain(text)
}

/// The format of this name.
pub fn named(name: &str) -> Option<&'static str> {
    names().find(|known| *known == name)
}

/// Reads one line of whatever format it is. A line that no parser claims is kept as text; `None` is a
/// line of a [`Heading`], which tells nothing but how to read those below it. What the line holds with
/// escapes is kept in `room`, which is empty before.
///
/// # Errors
///
/// [`json::JsonError`] for a line that starts like a JSON object and is none.
pub fn parse_line<'a>(
    line: &'a str,
    rules: &TimeRules,
    context: &mut Context,
    room: &'a Room,
) -> Result<Option<Event<'a>>, json::JsonError> {
    let trimmed = line.trim_start();
    if trimmed.starts_with('{') {
        return match context.only {
            Some(only) => json::parse_only(only, trimmed.trim_end(), room).map(Some),
            None => json::parse_like(trimmed.trim_end(), &mut context.likely_json, room).map(Some),
        };
    }
    if context.heading.take(line) {
        return Ok(None);
    }
    let read = |(_, format): &(&str, TextFormat)| (format.read)(line, rules, &context.heading, room);
    let formats = || TEXT_FORMATS.iter().chain(TEXT_CARRIERS);
    if let Some(only) = context.only {
        let event = formats().filter(|(name, _)| *name == only).find_map(read);
        return Ok(event.or_else(|| (!m365_csv::is_heading(line)).then(|| text::parse(line, rules))));
    }
    if let Some(event) = formats().nth(context.likely_text).and_then(read) {
        return Ok(Some(event));
    }
    let others = formats().enumerate().filter(|(at, _)| *at != context.likely_text);
    for (at, format) in others {
        if let Some(event) = read(format) {
            context.likely_text = at;
            return Ok(Some(event));
        }
    }
    Ok((!m365_csv::is_heading(line)).then(|| text::parse(line, rules)))
}

/// Every class that a parser gives an event.
pub fn classes() -> Vec<EventClass> {
    let json = JSON_FORMATS.iter().flat_map(|(_, format)| (format.classes)());
    let carriers = JSON_CARRIERS.iter().flat_map(|(_, format)| (format.classes)());
    let text = TEXT_FORMATS.iter().chain(TEXT_CARRIERS).flat_map(|(_, format)| (format.classes)());
    let mut classes = vec![EventClass::UNKNOWN];
    for class in json.chain(carriers).chain(text) {
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    classes
}

/// Whether no parser claimed the record.
pub fn is_plain_text(event: &Event<'_>) -> bool {
    event.class == EventClass::UNKNOWN && !event.text.starts_with('{')
}
