//! Shows where in somebody's text something is wrong, as compilers do, within 80 columns.

use crate::text::{cut, plain, wrap};
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

const WIDTH: usize = 80;
/// Columns before the place when its line has to be cut at its beginning.
const BEFORE: usize = 20;
const ERROR: Style = AnsiColor::Red.on_default().bold();
const BOLD: Style = Style::new().bold();

/// What is wrong, and where.
#[derive(Clone, Copy, Debug)]
pub struct Excerpt<'t> {
    /// To search, alert and look up.
    pub code: &'static str,
    /// What is wrong.
    pub message: &'t str,
    /// What can be done about it.
    pub help: Option<&'t str>,
    /// The file, or the option that was given.
    pub source: &'t str,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column of `part`, in characters, counted from 1.
    pub column: Option<usize>,
    /// What stands there and is meant.
    pub part: Option<&'t str>,
    /// All of the text.
    pub text: Option<&'t str>,
}

impl Excerpt<'_> {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// What the output says.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let head = format!("error[{}]:", self.code);
        let message = plain(&format!("{head} {}", self.message)).into_owned();
        for (at, line) in wrap(&message, WIDTH - 2).into_iter().enumerate() {
            match line.strip_prefix(&head) {
                Some(rest) if at == 0 => writeln!(out, "{ERROR}{head}{ERROR:#}{rest}")?,
                _ => writeln!(out, "  {line}")?,
            }
        }
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let column = self.column.map(|column| format!(":{column}")).unwrap_or_default();
        writeln!(out, " --> {}{line}{column}", plain(self.source))?;
        let drawn = self.draw(out)?;
        if let Some(help) = self.help.filter(|_| !drawn) {
            for (at, line) in wrap(&plain(help), WIDTH - 8).iter().enumerate() {
                writeln!(out, "  {}{line}", if at == 0 { "help: " } else { "      " })?;
            }
        }
        Ok(())
    }

    /// Draws the line and what is meant in it, with the help beside it; tells whether that had room.
    fn draw(&self, out: &mut impl Write) -> io::Result<bool> {
        let (Some(number), Some(column), Some(part)) = (self.line, self.column, self.part) else {
            return Ok(false);
        };
        let Some(line) = self.text.and_then(|text| text.lines().nth(number.saturating_sub(1))) else {
            return Ok(false);
        };
        let number = number.to_string();
        let gutter = " ".repeat(number.len());
        let width = WIDTH - number.len() - " | ".len();
        let carets = plain(part).width().clamp(1, width - BEFORE);
        let line = plain(line).replace('\t', " ");
        let before = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
        let (line, indent) = window(&line, before, carets, width);
        writeln!(out, "{number} | {line}")?;
        let help = self.help.map(|help| format!(" help: {}", plain(help))).unwrap_or_default();
        let fits = indent + carets + help.width() <= width;
        let beside = if fits { help.as_str() } else { "" };
        let carets = "^".repeat(carets);
        writeln!(out, "{gutter} | {}{BOLD}{carets}{BOLD:#}{beside}", " ".repeat(indent))?;
        Ok(fits)
    }
}

/// As much of the line as has room, with the columns that are behind this byte; and the columns before it.
fn window(line: &str, before: usize, columns: usize, width: usize) -> (String, usize) {
    let (start, rest) = line.split_at(before);
    let indent = start.width();
    if line.width() <= width || indent + columns < width {
        return (cut(line, width), indent);
    }
    let mut kept = start.len();
    for (at, _) in start.char_indices().rev() {
        if start[at..].width() >= BEFORE {
            break;
        }
        kept = at;
    }
    let kept = format!("…{}", &start[kept..]);
    (cut(&format!("{kept}{rest}"), width), kept.width())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of a part of a text of one line.
    fn show(text: &str, part: &str, help: &str) -> String {
        let column = text.split(part).next().unwrap_or_default().chars().count() + 1;
        let excerpt = Excerpt {
            code: "filter::value",
            message: "wrong",
            help: Some(help),
            source: "--filter",
            line: Some(1),
            column: Some(column),
            part: Some(part),
            text: Some(text),
        };
        let mut out = Vec::new();
        excerpt.write(&mut out).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn a_place_far_behind_is_shown_too() {
        let text = format!("{} and lvel = high {}", "a or ".repeat(40), "or b".repeat(40));
        let shown = show(&text, "lvel", "did you mean `level`?");
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1], " --> --filter:1:206");
        assert_eq!(lines[2].find("lvel").map(|at| lines[2][..at].width()), lines[3].find('^'), "{shown}");
        assert!(lines[2].starts_with("1 | …") && lines[2].ends_with('…'), "{shown}");
        assert_eq!(lines[3].trim_start_matches([' ', '|']), "^^^^ help: did you mean `level`?");
    }

    #[test]
    fn nothing_is_wider_than_80_columns() {
        for part in ["x", "日本", &"y".repeat(200), "\u{1b}[31m", "\u{301}\u{301}"] {
            for before in [0, 3, 70, 76, 77, 200] {
                let shown = show(&format!("{}{part} {}", "é".repeat(before), "z".repeat(90)), part, "h");
                assert!(shown.lines().all(|line| line.width() <= 80) && shown.contains('^'), "{shown}");
                assert!(!shown.contains('\u{1b}'), "{shown}");
            }
        }
    }
}
