//! Shows where in a file something stands, as compilers do.

use crate::excerpt::Excerpt;
use serde::Serialize;
use std::io::{self, Write};

/// Something to say of a place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// To search, alert and look up.
    pub code: &'static str,
    /// The rule's title, where it has one.
    pub rule: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What can be done about it.
    pub help: Option<String>,
    /// The file, or what else it stands in.
    pub file: String,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column of `text`, counted from 1.
    pub column: Option<usize>,
    /// What stands there and is meant.
    #[serde(skip)]
    pub text: Option<String>,
}

impl Remark {
    /// Finds where the first of the keys stands in the document that begins at the remark's line.
    pub fn at_key(mut self, file: Option<&str>, keys: &[&str]) -> Remark {
        let first = self.line.unwrap_or(1);
        let Some(file) = file else { return self };
        for key in keys {
            // The document ends where the next begins.
            let lines = file.lines().enumerate().skip(first.saturating_sub(1));
            let own = lines.take_while(|(at, line)| *at < first || !line.starts_with("---"));
            for (at, line) in own {
                if let Some(column) = find_key(line, key) {
                    self.line = Some(at + 1);
                    self.column = Some(line.get(..column).unwrap_or_default().chars().count() + 1);
                    self.text = Some((*key).to_owned());
                    return self;
                }
            }
        }
        self
    }

    /// Writes it, within 80 columns, and an empty line.
    pub fn write(&self, out: &mut impl Write, file: Option<&str>) -> io::Result<()> {
        let rule = self.rule.as_ref().map(|title| format!("rule `{title}`: ")).unwrap_or_default();
        let excerpt = Excerpt {
            code: self.code,
            message: &format!("{rule}{}", self.message),
            help: self.help.as_deref(),
            source: &self.file,
            line: self.line,
            column: self.column,
            part: self.text.as_deref(),
            text: file,
        };
        excerpt.write(out)?;
        writeln!(out)
    }
}

/// Where the line has the word as a key, a value, or a value in a list of one line.
fn find_key(line: &str, word: &str) -> Option<usize> {
    let is_part = |ch: char| ch.is_alphanumeric() || matches!(ch, '.' | '_' | '-');
    line.match_indices(word).map(|(at, _)| at).find(|&at| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        !before.trim_start().starts_with('#') && !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    fn show(remark: Remark, keys: &[&str], text: &str) -> String {
        let mut out = Vec::new();
        remark.at_key(Some(text), keys).write(&mut out, Some(text)).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    fn remark(message: &str, help: &str) -> Remark {
        Remark {
            code: "detect::unknown-field",
            rule: Some("odd logon".to_owned()),
            message: message.to_owned(),
            help: Some(help.to_owned()),
            file: "rules/odd.yml".to_owned(),
            line: Some(1),
            column: None,
            text: None,
        }
    }

    #[test]
    fn the_place_is_shown_with_a_caret() {
        let text = "title: odd logon\ndetection:\n  s:\n    UserNmae: admin\n---\nUserNmae: x\n";
        assert_eq!(
            show(remark("no event has `UserNmae`", "did you mean `UserName`?"), &["UserNmae"], text),
            "error[detect::unknown-field]: rule `odd logon`: no event has `UserNmae`\n --> rules/odd.yml:4:5\n\
             4 |     UserNmae: admin\n  |     ^^^^^^^^ help: did you mean `UserName`?\n\n"
        );
        assert_eq!(
            show(remark("no event has `a`", "none"), &["a"], text),
            "error[detect::unknown-field]: rule `odd logon`: no event has `a`\n --> rules/odd.yml:1\n  help: none\n\n"
        );
    }

    #[test]
    fn nothing_is_wider_than_80_columns_or_steers_the_terminal() {
        let text = format!("{}\u{1b}[31m{} UserNmae: {}", "é".repeat(60), "日本", "x".repeat(200));
        let shown = show(remark(&"long words ".repeat(20), &"help ".repeat(30)), &["UserNmae"], &text);
        assert!(shown.lines().all(|line| line.width() <= 80), "{shown}");
        assert!(!shown.contains('\u{1b}'));
    }
}
