//! Alerts that are like one, and why.

use super::args::One;
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::{self, Column, cell};
use crate::cli::Format;
use cofferdam_connect::With;
use serde_json::Value;
use std::io;

const COLUMNS: [Column; 5] =
    [("ID", "id"), ("LAST SEEN", "last_seen"), ("STATE", "state"), ("VERDICT", "verdict"), ("WHY", "why")];

/// Prints them, the most alike first.
///
/// # Errors
///
/// [`ClientError`].
pub fn run(args: &One) -> Result<(), ClientError> {
    let path = format!("/api/v1/alerts/{}/similar", percent(&args.id));
    let found = json(&args.asking.server.api()?, "GET", &path, With::default())?;
    match args.asking.format {
        Format::Json => say!("{found}"),
        Format::Text => tell(&found),
    }
    Ok(())
}

fn tell(found: &Value) {
    let items = found["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        eprintln!("no other alert is like it");
        return;
    }
    let row = |item: &Value| {
        let mut row = item["alert"].clone();
        row["why"] = why(item).into();
        row
    };
    let rows: Vec<Value> = items.iter().map(row).collect();
    let _ = print::table(&mut io::stdout().lock(), &COLUMNS, &rows);
    let verdicts = found["verdicts"].as_object().into_iter().flatten();
    let verdicts: Vec<String> = verdicts.map(|(name, count)| format!("{} {name}", cell(count))).collect();
    if !verdicts.is_empty() {
        say!("\nOf all that are like it: {}", print::cell(&verdicts.join(", ").into()));
    }
    if found["complete"] == false {
        eprintln!("the last {} alerts were looked at, and no older ones", cell(&found["looked_at"]));
    }
}

/// Why an alert is like the other, the most telling first.
fn why(item: &Value) -> String {
    let is = |name: &str, text: &str| (item[name] == true).then(|| text.to_owned());
    let shared = item["shared"].as_array().into_iter().flatten();
    let shared = shared.map(|thing| format!("{} {}", cell(&thing["kind"]), cell(&thing["value"])));
    let told = is("same_key", "tells of the same");
    let parts = told.into_iter().chain(shared).chain(is("same_rule", "same rule"));
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
