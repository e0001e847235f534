//! The command line: a verb, then what to work on.

use crate::configuration::args::ConfigCommand;
use crate::enrichment::EnrichmentArgs;
use crate::evidence::EvidenceCommand;
use crate::indicators::IndicatorArgs;
use crate::journal::args::JournalCommand;
use crate::manual::{CompletionArgs, ManArgs};
use crate::rules::args::RulesCommand;
use clap::{Args, Parser, Subcommand, ValueEnum};
use cofferdam_vocabulary::Level;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::PathBuf;

/// Incident response: what happened in these logs, how far, and what to do first.
#[derive(Debug, Parser)]
#[command(name = "cofferdam", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Turn a folder of logs into incidents: what happened, how far, what to do first
    Investigate(Investigate),
    /// Match lines against rules: lines in, matches out, as they come
    Detect(Detect),
    /// Make a report of a folder of results: HTML, Markdown, STIX, ATT&CK Navigator
    Report(crate::report::Args),
    /// Print or export what happened, filtered; or every event around an incident
    Timeline(Box<crate::timeline::Args>),
    /// Add packs of rules, list, check and test rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Verify, export and print what was recorded
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Evidence and its custody: list, check, copy out, hand over
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Run the server: HTTP API and live feed, on a data directory
    Serve(crate::serve::ServeArgs),
    /// Make the first administrator, with the link that the server printed
    Setup(crate::client::args::Setup),
    /// Sign in to a server: keeps a token for the commands below
    Login(crate::client::args::Login),
    /// End the token that `login` keeps
    Logout,
    /// Ask a server for alerts, and triage them
    #[command(subcommand)]
    Alert(crate::client::args::AlertCommand),
    /// See of what the server tells people, and acknowledge it
    #[command(subcommand)]
    Call(crate::client::call::CallCommand),
    /// See what waits for you: incidents, decisions, tasks, alerts
    Work(crate::client::work::Work),
    /// See what changed since a time, incident by incident
    Handover(crate::client::work::Handover),
    /// Hide alerts for a while: try, add, change and end exceptions
    #[command(subcommand)]
    Exception(crate::client::exception::ExceptionCommand),
    /// Ask a server for incidents; restrict them, hand them out
    #[command(subcommand)]
    Incident(crate::client::args::IncidentCommand),
    /// Read, write and revise notes of an incident
    #[command(subcommand)]
    Note(crate::client::note::NoteCommand),
    /// Say what is to be done about an incident, and what was
    #[command(subcommand)]
    Task(crate::client::task::TaskCommand),
    /// Propose what shall be done about an incident, and decide it
    #[command(subcommand)]
    Decision(crate::client::decision::DecisionCommand),
    /// Say what happened in an incident, and when
    #[command(subcommand)]
    Moment(crate::client::moment::MomentCommand),
    /// Ask a server who uses a host, an account, an address, a domain or a file
    Activity(crate::client::args::Activity),
    /// Say who may work with a server
    #[command(subcommand)]
    User(crate::client::args::UserCommand),
    /// List and end your tokens
    #[command(subcommand)]
    Token(crate::client::args::TokenCommand),
    /// Play a recording into a running server, as if it happened now
    Replay(crate::replay::ReplayArgs),
    /// Say what may send events and alerts to a server, and see how much comes
    #[command(subcommand)]
    Source(crate::client::args::SourceCommand),
    /// Print what a server records, as it records it
    Follow(crate::client::args::Follow),
    /// Find what is wrong with a data directory, and say what to do
    Doctor(crate::doctor::Args),
    /// Back a data directory up; each run adds what is new
    Backup(crate::backup::BackupArgs),
    /// Make a data directory of a backup
    Restore(crate::backup::RestoreArgs),
    /// Print and check the settings of the server, and who set them
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print what makes a shell complete commands and options
    Completions(CompletionArgs),
    /// Print pages of the manual, or write all of them
    Man(ManArgs),
}

