//! The words that every part of Cofferdam shares: levels, entities, ATT&CK.
//!
//! Pure: no clock, disk, network or global state.

mod attack;
mod entity;
mod level;

pub use attack::{Tactic, Technique, TechniqueId, TechniqueIdError};
pub use entity::{Entity, EntityKind, Role};
pub use level::{Level, LevelError};
