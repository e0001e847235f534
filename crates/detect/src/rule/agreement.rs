//! The matcher and the oracle agree on every rule and every event.

use super::model::{Anchor, Comparison, Expr, Number, Test, TimePart};
use super::pattern::{Part, Pattern};
use super::search::Search;
use super::{LogSource, Matcher, Rule, RuleSet, oracle, read_file};
use crate::event::{Event, EventClass, Field, Value};
use proptest::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

const CLASS: EventClass = EventClass { product: "windows", services: &["sysmon"], categories: &[] };

/// A value that owns what [`Value`] borrows.
#[derive(Clone, Debug)]
enum Spec {
    Text(String),
    /// The inside of a JSON string.
    Escaped(String),
    Number(i32),
    Bool(bool),
    Null,
    List(Vec<Spec>),
}

impl Spec {
    fn value(&self) -> Value<'_> {
        match self {
            Spec::Text(text) => Value::Text(Cow::Borrowed(text)),
            Spec::Escaped(raw) => Value::Escaped(raw),
            Spec::Number(number) => Value::Number(Cow::Owned(number.to_string())),
            Spec::Bool(flag) => Value::Bool(*flag),
            Spec::Null => Value::Null,
            Spec::List(members) => Value::List(members.iter().map(Spec::value).collect()),
        }
    }
}

/// Pieces that make needles of every length, common starts and ends, and what case and escapes make hard.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a",
        "B",
        "ab",
        "bk",
        "Kab",
        "abkA",
        "invoke",
        "Invoke-Item",
        "kernel32",
        "\\",
        "\\cmd.exe",
        "/",
        "\"",
        "\n",
        ".",
        " ",
        "7",
        "É",
        "ß",
        "İ",
        "\u{212a}",
        "Σ",
        "-enc",
        "true",
    ])
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..5).prop_map(|pieces| pieces.concat())
}

/// The inside of a JSON string, some of its letters written by their numbers.
fn escaped() -> impl Strategy<Value = String> {
    (text(), prop::option::of(prop::sample::select(vec!['k', 'a', 'é', '\\']))).prop_map(|(text, hidden)| {
        let json = serde_json::to_string(&text).unwrap();
        let raw = json[1..json.len() - 1].to_owned();
        match hidden {
            Some('\\') => raw.replace("\\\\", "\\u005c"),
            Some(hidden) => raw.replace(hidden, &format!("\\u{:04x}", u32::from(hidden))),
            None => raw,
        }
    })
}

fn value() -> impl Strategy<Value = Spec> {
    let single = prop_oneof![
        4 => escaped().prop_map(Spec::Escaped),
        2 => text().prop_map(Spec::Text),
        1 => (-9..99).prop_map(Spec::Number),
        1 => any::<bool>().prop_map(Spec::Bool),
        1 => Just(Spec::Null),
    ];
    single.prop_recursive(2, 6, 3, |inner| prop::collection::vec(inner, 0..3).prop_map(Spec::List))
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["Image", "CommandLine", "User", "Details"])
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let part = prop_oneof![
        6 => piece().prop_map(|piece| Part::Text(piece.to_owned())),
        1 => Just(Part::One),
        3 => Just(Part::Many),
    ];
    (prop::collection::vec(part, 0..5), prop::bool::weighted(0.2))
        .prop_map(|(parts, cased)| Pattern::new(parts, cased))
}

fn search() -> impl Strategy<Value = Test> {
    let patterns =
        ["(?i)invoke-", "abk.*kernel", "a|B", "^x?", "(ab|kernel)[0-9]+", "(?i)k", "\\\\cmd\\.exe$", "Σ"];
    prop::sample::select(patterns.to_vec())
        .prop_map(|pattern| Test::Regex(Arc::new(Search::compile(pattern.to_owned(), 1 << 20).unwrap())))
}

fn test() -> impl Strategy<Value = Test> {
    prop_oneof![
        10 => pattern().prop_map(Test::Text),
        2 => search(),
        1 => Just(Test::Null),
        1 => any::<bool>().prop_map(Test::Exists),
        1 => (-9..99).prop_map(|bound| Test::Compare(Comparison::AtLeast, Number::new(f64::from(bound)))),
        1 => Just(Test::Cidr("192.0.2.0/24".parse().unwrap())),
        1 => Just(Test::TimePart(TimePart::Hour, 7)),
        1 => (name(), any::<bool>(), prop::sample::select(vec![Anchor::Whole, Anchor::Within, Anchor::Start, Anchor::End]))
            .prop_map(|(other, cased, how)| Test::SameAs { other: other.into(), how, cased }),
    ]
}

fn condition() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        8 => (name(), test()).prop_map(|(name, test)| Expr::Field(name.into(), test)),
        1 => pattern().prop_map(|pattern| Expr::Keyword(Test::Text(pattern))),
        1 => search().prop_map(Expr::Keyword),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let parts = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            3 => parts.clone().prop_map(Expr::All),
            3 => parts.clone().prop_map(Expr::Any),
            1 => (0..4_usize, parts).prop_map(|(count, parts)| Expr::AtLeast(count, parts)),
            2 => inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

fn rule(condition: Expr) -> Rule {
    let yaml = "title: t\nlogsource: {product: windows}\ndetection: {s: {a: b}, condition: s}\n";
    let mut rule = RuleSet::assemble([read_file("r.yml", yaml)]).rules.remove(0);
    rule.logsource = LogSource { product: Some("windows".to_owned()), ..LogSource::default() };
    rule.condition = condition;
    rule
}

fn check(conditions: Vec<Expr>, events: &[Vec<(&'static str, Spec)>]) {
    let mut set = RuleSet::assemble([]);
    set.rules = conditions.into_iter().map(rule).collect();
    let matcher = Matcher::new(Arc::new(set));
    let mut worker = matcher.worker();
    let mut got = Vec::new();
    // Twice: the second time, values and names are remembered.
    for fields in events.iter().chain(events) {
        let mut event = Event::new(CLASS, "");
        for (name, spec) in fields {
            event.fields.push(Field { name: Cow::Borrowed(name), value: spec.value() });
        }
        worker.matches(&event, &mut got);
        let rules = matcher.rules().rules.iter().enumerate();
        let want: Vec<u32> =
            rules.filter(|(_, rule)| oracle::fires(rule, &event)).map(|(at, _)| at as u32).collect();
        assert_eq!(
            got,
            want,
            "{:#?}\n{event:?}",
            matcher.rules().rules.iter().map(|rule| &rule.condition).collect::<Vec<_>>()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_matcher_agrees_with_the_oracle(
        conditions in prop::collection::vec(condition(), 1..8),
        events in prop::collection::vec(prop::collection::vec((name(), value()), 0..6), 1..5),
    ) {
        check(conditions, &events);
    }
}
