//! Reads cron's and crontab's messages: commands run on time, tables changed.
//! Source: vixie cron 3.0 and cronie 1.7, `misc.c` (`log_it`), `crontab.c`; BusyBox 1.36, `crond.c`.

use crate::event::Event;
use crate::parser::cut::Cut;
use crate::parser::linux::{act, end, push_given};

/// `(root) CMD (run-parts /etc/cron.hourly)`: who, what, and the particulars.
pub(crate) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    if let Some(text) = message.strip_prefix("USER ") {
        busybox(event, text);
        return;
    }
    let Some((user, rest)) = message.strip_prefix('(').and_then(|text| text.cut_at(") ")) else { return };
    let Some((what, detail)) = rest.strip_suffix(')').and_then(|text| text.cut_at(" (")) else { return };
    let action = match what {
        "CMD" => {
            act(event, "cron_command");
            push_given(event, "user.name", user);
            push_given(event, "process.command_line", detail.trim());
            return;
        }
        "REPLACE" => "crontab_replace",
        "BEGIN EDIT" => "crontab_edit",
        "LIST" => "crontab_list",
        "DELETE" => "crontab_delete",
        "AUTH" => {
            end(event, "crontab_denied", false);
            push_given(event, "user.name", user);
            push_given(event, "event.reason", detail);
            return;
        }
        _ => return,
    };
    act(event, action);
    push_given(event, "user.name", user);
    push_given(event, "user.target.name", detail);
}

/// `USER root pid 123 cmd run-parts /etc/periodic/hourly`
fn busybox<'a>(event: &mut Event<'a>, text: &'a str) {
    let Some((user, rest)) = text.cut_at(" pid ") else { return };
    let Some((_, command)) = rest.cut_at(" cmd ") else { return };
    act(event, "cron_command");
    push_given(event, "user.name", user);
    push_given(event, "process.command_line", command);
}
