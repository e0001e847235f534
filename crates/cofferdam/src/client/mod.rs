//! The command line as a client of a server: `alert`, `call`, `exception`, `incident`, `note`, `task`, `decision`, `moment`, `activity`,
//! `user`, `token`, `source`, `follow`,
//! `login`.

mod activity;
pub mod args;
pub mod ask;
mod belonging;
pub mod call;
pub mod decision;
mod error;
pub mod exception;
mod follow;
mod import;
mod incident;
mod incident_view;
mod kept;
mod list;
mod login;
pub mod moment;
pub mod note;
mod precision;
mod print;
mod prompt;
mod response;
mod similar;
mod source;
pub mod task;
mod token;
mod triage;
mod user;
mod words;
pub mod work;

pub use activity::run as activity;
pub use call::run as call;
pub use decision::run as decision;
pub use error::ClientError;
pub use exception::run as exception;
pub use follow::run as follow;
pub use login::{login, logout, setup};
pub use moment::run as moment;
pub use note::run as note;
pub use task::run as task;

use serde_json::Value;

use args::{AlertCommand, IncidentCommand, SourceCommand, TokenCommand, UserCommand};

/// Columns of the list of alerts.
const ALERTS: [print::Column; 5] =
    [("ID", "id"), ("LEVEL", "level"), ("LAST SEEN", "last_seen"), ("STATE", "standing"), ("TITLE", "title")];

/// Where an alert stands: the incident to which it belongs, or its state.
fn standing(alert: &Value) -> String {
    let is_attached = alert["state"] == "attached";
    print::cell(if is_attached { &alert["incident"] } else { &alert["state"] })
}

/// Does what was asked of alerts.
///
/// # Errors
///
/// [`ClientError`].
pub fn alert(command: &AlertCommand) -> Result<(), ClientError> {
    match command {
        AlertCommand::List(args) => {
            list::run_with("/api/v1/alerts", &ALERTS, args, |row| row["standing"] = standing(row).into())
        }
        AlertCommand::Show(args) => list::show("/api/v1/alerts", args),
        AlertCommand::Similar(args) => similar::alerts(args),
        AlertCommand::Precision(args) => precision::run(args),
        AlertCommand::Assign(args) => triage::assign(&args.which, args.to.as_deref()),
        AlertCommand::Release(which) => triage::release(which),
        AlertCommand::Judge(args) => triage::judge(args),
        AlertCommand::Reopen(args) => triage::reopen(args),
        AlertCommand::Undo(args) => triage::undo(&args.entries, &args.asking),
    }
}

/// Does what was asked of incidents.
///
/// # Errors
///
/// [`ClientError`].
pub fn incident(command: &IncidentCommand) -> Result<(), ClientError> {
    incident::run(command)
}

/// Does what was asked of users.
///
/// # Errors
///
/// [`ClientError`].
pub fn user(command: &UserCommand) -> Result<(), ClientError> {
    user::run(command)
}

/// Does what was asked of tokens.
///
/// # Errors
///
/// [`ClientError`].
pub fn token(command: &TokenCommand) -> Result<(), ClientError> {
    token::run(command)
}

/// Does what was asked of sources.
///
/// # Errors
///
/// [`ClientError`].
pub fn source(command: &SourceCommand) -> Result<(), ClientError> {
    source::run(command)
}
