//! Files of other products: their cases become incidents, and what did not fit is told.

use super::args::Asking;
use super::ask::json;
use super::error::ClientError;
use crate::cli::Format;
use crate::text::{count, group, plain, wrap};
use clap::Args;
use cofferdam_connect::With;
use cofferdam_import::{ImportError, MOST_BYTES};
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Columns of a terminal.
const WIDTH: usize = 80;
/// Why values were not imported that somebody may miss.
const MISSED: [&str; 4] = ["unknown", "unreadable", "too-many", "no-bytes"];
/// Why values were not imported that nobody will.
const NOT_MISSED: [&str; 4] = ["repeated", "named", "computed", "inner"];

/// `cofferdam incident import`.
#[derive(Args, Debug)]
pub struct Import {
    /// Files that TheHive 4, TheHive 5 or DFIR-IRIS exported as JSON
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Only say what would come of it
    #[arg(long)]
    pub dry_run: bool,
    /// List each value that was not imported, and not only those that may be missed
    #[arg(long)]
    pub all: bool,
    /// Close what was closed there, passing over the gates of the phases
    #[arg(long)]
    pub close: bool,
    #[command(flatten)]
    pub asking: Asking,
}

/// Imports each file. One that is refused keeps none of the others back.
///
/// # Errors
///
/// [`ClientError`]: the first that there was.
pub fn run(args: &Import) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let path = format!("/api/v1/imports?dry_run={}&close={}", args.dry_run, args.close);
    let mut first = None;
    for file in &args.files {
        let report = read(file).and_then(|text| {
            let content_type = Some("application/x-ndjson");
            json(&api, "POST", &path, With { body: Some(&text), content_type, ..With::default() })
        });
        match (report, args.asking.format) {
            (Ok(mut report), Format::Json) => {
                report["file"] = file.display().to_string().into();
                say!("{report}");
            }
            (Ok(report), Format::Text) => lines(&report, args.all).iter().for_each(|line| say!("{line}")),
            (Err(error), _) => {
                eprintln!("`{}` was not imported", plain(&file.display().to_string()));
                first = first.or(Some(error));
            }
        }
    }
    first.map_or(Ok(()), Err)
}

fn read(path: &Path) -> Result<String, ClientError> {
    let failed = |cause| ClientError::File { path: path.to_owned(), cause };
    let wrong = |error: ImportError| ClientError::Input { what: format!("`{}`: {error}", path.display()) };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    match bytes.first_chunk::<2>() {
        _ if bytes.len() > MOST_BYTES => return Err(wrong(ImportError::TooLarge)),
        Some(b"PK") => return Err(wrong(ImportError::Archive)),
        Some([0x1f, 0x8b]) => return Err(wrong(ImportError::Packed)),
        _ => {}
    }
    String::from_utf8(bytes)
        .map_err(|_| wrong(ImportError::NoJson { what: "it is not written in UTF-8".to_owned() }))
}

/// What came of a file, as lines of a terminal.
fn lines(report: &Value, all: bool) -> Vec<String> {
    let dry = report["dry_run"] == true;
    let mut out = Vec::new();
    for case in list(&report["cases"]) {
        let name = format!("{} case {}", product(case), text(&case["case"]));
        out.extend(wrapped("", &format!("{name}: {}", became(case, "incident", dry)), 2));
        out.extend(wrapped("  ", &text(&case["title"]), 4));
        if case["state"] != "there" {
            out.extend(wrapped("  ", &held(case), 4));
            list(&case["refused"]).iter().for_each(|why| out.extend(wrapped("  not taken: ", &text(why), 4)));
        }
        out.extend(left_out(case, all));
    }
    for alert in list(&report["alerts"]) {
        let name = format!("{} alert {}", product(alert), text(&alert["alert"]));
        out.extend(wrapped("", &format!("{name}: {}", became(alert, "id", dry)), 2));
        out.extend(wrapped("  ", &text(&alert["title"]), 4));
        out.extend(left_out(alert, all));
    }
    for part in list(&report["unread"]) {
        out.extend(wrapped("", &format!("not read: {}, {}", text(&part["place"]), text(&part["what"])), 2));
    }
    out
}

/// What became of a case or an alert.
fn became(one: &Value, id: &str, dry: bool) -> String {
    match (one[id].as_str(), one["state"] == "there") {
        (Some(id), true) => format!("already there as {}, nothing was added", plain(id)),
        (None, true) => "already there, nothing was added".to_owned(),
        (Some(id), false) => format!("imported as {}", plain(id)),
        (None, false) if dry => "would be imported".to_owned(),
        (None, false) => "imported".to_owned(),
    }
}

fn held(case: &Value) -> String {
    let parts = [
        ("task_count", "task", "tasks"),
        ("note_count", "note", "notes"),
        ("moment_count", "moment", "moments"),
        ("entity_count", "entity", "entities"),
        ("alert_count", "alert", "alerts"),
    ];
    let parts: Vec<String> =
        parts.iter().map(|(name, one, many)| count(number(&case[*name]), one, many)).collect();
    let closed = if case["was_closed"] == true { "; it was closed there" } else { "" };
    format!("{}{closed}", parts.join(", "))
}

