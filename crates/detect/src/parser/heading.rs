//! What a log's own lines say of its columns.

use std::borrow::Cow;

/// Columns that a source's lines have, in formats that say so in lines that begin with `#`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    columns: Vec<Cow<'static, str>>,
}

impl Heading {
    /// Takes the line if it is one of a heading, and nothing else.
    pub fn take(&mut self, line: &str) -> bool {
        // Most lines of most logs.
        if !line.starts_with('#') {
            return false;
        }
        let columns = line.strip_prefix("#Fields:").map(str::split_whitespace);
        if let Some(columns) = columns {
            self.columns = columns.map(|name| Cow::Owned(name.to_owned())).collect();
            return true;
        }
        false
    }

    /// The columns' names, from the left; none before a heading.
    pub fn columns(&self) -> &[Cow<'static, str>] {
        &self.columns
    }
}
