//! Moments on the timeline of an incident: added, changed, removed.

use super::args::Asking;
use super::ask::{ask, json, percent};
use super::error::ClientError;
use super::print::cell;
use crate::cli::{Format, time};
use clap::{Args, Subcommand};
use cofferdam_connect::With;
use jiff::Timestamp;
use serde_json::{Value, json as value};

/// `cofferdam moment`.
#[derive(Debug, Subcommand)]
pub enum MomentCommand {
    /// Put something on the timeline
    Add(Add),
    /// Change a moment; what is not named stays as it is
    Change(Change),
    /// Remove a moment; what it said stays in the log
    Remove(Remove),
}

/// `cofferdam moment add`.
#[derive(Args, Debug)]
pub struct Add {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// When it happened (RFC 3339, or a date)
    #[arg(value_name = "T", value_parser = time)]
    at: Timestamp,
    /// What, in a sentence or two
    #[arg(value_name = "WHAT")]
    what: String,
    /// The technique that it shows, such as T1110.001
    #[arg(long, value_name = "ID")]
    technique: Option<String>,
    /// It belongs in every short account of the incident
    #[arg(long)]
    pinned: bool,
    /// The number of the moment of which it is a part
    #[arg(long, value_name = "MOMENT")]
    parent: Option<u64>,
    #[command(flatten)]
    asking: Asking,
}

/// Which moment.
#[derive(Args, Debug)]
pub struct OneMoment {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// The moment's number
    #[arg(value_name = "MOMENT")]
    moment: u64,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam moment change`.
#[derive(Args, Debug)]
pub struct Change {
    #[command(flatten)]
    one: OneMoment,
    /// When it happened (RFC 3339, or a date)
    #[arg(long, value_name = "T", value_parser = time)]
    at: Option<Timestamp>,
    /// What, in a sentence or two
    #[arg(long, value_name = "TEXT")]
    what: Option<String>,
    /// The technique that it shows
    #[arg(long, value_name = "ID")]
    technique: Option<String>,
    /// Whether it belongs in every short account of the incident
    #[arg(long, value_name = "true|false")]
    pinned: Option<bool>,
}

/// `cofferdam moment remove`.
#[derive(Args, Debug)]
pub struct Remove {
    #[command(flatten)]
    one: OneMoment,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Does what was asked.
pub fn run(command: &MomentCommand) -> Result<(), ClientError> {
    match command {
        MomentCommand::Add(args) => {
            let body = value!({
                "at": args.at.to_string(),
                "what": args.what,
                "technique": args.technique,
                "pinned": args.pinned,
                "parent": args.parent,
            });
            put(&args.asking, "POST", &path(&args.incident), &body)
        }
        MomentCommand::Change(args) => change(args),
        MomentCommand::Remove(args) => {
            let body = value!({"reason": args.reason}).to_string();
            let with = With { body: Some(&body), ..With::default() };
            let path = format!("{}/{}/remove", path(&args.one.incident), args.one.moment);
            ask(&args.one.asking.server.api()?, "POST", &path, with)?;
            Ok(())
        }
    }
}

fn path(incident: &str) -> String {
    format!("/api/v1/incidents/{}/timeline", percent(incident))
}

fn change(args: &Change) -> Result<(), ClientError> {
    let OneMoment { incident, moment, asking } = &args.one;
    let timeline = json(&asking.server.api()?, "GET", &path(incident), With::default())?;
    let items = timeline["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let known = items.iter().find(|item| item["moment"] == *moment);
    let what = || format!("{incident} has no moment {moment}");
    let known = known.ok_or_else(|| ClientError::Input { what: what() })?;
    let mut body = value!({"base": known["revision"]});
    for name in ["at", "what", "technique", "pinned", "parent"] {
        body[name] = known[name].clone();
    }
    let given = [
        ("at", args.at.map(|at| value!(at.to_string()))),
        ("what", args.what.as_ref().map(|what| value!(what))),
        ("technique", args.technique.as_ref().map(|id| value!(id))),
        ("pinned", args.pinned.map(|pinned| value!(pinned))),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    put(asking, "PUT", &format!("{}/{moment}", path(incident)), &body)
}

fn put(asking: &Asking, method: &str, path: &str, body: &Value) -> Result<(), ClientError> {
    let body = body.to_string();
    let with = With { body: Some(&body), ..With::default() };
    let item = json(&asking.server.api()?, method, path, with)?;
    match asking.format {
        Format::Json => say!("{item}"),
        Format::Text => {
            let (moment, at, what) = (cell(&item["moment"]), cell(&item["at"]), cell(&item["what"]));
            say!("moment {moment} at {at}: {what}");
        }
    }
    Ok(())
}
