//! Decisions of an incident: listed, proposed, approved, rejected.

use super::args::Asking;
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::cell;
use crate::cli::Format;
use crate::text::{plain, wrap};
use clap::{Args, Subcommand};
use cofferdam_connect::With;
use serde_json::{Value, json as value};

/// Columns of a terminal.
const WIDTH: usize = 80;

/// `cofferdam decision`.
#[derive(Debug, Subcommand)]
pub enum DecisionCommand {
    /// List the decisions of an incident
    List(List),
    /// Propose something
    Propose(Propose),
    /// Say that it shall be done
    Approve(Rule),
    /// Say that it shall not
    Reject(Rule),
}

/// `cofferdam decision list`.
#[derive(Args, Debug)]
pub struct List {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// Only those that wait
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam decision propose`.
#[derive(Args, Debug)]
pub struct Propose {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// What shall be done, in a sentence
    #[arg(value_name = "WHAT")]
    what: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// What else could be done, and why not (repeatable)
    #[arg(long = "instead", value_name = "TEXT")]
    alternatives: Vec<String>,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam decision approve`, and `reject`.
#[derive(Args, Debug)]
pub struct Rule {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// The decision's number
    #[arg(value_name = "DECISION")]
    decision: u64,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// Does what was asked.
pub fn run(command: &DecisionCommand) -> Result<(), ClientError> {
    match command {
        DecisionCommand::List(args) => list(args),
        DecisionCommand::Propose(args) => {
            let body = value!({"what": args.what, "reason": args.reason, "alternatives": args.alternatives});
            put(&args.asking, "POST", &path(&args.incident), &body)
        }
        DecisionCommand::Approve(args) => rule(args, "approved"),
        DecisionCommand::Reject(args) => rule(args, "rejected"),
    }
}

fn path(incident: &str) -> String {
    format!("/api/v1/incidents/{}/decisions", percent(incident))
}

fn rule(args: &Rule, ruling: &str) -> Result<(), ClientError> {
    let path = format!("{}/{}/ruling", path(&args.incident), args.decision);
    put(&args.asking, "PUT", &path, &value!({"ruling": ruling, "reason": args.reason}))
}

fn list(args: &List) -> Result<(), ClientError> {
    let listed = json(&args.asking.server.api()?, "GET", &path(&args.incident), With::default())?;
    let items = listed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let wanted: Vec<Value> =
        items.iter().filter(|one| !args.open || one["ruling"].is_null()).cloned().collect();
    match args.asking.format {
        Format::Json => say!("{}", value!({"items": wanted})),
        Format::Text if wanted.is_empty() => eprintln!("there are none"),
        Format::Text => wanted.iter().for_each(tell),
    }
    Ok(())
}

/// A decision with all that was said to it.
fn tell(one: &Value) {
    let text =
        |value: &Value| value.as_str().map_or_else(|| "(erased)".to_owned(), |text| plain(text).into_owned());
    let name = |actor: &Value| text(&actor["name"]);
    lines("", &format!("{}  {}", cell(&one["decision"]), text(&one["what"])));
    lines(
        "   ",
        &format!(
            "proposed by {} {}: {}",
            name(&one["proposed_by"]),
            cell(&one["proposed"]),
            text(&one["reason"])
        ),
    );
    for alternative in one["alternatives"].as_array().map(Vec::as_slice).unwrap_or_default() {
        lines("   ", &format!("instead of: {}", text(alternative)));
    }
    match one["ruling"].as_str() {
        None => lines("   ", "waits"),
        Some(ruling) => {
            let by = format!("{ruling} by {} {}", name(&one["ruled_by"]), cell(&one["ruled"]));
            lines("   ", &format!("{by}: {}", text(&one["ruling_reason"])));
        }
    }
}

fn lines(margin: &str, text: &str) {
    wrap(text, WIDTH - margin.len()).iter().for_each(|line| say!("{margin}{line}"));
}

fn put(asking: &Asking, method: &str, path: &str, body: &Value) -> Result<(), ClientError> {
    let body = body.to_string();
    let with = With { body: Some(&body), ..With::default() };
    let decision = json(&asking.server.api()?, method, path, with)?;
    match asking.format {
        Format::Json => say!("{decision}"),
        Format::Text => tell(&decision),
    }
    Ok(())
}
