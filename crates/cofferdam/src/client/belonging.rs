//! What people say belongs to which incident: opened by hand, attached, detached, split, merged and unmerged.

use super::args::Asking;
use super::ask::{ask, json, percent};
use super::error::ClientError;
use super::print::cell;
use super::words::level;
use crate::cli::Format;
use clap::{Args, Subcommand};
use cofferdam_connect::With;
use cofferdam_vocabulary::AlertId;
use serde_json::{Value, json as value};

const PATH: &str = "/api/v1/incidents";

/// What belongs to incidents.
#[derive(Debug, Subcommand)]
pub enum BelongingCommand {
    /// Open an incident that people found
    Open(Open),
    /// Say that alerts belong to an incident
    Attach(Attach),
    /// Say that alerts do not belong to an incident
    Detach(Detach),
    /// Make an incident of some alerts of another
    Split(Split),
    /// Make an incident part of another
    Merge(Merge),
    /// Take a merge back
    Unmerge(Unmerge),
}

/// `cofferdam incident open`.
#[derive(Args, Debug)]
pub struct Open {
    /// What it is called
    #[arg(value_name = "TITLE")]
    title: String,
    /// How bad it seems
    #[arg(long, value_name = "LEVEL", value_parser = level())]
    severity: String,
    /// Why it is an incident, and as bad as that
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// An alert that belongs to it (repeatable)
    #[arg(long = "alert", value_name = "ALERT")]
    alerts: Vec<String>,
    /// Take alerts out of the incidents in which they are
    #[arg(long = "move")]
    moving: bool,
    #[command(flatten)]
    asking: Asking,
}

/// Alerts, by their ids or by a filter.
#[derive(Args, Debug)]
pub struct Alerts {
    /// Their ids
    #[arg(value_name = "ALERT", required_unless_present = "filter", conflicts_with = "filter")]
    ids: Vec<String>,
    /// All that it takes, in the language of docs/filter.md; at most 1,000
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
}

/// `cofferdam incident attach`.
#[derive(Args, Debug)]
pub struct Attach {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    #[command(flatten)]
    alerts: Alerts,
    /// Why they belong to it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Take them out of the incidents in which they are
    #[arg(long = "move")]
    moving: bool,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident detach`.
#[derive(Args, Debug)]
pub struct Detach {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    #[command(flatten)]
    alerts: Alerts,
    /// Why they do not belong to it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident split`.
#[derive(Args, Debug)]
pub struct Split {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    #[command(flatten)]
    alerts: Alerts,
    /// What the new incident is called
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// Why it is one of its own
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident merge`.
#[derive(Args, Debug)]
pub struct Merge {
    /// The incident that is part of another
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// The other one
    #[arg(long, value_name = "INCIDENT")]
    into: String,
    /// Why they are one
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident unmerge`.
#[derive(Args, Debug)]
pub struct Unmerge {
    /// The incident that is no part of another
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// Why they are not one
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// Does what was asked.
pub fn run(command: &BelongingCommand) -> Result<(), ClientError> {
    match command {
        BelongingCommand::Open(args) => open(args),
        BelongingCommand::Attach(args) => {
            let filter = args.alerts.filter()?;
            let body = value!({"filter": filter, "reason": args.reason, "move": args.moving});
            post(&args.asking, &args.incident, "attach", &body)
        }
        BelongingCommand::Detach(args) => {
            let body = value!({"filter": args.alerts.filter()?, "reason": args.reason});
            post(&args.asking, &args.incident, "detach", &body)
        }
        BelongingCommand::Split(args) => {
            let body = value!({"filter": args.alerts.filter()?, "title": args.title, "reason": args.reason});
            opened(&args.asking, &format!("{PATH}/{}/split", percent(&args.incident)), &body)
        }
        BelongingCommand::Merge(args) => {
            let body = value!({"into": args.into, "reason": args.reason});
            post(&args.asking, &args.incident, "merge", &body)
        }
        BelongingCommand::Unmerge(args) => {
            post(&args.asking, &args.incident, "unmerge", &value!({"reason": args.reason}))
        }
    }
}

impl Alerts {
    fn filter(&self) -> Result<String, ClientError> {
        self.filter.clone().map_or_else(|| named(&self.ids), Ok)
    }
}

/// A filter that takes just these alerts.
fn named(ids: &[String]) -> Result<String, ClientError> {
    let checked = ids.iter().map(|text| {
        let id = AlertId::parse(text);
        id.map(|id| id.to_string()).map_err(|error| ClientError::Input { what: error.to_string() })
    });
    Ok(format!("id in ({})", checked.collect::<Result<Vec<_>, _>>()?.join(", ")))
}

fn open(args: &Open) -> Result<(), ClientError> {
    let mut body = value!({
        "title": args.title,
        "severity": args.severity,
        "reason": args.reason,
        "move": args.moving,
    });
    if !args.alerts.is_empty() {
        body["filter"] = named(&args.alerts)?.into();
    }
    opened(&args.asking, PATH, &body)
}

fn opened(asking: &Asking, path: &str, body: &Value) -> Result<(), ClientError> {
    let body = body.to_string();
    let with = With { body: Some(&body), ..With::default() };
    let opened = json(&asking.server.api()?, "POST", path, with)?;
    match asking.format {
        Format::Json => say!("{opened}"),
        Format::Text => say!("{} is open", cell(&opened["id"])),
    }
    Ok(())
}

/// Asks for something of an incident, of which there is nothing to say but that it was done.
pub fn post(asking: &Asking, incident: &str, what: &str, body: &Value) -> Result<(), ClientError> {
    send(asking, "POST", incident, what, body)
}

/// As [`post`], with another method.
pub fn send(
    asking: &Asking,
    method: &str,
    incident: &str,
    what: &str,
    body: &Value,
) -> Result<(), ClientError> {
    let body = body.to_string();
    let with = With { body: Some(&body), ..With::default() };
    ask(&asking.server.api()?, method, &format!("{PATH}/{}/{what}", percent(incident)), with)?;
    Ok(())
}
