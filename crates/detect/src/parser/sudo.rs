//! Reads sudo's and pkexec's messages: who ran what as whom, and who was refused.
//! Source: sudo 1.9, `lib/eventlog/eventlog.c`; polkit 124, `src/programs/pkexec.c`.

use crate::event::Event;
use crate::parser::cut::Cut;
use crate::parser::linux::{end, push_given};

/// `deploy : [REASON ; ]TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/bin/ls -l`
///
/// The order of the parts is sudo's own. A directory or an argument may hold ` ; COMMAND=`, so the
/// first one counts: the command line then never loses a part.
pub(crate) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    let Some((user, rest)) = message.cut_at(" : ") else { return };
    let (before, command) = split_command(rest);
    let mut parts = Parts { rest: before };
    let reason = parts.next().filter(|part| !is_assignment(part));
    match reason {
        Some("(command continued)") => return,
        Some(reason) if command.is_none() && !is_refusal(reason) => return,
        None if command.is_none() => return,
        _ => end(event, if reason.is_some() { "sudo_denied" } else { "sudo_command" }, reason.is_none()),
    }
    push_given(event, "user.name", user.trim());
    push_given(event, "event.reason", reason.unwrap_or(""));
    let assignments = Parts { rest: before }.filter_map(|part| part.cut(b'='));
    for (key, value) in assignments {
        match key {
            "TTY" => push_given(event, "process.tty", value),
            "PWD" => push_given(event, "process.working_directory", value),
            "USER" => {
                push_given(event, "user.target.name", value);
                // As rules of Sigma's own call it.
                push_given(event, "USER", value);
            }
            "GROUP" => push_given(event, "user.target.group.name", value),
            "ENV" => push_given(event, "process.env_vars", value),
            _ => {}
        }
    }
    push_given(event, "process.command_line", command.unwrap_or(""));
}

/// The parts between ` ; `.
struct Parts<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (part, rest) = self.rest.cut_at(" ; ").unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(part.trim_end_matches(" ;").trim())
    }
}

/// Splits off the command, which goes to the end of the message.
fn split_command(rest: &str) -> (&str, Option<&str>) {
    match rest.strip_prefix("COMMAND=") {
        Some(command) => ("", Some(command)),
        None => rest.cut_at(" ; COMMAND=").map_or((rest, None), |(before, command)| (before, Some(command))),
    }
}

/// `TTY=pts/0`: upper-case letters before the sign.
fn is_assignment(part: &str) -> bool {
    part.cut(b'=').is_some_and(|(key, _)| !key.is_empty() && key.bytes().all(|b| b.is_ascii_uppercase()))
}

/// Refusals that sudo may write without a command.
fn is_refusal(reason: &str) -> bool {
    reason.starts_with("user NOT ")
        || reason.starts_with("command not allowed")
        || reason.contains("incorrect password attempt")
        || reason.contains("password is required")
}

/// `deploy: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/home/deploy] [COMMAND=/usr/bin/id]`
pub(crate) fn read_pkexec<'a>(event: &mut Event<'a>, message: &'a str) {
    let Some((user, rest)) = message.cut_at(": ") else { return };
    let Some((text, rest)) = rest.cut_at(" [USER=") else { return };
    let success = text == "Executing command";
    end(event, if success { "pkexec_command" } else { "pkexec_denied" }, success);
    push_given(event, "user.name", user);
    if !success {
        push_given(event, "event.reason", text);
    }
    let (target, rest) = rest.cut_at("] [TTY=").unwrap_or((rest, ""));
    let (tty, rest) = rest.cut_at("] [CWD=").unwrap_or((rest, ""));
    let (directory, command) = rest.cut_at("] [COMMAND=").unwrap_or((rest, ""));
    push_given(event, "user.target.name", target);
    push_given(event, "process.tty", tty);
    push_given(event, "process.working_directory", directory);
    push_given(event, "process.command_line", command.strip_suffix(']').unwrap_or(command));
}
