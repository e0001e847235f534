//! A frame: what is written and synced in one piece. A head, a table, and data that the table tells of.

use super::wire::Take;

/// Bytes of a head.
pub const HEAD: usize = 40;
/// How a head begins.
pub const MAGIC: [u8; 4] = *b"CFDf";
/// Bytes of a head that its check sum is of.
const CHECKED: usize = 36;

/// What is in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What was known when the segment was begun.
    Carried = 1,
    /// Records.
    Records = 2,
    /// Identities of a segment's records.
    Identities = 3,
    /// The end of a sealed segment.
    Footer = 4,
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    pub kind: Kind,
    /// Bytes of the table.
    pub table: u32,
    /// Bytes of the data.
    pub data: u32,
    /// Number of the first record, or of the one that comes next.
    pub first: u64,
    /// How many records.
    pub records: u32,
    /// CRC-32 of the table, which holds those of the data.
    pub table_sum: u32,
}

/// What the check sum of a head begins with, so that a frame counts in its own place alone: neither what an old file
/// left on the disk nor an event that looks like a frame passes for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt {
    /// That of the spool.
    pub id: [u8; 16],
    /// That of the segment.
    pub first: u64,
}

impl Salt {
    fn sum(&self, offset: u64, head: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.id);
        hasher.update(&self.first.to_le_bytes());
        hasher.update(&offset.to_le_bytes());
        hasher.update(head);
        hasher.finalize()
    }
}

impl FrameHead {
    /// Reads the head at this offset of a segment; none when there is none.
    pub fn parse(bytes: &[u8], salt: &Salt, offset: u64) -> Option<FrameHead> {
        let checked = bytes.get(..CHECKED)?;
        let mut take = Take(bytes);
        if take.array()? != MAGIC {
            return None;
        }
        let kind = match take.u32()? {
            1 => Kind::Carried,
            2 => Kind::Records,
            3 => Kind::Identities,
            4 => Kind::Footer,
            _ => return None,
        };
        let (table, data, first) = (take.u32()?, take.u32()?, take.u64()?);
        let (records, table_sum, _, sum) = (take.u32()?, take.u32()?, take.u32()?, take.u32()?);
        let head = FrameHead { kind, table, data, first, records, table_sum };
        (sum == salt.sum(offset, checked) && first.checked_add(u64::from(records)).is_some()).then_some(head)
    }

    /// Bytes of the frame, with its head.
    pub fn length(&self) -> u64 {
        HEAD as u64 + u64::from(self.table) + u64::from(self.data)
    }

    /// Number of the record after the last of them.
    pub fn end(&self) -> u64 {
        self.first + u64::from(self.records)
    }

    /// The table and the data, if the table is as it was written.
    pub fn split<'b>(&self, frame: &'b [u8]) -> Option<(&'b [u8], &'b [u8])> {
        let table = usize::try_from(self.table).ok()?;
        let (table, data) = frame.get(HEAD..)?.split_at_checked(table)?;
        let data = data.get(..usize::try_from(self.data).ok()?)?;
        (crc32fast::hash(table) == self.table_sum).then_some((table, data))
    }
}

/// Room for a head; the table is to follow.
pub fn begin(room: usize) -> Vec<u8> {
    begin_in(Vec::new(), room)
}

/// Room for a head, in a buffer that is empty.
pub fn begin_in(mut buffer: Vec<u8>, room: usize) -> Vec<u8> {
    buffer.reserve(room + HEAD);
    buffer.resize(HEAD, 0);
    buffer
}

/// Writes the head of a frame whose table ends at `table_end`; [`stamp`] gives it its place.
pub fn finish(frame: &mut [u8], kind: Kind, first: u64, records: u32, table_end: usize) {
    let number = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    let table_sum = crc32fast::hash(&frame[HEAD..table_end]);
    let data = frame.len() - table_end;
    frame[..4].copy_from_slice(&MAGIC);
    frame[4..8].copy_from_slice(&(kind as u32).to_le_bytes());
    frame[8..12].copy_from_slice(&number(table_end - HEAD));
    frame[12..16].copy_from_slice(&number(data));
    frame[16..24].copy_from_slice(&first.to_le_bytes());
    frame[24..28].copy_from_slice(&records.to_le_bytes());
    frame[28..32].copy_from_slice(&table_sum.to_le_bytes());
}

/// Makes a finished frame one of this place.
pub fn stamp(frame: &mut [u8], salt: &Salt, offset: u64) {
    let sum = salt.sum(offset, &frame[..CHECKED]);
    frame[CHECKED..HEAD].copy_from_slice(&sum.to_le_bytes());
}
