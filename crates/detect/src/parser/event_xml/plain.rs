//! Walks documents as writers of events give them: elements, attributes in quotes, text and its references.
//! Whatever else XML allows, and all that is wrong, is left to a reader of the whole of XML.

use super::{DEPTH_LIMIT, Walk, resolved};
use crate::event::Field;
use crate::parser::cut::Cut;
use crate::parser::seek;
use quick_xml::events::BytesRef;
use std::borrow::Cow;

/// A reference that is longer is no number and none that XML defines.
const LONGEST_REFERENCE_BYTES: usize = 16;

/// The fields of a plain document; `None` for any other, whose fields are not known by that.
pub(super) fn fields(document: &str) -> Option<Vec<Field<'_>>> {
    let mut walk = Walk::new();
    let mut open = [""; DEPTH_LIMIT];
    let mut rest = document;
    loop {
        rest = rest.strip_prefix('<')?;
        rest = match rest.strip_prefix('/') {
            Some(end) => {
                let name = open.get(walk.depth.checked_sub(1)?)?;
                walk.close()?;
                end.strip_prefix(name)?.strip_prefix('>')?
            }
            None => {
                let (element, behind) = Element::read(rest)?;
                walk.open(element.name, element.attributes)?;
                *open.get_mut(walk.depth.checked_sub(1)?)? = element.name;
                if element.is_empty {
                    walk.close()?;
                }
                behind
            }
        };
        if walk.depth == 0 {
            return rest.trim().is_empty().then_some(walk.fields);
        }
        rest = text(&mut walk, rest)?;
    }
}

/// What stands between `<` and `>`.
struct Element<'a> {
    name: &'a str,
    attributes: &'a str,
    /// `<Security/>` begins and ends at once.
    is_empty: bool,
}

impl<'a> Element<'a> {
    /// Reads an element behind its `<`, and gives what stands behind its `>`.
    fn read(text: &'a str) -> Option<(Element<'a>, &'a str)> {
        let (name, behind) = text.split_at(name_len(text));
        if name.is_empty() || !(behind.starts_with([' ', '>']) || behind.starts_with("/>")) {
            return None;
        }
        let end = end_of_tag(behind)?;
        let (inside, rest) = (behind.get(..end)?, behind.get(end + 1..)?);
        let attributes = inside.strip_suffix('/');
        let is_empty = attributes.is_some();
        Some((Element { name, attributes: attributes.unwrap_or(inside), is_empty }, rest))
    }
}

/// How many bytes of a name the text begins with, of those that names of events are made of.
fn name_len(text: &str) -> usize {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':');
    text.bytes().take_while(is_name).count()
}

/// Where the `>` stands that no quotes hold.
fn end_of_tag(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'>' => return Some(at),
            b'<' => return None,
            quote @ (b'"' | b'\'') => at += seek::first(bytes.get(at + 1..)?, *quote)? + 2,
            _ => at += 1,
        }
    }
}

/// Adds the text before the next `<`, which it gives with all that follows.
fn text<'a>(walk: &mut Walk<'a>, text: &'a str) -> Option<&'a str> {
    let mut rest = text;
    loop {
        let (run, behind) = rest.split_at(seek::first_of_two(rest.as_bytes(), b'<', b'&')?);
        if !run.is_empty() {
            walk.append(Cow::Borrowed(run));
        }
        let Some(reference) = behind.strip_prefix('&') else { return Some(behind) };
        let (name, after) = reference.cut(b';')?;
        let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#');
        if name.is_empty() || name.len() > LONGEST_REFERENCE_BYTES || !is_plain {
            return None;
        }
        walk.append(resolved(&BytesRef::new(name)));
        rest = after;
    }
}

/// The pairs of an element's attributes, while they are written as `NAME="VALUE"` with a blank before each.
pub(super) struct Attributes<'a> {
    /// What was not read.
    pub rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let text = self.rest.strip_prefix(' ')?;
        let (name, behind) = text.split_at(name_len(text));
        let quoted = behind.strip_prefix("=\"")?;
        let (value, behind) = quoted.cut(b'"')?;
        if name.is_empty() || !(behind.is_empty() || behind.starts_with(' ')) {
            return None;
        }
        self.rest = behind;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{all_of_xml, attributes_of, written_attributes};
    use super::*;
    use proptest::prelude::*;

    fn check(document: &str) {
        if let Some(plain) = fields(document) {
            assert_eq!(Some(plain), all_of_xml(document), "{document}");
        }
    }

    fn element() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec!["Data", "System", "EventData", "EventID", "Message", "a:b"]);
        let attributes = prop::sample::select(vec![
            "",
            " Name=\"a\"",
            " Name='a b'",
            " x=\"1\" Name=\"&lt;\"",
            " Name=\"a>b\" ",
            " Name = \"a\"",
            " Name=a",
            "\tName=\"é\"",
            " Name=\"a\"Name=\"b\"",
            " Name=\"<\"",
        ]);
        let text = prop::sample::select(vec![
            "",
            "text",
            "&lt;",
            " &#65;&#x41; ",
            "&amp;amp;",
            "&none;",
            "&",
            "&#0;",
            "]]>",
            ">",
            "<!-- c -->",
            "<![CDATA[<x>]]>",
            "<?p i?>",
            "é",
            "\u{0}",
            "/",
            "\"",
        ]);
        let leaf = (name.clone(), attributes.clone(), text.clone(), any::<bool>()).prop_map(
            |(name, attributes, text, is_empty)| match is_empty {
                true => format!("<{name}{attributes}/>{text}"),
                false => format!("<{name}{attributes}>{text}</{name}>"),
            },
        );
        leaf.prop_recursive(4, 24, 6, move |inner| {
            let parts = prop::collection::vec(inner, 0..6);
            (name.clone(), attributes.clone(), text.clone(), parts).prop_map(
                |(name, attributes, text, parts)| {
                    format!("<{name}{attributes}>{text}{}{text}</{name}>", parts.concat())
                },
            )
        })
    }

    proptest! {
        #[test]
        fn a_plain_document_reads_as_all_of_xml_reads_it(parts in prop::collection::vec(element(), 0..4)) {
            check(&format!("<Event>{}</Event>", parts.concat()));
        }

        #[test]
        fn a_changed_document_reads_so_too(
            parts in prop::collection::vec(element(), 1..3),
            at in any::<prop::sample::Index>(),
            skip in 0_usize..4,
            patch in prop::sample::select(vec!["", "<", ">", "/", "\"", "'", "&", ";", "=", " ", "\n", "</", "/>", "é", "!"]),
        ) {
            let document = format!("<Event>{}</Event>", parts.concat());
            let (at, _) = document.char_indices().nth(at.index(document.chars().count())).unwrap();
            let rest: String = document[at..].chars().skip(skip).collect();
            check(&format!("{}{patch}{rest}", &document[..at]));
        }

        #[test]
        fn attributes_read_as_all_of_xml_reads_them(text in "([ \ta-c=\"'<>&;/é]|a=\"b\"| b='c'| c=\"&lt;\"){0,12}") {
            let all: Vec<_> = written_attributes(&text).collect();
            prop_assert_eq!(attributes_of(&text).collect::<Vec<_>>(), all);
        }
    }

    #[test]
    fn events_as_they_are_written_are_plain() {
        for document in [
            "<Event xmlns='http://x'><System><Provider Name='P' Guid=\"{G}\"/><EventID>1</EventID></System></Event>",
            "<Event><EventData><Data Name=\"a\">&lt;&#10;x</Data><Data/></EventData></Event>\r\n",
        ] {
            assert!(fields(document).is_some(), "{document}");
            check(document);
        }
    }
}
