//! Exceptions: what hides alerts for a while; tried, added, changed and ended.

use super::args::{Asking, One};
use super::ask::{ask, json, percent};
use super::error::ClientError;
use super::list;
use super::print::{self, Column, cell};
use crate::cli::{Format, time};
use crate::text::{count, plain};
use clap::{Args, Subcommand};
use cofferdam_connect::With;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json as value};
use std::io;

const PATH: &str = "/api/v1/exceptions";
const COLUMNS: [Column; 5] =
    [("ID", "id"), ("STATE", "state"), ("HIDDEN", "hidden"), ("UNTIL", "until"), ("WHAT", "what")];

/// `cofferdam exception`.
#[derive(Debug, Subcommand)]
pub enum ExceptionCommand {
    /// List exceptions, and how many alerts each hides
    List(ExceptionList),
    /// Print one exception
    Show(One),
    /// Say what an exception would have hidden of the alerts of the last 30 days
    Try(ExceptionTry),
    /// Add an exception; one that would have hidden true alerts is refused
    Add(ExceptionAdd),
    /// Change what an exception hides; what is not named stays as it is
    Change(ExceptionChange),
    /// End an exception; what it has hidden stays so
    End(ExceptionEnd),
}

/// `cofferdam exception list`.
#[derive(Args, Debug)]
pub struct ExceptionList {
    /// Those that are over, too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    asking: Asking,
}

/// Which alerts.
#[derive(Args, Debug)]
pub struct Terms {
    /// The rule that raised them, by its id [default: any]
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// What they are about, and nothing else of that kind, such as address=192.0.2.0/24, host=web-* or
    /// account:actor=svc-backup (repeatable; all must apply)
    #[arg(long = "about", value_name = "KIND=VALUE")]
    about: Vec<String>,
    /// What raised them: `rule`, or a product such as guardduty [default: either]
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// They are no worse than this
    #[arg(long, value_name = "LEVEL")]
    level_at_most: Option<String>,
}

/// For how long.
#[derive(Args, Debug)]
pub struct Until {
    /// Until when (RFC 3339, or a date), at most 366 days from now
    #[arg(long, value_name = "T", value_parser = time, conflicts_with = "days")]
    until: Option<Timestamp>,
    /// For so many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=366))]
    days: Option<i64>,
}

