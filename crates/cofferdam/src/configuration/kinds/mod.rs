//! What a setting can be: each kind reads its values, in whatever form they were given, and shows them.

mod mail;
mod network;
mod number;
mod path;
mod people;
mod roles;
mod sources;
mod time;
mod web;
mod word;

pub use mail::{MailAddress, MailHost, Mailbox};
pub use network::{Address, Networks};
pub use number::{Bytes, Count};
pub use path::{Folder, Paths, PemFile, Secret, SecretFile};
pub use people::{Accounts, ContactTables, Contacts};
pub use roles::{Roles, RolesByGroup};
pub use sources::{SourceTables, Sources};
pub use time::Span;
pub use web::{Web, WebAddress};
pub use word::{Choice, LogFormat, LogLevel, Switch, Text, WhoReports};

use super::given::{Given, Misread};
use serde_json::Value;
use std::path::Path;

/// What a setting can be.
pub trait Kind {
    /// What it is once it was read.
    type Value;

    /// What to write, for people: `duration, 1min to 24h`.
    fn name(&self) -> String;

    /// Reads what was given. Paths are taken from `base`.
    ///
    /// # Errors
    ///
    /// [`Misread`] when it is not of this kind.
    fn read(&self, given: &Given, base: &Path) -> Result<Self::Value, Misread>;

    /// The value as it would be written; null when it is not set.
    fn show(&self, value: &Self::Value) -> Value;

    /// What it is when nobody gave it and it has no default.
    fn absent(&self) -> Option<Self::Value> {
        None
    }
}

/// A setting that need not be set.
pub struct Maybe<K>(pub K);

impl<K: Kind> Kind for Maybe<K> {
    type Value = Option<K::Value>;

    fn name(&self) -> String {
        self.0.name()
    }

    fn read(&self, given: &Given, base: &Path) -> Result<Self::Value, Misread> {
        self.0.read(given, base).map(Some)
    }

    fn show(&self, value: &Self::Value) -> Value {
        value.as_ref().map_or(Value::Null, |value| self.0.show(value))
    }

    fn absent(&self) -> Option<Self::Value> {
        Some(None)
    }
}
