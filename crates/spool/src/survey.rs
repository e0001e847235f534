//! What is in a segment file that was left by whoever wrote it.

use crate::catalogue::Segment;
use crate::format::{
    Entry, Footer, FrameHead, Group, HEAD, HEADER, Kind, Salt, TRAILER, known, trailer_offset,
};
use crate::walk::{Step, Walk};
use crate::window::Known;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Reads the end of a sealed segment; none when it is not sealed, or that end is damaged.
pub fn sealed(file: &File, salt: &Salt) -> io::Result<Option<(Segment, Footer)>> {
    let bytes = file.metadata()?.len();
    let Some(trailer_at) = bytes.checked_sub(TRAILER as u64) else { return Ok(None) };
    let mut trailer = [0; TRAILER];
    file.read_exact_at(&mut trailer, trailer_at)?;
    let Some(offset) = trailer_offset(&trailer).filter(|offset| *offset < trailer_at) else {
        return Ok(None);
    };
    let found = frame(file, salt, offset, bytes - offset)?;
    let Some((head, frame)) = found.filter(|(head, _)| head.kind == Kind::Footer) else { return Ok(None) };
    let Some(footer) = head.split(&frame).and_then(|(table, _)| Footer::parse(table, &head)) else {
        return Ok(None);
    };
    let segment = Segment {
        end: footer.end,
        length: footer.identities.0,
        bytes,
        arrivals: footer.arrivals,
        is_sealed: true,
        ..Segment::new(salt.first, bytes)
    };
    Ok(Some((segment, footer)))
}

/// Identities of the records of a sealed segment.
pub fn identities(file: &File, salt: &Salt, footer: &Footer) -> io::Result<Vec<Known>> {
    let (offset, count) = footer.identities;
    let found = frame(file, salt, offset, HEAD as u64 + u64::from(count) * 24)?;
    let Some((head, frame)) = found.filter(|(head, _)| head.kind == Kind::Identities) else {
        return Ok(Vec::new());
    };
    Ok(head.split(&frame).map(|(table, _)| known(table).collect()).unwrap_or_default())
}

fn frame(file: &File, salt: &Salt, offset: u64, length: u64) -> io::Result<Option<(FrameHead, Vec<u8>)>> {
    let is_there =
        offset.checked_add(length).is_some_and(|end| file.metadata().is_ok_and(|it| end <= it.len()));
    let Some(length) = usize::try_from(length).ok().filter(|_| is_there) else { return Ok(None) };
    let mut frame = vec![0; length];
    file.read_exact_at(&mut frame, offset)?;
    let head = FrameHead::parse(&frame, salt, offset).filter(|head| head.length() == length as u64);
    Ok(head.map(|head| (head, frame)))
}

/// What is found on the way through a segment.
pub trait Visitor {
    /// What was known when it was begun; whether it is understood.
    fn carried(&mut self, table: &[u8]) -> bool;
    /// A frame of records. Some of them may be damaged, which was told.
    fn records(&mut self, offset: u64, head: &FrameHead, group: &Group);
    /// A place that is damaged.
    fn damage(&mut self, offset: u64, what: &str);
}

/// Goes through a segment from its first frame on, as far as records before `before` are in it; bytes up to the end of
/// the last frame that is whole.
///
/// What is damaged and has nothing whole after it was never synced: nothing is written before what came before it was.
pub fn through(file: File, salt: Salt, before: u64, visitor: &mut dyn Visitor) -> io::Result<u64> {
    let bytes = file.metadata()?.len();
    let mut walk = Walk::new(file, salt, HEADER as u64, bytes);
    let mut doubtful = Doubtful::default();
    let mut length = HEADER as u64;
    while let Some(step) = walk.next()? {
        let (offset, head, frame) = match step {
            Step::Frame { offset, head, frame } => (offset, head, frame),
            Step::Damage { offset, what } => {
                doubtful.places.push((offset, what));
                continue;
            }
        };
        if head.first >= before && head.kind == Kind::Records {
            break;
        }
        match content(&head, &frame) {
            Ok(content) => {
                doubtful.tell(visitor);
                match content {
                    Content::Carried(table) if !visitor.carried(table) => {
                        visitor.damage(offset, "what is known of sources is damaged");
                    }
                    Content::Carried(_) => {}
                    Content::Records(group) => visitor.records(offset, &head, &group),
                }
                length = walk.offset();
            }
            Err((what, group)) => {
                doubtful.places.push((offset, what));
                doubtful.groups.extend(group.map(|group| (offset, head, group)));
            }
        }
    }
    Ok(length)
}

/// What is damaged, or was never synced.
#[derive(Default)]
struct Doubtful {
    places: Vec<(u64, &'static str)>,
    groups: Vec<(u64, FrameHead, Group)>,
}

impl Doubtful {
    /// It was synced: something whole follows.
    fn tell(&mut self, visitor: &mut dyn Visitor) {
        self.places.drain(..).for_each(|(offset, what)| visitor.damage(offset, what));
        self.groups.drain(..).for_each(|(offset, head, group)| visitor.records(offset, &head, &group));
    }
}

enum Content<'f> {
    Carried(&'f [u8]),
    Records(Group),
}

type Wrong = (&'static str, Option<Group>);

fn content<'f>(head: &FrameHead, frame: &'f [u8]) -> Result<Content<'f>, Wrong> {
    const TABLE: Wrong = ("the table of a frame is damaged", None);
    let (table, data) = head.split(frame).ok_or(TABLE)?;
    match head.kind {
        Kind::Carried => Ok(Content::Carried(table)),
        Kind::Records => {
            let group = Group::parse(table, head).ok_or(TABLE)?;
            if is_whole(&group, data) {
                return Ok(Content::Records(group));
            }
            Err(("the bytes of a record are damaged", Some(group)))
        }
        // The segment was to be sealed, and was not.
        Kind::Identities | Kind::Footer => Err(("the end of the segment is not whole", None)),
    }
}

fn is_whole(group: &Group, mut data: &[u8]) -> bool {
    group.parts.iter().flat_map(|part| &part.entries).all(|Entry { length, sum, .. }| {
        let length = usize::try_from(*length).unwrap_or(usize::MAX);
        let Some((bytes, rest)) = data.split_at_checked(length) else { return false };
        data = rest;
        crc32fast::hash(bytes) == *sum
    })
}
