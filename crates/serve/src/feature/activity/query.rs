//! What can be asked.

use cofferdam_vocabulary::EntityKind;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// What is asked.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActivityQuery {
    /// What it is.
    #[param(inline)]
    pub kind: UsedKind,
    /// Which one, as alerts and incidents show it; a hash as `sha256:` and its digits.
    #[param(min_length = 1, max_length = 300, example = "svc-backup")]
    pub value: String,
    /// Seen from then on; seven days ago where nothing is said.
    pub from: Option<Timestamp>,
    /// Seen until then; until now where nothing is said.
    pub to: Option<Timestamp>,
}

/// Kinds of things that others use.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UsedKind {
    /// A machine, by name.
    Host,
    /// An account.
    Account,
    /// An IP address.
    Address,
    /// A DNS name.
    Domain,
    /// A file, by its hash.
    Hash,
}

impl From<UsedKind> for EntityKind {
    fn from(kind: UsedKind) -> EntityKind {
        match kind {
            UsedKind::Host => EntityKind::Host,
            UsedKind::Account => EntityKind::Account,
            UsedKind::Address => EntityKind::Address,
            UsedKind::Domain => EntityKind::Domain,
            UsedKind::Hash => EntityKind::Hash,
        }
    }
}
