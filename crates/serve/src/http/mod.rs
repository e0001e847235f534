//! What all routes share: how they read requests and how they say no.

mod base;
mod body;
mod form;
mod front;
mod headers;
mod name;
mod once;
mod outgoing;
mod page;
mod plain_page;
mod problem;
mod query;
mod said;
mod schema;
mod source;
mod version;

pub use base::BaseRevision;
pub use body::{BodyLimit, Input, collect};
pub use form::Form;
pub use front::{Hosts, front};
pub use headers::FORM_POLICY;
pub use name::GivenName;
pub use once::{HoldsSecret, KEY, KEY_CHARS, Once, key, once};
pub use outgoing::{Gone, Outgoing, PART, Parts, Room, attachment};
pub use page::{Asked, OrderQuery, Page, PageQuery, filter, filter_to_change, strange};
pub use plain_page::{PlainPage, escaped, told};
pub use problem::{PROBLEM_JSON, Problem};
pub use query::{Id, Ids, NoQuery, Query};
pub use said::said;
pub use schema::{
    CategoryName, CriterionName, EntityStatusName, FunctionalName, InformationName, LevelName, MeasureName,
    MilestoneName, PapName, PermissionName, PhaseName, RecoverabilityName, ReputationName, ResolutionName,
    RoleName, RulingName, TlpName,
};
pub use source::{Encrypted, Peer, Source};
pub use version::{check_version, etag, has_version};
