//! `cofferdam doctor`: what is wrong with a data directory, and what to do about it.

mod credentials;
mod disk;
mod log;

use crate::journal::{JournalFailure, Place, folder};
use crate::text::{plain, wrap};
use cofferdam_store::{DATABASE, OpenError};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// Columns of a terminal that nobody made larger.
const WIDTH: usize = 80;

/// `cofferdam doctor`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Exit codes: 0 all is well, 1 something is to be looked at, 3 no data directory.")]
pub struct Args {
    #[command(flatten)]
    pub place: Place,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Well,
    /// It works, and should be looked at.
    Look,
    /// It does not work, or is not safe.
    Wrong,
}

/// One thing that was looked at.
#[derive(Serialize)]
struct Finding {
    /// What was looked at.
    what: &'static str,
    /// How it stands.
    state: State,
    /// What was found.
    found: String,
    /// What to do.
    help: Option<String>,
}

impl Finding {
    fn well(what: &'static str, found: impl Into<String>) -> Finding {
        Finding { what, state: State::Well, found: found.into(), help: None }
    }

    fn look(what: &'static str, found: impl Into<String>, help: &str) -> Finding {
        Finding { what, state: State::Look, found: found.into(), help: Some(help.to_owned()) }
    }

    fn wrong(what: &'static str, found: impl Into<String>, help: &str) -> Finding {
        Finding { what, state: State::Wrong, found: found.into(), help: Some(help.to_owned()) }
    }
}

/// Looks at everything and tells.
///
/// # Errors
///
/// [`JournalFailure`] when there is no data directory to look at.
pub fn run(args: &Args) -> Result<ExitCode, JournalFailure> {
    let data = folder(&args.place.data);
    if !data.join(DATABASE).is_file() {
        return Err(OpenError::None { path: data }.into());
    }
    let findings = examine(&data);
    if args.json {
        say!("{:#}", serde_json::to_value(&findings).unwrap_or_default());
    } else {
        tell(&findings);
    }
    let worst = findings.iter().map(|finding| finding.state).max();
    Ok(if worst > Some(State::Well) { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn examine(data: &Path) -> Vec<Finding> {
    let mut findings = vec![Finding::well("version", format!("cofferdam {}", env!("CARGO_PKG_VERSION")))];
    findings.extend(disk::examine(data));
    findings.extend(log::examine(data));
    findings.extend(credentials::examine(data));
    findings
}

fn tell(findings: &[Finding]) {
    for finding in findings {
        let mark = match finding.state {
            State::Well => "ok   ",
            State::Look => "look ",
            State::Wrong => "WRONG",
        };
        let head = format!("{mark}  {:<12}", finding.what);
        let mut lines = wrap(&plain(&finding.found), WIDTH - head.len());
        lines.extend(finding.help.iter().flat_map(|help| wrap(&format!("help: {help}"), WIDTH - head.len())));
        for (number, line) in lines.iter().enumerate() {
            let blank = " ".repeat(head.len());
            say!("{}{line}", if number == 0 { &head } else { &blank });
        }
    }
}
