//! What is wrong with a configuration, and where. What may be a secret is covered before a line is shown.

use super::file::ConfigurationFile;
use super::given::Span;
use super::origin::Origin;
use crate::remark::Remark;
use crate::text::plain;
use std::cmp::Ordering;
use std::io::{self, Write};

/// What is wrong with a setting, or with the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// To search and look up.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What can be done about it.
    pub help: Option<String>,
    /// Who wrote it.
    pub origin: Origin,
    /// Where in the file, if it is from there.
    pub span: Option<Span>,
}

/// A name that nothing has; what stands behind it is not known to be harmless.
pub const UNKNOWN: &str = "config::unknown-setting";
/// A value that the setting does not take.
pub const VALUE: &str = "config::value";
/// Settings that do not go together.
pub const TOGETHER: &str = "config::together";
/// A file that is no TOML.
pub const SYNTAX: &str = "config::syntax";
/// A file that a setting names and that is not what it should be.
pub const FILE: &str = "config::file";

/// Words in the names of settings that hold secrets, known or not.
const SECRETS: [&str; 4] = ["secret", "passw", "token", "credential"];

/// All that is wrong with a configuration.
#[derive(Debug)]
pub struct Rejected {
    remarks: Vec<Remark>,
    /// The file, with what may be a secret covered.
    shown: Option<String>,
}

impl Rejected {
    /// Of problems, in the order of their places.
    pub fn of(problems: &[Problem], file: Option<&ConfigurationFile>) -> Rejected {
        let shown = file.map(|file| cover(&file.text, problems));
        let mut remarks: Vec<Remark> =
            problems.iter().map(|problem| problem.remark(file, shown.as_deref())).collect();
        remarks.sort_by_key(|remark| (remark.line.is_none(), remark.line, remark.column));
        Rejected { remarks, shown }
    }

    /// How many problems there are.
    pub fn len(&self) -> usize {
        self.remarks.len()
    }

    /// The code of the first.
    pub fn code(&self) -> &'static str {
        self.remarks.first().map_or(VALUE, |remark| remark.code)
    }

    /// Writes all of them, with the lines in question.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.remarks.iter().try_for_each(|remark| remark.write(out, self.shown.as_deref()))
    }
}

impl Problem {
    fn remark(&self, file: Option<&ConfigurationFile>, shown: Option<&str>) -> Remark {
        let mut remark = Remark {
            code: self.code,
            rule: None,
            message: self.message.clone(),
            help: self.help.clone(),
            file: self.origin.to_string(),
            line: None,
            column: None,
            text: None,
        };
        if let (Some(file), Some(span)) = (file, &self.span) {
            let (line, column) = place(&file.text, span.start);
            remark.file = plain(&file.path.display().to_string()).into_owned();
            remark.line = Some(line);
            remark.column = Some(column);
            let meant = file.text.get(span.clone()).unwrap_or_default();
            let drawn = shown.and_then(|shown| shown.lines().nth(line - 1)).unwrap_or_default();
            // Of what is covered the place alone is shown, not even how long it is.
            let open = drawn.trim_end_matches(COVER).chars().count();
            let meant = meant.lines().next().unwrap_or_default();
            remark.text = match column.cmp(&(open + 1)) {
                _ if !self.is_drawn(drawn) => None,
                Ordering::Less => Some(meant.to_owned()),
                Ordering::Equal => Some(COVER.to_string()),
                Ordering::Greater => None,
            };
        }
        remark
    }

    /// What breaks the form of the file may be a line of some longer value; such a line is not shown.
    fn is_drawn(&self, line: &str) -> bool {
        self.code != SYNTAX || line.contains('=') || line.trim_start().starts_with('[')
    }
}

/// Line and column of a byte, both counted from 1, the column in characters.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

const COVER: char = '…';

/// The text with the values covered that stand behind unknown names and behind names that tell of secrets.
fn cover(text: &str, problems: &[Problem]) -> String {
    let is_unknown = |problem: &&Problem| problem.code == UNKNOWN;
    let unknown: Vec<usize> =
        problems.iter().filter(is_unknown).filter_map(|problem| Some(problem.span.as_ref()?.end)).collect();
    let mut shown = String::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let of_unknown =
            unknown.iter().filter_map(|end| end.checked_sub(start)).filter(|end| *end <= line.len());
        let name_end = of_unknown.chain(secret_name(line)).min();
        let sign = name_end.and_then(|end| Some(end + line.get(end..)?.find('=')? + 1));
        match sign.and_then(|sign| line.get(..sign)) {
            Some(open) => shown.push_str(&format!("{open} {COVER}\n")),
            None => shown.push_str(line),
        }
        start += line.len();
    }
    shown
}

/// Where in the line a name begins that tells of a secret.
fn secret_name(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    SECRETS.iter().filter_map(|word| lower.find(word)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_covered() {
        let of_unknown = |span| Problem {
            code: UNKNOWN,
            message: String::new(),
            help: None,
            origin: Origin::Default,
            span: Some(span),
        };
        let text =
            "a = 1\nOIDC.Client_Secret = 'x'\nidel = 2\nlisten = '::'\noidc = { token = 'a=b' }\n[sesion]\n";
        let idel = text.find("idel").unwrap();
        let sesion = text.find("sesion").unwrap();
        assert_eq!(
            cover(text, &[of_unknown(idel..idel + 4), of_unknown(sesion..sesion + 6)]),
            "a = 1\nOIDC.Client_Secret = …\nidel = …\nlisten = '::'\noidc = { token = …\n[sesion]\n"
        );
    }

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        for (at, want) in [(0, (1, 1)), (2, (1, 2)), (4, (2, 1)), (5, (2, 2)), (6, (2, 2)), (99, (3, 1))] {
            assert_eq!(place("éa\nbé\n", at), want, "{at}");
        }
    }
}
