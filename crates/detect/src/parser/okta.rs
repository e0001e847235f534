//! Reads the system log of Okta.
//! Source: Okta API, "System Log", LogEvent.

use super::cloud::{also, given, push_client, push_outcome};
use super::json::JsonFormat;
use crate::event::{Clock, ClockReading, Event, EventClass, Origin, Value};
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || vec![CLASS], claim };

const CLASS: EventClass = EventClass { product: "okta", services: &["okta"], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "Okta system log",
    clocks: &[Clock { field: "published", reading: ClockReading::Utc }],
    telling: &[
        &["user.name", "displayMessage", "outcome.result", "outcome.reason", "client.ipAddress"],
        &["displayMessage", "eventType", "client.ipAddress"],
    ],
};

fn claim(event: &mut Event<'_>) -> bool {
    let (mut marks, mut client, mut result, mut session) = (0, None, None, None);
    let (mut kinds, mut names) = (None, None);
    for field in &event.fields {
        match &*field.name {
            "eventType" => marks |= 1,
            "published" => marks |= 2,
            "actor.alternateId" | "legacyEventType" | "actor.id" => marks |= 4,
            "client.ipAddress" => client = given(Some(&field.value)),
            "outcome.result" => result = given(Some(&field.value)),
            "authenticationContext.externalSessionId" => session = given(Some(&field.value)),
            "target.type" => kinds = Some(&field.value),
            "target.alternateId" => names = Some(&field.value),
            _ => {}
        }
    }
    if marks != 7 {
        return false;
    }
    let target = kinds.zip(names).and_then(|(kinds, names)| user_among(kinds, names));
    event.class = CLASS;
    event.origin = &ORIGIN;
    also(event, shared);
    match result.as_deref() {
        Some("SUCCESS" | "ALLOW") => push_outcome(event, true),
        Some("FAILURE" | "DENY") => push_outcome(event, false),
        Some(_) => event.push("event.outcome", "unknown"),
        None => {}
    }
    if let Some(client) = client {
        push_client(event, client);
    }
    if let Some(target) = target {
        event.push("user.target.name", target);
    }
    if let Some(session) = session.filter(|session| session != "unknown") {
        event.push("session.id", session);
    }
    true
}

/// The first target that is a person; groups, applications and policies are targets too.
fn user_among<'a>(kinds: &Value<'a>, names: &Value<'a>) -> Option<Cow<'a, str>> {
    let members = |value: &Value<'a>| match value {
        Value::List(members) => members.clone(),
        single => vec![single.clone()],
    };
    let (kinds, names) = (members(kinds), members(names));
    let at = kinds.iter().position(|kind| kind.as_text().as_deref() == Some("User"))?;
    (kinds.len() == names.len()).then(|| given(names.get(at)))?
}

fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "eventType" => &["event.action"],
        "actor.alternateId" => &["user.name"],
        "client.userAgent.rawUserAgent" => &["user_agent.original"],
        _ => &[],
    }
}
