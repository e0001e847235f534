//! The oracle over many events: its answer is remembered for each rule by the values that the rule
//! reads, and asked for anew when one of them differs. The matcher has no part in this.

use crate::rulebook::Rulebook;
use cofferdam_detect::event::{Event, EventClass, Value};
use cofferdam_detect::rule::oracle;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Answers kept at a time.
const ANSWERS: usize = 4_000_000;

/// One thread's recollection.
pub struct Recall<'r> {
    rules: &'r Rulebook,
    classes: HashMap<EventClass, Applicable>,
    /// By rule and the hash of what it reads.
    answers: HashMap<(u32, u64), bool>,
    /// How often the oracle was asked.
    pub asked: u64,
}

/// The rules that apply to a class.
struct Applicable {
    /// Ascending.
    numbers: Vec<u32>,
    /// The names that any of them reads.
    fields: Vec<String>,
    /// By rule, as places in `fields`; `None` if it reads all of the event.
    reads: Vec<Option<Vec<usize>>>,
}

impl<'r> Recall<'r> {
    /// Nothing is known yet.
    pub fn new(rules: &'r Rulebook) -> Recall<'r> {
        Recall { rules, classes: HashMap::new(), answers: HashMap::new(), asked: 0 }
    }

    /// The rules whose log source covers the event, ascending, and those of them that fire.
    pub fn judge(&mut self, event: &Event<'_>) -> (&[u32], Vec<u32>) {
        let Recall { rules, classes, answers, asked } = self;
        let class = classes.entry(event.class).or_insert_with(|| Applicable::to(&event.class, rules));
        if answers.len() > ANSWERS {
            answers.clear();
        }
        let hashes: Vec<u64> = class.fields.iter().map(|name| hash_of(event.get(name))).collect();
        let mut right = Vec::new();
        for (&number, reads) in class.numbers.iter().zip(&class.reads) {
            let mut ask = || {
                *asked += 1;
                oracle::fires(&rules.matcher.rules().rules[number as usize], event)
            };
            let fires = match reads {
                None => ask(),
                Some(reads) => {
                    let mut hasher = DefaultHasher::new();
                    reads.iter().for_each(|&at| hasher.write_u64(hashes[at]));
                    *answers.entry((number, hasher.finish())).or_insert_with(ask)
                }
            };
            if fires {
                right.push(number);
            }
        }
        (&class.numbers, right)
    }
}

impl Applicable {
    fn to(class: &EventClass, rules: &Rulebook) -> Applicable {
        let all = &rules.matcher.rules().rules;
        let covers = |number: &u32| all[*number as usize].logsource.covers(class);
        let numbers: Vec<u32> = (0..).take(all.len()).filter(covers).collect();
        let reads = || numbers.iter().map(|number| rules.reads[*number as usize].as_ref());
        let fields: BTreeSet<&String> = reads().flatten().flatten().collect();
        let fields: Vec<String> = fields.into_iter().cloned().collect();
        let places = |names: &BTreeSet<String>| {
            names.iter().filter_map(|name| fields.binary_search(name).ok()).collect()
        };
        let reads = reads().map(|names| names.map(places)).collect();
        Applicable { numbers, fields, reads }
    }
}

fn hash_of(value: Option<&Value<'_>>) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.is_some().hash(&mut hasher);
    value.into_iter().for_each(|value| hash_into(value, &mut hasher));
    hasher.finish()
}

fn hash_into(value: &Value<'_>, hasher: &mut DefaultHasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Text(text) | Value::Number(text) => text.hash(hasher),
        Value::Escaped(raw) => raw.hash(hasher),
        Value::Bool(is) => is.hash(hasher),
        Value::Null => {}
        Value::List(members) => {
            members.len().hash(hasher);
            members.iter().for_each(|member| hash_into(member, hasher));
        }
    }
}
