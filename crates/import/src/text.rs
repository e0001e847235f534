//! What has no place of its own, as Markdown that people read.

use crate::left::says_something;
use serde_json::Value;

/// Bytes of one note: people can change it, which they can as long as it has 16,000 characters.
const NOTE_BYTES: usize = 15_500;

/// Lines of a text that grows.
#[derive(Clone, Debug, Default)]
pub struct Lines(String);

impl Lines {
    /// A heading over what follows.
    pub fn heading(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str("## ");
        self.0.push_str(&one_line(text));
        self.0.push_str("\n\n");
    }

    /// A field with what it is called, if it says something.
    pub fn field(&mut self, label: &str, text: Option<String>) {
        let Some(text) = text else { return };
        if text.contains('\n') {
            self.paragraph(&format!("{label}:"));
            self.paragraph(&text);
        } else {
            self.0.push_str(&format!("- {label}: {text}\n"));
        }
    }

    /// Text of its own.
    pub fn paragraph(&mut self, text: &str) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
        self.0.push_str(text.trim());
        self.0.push_str("\n\n");
    }

    /// Each value within, under its path.
    pub fn flat(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                members
                    .iter()
                    .for_each(|(name, value)| self.flat(&format!("{path}.{}", one_line(name)), value));
            }
            Value::Array(items) => items.iter().for_each(|item| self.flat(path, item)),
            Value::String(text) if says_something(value) => self.field(path, Some(text.trim().to_owned())),
            value if says_something(value) => self.field(path, Some(value.to_string())),
            _ => {}
        }
    }

    /// Nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// What was said.
    pub fn done(self) -> String {
        self.0.trim().to_owned()
    }

    /// As notes under this title, each of which fits.
    pub fn notes(self, title: &str) -> Vec<String> {
        if self.is_empty() {
            return Vec::new();
        }
        let pieces = pieces(self.0.trim(), NOTE_BYTES);
        let count = pieces.len();
        let part = |(at, piece): (usize, &str)| match count {
            1 => format!("# {title}\n\n{piece}"),
            _ => format!("# {title} ({} of {count})\n\n{piece}", at + 1),
        };
        pieces.into_iter().enumerate().map(part).collect()
    }
}

/// A text in one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text in pieces of at most so many bytes, cut behind lines where that is possible.
fn pieces(text: &str, most: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while rest.len() > most {
        let mut end = most;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let line = rest.get(..end).and_then(|fits| fits.rfind('\n')).filter(|at| *at > most / 2);
        let (piece, behind) = rest.split_at(line.unwrap_or(end));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_of_a_long_text_is_lost() {
        let text = format!("{}\n{}é{}", "a".repeat(70), "b ".repeat(40), "é".repeat(90));
        for most in [10, 50, 99, 1000] {
            let pieces = pieces(&text, most);
            assert_eq!(pieces.concat(), text);
            assert!(pieces.iter().all(|piece| piece.len() <= most));
        }
    }
}
