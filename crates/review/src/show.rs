//! Text from outside, cut to a length and with everything invisible made visible.
//!
//! Whoever attacks writes our logs. A character that turns the reading direction, joins or parts words
//! unseen, or controls a terminal is shown by its number, `⟨U+202E⟩`, so that a reader sees what is
//! there and a renderer never sees the character itself.

use cofferdam_vocabulary::is_hidden;

/// A run of text that is harmless to show, or what stands for something that is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// Visible characters.
    Text(&'t str),
    /// A character that is not shown.
    Hidden(char),
    /// So many characters more were cut away.
    Cut(usize),
}

/// Cuts the text into pieces; at most `most` characters of it are kept.
pub(crate) fn pieces(text: &str, most: usize) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    let (kept, rest) = text.split_at(end);
    let mut start = 0;
    for (at, ch) in kept.char_indices().filter(|(_, ch)| is_hidden(*ch)) {
        if start < at {
            out.push(Piece::Text(&kept[start..at]));
        }
        out.push(Piece::Hidden(ch));
        start = at + ch.len_utf8();
    }
    if start < kept.len() {
        out.push(Piece::Text(&kept[start..]));
    }
    if !rest.is_empty() {
        out.push(Piece::Cut(rest.chars().count()));
    }
    out
}

/// The pieces as one plain text.
pub(crate) fn plain(text: &str, most: usize) -> String {
    let mut out = String::new();
    for piece in pieces(text, most) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Hidden(ch) => out.push_str(&mark(ch)),
            Piece::Cut(more) => out.push_str(&cut_mark(more)),
        }
    }
    out
}

/// What stands for a hidden character.
pub(crate) fn mark(ch: char) -> String {
    format!("⟨U+{:04X}⟩", u32::from(ch))
}

/// What stands for what was cut away.
pub(crate) fn cut_mark(more: usize) -> String {
    format!("… (+{})", crate::figures::count(more as u64, "character", "characters"))
}

/// A long name in little room: of a path its end, from a separator on where that says enough; of
/// another name the beginning and the end.
pub(crate) fn middle(text: &str, most: usize) -> String {
    let shown = plain(text, 2_000);
    let all: Vec<char> = shown.chars().collect();
    if all.len() <= most {
        return shown;
    }
    // A role and its session have a stroke between them too, and say most at their beginning.
    let is_path = shown.starts_with('/') || shown.contains('\\') || shown.contains("://");
    let is_separator = |ch: &char| is_path && matches!(ch, '/' | '\\');
    if let Some(last) = all.iter().rposition(is_separator) {
        let end = &all[all.len() - (most - 1)..];
        // The last name is whole if it has room, and begins where it begins.
        let from = end.iter().position(is_separator).filter(|_| all.len() - last < most).unwrap_or(0);
        return ['…'].iter().chain(&end[from..]).collect();
    }
    let tail = most / 3;
    let head = most - 1 - tail;
    all[..head].iter().chain(&['…']).chain(&all[all.len() - tail..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_shown_by_number() {
        let cases = [
            ("größer 1 € 日本 é", "größer 1 € 日本 é"),
            ("\u{202e}txt.exe", "⟨U+202E⟩txt.exe"),
            ("a\u{0}b\u{1b}[31mc\n", "a⟨U+0000⟩b⟨U+001B⟩[31mc⟨U+000A⟩"),
            ("zero\u{200b}width\u{feff}", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
            ("tag\u{e0041}\u{fffe}", "tag⟨U+E0041⟩⟨U+FFFE⟩"),
        ];
        for (text, want) in cases {
            assert_eq!(plain(text, 100), want);
        }
    }

    #[test]
    fn a_cut_says_how_much_is_missing() {
        assert_eq!(plain("abcdef", 4), "abcd… (+2 characters)");
        assert_eq!(plain("abcd", 4), "abcd");
    }

    #[test]
    fn the_end_of_a_path_and_the_beginning_of_a_name_remain() {
        assert_eq!(middle("/usr/local/sbin/backup", 12), "…/backup");
        assert_eq!(middle("/usr/local/sbin/backup", 13), "…/sbin/backup");
        assert_eq!(middle("/usr/a-very-long-file-name", 10), "…file-name");
        assert_eq!(middle("abcdefghijklmnop", 9), "abcde…nop");
        assert_eq!(middle("backup-role/session-4711", 12), "backup-…4711");
        assert_eq!(middle("short", 9), "short");
    }

    proptest::proptest! {
        #[test]
        fn nothing_hidden_is_left(text in proptest::collection::vec(proptest::char::any(), 0..80), most in 0usize..60) {
            let text: String = text.into_iter().collect();
            proptest::prop_assert!(!plain(&text, most).chars().any(is_hidden));
            proptest::prop_assert!(middle(&text, 20).chars().count() <= 20);
        }
    }
}
