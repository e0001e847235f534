//! Who uses a host, an account, an address, a domain or a file: what a server saw, and what it looked at.

use super::args::{Activity, UsedKind};
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::{self, Column, cell};
use crate::cli::Format;
use crate::text::{count, group, plain, wrap};
use cofferdam_connect::With;
use serde_json::{Value, json as value};
use std::io;

const HOURS: [Column; 5] = [
    ("HOUR", "hour"),
    ("EVENTS", "events"),
    ("HOSTS", "hosts"),
    ("ACCOUNTS", "accounts"),
    ("SESSIONS", "sessions"),
];
const SOURCES: [Column; 5] = [
    ("SOURCE", "source"),
    ("EVENTS", "events"),
    ("SINCE", "since"),
    ("UNTIL", "until"),
    ("SILENT HOURS", "silent"),
];
/// Columns of names, to the right of how many there are.
const NAMES: usize = 58;

/// Asks, and prints.
pub fn run(args: &Activity) -> Result<(), ClientError> {
    let mut path = format!("/api/v1/activity?kind={}&value={}", kind(args.kind), percent(&args.value));
    for (name, time) in [("from", args.from), ("to", args.to)] {
        if let Some(time) = time {
            path.push_str(&format!("&{name}={}", percent(&time.to_string())));
        }
    }
    let answer = json(&args.asking.server.api()?, "GET", &path, With::default())?;
    match args.asking.format {
        Format::Json => say!("{answer}"),
        Format::Text => tell(&answer),
    }
    Ok(())
}

fn kind(kind: UsedKind) -> &'static str {
    match kind {
        UsedKind::Host => "host",
        UsedKind::Account => "account",
        UsedKind::Address => "address",
        UsedKind::Domain => "domain",
        UsedKind::Hash => "hash",
    }
}

fn tell(answer: &Value) {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let hours = answer["hours"].as_array().map(Vec::as_slice).unwrap_or_default();
    let events = count(number(&answer["events"]), "event", "events");
    let what = format!("{} {}", cell(&answer["kind"]), cell(&answer["value"]));
    say!("{what}: {events} in {}", count(hours.len() as u64, "hour", "hours"));
    for name in ["hosts", "accounts", "sessions"] {
        seen(name, &answer[name]);
    }
    let row = |hour: &Value| {
        value!({
            "hour": hour["hour"], "events": hour["events"], "hosts": how_many(&hour["hosts"]),
            "accounts": how_many(&hour["accounts"]), "sessions": how_many(&hour["sessions"]),
        })
    };
    table(&HOURS, &hours.iter().map(row).collect::<Vec<_>>());
    say!("\nLooked at, from {} to {}:", cell(&answer["from"]), cell(&answer["to"]));
    let sources = answer["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
    if sources.is_empty() {
        say!("nothing: no source sent any event");
    }
    table(&SOURCES, &sources.iter().map(covered).collect::<Vec<_>>());
    if answer["forgotten"] == true {
        say!("There was too much to remember: something in this time may have been forgotten.");
    }
    match number(&answer["unread"]) {
        0 => {}
        unread => say!("{} not looked at yet.", count(unread, "event is", "events are")),
    }
}

/// One line of names, or several.
fn seen(what: &str, seen: &Value) {
    if seen["count"] == 0 {
        return;
    }
    let names: Vec<String> = seen["names"].as_array().into_iter().flatten().map(cell).collect();
    let more = seen["count"].as_u64().unwrap_or(0).saturating_sub(names.len() as u64);
    let mut text = names.join(", ");
    if more > 0 {
        text.push_str(&format!(", and {} more", group(more)));
    }
    for (at, line) in wrap(&plain(&text), NAMES).into_iter().enumerate() {
        let (what, many) = if at == 0 { (what, how_many(seen)) } else { ("", String::new()) };
        say!("{what:<9} {many:>11} {line}");
    }
}

fn how_many(seen: &Value) -> String {
    let many = group(seen["count"].as_u64().unwrap_or(0));
    if seen["exact"] == false { format!("about {many}") } else { many }
}

/// A source, with the hours in which it said nothing.
fn covered(source: &Value) -> Value {
    let gaps = source["gaps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let hours = |gap: &Value| -> Option<i64> {
        let moment = |name: &str| gap[name].as_str()?.parse::<jiff::Timestamp>().ok();
        Some(moment("to")?.duration_since(moment("from")?).as_hours())
    };
    let silent: i64 = gaps.iter().filter_map(hours).sum();
    value!({
        "source": source["source"], "events": source["events"], "since": source["since"], "until": source["until"],
        "silent": silent,
    })
}

fn table(columns: &[Column], rows: &[Value]) {
    if !rows.is_empty() {
        say!();
        // Whoever reads may have enough of it; that is no failure of ours.
        let _ = print::table(&mut io::stdout().lock(), columns, rows);
    }
}
