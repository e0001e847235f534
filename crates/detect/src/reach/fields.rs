//! Which fields each log source gives, as our fixtures show it.
//!
//! The table is made by `build.rs` of the snapshots beside the fixtures, which a test keeps true: a
//! parser with a fixture is in it, and nobody writes a list by hand.

use super::source::words;
use crate::event::EventClass;
use std::sync::LazyLock;

static TABLE: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut cells = line.split('\t');
        Some(Known { class: cells.next()?, open: cells.next()? == "open", fields: cells.collect() })
    };
    include_str!(concat!(env!("OUT_DIR"), "/fields.tsv")).lines().filter_map(line).collect()
});

/// What is known of one class of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its product, services and categories, between blanks.
    pub class: &'static str,
    /// Whether records bring names of their own along, so that there may be others.
    pub open: bool,
    /// Names of fields, sorted.
    pub fields: Vec<&'static str>,
}

/// Every class that a fixture shows.
pub fn known() -> &'static [Known] {
    &TABLE
}

/// What is known of a class; `None` where no fixture shows it.
pub fn known_of(class: &EventClass) -> Option<&'static Known> {
    let words = words(class);
    TABLE.iter().find(|known| known.class == words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::classes;

    #[test]
    fn the_table_knows_classes_that_parsers_give() {
        let classes: Vec<String> = classes().iter().map(words).collect();
        for known in known() {
            assert!(classes.contains(&known.class.to_owned()), "no parser gives `{}`", known.class);
            assert!(known.fields.is_sorted() && !known.fields.is_empty());
        }
        let of = |class: &str| known().iter().find(|known| known.class == class).unwrap();
        assert!(of("linux sshd auth syslog").fields.contains(&"source.ip"));
        assert!(!of("linux sshd auth syslog").open);
        assert!(of("windows sysmon process_creation").fields.contains(&"ParentImage"));
        assert!(of("windows sysmon process_creation").open);
    }
}
