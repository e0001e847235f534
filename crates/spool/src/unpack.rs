//! Makes records of a frame.

use crate::format::{Entry, FrameHead, Group};
use crate::record::{Place, Read, Seq};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;

/// The records of a frame from `from` on, and the numbers of those that are damaged; none when nothing can be made of it.
pub fn unpack(
    head: &FrameHead,
    frame: &Bytes,
    from: u64,
    name: &mut dyn FnMut(u32) -> Option<Arc<str>>,
) -> Option<(VecDeque<Read>, Vec<u64>)> {
    let (table, data) = head.split(frame)?;
    let group = Group::parse(table, head)?;
    let data = frame.slice_ref(data);
    let (mut reads, mut damaged) = (VecDeque::new(), Vec::new());
    let (mut seq, mut at) = (head.first, 0_usize);
    for part in &group.parts {
        let source = name(part.source)?;
        for Entry { length, sum, place, identity } in &part.entries {
            let end = at.checked_add(usize::try_from(*length).ok()?)?;
            let bytes = data.get(at..end)?;
            at = end;
            seq += 1;
            if seq <= from {
                continue;
            }
            if crc32fast::hash(bytes) != *sum {
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
