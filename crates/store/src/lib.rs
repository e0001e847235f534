//! The journal and its evidence on disk.
//!
//! [`Journal`] is what others use; [`Storage`] is what a database must do for it, and [`Sqlite`] does it.

mod append;
mod backup;
mod blob;
mod credentials;
mod data_dir;
mod desk;
mod erase;
mod export;
mod journal;
mod rebuild;
mod restore;
mod sqlite;
mod storage;
mod tile_dir;
mod tree;
mod verify;
mod whole;
mod witness;
mod world;
mod writer;

pub use append::{Append, AppendError, Receipt};
pub use backup::{Backup, BackupError, VALUES, backup};
pub use blob::{BlobError, Blobs};
pub use credentials::{CREDENTIALS, Credential, Credentials, CredentialsError};
pub use data_dir::{
    DATABASE, EVIDENCE, LOCK, OpenError, PUBLIC_KEY, ReadOnly, SIGNING_KEY, Store, compared, signer,
};
pub use erase::Erased;
pub use export::{Going, HandOutError, HandedOut, closure};
pub use journal::{AskError, Found, Journal, end, entries};
pub use rebuild::entry;
pub use restore::{Restored, restore};
pub use sqlite::{Sqlite, reader};
pub use storage::{
    AlertQuery, IncidentQuery, Last, Reader, Storage, StorageError, Stored, Transaction, Views,
};
pub use tile_dir::{CHECKPOINT, TileDirError};
pub use verify::{Misfit, Verification, verify};
pub use witness::{Heard, Saw, Shown, WITNESSES, Witness, WitnessError, set_witnesses, witnesses};
pub use world::{Answer, Clock, Post, Randomness, World};
