//! The response to an incident: what whoever leads says of it, in which phase it is, and how it ends.

use super::args::{Asking, One};
use super::ask::{json, percent};
use super::belonging::{post, send};
use super::error::ClientError;
use super::print::{self, cell};
use super::words::{level, words};
use crate::cli::Format;
use crate::text::{plain, wrap};
use clap::{Args, Subcommand};
use cofferdam_connect::With;
use cofferdam_journal::incident::{
    Category, EntityStatus, Functional, Information, Pap, Part, Phase, Recoverability, Reputation,
    Resolution, Tlp,
};
use cofferdam_vocabulary::EntityKind;
use serde_json::{Value, json as value};
use std::io;

/// Columns of a terminal.
const WIDTH: usize = 80;
/// Columns before what a criterion misses.
const MARGIN: usize = 30;

/// What is said of the response.
#[derive(Debug, Subcommand)]
pub enum ResponseCommand {
    /// Say that an incident is real
    Declare(Because),
    /// Call it something else
    Title(Title),
    /// Say how bad it is, and why
    Severity(Severity),
    /// Say with whom it may be shared, and what may be done with what is known
    Mark(Mark),
    /// Say what kind of incident it is
    Category(Kind),
    /// Say who has a part in the response
    Part(PartArgs),
    /// Print what it touches, and how each of it stands
    Scope(One),
    /// Say how hosts, accounts, addresses … stand, and by which evidence
    Stand(Stand),
    /// Print what is asked before each phase is left
    Gates(One),
    /// Go on to the next phase, or back to one before
    Phase(Enter),
    /// Close an incident
    Close(Close),
    /// Open a closed incident again
    Reopen(Because),
    /// Print what happened, by when it did
    Timeline(One),
    /// Print how long the response takes, over many incidents
    Times(TimesArgs),
}

