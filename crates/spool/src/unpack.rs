//! Makes records of a frame.

use crate::format::{Entry, FrameHead, Group};
use crate::record::{Place, Read, Seq};
use bytes::Bytes;
use std::collections::VecDeque;

/// The records of a frame from `from` on, and the numbers of those that are damaged; none when nothing can be made of it.
/// Nothing is damaged in a frame that never left memory.
pub fn unpack(
    head: &FrameHead,
    frame: &Bytes,
    from: u64,
    is_read: bool,
) -> Option<(VecDeque<Read>, Vec<u64>)> {
    let (table, data) = head.split(frame)?;
    let group = Group::parse(table, head)?;
    let data = frame.slice_ref(data);
    let (mut reads, mut damaged) = (VecDeque::new(), Vec::new());
    let (mut seq, mut at) = (head.first, 0_usize);
    for part in &group.parts {
        let source = group.sources.get(usize::try_from(part.source).ok()?)?;
        for Entry { length, sum, place, identity } in &part.entries {
            let end = at.checked_add(usize::try_from(*length).ok()?)?;
            let bytes = data.get(at..end)?;
            at = end;
            seq += 1;
            if seq <= from {
                continue;
            }
            if is_read && crc32fast::hash(bytes) != *sum {
                damaged.push(seq - 1);
                continue;
            }
            let place = place.and_then(|(file, next)| {
                let file = *group.files.get(usize::try_from(file).ok()?)?;
                Some(Place { file, next })
            });
            let (source, arrival, bytes) = (source.clone(), part.arrival, data.slice_ref(bytes));
            reads.push_back(Read { seq: Seq(seq - 1), source, arrival, place, identity: *identity, bytes });
        }
    }
    Some((reads, damaged))
}
