//! Text from outside, within bounds.

use super::TEXT_KEPT;
use std::borrow::Cow;

/// The text without blanks around it, cut at [`TEXT_KEPT`] bytes; `None` when nothing is left or it only
/// says that there is nothing.
pub(super) fn kept(text: &str) -> Option<String> {
    let text = text.trim();
    if matches!(text, "" | "-" | "null" | "(null)" | "N/A" | "n/a") {
        return None;
    }
    Some(cut(text, TEXT_KEPT).into_owned())
}

/// At most `limit` bytes of the text, and whole characters; what was cut off is told by `…`.
pub(super) fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(limit)]))
}

/// The text as an error shows it: one short line.
pub(super) fn excerpt(text: &str) -> String {
    let line: String = text.chars().map(|ch| if ch.is_control() { ' ' } else { ch }).take(60).collect();
    if line.len() < text.len() { format!("{line}…") } else { line }
}

/// Lower-case hexadecimal digits, as hashes are written; `None` for what is none.
pub(super) fn hex(text: &str) -> Option<String> {
    let text = text.trim();
    let is_hex = !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| text.to_ascii_lowercase())
}
