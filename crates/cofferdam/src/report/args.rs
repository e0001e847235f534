//! The arguments of `cofferdam report`.

use clap::ValueEnum;
use std::path::PathBuf;

/// `cofferdam report`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Exit codes: 0 done, 2 usage or no such incident, 3 results not understood, 5 environment."
)]
pub struct Args {
    /// A folder that `investigate --out` wrote
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Only this incident [default: all]
    #[arg(long, value_name = "INC-…")]
    pub incident: Option<String>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Html)]
    pub format: Format,
    /// Write to this file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One page for people, to read and to print
    Html,
    /// The same for wikis and tickets
    Md,
    /// Summary, incidents and alerts for programs
    Json,
    /// A STIX 2.1 bundle
    Stix,
    /// An ATT&CK Navigator layer
    Navigator,
}
