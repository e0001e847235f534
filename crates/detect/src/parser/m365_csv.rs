//! Reads Microsoft 365's unified audit log as people export it: CSV rows of Purview's search and of
//! `Search-UnifiedAuditLog`, whose cell `AuditData` holds the record as JSON.
//! Source: Microsoft Purview, "Export, configure, and view audit log records".

use super::cut::Cut;
use super::room::Room;
use super::{TextFormat, m365};
use crate::event::Event;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || (m365::FORMAT.classes)(), read: |line, _, _, room| read(line, room) };

/// Between cells: comma, or what spreadsheets and scripts put in its place.
const DELIMITERS: [char; 3] = [',', ';', '\t'];

/// A row of names is no longer than this.
const NAMES_BYTES: usize = 2_000;

/// Reads one row; `None` when it holds no record of an audit.
fn read<'a>(line: &'a str, room: &'a Room) -> Option<Event<'a>> {
    let record = m365::exported(room.keep(cell(line)?)?)?;
    Some(Event { text: line.into(), ..record })
}

/// The first cell that holds an object of JSON, without the quotes of CSV.
fn cell(line: &str) -> Option<String> {
    let start = start_of_object(line)?;
    let (before, cell) = (line.get(..start)?, line.get(start + 1..)?);
    if !before.is_empty() && !before.ends_with(DELIMITERS) {
        return None;
    }
    let mut text = String::with_capacity(cell.len());
    let mut rest = cell;
    // Two quotes stand for one; a single one ends the cell.
    let after = loop {
        let (part, behind) = rest.cut(b'"')?;
        text.push_str(part);
        let Some(more) = behind.strip_prefix('"') else { break behind };
        text.push('"');
        rest = more;
    };
    let after = after.trim_end_matches(['\r', '\n']);
    (after.is_empty() || after.starts_with(DELIMITERS)).then_some(text)
}

/// Where the first `"{""` stands.
fn start_of_object(line: &str) -> Option<usize> {
    let brackets = memchr::memchr_iter(b'{', line.as_bytes());
    let starts = brackets.filter_map(|at| at.checked_sub(1));
    { starts }.find(|start| line.get(*start..).is_some_and(|text| text.starts_with("\"{\"\"")))
}

/// Whether the line names the columns of such an export. Each cell must be a plain name, so that nobody
/// can write a line of more than names which is then not looked into.
pub(super) fn is_heading(line: &str) -> bool {
    let line = line.trim_start_matches('\u{FEFF}').trim_end_matches(['\r', '\n']);
    let names = || line.split(DELIMITERS).map(|cell| cell.trim_matches('"'));
    line.len() <= NAMES_BYTES
        && names().any(|name| name == "AuditData")
        && names().any(|name| matches!(name, "CreationDate" | "CreationTime"))
        && names().all(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_ends_with_its_quote() {
        for (line, want) in [
            (r#"1,"{""a"":""b""}""#, Some(r#"{"a":"b"}"#)),
            (r#"1,"{""a"":""b,\""c\""""}",,"#, Some(r#"{"a":"b,\"c\""}"#)),
            ("1;\"{\"\"a\"\":1}\";2\r\n", Some(r#"{"a":1}"#)),
            (r#""{""a"":1}""#, Some(r#"{"a":1}"#)),
            (r#"1,"{""a"":1"#, None),
            (r#"1,"{""a"":1}"x"#, None),
            (r#"1 "{""a"":1}""#, None),
            (r#"1,"{"a":1}""#, None),
            ("", None),
        ] {
            assert_eq!(cell(line).as_deref(), want, "{line}");
        }
    }

    #[test]
    fn only_names_are_a_heading() {
        for (line, want) in [
            ("RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits", true),
            ("\u{FEFF}\"RecordType\",\"CreationDate\",\"UserIds\",\"Operations\",\"AuditData\"\r\n", true),
            ("CreationDate,AuditData,curl http://203.0.113.9/", false),
            ("CreationDate,UserId", false),
            ("AuditData", false),
        ] {
            assert_eq!(is_heading(line), want, "{line}");
        }
    }
}
