//! What waits for whoever asks, and what changed since their shift began.

use super::args::Asking;
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::cell;
use crate::cli::{Format, time};
use crate::text::{count, cut, plain};
use clap::Args;
use cofferdam_connect::With;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Columns of a terminal.
const WIDTH: usize = 80;

/// `cofferdam work`.
#[derive(Args, Debug)]
pub struct Work {
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam handover`.
#[derive(Args, Debug)]
pub struct Handover {
    /// Since when: a time of day in UTC such as 18:00, a span before now such as 8h, or a time (RFC 3339) or date
    #[arg(long, value_name = "T", value_parser = since, allow_hyphen_values = true)]
    since: Timestamp,
    #[command(flatten)]
    asking: Asking,
}

/// Reads when a shift began.
fn since(text: &str) -> Result<Timestamp, String> {
    before(text, Timestamp::now()).map_or_else(|| time(text), Ok)
}

/// The last time before `now` that it was this time of day, or so long before.
fn before(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(of_day) = text
        .parse::<jiff::civil::Time>()
        .and_then(|time| now.to_zoned(TimeZone::UTC).with().time(time).build())
    {
        let today = of_day.timestamp();
        return if today > now {
            today.checked_sub(SignedDuration::from_hours(24)).ok()
        } else {
            Some(today)
        };
    }
    let span: SignedDuration = text.trim_start_matches('-').parse().ok()?;
    now.checked_sub(span).ok().filter(|_| span.is_positive())
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A line that fits a terminal.
fn line(text: &str) {
    say!("{}", cut(&plain(text), WIDTH));
}

/// Prints what waits for whoever asks.
///
/// # Errors
///
/// [`ClientError`].
pub fn work(args: &Work) -> Result<(), ClientError> {
    let work = json(&args.asking.server.api()?, "GET", "/api/v1/work", With::default())?;
    if let Format::Json = args.asking.format {
        say!("{work}");
        return Ok(());
    }
    let is_empty = ["incidents", "decisions", "tasks", "alerts", "calls"];
    if is_empty.iter().all(|name| list(&work, name).is_empty()) {
        eprintln!("nothing waits for you");
        return Ok(());
    }
    section("called, and not acknowledged", list(&work, "calls"), None, cell);
    section("incidents", list(&work, "incidents"), None, |one| {
        let parts: Vec<&str> = list(one, "parts").iter().filter_map(Value::as_str).collect();
        let (id, level, phase) = (cell(&one["id"]), cell(&one["severity"]), cell(&one["phase"]));
        format!("{id}  {level}, {phase}, {}: {}", parts.join(" and "), cell(&one["title"]))
    });
    section("decisions", list(&work, "decisions"), work["decision_count"].as_u64(), |one| {
        format!("{}, decision {}: {}", cell(&one["incident"]), cell(&one["decision"]), cell(&one["what"]))
    });
    section("tasks", list(&work, "tasks"), work["task_count"].as_u64(), |one| {
        let marks = [("overdue", "overdue"), ("blocked", "waits for others"), ("mandatory", "mandatory")];
        let marks: Vec<&str> =
            marks.iter().filter(|(name, _)| one[*name] == true).map(|(_, mark)| *mark).collect();
        let due =
            one["due"].as_str().map(|due| format!(" until {}", due.chars().take(16).collect::<String>()));
        let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
        let (incident, task) = (cell(&one["incident"]), cell(&one["task"]));
        format!(
            "{incident}, task {task}{}{marks}: {}",
            due.unwrap_or_default().replace('T', " "),
            cell(&one["title"])
        )
    });
    section("alerts", list(&work, "alerts"), work["alert_count"].as_u64(), |one| {
        format!("{}  {:<8}  {}", cell(&one["id"]), cell(&one["level"]), cell(&one["title"]))
    });
    Ok(())
}

/// A heading, and a line for each; how many there are in all, when not all of them are there.
fn section(name: &str, items: &[Value], all: Option<u64>, tell: impl Fn(&Value) -> String) {
    if items.is_empty() {
        return;
    }
    let shown = items.len() as u64;
    match all.filter(|all| *all > shown) {
        Some(all) => say!("{name} ({all}, of which {shown} are shown)"),
        None => say!("{name}"),
    }
    items.iter().for_each(|one| line(&format!("  {}", tell(one))));
}

/// Prints what changed.
///
/// # Errors
///
/// [`ClientError`].
pub fn handover(args: &Handover) -> Result<(), ClientError> {
    let path = format!("/api/v1/handover?since={}", percent(&args.since.to_string()));
    let changed = json(&args.asking.server.api()?, "GET", &path, With::default())?;
    if let Format::Json = args.asking.format {
        say!("{changed}");
        return Ok(());
    }
    say!("since {}", cell(&changed["since"]));
    if changed["complete"] == false {
        say!("so much was recorded that only the last of it was looked at");
    }
    let alerts = |name: &str| changed["alerts"][name].as_u64().unwrap_or(0);
    let raised = count(alerts("raised"), "alert was raised", "alerts were raised");
    say!(
        "{raised}, {} judged, {} assigned; {} are new now",
        alerts("judged"),
        alerts("assigned"),
        alerts("new_now")
    );
    for incident in list(&changed, "incidents") {
        told(incident);
    }
    if list(&changed, "incidents").is_empty() {
        say!("nothing was recorded of any incident");
    }
    Ok(())
}

fn told(incident: &Value) {
    say!();
    let state = match (incident["closed"].as_str(), incident["merged_into"].as_str()) {
        (_, Some(into)) => format!("merged into {into}"),
        (Some(closed), None) => format!("closed, {closed}"),
        (None, None) => cell(&incident["phase"]),
    };
    let new = if incident["new"] == true { "new, " } else { "" };
    let lead =
        incident["commander"].as_str().map_or("nobody leads".to_owned(), |user| format!("{user} leads"));
    line(&format!("{}  {}, {new}{state}, {lead}", cell(&incident["id"]), cell(&incident["severity"])));
    line(&format!("  {}", cell(&incident["title"])));
    let entries = list(incident, "entries");
    let hidden = incident["entry_count"].as_u64().unwrap_or(0).saturating_sub(entries.len() as u64);
    if hidden > 0 {
        say!("  {} before these", count(hidden, "entry", "entries"));
    }
    for entry in entries {
        let at: String = cell(&entry["time"]).chars().take(16).collect();
        let kind = cell(&entry["kind"]);
        let kind = kind.split('/').next().unwrap_or_default();
        let said = cell(&entry["fact"]);
        line(&format!("  {}  {}  {kind} {said}", at.replace('T', " "), cell(&entry["actor"]["name"])));
    }
    let joined: u64 = ["alerts-joined/1", "alerts-left/1"]
        .iter()
        .filter_map(|kind| incident["counts"][*kind].as_u64())
        .sum();
    if joined > 0 {
        say!("  alerts came or went by themselves {}", count(joined, "time", "times"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_began_at_a_time_of_day_or_so_long_ago() {
        let now: Timestamp = "2026-11-22T03:04:05Z".parse().unwrap();
        for (text, want) in [
            ("18:00", Some("2026-11-21T18:00:00Z")),
            ("02:30", Some("2026-11-22T02:30:00Z")),
            ("8h", Some("2026-11-21T19:04:05Z")),
            ("-90m", Some("2026-11-22T01:34:05Z")),
            ("0h", None),
            ("2026-11-20", None),
            ("yesterday", None),
        ] {
            assert_eq!(before(text, now), want.map(|want| want.parse().unwrap()), "{text}");
        }
        assert!(since("2026-11-20").is_ok() && since("yesterday").is_err());
    }
}
