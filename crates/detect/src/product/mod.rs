//! Alerts that other products raised: one file for each product or format, all into one [`ProductAlert`].

mod alert;
mod attack;
mod body;
mod crowdstrike;
mod defender;
mod elastic;
mod error;
mod finish;
mod format;
mod graph;
mod guardduty;
mod lines;
mod look;
mod mapping;
mod ocsf;
mod part;
mod read;
mod sarif;
mod scanner;
mod security_hub;
mod sentinel;
mod sentinelone;
mod suricata;
#[cfg(test)]
mod tests;
mod text;
mod update;
mod wazuh;

pub use alert::ProductAlert;
pub use body::{ALERTS_LIMIT, BODY_LIMIT};
pub use error::{Place, ProductError};
pub use finish::ENTITIES_KEPT;
pub use format::Format;
pub use mapping::{Declared, JsonPath, Mapping, MappingError, Neutral};
pub use part::{Cloud, Confidence, End, File, Host, Maker, Process, Rule, Status, User};
pub use read::{read, read_mapped, recognise};

/// Bytes kept of any one text.
pub const TEXT_KEPT: usize = 4096;
