//! Reads databases in the MaxMind DB format: a tree over the bits of an address, and records it leads to.
//!
//! Nothing is decoded but what is asked for. Every offset comes from the file and is checked where it is
//! used, so that a broken one answers nothing.
//!
//! Source: MaxMind DB File Format Specification 2.0.

use std::net::IpAddr;

/// Stands before the description, in the last 128 KiB.
const MARK: &[u8] = b"\xab\xcd\xefMaxMind.com";
const DESCRIPTION: usize = 128 * 1024;
/// Zero bytes between the tree and the records.
const GAP: usize = 16;
/// Maps and arrays nested deeper than this are broken; real ones have four levels.
const DEPTH: u8 = 16;

/// Why a file is no database that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// It has no description, or it does not say what it must.
    #[error("it is not in the MaxMind DB format, or was cut")]
    NotOne,
    /// The tree is larger than the file, or leads out of it.
    #[error("it is damaged: its tree leads out of the file")]
    Damaged,
}

/// A database in memory.
#[derive(Clone, Debug)]
pub struct Database {
    bytes: Vec<u8>,
    nodes: usize,
    /// Bits of one of a node's two records: 24, 28 or 32.
    width: u8,
    is_v6: bool,
    /// Where the records begin and end.
    data: (usize, usize),
}

/// What a database holds of an address.
#[derive(Clone, Copy, Debug)]
pub struct Record<'d> {
    data: &'d [u8],
    at: usize,
}

/// A value that was found, or the head of one.
#[derive(Clone, Copy, Debug)]
enum Head {
    Text(usize),
    Number(usize),
    Map(usize),
    Array(usize),
    /// Of so many bytes, and nothing that is asked for.
    Other(usize),
    Pointer(usize),
}

impl Database {
    /// Takes a whole file. Its tree is looked through once.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when it is something else, was cut, or is damaged.
    pub fn open(bytes: Vec<u8>) -> Result<Database, DatabaseError> {
        let tail = bytes.len().saturating_sub(DESCRIPTION);
        let mark = memchr::memmem::rfind(bytes.get(tail..).unwrap_or_default(), MARK).map(|at| tail + at);
        let mark = mark.ok_or(DatabaseError::NotOne)?;
        let description = Record { data: bytes.get(mark + MARK.len()..).unwrap_or_default(), at: 0 };
        let number = |name: &str| description.number(&[name]).and_then(|number| usize::try_from(number).ok());
        let (nodes, width) = (number("node_count"), number("record_size"));
        let (Some(nodes), Some(width @ (24 | 28 | 32)), Some(version @ (4 | 6))) =
            (nodes, width, number("ip_version"))
        else {
            return Err(DatabaseError::NotOne);
        };
        let tree = nodes.checked_mul(width / 4).and_then(|tree| tree.checked_add(GAP));
        let tree = tree.filter(|tree| *tree <= mark && nodes > 0).ok_or(DatabaseError::Damaged)?;
        let width = u8::try_from(width).map_err(|_| DatabaseError::NotOne)?;
        let database = Database { bytes, nodes, width, is_v6: version == 6, data: (tree, mark) };
        if database.is_whole() { Ok(database) } else { Err(DatabaseError::Damaged) }
    }

    /// Whether every node leads to a node, to nothing, or to a place among the records.
    fn is_whole(&self) -> bool {
        let records = self.data.1 - self.data.0;
        let most = self.nodes + GAP + records;
        let leads_within = |next: usize| next <= self.nodes || (self.nodes + GAP..most).contains(&next);
        (0..self.nodes).all(|node| {
            [false, true].into_iter().all(|right| self.next(node, right).is_some_and(leads_within))
        })
    }

    /// What the database holds of an address.
    pub fn find(&self, address: IpAddr) -> Option<Record<'_>> {
        let (bits, len) = match (address.to_canonical(), self.is_v6) {
            (IpAddr::V4(address), false) => (u128::from(u32::from(address)) << 96, 32),
            (IpAddr::V4(address), true) => (u128::from(u32::from(address)), 128),
            (IpAddr::V6(address), true) => (u128::from(address), 128),
            (IpAddr::V6(_), false) => return None,
        };
        let mut node = 0;
        for bit in 0..len {
            if node >= self.nodes {
                break;
            }
            node = self.next(node, bits >> (127 - bit) & 1 == 1)?;
        }
        let at = node.checked_sub(self.nodes + GAP)?;
        let data = self.bytes.get(self.data.0..self.data.1)?;
        (at < data.len()).then_some(Record { data, at })
    }

    /// Where a node leads.
    fn next(&self, node: usize, right: bool) -> Option<usize> {
        let size = usize::from(self.width) / 4;
        let node = self.bytes.get(node * size..node * size + size)?;
        let record = match (node, right) {
            (&[a, b, c, _, _, _], false) | (&[_, _, _, a, b, c], true) => [0, a, b, c],
            (&[a, b, c, middle, _, _, _], false) => [middle >> 4, a, b, c],
            (&[_, _, _, middle, a, b, c], true) => [middle & 15, a, b, c],
            (&[a, b, c, d, _, _, _, _], false) | (&[_, _, _, _, a, b, c, d], true) => [a, b, c, d],
            _ => return None,
        };
        usize::try_from(u32::from_be_bytes(record)).ok()
    }
}