/// `cofferdam exception try`.
#[derive(Args, Debug)]
pub struct ExceptionTry {
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam exception add`.
#[derive(Args, Debug)]
pub struct ExceptionAdd {
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    until: Until,
    /// Why, for whoever comes later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who answers for it, such as USR-0001 [default: you]
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// Add it although it would have hidden alerts that people found to be true
    #[arg(long)]
    despite_true: bool,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam exception change`.
#[derive(Args, Debug)]
pub struct ExceptionChange {
    /// Its number, such as EXC-0001
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    until: Until,
    /// Why, for whoever comes later
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who answers for it, such as USR-0001
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// Change it although it would have hidden alerts that people found to be true
    #[arg(long)]
    despite_true: bool,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam exception end`.
#[derive(Args, Debug)]
pub struct ExceptionEnd {
    /// Its number, such as EXC-0001
    #[arg(value_name = "ID")]
    id: String,
    /// Why, for whoever comes later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// Does what was asked.
///
/// # Errors
///
/// [`ClientError`].
pub fn run(command: &ExceptionCommand) -> Result<(), ClientError> {
    match command {
        ExceptionCommand::List(args) => all(args),
        ExceptionCommand::Show(args) => list::show(PATH, args),
        ExceptionCommand::Try(args) => tried(args),
        ExceptionCommand::Add(args) => add(args),
        ExceptionCommand::Change(args) => change(args),
        ExceptionCommand::End(args) => end(args),
    }
}

fn all(args: &ExceptionList) -> Result<(), ClientError> {
    let mut page = json(&args.asking.server.api()?, "GET", PATH, With::default())?;
    let mut rows = page["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    rows.retain(|row| args.all || row["state"] == "active");
    match args.asking.format {
        Format::Json => say!("{}", value!({"items": rows})),
        Format::Text if rows.is_empty() && args.all => eprintln!("there are none"),
        Format::Text if rows.is_empty() => {
            eprintln!("none hides alerts now; --all lists those that are over");
        }
        Format::Text => {
            for row in &mut rows {
                row["until"] = cell(&row["expires"]).chars().take(10).collect::<String>().into();
                row["what"] = what(row).into();
            }
            let _ = print::table(&mut io::stdout().lock(), &COLUMNS, &rows);
        }
    }
    Ok(())
}

/// What an exception hides, in one line.
fn what(row: &Value) -> String {
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let conditions = row["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let about = conditions.iter().map(|one| {
        let role = text(&one["role"]).map(|role| format!(":{role}")).unwrap_or_default();
        let value = text(&one["value"]).unwrap_or_else(|| "(erased)".to_owned());
        format!("{}{role}={value}", cell(&one["kind"]))
    });
    let source = text(&row["source"]).map(|source| format!("from {source}"));
    let level = text(&row["level_at_most"]).map(|level| format!("at most {level}"));
    let rule = text(&row["rule"]).unwrap_or_else(|| "any rule".to_owned());
    std::iter::once(rule).chain(about).chain(source).chain(level).collect::<Vec<_>>().join(", ")
}

fn tried(args: &ExceptionTry) -> Result<(), ClientError> {
    let mut body = terms(&args.terms)?;
    // A trial says nothing of when it ends, and why.
    let tomorrow = Timestamp::now() + SignedDuration::from_hours(24);
    body.extend([("reason".to_owned(), value!("tried")), ("expires".to_owned(), value!(tomorrow))]);
    let body = Value::Object(body).to_string();
    let with = With { body: Some(&body), ..With::default() };
    let trial = json(&args.asking.server.api()?, "POST", &format!("{PATH}/trial"), with)?;
    match args.asking.format {
        Format::Json => say!("{trial}"),
        Format::Text => figures(&trial),
    }
    Ok(())
}

/// What an exception would have hidden.
fn figures(trial: &Value) {
    let number = |name: &str| trial[name].as_u64().unwrap_or(0);
    say!(
        "would have hidden {} of the last {} days, {} of them true, {} in incidents",
        count(number("would_hide"), "alert", "alerts"),
        number("window_days"),
        number("of_them_true"),
        number("of_them_in_incidents")
    );
    if trial["complete"] == false {
        say!(
            "of the last {} alerts that it could apply to; older ones were not looked at",
            number("looked_at")
        );
    }
    let examples = cell(&trial["examples"]);
    if !examples.is_empty() {
        say!("such as {examples}");
    }
}

fn add(args: &ExceptionAdd) -> Result<(), ClientError> {
    let expires = args.until.end().ok_or_else(|| ClientError::Input {
        what: "say until when, with --until or --days: an exception that never ends is forgotten".to_owned(),
    })?;
    let mut body = terms(&args.terms)?;
    body.insert("reason".to_owned(), value!(args.reason));
    body.insert("expires".to_owned(), value!(expires));
    body.insert("despite_true".to_owned(), value!(args.despite_true));
    body.extend(args.owner.as_ref().map(|owner| ("owner".to_owned(), value!(owner))));
    let body = Value::Object(body).to_string();
    let with = With { body: Some(&body), ..With::default() };
    let saved = json(&args.asking.server.api()?, "POST", PATH, with)?;
    tell(&saved, &args.asking);
    Ok(())
}

/// What was saved, and what it would have hidden.
fn tell(saved: &Value, asking: &Asking) {
    match asking.format {
        Format::Json => say!("{saved}"),
        Format::Text => {
            let exception = &saved["exception"];
            let (id, until) = (cell(&exception["id"]), cell(&exception["expires"]));
            say!("{id} hides alerts until {until}: {}", plain(&what(exception)));
            figures(&saved["trial"]);
        }
    }
}

/// Changes what was named, and keeps the rest as it is.
fn change(args: &ExceptionChange) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let path = format!("{PATH}/{}", percent(&args.id));
    let said = ask(&api, "GET", &path, With::default())?;
    let known: Value = serde_json::from_slice(&said.body)
        .map_err(|_| ClientError::Strange { what: "an exception that is no JSON".to_owned() })?;
    let mut body = Map::new();
    for name in ["rule", "conditions", "source", "level_at_most", "owner", "reason", "expires"] {
        body.insert(name.to_owned(), known[name].clone());
    }
    // An empty word takes back what was said.
    body.extend(terms(&args.terms)?.into_iter().map(|(name, given)| {
        let given = if given == "" { Value::Null } else { given };
        (name, given)
    }));
    let named = [
        ("owner", args.owner.as_ref().map(|owner| value!(owner))),
        ("reason", args.reason.as_ref().map(|reason| value!(reason))),
        ("expires", args.until.end().map(|expires| value!(expires))),
        ("despite_true", Some(value!(args.despite_true))),
    ];
    body.extend(named.into_iter().filter_map(|(name, given)| Some((name.to_owned(), given?))));
    let body = Value::Object(body).to_string();
    let with = With { body: Some(&body), if_match: said.etag.as_deref(), ..With::default() };
    tell(&json(&api, "PUT", &path, with)?, &args.asking);
    Ok(())
}

fn end(args: &ExceptionEnd) -> Result<(), ClientError> {
    let body = value!({"reason": args.reason}).to_string();
    let with = With { body: Some(&body), ..With::default() };
    let path = format!("{PATH}/{}/end", percent(&args.id));
    let ended = json(&args.asking.server.api()?, "POST", &path, with)?;
    match args.asking.format {
        Format::Json => say!("{ended}"),
        Format::Text => say!(
            "{} hides nothing more; what it has hidden ({}) stays so until it happens again",
            cell(&ended["id"]),
            count(ended["hidden"].as_u64().unwrap_or(0), "alert", "alerts")
        ),
    }
    Ok(())
}

impl Until {
    fn end(&self) -> Option<Timestamp> {
        let days = self.days.map(|days| Timestamp::now() + SignedDuration::from_hours(24 * days));
        self.until.or(days)
    }
}

/// What was named of the alerts.
fn terms(terms: &Terms) -> Result<Map<String, Value>, ClientError> {
    let mut body = Map::new();
    let named = [("rule", &terms.rule), ("source", &terms.source), ("level_at_most", &terms.level_at_most)];
    for (name, given) in named {
        body.extend(given.as_ref().map(|given| (name.to_owned(), value!(given))));
    }
    if !terms.about.is_empty() {
        let conditions: Result<Vec<Value>, ClientError> =
            terms.about.iter().map(|text| condition(text)).collect();
        body.insert("conditions".to_owned(), Value::Array(conditions?));
    }
    Ok(body)
}

/// Reads `KIND=VALUE` or `KIND:ROLE=VALUE`.
fn condition(text: &str) -> Result<Value, ClientError> {
    let wrong =
        || ClientError::Input { what: format!("`{}` is not KIND=VALUE, such as host=web-*", plain(text)) };
    let (of, given) = text.split_once('=').ok_or_else(wrong)?;
    Ok(match of.split_once(':') {
        Some((kind, role)) => value!({"kind": kind, "role": role, "value": given}),
        None => value!({"kind": of, "value": given}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_read_and_shown_as_it_was_typed() {
        for text in ["address=192.0.2.0/24", "account:actor=a=b:c", r"file=c:\x\*"] {
            let row = value!({"rule": "scan", "conditions": [condition(text).unwrap()]});
            assert_eq!(what(&row), format!("scan, {text}"));
        }
        assert!(condition("web-01").is_err());
        let any = value!({"rule": null, "conditions": [], "source": "guardduty", "level_at_most": "low"});
        assert_eq!(what(&any), "any rule, from guardduty, at most low");
    }
}
