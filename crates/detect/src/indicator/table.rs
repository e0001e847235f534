//! Lists in columns: comma, semicolon, tab or bar between them, with a header or without.

use super::list::is_comment;
use super::misp;
use super::read::{Place, Sink};
use super::set::Detail;
use super::value::{Value, short};
use std::collections::HashMap;
use std::sync::Arc;

/// Lines that are looked at to tell what a file is.
const TRIAL: usize = 100;

/// Headers of columns that hold any kind of value, in letters and digits alone.
const ANY: [&str; 8] =
    ["indicator", "indicatorvalue", "ioc", "iocvalue", "value", "observable", "observablevalue", "artifact"];

/// Headers of columns that hold one kind.
const ONE: [&str; 32] = [
    "ip",
    "ipaddress",
    "ipaddr",
    "address",
    "srcip",
    "dstip",
    "destip",
    "sourceip",
    "destinationip",
    "ipv4",
    "ipv6",
    "cidr",
    "network",
    "domain",
    "domainname",
    "hostname",
    "host",
    "fqdn",
    "url",
    "uri",
    "hash",
    "filehash",
    "md5",
    "md5hash",
    "sha1",
    "sha1hash",
    "sha256",
    "sha256hash",
    "imphash",
    "email",
    "emailaddress",
    "sender",
];

/// Headers of columns that say what a value is, and whether it is meant for detection.
const TYPE: [&str; 4] = ["type", "ioctype", "indicatortype", "observabletype"];
const TO_IDS: &str = "toids";

/// Headers of columns that say in words what a value is about; the first that a file has counts.
const COMMENT: [&str; 11] = [
    "comment",
    "comments",
    "description",
    "note",
    "notes",
    "remark",
    "remarks",
    "threat",
    "malware",
    "malwareprintable",
    "malwarefamily",
];

/// Distinct comments that are kept to be shared by rows to come.
const COMMENTS: usize = 4_096;

/// Where a file has its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    delimiter: u8,
    columns: Vec<usize>,
    kind: Option<usize>,
    to_ids: Option<usize>,
    comment: Option<usize>,
    /// The first line is no values.
    header: bool,
}

/// How the columns are, or `None` for a text that has none.
pub(super) fn layout(text: &str, paths: bool) -> Option<Layout> {
    let lines = || text.lines().filter(|line| !is_comment(line)).take(TRIAL);
    let count = lines().count();
    let delimiter = [',', '\t', ';', '|'].into_iter().find(|delimiter| {
        let with = lines().filter(|line| line.contains(*delimiter)).count();
        with * 5 >= count * 4 && with > 0
    })?;
    let delimiter = u8::try_from(delimiter).ok()?;
    // Some feeds have their header in the last comment.
    let comment =
        text.lines().take_while(|line| is_comment(line)).filter(|line| !line.trim().is_empty()).last();
    let comment = comment.map(|line| cells(line.trim_start_matches(['#', ' ']), delimiter));
    let first = lines().next().map(|line| cells(line, delimiter)).unwrap_or_default();
    if let Some(layout) = by_header(&first, delimiter) {
        return Some(Layout { header: true, ..layout });
    }
    if let Some(layout) = comment.and_then(|comment| by_header(&comment, delimiter)) {
        return Some(layout);
    }
    by_content(&lines().map(|line| cells(line, delimiter)).collect::<Vec<_>>(), delimiter, paths)
}

fn by_header(names: &[String], delimiter: u8) -> Option<Layout> {
    let plain = |name: &String| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let names: Vec<String> = names.iter().map(plain).collect();
    let of = |known: &[&str]| -> Vec<usize> {
        (0..names.len())
            .filter(|at| names.get(*at).is_some_and(|name| known.contains(&name.as_str())))
            .collect()
    };
    let (any, one) = (of(&ANY), of(&ONE));
    let columns = if any.is_empty() { one } else { any };
    let (kind, to_ids) = (of(&TYPE).first().copied(), of(&[TO_IDS]).first().copied());
    // In the order of `COMMENT`: a word of the analyst before a word of the feed.
    let comment = COMMENT.iter().find_map(|known| names.iter().position(|name| name == known));
    (!columns.is_empty()).then_some(Layout { delimiter, columns, kind, to_ids, comment, header: false })
}

/// The column in which most cells are values; references and notes have some as well.
fn by_content(rows: &[Vec<String>], delimiter: u8, paths: bool) -> Option<Layout> {
    let parses = |cell: &String| {
        if paths { Value::parse_with_paths(cell).is_ok() } else { Value::parse(cell).is_ok() }
    };
    let width = rows.iter().map(Vec::len).max()?;
    let counts =
        (0..width.min(TRIAL)).map(|at| rows.iter().filter(|row| row.get(at).is_some_and(parses)).count());
    let (best, count) = counts.enumerate().max_by_key(|(at, count)| (*count, std::cmp::Reverse(*at)))?;
    let header = rows.first()?.get(best).is_some_and(|cell| !parses(cell)) && rows.len() > 1;
    (count > 0).then_some(Layout {
        delimiter,
        columns: vec![best],
        kind: None,
        to_ids: None,
        comment: None,
        header,
    })
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes())
}

