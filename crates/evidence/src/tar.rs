//! Reads tar archives as a stream: POSIX ustar and pax, and GNU with its long names.
//!
//! Source: POSIX.1-2024, `pax`, "ustar Interchange Format" and "pax Header Block"; GNU tar manual,
//! "Basic Tar Format". Written here, since what a header announces is a hostile number: names are
//! read up to 64 KiB and nothing else is held in memory.

use std::io::{self, Read};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::input::Input;
use crate::reading::{At, Halt, Reading};
use crate::stream::{read_full, read_some};
use crate::{Place, Problem, code};

const BLOCK_BYTES: usize = 512;
const NAME_BYTES: u64 = 64 << 10;
const PADDING_BYTES: u64 = 1 << 20;

impl Reading<'_> {
    /// Reads the members of a tar archive in their order.
    pub fn tar(&mut self, at: &At, mut input: Input<'_>) -> Result<(), Halt> {
        if !self.may_descend(at)? {
            return Ok(());
        }
        let mut ahead = Ahead::default();
        let mut members = 0;
        loop {
            let mut block = [0; BLOCK_BYTES];
            let place = Some(Place::Member(members));
            match read_full(&mut input, &mut block) {
                (BLOCK_BYTES, _) if !block.iter().all(|byte| *byte == 0) => {}
                (0 | BLOCK_BYTES, Ok(())) => return self.tar_end(at, place, input),
                (_, Ok(())) => return self.fail(at, place, &io::ErrorKind::UnexpectedEof.into()),
                (_, Err(error)) => return self.fail(at, place, &error),
            }
            let Some(header) = Header::parse(&block) else {
                let message = "a header of the archive does not match its checksum";
                return self.problem(Problem { place, ..at.problem(code::DAMAGED, message) });
            };
            let size = if header.kind.is_member() { ahead.size.unwrap_or(header.size) } else { header.size };
            let mut member = Member { inner: &mut input, left: size, cut: false };
            match header.kind {
                Kind::LongName => ahead.name = Some(member.text()),
                Kind::Extended => ahead.read_pax(&member.text()),
                Kind::File | Kind::Sparse => {
                    if members == self.limits.members {
                        return self.too_many_members(at);
                    }
                    let ahead = std::mem::take(&mut ahead);
                    let name = ahead.name.unwrap_or(header.name);
                    let inside = at.member(&name, ahead.modified.or(header.modified));
                    if header.kind == Kind::File {
                        self.content(&inside, &mut member)?;
                    } else {
                        let problem =
                            inside.problem(code::METHOD, "a sparse member is not read by this version");
                        self.problem(problem)?;
                    }
                    members += 1;
                }
                Kind::Other => ahead = Ahead::default(),
                Kind::Ignored => {}
            }
            let told = member.cut;
            match member.skip(size) {
                Ok(()) => {}
                Err(_) if told => return Ok(()),
                Err(error) => return self.fail(at, place, &error),
            }
        }
    }
}

impl Reading<'_> {
    /// Reads the padding behind the last member, so that what packs the archive comes to its end.
    fn tar_end(&mut self, at: &At, place: Option<Place>, input: Input<'_>) -> Result<(), Halt> {
        match io::copy(&mut input.take(PADDING_BYTES), &mut io::sink()) {
            Ok(_) => Ok(()),
            Err(error) => self.fail(at, place, &error),
        }
    }
}

/// Whether `head` begins with a tar header.
pub(crate) fn is_header(head: &[u8]) -> bool {
    head.first_chunk().is_some_and(|block| Header::parse(block).is_some())
}

/// What a header says.
struct Header {
    name: String,
    size: u64,
    modified: Option<SystemTime>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Sparse,
    LongName,
    Extended,
    /// A header about headers that is not needed; what was read ahead still holds.
    Ignored,
    /// A folder, link or device.
    Other,
}

