//! A rule as Cofferdam holds it: what it is called, what it applies to, and its condition.

use super::pattern::Pattern;
use super::search::Search;
use crate::event::EventClass;
use cofferdam_vocabulary::{Level, Tactic, TechniqueId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The field with the id of another product's rule.
const RULE_ID: &str = "rule.id";
/// The field with the technique of which another product's rule tells.
pub(crate) const TECHNIQUE: &str = "threat.technique.id";

/// What is said of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The rule's id, or its name or title where it has none.
    pub id: Arc<str>,
    /// Its name for references from correlations.
    pub name: Option<String>,
    /// What an analyst calls it.
    pub title: Arc<str>,
    /// How bad a match is. A rule that says nothing is `medium`.
    pub level: Level,
    /// ATT&CK tactics from its tags, in matrix order.
    pub tactics: Vec<Tactic>,
    /// ATT&CK techniques from its tags.
    pub techniques: Vec<TechniqueId>,
    /// Why it matters.
    pub description: String,
    /// Who wrote it; kept with every copy.
    pub author: Option<String>,
    /// Under which licence.
    pub license: Option<String>,
    /// The file it came from.
    pub file: Arc<str>,
    /// The field whose value names its alerts, each value an alert of its own: a rule that carries over
    /// what other products raised (our extension: the attribute `cofferdam: {named-by: rule.name}`).
    pub named_by: Option<Arc<str>>,
    /// A match tells of an attempt only, whatever came of it (our extension: `cofferdam: {attempt: true}`).
    pub attempt: bool,
    /// The line of the file on which its document starts, counted from 1.
    pub line: usize,
}

impl Meta {
    /// Whether a reference means this document: by id, by name or by title.
    pub fn is_called(&self, reference: &str) -> bool {
        *self.id == *reference || self.name.as_deref() == Some(reference) || *self.title == *reference
    }
}

/// Which events a rule may apply to; an absent part applies to all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "Sigma's own words")]
pub struct LogSource {
    pub product: Option<String>,
    pub category: Option<String>,
    pub service: Option<String>,
}

impl LogSource {
    /// Whether events of the class are what the rule is about. Fails closed: a rule that names
    /// something the class does not have never applies.
    pub fn covers(&self, class: &EventClass) -> bool {
        let product = self.product.as_deref().is_none_or(|want| class.product == want);
        let service = self.service.as_deref().is_none_or(|want| class.services.contains(&want));
        let category = self.category.as_deref().is_none_or(|want| class.categories.contains(&want));
        product && service && category && *self != LogSource::default()
    }
}

/// A detection rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What is said of it.
    pub meta: Arc<Meta>,
    /// What it applies to.
    pub logsource: LogSource,
    /// When it fires.
    pub condition: Expr,
    /// Whether its matches are told, or only counted by a correlation that needs it.
    pub reported: bool,
}

impl Rule {
    /// The fields whose values make it fire, in the order of the rule; what it excludes is left out. A
    /// rule that carries over other products' alerts shows what those say of themselves first.
    pub fn fields(&self) -> Vec<Arc<str>> {
        fn collect(expr: &Expr, out: &mut Vec<Arc<str>>) {
            match expr {
                Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
                    parts.iter().for_each(|part| collect(part, out));
                }
                Expr::Field(name, test) if !matches!(test, Test::Null | Test::Exists(false)) => {
                    if !out.contains(name) {
                        out.push(Arc::clone(name));
                    }
                }
                Expr::Field(..) | Expr::Keyword(_) | Expr::Not(_) => {}
            }
        }
        let mut fields: Vec<Arc<str>> = self.meta.named_by.iter().map(Arc::clone).collect();
        if !fields.is_empty() {
            fields.extend([RULE_ID, TECHNIQUE].map(Arc::from));
        }
        collect(&self.condition, &mut fields);
        fields
    }
}

/// A condition over tests of fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// Every one holds; with none, true.
    All(Vec<Expr>),
    /// At least one holds; with none, false.
    Any(Vec<Expr>),
    /// At least so many hold.
    AtLeast(usize, Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// A field's value passes a test.
    Field(Arc<str>, Test),
    /// Some value of the event, whatever its field, passes a test.
    Keyword(Test),
}

/// A test of one value. A field with several values passes if one of them does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// The text looks so.
    Text(Pattern),
    /// The regular expression, flags included, is found in the text.
    Regex(Arc<Search>),
    /// The value is an address within the network.
    Cidr(IpNet),
    /// The value is a number that compares so.
    Compare(Comparison, Number),
    /// The field is there (true) or not (false).
    Exists(bool),
    /// The field is missing, or null.
    Null,
    /// The text compares so with the text of another field.
    SameAs {
        /// The other field.
        other: Arc<str>,
        /// How.
        how: Anchor,
        /// Whether letters of different case differ.
        cased: bool,
    },
    /// The value is a time whose part is this number (UTC; Monday's week as ISO 8601 counts).
    TimePart(TimePart, i64),
}

/// A finite number, comparable and hashable by its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number(u64);

impl Number {
    /// Wraps a number.
    pub fn new(number: f64) -> Number {
        Number(number.to_bits())
    }

    /// The number.
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// How numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
}

/// Where a text must be found in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// All of it.
    Whole,
    /// Anywhere.
    Within,
    /// At its start.
    Start,
    /// At its end.
    End,
}

/// A part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimePart {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}
