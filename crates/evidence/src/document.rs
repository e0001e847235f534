//! Cuts JSON documents that are not one object a line into their elements.

use std::io;

use crate::envelope::{Envelope, Turn};
use crate::input::Input;
use crate::log::{Log, Repeated};
use crate::reading::Halt;
use crate::stream::read_some;
use crate::{Content, Limits, Place, code};

const PIECE_BYTES: usize = 64 << 10;

/// Whether text is a JSON document, not lines: an array of objects, alone or in an [`Envelope`], or an
/// object that its first line does not complete.
pub(crate) fn is_document(input: &mut Input<'_>, limits: &Limits) -> bool {
    let head = input.head();
    let start = blanks(head);
    match &head[start..] {
        [b'{', object @ ..] if Envelope::begins(object) => true,
        [b'[', rest @ ..] => match trim(rest) {
            [b'{', object @ ..] => may_be_object(object),
            [b']', rest @ ..] => trim(rest).is_empty(),
            [] => !input.is_whole(),
            _ => false,
        },
        [b'{', object @ ..] if may_be_object(object) => {
            input.look_for_line(start, limits.line_bytes);
            let line = input.head()[start..].split(|byte| *byte == b'\n').next().unwrap_or_default();
            line.len() > limits.line_bytes || Nesting::default().advance(line).is_none()
        }
        _ => false,
    }
}

fn may_be_object(after_brace: &[u8]) -> bool {
    matches!(trim(after_brace).first(), None | Some(b'"' | b'}'))
}

fn trim(bytes: &[u8]) -> &[u8] {
    &bytes[blanks(bytes)..]
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_blank(**byte)).count()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Hands out each element as one line; a raw newline within it becomes a blank.
pub(crate) fn cut(log: &mut Log<'_, '_>, input: &mut Input<'_>) -> Result<io::Result<()>, Halt> {
    let mut document = Document::new(log.limits().clone());
    document.is_wrapped = trim(input.head()).strip_prefix(b"{").is_some_and(Envelope::begins);
    let mut piece = vec![0; PIECE_BYTES];
    let ended = loop {
        match read_some(input, &mut piece) {
            Ok(0) => break Ok(()),
            Ok(count) => document.read(log, &piece[..count])?,
            Err(error) => break Err(error),
        }
        if log.at.live {
            document.hand_out(log)?;
        }
    };
    document.finish(log, ended.is_ok())?;
    Ok(ended)
}

/// A document while it is cut.
struct Document {
    limits: Limits,
    /// Whole elements, each with its newline, and behind them the one that is being read.
    batch: Vec<u8>,
    element_start: usize,
    element: Option<Nesting>,
    /// The element being read is larger than the limit and no longer kept.
    is_large: bool,
    /// Objects at the top are envelopes.
    is_wrapped: bool,
    envelope: Option<Envelope>,
    in_array: bool,
    in_stray: bool,
    /// The number of the first element in the batch, and of the one being read or coming next.
    first: u64,
    next: u64,
    large: Repeated,
    stray: Repeated,
}

impl Document {
    fn new(limits: Limits) -> Document {
        Document {
            limits,
            batch: Vec::new(),
            element_start: 0,
            element: None,
            is_large: false,
            is_wrapped: false,
            envelope: None,
            in_array: false,
            in_stray: false,
            first: 1,
            next: 1,
            large: Repeated::new(code::LARGE_ELEMENT, "an element larger or nested deeper than the limits"),
            stray: Repeated::new(code::STRAY, "text between the elements"),
        }
    }

    fn read(&mut self, log: &mut Log<'_, '_>, mut piece: &[u8]) -> Result<(), Halt> {
        while let Some(byte) = piece.first() {
            let used = match &mut self.element {
                Some(nesting) => {
                    let end = nesting.advance(piece);
                    self.keep(&piece[..end.unwrap_or(piece.len())]);
                    if end.is_some() {
                        self.complete(log)?;
                    }
                    end.unwrap_or(piece.len())
                }
                None if self.envelope.is_some() && !self.in_array => self.in_envelope(log, piece)?,
                None => self.between(log, *byte)?,
            };
            piece = &piece[used..];
        }
        Ok(())
    }

    /// Reads on in an envelope, up to its array or its end.
    fn in_envelope(&mut self, log: &mut Log<'_, '_>, piece: &[u8]) -> Result<usize, Halt> {
        let Some(envelope) = &mut self.envelope else { return Ok(0) };
        let Some((used, turn)) = envelope.advance(piece) else { return Ok(piece.len()) };
        let is_empty = !envelope.found;
        match turn {
            Turn::Array => self.in_array = true,
            Turn::End => {
                self.envelope = None;
                if is_empty {
                    self.stray.reject(log, Place::Element(self.next))?;
                }
            }
        }
        Ok(used)
    }

