//! `cofferdam journal`: what can be asked.

use super::place::Place;
use crate::filter;
use clap::{Args, Subcommand};
use cofferdam_journal::{Entry, StreamId};
use std::path::PathBuf;

/// The verbs of `cofferdam journal`.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Check that nothing recorded was changed: a whole journal, or an exported bundle
    Verify(Verify),
    /// Hand an incident out as one file that proves itself
    Export(Export),
    /// Print what was recorded
    Show(Show),
    /// Make the lists anew from what was recorded
    Rebuild(Place),
    /// Erase personal values by somebody's order; what was recorded still verifies
    Erase(Erase),
    /// Name places that remember checkpoints, so that a log that was rolled back is noticed
    #[command(subcommand)]
    Witness(WitnessCommand),
}

/// `cofferdam journal witness`.
#[derive(Debug, Subcommand)]
pub enum WitnessCommand {
    /// Add a witness: a folder on other storage, or the address of a C2SP tlog-witness
    Add(WitnessArgs),
    /// Do without a witness from now on
    Remove(WitnessArgs),
    /// List all witnesses and what they say, and let them see what is new
    Check(Place),
}

/// Which witness.
#[derive(Args, Debug)]
pub struct WitnessArgs {
    #[command(flatten)]
    pub place: Place,
    /// A folder, or an address that begins with https://
    #[arg(value_name = "FOLDER|URL")]
    pub witness: String,
}

/// `cofferdam journal verify`.
#[derive(Args, Debug)]
#[command(after_help = "Exit codes: 0 all fits, 2 usage, 3 something does not fit, 5 environment.")]
pub struct Verify {
    /// A data directory, a folder of results, or an exported bundle
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// The log's public key, from somebody you trust, as in log.pub
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// A folder or address to ask as well, whatever the data directory names
    #[arg(long, value_name = "FOLDER|URL")]
    pub witness: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `cofferdam journal export`.
#[derive(Args, Debug)]
pub struct Export {
    #[command(flatten)]
    pub place: Place,
    /// Which incident, such as INC-0001
    #[arg(long, value_name = "ID")]
    pub incident: String,
    /// The file to write; none must be there
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// To whom it goes, for the record of custody
    #[arg(long, value_name = "WHO")]
    pub to: Option<String>,
    /// Leave out personal values: what stands in their place proves that something was recorded, not what
    #[arg(long)]
    pub without_values: bool,
    /// Leave out the bytes of evidence; its hashes are in any case
    #[arg(long)]
    pub without_evidence: bool,
}

/// `cofferdam journal show`.
#[derive(Args, Debug)]
#[command(after_help = filter::help::<Entry>())]
pub struct Show {
    #[command(flatten)]
    pub place: Place,
    /// Only this stream, such as incident/INC-0001, alert/ALR-000017, evidence/SHA256 or log
    #[arg(long, value_name = "STREAM", value_parser = stream)]
    pub stream: Option<StreamId>,
    /// Only entries that are so, such as 'kind: alert-* and time > -1h'
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// From this position on
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub from: u64,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// As JSON, one entry a line
    #[arg(long)]
    pub json: bool,
}

/// `cofferdam journal erase`.
#[derive(Args, Debug)]
#[command(after_help = "\
Values are names, addresses, paths and lines of logs. Evidence is not touched: it is
deleted whole or not at all. Without --yes it is only told what would be erased.")]
pub struct Erase {
    #[command(flatten)]
    pub place: Place,
    /// Values that contain this text, in either case
    #[arg(value_name = "TEXT")]
    pub text: String,
    /// Who ordered it and on what ground; it is recorded
    #[arg(long, value_name = "WHY")]
    pub order: String,
    /// Erase; it cannot be undone
    #[arg(long)]
    pub yes: bool,
}

fn stream(text: &str) -> Result<StreamId, String> {
    StreamId::parse(text).map_err(|error| error.to_string())
}