/// What was not imported: what may be missed with its paths, what would not be counted, unless `all` of it is wanted.
fn left_out(one: &Value, all: bool) -> Vec<String> {
    let left = list(&one["left_out"]);
    let sum =
        |why: &str| left.iter().filter(|left| left["why"] == why).map(|left| number(&left["count"])).sum();
    let total: u64 = left.iter().map(|left| number(&left["count"])).sum();
    let of = count(number(&one["value_count"]), "value", "values");
    if total == 0 {
        return vec![format!("  all of its {of} imported")];
    }
    let mut out = vec![format!("  of its {of}, {} not imported:", group(total))];
    for why in MISSED.iter().chain(&NOT_MISSED) {
        let its: Vec<&Value> = left.iter().filter(|left| left["why"] == **why).collect();
        let Some(first) = its.first() else { continue };
        let reason = text(&first["reason"]);
        let line = if all || MISSED.contains(why) {
            let paths: Vec<String> = its.iter().map(|left| path(left)).collect();
            format!("{reason}: {}", paths.join(", "))
        } else {
            let sum: u64 = sum(why);
            format!("{reason}: {}", group(sum))
        };
        out.extend(wrapped("    ", &line, 6));
    }
    out
}

/// Where values stand, and how many; of one, what it is.
fn path(left: &Value) -> String {
    let (path, example) = (text(&left["path"]), text(&left["example"]));
    match (number(&left["count"]), example.as_str()) {
        (1, "") => path,
        (1, example) => format!("{path} ({example})"),
        (count, _) => format!("{path} ({count} times)"),
    }
}

fn product(one: &Value) -> String {
    match one["product"].as_str() {
        Some("thehive") => "TheHive".to_owned(),
        Some("dfir-iris") => "DFIR-IRIS".to_owned(),
        _ => text(&one["product"]),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn text(value: &Value) -> String {
    plain(value.as_str().unwrap_or_default()).into_owned()
}

/// Text in lines behind a beginning; the second and all that follow begin at this column.
fn wrapped(begin: &str, text: &str, hang: usize) -> Vec<String> {
    let lines = wrap(&format!("{begin}{text}"), WIDTH - hang);
    let line = |(at, line): (usize, String)| match at {
        0 => line,
        _ => format!("{}{}", " ".repeat(hang), line.trim_start()),
    };
    lines.into_iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_reads_well_on_80_columns_and_steers_no_terminal() {
        let left = |path: &str, why: &str, reason: &str, count: u64, example: &str| json!({"path": path, "why": why, "reason": reason, "count": count, "example": example});
        let inner = |path: &str, count| left(path, "inner", "about the product, not the case", count, "0");
        let unknown = |path: &str, count| left(path, "unknown", "no field that is known here", count, "teal");
        let title =
            "Phishing \u{1b}[2J of the sales team, and of many others who opened the invoice on Monday";
        let report = json!({
            "dry_run": false,
            "cases": [
                {"product": "thehive", "case": "#42", "title": title, "state": "imported", "incident": "INC-0007",
                 "task_count": 2, "note_count": 6, "moment_count": 1, "entity_count": 1, "alert_count": 0,
                 "was_closed": true, "refused": ["the incident has 1000 tasks already"], "value_count": 1143,
                 "left_out": [inner("tasks[].order", 12), unknown("shieldColour", 1), inner("_type", 1),
                     unknown("artifacts[].a_long_name_that_somebody_chose", 3)]},
                {"product": "dfir-iris", "case": "#3", "title": "Web shell", "state": "there", "incident": null,
                 "value_count": 40, "left_out": []},
            ],
            "alerts": [{"product": "thehive", "alert": "~4129", "title": "Scan", "state": "imported",
                "id": "ALR-000017", "value_count": 9, "left_out": []}],
            "unread": [{"place": "line 3", "what": "an object that is neither a case nor an alert"}],
        });
        let lines = lines(&report, false);
        let want = "TheHive case #42: imported as INC-0007
  Phishing \u{fffd}[2J of the sales team, and of many others who opened the invoice
    on Monday
  2 tasks, 6 notes, 1 moment, 1 entity, 0 alerts; it was closed there
  not taken: the incident has 1000 tasks already
  of its 1,143 values, 17 not imported:
    no field that is known here: shieldColour (teal),
      artifacts[].a_long_name_that_somebody_chose (3 times)
    about the product, not the case: 13
DFIR-IRIS case #3: already there, nothing was added
  Web shell
  all of its 40 values imported
TheHive alert ~4129: imported as ALR-000017
  Scan
  all of its 9 values imported
not read: line 3, an object that is neither a case nor an alert";
        assert_eq!(lines.join("\n"), want);
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
        let all = super::lines(&report, true).join("\n");
        assert!(
            all.contains("about the product, not the case: tasks[].order (12 times), _type (0)"),
            "{all}"
        );
    }
}