    /// Reads one byte between elements; returns 0 where an element begins with it.
    fn between(&mut self, log: &mut Log<'_, '_>, byte: u8) -> Result<usize, Halt> {
        match byte {
            b'{' if self.is_wrapped && !self.in_array => {
                self.envelope = Some(Envelope::new());
                self.in_stray = false;
                return Ok(1);
            }
            b'{' => self.element = Some(Nesting::default()),
            b'[' if self.in_array => self.element = Some(Nesting::default()),
            b'[' => self.in_array = true,
            b']' if self.in_array => self.in_array = false,
            b',' | b' ' | b'\t' | b'\r' => return Ok(1),
            b'\n' => {}
            _ if self.in_stray => return Ok(1),
            _ => {
                self.in_stray = true;
                self.stray.reject(log, Place::Element(self.next))?;
                return Ok(1);
            }
        }
        self.in_stray = false;
        Ok(usize::from(self.element.is_none()))
    }

    fn keep(&mut self, bytes: &[u8]) {
        let kept = self.batch.len();
        if !self.is_large && kept - self.element_start + bytes.len() > self.limits.element_bytes {
            self.is_large = true;
            self.batch.truncate(self.element_start);
        }
        if !self.is_large {
            self.batch.extend_from_slice(bytes);
            for byte in &mut self.batch[kept..] {
                if *byte == b'\n' {
                    *byte = b' ';
                }
            }
        }
    }

    fn complete(&mut self, log: &mut Log<'_, '_>) -> Result<(), Halt> {
        let deepest = self.element.take().map_or(0, |nesting| nesting.deepest);
        if std::mem::take(&mut self.is_large) || deepest > self.limits.element_depth {
            self.batch.truncate(self.element_start);
            // Numbers in a batch have no gaps.
            self.hand_out(log)?;
            self.large.reject(log, Place::Element(self.next))?;
            self.next += 1;
            self.first = self.next;
            return Ok(());
        }
        self.batch.push(b'\n');
        self.element_start = self.batch.len();
        self.next += 1;
        if self.batch.len() < self.limits.batch_bytes { Ok(()) } else { self.hand_out(log) }
    }

    /// Hands out the whole elements.
    fn hand_out(&mut self, log: &mut Log<'_, '_>) -> Result<(), Halt> {
        if self.element_start == 0 {
            return Ok(());
        }
        let begun = self.batch.split_off(self.element_start);
        let batch = std::mem::replace(&mut self.batch, begun);
        self.element_start = 0;
        let first = std::mem::replace(&mut self.first, self.next);
        log.hand_out(first, self.next - first, Content::Lines(batch))
    }

    /// Hands out the rest. `whole` tells that the content came to its end.
    fn finish(mut self, log: &mut Log<'_, '_>, whole: bool) -> Result<(), Halt> {
        self.batch.truncate(self.element_start);
        self.hand_out(log)?;
        self.large.close(log)?;
        self.stray.close(log)?;
        let place = Place::Element(self.next);
        match (self.element.is_some(), self.in_array || self.envelope.is_some()) {
            (true, _) if whole => {
                log.problem(place, code::TRUNCATED, 1, "the document ends within an element".to_owned())
            }
            (true, _) => {
                log.leave_out();
                Ok(())
            }
            (false, true) if whole => log.problem(
                place,
                code::TRUNCATED,
                0,
                "the document ends before what is open in it does".to_owned(),
            ),
            (false, _) => Ok(()),
        }
    }
}

/// Follows brackets and strings through an element, and no more of JSON than that: what the
/// element says is for its parser to judge.
#[derive(Debug, Clone, Default)]
struct Nesting {
    depth: u32,
    deepest: u32,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Goes on through `bytes`; returns where the element ends, if it ends in them.
    fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = usize::from(std::mem::take(&mut self.escaped));
        while at < bytes.len() {
            if self.in_string {
                match bytes[at] {
                    b'\\' if at + 1 == bytes.len() => {
                        self.escaped = true;
                        return None;
                    }
                    b'\\' => at += 2,
                    b'"' => {
                        self.in_string = false;
                        at += 1;
                    }
                    _ => at += 1 + memchr::memchr2(b'"', b'\\', &bytes[at + 1..])?,
                }
            } else {
                at +=
                    bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']'))? + 1;
                match bytes[at - 1] {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => {
                        self.depth = self.depth.saturating_add(1);
                        self.deepest = self.deepest.max(self.depth);
                    }
                    _ => {
                        self.depth = self.depth.saturating_sub(1);
                        if self.depth == 0 {
                            return Some(at);
                        }
                    }
                }
            }
        }
        None
    }
}
