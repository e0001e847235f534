//! One pass over the text of a JSON object: brackets, names and values, each where it stands.
//! Source: RFC 8259.
//!
//! Within strings only the end is looked for: a control character or an odd escape in them is the
//! business of whoever wrote the log, and no reason to lose the record.

use super::json::JsonError;
use super::seek;
use crate::event::{Value, unescape};
use std::borrow::Cow;

/// A place in the text.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    /// At the start of the text.
    pub(super) fn new(text: &'a str) -> Walk<'a> {
        Walk { text, at: 0 }
    }

    /// The next byte that is no blank, which is not taken.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Takes the byte that [`peek`](Walk::peek) showed.
    #[inline]
    pub(super) fn step(&mut self) {
        self.at += 1;
    }

    /// Takes `wanted`.
    #[inline]
    pub(super) fn expect(&mut self, wanted: u8, what: &str) -> Result<(), JsonError> {
        if self.peek() != Some(wanted) {
            return Err(self.error(what));
        }
        self.step();
        Ok(())
    }

    /// Whether something stands within the brackets that were just opened; takes the end if not.
    #[inline]
    pub(super) fn has_members(&mut self, end: u8) -> Result<bool, JsonError> {
        match self.peek() {
            Some(byte) if byte == end => {
                self.step();
                Ok(false)
            }
            Some(_) => Ok(true),
            None => Err(self.error("an end of what was begun")),
        }
    }

    /// Whether another member follows the one that was just read; takes the comma or the end.
    #[inline]
    pub(super) fn has_more(&mut self, end: u8) -> Result<bool, JsonError> {
        match self.peek() {
            Some(b',') => {
                self.step();
                Ok(true)
            }
            Some(byte) if byte == end => {
                self.step();
                Ok(false)
            }
            _ => Err(self.error("`,` or the end of what was begun")),
        }
    }

    /// A name and the colon behind it.
    #[inline(always)]
    pub(super) fn key(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let (raw, is_plain) = self.raw_key()?;
        Ok(if is_plain { Cow::Borrowed(raw) } else { Cow::Owned(unescape(raw)) })
    }

    /// As [`key`](Walk::key): the name as it is written, and whether it is free of escapes.
    #[inline(always)]
    pub(super) fn raw_key(&mut self) -> Result<(&'a str, bool), JsonError> {
        self.expect(b'"', "a name in quotes")?;
        let key = self.string()?;
        self.expect(b':', "`:` behind the name")?;
        Ok(key)
    }

    /// A string, number, truth value or null.
    #[inline]
    pub(super) fn scalar(&mut self) -> Result<Value<'a>, JsonError> {
        match self.peek() {
            Some(b'"') => {
                self.step();
                Ok(Value::Escaped(self.string()?.0))
            }
            Some(b'-' | b'0'..=b'9') => Ok(Value::Number(Cow::Borrowed(self.number()?))),
            _ => self.word(),
        }
    }

    /// The inside of the string whose quote was just [shown](Walk::peek).
    #[inline(always)]
    pub(super) fn text(&mut self) -> Result<&'a str, JsonError> {
        self.step();
        Ok(self.string()?.0)
    }

    /// Passes over the next value, whatever it is, and gives its text. Within brackets only their partners
    /// are looked for: the grammar was checked when the fields were read.
    pub(super) fn skip(&mut self) -> Result<&'a str, JsonError> {
        let start = match self.peek() {
            Some(b'{' | b'[') => self.at,
            _ => {
                let start = self.at;
                self.skip_scalar()?;
                return Ok(self.text.get(start..self.at).unwrap_or_default());
            }
        };
        let mut depth = 0_usize;
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            self.at += 1;
            match byte {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(self.text.get(start..self.at).unwrap_or_default());
                    }
                }
                _ => {}
            }
        }
        Err(self.error("an end of what was begun"))
    }

    /// Passes over a string, number, truth value or null.
    fn skip_scalar(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'"') => {
                self.step();
                self.string().map(drop)
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            _ => self.word().map(drop),
        }
    }

    /// Calls `with` at the value of each member of the object that comes next; it takes the value. Any other
    /// value is passed over.
    pub(super) fn members(
        &mut self,
        mut with: impl FnMut(&mut Self, &str) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if self.peek() != Some(b'{') {
            return self.skip().map(drop);
        }
        self.step();
        let mut more = self.has_members(b'}')?;
        while more {
            match self.raw_key()? {
                (key, true) => with(self, key)?,
                (raw, false) => with(self, &unescape(raw))?,
            }
            more = self.has_more(b'}')?;
        }
        Ok(())
    }

    /// As [`members`](Walk::members) for the elements of an array.
    pub(super) fn elements(
        &mut self,
        mut with: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if self.peek() != Some(b'[') {
            return self.skip().map(drop);
        }
        self.step();
        let mut more = self.has_members(b']')?;
        while more {
            with(self)?;
            more = self.has_more(b']')?;
        }
        Ok(())
    }

    /// The end of the text.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(JsonError::Invalid { reason: "something follows the object".to_owned() }),
        }
    }

    /// The inside of the string whose quote was just read, its end taken, and whether it is free of
    /// escapes.
    #[inline(always)]
    fn string(&mut self) -> Result<(&'a str, bool), JsonError> {
        let start = self.at;
        let mut is_plain = true;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            match seek::first_of_two(rest, b'"', b'\\') {
                Some(end) if rest[end] == b'"' => {
                    let inside = self.text.get(start..self.at + end).unwrap_or_default();
                    self.at += end + 1;
                    return Ok((inside, is_plain));
                }
                Some(escape) => {
                    is_plain = false;
                    self.at += escape + 2;
                }
                None => {
                    self.at = start;
                    return Err(self.error("an end of the string that begins here"));
                }
            }
        }
    }

    /// The number whose first byte was just [shown](Walk::peek).
    pub(super) fn number(&mut self) -> Result<&'a str, JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let digits = rest.bytes().take_while(is_part).count();
        let number = &rest[..digits];
        if !number.ends_with(|ch: char| ch.is_ascii_digit()) {
            return Err(self.error("a number"));
        }
        self.at += digits;
        Ok(number)
    }

    fn word(&mut self) -> Result<Value<'a>, JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let words = [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)];
        match { words }.into_iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                self.at += word.len();
                Ok(value)
            }
            None => Err(self.error("a value")),
        }
    }

    #[cold]
    fn error(&self, wanted: &str) -> JsonError {
        let reason = match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(_) => format!("expected {wanted} at byte {}", self.at + 1),
            None => format!("expected {wanted}, and the line ends"),
        };
        JsonError::Invalid { reason }
    }
}
