//! Reads Azure's activity log and the logs of its resources, as diagnostic settings and as the activity
//! log's API give them. What Entra ID writes in the same envelope is read by `entra`.
//! Source: Azure Monitor, "Common and service-specific schemas for Azure resource logs"; "Azure activity
//! log event schema".

use super::cloud::{also, given, push_client, push_outcome, text};
use super::json::JsonFormat;
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || vec![ACTIVITY, RESOURCE], claim };

const ACTIVITY: EventClass = EventClass { product: "azure", services: &["activitylogs"], categories: &[] };
const RESOURCE: EventClass = EventClass { product: "azure", services: &[], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "Azure activity log",
    clocks: &[
        Clock { field: "time", reading: ClockReading::Utc },
        Clock { field: "eventTimestamp", reading: ClockReading::Utc },
    ],
    telling: &[
        &["user.name", "operationName", "resourceId", "resultType", "callerIpAddress"],
        &["operationName", "resourceId", "resultType"],
    ],
};

/// Categories of the activity log; everything else is a resource's own.
const CATEGORIES: [&str; 8] = [
    "Administrative",
    "Security",
    "ServiceHealth",
    "Alert",
    "Recommendation",
    "Policy",
    "Autoscale",
    "ResourceHealth",
];

fn claim(event: &mut Event<'_>) -> bool {
    let (mut marks, mut category, mut result, mut client, mut operation) = (0, None, None, None, None);
    let mut denied = false;
    for field in &event.fields {
        match &*field.name {
            "operationName" | "operationName.value" => {
                marks |= 1;
                operation = given(Some(&field.value));
            }
            "category" | "category.value" => {
                marks |= 2;
                category = given(Some(&field.value));
            }
            "time" | "eventTimestamp" => marks |= 4,
            // What other products call so has none of these beside it.
            "resourceId" | "correlationId" => marks |= 8,
            "resultType" | "status.value" => result = given(Some(&field.value)),
            // A request that was answered is a success to some resources, whatever the answer.
            "properties.httpStatusCode" => {
                denied = matches!(&*text(&field.value).unwrap_or_default(), "401" | "403");
            }
            "callerIpAddress" | "httpRequest.clientIpAddress" | "claims.ipaddr" if client.is_none() => {
                client = given(Some(&field.value));
            }
            _ => {}
        }
    }
    if marks != 15 || super::entra::kind(event).is_some() {
        return false;
    }
    let is_activity = category.as_deref().is_some_and(|name| CATEGORIES.contains(&name));
    event.class = if is_activity { ACTIVITY } else { RESOURCE };
    event.origin = &ORIGIN;
    also(event, shared);
    match result.as_deref() {
        _ if denied => push_outcome(event, false),
        Some("Success" | "Succeeded" | "Start" | "Started" | "Accept" | "Accepted" | "0") => {
            push_outcome(event, true);
        }
        Some("Failure" | "Failed" | "ClientError" | "Unauthorized") => push_outcome(event, false),
        Some(_) => event.push("event.outcome", "unknown"),
        None => {}
    }
    if let Some(client) = client {
        push_client(event, client);
    }
    if event.get("ResourceProviderValue").is_none()
        && let Some(provider) = operation.as_deref().and_then(|name| name.split_once('/'))
    {
        event.push("ResourceProviderValue", provider.0.to_owned());
    }
    push_user(event);
    event.push("cloud.provider", "azure");
    true
}

/// Who acted: a person by name, an application by its id.
fn push_user(event: &mut Event<'_>) {
    const NAMES: [&str; 9] = [
        "caller",
        "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
        "identity.claims.upn",
        "identity.claim.upn",
        "identity.claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
        "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
        "identity.claims.appid",
        "identity.claim.appid",
    ];
    if let Some(user) = NAMES.iter().find_map(|name| given(event.get(name))) {
        event.push("user.name", user);
    }
}

/// Names of the tables in Log Analytics, which rules ask for as well.
fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "operationName" => &["event.action", "OperationNameValue"],
        "operationName.value" => &["operationName", "event.action", "OperationNameValue"],
        "category" => &["CategoryValue"],
        "category.value" => &["category", "CategoryValue"],
        "resourceId" => &["ResourceId"],
        "resourceProviderName.value" => &["ResourceProviderValue"],
        "subscriptionId" => &["cloud.account.id"],
        "properties.clientInfo" => &["user_agent.original"],
        _ => &[],
    }
}
