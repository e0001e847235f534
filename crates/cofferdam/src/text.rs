//! Text from outside, made harmless for a terminal, and fitted to its width.

use std::borrow::Cow;

/// Replaces what could steer a terminal or turn the reading direction: control characters, escape
/// sequences, bidirectional marks and other invisible characters.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_steering) {
        Cow::Owned(text.chars().map(|ch| if is_steering(ch) { '\u{FFFD}' } else { ch }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn is_steering(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{61C}')
}

/// Cuts to `width` columns, with an ellipsis if something was lost.
pub fn cut(text: &str, width: usize) -> String {
    use unicode_width::UnicodeWidthStr;
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for ch in text.chars() {
        if out.width() + unicode_width::UnicodeWidthChar::width(ch).unwrap_or(0) + 1 > width {
            break;
        }
        out.push(ch);
    }
    out.push('…');
    out
}

/// Breaks into lines of at most `width` columns; words longer than that are cut apart.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(text, width.max(20)).into_iter().map(Cow::into_owned).collect()
}

/// A count and what is counted: `1 rule`, `12,345 rules`.
pub fn count(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", group(count), if count == 1 { one } else { many })
}

/// A count with its thousands apart: `12,345`.
pub fn group(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\u{202e}c\n"), "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}");
        assert_eq!(plain("größer 1 € 日本"), "größer 1 € 日本");
    }

    #[test]
    fn counts_are_grouped() {
        for (count, want) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(group(count), want);
        }
    }

    #[test]
    fn cutting_counts_columns() {
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
