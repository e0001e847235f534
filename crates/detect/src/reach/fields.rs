//! Which fields each log source gives, as our fixtures show it.
//!
//! The table is made by `build.rs` of the snapshots beside the fixtures, which a test keeps true: a
//! parser with a fixture is in it, and nobody writes a list by hand.

use super::shape::shape;
use super::source::words;
use crate::event::EventClass;
use crate::parser::classes;
use std::collections::HashMap;
use std::sync::LazyLock;

static TABLE: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut cells = line.split('\t');
        Some(Known {
            class: cells.next()?,
            open: cells.next()?,
            formats: cells.next()?,
            fields: cells.collect(),
        })
    };
    include_str!(concat!(env!("OUT_DIR"), "/fields.tsv")).lines().filter_map(line).collect()
});

static BY_CLASS: LazyLock<HashMap<EventClass, &'static Known>> = LazyLock::new(|| {
    let known = |class: &EventClass| {
        let words = words(class);
        TABLE.iter().find(|known| known.class == words)
    };
    classes().into_iter().filter_map(|class| Some((class, known(&class)?))).collect()
});

/// What is known of one class of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its product, services and categories, between blanks.
    pub class: &'static str,
    /// Shapes of names that records bring along, so that there may be others like them.
    open: &'static str,
    /// Formats whose records are of this class, between blanks.
    pub formats: &'static str,
    /// Names of fields, sorted.
    pub fields: Vec<&'static str>,
}

/// What RFC 5424 lets every program name as it likes.
const STRUCTURED_DATA: &str = "log.syslog.structured_data.";

impl Known {
    /// Whether fixtures show the field.
    pub fn has(&self, field: &str) -> bool {
        self.fields.binary_search(&field).is_ok()
    }

    /// Whether events may have the field though no fixture shows it.
    pub fn may_have(&self, field: &str) -> bool {
        self.open.split(' ').any(|open| open == shape(field)) || field.starts_with(STRUCTURED_DATA)
    }
}

/// Every class that a fixture shows.
pub fn known() -> &'static [Known] {
    &TABLE
}

/// What is known of a class; `None` where no fixture shows it.
pub fn known_of(class: &EventClass) -> Option<&'static Known> {
    BY_CLASS.get(class).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_knows_classes_that_parsers_give() {
        let classes: Vec<String> = classes().iter().map(words).collect();
        for known in known() {
            assert!(classes.contains(&known.class.to_owned()), "no parser gives `{}`", known.class);
            assert!(known.fields.is_sorted() && !known.fields.is_empty());
        }
        let of = |class: &str| known().iter().find(|known| known.class == class).unwrap();
        assert!(of("linux sshd auth syslog").has("source.ip"));
        assert!(!of("linux sshd auth syslog").may_have("user.nmae"));
        assert!(of("windows sysmon process_creation").has("ParentImage"));
        assert!(of("windows sysmon process_creation").may_have("OfTheirOwn"));
    }
}
