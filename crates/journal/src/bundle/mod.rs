//! The log of one incident in one file that a stranger can verify, offline and without us.
//!
//! The file is a ustar archive of one canonical form: what is read is written again and must be the same
//! bytes. Its members, all in the folder [`FOLDER`], in this order:
//!
//! - `README.html`, `verify.py`: what this is and how to verify it, by hand or with a script,
//! - `bundle.json`: the log, the checkpoint's size, what the bundle is about, its streams, when it was made,
//! - `checkpoint`, `key`: the signed root over the whole log, and the key that signed it,
//! - `entries.ndjson`: an entry a line, with its proof and the personal values that are handed over,
//! - `evidence/SHA256`: blobs, in the order of their hashes,
//! - `manifest`, `manifest.sig`: the hash of every member above, and the log's signature of that.
//!
//! So each byte is bound by its form or by the signature. Whoever holds the key can sign what they like, and
//! then the proofs still bind each entry to the checkpoint. What nothing here shows is that a stream has no
//! later entries than those included, and whose key it is: a reader compares it with one known from elsewhere.

mod archive;
mod error;
mod export;
mod form;
mod ledger;
mod manifest;
mod named;
mod page;
mod plan;
mod reader;
#[cfg(test)]
mod tests;
mod verify;
mod write;

pub use error::{BundleError, Place};
pub use export::{Export, ExportError, Source, Written};
pub use named::named;
pub use verify::{Blob, Verified, verify, verify_with};
pub use write::write;

/// Where all members lie.
pub const FOLDER: &str = "cofferdam-bundle/";
/// The form of bundle that is written, and the only one that is read.
pub const FORMAT: u64 = 1;
/// An entry's line at most. A leaf has room for some 530 values of 2 KiB, each byte of which JSON may write
/// as six.
pub const LINE_BYTES: usize = 8 << 20;
/// All entries' lines at most; they are never in memory at once.
pub const ENTRIES_BYTES: u64 = 8 << 30;
/// Any other member that is no evidence, at most.
pub const MEMBER_BYTES: u64 = 16 << 20;

const README: &str = "README.html";
const SCRIPT: &str = "verify.py";
const ABOUT: &str = "bundle.json";
const CHECKPOINT: &str = "checkpoint";
const KEY: &str = "key";
const ENTRIES: &str = "entries.ndjson";
const EVIDENCE: &str = "evidence/";
const MANIFEST: &str = "manifest";
const SIGNATURE: &str = "manifest.sig";
