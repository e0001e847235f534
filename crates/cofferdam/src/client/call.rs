//! Calls: of what the server tells people, and that somebody takes care of it.

use super::args::{Asking, One};
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::{self, Column, cell};
use crate::cli::Format;
use crate::text::plain;
use clap::{Args, Subcommand};
use cofferdam_connect::With;
use serde_json::Value;
use std::io;

const PATH: &str = "/api/v1/calls";
const COLUMNS: [Column; 5] =
    [("ID", "id"), ("STATE", "state"), ("SINCE", "since"), ("ABOUT", "what"), ("TITLE", "title")];

/// `cofferdam call`.
#[derive(Debug, Subcommand)]
pub enum CallCommand {
    /// List what people are told of and nobody has acknowledged yet
    List(CallListArgs),
    /// Print one call: what waits, who was told and how, who is next
    Show(One),
    /// Say that you take care of it: nobody else is told
    Acknowledge(One),
}

/// `cofferdam call list`.
#[derive(Args, Debug)]
pub struct CallListArgs {
    /// Those that are over, too
    #[arg(long)]
    all: bool,
    /// Only those that tell you
    #[arg(long)]
    mine: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
    #[command(flatten)]
    asking: Asking,
}

/// Does what was asked.
///
/// # Errors
///
/// [`ClientError`].
pub fn run(command: &CallCommand) -> Result<(), ClientError> {
    match command {
        CallCommand::List(args) => list(args),
        CallCommand::Show(args) => {
            let path = format!("{PATH}/{}", percent(&args.id));
            told(&json(&args.asking.server.api()?, "GET", &path, With::default())?, args.asking.format);
            Ok(())
        }
        CallCommand::Acknowledge(args) => {
            let path = format!("{PATH}/{}/acknowledge", percent(&args.id));
            let call = json(&args.asking.server.api()?, "POST", &path, With::default())?;
            match args.asking.format {
                Format::Json => say!("{call}"),
                Format::Text if call["state"] == "acknowledged" => {
                    let (id, by) = (cell(&call["id"]), cell(&call["acknowledged_by"]));
                    say!("{id}: {by} takes care of it, nobody else is told");
                }
                Format::Text => say!("{}: what waited waits no more", cell(&call["id"])),
            }
            Ok(())
        }
    }
}

fn list(args: &CallListArgs) -> Result<(), ClientError> {
    let (open, mine) = (!args.all, args.mine);
    let query = format!("{PATH}?limit={}&open={open}&mine={mine}", args.limit);
    let mut page = json(&args.asking.server.api()?, "GET", &query, With::default())?;
    if let Format::Json = args.asking.format {
        say!("{page}");
        return Ok(());
    }
    let mut rows = page["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    if rows.is_empty() {
        eprintln!(
            "{}",
            if open { "nothing waits for an answer; --all lists what did" } else { "there are none" }
        );
    }
    for row in &mut rows {
        row["since"] = cell(&row["begun"]).chars().take(16).collect::<String>().replace('T', " ").into();
        row["what"] = about(row).into();
    }
    if !rows.is_empty() {
        // Whoever reads may have enough of it; that is no failure of ours.
        let _ = print::table(&mut io::stdout().lock(), &COLUMNS, &rows);
    }
    if !page["next"].is_null() {
        eprintln!("there are more; ask for them with --limit");
    }
    Ok(())
}

/// What a call is about, in a few words.
fn about(call: &Value) -> String {
    let object = if call["alert"].is_null() { &call["incident"] } else { &call["alert"] };
    let number = call["number"].as_u64().map(|number| format!(" {number}")).unwrap_or_default();
    match call["about"].as_str() {
        Some("incident") => format!("{} has no leader", cell(object)),
        Some("alert") => cell(object),
        Some(what) => format!("{what}{number} of {}", cell(object)),
        None => cell(object),
    }
}

fn told(call: &Value, format: Format) {
    if let Format::Json = format {
        say!("{call}");
        return;
    }
    say!("{}  {}  {}", cell(&call["id"]), cell(&call["state"]), plain(&about(call)));
    let title = cell(&call["title"]);
    if !title.is_empty() {
        say!("{title}");
    }
    say!("waits since  {}", cell(&call["begun"]));
    for told in call["told"].as_array().into_iter().flatten() {
        let (step, user) = (cell(&told["step"]), cell(&told["user"]));
        say!("{step:>11}  {user} by {}: {}", cell(&told["channel"]), cell(&told["outcome"]));
    }
    for failure in call["failures"].as_array().into_iter().flatten() {
        let (step, user) = (cell(&failure["step"]), cell(&failure["user"]));
        say!("{step:>11}  {user} not reached: {}", cell(&failure["what"]));
    }
    match (call["next_at"].as_str(), call["state"].as_str()) {
        (Some(next), _) => {
            let next: String = next.chars().take(19).collect();
            say!("next told at {} UTC", plain(&next).replace('T', " "));
        }
        (None, Some("open")) => say!("everybody was told, and nobody has acknowledged it"),
        (None, Some("acknowledged")) => say!("{} takes care of it", cell(&call["acknowledged_by"])),
        _ => {}
    }
}
