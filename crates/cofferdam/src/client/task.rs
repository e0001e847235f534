//! Tasks of an incident: listed, added, changed, done, dropped.

use super::args::Asking;
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::{self, Column, cell};
use crate::cli::{Format, time};
use clap::{Args, Subcommand, ValueEnum};
use cofferdam_connect::With;
use jiff::Timestamp;
use serde_json::{Value, json as value};
use std::io;

const COLUMNS: [Column; 6] = [
    ("TASK", "task"),
    ("STATE", "standing"),
    ("PHASE", "phase"),
    ("OWNER", "owner"),
    ("DUE", "due"),
    ("TITLE", "title"),
];

/// `cofferdam task`.
#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// List the tasks of an incident
    List(TaskList),
    /// Add something that is to be done
    Add(TaskAdd),
    /// Change what is to be done; what is not named stays as it is
    Change(TaskChange),
    /// Say that a task was done
    Done(TaskEnd),
    /// Say that a task is not done any more, and why
    Drop(TaskDrop),
    /// Say that a task is to be done again
    Reopen(TaskOne),
}

/// `cofferdam task list`.
#[derive(Args, Debug)]
pub struct TaskList {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// Only those that are open
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    asking: Asking,
}

/// Which task.
#[derive(Args, Debug)]
pub struct TaskOne {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// The task's number
    #[arg(value_name = "TASK")]
    task: u64,
    #[command(flatten)]
    asking: Asking,
}

/// A phase of the response.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PhaseName {
    /// Is it real, how far, how bad?
    Analysis,
    /// It does not spread any further
    Containment,
    /// Its causes are removed
    Eradication,
    /// Everything works again, under raised monitoring
    Recovery,
    /// What worked, what failed, what will be better?
    Review,
}

/// `cofferdam task add`.
#[derive(Args, Debug)]
pub struct TaskAdd {
    /// The incident
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// What is to be done, in a few words
    #[arg(value_name = "TITLE")]
    title: String,
    /// The phase to which it belongs
    #[arg(long, value_enum, value_name = "PHASE")]
    phase: PhaseName,
    /// The phase is not left without it
    #[arg(long)]
    mandatory: bool,
    /// Who does it, such as USR-0001
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// Until when (RFC 3339, or a date)
    #[arg(long, value_name = "T", value_parser = time)]
    due: Option<Timestamp>,
    /// The number of a task that must be done before (repeatable)
    #[arg(long = "after", value_name = "TASK")]
    after: Vec<u64>,
    #[command(flatten)]
    asking: Asking,
}

/// `cofferdam task change`.
#[derive(Args, Debug)]
pub struct TaskChange {
    #[command(flatten)]
    one: TaskOne,
    /// What is to be done, in a few words
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The phase to which it belongs
    #[arg(long, value_enum, value_name = "PHASE")]
    phase: Option<PhaseName>,
    /// Whether the phase is not left without it
    #[arg(long, value_name = "true|false")]
    mandatory: Option<bool>,
    /// Who does it, such as USR-0001
    #[arg(long, value_name = "USER", conflicts_with = "nobody")]
    owner: Option<String>,
    /// Nobody does it for now
    #[arg(long)]
    nobody: bool,
    /// Until when (RFC 3339, or a date)
    #[arg(long, value_name = "T", value_parser = time, conflicts_with = "no_due")]
    due: Option<Timestamp>,
    /// It may take as long as it takes
    #[arg(long)]
    no_due: bool,
    /// The number of a task that must be done before (repeatable); these and no others
    #[arg(long = "after", value_name = "TASK", conflicts_with = "at_once")]
    after: Vec<u64>,
    /// It waits for no other task
    #[arg(long)]
    at_once: bool,
}

/// `cofferdam task done`.
#[derive(Args, Debug)]
pub struct TaskEnd {
    #[command(flatten)]
    one: TaskOne,
    /// What came of it
    #[arg(long, value_name = "TEXT")]
    outcome: Option<String>,
}

/// `cofferdam task drop`.
#[derive(Args, Debug)]
pub struct TaskDrop {
    #[command(flatten)]
    one: TaskOne,
    /// Why it is not done
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl PhaseName {
    fn as_str(self) -> &'static str {
        match self {
            PhaseName::Analysis => "analysis",
            PhaseName::Containment => "containment",
            PhaseName::Eradication => "eradication",
            PhaseName::Recovery => "recovery",
            PhaseName::Review => "review",
        }
    }
}

