//! Reads the audit log of GitHub, as streamed and as its API gives it.
//! Source: GitHub Docs, "Audit log events for your organization".

use super::cloud::{also, given, push_client};
use super::json::JsonFormat;
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || vec![CLASS], claim };

const CLASS: EventClass = EventClass { product: "github", services: &["audit"], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "GitHub audit log",
    clocks: &[
        Clock { field: "@timestamp", reading: ClockReading::EpochMillis },
        Clock { field: "created_at", reading: ClockReading::EpochMillis },
    ],
    telling: &[&["actor", "action", "repo"], &["action", "org"]],
};

fn claim(event: &mut Event<'_>) -> bool {
    let (mut marks, mut client) = (0, None);
    for field in &event.fields {
        match &*field.name {
            "action" => marks |= 1,
            "_document_id" => marks |= 2,
            "@timestamp" | "created_at" => marks |= 4,
            "actor_ip" => client = given(Some(&field.value)),
            _ => {}
        }
    }
    if marks != 7 {
        return false;
    }
    event.class = CLASS;
    event.origin = &ORIGIN;
    also(event, |name| match name {
        "action" => &["event.action"],
        "actor" => &["user.name"],
        "user" => &["user.target.name"],
        "user_agent" => &["user_agent.original"],
        "hashed_token" => &["session.id"],
        _ => &[],
    });
    if let Some(client) = client {
        push_client(event, client);
    }
    true
}