/// `cofferdam incident times`.
#[derive(Args, Debug)]
pub struct TimesArgs {
    /// One incident, with what says when it happened
    #[arg(value_name = "INCIDENT", conflicts_with = "filter")]
    incident: Option<String>,
    /// Over which incidents, in the language of docs/filter.md, such as 'opened > -90d'
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

/// An incident, and a reason.
#[derive(Args, Debug)]
pub struct Because {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// Why, for whoever comes later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident title`.
#[derive(Args, Debug)]
pub struct Title {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// What it is called
    #[arg(value_name = "TITLE")]
    title: String,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident severity`.
#[derive(Args, Debug)]
pub struct Severity {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// How bad
    #[arg(value_name = "LEVEL", value_parser = level())]
    severity: String,
    /// What does not work any more
    #[arg(long, value_name = "IMPACT", value_parser = words::<Functional>())]
    functional: String,
    /// What became of information
    #[arg(long, value_name = "IMPACT", value_parser = words::<Information>())]
    information: String,
    /// What it takes to recover
    #[arg(long, value_name = "EFFORT", value_parser = words::<Recoverability>())]
    recoverability: String,
    /// What others think of it
    #[arg(long, value_name = "IMPACT", value_parser = words::<Reputation>())]
    reputation: String,
    /// Why, for whoever comes later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident mark`.
#[derive(Args, Debug)]
pub struct Mark {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// With whom it may be shared
    #[arg(long, value_name = "TLP", value_parser = words::<Tlp>())]
    tlp: String,
    /// What may be done with what is known
    #[arg(long, value_name = "PAP", value_parser = words::<Pap>())]
    pap: String,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident category`.
#[derive(Args, Debug)]
pub struct Kind {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// What kind, such as intrusions/system-compromise (Reference Security Incident Taxonomy)
    #[arg(value_name = "CATEGORY")]
    category: Category,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident part`.
#[derive(Args, Debug)]
pub struct PartArgs {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// Which part
    #[arg(value_name = "PART", value_parser = words::<Part>())]
    part: String,
    /// All who have it from now on, such as USR-0001; nobody where none is named
    #[arg(value_name = "USER")]
    users: Vec<String>,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident stand`.
#[derive(Args, Debug)]
pub struct Stand {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// How they stand
    #[arg(value_name = "STATE", value_parser = words::<EntityStatus>())]
    status: String,
    /// Which, such as host=web-01
    #[arg(value_name = "KIND=VALUE", value_parser = entity, required_unless_present = "all")]
    entities: Vec<(String, String)>,
    /// All that stand so now
    #[arg(long, value_name = "STATE", value_parser = words::<EntityStatus>())]
    all: Option<String>,
    /// Of those, only this kind, such as host
    #[arg(long, value_name = "KIND", requires = "all", value_parser = kind)]
    kind: Option<String>,
    /// The evidence for it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident phase`.
#[derive(Args, Debug)]
pub struct Enter {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// The phase
    #[arg(value_name = "PHASE", value_parser = words::<Phase>())]
    phase: String,
    /// Why: needed to go back, and where not all that the gate asks is known to be met
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Pass over what is not met
    #[arg(long, requires = "reason")]
    over: bool,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam incident close`.
#[derive(Args, Debug)]
pub struct Close {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// How it ended
    #[arg(value_name = "RESOLUTION", value_parser = words::<Resolution>())]
    resolution: String,
    /// Why, for whoever comes later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Pass over what is not met
    #[arg(long)]
    over: bool,
    #[command(flatten)]
    asking: Asking,
}

fn kind(text: &str) -> Result<String, String> {
    let is_one = |kind: &&EntityKind| kind.as_str() == text;
    let found = EntityKind::ALL.iter().find(is_one);
    let all = || EntityKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    found.map(|kind| kind.as_str().to_owned()).ok_or_else(|| format!("there are {}", all()))
}

/// `host=web-01`.
fn entity(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write KIND=VALUE, such as host=web-01")?;
    Ok((kind(name)?, value.to_owned()))
}

/// Does what was asked.
pub fn run(command: &ResponseCommand) -> Result<(), ClientError> {
    match command {
        ResponseCommand::Declare(args) => because(args, "declare"),
        ResponseCommand::Reopen(args) => because(args, "reopen"),
        ResponseCommand::Title(args) => {
            send(&args.asking, "PUT", &args.incident, "title", &value!({"title": args.title}))
        }
        ResponseCommand::Severity(args) => severity(args),
        ResponseCommand::Mark(args) => {
            let body = value!({"tlp": args.tlp, "pap": args.pap});
            send(&args.asking, "PUT", &args.incident, "marking", &body)
        }
        ResponseCommand::Category(args) => {
            let body = value!({"category": args.category.as_str()});
            send(&args.asking, "PUT", &args.incident, "category", &body)
        }
        ResponseCommand::Part(args) => {
            let what = format!("parts/{}", args.part);
            send(&args.asking, "PUT", &args.incident, &what, &value!({"users": args.users}))
        }
        ResponseCommand::Scope(args) => scope(&fetch(&args.asking, &args.id, "scope")?, args.asking.format),
        ResponseCommand::Stand(args) => stand(args),
        ResponseCommand::Gates(args) => gates(&fetch(&args.asking, &args.id, "gates")?, args.asking.format),
        ResponseCommand::Phase(args) => {
            let body = value!({"phase": args.phase, "reason": args.reason, "over": args.over});
            gated(&args.incident, send(&args.asking, "PUT", &args.incident, "phase", &body))
        }
        ResponseCommand::Close(args) => {
            let body = value!({"resolution": args.resolution, "reason": args.reason, "over": args.over});
            gated(&args.incident, post(&args.asking, &args.incident, "close", &body))
        }
        ResponseCommand::Times(args) => times(args),
        ResponseCommand::Timeline(args) => {
            timeline(&fetch(&args.asking, &args.id, "timeline")?, args.asking.format);
            Ok(())
        }
    }
}

/// What a gate refuses is told as such.
fn gated(incident: &str, done: Result<(), ClientError>) -> Result<(), ClientError> {
    done.map_err(|error| match error {
        ClientError::Refused { refused } if refused.status == 409 => {
            let why = refused.detail.unwrap_or(refused.title);
            ClientError::Gate { why, incident: incident.to_owned() }
        }
        error => error,
    })
}

fn because(args: &Because, what: &str) -> Result<(), ClientError> {
    post(&args.asking, &args.incident, what, &value!({"reason": args.reason}))
}

fn severity(args: &Severity) -> Result<(), ClientError> {
    let body = value!({
        "severity": args.severity,
        "functional": args.functional,
        "information": args.information,
        "recoverability": args.recoverability,
        "reputation": args.reputation,
        "reason": args.reason,
    });
    send(&args.asking, "PUT", &args.incident, "severity", &body)
}

fn stand(args: &Stand) -> Result<(), ClientError> {
    let entities: Vec<Value> =
        args.entities.iter().map(|(kind, value)| value!({"kind": kind, "value": value})).collect();
    let which = args.all.as_ref().map(|status| value!({"status": status, "kind": args.kind}));
    let body = value!({
        "status": args.status,
        "reason": args.reason,
        "entities": entities,
        "which": which,
    })
    .to_string();
    let with = With { body: Some(&body), ..With::default() };
    let path = format!("/api/v1/incidents/{}/scope", percent(&args.incident));
    let now = json(&args.asking.server.api()?, "PUT", &path, with)?;
    match args.asking.format {
        Format::Json => say!("{now}"),
        Format::Text => say!("{}", counts(&now)),
    }
    Ok(())
}

fn fetch(asking: &Asking, incident: &str, what: &str) -> Result<Value, ClientError> {
    let path = format!("/api/v1/incidents/{}/{what}", percent(incident));
    json(&asking.server.api()?, "GET", &path, With::default())
}

/// How many entities stand how, in one line.
fn counts(scope: &Value) -> String {
    let of = |status: &EntityStatus| {
        let count = scope["counts"][status.as_str()].as_u64()?;
        Some(format!("{count} {status}"))
    };
    let counts: Vec<String> = EntityStatus::ALL.iter().filter_map(of).collect();
    if counts.is_empty() { "it touches nothing that is known".to_owned() } else { counts.join(", ") }
}

fn scope(scope: &Value, format: Format) -> Result<(), ClientError> {
    if format == Format::Json {
        say!("{scope}");
        return Ok(());
    }
    say!("{}", counts(scope));
    let rows = scope["entities"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !rows.is_empty() {
        let columns = [("STATE", "status"), ("KIND", "kind"), ("VALUE", "value"), ("EVIDENCE", "reason")];
        let _ = print::table(&mut io::stdout().lock(), &columns, rows);
    }
    Ok(())
}

fn gates(gates: &Value, format: Format) -> Result<(), ClientError> {
    if format == Format::Json {
        say!("{gates}");
        return Ok(());
    }
    match gates["closed"].as_str() {
        Some(how) => say!("closed as {how}, from {}", cell(&gates["phase"])),
        None => say!("in {}", cell(&gates["phase"])),
    }
    for gate in gates["gates"].as_array().map(Vec::as_slice).unwrap_or_default() {
        say!("\nTo leave {}", cell(&gate["leaving"]));
        for one in gate["criteria"].as_array().map(Vec::as_slice).unwrap_or_default() {
            criterion(one);
        }
    }
    Ok(())
}

fn criterion(one: &Value) {
    let name = cell(&one["criterion"]);
    let state = match one["state"].as_str() {
        Some("met") => "met",
        Some("unmet") => "not met",
        _ => "not checked by this version",
    };
    match one["missing"].as_str() {
        None => say!("  {name:<16} {state}"),
        Some(missing) => {
            let head = format!("  {name:<16} {state}: ");
            for (at, line) in wrap(&plain(missing), WIDTH - MARGIN).into_iter().enumerate() {
                say!("{:<MARGIN$}{line}", if at == 0 { head.as_str() } else { "" });
            }
        }
    }
}

fn times(args: &TimesArgs) -> Result<(), ClientError> {
    if let Some(incident) = &args.incident {
        let times = fetch(&args.asking, incident, "times")?;
        match args.asking.format {
            Format::Json => say!("{times}"),
            Format::Text => times_of_one(&times),
        }
        return Ok(());
    }
    let filter = percent(args.filter.as_deref().unwrap_or_default());
    let path = format!("/api/v1/response-times?filter={filter}");
    let times = json(&args.asking.server.api()?, "GET", &path, With::default())?;
    match args.asking.format {
        Format::Json => say!("{times}"),
        Format::Text => times_of_many(&times),
    }
    Ok(())
}

fn times_of_one(times: &Value) {
    let rows = |name: &str| times[name].as_array().cloned().unwrap_or_default();
    let mut milestones = rows("milestones");
    for row in &mut milestones {
        let alert = row["alert"].as_str().map(ToOwned::to_owned);
        row["says"] = alert.unwrap_or_else(|| format!("entry {}", cell(&row["position"]))).into();
    }
    let columns = [("MILESTONE", "milestone"), ("WHEN", "at"), ("WHAT SAYS SO", "says")];
    let _ = print::table(&mut io::stdout().lock(), &columns, &milestones);
    say!();
    let mut measures = rows("measures");
    measures.iter_mut().for_each(|row| row["took"] = lasting(&row["seconds"]).into());
    let columns = [("MEASURE", "measure"), ("FROM", "from"), ("TO", "to"), ("TOOK", "took")];
    let _ = print::table(&mut io::stdout().lock(), &columns, &measures);
}

fn times_of_many(times: &Value) {
    let count = times["count"].as_u64().unwrap_or(0);
    say!("{}", crate::text::count(count, "incident", "incidents"));
    let mut rows = times["measures"].as_array().cloned().unwrap_or_default();
    for row in &mut rows {
        for name in ["median", "p90", "mean"] {
            row[name] = lasting(&row[name]).into();
        }
        row["wrong"] = row["negative"].as_array().map_or(0, Vec::len).into();
    }
    let columns = [
        ("MEASURE", "measure"),
        ("N", "n"),
        ("MEDIAN", "median"),
        ("P90", "p90"),
        ("MEAN", "mean"),
        ("OPEN", "open"),
        ("UNKNOWN", "unknown"),
        ("NEGATIVE", "wrong"),
    ];
    let _ = print::table(&mut io::stdout().lock(), &columns, &rows);
}

/// Seconds as people say them; nothing for none.
fn lasting(seconds: &Value) -> String {
    let Some(all) = seconds.as_i64() else { return String::new() };
    let sign = if all < 0 { "-" } else { "" };
    let all = all.unsigned_abs();
    let (days, hours, minutes) = (all / 86_400, all / 3600 % 24, all / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{sign}{all} s"),
        (0, 0, _) => format!("{sign}{minutes} min {} s", all % 60),
        (0, _, _) => format!("{sign}{hours} h {minutes} min"),
        _ => format!("{sign}{days} d {hours} h"),
    }
}

fn timeline(timeline: &Value, format: Format) {
    if format == Format::Json {
        say!("{timeline}");
        return;
    }
    let items = timeline["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        eprintln!("nothing is known of when anything happened");
        return;
    }
    for item in items {
        let at = cell(&item["at"]);
        let what = item["what"].as_str().unwrap_or("(erased)");
        let whose = match item["kind"].as_str() {
            Some("alert") => cell(&item["alert"]),
            Some("moment") => {
                let pin = if item["pinned"] == true { "*" } else { "" };
                let part = item["parent"].as_u64().map(|of| format!(" of {of}")).unwrap_or_default();
                format!("moment {}{part}{pin}", cell(&item["moment"]))
            }
            _ => "response".to_owned(),
        };
        let technique = item["technique"].as_str().map(|id| format!(" ({id})")).unwrap_or_default();
        let text = format!("{}{technique}", plain(what));
        for (line_at, line) in wrap(&text, WIDTH - 36).into_iter().enumerate() {
            let (at, whose) = if line_at == 0 { (at.as_str(), whose.as_str()) } else { ("", "") };
            say!("{at:<20} {whose:<14} {line}");
        }
    }
}