/// Which rules to use.
#[derive(Args, Debug)]
pub struct RuleArgs {
    /// Sigma rules to use as well: a file, or a folder with .yml files (repeatable)
    #[arg(long = "rules", value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Leave out the rules that come with Cofferdam
    #[arg(long)]
    pub no_builtin_rules: bool,
    /// Leave out the packs that `cofferdam rules add` keeps
    #[arg(long)]
    pub no_packs: bool,
    /// Leave out rules below this level
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub min_level: Option<Level>,
}

/// `cofferdam investigate`.
#[derive(Args, Debug)]
#[command(after_help = INVESTIGATE_HELP)]
pub struct Investigate {
    /// Files, folders or archives to read; `-` reads standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub lists: IndicatorArgs,
    #[command(flatten)]
    pub enrichment: EnrichmentArgs,
    /// Leave out records before this time (RFC 3339, or a date)
    #[arg(long, value_name = "T", value_parser = time)]
    pub from: Option<Timestamp>,
    /// Leave out records after this time (RFC 3339, or a date)
    #[arg(long, value_name = "T", value_parser = time)]
    pub to: Option<Timestamp>,
    /// Zone of times that name none, such as Europe/Berlin or +02:00 [default: UTC]
    #[arg(long, value_name = "Z", value_parser = zone)]
    pub timezone: Option<TimeZone>,
    /// Write the results here as files (see docs/formats.md)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Keep a copy of the evidence with the journal in --out
    #[arg(long, requires = "out")]
    pub keep_evidence: bool,
    /// Add to results that are already in --out
    #[arg(long, requires = "out")]
    pub add: bool,
    /// What to print; as JSON, the summary, incidents and alerts in one document
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Exit with 1 if an incident is at least this bad
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub fail_on: Option<Level>,
    /// Threads to parse and match with [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Print results only: no progress, no notes
    #[arg(long, short)]
    pub quiet: bool,
}

/// `cofferdam detect`.
#[derive(Args, Debug)]
#[command(after_help = "Exit codes: 0 done, 2 usage, 3 nothing could be read, 5 environment.")]
pub struct Detect {
    /// The files or folders to read, in this order; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub lists: IndicatorArgs,
    /// Threads to parse and match with [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
}

const INVESTIGATE_HELP: &str = "\
Reads logs of Windows (EVTX, JSON, XML), Linux (syslog, journal, audit), networks
(Suricata, Zeek, DNS, proxies), web servers, clouds (AWS, Azure, Microsoft 365,
Google, Okta), containers and Kubernetes, CEF and LEEF; packed or not.

Exit codes: 0 done, 1 an incident is at least as bad as --fail-on, 2 usage,
3 nothing could be read, 5 environment.";

/// What goes to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: one JSON document
    Json,
}

/// Reads a level.
pub(crate) fn level(text: &str) -> Result<Level, String> {
    Level::parse(text).map_err(|error| error.to_string())
}

pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let civil = text
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| text.parse::<jiff::civil::Date>().map(|d| d.at(0, 0, 0, 0)));
    match civil.and_then(|civil| civil.to_zoned(TimeZone::UTC)) {
        Ok(zoned) => Ok(zoned.timestamp()),
        Err(_) => Err("use a time such as 2026-03-02T09:00:00Z or a date such as 2026-03-02".to_owned()),
    }
}

pub(crate) fn zone(text: &str) -> Result<TimeZone, String> {
    if let Ok(zone) = TimeZone::get(text) {
        return Ok(zone);
    }
    // An offset is read as the offset of some moment.
    let offset = format!("2000-01-01T00:00:00{text}").parse::<Timestamp>().ok();
    let civil = "2000-01-01T00:00:00Z".parse::<Timestamp>().ok();
    match (offset, civil) {
        (Some(moment), Some(civil)) => {
            let seconds = i32::try_from(civil.duration_since(moment).as_secs()).unwrap_or(0);
            jiff::tz::Offset::from_seconds(seconds).map(TimeZone::fixed).map_err(|error| error.to_string())
        }
        _ => Err("use a zone such as Europe/Berlin, UTC or +02:00".to_owned()),
    }
}
