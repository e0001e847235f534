//! The command line of `cofferdam rules`.

use crate::cli::Format;
use clap::{Args, Subcommand};
use cofferdam_vocabulary::{Level, Tactic, TechniqueId};
use std::path::PathBuf;

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Keep a folder or archive of Sigma rules as a pack, to be used from now on
    Add(Add),
    /// Remove a pack
    Remove(Remove),
    /// List the rules that ship and those of packs
    List(List),
    /// Say which events rules can ever see here, and what keeps them from firing
    Check(Check),
    /// Run rules on the examples in their own files
    Test(Test),
    /// List the fields that events have, by log source
    Fields(Fields),
}

/// Where packs are kept.
#[derive(Args, Debug)]
pub struct HomeArgs {
    /// Folder of packs [default: cofferdam/rules in XDG_DATA_HOME or ~/.local/share]
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,
}

/// `cofferdam rules add`.
#[derive(Args, Debug)]
#[command(after_help = "Exit codes: 0 done, 2 usage, 3 no rule could be read, 5 environment.")]
pub struct Add {
    /// A folder, or an archive: zip, tar, tar.gz, tar.zst
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// What to call the pack [default: by the name of PATH]
    #[arg(long, value_name = "NAME")]
    pub pack: Option<String>,
    /// Put it in the place of the pack of that name
    #[arg(long)]
    pub replace: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// `cofferdam rules remove`.
#[derive(Args, Debug)]
#[command(after_help = "Exit codes: 0 done, 2 usage or no such pack, 5 environment.")]
pub struct Remove {
    /// What the pack is called, as `cofferdam rules list` says
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// `cofferdam rules list`.
#[derive(Args, Debug)]
#[command(after_help = "Exit codes: 0 done, 2 usage, 5 environment.")]
pub struct List {
    /// Only rules of this level or above
    #[arg(long, value_name = "LEVEL", value_parser = crate::cli::level)]
    pub level: Option<Level>,
    /// Only rules of this ATT&CK tactic, such as persistence
    #[arg(long, value_name = "NAME", value_parser = tactic)]
    pub tactic: Option<Tactic>,
    /// Only rules of this ATT&CK technique or its sub-techniques, such as T1059
    #[arg(long, value_name = "ID", value_parser = technique)]
    pub technique: Option<TechniqueId>,
    /// Only rules for this product, such as windows
    #[arg(long, value_name = "NAME")]
    pub product: Option<String>,
    /// Leave out the packs that `cofferdam rules add` keeps
    #[arg(long)]
    pub no_packs: bool,
    /// What to print; as JSON, a list of rules with all that is said of each
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// `cofferdam rules check`.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 nothing found, 1 something found, 2 usage, 3 no rule could be read,\n5 environment."
)]
pub struct Check {
    /// Rule files or folders [default: the packs, or the rules that ship if there is none]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What to print; as JSON, the findings, and what each rule can see
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// `cofferdam rules test`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples are documented in docs/rules.md.

Exit codes: 0 all as they say, 1 some not, 2 usage, 3 no rule could be read,
5 environment.")]
pub struct Test {
    /// Rule files or folders [default: the packs, or the rules that ship if there is none]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What to print; as JSON, the examples with what was seen
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// `cofferdam rules fields`.
#[derive(Args, Debug)]
pub struct Fields {
    /// Only log sources or formats of this name, such as linux, sshd, process_creation or auditbeat
    /// (repeatable)
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
    /// What to print; as JSON, a list of log sources with their fields
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

fn tactic(text: &str) -> Result<Tactic, String> {
    let name = text.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    Tactic::parse(&name).ok_or_else(|| "use the name of a tactic, such as initial-access".to_owned())
}

fn technique(text: &str) -> Result<TechniqueId, String> {
    TechniqueId::parse(text).map_err(|error| error.to_string())
}