impl<'d> Record<'d> {
    /// The text at a path of names.
    pub fn text(&self, path: &[&str]) -> Option<&'d str> {
        match self.reach(path)? {
            (Head::Text(len), at) => std::str::from_utf8(self.data.get(at..at.checked_add(len)?)?).ok(),
            _ => None,
        }
    }

    /// The number at a path of names.
    pub fn number(&self, path: &[&str]) -> Option<u64> {
        match self.reach(path)? {
            (Head::Number(len @ 0..=8), at) => {
                let bytes = self.data.get(at..at + len)?;
                Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
            }
            _ => None,
        }
    }

    /// The value at a path, and where what follows its head begins.
    fn reach(&self, path: &[&str]) -> Option<(Head, usize)> {
        let mut found = self.resolved(self.at)?;
        for name in path {
            let (Head::Map(members), mut at) = found else { return None };
            let mut inner = None;
            for _ in 0..members {
                let (key, value) = self.key(at)?;
                if key == name.as_bytes() {
                    inner = Some(value);
                    break;
                }
                at = self.behind(value, 0)?;
            }
            found = self.resolved(inner?)?;
        }
        Some(found)
    }

    /// A map's key, and where its value begins.
    fn key(&self, at: usize) -> Option<(&'d [u8], usize)> {
        let behind = self.behind(at, 0)?;
        let (Head::Text(len), start) = self.resolved(at)? else { return None };
        Some((self.data.get(start..start.checked_add(len)?)?, behind))
    }

    /// The head of a value; a pointer leads to a value and never to another pointer.
    fn resolved(&self, at: usize) -> Option<(Head, usize)> {
        match self.head(at)? {
            (Head::Pointer(to), _) => self.head(to).filter(|(head, _)| !matches!(head, Head::Pointer(_))),
            found => Some(found),
        }
    }

    /// Where the value that begins here ends.
    fn behind(&self, at: usize, depth: u8) -> Option<usize> {
        let (head, start) = self.head(at)?;
        let values = match head {
            Head::Pointer(_) => return Some(start),
            Head::Text(len) | Head::Number(len) | Head::Other(len) => {
                return start.checked_add(len).filter(|end| *end <= self.data.len());
            }
            Head::Map(members) => members * 2,
            Head::Array(members) => members,
        };
        let mut at = start;
        for _ in 0..values {
            at = (depth < DEPTH).then(|| self.behind(at, depth + 1))??;
        }
        Some(at)
    }

    fn head(&self, at: usize) -> Option<(Head, usize)> {
        let byte = |at: usize| self.data.get(at).copied().map(usize::from);
        let number = |at: usize, len: usize| (at..at + len).try_fold(0, |sum, at| Some(sum << 8 | byte(at)?));
        let control = byte(at)?;
        let (mut kind, mut at) = (control >> 5, at + 1);
        if kind == 1 {
            let (low, len) = (control & 7, (control >> 3 & 3) + 1);
            let (base, low) = [(0, low), (2_048, low), (526_336, low), (0, 0)].get(len - 1).copied()?;
            return Some((Head::Pointer((low << (8 * len)) + number(at, len)? + base), at + len));
        }
        if kind == 0 {
            kind = 7 + byte(at)?;
            at += 1;
        }
        let size = match control & 31 {
            size @ 0..29 => size,
            29 => 29 + number(at, 1)?,
            30 => 285 + number(at, 2)?,
            _ => 65_821 + number(at, 3)?,
        };
        at += (control & 31).saturating_sub(28);
        let head = match kind {
            2 => Head::Text(size),
            5 | 6 | 9 | 10 => Head::Number(size),
            7 => Head::Map(size),
            11 => Head::Array(size),
            // The size of a truth value is the value.
            14 => Head::Other(0),
            3 | 4 | 8 | 15 => Head::Other(size),
            _ => return None,
        };
        Some((head, at))
    }
}