impl Kind {
    fn is_member(self) -> bool {
        matches!(self, Kind::File | Kind::Sparse | Kind::Other)
    }
}

impl Header {
    /// Reads a header whose checksum holds: the sum of its bytes, its own field counted as blanks.
    fn parse(block: &[u8; BLOCK_BYTES]) -> Option<Header> {
        let own = 148..156;
        let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        if number(&block[own.clone()])? != sum(block) - sum(&block[own]) + 8 * u64::from(b' ') {
            return None;
        }
        let mut name = text(&block[..100]);
        let prefix = text(&block[345..500]);
        if &block[257..263] == b"ustar\0" && !prefix.is_empty() {
            name = format!("{prefix}/{name}");
        }
        let kind = match block[156] {
            // Before POSIX a folder was a file whose name ends with a slash.
            0 | b'0' | b'7' if !name.ends_with('/') => Kind::File,
            b'S' => Kind::Sparse,
            b'L' => Kind::LongName,
            b'x' => Kind::Extended,
            b'g' | b'K' => Kind::Ignored,
            _ => Kind::Other,
        };
        let modified = number(&block[136..148]).and_then(seconds);
        Some(Header { name, size: number(&block[124..136])?, modified, kind })
    }
}

/// What the headers before a member say of it.
#[derive(Default)]
struct Ahead {
    name: Option<String>,
    size: Option<u64>,
    modified: Option<SystemTime>,
}

impl Ahead {
    /// Reads pax records: `LENGTH KEY=VALUE\n`, the length counting all of it.
    fn read_pax(&mut self, mut records: &str) {
        while let Some((length, _)) = records.split_once(' ') {
            let Some(record) = length.parse().ok().and_then(|length: usize| records.get(..length)) else {
                return;
            };
            records = &records[record.len()..];
            let Some((key, value)) = record[length.len() + 1..].trim_end_matches('\n').split_once('=') else {
                continue;
            };
            match key {
                "path" => self.name = Some(value.to_owned()),
                "size" => self.size = value.parse().ok(),
                "mtime" => {
                    let whole = value.split('.').next().unwrap_or_default();
                    self.modified = whole.parse().ok().and_then(seconds);
                }
                _ => {}
            }
        }
    }
}

/// The bytes of one member.
struct Member<'r, 'a> {
    inner: &'r mut Input<'a>,
    left: u64,
    /// The archive ended within it, as its reader was told.
    cut: bool,
}

impl Member<'_, '_> {
    fn text(&mut self) -> String {
        let mut bytes = Vec::new();
        // A failure shows again when the member is skipped.
        let _ = self.take(NAME_BYTES).read_to_end(&mut bytes);
        text(&bytes)
    }

    /// Passes over what is left, and over the padding of a member of `size` bytes.
    fn skip(&mut self, size: u64) -> io::Result<()> {
        let padding = size.next_multiple_of(BLOCK_BYTES as u64) - size;
        self.left += padding;
        let mut sink = vec![0; 64 << 10];
        while self.left > 0 {
            // An archive cut within padding lacks nothing.
            let lacks_nothing = self.left <= padding;
            match self.read(&mut sink) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && lacks_nothing => return Ok(()),
                outcome => outcome?,
            };
        }
        Ok(())
    }
}

impl Read for Member<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let count = read_some(self.inner, &mut buffer[..most])?;
        if count == 0 {
            self.cut = true;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Octal digits between blanks and NULs, or GNU's big-endian binary after a set first bit.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (high, low) = field.split_at(field.len().checked_sub(8)?);
        let is_small =
            high.iter().skip(1).all(|byte| *byte == 0) && high.first().is_none_or(|byte| *byte == 0x80);
        return is_small.then(|| low.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
    }
    let digits = std::str::from_utf8(field).ok()?.trim_matches(|c| c == ' ' || c == '\0');
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

fn seconds(since_epoch: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(since_epoch))
}

/// Text up to its first NUL.
fn text(field: &[u8]) -> String {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}
