//! The words that every part of Cofferdam shares: levels, entities, ATT&CK.
//!
//! Pure: no clock, disk, network or global state.

mod attack;
mod attack_v19;
mod content_hash;
mod entity;
mod hex;
mod hidden;
mod id;
mod level;
mod near;
mod range;
mod source_name;

pub use attack::{Tactic, Technique, TechniqueId, TechniqueIdError};
pub use attack_v19::V19;
pub use content_hash::{ContentHash, ContentHashError};
pub use entity::{Entity, EntityKind, Role};
pub use hidden::is_hidden;
pub use id::{
    AlertId, CallId, CredentialId, DedupKey, DeliveryId, ExceptionId, IdError, IncidentId, ReportId,
    SessionId, TokenId, UserId,
};
pub use level::{Level, LevelError};
pub use near::{distance, nearest};
pub use range::special_range;
pub use source_name::{SourceName, SourceNameError};