fn cells(line: &str, delimiter: u8) -> Vec<String> {
    let line = if line.len() > super::list::LINE { "" } else { line };
    let record = reader(line, delimiter).records().next().and_then(Result::ok);
    record.map(|record| record.iter().map(str::to_owned).collect()).unwrap_or_default()
}

pub(super) fn read(text: &str, layout: &Layout, sink: &mut Sink<'_>) {
    let mut rows = reader(text, layout.delimiter);
    let mut row = csv::StringRecord::new();
    let mut header = layout.header;
    let mut comments = Comments::default();
    loop {
        let line = rows.position().line();
        match rows.read_record(&mut row) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                sink.not_understood(Place::Line(line), &error.to_string());
                if error.is_io_error() {
                    return;
                }
                continue;
            }
        }
        let line = row.position().map_or(line, csv::Position::line);
        if row.get(0).is_some_and(is_comment) && row.len() == 1 {
            continue;
        }
        if std::mem::take(&mut header) {
            continue;
        }
        read_row(&row, line, layout, &mut comments, sink);
    }
}

/// Comments of rows: many rows have the same.
#[derive(Default)]
struct Comments {
    known: HashMap<String, Arc<Detail>>,
}

impl Comments {
    /// What a comment says of its row.
    fn detail(&mut self, comment: &str) -> Option<Arc<Detail>> {
        if matches!(comment, "" | "-" | "n/a" | "None") {
            return None;
        }
        let comment = short(comment);
        if self.known.len() >= COMMENTS {
            self.known.clear();
        }
        let detail = self.known.entry(comment).or_insert_with_key(|comment| {
            Arc::new(Detail { name: Some(comment.clone()), ..Detail::default() })
        });
        Some(Arc::clone(detail))
    }
}

fn read_row(
    row: &csv::StringRecord,
    line: u64,
    layout: &Layout,
    comments: &mut Comments,
    sink: &mut Sink<'_>,
) {
    let place = Place::Line(line);
    let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default();
    let detail = comments.detail(cell(layout.comment));
    let values =
        layout.columns.iter().filter_map(|at| row.get(*at)).filter(|cell| !matches!(*cell, "" | "-" | "n/a"));
    let mut any = false;
    for value in values {
        any = true;
        if matches!(cell(layout.to_ids), "0" | "false" | "False") {
            sink.left_out();
            continue;
        }
        let kind = cell(layout.kind).to_ascii_lowercase();
        if kind.contains('|') {
            misp::values(&kind, value, place, detail.as_ref(), sink);
        } else if misp::is_looked_for(&kind) {
            misp::one_value(&kind, value, place, detail.as_ref(), sink);
        } else {
            sink.left_out();
        }
    }
    if !any {
        sink.not_understood(place, "the row has no value in its column");
    }
}

#[cfg(test)]
mod tests {
    use crate::indicator::{IndicatorSet, read};

    /// What is said of `evil.example`.
    fn comment_of(list: &str) -> Option<String> {
        let mut set = IndicatorSet::default();
        read(list.as_bytes(), "list", false, &mut set);
        set.seal();
        let (_, id) = set.find_domain("evil.example").expect("a listed name");
        set.detail(id)?.name.clone()
    }

    #[test]
    fn the_comment_of_a_row_is_kept() {
        for (list, want) in [
            ("domain,Comment\nevil.example,mails of March\n", Some("mails of March")),
            ("ioc_value,malware_printable,x\nevil.example,Loader,1\n", Some("Loader")),
            ("domain;malware;comment\nevil.example;Loader;\"a; b\"\n", Some("a; b")),
            ("# domain,note\nother.example,a\nevil.example,b\n", Some("b")),
            ("domain,comment\nevil.example,\n", None),
            ("domain,comment\nevil.example,-\n", None),
            ("domain,comment\nevil.example\n", None),
            ("domain,port\nevil.example,443\n", None),
        ] {
            assert_eq!(comment_of(list).as_deref(), want, "{list}");
        }
    }

    #[test]
    fn a_column_of_types_is_minded() {
        let mut set = IndicatorSet::default();
        let list = "ioc_value,ioc_type\nzz,sha256_hash\nevil.example,domain\n";
        let report = read(list.as_bytes(), "list", false, &mut set);
        assert_eq!(report.problems[0].place, "line 2");
        assert_eq!(report.problems[0].message, "`zz` is no sha256 of 64 hexadecimal digits");
        assert_eq!((report.taken, report.not_understood), (1, 1));
    }
}
