//! Incidents: who may see them, and handing them out.

use super::args::{Export, IncidentCommand};
use super::ask::{ask, percent, refused};
use super::error::ClientError;
use super::list;
use super::print::Column;
use cofferdam_connect::With;
use serde_json::json as value;
use std::fs::File;
use std::io::{self, Read};

const PATH: &str = "/api/v1/incidents";
const COLUMNS: [Column; 5] = [
    ("ID", "id"),
    ("SEVERITY", "severity"),
    ("LAST SEEN", "last_seen"),
    ("ALERTS", "alert_count"),
    ("TITLE", "title"),
];

/// Does what was asked.
pub fn run(command: &IncidentCommand) -> Result<(), ClientError> {
    match command {
        IncidentCommand::List(args) => list::run(PATH, &COLUMNS, args),
        IncidentCommand::Show(args) => list::show(PATH, args),
        IncidentCommand::Restrict(args) => {
            let api = args.asking.server.api()?;
            let path = format!("{PATH}/{}", percent(&args.id));
            let etag = ask(&api, "GET", &path, With::default())?.etag;
            let body = value!({"to": args.to}).to_string();
            let with = With { body: Some(&body), if_match: etag.as_deref(), ..With::default() };
            ask(&api, "PUT", &format!("{path}/access"), with)?;
            Ok(())
        }
        IncidentCommand::OpenUp(args) => {
            let api = args.asking.server.api()?;
            let path = format!("{PATH}/{}", percent(&args.id));
            let etag = ask(&api, "GET", &path, With::default())?.etag;
            let with = With { if_match: etag.as_deref(), ..With::default() };
            ask(&api, "DELETE", &format!("{path}/access"), with)?;
            Ok(())
        }
        IncidentCommand::Export(args) => export(args),
    }
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
