//! Reads the audit log of Kubernetes.
//! Source: Kubernetes 1.34, `audit.k8s.io/v1`, Event.

use super::cloud::{also, given, push_client, push_outcome};
use super::json::JsonFormat;
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || vec![CLASS], claim };

const CLASS: EventClass =
    EventClass { product: "kubernetes", services: &["audit"], categories: &["application"] };

static ORIGIN: Origin = Origin {
    name: "Kubernetes audit log",
    clocks: &[
        Clock { field: "requestReceivedTimestamp", reading: ClockReading::Utc },
        Clock { field: "stageTimestamp", reading: ClockReading::Utc },
    ],
    telling: &[&["user.username", "verb", "requestURI", "responseStatus.code"]],
};

fn claim(event: &mut Event<'_>) -> bool {
    let (mut marks, mut client, mut code, mut decision) = (0, None, None, None);
    let mut identity = None;
    for field in &event.fields {
        match &*field.name {
            "verb" => marks |= 1,
            "auditID" => marks |= 2,
            "requestURI" => marks |= 4,
            // Proxies add themselves behind the client.
            "sourceIPs" => client = given(Some(&field.value)),
            "responseStatus.code" => code = given(Some(&field.value)),
            "annotations.authorization.k8s.io/decision" => decision = given(Some(&field.value)),
            "user.extra.authentication.kubernetes.io/credential-id" => identity = given(Some(&field.value)),
            _ => {}
        }
    }
    if marks != 7 {
        return false;
    }
    event.class = CLASS;
    event.origin = &ORIGIN;
    also(event, shared);
    let code: Option<u16> = code.and_then(|code| code.parse().ok());
    if decision.as_deref() == Some("forbid") {
        push_outcome(event, false);
    } else if let Some(code) = code {
        push_outcome(event, code < 400);
    }
    if let Some(client) = client {
        push_client(event, client);
    }
    if let Some(identity) = identity {
        event.push("session.id", identity);
    }
    true
}

/// Rules ask for parts of a pod's description and for the group of the interface without their path.
fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "verb" => &["event.action"],
        "user.username" => &["user.name"],
        "impersonatedUser.username" => &["user.target.name"],
        "userAgent" => &["user_agent.original"],
        "objectRef.apiGroup" => &["apiGroup"],
        "requestObject.spec.volumes.hostPath.path"
        | "requestObject.spec.template.spec.volumes.hostPath.path" => &["hostPath"],
        "requestObject.spec.containers.securityContext.capabilities.add"
        | "requestObject.spec.template.spec.containers.securityContext.capabilities.add" => &["capabilities"],
        _ => &[],
    }
}
