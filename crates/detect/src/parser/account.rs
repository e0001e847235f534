//! Reads the messages of the programs that keep accounts: useradd, usermod, groupadd, passwd and kin.
//! Source: shadow 4.15, `src/useradd.c`, `src/usermod.c`, `src/userdel.c`, `src/groupadd.c`, `src/gpasswd.c`,
//! `src/passwd.c`, `src/chsh.c`.
//!
//! One change is one action: the lines that repeat it for `/etc/gshadow` stay text.

use crate::event::Event;
use crate::parser::cut::Cut;
use crate::parser::linux::{act, push_given, push_number};

/// Adds what the message tells.
pub(crate) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    // A message that only resembles a shape keeps its common fields.
    let _ = added(event, message)
        .or_else(|| membership(event, message))
        .or_else(|| removed(event, message))
        .or_else(|| changed(event, message));
}

/// `new user: name=deploy, UID=1001, GID=1001, home=/home/deploy, shell=/bin/sh, from=…`, `new group: …`
fn added<'a>(event: &mut Event<'a>, message: &'a str) -> Option<()> {
    if let Some(details) = message.strip_prefix("new user: ") {
        act(event, "user_add");
        for (key, value) in pairs(details) {
            match key {
                "name" => push_given(event, "user.target.name", value),
                "UID" => push_number(event, "user.target.id", value),
                "GID" => push_number(event, "user.target.group.id", value),
                "home" => push_given(event, "user.home", value),
                "shell" => push_given(event, "user.shell", value),
                _ => {}
            }
        }
        return Some(());
    }
    let details = message.strip_prefix("new group: ")?;
    act(event, "group_add");
    for (key, value) in pairs(details) {
        match key {
            "name" => push_given(event, "group.name", value),
            "GID" => push_number(event, "group.id", value),
            _ => {}
        }
    }
    Some(())
}

/// `add 'deploy' to group 'sudo'`, `delete 'deploy' from group 'sudo'`, and gpasswd's
/// `user deploy added by root to group sudo`.
fn membership<'a>(event: &mut Event<'a>, message: &'a str) -> Option<()> {
    let (action, user, group, by) = if let Some(text) = message.strip_prefix("add '") {
        let (user, group) = text.cut_at("' to group '")?;
        ("group_member_add", user, group, "")
    } else if let Some((user, group)) =
        message.strip_prefix("delete '").and_then(|text| text.cut_at("' from group '"))
    {
        ("group_member_remove", user, group, "")
    } else {
        let (user, text) = message.strip_prefix("user ")?.cut(b' ')?;
        let added = text.strip_prefix("added by ").and_then(|text| text.cut_at(" to group "));
        let removed = || text.strip_prefix("removed by ").and_then(|text| text.cut_at(" from group "));
        let action = if added.is_some() { "group_member_add" } else { "group_member_remove" };
        let (by, group) = added.or_else(removed)?;
        (action, user, group, by)
    };
    act(event, action);
    push_given(event, "user.name", by);
    push_given(event, "user.target.name", user);
    push_given(event, "group.name", group.strip_suffix('\'').unwrap_or(group));
    Some(())
}

/// `delete user 'deploy'`, `group 'web' removed`
fn removed<'a>(event: &mut Event<'a>, message: &'a str) -> Option<()> {
    if let Some(user) = message.strip_prefix("delete user '") {
        act(event, "user_delete");
        push_given(event, "user.target.name", user.strip_suffix('\'').unwrap_or(user));
        return Some(());
    }
    let group = message.strip_prefix("group '")?.strip_suffix("' removed")?;
    act(event, "group_delete");
    push_given(event, "group.name", group);
    Some(())
}

/// `change user 'deploy' UID from '1000' to '0'`, `lock user 'deploy' password`,
/// `changed user 'deploy' shell to '/bin/sh'`, `password for 'deploy' changed by 'root'`
fn changed<'a>(event: &mut Event<'a>, message: &'a str) -> Option<()> {
    if let Some(text) = message.strip_prefix("password for '") {
        let (user, by) = text.cut_at("' changed by '")?;
        act(event, "password_change");
        push_given(event, "user.name", by.strip_suffix('\'').unwrap_or(by));
        push_given(event, "user.target.name", user);
        return Some(());
    }
    let (verb, text) = message.cut_at(" user '").or_else(|| message.cut_at(" user name '"))?;
    let (user, change) = text.cut(b'\'')?;
    if !matches!(verb, "change" | "changed" | "lock" | "unlock") {
        return None;
    }
    act(event, if verb == "change" && change == " password" { "password_change" } else { "user_modify" });
    push_given(event, "user.target.name", user);
    let change = if matches!(verb, "lock" | "unlock") { verb } else { change.trim_start() };
    push_given(event, "user.change", change);
    Some(())
}

/// The pairs of `name=deploy, UID=1001`.
fn pairs(details: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = Some(details);
    let parts = std::iter::from_fn(move || {
        let text = rest?;
        let (part, behind) = text.cut_at(", ").map_or((text, None), |(part, behind)| (part, Some(behind)));
        rest = behind;
        Some(part)
    });
    { parts }.filter_map(|part| part.cut(b'='))
}
