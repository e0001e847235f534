//! The bytes of a segment file; `docs/spool.md` tells them for others.

mod carried;
mod footer;
mod frame;
mod group;
mod header;
mod whole;
mod wire;

pub use footer::{Counts, Footer, TRAILER, identities, known, trailer_offset};
pub use frame::{FrameHead, HEAD, Kind, MAGIC, Salt, stamp};
pub use group::{Entry, Group, Part};
pub use header::{HEADER, Header, HeaderError};
pub use whole::{Hashing, Whole};
