//! Reads audit logs of Google Cloud, among them what Google Workspace shares with Google Cloud.
//! Source: Google Cloud, "AuditLog" (google.cloud.audit) within "LogEntry"; google/rpc/code.proto.

use super::cloud::{also, given, push_client, push_outcome, unwrap};
use super::json::JsonFormat;
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};

pub(super) const FORMAT: JsonFormat =
    JsonFormat { classes: || vec![class(""), class(LOGIN), class(ADMIN)], claim };

const LOGIN: &str = "login.googleapis.com";
const ADMIN: &str = "admin.googleapis.com";

static ORIGIN: Origin = Origin {
    name: "Google Cloud audit log",
    clocks: &[Clock { field: "timestamp", reading: ClockReading::Utc }],
    telling: &[
        &["user.name", "protoPayload.methodName", "protoPayload.resourceName", "source.ip"],
        &["protoPayload.methodName", "protoPayload.resourceName"],
    ],
};

/// The class of what a service did.
fn class(service: &str) -> EventClass {
    let services: &'static [&'static str] = match service {
        LOGIN => &["gcp.audit", "google_workspace.login"],
        ADMIN => &["gcp.audit", "google_workspace.admin"],
        _ => &["gcp.audit"],
    };
    EventClass { product: "gcp", services, categories: &[] }
}

fn claim(event: &mut Event<'_>) -> bool {
    // Pub/Sub sinks of some shippers put the entry into `data`.
    if event.fields.iter().any(|field| field.name == "data.protoPayload.methodName") {
        unwrap(event, "data.");
    }
    let (mut marks, mut client, mut code, mut service) = (0, None, None, None);
    let (mut name, mut key) = (None, None);
    for field in &event.fields {
        match &*field.name {
            "protoPayload.methodName" => marks |= 1,
            "protoPayload.serviceName" => {
                marks |= 2;
                service = given(Some(&field.value));
            }
            "protoPayload.requestMetadata.callerIp" => client = given(Some(&field.value)),
            "protoPayload.status.code" => code = given(Some(&field.value)),
            "protoPayload.metadata.event.eventName" => name = given(Some(&field.value)),
            "protoPayload.authenticationInfo.serviceAccountKeyName" => key = given(Some(&field.value)),
            _ => {}
        }
    }
    if marks != 3 {
        return false;
    }
    event.class = class(service.as_deref().unwrap_or_default());
    event.origin = &ORIGIN;
    also(event, shared);
    // A login that was refused is a call that went well.
    let refused = name.is_some_and(|name| name.ends_with("_failure"));
    push_outcome(event, code.is_none_or(|code| code == "0") && !refused);
    if let Some(client) = client {
        push_client(event, client);
    }
    if let Some(key) = key {
        event.push("session.id", key);
    }
    event.push("cloud.provider", "gcp");
    true
}

/// SigmaHQ's rules come from three mappings of the same record.
fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "protoPayload.methodName" => {
            &["event.action", "gcp.audit.method_name", "data.protoPayload.methodName"]
        }
        "protoPayload.serviceName" => {
            &["eventService", "data.protoPayload.serviceName", "protoPayload.Servicename"]
        }
        "protoPayload.metadata.event.eventName" => &["eventName"],
        "protoPayload.authenticationInfo.principalEmail" => &["user.name"],
        "protoPayload.requestMetadata.callerSuppliedUserAgent" => &["user_agent.original"],
        "protoPayload.authorizationInfo.permission" => &["data.protoPayload.authorizationInfo.permission"],
        "protoPayload.authorizationInfo.granted" => &["data.protoPayload.authorizationInfo.granted"],
        "resource.type" => &["data.protoPayload.resource.type"],
        "resource.labels.project_id" => &["cloud.account.id"],
        "logName" => &["data.protoPayload.logName"],
        _ => &[],
    }
}
