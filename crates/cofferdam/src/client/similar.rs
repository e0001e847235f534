//! Alerts and incidents that are like one, and why.

use super::args::One;
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::{self, Column, cell};
use crate::cli::Format;
use cofferdam_connect::With;
use serde_json::Value;
use std::io;

const ALERTS: [Column; 5] =
    [("ID", "id"), ("LAST SEEN", "last_seen"), ("STATE", "state"), ("VERDICT", "verdict"), ("WHY", "why")];
const INCIDENTS: [Column; 4] =
    [("ID", "id"), ("SEVERITY", "severity"), ("LAST SEEN", "last_seen"), ("WHY", "why")];

/// Prints alerts, the most alike first.
///
/// # Errors
///
/// [`ClientError`].
pub fn alerts(args: &One) -> Result<(), ClientError> {
    run(args, "alert", &ALERTS)
}

/// Prints incidents, the most alike first.
///
/// # Errors
///
/// [`ClientError`].
pub fn incidents(args: &One) -> Result<(), ClientError> {
    run(args, "incident", &INCIDENTS)
}

fn run(args: &One, what: &str, columns: &[Column]) -> Result<(), ClientError> {
    let path = format!("/api/v1/{what}s/{}/similar", percent(&args.id));
    let found = json(&args.asking.server.api()?, "GET", &path, With::default())?;
    match args.asking.format {
        Format::Json => say!("{found}"),
        Format::Text => tell(&found, what, columns),
    }
    Ok(())
}

fn tell(found: &Value, what: &str, columns: &[Column]) {
    let items = found["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        eprintln!("no other {what} is like it");
        return;
    }
    let row = |item: &Value| {
        let mut row = item[what].clone();
        row["why"] = why(item).into();
        row
    };
    let rows: Vec<Value> = items.iter().map(row).collect();
    let _ = print::table(&mut io::stdout().lock(), columns, &rows);
    let verdicts = found["verdicts"].as_object().into_iter().flatten();
    let verdicts: Vec<String> = verdicts.map(|(name, count)| format!("{} {name}", cell(count))).collect();
    if !verdicts.is_empty() {
        say!("\nOf all that are like it: {}", cell(&verdicts.join(", ").into()));
    }
    if found["complete"] == false {
        eprintln!("the last {} {what}s were looked at, and no older ones", cell(&found["looked_at"]));
    }
}

/// Why one is like the other, the most telling first.
fn why(item: &Value) -> String {
    let is = |name: &str, text: &str| (item[name] == true).then(|| text.to_owned());
    let shared = item["shared"].as_array().into_iter().flatten();
    let shared = shared.map(|thing| format!("{} {}", cell(&thing["kind"]), cell(&thing["value"])));
    let told = is("same_key", "tells of the same");
    let rules = item["rules"].as_array().into_iter().flatten().map(|rule| format!("rule {}", cell(rule)));
    let parts = told.into_iter().chain(shared).chain(is("same_rule", "same rule")).chain(rules);
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_is_said_why() {
        let item = json!({
            "same_rule": true, "same_key": false,
            "shared": [{"kind": "address", "value": "203.0.113.66"}, {"kind": "host", "value": "web-\u{1b}[2J01"}],
        });
        assert_eq!(why(&item), "address 203.0.113.66, host web-\u{fffd}[2J01, same rule");
    }
}
