//! Incidents: who leads and who may see them, what belongs to them, and handing them out.

use super::args::{Asking, Export, IncidentCommand, Suggested};
use super::ask::{ask, percent, refused};
use super::error::ClientError;
use super::print::Column;
use super::{belonging, import, incident_view, list, response, similar};
use crate::cli::Format;
use cofferdam_connect::With;
use cofferdam_journal::incident::Phase;
use serde_json::{Value, json as value};
use std::fs::File;
use std::io::{self, Read};

const PATH: &str = "/api/v1/incidents";
const COLUMNS: [Column; 7] = [
    ("ID", "id"),
    ("SEVERITY", "severity"),
    ("PHASE", "standing"),
    ("LAST SEEN", "last_seen"),
    ("ALERTS", "alert_count"),
    ("COMMANDER", "commander"),
    ("TITLE", "title"),
];

/// Does what was asked.
pub fn run(command: &IncidentCommand) -> Result<(), ClientError> {
    match command {
        IncidentCommand::List(args) => {
            list::run_with(PATH, &COLUMNS, args, |row| row["standing"] = standing(row).into())
        }
        IncidentCommand::Show(args) if args.asking.format == Format::Text => incident_view::show(args),
        IncidentCommand::Show(args) => list::show(PATH, args),
        IncidentCommand::Similar(args) => similar::incidents(args),
        IncidentCommand::Commander(args) => {
            let body = args.user.as_ref().map(|user| value!({"user": user}));
            change(&args.asking, &args.id, "commander", body.as_ref())
        }
        IncidentCommand::Accept(args) => decide(args, "accepted"),
        IncidentCommand::Dismiss(args) => decide(args, "dismissed"),
        IncidentCommand::Restrict(args) => {
            change(&args.asking, &args.id, "access", Some(&value!({"to": args.to})))
        }
        IncidentCommand::OpenUp(args) => change(&args.asking, &args.id, "access", None),
        IncidentCommand::Export(args) => export(args),
        IncidentCommand::Import(args) => import::run(args),
        IncidentCommand::Belonging(command) => belonging::run(command),
        IncidentCommand::Response(command) => response::run(command),
    }
}

/// Where the response stands: in a phase, or at its end.
fn standing(incident: &Value) -> &'static str {
    let phase = Phase::ALL.iter().find(|phase| incident["phase"] == phase.as_str());
    match incident["closed"].is_null() {
        true => phase.map_or("", |phase| phase.as_str()),
        false => "closed",
    }
}

fn decide(args: &Suggested, verdict: &str) -> Result<(), ClientError> {
    let what = format!("suggestions/{}", percent(&args.what));
    change(&args.asking, &args.id, &what, Some(&value!({"verdict": verdict})))
}

/// Changes something of an incident as it is now: puts it there, or without a body removes it.
fn change(asking: &Asking, id: &str, what: &str, body: Option<&Value>) -> Result<(), ClientError> {
    let api = asking.server.api()?;
    let path = format!("{PATH}/{}", percent(id));
    let etag = ask(&api, "GET", &path, With::default())?.etag;
    let body = body.map(Value::to_string);
    let with = With { body: body.as_deref(), if_match: etag.as_deref(), ..With::default() };
    let method = if body.is_some() { "PUT" } else { "DELETE" };
    ask(&api, method, &format!("{path}/{what}"), with)?;
    Ok(())
}

fn export(args: &Export) -> Result<(), ClientError> {
    let api = args.server.api()?;
    let failed = |cause| ClientError::File { path: args.out.clone(), cause };
    // Nothing that is there is written over.
    let mut file = File::options().write(true).create_new(true).open(&args.out).map_err(failed)?;
    let done = fetch(&api, args, &mut file);
    if done.is_err() {
        let _ = std::fs::remove_file(&args.out);
    }
    let bytes = done?;
    say!("{} ({bytes} bytes); `cofferdam journal verify --bundle` verifies it", args.out.display());
    Ok(())
}

fn fetch(api: &cofferdam_connect::Api, args: &Export, file: &mut File) -> Result<u64, ClientError> {
    let body = value!({"to": args.to, "values": !args.no_values, "evidence": args.evidence}).to_string();
    let path = format!("{PATH}/{}/exports", percent(&args.id));
    let with = With { body: Some(&body), ..With::default() };
    let (status, mut reader) =
        api.open("POST", &path, with, None).map_err(|what| ClientError::Silent { what })?;
    if !(200..300).contains(&status) {
        let mut body = Vec::new();
        let _ = reader.take(64 << 10).read_to_end(&mut body);
        return Err(refused(status, &body));
    }
    let failed = |cause: io::Error| ClientError::File { path: args.out.clone(), cause };
    let bytes = io::copy(&mut reader, file).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok(bytes)
}
