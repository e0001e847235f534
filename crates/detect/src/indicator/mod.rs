//! Indicators: values that tell of harm, read from lists and looked for in every event.
//!
//! [`read`](read()) takes files of any known format into an [`IndicatorSet`]; a [`Lookout`] finds its
//! values in events. Lists of what is known to be good are sets of the same kind.

mod defang;
mod digests;
mod filter;
mod hash;
mod json;
mod known_good;
#[cfg(test)]
mod laws;
mod list;
mod lookout;
mod marks;
mod misp;
mod network;
mod read;
mod scan;
mod segments;
mod set;
mod stix;
mod table;
mod techniques;
mod texts;
mod url;
mod value;

pub use hash::Digest;
pub use lookout::{Indicators, Lookout, Sighting};
pub use network::Network;
pub use read::{Format, Problem, Report, read};
pub use scan::{Scanner, Sight, Writing};
pub use set::{Added, Detail, IndicatorSet, MOST};
pub use value::{Kind, Refusal, Value};
