//! Reads messages of Cisco's firewalls, ASA and Secure Firewall (Firepower): `… %ASA-6-302013: Built inbound TCP
//! connection …`, behind whatever heading syslog gave them.
//! Source: Cisco Secure Firewall ASA Series Syslog Messages; Cisco Secure Firewall Threat Defense Syslog Messages.
//!
//! There are some two thousand messages. What most share is how they write ends of a connection, accounts and
//! groups, so these are read wherever they stand.

use super::address::is_ip;
use super::cut::Cut;
use super::linux::push_given;
use super::{Room, TextFormat};
use crate::event::{Event, EventClass, Origin};
use crate::time::{EventTime, TimeRules};

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || vec![CLASS], read: |line, rules, _, room| read(line, rules, room) };

const CLASS: EventClass = EventClass { product: "cisco", services: &["asa"], categories: &["firewall"] };

static ORIGIN: Origin = Origin { name: "Cisco firewall", clocks: &[], telling: &[&["message"]] };

/// Bytes within which the mark stands.
const HEADING_LIMIT: usize = 160;

const MARKS: [&str; 4] = ["%ASA-", "%FTD-", "%NGIPS-", "%FWSM-"];

/// Reads one line; `None` when it is none of theirs.
fn read<'a>(line: &'a str, rules: &TimeRules, room: &Room) -> Option<Event<'a>> {
    let (heading, mark) = marked(line)?;
    let (time, host) = head(heading, rules)?;
    let (severity, rest) = mark.cut(b'-')?;
    let end = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, message) = rest.split_at_checked(end)?;
    if severity.len() != 1 || number.len() != 6 {
        return None;
    }
    let message = message.trim_start_matches([':', ' ']).trim_end();
    let mut event = Event::new(CLASS, line);
    event.origin = &ORIGIN;
    event.fields = room.fields(12);
    event.time = time;
    push_given(&mut event, "host.name", host);
    event.push("event.code", number);
    event.push("log.syslog.severity.code", severity);
    event.push("message", message);
    // Events of Secure Firewall are pairs; all else is a sentence.
    if number.starts_with("430") {
        pairs(&mut event, message);
    } else {
        words(&mut event, message);
    }
    outcome(&mut event, number, message);
    Some(event)
}

/// Whether it is a line of theirs, so that syslog leaves it.
pub(super) fn is_one(line: &str, rules: &TimeRules) -> bool {
    marked(line).is_some_and(|(heading, _)| head(heading, rules).is_some())
}

/// What stands before the mark, and behind it.
fn marked(line: &str) -> Option<(&str, &str)> {
    let start = memchr::memchr(b'%', line.as_bytes().get(..line.len().min(HEADING_LIMIT))?)?;
    let (heading, rest) = line.split_at_checked(start)?;
    let mark = MARKS.iter().find_map(|mark| rest.strip_prefix(mark))?;
    Some((heading, mark))
}

/// `<166>Nov 09 2022 10:01:59 fw-01 : `: a priority, a time with or without year, a host, each of which may be
/// missing. `None` for anything else: what a program writes behind its name may hold a mark that somebody
/// chose.
fn head<'a>(heading: &'a str, rules: &TimeRules) -> Option<(Option<EventTime>, &'a str)> {
    let rest = match heading.strip_prefix('<').and_then(|rest| rest.cut(b'>')) {
        Some((_, rest)) => rest.strip_prefix("1 ").unwrap_or(rest),
        None => heading,
    };
    let rest = rest.trim_end_matches([':', ' ', '-']);
    let (time, host) = super::device::leading_time(rest, rules);
    let host = host.trim_matches([':', ' ']);
    let is_host = host.len() <= 253 && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    is_host.then_some((time, host))
}

/// `SrcIP: 192.0.2.1, DstIP: …`, as connection and intrusion events have it.
fn pairs<'a>(event: &mut Event<'a>, message: &'a str) {
    for pair in message.split(", ").take(256) {
        let Some((name, value)) = pair.cut_at(": ") else { continue };
        let value = value.trim();
        let shared = match name {
            "SrcIP" => "source.ip",
            "SrcPort" => "source.port",
            "DstIP" => "destination.ip",
            "DstPort" => "destination.port",
            "User" => "user.name",
            "Protocol" => "network.transport",
            "AccessControlRuleAction" | "FileAction" => "event.action",
            "FileName" => "file.name",
            "FileSHA256" => "file.hash.sha256",
            "URL" => "url.full",
            "DNSQuery" => "dns.question.name",
            _ => continue,
        };
        push_given(event, shared, value);
    }
}

