//! Notes as clients read them.

use crate::ledger::{ActorView, plain_text};
use cofferdam_journal::incident::NoteNumber;
use cofferdam_journal::{Entry, Fact, Personal};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A note as it is now.
#[derive(Clone, Serialize, ToSchema)]
pub struct NoteView {
    /// Its number in the incident.
    note: u64,
    /// How often it was written; to be sent back as `base` by whoever revises it.
    revision: u64,
    /// What it says, as Markdown; `null` when some of it was erased.
    text: Option<String>,
    /// Who wrote this revision.
    by: ActorView,
    /// When this revision was written.
    revised: Timestamp,
    /// When the first was written.
    written: Timestamp,
}

/// A page of notes.
#[derive(Serialize, ToSchema)]
pub struct NotePage {
    /// The notes.
    items: Vec<NoteView>,
    /// `after` of the next page; none when this is the last.
    next: Option<u64>,
}

/// A note with every revision.
#[derive(Serialize, ToSchema)]
pub struct NoteWhole {
    #[serde(flatten)]
    now: NoteView,
    /// All of them, the first first.
    revisions: Vec<RevisionView>,
}

/// A revision of a note.
#[derive(Serialize, ToSchema)]
pub struct RevisionView {
    /// Which.
    revision: u64,
    /// What it said; `null` when some of it was erased.
    text: Option<String>,
    /// Who wrote it.
    by: ActorView,
    /// When.
    at: Timestamp,
}

/// All notes of an incident, with the entries that wrote them.
pub struct Written<'e>(BTreeMap<NoteNumber, Vec<(&'e Entry, &'e [Personal])>>);

impl<'e> Written<'e> {
    /// Out of the entries of an incident.
    pub fn of(entries: &'e [Entry]) -> Written<'e> {
        let mut notes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entry in entries {
            if let Fact::NoteWritten { note, text } | Fact::NoteRevised { note, text } = &entry.fact {
                notes.entry(*note).or_default().push((entry, text.as_slice()));
            }
        }
        Written(notes)
    }

    /// Notes behind this one.
    pub fn page(&self, after: Option<u64>, limit: usize) -> NotePage {
        let mut behind = self.0.keys().copied().filter(|note| after.is_none_or(|after| note.0 > after));
        let items: Vec<NoteView> = behind.by_ref().take(limit).filter_map(|note| self.now(note)).collect();
        let next = behind.next().and_then(|_| items.last().map(|last| last.note));
        NotePage { items, next }
    }

    /// A note as it is now.
    pub fn now(&self, note: NoteNumber) -> Option<NoteView> {
        let revisions = self.0.get(&note)?;
        let ((first, _), (last, said)) = (revisions.first()?, revisions.last()?);
        Some(NoteView {
            note: note.0,
            revision: revisions.len() as u64,
            text: text(said),
            by: ActorView::of(&last.actor),
            revised: last.head.time,
            written: first.head.time,
        })
    }

    /// A note with every revision.
    pub fn whole(&self, note: NoteNumber) -> Option<NoteWhole> {
        let now = self.now(note)?;
        let revisions = self.0.get(&note)?.iter().zip(1..);
        let revisions = revisions.map(|((entry, said), revision)| RevisionView {
            revision,
            text: text(said),
            by: ActorView::of(&entry.actor),
            at: entry.head.time,
        });
        Some(NoteWhole { now, revisions: revisions.collect() })
    }
}

/// The text of its parts; none when one of them was erased.
fn text(parts: &[Personal]) -> Option<String> {
    parts.iter().map(plain_text).collect()
}
