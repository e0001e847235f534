//! Zeek's logs, as JSON and as text with headings.
//! Source: Zeek 7.0, "Log Formats" and `src/logging/writers/ascii`.

pub(super) mod columns;
pub(super) mod logs;

use super::heading::{Column, Heading, Holds, Zeek};
use super::json::JsonFormat;
use super::product_alert::carry;
use super::{Room, TextFormat, dns, seek, web};
use crate::event::{AddressOf, Clock, ClockReading, Event, Origin, Value};
use cofferdam_vocabulary::Level;
use logs::Log;
use std::borrow::Cow;

pub(super) const JSON: JsonFormat = JsonFormat { classes: logs::classes, claim };
pub(super) const TEXT: TextFormat = TextFormat {
    classes: logs::classes,
    read: |line, _, heading, room| read(line, heading.zeek()?, heading, room),
};

static ORIGIN: Origin = Origin {
    name: "Zeek",
    clocks: &[
        Clock { field: "ts", reading: ClockReading::EpochSeconds },
        Clock { field: "ts", reading: ClockReading::Utc },
    ],
    telling: &[
        &["rule.name", "msg", "source.ip", "destination.ip"],
        &["rule.name", "source.ip", "destination.ip"],
        &["endpoint", "operation", "source.ip", "destination.ip"],
        &["dns.question.name", "source.ip"],
        &["cs-method", "cs-host", "cs-uri", "sc-status", "cs-user-agent"],
        &["request_type", "client", "service", "cipher"],
        &["path", "action", "name", "source.ip"],
        &["server_name", "source.ip", "destination.ip"],
        &["mime_type", "filename", "source.ip", "destination.ip"],
        &[
            "source.ip",
            "destination.ip",
            "destination.port",
            "service",
            "conn_state",
            "orig_bytes",
            "resp_bytes",
        ],
    ],
};

const WEB: web::Names = web::Names {
    method: "method",
    host: "host",
    target: "uri",
    agent: "user_agent",
    referrer: "referrer",
    status: "status_code",
};

/// Recognises a record by its time and the log that it names; else by fields that only one log has.
fn claim(event: &mut Event<'_>) -> bool {
    let (mut timed, mut path, mut like_zeek) = (false, None, false);
    for field in &event.fields {
        match &*field.name {
            "ts" => timed = true,
            "_path" | "@stream" => path = path.or(field.value.to_text()),
            "uid" | "fuid" | "id.orig_h" | "id_orig_h" | "uids" | "conn_uids" => like_zeek = true,
            "certificate.serial" | "compile_ts" | "software_type" | "note" => like_zeek = true,
            _ => {}
        }
    }
    let log = match path {
        _ if !timed => return false,
        Some(path) => logs::named(&path),
        None if like_zeek => match logs::telling(|name| event.get(name).is_some()) {
            Some(log) => log,
            None => return false,
        },
        None => return false,
    };
    name_ends(event);
    event.class = log.class;
    event.origin = &ORIGIN;
    for at in 0..event.fields.len() {
        for name in logs::shared(log.name, &event.fields[at].name) {
            event.push_again(at, name);
        }
    }
    complete(event, log);
    true
}

/// Some shippers cannot have points in names: `id_orig_h`.
fn name_ends(event: &mut Event<'_>) {
    for field in &mut event.fields {
        let dotted = match &*field.name {
            "id_orig_h" => "id.orig_h",
            "id_orig_p" => "id.orig_p",
            "id_resp_h" => "id.resp_h",
            "id_resp_p" => "id.resp_p",
            _ => continue,
        };
        field.name = Cow::Borrowed(dotted);
    }
}

