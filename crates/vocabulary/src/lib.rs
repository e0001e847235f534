//! The words that every part of Cofferdam shares: levels, entities, ATT&CK.
//!
//! Pure: no clock, disk, network or global state.

mod attack;
mod attack_v19;
mod entity;
mod level;
mod range;

pub use attack::{Tactic, Technique, TechniqueId, TechniqueIdError};
pub use attack_v19::V19;
pub use entity::{Entity, EntityKind, Role};
pub use level::{Level, LevelError};
pub use range::special_range;
