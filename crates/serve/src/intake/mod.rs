//! What comes in: named sources, and the one door through which their events and alerts get into the spool.
//!
//! [`Sources`] knows every source, whether people added it or the configuration names it; [`Intake::accept`] says that
//! records were taken when they are on disk, and not before.

mod accept;
mod admit;
mod body;
mod carried;
mod configured;
mod counters;
pub mod follow;
mod identity;
mod origin;
mod records;
mod room;
mod signature;
mod source;
mod sources;
pub mod syslog;

pub use accept::{Busy, Intake};
pub use admit::{admit, greeting};
pub use body::{Unpacked, unpack};
pub use carried::Carried;
pub use configured::{BindError, Bound, begin, bind, source};
pub use counters::{Counted, Counters};
pub use identity::Identities;
pub use origin::Origin;
pub use records::{RECORD_BYTES, Records};
pub use room::{Held, Room};
pub use source::{Kind, Made, Source, Terms};
pub use sources::{Proven, SOURCE_TOKEN_PREFIX, Sources};
