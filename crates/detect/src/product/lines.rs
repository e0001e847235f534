//! Alerts in CEF and LEEF, a line each, bare or behind a heading of syslog; the parsers of events read them.
//! Source: ArcSight CEF implementation standard, revision 26; IBM QRadar, "LEEF event components".

use super::alert::ProductAlert;
use super::body::{ALERTS_LIMIT, BODY_LIMIT};
use super::error::{Place, ProductError};
use super::format::Format;
use super::look::address;
use super::part::Maker;
use super::text::{excerpt, hex, kept};
use crate::event::{Event, Value};
use crate::parser::{Context, Room, parse_line};
use crate::time::{TimeRules, when};
use cofferdam_vocabulary::Level;

/// Bytes of a line that are read.
const LINE_LIMIT: usize = 1 << 20;

/// Reads all lines.
pub(super) fn read_all(
    format: Format,
    text: &str,
    rules: &TimeRules,
) -> Vec<Result<ProductAlert, ProductError>> {
    let mut alerts = Vec::new();
    let mut context = Context::default();
    for (line, number) in text.lines().zip(1..) {
        let place = Place { line: number, element: None };
        if line.trim().is_empty() {
            continue;
        }
        if number > ALERTS_LIMIT || text.len() > BODY_LIMIT {
            alerts.push(Err(ProductError::TooMuch { place, limit: ALERTS_LIMIT, what: "alerts" }));
            break;
        }
        alerts.push(read(format, line, place, rules, &mut context));
    }
    alerts
}

/// Whether the line is of that format.
pub(super) fn is_of(format: Format, line: &str, rules: &TimeRules) -> bool {
    read(format, line, Place::default(), rules, &mut Context::default()).is_ok()
}

fn read(
    format: Format,
    line: &str,
    place: Place,
    rules: &TimeRules,
    context: &mut Context,
) -> Result<ProductAlert, ProductError> {
    if line.len() > LINE_LIMIT {
        return Err(ProductError::TooMuch { place, limit: LINE_LIMIT, what: "bytes in a line" });
    }
    let room = Room::default();
    match parse_line(line, rules, context, &room) {
        Ok(Some(event)) if event.class.services.contains(&format.as_str()) => {
            Ok(of_event(format, &event, rules))
        }
        _ => Err(ProductError::NotOfFormat { place, format, start: excerpt(line) }),
    }
}

fn of_event(format: Format, event: &Event<'_>, rules: &TimeRules) -> ProductAlert {
    let text = |name: &str| event.text_of(name).and_then(|text| kept(&text));
    let first = |names: &[&str]| names.iter().find_map(|name| text(name));
    let ip = |name: &str| text(name).and_then(|text| address(&text));
    let port = |name: &str| text(name).and_then(|text| text.parse().ok());
    let hash = |name: &str| text(name).and_then(|text| hex(&text));
    let mut alert = ProductAlert::new(format.as_str());
    alert.maker = Some(Maker { vendor: text("observer.vendor"), product: text("observer.product") });
    alert.source_id = first(&["externalId", "resourceId"]);
    alert.title = match format {
        // The parser names an event of LEEF by its id.
        Format::Leef => first(&["msg", "cat", "event.code"]).unwrap_or_default(),
        _ => text("rule.name").unwrap_or_default(),
    };
    alert.rule.id = text("event.code");
    let level = text("event.severity").and_then(|level| Level::parse(&level).ok());
    alert.level = level.unwrap_or(Level::Medium);
    alert.time_event = when(event, rules).map(|time| time.at);
    alert.time_alert = alert.time_event;
    alert.host.name = text("host.name");
    alert.host.ip = ip("observer.ip");
    alert.host.id = first(&["deviceExternalId"]);
    alert.user.name = first(&["user.name", "user.target.name"]);
    alert.user.domain = first(&["sntdom", "dntdom", "domain"]);
    (alert.src.ip, alert.src.port, alert.src.domain) =
        (ip("source.ip"), port("source.port"), text("source.domain"));
    (alert.dst.ip, alert.dst.port, alert.dst.domain) =
        (ip("destination.ip"), port("destination.port"), text("destination.domain"));
    alert.process.name = text("process.name");
    alert.process.cmdline = first(&["dproc", "deviceProcessName"]).filter(|line| line.contains(' '));
    alert.file.path = first(&["file.path", "file.name"]);
    alert.file.md5 = hash("file.hash.md5");
    alert.file.sha1 = hash("file.hash.sha1");
    alert.file.sha256 = hash("file.hash.sha256");
    alert.url = text("url.full");
    alert.action = text("event.action").map(|action| action.to_ascii_lowercase());
    alert.message = text("message");
    for field in &event.fields {
        let text = match &field.value {
            Value::List(_) => None,
            value => value.as_text().and_then(|text| kept(&text)),
        };
        if let Some(label) = field.name.strip_prefix("custom.") {
            text.iter().for_each(|text| alert.techniques_in(text));
            alert.also(label, text);
        } else if matches!(
            &*field.name,
            "cat" | "proto" | "app" | "reason" | "outcome" | "policy" | "deviceDirection"
        ) {
            alert.also(&field.name, text);
        }
    }
    alert
}
