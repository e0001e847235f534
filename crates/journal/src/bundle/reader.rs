//! Members as they come, each bounded and noted for the manifest.

use super::archive::{Member, Unpacker};
use super::error::{BundleError, Place, shown};
use super::manifest::Manifest;
use super::{ENTRIES, ENTRIES_BYTES, LINE_BYTES, MEMBER_BYTES};
use cofferdam_vocabulary::ContentHash;
use std::io::Read;

/// Takes a line and its number.
type TakeLine<'t> = &'t mut dyn FnMut(&[u8], u64) -> Result<(), BundleError>;

/// Reads members in order.
pub(super) struct Reader<R> {
    archive: Unpacker<R>,
    /// What was read, as the manifest should have it.
    pub(super) manifest: Manifest,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(from: R) -> Reader<R> {
        Reader { archive: Unpacker::new(from), manifest: Manifest::default() }
    }

    pub(super) fn next(&mut self) -> Result<Option<Member>, BundleError> {
        self.archive.next()
    }

    /// The text of the next member, which must have this name.
    pub(super) fn text(&mut self, name: &'static str) -> Result<String, BundleError> {
        let member = named(self.archive.next()?, name)?;
        self.text_of(&member, name)
    }

    /// The text of a member.
    pub(super) fn text_of(&mut self, member: &Member, name: &'static str) -> Result<String, BundleError> {
        bound(member, MEMBER_BYTES)?;
        let mut bytes = Vec::new();
        self.body(member, &mut |part| {
            bytes.extend_from_slice(part);
            Ok(())
        })?;
        String::from_utf8(bytes).map_err(|error| Place::of(name).form(error))
    }

    /// Hands on each line of the next member, with its end and its number from 1.
    pub(super) fn lines(&mut self, take: TakeLine<'_>) -> Result<(), BundleError> {
        let member = named(self.archive.next()?, ENTRIES)?;
        bound(&member, ENTRIES_BYTES)?;
        let (mut line, mut number) = (Vec::new(), 1);
        self.body(&member, &mut |part| {
            for piece in part.split_inclusive(|byte| *byte == b'\n') {
                if line.len() + piece.len() > LINE_BYTES {
                    return Err(BundleError::LongLine { line: number });
                }
                line.extend_from_slice(piece);
                if piece.ends_with(b"\n") {
                    take(&line, number)?;
                    line.clear();
                    number += 1;
                }
            }
            Ok(())
        })?;
        if line.is_empty() { Ok(()) } else { Err(Place::line(ENTRIES, number).form("the line has no end")) }
    }

    /// Reads a member to its end and returns its hash.
    pub(super) fn body(
        &mut self,
        member: &Member,
        take: &mut dyn FnMut(&[u8]) -> Result<(), BundleError>,
    ) -> Result<ContentHash, BundleError> {
        let hash = self.archive.body(member, take)?;
        self.manifest.add(&member.name, member.size, hash);
        Ok(hash)
    }
}

/// The member, if it is the one that should come.
pub(super) fn named(member: Option<Member>, want: &str) -> Result<Member, BundleError> {
    let got = match member {
        Some(member) if member.name == want => return Ok(member),
        other => other.map(|member| shown(&member.name)),
    };
    Err(BundleError::Member { got, want: want.to_owned() })
}

fn bound(member: &Member, limit: u64) -> Result<(), BundleError> {
    if member.size <= limit {
        return Ok(());
    }
    Err(BundleError::TooLarge { member: shown(&member.name), size: member.size, limit })
}
