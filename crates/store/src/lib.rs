//! The journal and its evidence on disk.
//!
//! [`Journal`] is what others use; [`Storage`] is what a database must do for it, and [`Sqlite`] does it.

mod append;
mod journal;
mod rebuild;
mod sqlite;
mod storage;
mod tree;
mod world;
mod writer;

pub use append::{Append, AppendError, Receipt};
pub use journal::{AskError, Found, Journal, entries};
pub use sqlite::{Sqlite, reader};
pub use storage::{AlertQuery, IncidentQuery, Reader, Storage, StorageError, Stored, Transaction, Views};
pub use world::World;