/// Does what was asked.
pub fn run(command: &TaskCommand) -> Result<(), ClientError> {
    match command {
        TaskCommand::List(args) => list(args),
        TaskCommand::Add(args) => add(args),
        TaskCommand::Change(args) => change(args),
        TaskCommand::Done(args) => move_to(&args.one, "done", args.outcome.as_deref()),
        TaskCommand::Drop(args) => move_to(&args.one, "dropped", Some(&args.reason)),
        TaskCommand::Reopen(one) => move_to(one, "open", None),
    }
}

fn path(incident: &str) -> String {
    format!("/api/v1/incidents/{}/tasks", percent(incident))
}

fn all(incident: &str, asking: &Asking) -> Result<Vec<Value>, ClientError> {
    let mut listed = json(&asking.server.api()?, "GET", &path(incident), With::default())?;
    match listed["items"].take() {
        Value::Array(items) => Ok(items),
        _ => Err(ClientError::Strange { what: "a list without items".to_owned() }),
    }
}

fn list(args: &TaskList) -> Result<(), ClientError> {
    let mut tasks = all(&args.incident, &args.asking)?;
    tasks.retain(|task| !args.open || task["state"] == "open");
    match args.asking.format {
        Format::Json => say!("{}", value!({"items": tasks})),
        Format::Text if tasks.is_empty() => eprintln!("there are none"),
        Format::Text => table(tasks),
    }
    Ok(())
}

/// Prints tasks, each with how it stands.
pub fn table(mut tasks: Vec<Value>) {
    tasks.iter_mut().for_each(|task| task["standing"] = standing(task).into());
    let _ = print::table(&mut io::stdout().lock(), &COLUMNS, &tasks);
}

/// How a task stands, in a word or two: what is open and waits says for what.
fn standing(task: &Value) -> String {
    let waits = cell(&task["waits_for"]);
    match (task["state"].as_str(), task["overdue"].as_bool()) {
        (Some("open"), _) if !waits.is_empty() => format!("after {waits}"),
        (Some("open"), Some(true)) => "overdue".to_owned(),
        (state, _) => state.unwrap_or_default().to_owned(),
    }
}

fn add(args: &TaskAdd) -> Result<(), ClientError> {
    let body = value!({
        "title": args.title,
        "phase": args.phase.as_str(),
        "mandatory": args.mandatory,
        "owner": args.owner,
        "due": args.due.map(|due| due.to_string()),
        "blocked_by": args.after,
    });
    put(&args.asking, "POST", &path(&args.incident), &body)
}

/// The task as it is now.
fn one(args: &TaskOne) -> Result<Value, ClientError> {
    let found = all(&args.incident, &args.asking)?.into_iter().find(|task| task["task"] == args.task);
    let what = format!("{} has no task {}", args.incident, args.task);
    found.ok_or(ClientError::Input { what })
}

fn change(args: &TaskChange) -> Result<(), ClientError> {
    let known = one(&args.one)?;
    let mut body = value!({"base": known["revision"]});
    for name in ["title", "phase", "mandatory", "owner", "due", "blocked_by"] {
        body[name] = known[name].clone();
    }
    let given = [
        ("title", args.title.as_ref().map(|title| value!(title))),
        ("phase", args.phase.map(|phase| value!(phase.as_str()))),
        ("mandatory", args.mandatory.map(|mandatory| value!(mandatory))),
        ("owner", args.owner.as_ref().map(|owner| value!(owner)).or(args.nobody.then_some(Value::Null))),
        ("due", args.due.map(|due| value!(due.to_string())).or(args.no_due.then_some(Value::Null))),
        ("blocked_by", (!args.after.is_empty() || args.at_once).then(|| value!(args.after))),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    put(&args.one.asking, "PUT", &format!("{}/{}", path(&args.one.incident), args.one.task), &body)
}

fn move_to(args: &TaskOne, state: &str, outcome: Option<&str>) -> Result<(), ClientError> {
    let body = value!({"base": one(args)?["revision"], "state": state, "outcome": outcome});
    put(&args.asking, "PUT", &format!("{}/{}/state", path(&args.incident), args.task), &body)
}

fn put(asking: &Asking, method: &str, path: &str, body: &Value) -> Result<(), ClientError> {
    let body = body.to_string();
    let with = With { body: Some(&body), ..With::default() };
    let task = json(&asking.server.api()?, method, path, with)?;
    match asking.format {
        Format::Json => say!("{task}"),
        Format::Text => say!("task {} ({}): {}", cell(&task["task"]), standing(&task), cell(&task["title"])),
    }
    Ok(())
}
