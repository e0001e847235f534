//! The arguments of `cofferdam timeline`.

use crate::cli;
use clap::ValueEnum;
use cofferdam_review::timeline::{self, Filter};
use cofferdam_vocabulary::{Level, Tactic, TechniqueId};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::PathBuf;

/// `cofferdam timeline`.
#[derive(clap::Args, Debug)]
#[command(after_help = HELP)]
pub struct Args {
    /// A folder that `investigate --out` wrote
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Only rows of this incident
    #[arg(long, value_name = "INC-…")]
    pub incident: Option<String>,
    /// Only rows about this host, account, address, file, … or with this text (repeatable)
    #[arg(long, value_name = "VALUE")]
    pub entity: Vec<String>,
    /// Only rows of this ATT&CK tactic (repeatable)
    #[arg(long, value_name = "TACTIC", value_parser = tactic)]
    pub tactic: Vec<Tactic>,
    /// Only rows of this ATT&CK technique or a part of it (repeatable)
    #[arg(long, value_name = "T1110", value_parser = technique)]
    pub technique: Vec<TechniqueId>,
    /// Only rows of at least this level
    #[arg(long, value_name = "LEVEL", value_parser = cli::level)]
    pub level: Option<Level>,
    /// Only rows from this time on (RFC 3339, or a date)
    #[arg(long, value_name = "T", value_parser = cli::time)]
    pub from: Option<Timestamp>,
    /// Only rows up to this time (RFC 3339, or a date)
    #[arg(long, value_name = "T", value_parser = cli::time)]
    pub to: Option<Timestamp>,
    /// All events around this incident, from the evidence read again
    #[arg(long, value_name = "INC-…", requires = "evidence", conflicts_with = "incident")]
    pub around: Option<String>,
    /// The evidence to read again: files, folders or archives (repeatable)
    #[arg(long, value_name = "PATH", requires = "around", num_args = 1..)]
    pub evidence: Vec<PathBuf>,
    /// Minutes before the incident's first and after its last record
    #[arg(long, value_name = "N", requires = "around", default_value_t = 5, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub minutes: u32,
    /// Keep at most so many events, those nearest to the incident
    #[arg(long, value_name = "N", requires = "around", default_value_t = 100_000)]
    pub limit: usize,
    /// Zone of times that name none, as it was given to `investigate` [default: UTC]
    #[arg(long, value_name = "Z", requires = "around", value_parser = cli::zone)]
    pub timezone: Option<TimeZone>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write to this file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

const HELP: &str = "\
Without --around, the rows are the matches in timeline.csv. Of several values of
one option one must hold, of several options all.

Exit codes: 0 done, 2 usage or no such incident, 3 results not understood or
nothing could be read, 5 environment.";

/// The forms of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For spreadsheets
    Csv,
    /// For programs, one row a line
    Json,
    /// For wikis and tickets
    Md,
}

impl From<Format> for timeline::Format {
    fn from(format: Format) -> timeline::Format {
        match format {
            Format::Text => timeline::Format::Text,
            Format::Csv => timeline::Format::Csv,
            Format::Json => timeline::Format::Json,
            Format::Md => timeline::Format::Markdown,
        }
    }
}

impl Args {
    /// Which rows are wanted.
    pub fn filter(&self) -> Filter {
        Filter {
            incident: self.incident.clone(),
            entities: self.entity.clone(),
            tactics: self.tactic.clone(),
            techniques: self.technique.clone(),
            level: self.level,
            from: self.from,
            to: self.to,
        }
    }
}

fn tactic(text: &str) -> Result<Tactic, String> {
    let known = || Tactic::ALL.map(Tactic::as_str).join(", ");
    Tactic::parse(text).ok_or_else(|| format!("use one of {}", known()))
}

fn technique(text: &str) -> Result<TechniqueId, String> {
    TechniqueId::parse(text).map_err(|error| error.to_string())
}
