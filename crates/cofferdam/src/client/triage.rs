//! What people make of alerts: one, several, or all that a filter takes; and taken back.

use super::args::{Asking, Judge, Reopen, Which};
use super::ask::json;
use super::error::{ClientError, Refused};
use crate::cli::Format;
use crate::text::{count, plain};
use cofferdam_connect::With;
use cofferdam_vocabulary::AlertId;
use serde_json::{Map, Value, json as value};

/// Alerts that can be named one by one.
const NAMED: usize = 70;

/// Says who works on alerts; whoever asks, where nobody is named.
pub fn assign(which: &Which, to: Option<&str>) -> Result<(), ClientError> {
    let mut body = Map::new();
    body.extend(to.map(|user| ("to".to_owned(), value!(user))));
    carry_out("assign", which, body)
}

/// Says that nobody works on them for now.
pub fn release(which: &Which) -> Result<(), ClientError> {
    carry_out("release", which, Map::new())
}

/// Says what they are.
pub fn judge(args: &Judge) -> Result<(), ClientError> {
    let body = value!({"verdict": args.verdict.as_str(), "reason": args.reason, "dismiss": args.dismiss});
    carry_out("judge", &args.which, members(body))
}

/// Takes back what they were found to be.
pub fn reopen(args: &Reopen) -> Result<(), ClientError> {
    carry_out("reopen", &args.which, members(value!({"reason": args.reason})))
}

/// Takes back what was done.
pub fn undo(what: &str, asking: &Asking) -> Result<(), ClientError> {
    ask("undo", &value!({"undo": what}), false, asking)
}

fn members(body: Value) -> Map<String, Value> {
    match body {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn carry_out(what: &str, which: &Which, mut body: Map<String, Value>) -> Result<(), ClientError> {
    body.insert("filter".to_owned(), which.filter()?.into());
    body.insert("dry_run".to_owned(), which.dry_run.into());
    ask(what, &Value::Object(body), which.dry_run, &which.asking)
}

impl Which {
    fn filter(&self) -> Result<String, ClientError> {
        if let Some(filter) = &self.filter {
            return Ok(filter.clone());
        }
        if self.ids.len() > NAMED {
            let what = format!("at most {NAMED} alerts can be named; --filter takes more");
            return Err(ClientError::Input { what });
        }
        let mut ids = Vec::new();
        for text in &self.ids {
            let id = AlertId::parse(text);
            ids.push(id.map_err(|error| ClientError::Input { what: error.to_string() })?.to_string());
        }
        Ok(format!("id in ({})", ids.join(", ")))
    }
}

fn ask(what: &str, body: &Value, dry_run: bool, asking: &Asking) -> Result<(), ClientError> {
    let body = body.to_string();
    let with = With { body: Some(&body), ..With::default() };
    let result = json(&asking.server.api()?, "POST", &format!("/api/v1/triage/{what}"), with)?;
    let number = |name: &str| result[name].as_u64().unwrap_or(0);
    match asking.format {
        Format::Json => say!("{result}"),
        Format::Text => tell(&result, dry_run),
    }
    // Nothing of what was meant is so.
    if number("matched") > 0 && number("matched") == number("refused_count") {
        let title = "no alert was changed".to_owned();
        let refused = Refused { status: 409, title, ..Refused::default() };
        return Err(ClientError::Refused { refused });
    }
    Ok(())
}

fn tell(result: &Value, dry_run: bool) {
    let number = |name: &str| result[name].as_u64().unwrap_or(0);
    let alerts = |name: &str| count(number(name), "alert", "alerts");
    if number("matched") == 0 {
        eprintln!("there are none of these");
        return;
    }
    say!("{} {}", alerts("changed"), if dry_run { "would be changed" } else { "changed" });
    if number("unchanged") > 0 {
        say!("{} so already", alerts("unchanged"));
    }
    let refused = result["refused"].as_array().map(Vec::as_slice).unwrap_or_default();
    for one in refused {
        let text = |name: &str| plain(one[name].as_str().unwrap_or_default()).into_owned();
        eprintln!("{}: {}", text("alert"), text("why"));
    }
    if number("refused_count") > refused.len() as u64 {
        eprintln!("… and {} more", number("refused_count") - refused.len() as u64);
    }
    if let Some(undo) = result["undo"].as_str() {
        say!("`cofferdam alert undo {}` takes it back", plain(undo));
    }
}
