//! Cuts text into batches of whole lines.

use std::io::{self, Read};
use std::mem;

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};

use crate::document;
use crate::input::Input;
use crate::log::{Log, Repeated};
use crate::reading::Halt;
use crate::stream::{read_full, read_some};
use crate::{Content, Limits, Place, code};

/// Cuts text into lines. A line beyond the limit is passed over in bounded memory.
pub(crate) fn cut(log: &mut Log<'_, '_>, input: &mut Input<'_>) -> Result<io::Result<()>, Halt> {
    let line_bytes = log.limits().line_bytes;
    let mut long = Repeated::new(code::LONG_LINE, "a line longer than the limit");
    let mut lines = Lines { buffer: vec![0; window_bytes(log.limits())], filled: 0, next_line: 1 };
    let mut skipping = false;
    let ended = loop {
        // The buffer never holds more than one line of the greatest length and its newline, so
        // every line in it is within the limit.
        if lines.filled == lines.buffer.len() {
            if lines.filled > line_bytes {
                long.reject(log, Place::Line(lines.next_line))?;
                lines.next_line += 1;
                lines.filled = 0;
                skipping = true;
            } else {
                let grown = lines.filled.saturating_mul(2).min(line_bytes + 1);
                lines.buffer.resize(grown, 0);
            }
        }
        let free = &mut lines.buffer[lines.filled..];
        let asked = free.len();
        let (count, outcome) = if log.at.live { one_read(input, free) } else { read_full(input, free) };
        let is_end = count == 0 || outcome.is_err() || (count < asked && !log.at.live);
        let fresh = lines.filled;
        lines.filled += count;
        if skipping {
            skipping = !lines.drop_through_newline();
        }
        if is_end {
            break outcome;
        }
        if !skipping {
            lines.hand_out_whole(log, fresh.min(lines.filled))?;
        }
    };
    lines.hand_out_rest(log)?;
    long.close(log)?;
    Ok(ended)
}

/// Decodes UTF-16 by its byte order mark and cuts it into lines, or into elements if it is JSON.
pub(crate) fn cut_utf16(log: &mut Log<'_, '_>, input: &mut Input<'_>) -> Result<io::Result<()>, Halt> {
    let encoding = if input.head().starts_with(&[0xff, 0xfe]) { UTF_16LE } else { UTF_16BE };
    input.skip(2);
    let decoder = encoding.new_decoder_without_bom_handling();
    let raw = vec![0; 64 << 10];
    let mut decoded = Decoded { inner: input, decoder, raw, text: String::new(), given: 0, ended: false };
    let mut text = Input::new(&mut decoded, log.at.live);
    if document::is_document(&mut text, log.limits()) {
        document::cut(log, &mut text)
    } else {
        cut(log, &mut text)
    }
}

/// A batch, or less where no line may be that long.
fn window_bytes(limits: &Limits) -> usize {
    limits.batch_bytes.clamp(1, limits.line_bytes.saturating_add(1))
}

fn one_read(reader: &mut dyn Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    match read_some(reader, buffer) {
        Ok(count) => (count, Ok(())),
        Err(error) => (0, Err(error)),
    }
}

/// Lines on their way from the reader to a batch.
struct Lines {
    buffer: Vec<u8>,
    filled: usize,
    next_line: u64,
}

impl Lines {
    /// Passes over the rest of a long line; false while it goes on.
    fn drop_through_newline(&mut self) -> bool {
        let newline = memchr::memchr(b'\n', &self.buffer[..self.filled]);
        let dropped = newline.map_or(self.filled, |newline| newline + 1);
        self.buffer.copy_within(dropped..self.filled, 0);
        self.filled -= dropped;
        newline.is_some()
    }

    /// Hands out all whole lines; before `fresh` there is no newline.
    fn hand_out_whole(&mut self, log: &mut Log<'_, '_>, fresh: usize) -> Result<(), Halt> {
        match memchr::memrchr(b'\n', &self.buffer[fresh..self.filled]) {
            Some(newline) => self.hand_out(log, fresh + newline + 1),
            None => Ok(()),
        }
    }

    fn hand_out_rest(&mut self, log: &mut Log<'_, '_>) -> Result<(), Halt> {
        if self.filled == 0 { Ok(()) } else { self.hand_out(log, self.filled) }
    }

    fn hand_out(&mut self, log: &mut Log<'_, '_>, end: usize) -> Result<(), Halt> {
        // A full buffer is given away as it is; a small batch is copied out of it, since slow
        // input would otherwise pin a large buffer for every few lines.
        let content = if end < self.buffer.len() / 4 {
            let content = self.buffer[..end].to_vec();
            self.buffer.copy_within(end..self.filled, 0);
            content
        } else {
            let mut fresh = vec![0; window_bytes(log.limits()).max(self.filled - end)];
            fresh[..self.filled - end].copy_from_slice(&self.buffer[end..self.filled]);
            let mut content = mem::replace(&mut self.buffer, fresh);
            content.truncate(end);
            content
        };
        self.filled -= end;
        let newlines = memchr::memchr_iter(b'\n', &content).count() as u64;
        let records = newlines + u64::from(content.last() != Some(&b'\n'));
        let first = self.next_line;
        self.next_line += records;
        log.hand_out(first, records, Content::Lines(content))
    }
}

/// UTF-16 on its way to UTF-8; what is no text becomes U+FFFD.
struct Decoded<'r, 'a> {
    inner: &'r mut Input<'a>,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    given: usize,
    ended: bool,
}

impl Read for Decoded<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            let count = read_some(self.inner, &mut self.raw)?;
            self.ended = count == 0;
            self.given = 0;
            self.text.clear();
            self.text.reserve(self.decoder.max_utf8_buffer_length(count).unwrap_or(0));
            let _ = self.decoder.decode_to_string(&self.raw[..count], &mut self.text, self.ended);
        }
        let left = &self.text.as_bytes()[self.given..];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.given += count;
        Ok(count)
    }
}