/// Reads a record of the log whose heading stands above it; a line with more or less columns is none.
fn read<'a>(line: &'a str, zeek: &Zeek, heading: &Heading, room: &Room) -> Option<Event<'a>> {
    let log = logs::named(&zeek.path);
    let mut event = Event::new(log.class, line);
    event.origin = &ORIGIN;
    event.fields = room.fields(heading.columns().len() * 2);
    let mut rest = Some(line);
    for column in heading.columns() {
        let text = rest?;
        let cell = match seek::first(text.as_bytes(), zeek.separator) {
            Some(at) => {
                rest = Some(&text[at + 1..]);
                &text[..at]
            }
            None => {
                rest = None;
                text
            }
        };
        if cell != zeek.unset
            && cell != zeek.empty
            && let Some(value) = value(cell, column, zeek)
        {
            push(&mut event, column, value);
        }
    }
    if rest.is_some() {
        return None;
    }
    complete(&mut event, log);
    Some(event)
}

fn push<'a>(event: &mut Event<'a>, column: &Column, value: Value<'a>) {
    for name in column.shared {
        event.push_copy(name, &value);
    }
    let name = match &column.name {
        Cow::Borrowed(name) => Cow::Borrowed(*name),
        Cow::Owned(name) => Cow::Owned(name.clone()),
    };
    event.fields.push(crate::event::Field { name, value });
}

fn value<'a>(cell: &'a str, column: &Column, zeek: &Zeek) -> Option<Value<'a>> {
    Some(match column.holds {
        Holds::Text => Value::Text(unescape(cell)),
        Holds::Number => Value::Number(Cow::Borrowed(cell)),
        Holds::Truth if cell == "T" => Value::Bool(true),
        Holds::Truth if cell == "F" => Value::Bool(false),
        Holds::Truth => Value::Text(Cow::Borrowed(cell)),
        Holds::Several => {
            let members = cell.split(zeek.set_separator.as_str()).filter(|member| **member != *zeek.unset);
            let members: Vec<Value<'a>> = members.map(|member| Value::Text(unescape(member))).collect();
            if members.is_empty() {
                return None;
            }
            Value::List(members)
        }
    })
}

/// Resolves `\x0a`, as the writer gives bytes that are not printable or mean something in its format,
/// and `\\`.
fn unescape(text: &str) -> Cow<'_, str> {
    if seek::first(text.as_bytes(), b'\\').is_none() {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let digit = |at: usize| (*bytes.get(at)? as char).to_digit(16);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let (byte, used) = match (byte, bytes.get(at + 1), digit(at + 2), digit(at + 3)) {
            (b'\\', Some(b'\\'), ..) => (b'\\', 2),
            (b'\\', Some(b'x'), Some(high), Some(low)) => ((high * 16 + low) as u8, 4),
            _ => (byte, 1),
        };
        out.push(byte);
        at += used;
    }
    Cow::Owned(
        String::from_utf8(out).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned()),
    )
}

/// Adds what takes more than another name.
fn complete(event: &mut Event<'_>, log: &Log) {
    match log.name {
        "dns" => {
            if let Some(query) = event.get("query").cloned() {
                dns::push_question(event, &query);
            }
        }
        "http" => web::share(event, &WEB),
        "kerberos" => {
            // The client is `name/REALM`.
            let client = event.get("client").and_then(Value::to_text);
            if let Some(client) = client.map(before_realm) {
                // A machine's own account asks from the machine.
                if client.ends_with('$') {
                    event.address_of = used_by(event, "client", "id.orig_h")
                        .map(|known| Box::new(AddressOf { host: client.clone(), ..known }));
                }
                event.push("user.name", client);
            }
            push_outcome(event, "success");
        }
        "ntlm" => {
            event.address_of = used_by(event, "hostname", "id.orig_h").map(Box::new);
            push_outcome(event, "success");
        }
        "ssh" => push_outcome(event, "auth_success"),
        "dhcp" => {
            event.address_of = used_by(event, "host_name", "assigned_addr")
                .or_else(|| used_by(event, "host_name", "client_addr"))
                .map(Box::new);
        }
        "notice" => carry_notice(event),
        "intel" => carry_hit(event),
        _ => {}
    }
}

