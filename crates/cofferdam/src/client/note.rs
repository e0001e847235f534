//! Notes of an incident: read, written and revised.

use super::args::Asking;
use super::ask::{json, percent};
use super::error::ClientError;
use super::list;
use super::print::cell;
use crate::cli::Format;
use crate::text::plain;
use clap::{Args, Subcommand};
use cofferdam_connect::{Api, With};
use serde_json::{Value, json as value};
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

/// Bytes of a text that are read; the server takes fewer.
const TEXT_BYTES: u64 = 1 << 20;
/// Notes that the server gives at once.
const PAGE: usize = 200;

/// `cofferdam note`.
#[derive(Debug, Subcommand)]
pub enum NoteCommand {
    /// Print the notes of an incident
    List(NoteList),
    /// Print one note, with every revision
    Show(NoteShow),
    /// Write something down
    Write(NoteWrite),
    /// Write a note anew; what it said before is kept
    Revise(NoteRevise),
}

/// `cofferdam note list`.
#[derive(Args, Debug)]
pub struct NoteList {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam note show`.
#[derive(Args, Debug)]
pub struct NoteShow {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// The note's number
    #[arg(value_name = "NOTE")]
    note: u64,
    #[command(flatten)]
    asking: Asking,
}

/// What a note says.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct Said {
    /// What it says, as Markdown
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// A file with what it says, as Markdown; - for standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// `cofferdam note write`.
#[derive(Args, Debug)]
pub struct NoteWrite {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam note revise`.
#[derive(Args, Debug)]
pub struct NoteRevise {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// The note's number
    #[arg(value_name = "NOTE")]
    note: u64,
    /// The revision that you read; when somebody wrote another one since, nothing is written over
    #[arg(long, value_name = "REVISION")]
    base: u64,
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    asking: Asking,
}

/// Does what was asked.
pub fn run(command: &NoteCommand) -> Result<(), ClientError> {
    match command {
        NoteCommand::List(args) => print(args),
        NoteCommand::Show(args) => show(args),
        NoteCommand::Write(args) => {
            let body = value!({"text": args.said.read()?});
            put(&args.asking, "POST", &path(&args.incident), &body)
        }
        NoteCommand::Revise(args) => {
            let body = value!({"text": args.said.read()?, "base": args.base});
            put(&args.asking, "PUT", &format!("{}/{}", path(&args.incident), args.note), &body)
        }
    }
}

fn path(incident: &str) -> String {
    format!("/api/v1/incidents/{}/notes", percent(incident))
}

impl Said {
    fn read(&self) -> Result<String, ClientError> {
        let Some(file) = &self.file else { return Ok(self.text.clone().unwrap_or_default()) };
        let failed = |cause| ClientError::File { path: file.clone(), cause };
        let mut text = String::new();
        let read = if file.as_os_str() == "-" {
            io::stdin().take(TEXT_BYTES).read_to_string(&mut text)
        } else {
            fs::File::open(file).and_then(|file| file.take(TEXT_BYTES).read_to_string(&mut text))
        };
        read.map_err(failed)?;
        Ok(text)
    }
}

fn put(asking: &Asking, method: &str, path: &str, body: &Value) -> Result<(), ClientError> {
    let body = body.to_string();
    let with = With { body: Some(&body), ..With::default() };
    let note = json(&asking.server.api()?, method, path, with)?;
    match asking.format {
        Format::Json => say!("{note}"),
        Format::Text => say!("note {}, revision {}", cell(&note["note"]), cell(&note["revision"])),
    }
    Ok(())
}

fn print(args: &NoteList) -> Result<(), ClientError> {
    let notes = all(&args.asking.server.api()?, &path(&args.incident))?;
    match args.asking.format {
        Format::Json => say!("{}", value!({"items": notes})),
        Format::Text if notes.is_empty() => eprintln!("there are none"),
        Format::Text => {
            for (number, note) in notes.iter().enumerate() {
                if number > 0 {
                    say!();
                }
                tell(note, "revised");
            }
        }
    }
    Ok(())
}

fn all(api: &Api, path: &str) -> Result<Vec<Value>, ClientError> {
    let (mut notes, mut after) = (Vec::new(), String::new());
    loop {
        let mut page = json(api, "GET", &format!("{path}?limit={PAGE}{after}"), With::default())?;
        match page["items"].take() {
            Value::Array(items) => notes.extend(items),
            _ => return Err(ClientError::Strange { what: "a page without items".to_owned() }),
        }
        match page["next"].as_u64() {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(notes),
        }
    }
}

fn show(args: &NoteShow) -> Result<(), ClientError> {
    let path = format!("{}/{}", path(&args.incident), args.note);
    let note = json(&args.asking.server.api()?, "GET", &path, With::default())?;
    if args.asking.format == Format::Json {
        list::tell(&note, &args.asking);
        return Ok(());
    }
    for (number, revision) in note["revisions"].as_array().into_iter().flatten().enumerate() {
        if number > 0 {
            say!();
        }
        let mut revision = revision.clone();
        revision["note"] = note["note"].clone();
        tell(&revision, "at");
    }
    Ok(())
}

/// A note under a line that says whose it is and when it was written.
fn tell(note: &Value, time: &str) {
    let name = note["by"]["name"].as_str().unwrap_or("(erased)");
    say!(
        "note {}, revision {}, {}, {}",
        cell(&note["note"]),
        cell(&note["revision"]),
        plain(name),
        cell(&note[time])
    );
    // Each line is one of the note's, and nothing of it steers the terminal.
    for line in note["text"].as_str().unwrap_or("(erased)").lines() {
        say!("  {}", plain(line));
    }
}
