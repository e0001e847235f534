//! The archive around a bundle: ustar in one canonical form, so that no byte of it is free.
//! Source: POSIX.1-2017, pax, "ustar Interchange Format"; sizes from 8 GiB in base 256, as GNU tar has them.

use super::FOLDER;
use super::error::{BundleError, shown};
use cofferdam_vocabulary::ContentHash;
use sha2::{Digest, Sha256};
use std::io::{self, ErrorKind, Read, Write};

/// An archive consists of blocks of so many bytes.
pub(super) const BLOCK: usize = 512;
/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// Sizes from here on have no room in eleven octal digits.
const OCTAL_END: u64 = 1 << 33;

/// A member's header. A name that is too long is cut, and so does not read back.
pub(super) fn header(name: &str, size: u64) -> [u8; BLOCK] {
    let mut size_field = [0; 12];
    if size < OCTAL_END {
        put(&mut size_field, 0, format!("{size:011o}").as_bytes());
    } else {
        size_field[0] = 0x80;
        put(&mut size_field, 4, &size.to_be_bytes());
    }
    let mut block = [0; BLOCK];
    put(&mut block[..100], 0, format!("{FOLDER}{name}").as_bytes());
    put(&mut block, 100, b"0000644\x000000000\x000000000\0");
    put(&mut block, 124, &size_field);
    put(&mut block, 136, b"00000000000\0        0");
    put(&mut block, 257, b"ustar\x0000");
    put(&mut block, 329, b"0000000\x000000000\0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut block, 148, format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Zeros after a member of this size, up to the end of its block.
pub(super) fn padding(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
    (BLOCK - over) % BLOCK
}

/// Writes members; the caller sees to it that each has the size it was given.
pub(super) struct Packer<'w> {
    to: &'w mut dyn Write,
    /// Bytes written.
    pub(super) written: u64,
}

impl<'w> Packer<'w> {
    pub(super) fn new(to: &'w mut dyn Write) -> Packer<'w> {
        Packer { to, written: 0 }
    }

    pub(super) fn begin(&mut self, name: &str, size: u64) -> io::Result<()> {
        self.put(&header(name, size))
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn end(&mut self, size: u64) -> io::Result<()> {
        self.put(&[0; BLOCK][..padding(size)])
    }

    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.put(&[0; 2 * BLOCK])?;
        self.to.flush()?;
        Ok(self.written)
    }
}

/// Reads members.
pub(super) struct Unpacker<R> {
    from: R,
    /// Bytes read.
    offset: u64,
    chunk: Vec<u8>,
}

/// A member as its header tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Without the folder.
    pub(super) name: String,
    pub(super) size: u64,
}

impl<R: Read> Unpacker<R> {
    pub(super) fn new(from: R) -> Unpacker<R> {
        Unpacker { from, offset: 0, chunk: vec![0; CHUNK] }
    }

    /// The next member; none when the archive ends here, which it then does as it should.
    pub(super) fn next(&mut self) -> Result<Option<Member>, BundleError> {
        let at = self.offset;
        let mut block = [0; BLOCK];
        self.fill(&mut block, None)?;
        if block == [0; BLOCK] {
            return self.finish().map(|()| None);
        }
        let member = parse(&block).filter(|member| header(&member.name, member.size) == block);
        member.map(Some).ok_or(BundleError::Header { offset: at })
    }

    /// Hands on what the member holds, in pieces, and returns its hash.
    pub(super) fn body(
        &mut self,
        member: &Member,
        take: &mut dyn FnMut(&[u8]) -> Result<(), BundleError>,
    ) -> Result<ContentHash, BundleError> {
        let mut hash = Sha256::new();
        let mut left = member.size;
        let mut chunk = std::mem::take(&mut self.chunk);
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let got = self.some(&mut chunk[..most])?;
            if got == 0 {
                return Err(self.truncated(Some(member)));
            }
            hash.update(&chunk[..got]);
            take(&chunk[..got])?;
            left -= got as u64;
        }
        self.chunk = chunk;
        let mut rest = [0; BLOCK];
        let rest = &mut rest[..padding(member.size)];
        self.fill(rest, Some(member))?;
        if rest.iter().any(|byte| *byte != 0) {
            return Err(BundleError::Padding { member: shown(&member.name) });
        }
        Ok(ContentHash(hash.finalize().into()))
    }

    /// After the first block of zeros comes a second and nothing else.
    fn finish(&mut self) -> Result<(), BundleError> {
        let mut block = [0; BLOCK];
        self.fill(&mut block, None)?;
        if block != [0; BLOCK] || self.some(&mut block[..1])? != 0 {
            return Err(BundleError::Trailing { offset: self.offset });
        }
        Ok(())
    }

    fn fill(&mut self, buffer: &mut [u8], within: Option<&Member>) -> Result<(), BundleError> {
        let mut at = 0;
        while at < buffer.len() {
            let got = self.some(&mut buffer[at..])?;
            if got == 0 {
                return Err(self.truncated(within));
            }
            at += got;
        }
        Ok(())
    }

    fn some(&mut self, buffer: &mut [u8]) -> Result<usize, BundleError> {
        loop {
            match self.from.read(buffer) {
                Ok(got) => {
                    self.offset += got as u64;
                    return Ok(got);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(cause) => return Err(BundleError::Read { cause }),
            }
        }
    }

    fn truncated(&self, within: Option<&Member>) -> BundleError {
        BundleError::Truncated { offset: self.offset, member: within.map(|member| shown(&member.name)) }
    }
}

/// What a header tells, whether or not it is of our form.
fn parse(block: &[u8; BLOCK]) -> Option<Member> {
    let name = block[..100].split(|byte| *byte == 0).next()?;
    let name = std::str::from_utf8(name).ok()?.strip_prefix(FOLDER)?.to_owned();
    let size = if block[124] == 0x80 {
        u64::from_be_bytes(block[128..136].try_into().ok()?)
    } else {
        u64::from_str_radix(std::str::from_utf8(&block[124..135]).ok()?, 8).ok()?
    };
    Some(Member { name, size })
}

/// Puts bytes at a place, as many as there is room for.
fn put(block: &mut [u8], at: usize, bytes: &[u8]) {
    for (place, byte) in block.iter_mut().skip(at).zip(bytes) {
        *place = *byte;
    }
}

#[cfg(test)]
mod tests {
    use super::super::SIGNATURE;
    use super::*;

    #[test]
    fn a_header_reads_back_whatever_the_size() {
        for size in [0, 1, 511, 512, OCTAL_END - 1, OCTAL_END, u64::MAX] {
            let member = Member { name: SIGNATURE.to_owned(), size };
            assert_eq!(parse(&header(SIGNATURE, size)), Some(member), "{size}");
        }
        assert_eq!((padding(0), padding(1), padding(512), padding(u64::MAX)), (0, 511, 0, 1));
    }

    #[test]
    fn a_name_that_is_too_long_does_not_read_back() {
        let long = "x".repeat(100);
        assert_ne!(parse(&header(&long, 1)).unwrap().name, long);
    }
}
