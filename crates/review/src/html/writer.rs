//! The one door through which text enters a page.
//!
//! Names of elements and attributes are words of our source (`&'static str`); everything else goes
//! through [`Page::text`] or an attribute's value and is escaped there. Nothing else can write.

use crate::show::{Piece, cut_mark, mark, pieces};

/// Characters shown of one value; what was longer is cut with a mark.
const LONGEST: usize = 600;

/// Attributes: names that we wrote, values that anybody may have written.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// A page as it grows.
#[derive(Default)]
pub(super) struct Page {
    out: String,
}

impl Page {
    /// An element with what is inside.
    pub(super) fn el(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Page),
    ) {
        self.open(name, attributes);
        inside(self);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// An element that holds nothing and has no end: `meta`.
    pub(super) fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            for piece in pieces(value, LONGEST) {
                match piece {
                    Piece::Text(text) => self.escape(text),
                    Piece::Hidden(ch) => self.out.push_str(&mark(ch)),
                    Piece::Cut(more) => self.out.push_str(&cut_mark(more)),
                }
            }
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// An element with a text.
    pub(super) fn line(&mut self, name: &'static str, class: &'static str, text: &str) {
        let attributes = [("class", class)];
        self.el(name, if class.is_empty() { &[] } else { &attributes }, |page| page.text(text));
    }

    /// Text, whoever wrote it. What is invisible is shown by its number, what is very long is cut.
    pub(super) fn text(&mut self, text: &str) {
        for piece in pieces(text, LONGEST) {
            match piece {
                Piece::Text(text) => self.escape(text),
                Piece::Hidden(ch) => self.el("span", &[("class", "hidden")], |page| page.escape(&mark(ch))),
                Piece::Cut(more) => {
                    self.el("span", &[("class", "cut")], |page| page.escape(&cut_mark(more)));
                }
            }
        }
    }

    /// Text for the inside of a drawing or a title, where no element can stand.
    pub(super) fn label(&mut self, text: &str) {
        let text = crate::show::plain(text, LONGEST);
        self.escape(&text);
    }

    /// The page's own style sheet, the only text that is not escaped: it is part of the program.
    pub(super) fn style(&mut self, sheet: &'static str) {
        self.out.push_str("<style>");
        self.out.push_str(sheet);
        self.out.push_str("</style>");
    }

    /// The page's first line.
    pub(super) fn doctype(&mut self) {
        self.out.push_str("<!doctype html>\n");
    }

    /// A line break in the source, so that the file can be read and compared.
    pub(super) fn newline(&mut self) {
        self.out.push('\n');
    }

    /// The finished page.
    pub(super) fn finish(self) -> String {
        self.out
    }

    fn escape(&mut self, text: &str) {
        for ch in text.chars() {
            let escaped = match ch {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                ch => {
                    self.out.push(ch);
                    continue;
                }
            };
            self.out.push_str(escaped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        let mut page = Page::default();
        page.text(text);
        page.finish()
    }

    #[test]
    fn text_is_never_markup() {
        assert_eq!(text("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert_eq!(text("a\u{202e}b"), "a<span class=\"hidden\">⟨U+202E⟩</span>b");
        let mut page = Page::default();
        page.el("p", &[("title", "\" onclick='x'\u{0}")], |_| ());
        assert_eq!(page.finish(), "<p title=\"&quot; onclick=&#39;x&#39;⟨U+0000⟩\"></p>");
    }

    proptest::proptest! {
        #[test]
        fn whatever_it_is_no_tag_begins(value in ".*") {
            let written = text(&value);
            let own = written.replace("<span class=\"hidden\">", "").replace("<span class=\"cut\">", "").replace("</span>", "");
            proptest::prop_assert!(!own.contains(['<', '>', '"', '\'']));
        }
    }
}
