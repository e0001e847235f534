//! Requests that AWS WAF judged.
//! Source: AWS WAF Developer Guide, "Log fields for web ACL traffic".

use super::{Declared, always, nothing};
use crate::event::{Clock, ClockReading, EventClass, Origin};

pub(super) static PRODUCT: Declared = Declared {
    classes: &[CLASS],
    origin: &ORIGIN,
    marks: &["webaclId", "action", "httpRequest.clientIp"],
    is: always,
    shared: |name| match name {
        "action" => &["event.action"],
        "httpRequest.clientIp" => &["source.ip", "c-ip"],
        "httpRequest.uri" => &["url.path", "cs-uri-stem"],
        "httpRequest.args" => &["cs-uri-query"],
        "httpRequest.httpMethod" => &["http.request.method", "cs-method"],
        "terminatingRuleId" => &["rule.id"],
        _ => &[],
    },
    more: nothing,
};

const CLASS: EventClass = EventClass { product: "aws", services: &["waf"], categories: &["webserver"] };

static ORIGIN: Origin = Origin {
    name: "AWS WAF",
    clocks: &[Clock { field: "timestamp", reading: ClockReading::EpochMillis }],
    telling: &[&["action", "httpRequest.clientIp", "httpRequest.httpMethod", "httpRequest.uri"]],
};
