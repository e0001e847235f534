//! Why a command ended early, and with which exit code.

use crate::client::ClientError;
use crate::configuration::Rejected;
use crate::journal::JournalFailure;
use crate::rules::RulesError;
use crate::text::{count, plain};
use jiff::Timestamp;
use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A failure that ends the command.
#[derive(Debug)]
pub enum Failure {
    /// Something that was named cannot be read.
    Unreadable {
        /// What it is for.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// Results cannot be written.
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// The output folder holds results.
    Occupied {
        /// Where.
        path: PathBuf,
    },
    /// A folder of results is damaged.
    Damaged {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The results hold no such incident.
    NoIncident {
        /// What was asked for.
        id: String,
        /// The first of those that there are.
        known: Vec<String>,
        /// How many there are.
        all: usize,
    },
    /// The incident has no time around which something could lie.
    NoTime {
        /// The incident.
        id: String,
    },
    /// Nothing of what was given could be read.
    NothingRead,
    /// More than can be held in memory at once.
    TooLarge {
        /// How much may be.
        bytes: usize,
    },
    /// There is no file in what was given.
    NoFiles {
        /// What was given.
        paths: Vec<PathBuf>,
    },
    /// A folder that should hold results holds none.
    NoResults {
        /// Where.
        path: PathBuf,
    },
    /// A list of which nothing can be looked for, for it is empty or not understood.
    NothingInList {
        /// Where.
        path: PathBuf,
        /// The first thing in it that was not understood, with its place.
        problem: Option<String>,
    },
    /// The time that was asked for ends before it begins.
    NoSpan {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
    /// No rule is left to match with.
    NoRules,
    /// There is no command of this name, so it has no page.
    NoPage {
        /// The command.
        command: String,
    },
    /// A command about rules ended early.
    Rules(RulesError),
    /// The configuration is wrong.
    Configuration(Rejected),
    /// The journal cannot be used.
    Journal(JournalFailure),
    /// A server was asked in vain.
    Client(ClientError),
    /// The server does not start.
    Serve(cofferdam_serve::StartError),
    /// The system gives no threads.
    NoThreads(rayon::ThreadPoolBuildError),
}

impl Failure {
    /// A path that cannot be read.
    pub fn unreadable(what: &'static str, path: &Path, cause: io::Error) -> Failure {
        Failure::Unreadable { what, path: path.to_owned(), cause }
    }

    /// A path that cannot be written.
    pub fn unwritable(path: &Path, cause: io::Error) -> Failure {
        Failure::Unwritable { path: path.to_owned(), cause }
    }

    /// A span must not end before it begins.
    ///
    /// # Errors
    ///
    /// [`Failure::NoSpan`].
    pub fn check_span(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<(), Failure> {
        match (from, to) {
            (Some(from), Some(to)) if from > to => Err(Failure::NoSpan { from, to }),
            _ => Ok(()),
        }
    }

    /// To search, alert and look up.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::Unreadable { .. } => "cofferdam::unreadable",
            Failure::Unwritable { .. } => "cofferdam::unwritable",
            Failure::Occupied { .. } => "cofferdam::results-exist",
            Failure::Damaged { .. } => "cofferdam::results-damaged",
            Failure::NoIncident { .. } => "cofferdam::no-incident",
            Failure::NoTime { .. } => "cofferdam::incident-without-time",
            Failure::NothingRead => "cofferdam::nothing-read",
            Failure::TooLarge { .. } => "cofferdam::too-large",
            Failure::NoFiles { .. } => "cofferdam::no-files",
            Failure::NoResults { .. } => "cofferdam::no-results",
            Failure::NothingInList { .. } => "cofferdam::nothing-in-list",
            Failure::NoSpan { .. } => "cofferdam::no-span",
            Failure::NoRules => "cofferdam::no-rules",
            Failure::NoPage { .. } => "cofferdam::no-page",
            Failure::Rules(error) => error.code(),
            Failure::Configuration(rejected) => rejected.code(),
            Failure::Journal(error) => error.code(),
            Failure::Serve(error) => error.code(),
            Failure::Client(error) => error.code(),
            Failure::NoThreads(_) => "cofferdam::no-threads",
        }
    }

    /// What can be done about it.
    pub fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Failure::Client(error) => error.help().map(Cow::Owned),
            _ => self.usual_help().map(Cow::Borrowed),
        }
    }

