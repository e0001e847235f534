//! Notes of an incident: what people know, think and agreed on, as Markdown. Every revision is kept.

use super::{Incident, IncidentRefusal};
use crate::fact::Fact;
use crate::personal::Personal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Notes of one incident.
pub const NOTES: usize = 1000;
/// Parts of one text; each has room for [`crate::VALUE_BYTES`].
pub const NOTE_PARTS: usize = 40;

/// Which note of its incident, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoteNumber(pub u64);

/// A note as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How often it was written, from 1.
    pub revision: u64,
    /// What it says, as parts of one text.
    pub text: Vec<Personal>,
}

impl FromStr for NoteNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<NoteNumber, Self::Err> {
        text.parse().map(NoteNumber)
    }
}

impl fmt::Display for NoteNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Whether there is anything in it that can be read. What was erased said something.
fn says_something(text: &[Personal]) -> bool {
    text.iter().any(|part| part.known().is_none_or(|part| !part.trim().is_empty()))
}

impl Incident {
    pub(super) fn write_note(&self, text: Vec<Personal>) -> Result<Vec<Fact>, IncidentRefusal> {
        if self.notes.len() >= NOTES {
            return Err(IncidentRefusal::TooManyNotes);
        }
        let text = fitting(text)?;
        let note = NoteNumber(self.notes.keys().next_back().map_or(1, |last| last.0.saturating_add(1)));
        Ok(vec![Fact::NoteWritten { note, text }])
    }

    /// Only what somebody read is written over: otherwise what others wrote meanwhile would be lost.
    pub(super) fn revise_note(
        &self,
        note: NoteNumber,
        base: u64,
        text: Vec<Personal>,
    ) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.notes.get(&note).ok_or(IncidentRefusal::NoSuchNote { note })?;
        let text = fitting(text)?;
        if known.text == text {
            return Ok(vec![]);
        }
        if known.revision != base {
            return Err(IncidentRefusal::NoteRevised { note, revision: known.revision });
        }
        Ok(vec![Fact::NoteRevised { note, text }])
    }

    pub(super) fn noted(&mut self, note: NoteNumber, text: &[Personal]) {
        let revision = self.notes.get(&note).map_or(0, |note| note.revision) + 1;
        self.notes.insert(note, Note { revision, text: text.to_vec() });
    }
}

fn fitting(text: Vec<Personal>) -> Result<Vec<Personal>, IncidentRefusal> {
    match text.len() {
        1..=NOTE_PARTS if says_something(&text) => Ok(text),
        1..=NOTE_PARTS | 0 => Err(IncidentRefusal::EmptyNote),
        _ => Err(IncidentRefusal::LongNote),
    }
}
