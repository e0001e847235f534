//! Alerts that other products raised: one file for each product or format, all into one [`ProductAlert`].

mod alert;
mod error;
mod format;
mod part;

pub use alert::ProductAlert;
pub use error::{Place, ProductError};
pub use format::Format;
pub use part::{Cloud, Confidence, End, File, Host, Maker, Process, Rule, Status, User};

/// Bytes kept of any one text.
pub const TEXT_KEPT: usize = 4096;
/// Entities kept with an alert.
pub const ENTITIES_KEPT: usize = 100;