    fn usual_help(&self) -> Option<&'static str> {
        match self {
            Failure::Unreadable { what: "database", cause, .. }
                if cause.kind() == io::ErrorKind::InvalidData =>
            {
                Some("give a file in the MaxMind DB format (.mmdb), unpacked")
            }
            Failure::Configuration(_) => Some("`cofferdam config check` says what is wrong"),
            Failure::Unreadable { .. } => Some("check the path and its permissions"),
            Failure::Unwritable { .. } => Some("choose a folder that you may write to, with room"),
            Failure::Occupied { .. } => Some("choose another folder, or pass --add to add to these results"),
            Failure::Damaged { .. } => Some("investigate again into another folder"),
            Failure::NoIncident { .. } => {
                Some("name one as it is written in `incidents.json`, such as INC-0001")
            }
            Failure::NoTime { .. } => Some("use --from and --to of `investigate` on the evidence instead"),
            Failure::NothingRead => {
                Some("the notes on standard error say why (not with --quiet); `--help` lists the formats")
            }
            Failure::TooLarge { .. } => Some("play it in parts"),
            Failure::NoFiles { .. } => Some("name the files, or the folder that holds them"),
            Failure::NoResults { .. } => Some("make some with `investigate --out`"),
            Failure::NothingInList { .. } => {
                Some("a list is a value a line, CSV with a header, STIX 2 or MISP JSON (docs/indicators.md)")
            }
            Failure::NoSpan { .. } => Some("--from must not be later than --to"),
            Failure::Rules(error) => Some(error.help()),
            Failure::Journal(error) => error.help(),
            Failure::Serve(error) => error.help(),
            Failure::Client(_) => None,
            Failure::NoPage { .. } => Some("`cofferdam help` lists the commands"),
            Failure::NoRules => {
                Some("leave out --no-builtin-rules, or name rules with --rules or lists with --indicators")
            }
            Failure::NoThreads(_) => Some("ask for fewer with --threads"),
        }
    }

    /// Writes what happened and what can be done about it; of what was typed, also where.
    ///
    /// # Errors
    ///
    /// What the output says.
    pub fn tell(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            // What is wrong at places is told there, and needs no sum of them.
            Failure::Configuration(rejected) => return rejected.write(out),
            Failure::Journal(JournalFailure::Filter(wrong)) => return wrong.tell(out),
            _ => {}
        }
        writeln!(out, "error[{}]: {}", self.code(), plain(&self.to_string()))?;
        self.help().map_or(Ok(()), |help| writeln!(out, "  help: {help}"))
    }

    /// 2 usage, 3 bad input, 5 environment.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Occupied { .. }
            | Failure::NoRules
            | Failure::NoIncident { .. }
            | Failure::NoPage { .. }
            | Failure::NoSpan { .. } => 2,
            Failure::NothingRead
            | Failure::TooLarge { .. }
            | Failure::NoFiles { .. }
            | Failure::NoResults { .. }
            | Failure::NothingInList { .. }
            | Failure::NoTime { .. }
            | Failure::Configuration(_)
            | Failure::Damaged { .. } => 3,
            Failure::Rules(error) => error.exit_code(),
            Failure::Journal(error) => error.exit_code(),
            Failure::Client(error) => error.exit_code(),
            Failure::Unreadable { what: "rules" | "list" | "database" | "configuration", .. } => 3,
            Failure::Unreadable { .. }
            | Failure::Unwritable { .. }
            | Failure::Serve(_)
            | Failure::NoThreads(_) => 5,
        }
    }
}

impl From<JournalFailure> for Failure {
    fn from(error: JournalFailure) -> Failure {
        Failure::Journal(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Unreadable { what, path, cause } => {
                write!(f, "failed to read the {what} `{}`: {cause}", path.display())
            }
            Failure::Unwritable { path, cause } => write!(f, "failed to write `{}`: {cause}", path.display()),
            Failure::Occupied { path } => write!(f, "`{}` already holds results", path.display()),
            Failure::Damaged { path, reason } => {
                write!(f, "the results in `{}` are not understood: {reason}", path.display())
            }
            Failure::NoIncident { id, known, all } => {
                if known.is_empty() {
                    return write!(f, "there is no incident `{id}` in these results, which hold none");
                }
                let more = if *all > known.len() { ", …" } else { "" };
                write!(f, "there is no incident `{id}` in these results ({}{more})", known.join(", "))
            }
            Failure::NoTime { id } => write!(f, "no record of `{id}` names a time"),
            Failure::NothingRead => write!(f, "nothing could be read"),
            Failure::TooLarge { bytes } => {
                write!(f, "that is more than can be played at once: {} MiB", bytes >> 20)
            }
            Failure::NoFiles { paths } => {
                let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
                write!(f, "no files in {}", paths.join(", "))
            }
            Failure::NoResults { path } => write!(f, "`{}` holds no results", path.display()),
            Failure::NothingInList { path, problem: None } => {
                write!(f, "the list `{}` holds no value", path.display())
            }
            Failure::NothingInList { path, problem: Some(problem) } => {
                write!(f, "nothing in the list `{}` is understood: {problem}", path.display())
            }
            Failure::NoSpan { from, to } => {
                write!(f, "no time lies between --from {from} and --to {to}")
            }
            Failure::NoPage { command } => write!(f, "there is no command `{command}`"),
            Failure::NoRules => write!(f, "there is no rule to match with"),
            Failure::Rules(error) => error.fmt(f),
            Failure::Configuration(rejected) => {
                write!(f, "the configuration has {}", count(rejected.len() as u64, "problem", "problems"))
            }
            Failure::Journal(error) => error.fmt(f),
            Failure::Serve(error) => error.fmt(f),
            Failure::Client(error) => error.fmt(f),
            Failure::NoThreads(cause) => write!(f, "the threads could not be started: {cause}"),
        }
    }
}
