//! Where a record is kept that stands in another with escapes, so that its fields can borrow from it.

use crate::event::{Event, Field};
use std::cell::{Cell, OnceCell};
use std::fmt;

/// Room for what is unescaped while one line is read: a line that carries another, which may itself hold a
/// record as text. Nothing nests deeper. Memory for fields comes from the line before.
#[derive(Default)]
pub struct Room {
    kept: [OnceCell<String>; 2],
    fields: Cell<Vec<Field<'static>>>,
}

/// Memory for fields, of which none is left.
#[derive(Default)]
pub struct Memory(Vec<Field<'static>>);

/// Fields for which memory is kept from one line to the next.
const FIELDS_KEPT: usize = 512;

impl Memory {
    /// What an event took that nobody needs any more.
    pub fn of(event: Event<'_>) -> Memory {
        let mut fields = event.fields;
        if fields.capacity() > FIELDS_KEPT {
            return Memory::default();
        }
        // Most hold nothing of their own: to see that here is quicker than to ask them one by one.
        while let Some(Field { name, value }) = fields.pop() {
            drop(name);
            match value.part() {
                Some(_) => std::mem::forget(value),
                None => drop(value),
            }
        }
        // Nothing is left that could borrow from the line: what is collected is the memory alone.
        Memory(fields.into_iter().map_while(|_| None).collect())
    }
}

impl Room {
    /// Makes room for the next line.
    pub fn clear(&mut self) {
        self.kept.iter_mut().for_each(|kept| drop(kept.take()));
    }

    /// Keeps memory for the fields of the next event.
    pub fn reuse(&self, memory: Memory) {
        self.fields.set(memory.0);
    }

    /// An empty list of fields with memory for some: of the event before, for whoever comes first.
    pub(super) fn fields<'a>(&self, expected: usize) -> Vec<Field<'a>> {
        let mut fields: Vec<Field<'a>> = self.fields.take();
        fields.reserve(expected);
        fields
    }

    /// Keeps the text as long as the room; `None` when the room is full.
    pub(super) fn keep(&self, text: String) -> Option<&str> {
        let cell = self.kept.iter().find(|cell| cell.get().is_none())?;
        Some(cell.get_or_init(|| text))
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Room").field("kept", &self.kept).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventClass;

    #[test]
    fn a_room_keeps_two_texts_and_no_more() {
        let room = Room::default();
        let kept = ["a", "b", "c"].map(|text| room.keep(text.to_owned()));
        assert_eq!(kept, [Some("a"), Some("b"), None]);
    }

    #[test]
    fn memory_of_a_record_serves_the_next() {
        let mut event = Event::new(EventClass::UNKNOWN, "");
        event.fields = Room::default().fields(8);
        event.push("a", "b".to_owned());
        let memory = event.fields.as_ptr().addr();
        let memory_before = Memory::of(event);
        let mut room = Room::default();
        room.keep("a".to_owned());
        room.clear();
        room.reuse(memory_before);
        assert_eq!(room.keep("b".to_owned()), Some("b"));
        let fields = room.fields(8);
        assert!(fields.is_empty());
        assert_eq!(fields.as_ptr().addr(), memory);
        assert_eq!(room.fields(8).len(), 0);
        let mut large = Event::new(EventClass::UNKNOWN, "");
        large.fields.reserve(FIELDS_KEPT + 1);
        assert_eq!(Memory::of(large).0.capacity(), 0);
    }
}
