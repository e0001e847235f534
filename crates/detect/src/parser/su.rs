//! Reads the messages of su and login: somebody becomes a user at a terminal.
//! Source: util-linux 2.40, `login-utils/su-common.c`, `login-utils/login.c`; shadow 4.15, `src/su.c`,
//! `src/login.c`; the example of RFC 3164, section 5.4.

use crate::event::Event;
use crate::parser::cut::Cut;
use crate::parser::linux::{end, push_given, push_source};

/// Adds what su's message tells.
pub(crate) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    let Some(switch) = util_linux(message).or_else(|| shadow(message)).or_else(|| bsd(message)) else {
        return;
    };
    end(event, "su", switch.success);
    push_given(event, "user.name", switch.user);
    push_given(event, "user.target.name", switch.target);
    push_given(event, "process.tty", switch.tty);
}

struct Switch<'a> {
    success: bool,
    user: &'a str,
    target: &'a str,
    tty: &'a str,
}

/// `[FAILED SU ](to root) deploy on pts/0`
fn util_linux(message: &str) -> Option<Switch<'_>> {
    let failed = message.strip_prefix("FAILED SU ");
    let (target, rest) = failed.unwrap_or(message).strip_prefix("(to ")?.cut_at(") ")?;
    let (user, tty) = rest.cut_at_last(" on ").unwrap_or((rest, ""));
    Some(Switch { success: failed.is_none(), user, target, tty })
}

/// `Successful su for root by deploy`, `FAILED su for root by deploy`
fn shadow(message: &str) -> Option<Switch<'_>> {
    let failed = message.strip_prefix("FAILED su for ");
    let (target, user) = failed.or_else(|| message.strip_prefix("Successful su for "))?.cut_at(" by ")?;
    Some(Switch { success: failed.is_none(), user, target, tty: "" })
}

/// `[BAD SU ]deploy to root on /dev/ttyp0`, and `'su root' failed for deploy on /dev/pts/8`
fn bsd(message: &str) -> Option<Switch<'_>> {
    let (text, tty) = message.cut_at_last(" on ")?;
    if let Some((target, user)) = text.strip_prefix("'su ").and_then(|text| text.cut_at("' failed for ")) {
        return Some(Switch { success: false, user, target, tty });
    }
    let failed = text.strip_prefix("BAD SU ");
    let (user, target) = failed.unwrap_or(text).cut_at(" to ")?;
    (!user.has(b' ') && !target.has(b' ')).then_some(Switch { success: failed.is_none(), user, target, tty })
}

/// Adds what login's message tells: `ROOT LOGIN ON tty1`, `LOGIN ON tty1 BY deploy FROM host`,
/// `FAILED LOGIN (1) on '/dev/tty1' FOR 'deploy', Authentication failure`.
pub(crate) fn read_login<'a>(event: &mut Event<'a>, message: &'a str) {
    if let Some((_, text)) = message.cut_at("FAILED LOGIN ") {
        // The name is what somebody typed; login puts quotes around it and words after it.
        let Some((before, name)) = text.cut_at(" FOR ") else { return };
        let name = name.cut_at_last(", ").map_or(name, |(name, _)| name);
        end(event, "login", false);
        push_given(event, "user.name", name.trim_matches('\''));
        let (_, tty) = before.cut_at("on ").unwrap_or(("", ""));
        push_given(event, "process.tty", tty.cut(b' ').map_or(tty, |(tty, _)| tty).trim_matches('\''));
        let (_, host) = before.cut_at("FROM ").or_else(|| before.cut_at("from ")).unwrap_or(("", ""));
        push_source(event, host.trim_matches('\''));
        return;
    }
    let root = message.strip_prefix("ROOT LOGIN ");
    let Some(text) = root.or_else(|| message.strip_prefix("LOGIN ")) else { return };
    let text = text.trim_start();
    let Some(text) = text.strip_prefix("ON ").or_else(|| text.strip_prefix("on ")) else { return };
    let (text, host) = text.cut_at(" FROM ").or_else(|| text.cut_at(" from ")).unwrap_or((text, ""));
    let (tty, user) = text.cut_at(" BY ").unwrap_or((text, if root.is_some() { "root" } else { "" }));
    end(event, "login", true);
    push_given(event, "user.name", user);
    push_given(event, "process.tty", tty.trim_matches('\''));
    push_source(event, host.trim_matches('\''));
}
