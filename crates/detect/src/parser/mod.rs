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

/// Products that write JSON objects, in the order in which they are asked.
static JSON_FORMATS: &[JsonFormat] = &[
    windows::FORMAT,
    cloudtrail::FORMAT,
    guardduty::FORMAT,
    entra::FORMAT,
    azure::FORMAT,
    m365::FORMAT,
    gcp::FORMAT,
    workspace::FORMAT,
    okta::FORMAT,
    kubernetes::FORMAT,
    github::FORMAT,
    suricata::FORMAT,
    zeek::JSON,
    journald::FORMAT,
    auditbeat::FORMAT,
    declared::FORMAT,
];

/// Formats that are lines of text, in the order in which they are asked.
static TEXT_FORMATS: &[TextFormat] = &[
    zeek::TEXT,
    w3c::FORMAT,
    auditd::FORMAT,
    syslog::FORMAT,
    access_log::FORMAT,
    event_xml::FORMAT,
    cef::FORMAT,
    leef::FORMAT,
    squid::FORMAT,
    bind::FORMAT,
    dns_debug::FORMAT,
    m365_csv::FORMAT,
    logfmt::FORMAT,
    cisco_asa::FORMAT,
    fortinet::FORMAT,
    vpc_flow::FORMAT,
];

/// JSON formats whose records hold a line of any format above; they are asked first.
static JSON_CARRIERS: &[JsonCarrier] = &[docker::FORMAT, forwarded::FORMAT];

/// Text formats whose records hold a line of any format above; they are asked last. What one carries
/// is not looked into for another, so that a line cannot nest without end.
static TEXT_CARRIERS: &[TextFormat] = &[container::FORMAT];

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
    likely_json: usize,
    likely_text: usize,
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
        return json::parse_like(trimmed.trim_end(), &mut context.likely_json, room).map(Some);
    }
    if context.heading.take(line) {
        return Ok(None);
    }
    let read = |format: &TextFormat| (format.read)(line, rules, &context.heading, room);
    let formats = || TEXT_FORMATS.iter().chain(TEXT_CARRIERS);
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
    let json = JSON_FORMATS.iter().flat_map(|format| (format.classes)());
    let carriers = JSON_CARRIERS.iter().flat_map(|format| (format.classes)());
    let text = TEXT_FORMATS.iter().chain(TEXT_CARRIERS).flat_map(|format| (format.classes)());
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
