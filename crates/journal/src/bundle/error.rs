//! Why a bundle is not believed.

use super::{ENTRIES, FORMAT, LINE_BYTES};
use crate::entry::EntryError;
use crate::merkle::ProofError;
use crate::note::{CheckpointError, KeyError, Name, NoteError, Verifier};
use crate::personal::Commitment;
use crate::stream::StreamId;
use cofferdam_vocabulary::ContentHash;
use std::{fmt, io};

/// Where in a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The member.
    pub member: &'static str,
    /// The line in it, from 1.
    pub line: Option<u64>,
}

/// Why a bundle is not believed. Nothing in it holds then.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file cannot be read.
    #[error("the bundle cannot be read: {cause}")]
    Read {
        /// Why.
        cause: io::Error,
    },
    /// It ends too early.
    #[error("the bundle is cut off after {offset} bytes, {}", within(member.as_deref()))]
    Truncated {
        /// Bytes that there are.
        offset: u64,
        /// The member in which it ends.
        member: Option<String>,
    },
    /// A member's header is not one that we write.
    #[error("the 512 bytes from byte {offset} on are no header of a bundle's member")]
    Header {
        /// Where it begins.
        offset: u64,
    },
    /// The last block of a member is not filled with zeros.
    #[error("bytes that are not zero follow the member `{member}`")]
    Padding {
        /// The member.
        member: String,
    },
    /// The archive goes on behind its end.
    #[error("the archive does not end where it says: something stands before byte {offset}")]
    Trailing {
        /// Where it was noticed.
        offset: u64,
    },
    /// Another member than there should be.
    #[error("{} where the member `{want}` should be", found(got.as_deref()))]
    Member {
        /// What is there.
        got: Option<String>,
        /// What should be.
        want: String,
    },
    /// A member after the last one.
    #[error("the member `{member}` stands where the archive should end")]
    Extra {
        /// What is there.
        member: String,
    },
    /// A member is larger than we read.
    #[error("the member `{member}` says that it has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// The member.
        member: String,
        /// What it says.
        size: u64,
        /// What it may have.
        limit: u64,
    },
    /// A line is longer than we read.
    #[error("line {line} of `{ENTRIES}` is longer than {LINE_BYTES} bytes")]
    LongLine {
        /// The line.
        line: u64,
    },
    /// The text cannot be understood.
    #[error("{place} cannot be understood: {reason}")]
    Form {
        /// Where.
        place: Place,
        /// What is wrong.
        reason: String,
    },
    /// It means the same, but is not the bytes that we would write.
    #[error("{place} is not written as bundles are: it was edited")]
    Canonical {
        /// Where.
        place: Place,
    },
    /// A later version made it.
    #[error("the bundle has the format {got}, and this version reads {FORMAT}")]
    Format {
        /// Its format.
        got: u64,
    },
    /// The key cannot be used.
    #[error("the member `key` holds no usable key: {cause}")]
    Key {
        /// Why.
        cause: KeyError,
    },
    /// The bundle is signed with another key than it should be.
    #[error("the bundle is signed with the key `{got}`, not with `{want}`")]
    OtherKey {
        /// The key in it.
        got: Box<Verifier>,
        /// The key that was expected.
        want: Box<Verifier>,
    },
    /// The checkpoint does not hold.
    #[error("the checkpoint does not hold: {cause}")]
    Checkpoint {
        /// Why.
        cause: CheckpointError,
    },
    /// The log or its size is told in two ways.
    #[error("`bundle.json` tells of {got}, and the checkpoint of {want}")]
    Disagrees {
        /// In `bundle.json`.
        got: String,
        /// In the checkpoint.
        want: String,
    },
    /// A leaf is no entry.
    #[error("line {line} of `{ENTRIES}` holds no entry: {}", shown(&cause.to_string()))]
    Entry {
        /// The line.
        line: u64,
        /// Why.
        cause: EntryError,
    },
    /// An entry is of another log.
    #[error("the entry in line {line} of `{ENTRIES}` is of the log `{got}`, not of `{want}`")]
    OtherLog {
        /// The line.
        line: u64,
        /// The log it names.
        got: Name,
        /// The log of the checkpoint.
        want: Name,
    },
    /// A line gives an entry another position than the entry itself.
    #[error("line {line} of `{ENTRIES}` puts the entry {want} at position {got}")]
    Position {
        /// The line.
        line: u64,
        /// As the line says.
        got: u64,
        /// As the entry says.
        want: u64,
    },
    /// Entries stand in another order than in the log.
    #[error("in line {line} of `{ENTRIES}` the entry {got} follows the entry {before}")]
    Order {
        /// The line.
        line: u64,
        /// The position in this line.
        got: u64,
        /// The position in the line before.
        before: u64,
    },
    /// The entry is not in the log of which the checkpoint is.
    #[error("the entry {position} in line {line} of `{ENTRIES}` is not in the checkpoint's log: {cause}")]
    Proof {
        /// The line.
        line: u64,
        /// Where the entry should be.
        position: u64,
        /// What does not fit.
        cause: ProofError,
    },
    /// An entry of a stream is missing, or stands there twice.
    #[error("line {line} of `{ENTRIES}` has entry {got} of the stream `{stream}` where {want} should be")]
    Version {
        /// The line.
        line: u64,
        /// The stream.
        stream: StreamId,
        /// The entry's place in its stream.
        got: u64,
        /// The place that comes next.
        want: u64,
    },
    /// The entry belongs to no stream that the bundle lists.
    #[error("the entry in line {line} of `{ENTRIES}` is of the stream `{stream}`, which is not listed")]
    Unlisted {
        /// The line.
        line: u64,
        /// Its stream.
        stream: StreamId,
    },
    /// A stream has more or fewer entries than listed.
    #[error("the bundle lists {want} entries of the stream `{stream}` and has {got}")]
    Count {
        /// The stream.
        stream: StreamId,
        /// Entries that there are.
        got: u64,
        /// Entries that are listed.
        want: u64,
    },
    /// What the bundle is about is not in it.
    #[error("the bundle is about `{about}` and has no entry of it")]
    Aboutless {
        /// What it is about.
        about: StreamId,
    },
    /// A value is not what was committed to.
    #[error("in line {line} of `{ENTRIES}` a value does not open its commitment {commitment}")]
    Value {
        /// The line.
        line: u64,
        /// The commitment.
        commitment: Commitment,
    },
    /// A value opens what the entry does not hold, or holds elsewhere.
    #[error("in line {line} of `{ENTRIES}` a value is for {commitment}, which is not next in that entry")]
    ForeignValue {
        /// The line.
        line: u64,
        /// The commitment.
        commitment: Commitment,
    },
    /// A value is there twice.
    #[error("line {line} of `{ENTRIES}` has the value for {commitment} twice")]
    DoubleValue {
        /// The line.
        line: u64,
        /// The commitment.
        commitment: Commitment,
    },
    /// A blob is not what its name says.
    #[error("the evidence {want} has the hash {got}: it was changed")]
    Blob {
        /// Its hash.
        got: ContentHash,
        /// Its name.
        want: ContentHash,
    },
    /// Evidence of which no entry tells.
    #[error("the evidence {hash} is in the bundle, and no entry tells where it comes from")]
    Unacquired {
        /// Its hash.
        hash: ContentHash,
    },
    /// The manifest tells of other members.
    #[error("line {line} of `manifest` is {}, and for the members in the bundle it is {}",
        cited(got.as_deref()), cited(want.as_deref()))]
    Manifest {
        /// The line.
        line: u64,
        /// As it is there.
        got: Option<String>,
        /// As it should be.
        want: Option<String>,
    },
    /// The manifest is not signed.
    #[error("the signature of the manifest does not hold: {cause}")]
    Signature {
        /// Why.
        cause: NoteError,
    },
    /// The key signed something else.
    #[error("`manifest.sig` is signed, but not for this bundle")]
    Statement,
}

impl Place {
    pub(super) fn of(member: &'static str) -> Place {
        Place { member, line: None }
    }

    pub(super) fn line(member: &'static str, line: u64) -> Place {
        Place { member, line: Some(line) }
    }

    pub(super) fn form(&self, reason: impl fmt::Display) -> BundleError {
        BundleError::Form { place: self.clone(), reason: shown(&reason.to_string()) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line} of `{}`", self.member),
            None => write!(f, "`{}`", self.member),
        }
    }
}

/// Text from a bundle as part of a message: one line, not long.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|ch| !ch.is_control()).take(200).collect()
}

fn within(member: Option<&str>) -> String {
    member.map_or_else(|| "between members".to_owned(), |member| format!("within the member `{member}`"))
}

fn found(member: Option<&str>) -> String {
    member.map_or_else(|| "the archive ends".to_owned(), |member| format!("the member `{member}` stands"))
}

fn cited(line: Option<&str>) -> String {
    line.map_or_else(|| "missing".to_owned(), |line| format!("`{line}`"))
}
