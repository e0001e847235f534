//! Readers that count, hash and keep watch over what flows through them.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use sha2::Digest;

use crate::{Limits, Sha256};

/// How a stream of bytes is doing, so that its failure is told once however many readers meet it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Sound,
    Failed,
    Told,
}

/// What is known of one stream: a file on disk, a packed stream, or a member of an archive.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Packed bytes that were taken from below so far, or are known to lie there.
    pub packed_bytes: Cell<u64>,
    pub health: Cell<Health>,
}

impl Stream {
    pub fn new(packed_bytes: u64) -> Rc<Stream> {
        Rc::new(Stream { packed_bytes: Cell::new(packed_bytes), health: Cell::new(Health::Sound) })
    }
}

/// What one file on disk may still expand to, through all its layers.
#[derive(Debug)]
pub(crate) struct Allowance {
    expanded_bytes: Cell<u64>,
    exhausted: Cell<bool>,
    file: Rc<Stream>,
}

impl Allowance {
    pub fn new(file: Rc<Stream>) -> Rc<Allowance> {
        Rc::new(Allowance { expanded_bytes: Cell::new(0), exhausted: Cell::new(false), file })
    }

    /// Nothing more of this file on disk is read.
    pub fn exhausted(&self) -> bool {
        self.exhausted.get()
    }
}

/// Why a reader refused to go on expanding.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{expanded_bytes} bytes came out of {packed_bytes}, more than {ratio} to one: taken for a bomb")]
    Ratio { expanded_bytes: u64, packed_bytes: u64, ratio: u64 },
    #[error("the file expands to more than {limit_bytes} bytes")]
    Expanded { limit_bytes: u64 },
}

/// A file on disk or standard input: hashed and counted while it is read.
pub(crate) struct Hashed<R> {
    inner: R,
    sha256: sha2::Sha256,
    bytes: u64,
    ended: bool,
    stream: Rc<Stream>,
}

impl<R: Read> Hashed<R> {
    pub fn new(inner: R, stream: Rc<Stream>) -> Hashed<R> {
        Hashed { inner, sha256: sha2::Sha256::default(), bytes: 0, ended: false, stream }
    }

    pub fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// Reads the rest, so that the hash covers all of it; `each` sees it pass.
    pub fn drain(&mut self, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        let mut buffer = vec![0; 256 << 10];
        loop {
            match read_some(self, &mut buffer)? {
                0 => return Ok(()),
                count => each(&buffer[..count]),
            }
        }
    }

    /// The digest, if all was read.
    pub fn digest(self) -> Option<Sha256> {
        self.ended.then(|| Sha256(self.sha256.finalize().into()))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted && self.stream.health.get() == Health::Sound {
                self.stream.health.set(Health::Failed);
            }
        })?;
        self.ended |= count == 0 && !buffer.is_empty();
        self.sha256.update(&buffer[..count]);
        self.bytes += count as u64;
        if self.bytes > self.stream.packed_bytes.get() {
            self.stream.packed_bytes.set(self.bytes);
        }
        Ok(count)
    }
}

/// Counts the packed bytes that a decoder takes from below.
pub(crate) struct Taken<R> {
    pub inner: R,
    pub stream: Rc<Stream>,
}

impl<R: Read> Read for Taken<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.stream.packed_bytes.set(self.stream.packed_bytes.get() + count as u64);
        Ok(count)
    }
}

/// What a decoder puts out, watched for bombs.
pub(crate) struct Expanded<R> {
    inner: R,
    bytes: u64,
    stream: Rc<Stream>,
    allowance: Rc<Allowance>,
    limits: Limits,
}

impl<R: Read> Expanded<R> {
    pub fn new(inner: R, stream: Rc<Stream>, allowance: Rc<Allowance>, limits: &Limits) -> Expanded<R> {
        Expanded { inner, bytes: 0, stream, allowance, limits: limits.clone() }
    }

    fn judge(&self, total_bytes: u64) -> Result<(), Refusal> {
        let Limits { ratio, ratio_after_bytes, expanded_bytes: limit_bytes, .. } = self.limits;
        if total_bytes > limit_bytes {
            self.allowance.exhausted.set(true);
            return Err(Refusal::Expanded { limit_bytes });
        }
        let check = |expanded_bytes: u64, packed_bytes: u64| {
            let implausible = expanded_bytes > ratio_after_bytes
                && expanded_bytes > packed_bytes.max(1).saturating_mul(ratio);
            if implausible { Err(Refusal::Ratio { expanded_bytes, packed_bytes, ratio }) } else { Ok(()) }
        };
        // The file comes first: where it is a bomb as a whole, no other stream in it is tried.
        check(total_bytes, self.allowance.file.packed_bytes.get())
            .inspect_err(|_| self.allowance.exhausted.set(true))?;
        check(self.bytes, self.stream.packed_bytes.get())
    }
}

impl<R: Read> Read for Expanded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stream.health.get() != Health::Sound {
            return Err(io::Error::other("the stream failed before"));
        }
        let outcome = self.inner.read(buffer).and_then(|count| {
            self.bytes += count as u64;
            let total_bytes = self.allowance.expanded_bytes.get() + count as u64;
            self.allowance.expanded_bytes.set(total_bytes);
            self.judge(total_bytes).map_err(io::Error::other)?;
            Ok(count)
        });
        if outcome.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.stream.health.set(Health::Failed);
        }
        outcome
    }
}

/// Reads once, again when a signal interrupts.
pub(crate) fn read_some(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// Fills `buffer` as far as the content goes; returns the bytes read, and the error that ended them.
pub(crate) fn read_full(reader: &mut dyn Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_some(reader, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(()))
}
