//! Where a record is kept that stands in another with escapes, so that its fields can borrow from it.

use std::cell::OnceCell;

/// Room for what is unescaped while one line is read: a line that carries another, which may itself hold a
/// record as text. Nothing nests deeper.
#[derive(Debug, Default)]
pub struct Room {
    kept: [OnceCell<String>; 2],
}

impl Room {
    /// Keeps the text as long as the room; `None` when the room is full.
    pub(super) fn keep(&self, text: String) -> Option<&str> {
        let cell = self.kept.iter().find(|cell| cell.get().is_none())?;
        Some(cell.get_or_init(|| text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_keeps_two_texts_and_no_more() {
        let room = Room::default();
        let kept = ["a", "b", "c"].map(|text| room.keep(text.to_owned()));
        assert_eq!(kept, [Some("a"), Some("b"), None]);
    }
}