fn before_realm(client: Cow<'_, str>) -> Cow<'_, str> {
    match (memchr::memrchr(b'/', client.as_bytes()), client) {
        (None, client) => client,
        (Some(at), Cow::Borrowed(client)) => Cow::Borrowed(&client[..at]),
        (Some(at), Cow::Owned(client)) => Cow::Owned(client[..at].to_owned()),
    }
}

fn push_outcome(event: &mut Event<'_>, own: &str) {
    match event.get(own) {
        Some(Value::Bool(true)) => event.push("event.outcome", "success"),
        Some(Value::Bool(false)) => event.push("event.outcome", "failure"),
        _ => {}
    }
}

/// What the record says of whose an address is.
fn used_by<'a>(event: &Event<'a>, host: &str, address: &str) -> Option<AddressOf<'a>> {
    let host = event.get(host)?.to_text()?;
    let address = event.get(address)?.to_text()?;
    Some(AddressOf { host, address })
}

/// A notice is an alert of Zeek's own; it has no severity, so its kind decides.
fn carry_notice(event: &mut Event<'_>) {
    let Some(note) = event.get("note").cloned() else { return };
    let level = level_of_note(&note.as_text().unwrap_or_default());
    for (own, shared) in [("src", "source.ip"), ("dst", "destination.ip"), ("p", "destination.port")] {
        if event.get(shared).is_none()
            && let Some(value) = event.get(own).cloned()
        {
            event.push_value(shared, value);
        }
    }
    carry(event, note.clone(), note, level, None);
}

/// What Zeek's own scripts notice, as far as it is more or less than medium.
fn level_of_note(note: &str) -> Level {
    match note {
        "Heartbleed::SSL_Heartbeat_Attack_Success"
        | "SSH::Login_By_Password_Guesser"
        | "TeamCymruMalwareHashRegistry::Match"
        | "HTTP::SQL_Injection_Victim"
        | "ATTACK::Credential_Access"
        | "ATTACK::Lateral_Movement_Extracted_File"
        | "ATTACK::Lateral_Movement_Multiple_Attempts"
        | "ATTACK::Lateral_Movement_and_Execution" => Level::High,
        "Scan::Address_Scan"
        | "Scan::Port_Scan"
        | "SSL::Certificate_Expired"
        | "SSL::Certificate_Expires_Soon"
        | "SSL::Certificate_Not_Valid_Yet"
        | "SSL::Invalid_Server_Cert"
        | "SSL::Invalid_Ocsp_Response"
        | "SSL::Weak_Key"
        | "SSL::Old_Version"
        | "SSL::Weak_Cipher"
        | "Traceroute::Detected"
        | "SMTP::Blocklist_Error_Message"
        | "Weird::Activity" => Level::Low,
        "CaptureLoss::Too_Much_Loss"
        | "CaptureLoss::Too_Little_Traffic"
        | "PacketFilter::Dropped_Packets"
        | "PacketFilter::Compile_Failure"
        | "Software::Software_Version_Change"
        | "FTP::Bruteforcing_Summary" => Level::Informational,
        _ => Level::Medium,
    }
}

/// An indicator of a list that the site gave to Zeek.
fn carry_hit(event: &mut Event<'_>) {
    let Some(indicator) = event.get("seen.indicator").and_then(Value::to_text) else { return };
    let name = format!("Indicator seen by Zeek: {indicator}");
    let kind = event.get("seen.indicator_type").cloned().unwrap_or(Value::Text(Cow::Borrowed("Intel::HIT")));
    carry(event, Value::Text(Cow::Owned(name)), kind, Level::Medium, None);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writers_escapes_are_resolved() {
        let cases = [
            ("plain", "plain"),
            (r"a\x09b", "a\tb"),
            (r"C:\\Windows\\x41", r"C:\Windows\x41"),
            (r"\xc3\xa9", "é"),
            (r"\xff", "\u{FFFD}"),
            (r"\x4", r"\x4"),
            (r"end\", r"end\"),
        ];
        for (cell, want) in cases {
            assert_eq!(unescape(cell), want);
        }
    }
}
