//! What SentinelOne's agents see, as Cloud Funnel (Deep Visibility) delivers it.
//! Source: SentinelOne, "Cloud Funnel 2.0" event schema.

use super::{Declared, always, push_first};
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};

pub(super) static PRODUCT: Declared = Declared {
    classes: &CLASSES,
    origin: &ORIGIN,
    marks: &["event.category", "endpoint.name", "agent.uuid", "event.type"],
    is: always,
    shared,
    more,
};

static ORIGIN: Origin = Origin {
    name: "SentinelOne Cloud Funnel",
    clocks: &[
        Clock { field: "event.time", reading: ClockReading::EpochMillis },
        Clock { field: "timestamp", reading: ClockReading::Utc },
    ],
    telling: &[
        &["tgt.process.cmdline"],
        &["event.dns.request", "process.name"],
        &["event.type", "process.executable", "source.ip", "destination.ip", "file.path"],
    ],
};

const CLASSES: [EventClass; 2] = [
    EventClass { product: "sentinelone", services: &["cloud_funnel"], categories: &[] },
    EventClass { product: "sentinelone", services: &["cloud_funnel"], categories: &["process_creation"] },
];

fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "endpoint.name" => &["host.name"],
        "event.type" => &["event.action"],
        "src.port.number" => &["source.port"],
        "dst.ip.address" => &["destination.ip"],
        "dst.port.number" => &["destination.port"],
        "tgt.file.path" => &["file.path"],
        "tgt.file.sha256" => &["file.hash.sha256"],
        "tgt.file.sha1" => &["file.hash.sha1"],
        "tgt.file.md5" => &["file.hash.md5"],
        "event.dns.request" => &["dns.question.name", "QueryName"],
        "url.address" => &["url.full"],
        _ => &[],
    }
}

/// The process that acted: the operating system's where it acted for another, else the source; of one that was
/// only made, the target.
fn more(event: &mut Event<'_>) {
    if event.text_of("event.category").is_some_and(|category| category == "process") {
        event.class = CLASSES[1];
    }
    let has = |name: &str| event.get(name).is_some();
    let names = match (has("osSrc.process.name"), has("src.process.name")) {
        (true, _) => SYSTEM,
        (_, true) => SOURCE,
        _ => TARGET,
    };
    push_first(event, "user.name", &["event.login.userName", names[0]]);
    push_first(event, "process.name", &[names[1]]);
    push_first(event, "process.pid", &[names[2]]);
    push_first(event, "process.executable", &[names[3]]);
    push_first(event, "process.command_line", &[names[4]]);
    push_first(event, "source.ip", &["src.endpoint.ip.address", "src.ip.address"]);
    match event.text_of("event.login.loginIsSuccessful").as_deref() {
        Some("true") => event.push("event.outcome", "success"),
        Some("false") => event.push("event.outcome", "failure"),
        _ => {}
    }
}

/// The account, the name, the number, the path and the command line of a process.
const SYSTEM: [&str; 5] = [
    "osSrc.process.user",
    "osSrc.process.name",
    "osSrc.process.pid",
    "osSrc.process.image.path",
    "osSrc.process.cmdline",
];
const SOURCE: [&str; 5] = [
    "src.process.user",
    "src.process.name",
    "src.process.pid",
    "src.process.image.path",
    "src.process.cmdline",
];
const TARGET: [&str; 5] = [
    "tgt.process.user",
    "tgt.process.displayName",
    "tgt.process.pid",
    "tgt.process.image.path",
    "tgt.process.cmdline",
];
