//! Who did it.

use crate::personal::Personal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who brought a fact about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// Cofferdam itself, by its version.
    Program(String),
    /// A person, by the account with which they work.
    Person(Personal),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Program(version) => write!(f, "cofferdam {version}"),
            Actor::Person(account) => account.fmt(f),
        }
    }
}
