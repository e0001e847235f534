//! Reads what PAM's modules write under the name of the program that called them.
//! Source: Linux-PAM 1.6, `pam_unix/support.c`, `pam_unix/pam_unix_sess.c`; SSSD's `pam_sss`;
//! Samba's `pam_winbind`.

use crate::event::Event;
use crate::parser::cut::Cut;
use crate::parser::linux::{act, end, push_given, push_number, push_source};

/// Adds what `pam_unix(sshd:auth): text` tells.
pub(crate) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    let Some((head, text)) = message.cut_at("): ") else { return };
    let Some((module, service)) = head.cut(b'(') else { return };
    event.push("pam.module", module);
    push_given(event, "pam.service", service.cut(b':').map_or(service, |(service, _)| service));
    read_text(event, text);
}

/// Adds what a module's text tells.
pub(crate) fn read_text<'a>(event: &mut Event<'a>, text: &'a str) {
    if let Some(details) = text.strip_prefix("authentication failure") {
        end(event, "pam_auth_failure", false);
        read_peer(event, details);
    } else if let Some(who) = text.strip_prefix("session opened for user ") {
        // The user's name comes before sshd's own ` by `, so the last one counts.
        let (user, by) = who.cut_at_last(" by ").unwrap_or((who, ""));
        act(event, "session_opened");
        push_account(event, user, ("user.name", "user.id"));
        push_account(event, by, ("pam.by", "pam.by.id"));
    } else if let Some(user) = text.strip_prefix("session closed for user ") {
        act(event, "session_closed");
        push_given(event, "user.name", user);
    } else if let Some(user) = text.strip_prefix("password changed for ") {
        act(event, "password_change");
        push_given(event, "user.target.name", user);
    } else if let Some(who) = text.strip_prefix("Consecutive login failures for user ")
        && let Some(user) = who.strip_suffix(" account temporarily locked")
    {
        act(event, "account_locked");
        event.push("user.name", user);
    } else if let Some(user) =
        text.strip_prefix("user '").and_then(|who| who.strip_suffix("' granted access"))
    {
        end(event, "pam_access_granted", true);
        event.push("user.name", user);
    }
}

/// `; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root`
///
/// The user stands last and may be whatever the client sent, so the first `rhost=` counts and the
/// user is all that follows `user=`.
pub(crate) fn read_peer<'a>(event: &mut Event<'a>, details: &'a str) {
    let Some((_, rest)) = details.cut_at(" rhost=") else { return };
    let (host, user) = match rest.cut_at(" user=") {
        Some((host, user)) => (host, user),
        None => (rest.strip_suffix(" user=").unwrap_or(rest), ""),
    };
    push_given(event, "user.name", user.trim());
    push_source(event, host.trim());
}

/// `deploy(uid=1000)`, `deploy`, or `(uid=0)` when the caller has no name.
fn push_account<'a>(event: &mut Event<'a>, text: &'a str, (name, id): (&'static str, &'static str)) {
    let parts = text.strip_suffix(')').and_then(|text| text.cut_at_last("(uid="));
    let (user, uid) = parts.unwrap_or((text, ""));
    push_given(event, name, user);
    if !uid.is_empty() {
        push_number(event, id, uid);
    }
}
