//! Wiz's log of what people and machines did in its console.
//! Source: Wiz Docs, "Audit logs".

use super::super::cloud::given;
use super::{Declared, always};
use crate::event::{Clock, ClockReading, EventClass, Origin};

pub(super) static PRODUCT: Declared = Declared {
    classes: &[CLASS],
    origin: &ORIGIN,
    marks: &["requestId", "sourceIP", "action", "status", "userAgent"],
    is: always,
    shared: |name| match name {
        "sourceIP" => &["source.ip"],
        "serviceAccount.name" => &["user.name"],
        "user.email" => &["user.name"],
        "userAgent" => &["user_agent.original"],
        "action" => &["event.action"],
        _ => &[],
    },
    more: |event| {
        let status = given(event.get("status")).map(|status| status.to_ascii_lowercase());
        match status.as_deref() {
            Some("success") => event.push("event.outcome", "success"),
            Some("failed" | "failure" | "access_denied") => event.push("event.outcome", "failure"),
            _ => {}
        }
    },
};

const CLASS: EventClass = EventClass { product: "wiz", services: &["audit"], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "Wiz audit log",
    clocks: &[Clock { field: "timestamp", reading: ClockReading::Utc }],
    telling: &[&["action", "user.name", "sourceIP"]],
};
