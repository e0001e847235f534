//! Cases of other products: files in, what they say out, together with all of it that did not fit.
//!
//! Pure: no clock, disk or network.

mod bound;
mod case;
mod document;
mod entity;
mod fields;
mod file;
mod iris;
mod left;
mod text;
mod thehive;
mod time;

pub use case::{Case, Closing, ForeignAlert, Moment, Product, Stands, Task};
pub use document::{ImportError, MOST_BYTES};
pub use file::{File, Unread, read};
pub use left::{LeftOut, Why};
