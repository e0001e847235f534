//! What Cloudflare's Logpush delivers: requests to sites, and what its gateway let through for one's own people.
//! Source: Cloudflare Logs, data sets `http_requests`, `firewall_events`, `gateway_dns`, `gateway_http` and
//! `gateway_network`.

use super::{Declared, always, nothing};
use crate::event::{Clock, ClockReading, EventClass, Origin};

pub(super) static REQUEST: Declared = Declared {
    classes: &[class(&["http"], &["webserver"])],
    origin: &ORIGIN,
    marks: &["ClientIP", "RayID", "ClientRequestHost", "ClientRequestMethod"],
    is: always,
    shared: |name| match name {
        "ClientIP" => &["source.ip", "c-ip"],
        "ClientRequestHost" => &["cs-host", "url.domain"],
        "ClientRequestMethod" => &["cs-method", "http.request.method"],
        "ClientRequestPath" | "ClientRequestURI" => &["cs-uri-stem", "url.path"],
        "ClientRequestQuery" => &["cs-uri-query", "url.query"],
        "ClientRequestUserAgent" => &["cs-user-agent", "user_agent.original"],
        "EdgeResponseStatus" => &["sc-status", "http.response.status_code"],
        "Action" => &["event.action"],
        _ => &[],
    },
    more: nothing,
};

pub(super) static GATEWAY: Declared = Declared {
    classes: &[class(&["gateway"], &["proxy"])],
    origin: &ORIGIN,
    marks: &["SourceIP", "SourcePort", "DestinationIP", "DestinationPort", "Action", "Email", "Datetime"],
    is: always,
    shared: |name| match name {
        "SourceIP" => &["source.ip", "c-ip", "src_ip"],
        "SourcePort" => &["source.port", "src_port"],
        "DestinationIP" => &["destination.ip", "dst_ip"],
        "DestinationPort" => &["destination.port", "dst_port"],
        "Email" => &["user.name", "cs-username"],
        "DeviceName" => &["host.name"],
        "Action" => &["event.action"],
        "HTTPHost" => &["cs-host", "url.domain"],
        "HTTPMethod" => &["cs-method", "http.request.method"],
        "URL" => &["c-uri", "url.full"],
        "UserAgent" => &["c-useragent", "user_agent.original"],
        "BlockedFileHash" => &["file.hash.sha256"],
        "SNI" => &["destination.domain"],
        _ => &[],
    },
    more: nothing,
};

pub(super) static DNS: Declared = Declared {
    classes: &[class(&["gateway"], &["dns"])],
    origin: &ORIGIN,
    marks: &["SrcIP", "DstIP", "QueryName", "ResolverDecision"],
    is: always,
    shared: |name| match name {
        "SrcIP" => &["source.ip", "src_ip"],
        "SrcPort" => &["source.port", "src_port"],
        "DstIP" => &["destination.ip", "dst_ip"],
        "DstPort" => &["destination.port", "dst_port"],
        "Email" => &["user.name"],
        "DeviceName" => &["host.name"],
        "QueryName" => &["query", "dns.question.name"],
        "QueryTypeName" => &["record_type", "dns.question.type"],
        "ResolverDecision" => &["event.action"],
        _ => &[],
    },
    more: nothing,
};

const fn class(services: &'static [&'static str], categories: &'static [&'static str]) -> EventClass {
    EventClass { product: "cloudflare", services, categories }
}

static ORIGIN: Origin = Origin {
    name: "Cloudflare",
    clocks: &[
        Clock { field: "Datetime", reading: ClockReading::Utc },
        Clock { field: "Datetime", reading: ClockReading::EpochNanos },
        Clock { field: "EdgeStartTimestamp", reading: ClockReading::Utc },
        Clock { field: "EdgeStartTimestamp", reading: ClockReading::EpochNanos },
    ],
    telling: &[
        &["ClientRequestMethod", "ClientRequestHost", "ClientRequestPath", "EdgeResponseStatus"],
        &["QueryName", "SrcIP", "ResolverDecision"],
        &["Action", "SourceIP", "DestinationIP", "DestinationPort", "URL"],
        &["ClientRequestMethod", "ClientRequestHost", "ClientRequestURI", "EdgeResponseStatus"],
    ],
};
