//! Events of any product in the Open Cybersecurity Schema Framework.
//! Source: OCSF schema 1.5.

use super::{Declared, push_first};
use crate::event::{Clock, ClockReading, Event, EventClass, Origin, Value};
use crate::time::EventTime;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;

pub(super) static PRODUCT: Declared = Declared {
    classes: &[CLASS],
    origin: &ORIGIN,
    marks: &["class_uid", "category_uid"],
    is: |event| event.fields.iter().any(|field| field.name.starts_with("metadata.")),
    shared,
    more,
};

const CLASS: EventClass = EventClass { product: "", services: &["ocsf"], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "OCSF",
    clocks: &[
        Clock { field: "time", reading: ClockReading::EpochMillis },
        Clock { field: "time_dt", reading: ClockReading::Utc },
    ],
    telling: &[
        &["message"],
        &["finding_info.title", "host.name"],
        &["class_name", "activity_name", "user.name", "source.ip", "destination.ip"],
        &["class_uid", "activity_id"],
    ],
};

fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "src_endpoint.ip" => &["source.ip"],
        "src_endpoint.port" => &["source.port"],
        "src_endpoint.hostname" => &["source.domain"],
        "dst_endpoint.ip" => &["destination.ip"],
        "dst_endpoint.port" => &["destination.port"],
        "dst_endpoint.hostname" => &["destination.domain"],
        "query.hostname" => &["dns.question.name"],
        "http_request.url.url_string" | "url.url_string" => &["url.full"],
        "http_request.user_agent" => &["user_agent.original"],
        "http_request.http_method" => &["http.request.method"],
        "activity_name" => &["event.action"],
        "cloud.account.uid" => &["cloud.account.id"],
        _ => &[],
    }
}

fn more(event: &mut Event<'_>) {
    // Milliseconds by the schema; some write seconds.
    let seconds =
        event.text_of("time").and_then(|text| text.parse::<f64>().ok()).filter(|time| time.abs() < 1e11);
    let span = seconds.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
    event.time = span.and_then(|span| Timestamp::from_duration(span).ok()).map(|at| EventTime {
        at,
        year_inferred: false,
        zone_inferred: false,
    });
    push_first(event, "user.name", &["actor.user.name", "user.name"]);
    push_first(event, "host.name", &["device.hostname", "device.name"]);
    push_first(event, "process.name", &["actor.process.name"]);
    push_first(event, "process.pid", &["actor.process.pid"]);
    push_first(event, "process.command_line", &["process.cmd_line", "actor.process.cmd_line"]);
    push_first(event, "process.executable", &["process.file.path", "actor.process.file.path"]);
    for of in ["file.hashes.value", "process.file.hashes.value", "actor.process.file.hashes.value"] {
        push_hashes(event, of);
    }
    let outcome = match super::super::cloud::given(event.get("status_id")).as_deref() {
        Some("1") => "success",
        Some("2") => "failure",
        Some(_) => "unknown",
        None => return,
    };
    // Of a finding the number tells how far people are with it.
    if event.text_of("category_uid").is_some_and(|category| category != "2") {
        event.push("event.outcome", outcome);
    }
}

/// Hashes say by their length what they are; the list beside them names what they are made of.
fn push_hashes(event: &mut Event<'_>, field: &str) {
    let Some(value) = event.get(field) else { return };
    let digits: Vec<String> = match value {
        Value::List(members) => {
            members.iter().filter_map(Value::as_text).take(8).map(Cow::into_owned).collect()
        }
        one => one.as_text().map(Cow::into_owned).into_iter().collect(),
    };
    for digits in digits {
        let name = match digits.len() {
            32 => "file.hash.md5",
            40 => "file.hash.sha1",
            64 => "file.hash.sha256",
            _ => continue,
        };
        if event.get(name).is_none() && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            event.push(name, digits);
        }
    }
}
