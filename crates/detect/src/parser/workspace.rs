//! Reads activities of Google Workspace as its Reports API gives them.
//! Source: Google Workspace Admin SDK, Reports API, "Activity".

use super::cloud::{also, given, push_client, push_outcome, push_pairs};
use super::json::{JsonError, JsonFormat};
use super::walk::Walk;
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat {
    classes: || ["", "admin", "login", "drive", "token", "user_accounts", "groups"].map(class).to_vec(),
    claim,
};

static ORIGIN: Origin = Origin {
    name: "Google Workspace",
    clocks: &[Clock { field: "id.time", reading: ClockReading::Utc }],
    telling: &[&["user.name", "events.name", "user.target.name", "ipAddress"], &["events.name"]],
};

/// The class of what happened in an application.
fn class(application: &str) -> EventClass {
    let services: &'static [&'static str] = match application {
        "admin" => &["google_workspace.admin"],
        "login" => &["google_workspace.login"],
        "drive" => &["google_workspace.drive"],
        "token" => &["google_workspace.token"],
        "user_accounts" => &["google_workspace.user_accounts"],
        "groups" | "groups_enterprise" => &["google_workspace.groups"],
        _ => &["google_workspace"],
    };
    EventClass { product: "gcp", services, categories: &[] }
}

fn claim(event: &mut Event<'_>) -> bool {
    let (mut marks, mut client, mut application) = (0, None, None);
    for field in &event.fields {
        match &*field.name {
            "id.time" => marks |= 1,
            "id.applicationName" => {
                marks |= 2;
                application = given(Some(&field.value));
            }
            "events.name" => marks |= 4,
            "ipAddress" => client = given(Some(&field.value)),
            _ => {}
        }
    }
    if marks != 7 {
        return false;
    }
    let application = application.unwrap_or_default();
    event.class = class(&application);
    event.origin = &ORIGIN;
    // The grammar was checked when the fields were read.
    let _ = push_parameters(event);
    also(event, shared);
    let name = event.text_of("events.name").map(Cow::into_owned);
    match name.as_deref() {
        Some(name) if name.ends_with("_failure") || name.ends_with("_FAILURE") => push_outcome(event, false),
        Some("login_success" | "CHROME_OS_LOGIN_EVENT" | "CHROME_OS_LOGOUT_EVENT") => {
            push_outcome(event, true);
        }
        Some(name) if name.ends_with("_SUCCESS") => push_outcome(event, true),
        _ => {}
    }
    match &*application {
        "login" => event.push("eventService", "login.googleapis.com"),
        "admin" => event.push("eventService", "admin.googleapis.com"),
        _ => {}
    }
    if let Some(client) = client.or_else(|| given(event.get("parameters.ip_address"))) {
        push_client(event, client);
    }
    true
}

fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "events.name" => &["eventName", "event.action", "protoPayload.metadata.event.eventName"],
        "actor.email" => &["user.name"],
        "parameters.SETTING_NAME" => &["setting_name"],
        "parameters.NEW_VALUE" => &["new_value"],
        "parameters.OLD_VALUE" => &["old_value"],
        "parameters.USER_EMAIL"
        | "parameters.DEVICE_USER"
        | "parameters.target_user"
        | "parameters.affected_email_address" => &["user.target.name"],
        "parameters.DEVICE_NAME" => &["host.name"],
        _ => &[],
    }
}

/// Adds `parameters.NAME: VALUE` for each parameter of each event.
fn push_parameters(event: &mut Event<'_>) -> Result<(), JsonError> {
    const VALUES: [&str; 5] = ["value", "boolValue", "intValue", "multiValue", "multiIntValue"];
    let Cow::Borrowed(line) = event.text else { return Ok(()) };
    Walk::new(line).members(|walk, key| match key {
        "events" => walk.elements(|walk| {
            walk.members(|walk, key| match key {
                "parameters" => push_pairs(event, walk, "parameters", ("name", &VALUES)),
                _ => walk.skip().map(drop),
            })
        }),
        _ => walk.skip().map(drop),
    })
}
