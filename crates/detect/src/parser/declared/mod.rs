//! Products whose JSON needs little but second names for its fields: a table each, all told apart in one pass
//! over a record's names, so that a further product costs the records of others nothing.

mod aws_flow;
mod aws_waf;
mod canary;
mod cloudflare;
mod crowdstrike;
mod defender;
mod falcon_data;
mod gcp_flow;
mod ocsf;
mod sentinelone;
mod singularity;
mod wiz;

use super::json::JsonFormat;
use crate::event::{Event, EventClass, Origin, Value};
use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) const FORMAT: JsonFormat =
    JsonFormat { classes: || PRODUCTS.iter().flat_map(|product| product.classes).copied().collect(), claim };

/// A product.
struct Declared {
    /// Its classes; the first stands unless `more` says otherwise.
    classes: &'static [EventClass],
    origin: &'static Origin,
    /// Names that every record of its has.
    marks: &'static [&'static str],
    /// Whether a record with all those names is one of its.
    is: fn(&Event<'_>) -> bool,
    /// Under which names others know a field.
    shared: fn(&str) -> &'static [&'static str],
    /// What second names do not tell; called before they are given.
    more: fn(&mut Event<'_>),
}

/// In the order in which they are asked.
static PRODUCTS: [&Declared; 15] = [
    &defender::PRODUCT,
    &crowdstrike::PRODUCT,
    &falcon_data::PRODUCT,
    &sentinelone::ACTIVITY,
    &sentinelone::THREAT,
    &singularity::PRODUCT,
    &ocsf::PRODUCT,
    &aws_waf::PRODUCT,
    &aws_flow::PRODUCT,
    &gcp_flow::PRODUCT,
    &cloudflare::GATEWAY,
    &cloudflare::DNS,
    &cloudflare::REQUEST,
    &canary::PRODUCT,
    &wiz::PRODUCT,
];

/// All products' marks.
struct Marks {
    /// By the first byte of a name a bit for each length that marks have; most names are none.
    lengths: [u64; 256],
    /// A bit for each product that has the name.
    bits: HashMap<&'static str, Vec<(usize, u32)>>,
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    let mut marks = Marks { lengths: [0; 256], bits: HashMap::new() };
    for (at, product) in PRODUCTS.iter().enumerate() {
        for (bit, name) in product.marks.iter().enumerate() {
            let first = name.as_bytes().first().copied().unwrap_or_default();
            marks.lengths[usize::from(first)] |= 1_u64 << (name.len() % 64);
            marks.bits.entry(name).or_default().push((at, 1 << bit));
        }
    }
    marks
});

fn claim(event: &mut Event<'_>) -> bool {
    let marks = &*MARKS;
    let mut seen = [0_u32; PRODUCTS.len()];
    for field in &event.fields {
        let name = &*field.name;
        let Some(first) = name.as_bytes().first() else { continue };
        if marks.lengths[usize::from(*first)] & (1_u64 << (name.len() % 64)) == 0 {
            continue;
        }
        for (at, bit) in marks.bits.get(name).into_iter().flatten() {
            seen[*at] |= bit;
        }
    }
    let found = PRODUCTS
        .iter()
        .zip(seen)
        .find(|(product, seen)| *seen == (1_u32 << product.marks.len()) - 1 && (product.is)(event));
    let Some((product, _)) = found else { return false };
    event.class = product.classes[0];
    event.origin = product.origin;
    (product.more)(event);
    share(event, product.shared);
    true
}

/// Gives the fields their second names, but for those that say nothing.
fn share(event: &mut Event<'_>, names: fn(&str) -> &'static [&'static str]) {
    for at in 0..event.fields.len() {
        let names = names(&event.fields[at].name);
        if !names.is_empty() && !is_empty(&event.fields[at].value) {
            names.iter().for_each(|name| event.push_again(at, name));
        }
    }
}

fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) | Value::Number(text) => text.is_empty(),
        Value::Escaped(raw) => raw.is_empty(),
        Value::List(members) => members.is_empty(),
        Value::Bool(_) => false,
    }
}

/// Adds what the first of several fields that says something holds.
fn push_first(event: &mut Event<'_>, name: &'static str, fields: &[&str]) {
    let value = fields.iter().find_map(|field| super::cloud::given(event.get(field)));
    if let Some(value) = value {
        event.push(name, value);
    }
}

/// Nothing more is told.
fn nothing(_: &mut Event<'_>) {}

/// Names suffice.
fn always(_: &Event<'_>) -> bool {
    true
}
