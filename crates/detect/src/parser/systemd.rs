//! Reads the messages of systemd and systemd-logind: services come and go, people log in and out.
//! Source: systemd 256, `src/core/job.c` (job messages), `src/core/unit.c`, `src/login/logind-session.c`.

use crate::event::Event;
use crate::parser::cut::Cut;
use crate::parser::linux::{act, end, push_given};

/// `Started nginx.service - A web server.`, before version 250 `Started A web server.`, and
/// `nginx.service: Failed with result 'exit-code'.`
pub(crate) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    if let Some((unit, text)) = message.cut_at(": ")
        && is_unit(unit)
    {
        if let Some(result) = text.strip_prefix("Failed with result ") {
            end(event, "service_failed", false);
            event.push("service.name", unit);
            push_given(event, "event.reason", result.trim_end_matches('.').trim_matches('\''));
        }
        return;
    }
    if let Some(unit) =
        message.strip_prefix("Unit ").and_then(|text| text.strip_suffix(" entered failed state."))
    {
        end(event, "service_failed", false);
        event.push("service.name", unit);
        return;
    }
    let (action, service) = if let Some(service) = message.strip_prefix("Started ") {
        ("service_started", service)
    } else if let Some(service) = message.strip_prefix("Stopped ") {
        ("service_stopped", service)
    } else if let Some(service) = message.strip_prefix("Reloaded ") {
        ("service_reloaded", service)
    } else if let Some(service) = message.strip_prefix("Failed to start ") {
        ("service_failed", service)
    } else {
        return;
    };
    match action {
        "service_failed" => end(event, action, false),
        _ => act(event, action),
    }
    let service = service.strip_suffix('.').unwrap_or(service);
    match service.cut_at(" - ").filter(|(unit, _)| is_unit(unit)) {
        Some((unit, description)) => {
            event.push("service.name", unit);
            push_given(event, "service.description", description);
        }
        None => push_given(event, "service.name", service),
    }
}

/// A unit's name: no blanks, and one of the suffixes systemd knows.
fn is_unit(name: &str) -> bool {
    const KINDS: [&str; 11] = [
        "service",
        "socket",
        "scope",
        "timer",
        "mount",
        "slice",
        "target",
        "path",
        "device",
        "swap",
        "automount",
    ];
    !name.has(b' ') && name.cut_last(b'.').is_some_and(|(_, kind)| KINDS.contains(&kind))
}

/// `New session 12 of user deploy.`, since version 255 with quotes and a class; `Removed session 12.`
pub(crate) fn read_logind<'a>(event: &mut Event<'a>, message: &'a str) {
    if let Some((session, text)) =
        message.strip_prefix("New session ").and_then(|text| text.cut_at(" of user "))
    {
        let user = match text.strip_prefix('\'') {
            Some(quoted) => quoted.cut(b'\'').map_or(quoted, |(user, _)| user),
            None => text.cut(b' ').map_or(text, |(user, _)| user).trim_end_matches('.'),
        };
        act(event, "session_new");
        push_given(event, "user.name", user);
        push_given(event, "session.id", session.trim_matches('\''));
    } else if let Some(session) = message.strip_prefix("Removed session ") {
        act(event, "session_removed");
        push_given(event, "session.id", session.trim_end_matches('.').trim_matches('\''));
    }
}
