//! Which events a log source covers.

use crate::event::EventClass;
use crate::parser;
use crate::rule::LogSource;
use cofferdam_vocabulary::distance;
use std::sync::LazyLock;

static CLASSES: LazyLock<Vec<EventClass>> = LazyLock::new(parser::classes);

/// Classes of which events can come that the log source covers.
pub fn covered(source: &LogSource) -> Vec<EventClass> {
    CLASSES.iter().filter(|class| source.covers(class)).copied().collect()
}

/// Product, services and categories of a class, between blanks.
pub fn words(class: &EventClass) -> String {
    [&[class.product], class.services, class.categories].concat().join(" ").trim().to_owned()
}

/// The log source that covers some events and is most like this one, which covers none.
pub fn nearest_source(source: &LogSource) -> Option<LogSource> {
    let mut best: Option<(usize, LogSource)> = None;
    for class in CLASSES.iter() {
        for candidate in sources_of(class, source) {
            let away = away(source, &candidate);
            if best.as_ref().is_none_or(|(least, _)| away < *least) {
                best = Some((away, candidate));
            }
        }
    }
    best.filter(|(away, _)| *away <= 8).map(|(_, candidate)| candidate)
}

/// Log sources with as many parts as asked for, or fewer, that cover the class.
fn sources_of(class: &EventClass, asked: &LogSource) -> Vec<LogSource> {
    let product = (!class.product.is_empty()).then(|| class.product.to_owned());
    let some = |names: &[&str], asked: &Option<String>| -> Vec<Option<String>> {
        let names = names.iter().map(|name| Some((*name).to_owned()));
        if asked.is_some() { names.chain([None]).collect() } else { vec![None] }
    };
    let mut sources = Vec::new();
    for service in some(class.services, &asked.service) {
        for category in some(class.categories, &asked.category) {
            let product = product.clone().filter(|_| asked.product.is_some());
            let source = LogSource { product, service: service.clone(), category };
            if source != LogSource::default() {
                sources.push(source);
            }
        }
    }
    sources
}

/// Letters that differ; a part that is missing counts as much as a bad spelling of it.
fn away(one: &LogSource, two: &LogSource) -> usize {
    let part = |one: &Option<String>, two: &Option<String>| match (one, two) {
        (Some(one), Some(two)) => distance(one, two) * 2,
        (None, None) => 0,
        _ => 7,
    };
    part(&one.product, &two.product) * 2
        + part(&one.service, &two.service)
        + part(&one.category, &two.category)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> LogSource {
        let part = |at: usize| text.split('/').nth(at).filter(|part| *part != "-").map(str::to_owned);
        LogSource { product: part(0), service: part(1), category: part(2) }
    }

    #[test]
    fn a_misspelt_log_source_has_a_neighbour() {
        for (asked, near) in [
            ("linux/ssh/-", Some("linux/sshd/-")),
            ("window/-/process_creation", Some("windows/-/process_creation")),
            ("windows/-/process_create", Some("windows/-/process_creation")),
            ("windows/sysmom/-", Some("windows/sysmon/-")),
            ("linux/zebra/-", Some("linux/-/-")),
            ("plan9/factotum/login", None),
        ] {
            assert!(covered(&source(asked)).is_empty(), "{asked}");
            assert_eq!(nearest_source(&source(asked)), near.map(source), "{asked}");
        }
        assert!(!covered(&source("linux/sshd/-")).is_empty());
    }
}