/// What stands before an end, an account or an address of somebody.
fn words<'a>(event: &mut Event<'a>, message: &'a str) {
    let (mut source, mut destination, mut last) = (None, None, None);
    let (mut user, mut before, mut before_that) = (None, "", "");
    for (word, may_be_end) in message.words_with(b'.', b':').take(256) {
        let word = word.trim_end_matches([',', '.']);
        if word == "->" {
            source = source.or(last.take());
        }
        if let Some((name, value)) = named(before, word) {
            match (name, End::parse(value)) {
                ("Local" | "IP", Some(end)) => source = source.or(Some(end)),
                ("Remote", Some(end)) => destination = destination.or(Some(end)),
                ("User", _) => user = user.or(Some(value)),
                _ => {}
            }
        } else if may_be_end && let Some(end) = End::parse(word) {
            user = user.or(end.user);
            match before {
                "to" | "dst" | "->" | "laddr" => destination = destination.or(Some(end)),
                "from" | "src" | "for" | "faddr" | "client" | "local-host" | "configuration:" => {
                    source = source.or(Some(end));
                }
                "=" if before_that == "server" => destination = destination.or(Some(end)),
                "=" if before_that == "IP" => source = source.or(Some(end)),
                "IP" => source = source.or(Some(end)),
                _ => last = Some(end),
            }
        } else if matches!((before_that, before), ("user" | "Username" | "User", "=")) {
            user = user.or(Some(word));
        } else if word.starts_with('(')
            && let Some((_, account)) = word.cut_at(")(")
        {
            // Behind the address as translated: `(192.0.2.1/62197)(EXAMPLE\ops1)`.
            user = user.or(Some(account.trim_end_matches(')')));
        }
        (before_that, before) = (before, word);
    }
    // What is built outbound is told with the far end first.
    if message.starts_with("Built outbound") {
        std::mem::swap(&mut source, &mut destination);
    }
    for (end, names) in
        [(source, ["source.ip", "source.port"]), (destination, ["destination.ip", "destination.port"])]
    {
        if let Some(end) = end {
            event.push(names[0], end.ip);
            push_given(event, names[1], end.port);
        }
    }
    if let Some(user) = user.filter(|user| !user.bytes().all(|b| b == b'*')) {
        push_given(event, "user.name", user);
    }
}

/// `User <ops1>`, `IP <192.0.2.1>`, `User=ops1`, `Username:ops1`, `Local:192.0.2.1:500`, `User 'ops1'`.
fn named<'a>(before: &str, word: &'a str) -> Option<(&'static str, &'a str)> {
    let bare = |open: char, close: char| word.strip_prefix(open)?.strip_suffix(close);
    match before {
        "User" => bare('<', '>').or_else(|| bare('\'', '\'')).map(|user| ("User", user)),
        "IP" => bare('<', '>').map(|address| ("IP", address)),
        _ => {
            if !matches!(word.as_bytes().first(), Some(b'U' | b'L' | b'R' | b'I')) {
                return None;
            }
            let (name, value) = word.cut(b'=').or_else(|| word.cut(b':'))?;
            match name {
                "User" | "Username" => Some(("User", value)),
                "Local" => Some(("Local", value)),
                "Remote" => Some(("Remote", value)),
                "IP" => Some(("IP", value)),
                _ => None,
            }
        }
    }
}

/// One end of a connection.
#[derive(Clone, Copy)]
struct End<'a> {
    ip: &'a str,
    port: &'a str,
    user: Option<&'a str>,
}

impl<'a> End<'a> {
    /// `192.0.2.1`, `inside:192.0.2.1/80`, `inside/192.0.2.1(80)`, `192.0.2.1:500`, `outside:192.0.2.1(X\ops1)`.
    fn parse(word: &'a str) -> Option<End<'a>> {
        let (bare, inside) = match word.cut(b'(') {
            Some((bare, inside)) => (bare, inside.trim_end_matches(')')),
            None => (word, ""),
        };
        let is_port = |text: &str| (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let (inside_port, user) = if is_port(inside) { (inside, None) } else { ("", Some(inside)) };
        let user = user.filter(|user| !user.is_empty());
        if bare.len() > 128 {
            return None;
        }
        // An address of version 6 holds colons too, so the interface's name is left off last, unless no address
        // begins so.
        let whole = Some(bare).filter(|bare| may_begin_address(bare));
        let after = |byte: u8| bare.cut(byte).map(|(_, rest)| rest);
        for text in [whole, after(b':'), after(b'/')].into_iter().flatten() {
            if is_ip(text) {
                return Some(End { ip: text, port: inside_port, user });
            }
            let parts = text.cut_last(b'/').or_else(|| text.cut_last(b':'));
            if let Some((ip, port)) = parts.filter(|(ip, port)| is_ip(ip) && is_port(port)) {
                return Some(End { ip, port, user });
            }
        }
        None
    }
}

/// Whether a text may begin with an address: what stands before its first `:` or `/` has nothing else.
fn may_begin_address(text: &str) -> bool {
    let head = text.bytes().take_while(|byte| !matches!(byte, b':' | b'/'));
    { head }.all(|byte| byte.is_ascii_hexdigit() || byte == b'.')
}

/// What came of it. Few messages tell, and their numbers tell which.
fn outcome<'a>(event: &mut Event<'a>, number: &str, message: &'a str) {
    let has = |word: &str| message.cut_at(word).is_some();
    let group = number.get(..3).unwrap_or_default();
    if group == "111"
        && let Some((_, rest)) = message.cut_at(" executed the '")
        && let Some((command, _)) = rest.cut_at("' command")
    {
        push_given(event, "process.command_line", command);
    }
    let tells_of_login = matches!(group, "109" | "113" | "605" | "611" | "716");
    if tells_of_login && (message.starts_with("AAA user") || has("Authentication:")) {
        let failed = has("Rejected") || has("rejected") || has("failed");
        event.push("event.outcome", if failed { "failure" } else { "success" });
        event.push("event.action", "authentication");
    } else if message.starts_with("Deny")
        || message.starts_with("Denied")
        || matches!(group, "106" | "605" | "710") && has(" denied ")
    {
        event.push("event.action", "deny");
    }
}
