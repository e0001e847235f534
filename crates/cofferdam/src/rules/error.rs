//! Why a command about rules ended early.

use std::fmt;
use std::path::PathBuf;

/// A failure of `cofferdam rules`.
#[derive(Debug)]
pub enum RulesError {
    /// Nobody says where packs are to be kept.
    NoHome,
    /// There is a pack of that name.
    PackExists {
        /// The name.
        name: String,
        /// Where it lies.
        folder: PathBuf,
    },
    /// There is no pack of that name.
    NoPack {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A name that is no name for a pack.
    BadName {
        /// As it was given, or made of the path.
        name: String,
    },
    /// What was given holds no rule that can be kept.
    NothingToAdd {
        /// What was given.
        path: PathBuf,
    },
    /// The archive could not be read to its end.
    Incomplete {
        /// The archive.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
    /// It holds more than a set of rules does.
    TooMuch {
        /// What was given.
        path: PathBuf,
        /// Which bound it is beyond.
        bound: &'static str,
    },
    /// No file that was named holds a rule.
    NoRules,
}

impl RulesError {
    /// To search, alert and look up.
    pub fn code(&self) -> &'static str {
        match self {
            RulesError::NoHome => "rules::no-home",
            RulesError::PackExists { .. } => "rules::pack-exists",
            RulesError::NoPack { .. } => "rules::no-pack",
            RulesError::BadName { .. } => "rules::pack-name",
            RulesError::NothingToAdd { .. } => "rules::nothing-to-add",
            RulesError::Incomplete { .. } => "rules::incomplete",
            RulesError::TooMuch { .. } => "rules::too-much",
            RulesError::NoRules => "rules::no-rules",
        }
    }

    /// What can be done about it.
    pub fn help(&self) -> &'static str {
        match self {
            RulesError::NoHome => "pass --home DIR, or set XDG_DATA_HOME",
            RulesError::PackExists { .. } => {
                "pass --replace to put this in its place, or give it another name with --pack"
            }
            RulesError::NoPack { .. } => "`cofferdam rules list` says which packs there are",
            RulesError::BadName { .. } => {
                "pass --pack NAME: letters, digits, `-`, `_` and `.`, at most 64, a letter or digit first"
            }
            RulesError::NothingToAdd { .. } => {
                "rules are .yml or .yaml files; the notes above say why those found were left out"
            }
            RulesError::Incomplete { .. } => {
                "nothing was added; get the archive again, or unpack it yourself"
            }
            RulesError::TooMuch { .. } => {
                "nothing was added; unpack it yourself and add the folder with rules"
            }
            RulesError::NoRules => "name .yml or .yaml files with Sigma rules, or folders that hold some",
        }
    }

    /// 2 usage, 3 bad input, 5 environment.
    pub fn exit_code(&self) -> u8 {
        match self {
            RulesError::NoHome => 5,
            RulesError::PackExists { .. } | RulesError::NoPack { .. } | RulesError::BadName { .. } => 2,
            RulesError::NothingToAdd { .. }
            | RulesError::Incomplete { .. }
            | RulesError::TooMuch { .. }
            | RulesError::NoRules => 3,
        }
    }
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RulesError::NoHome => write!(f, "there is no folder for packs of rules"),
            RulesError::PackExists { name, folder } => {
                write!(f, "there is a pack `{name}` in `{}`", folder.display())
            }
            RulesError::NoPack { name, known } if known.is_empty() => {
                write!(f, "there is no pack `{name}`, nor any other")
            }
            RulesError::NoPack { name, known } => {
                write!(f, "there is no pack `{name}` ({})", known.join(", "))
            }
            RulesError::BadName { name } => write!(f, "`{name}` is no name for a pack"),
            RulesError::NothingToAdd { path } => {
                write!(f, "`{}` holds no rule that could be added", path.display())
            }
            RulesError::Incomplete { path, reason } => {
                write!(f, "`{}` could not be read to its end: {reason}", path.display())
            }
            RulesError::TooMuch { path, bound } => {
                write!(f, "`{}` holds more than {bound}", path.display())
            }
            RulesError::NoRules => write!(f, "no rule could be read"),
        }
    }
}
