//! The rules that can apply to one class of events, compiled together.
//!
//! Each distinct test of a field is interned once as an *atom*. For each rule a *trigger* is chosen: a
//! set of atoms of which at least one must hold whenever the rule fires. Only triggers are searched
//! for in every event; all other atoms are evaluated when a triggered rule asks, once per event.

use super::index::{FieldIndex, IndexBuilder};
use super::model::{Expr, Rule, Test};
use super::pattern::Shape;
use crate::event::EventClass;
use hashbrown::HashMap;
use memchr::memmem::Finder;
use std::sync::Arc;

/// Number of a distinct test within a program.
pub(super) type AtomId = u32;
/// Number of a field name within a program.
pub(super) type SlotId = u32;
/// Number of a rule within a program.
pub(super) type Local = u32;

/// A condition with its tests replaced by atoms.
#[derive(Debug)]
pub(super) enum Node {
    All(Box<[Node]>),
    Any(Box<[Node]>),
    AtLeast(usize, Box<[Node]>),
    Not(Box<Node>),
    Atom(AtomId),
}

/// A distinct test; without a slot it asks every value of the event.
#[derive(Debug)]
pub(super) struct Atom {
    pub slot: Option<SlotId>,
    pub test: AtomTest,
    /// Whether the search for triggers tells in every event if it holds.
    pub searched: bool,
}

/// A test, with the names of other fields resolved to slots.
#[derive(Debug)]
pub(super) enum AtomTest {
    Plain(Test),
    /// [`Shape::Contains`] of a field that the search for triggers does not answer, ready to be found.
    Contains(Box<Finder<'static>>),
    SameAs {
        other: SlotId,
        how: super::model::Anchor,
        cased: bool,
    },
}

/// A rule within a program.
#[derive(Debug)]
pub(super) struct Compiled {
    /// Index in the rule set.
    pub rule: u32,
    pub condition: Node,
}

/// Everything that is needed to match events of one class.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub slots: HashMap<Box<str>, SlotId>,
    pub atoms: Vec<Atom>,
    pub rules: Vec<Compiled>,
    /// By slot: what to search for in its value.
    pub fields: Vec<Option<FieldIndex>>,
    /// What to search for in every value.
    pub keywords: Option<FieldIndex>,
    /// By atom: the rules it triggers.
    pub triggered: Vec<Box<[Local]>>,
    /// By slot: the rules triggered by the field's presence alone.
    pub present: Vec<Box<[Local]>>,
    /// Rules that no part of an event can rule out.
    pub always: Vec<Local>,
}

impl Program {
    pub fn compile(rules: &[Rule], class: &EventClass) -> Program {
        let mut builder = Builder::default();
        for (index, rule) in rules.iter().enumerate() {
            if rule.logsource.covers(class) {
                let condition = builder.node(&rule.condition);
                let rule = u32::try_from(index).unwrap_or(u32::MAX);
                builder.program.rules.push(Compiled { rule, condition });
            }
        }
        builder.finish()
    }
}

#[derive(Default)]
struct Builder {
    program: Program,
    interned: HashMap<(Option<SlotId>, Test), AtomId>,
}

/// What must be seen in an event before a rule needs a look.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trigger {
    Atom(AtomId),
    Present(SlotId),
}

impl Builder {
    fn slot(&mut self, name: &str) -> SlotId {
        if let Some(&slot) = self.program.slots.get(name) {
            return slot;
        }
        let slot = SlotId::try_from(self.program.slots.len()).unwrap_or(SlotId::MAX);
        self.program.slots.insert(name.into(), slot);
        slot
    }

    fn node(&mut self, expr: &Expr) -> Node {
        match expr {
            Expr::All(parts) => Node::All(self.nodes(parts)),
            Expr::Any(parts) => Node::Any(self.nodes(parts)),
            Expr::AtLeast(count, parts) => Node::AtLeast(*count, self.nodes(parts)),
            Expr::Not(inner) => Node::Not(Box::new(self.node(inner))),
            Expr::Field(name, test) => {
                let slot = self.slot(name);
                Node::Atom(self.atom(Some(slot), test))
            }
            Expr::Keyword(test) => Node::Atom(self.atom(None, test)),
        }
    }

    fn nodes(&mut self, parts: &[Expr]) -> Box<[Node]> {
        parts.iter().map(|part| self.node(part)).collect()
    }

    fn atom(&mut self, slot: Option<SlotId>, test: &Test) -> AtomId {
        if let Some(&atom) = self.interned.get(&(slot, test.clone())) {
            return atom;
        }
        let compiled = match test {
            Test::SameAs { other, how, cased } => {
                let other = self.slot(&Arc::clone(other));
                AtomTest::SameAs { other, how: *how, cased: *cased }
            }
            plain => AtomTest::Plain(plain.clone()),
        };
        let atom = AtomId::try_from(self.program.atoms.len()).unwrap_or(AtomId::MAX);
        self.program.atoms.push(Atom { slot, test: compiled, searched: false });
        self.interned.insert((slot, test.clone()), atom);
        atom
    }

    fn finish(mut self) -> Program {
        let slots = self.program.slots.len();
        let mut triggered: Vec<Vec<Local>> = vec![Vec::new(); self.program.atoms.len()];
        let mut present: Vec<Vec<Local>> = vec![Vec::new(); slots];
        for (local, rule) in self.program.rules.iter().enumerate() {
            let local = Local::try_from(local).unwrap_or(Local::MAX);
            match self.cover(&rule.condition) {
                None => self.program.always.push(local),
                Some(cover) => {
                    for trigger in cover.triggers {
                        match trigger {
                            Trigger::Atom(atom) => triggered[atom as usize].push(local),
                            Trigger::Present(slot) => present[slot as usize].push(local),
                        }
                    }
                }
            }
        }
        let mut fields: Vec<IndexBuilder> = (0..slots).map(|_| IndexBuilder::default()).collect();
        let mut keywords = IndexBuilder::default();
        for (atom, _) in triggered.iter().enumerate().filter(|(_, rules)| !rules.is_empty()) {
            let Atom { slot, test, searched } = &mut self.program.atoms[atom];
            let builder = slot.map_or(&mut keywords, |slot| &mut fields[slot as usize]);
            let atom = AtomId::try_from(atom).unwrap_or(AtomId::MAX);
            match test {
                AtomTest::Plain(Test::Text(pattern)) => {
                    builder.add(atom, pattern);
                    *searched = true;
                }
                AtomTest::Plain(Test::Regex(search)) => {
                    builder.add_required(atom, search.required.as_deref().unwrap_or_default());
                }
                _ => {}
            }
        }
        self.program.atoms.iter_mut().for_each(prepare);
        for rule in &mut self.program.rules {
            order(&mut rule.condition, &self.program.atoms);
        }
        self.program.fields = fields.into_iter().map(IndexBuilder::build).collect();
        self.program.keywords = keywords.build();
        self.program.triggered = triggered.into_iter().map(Vec::into_boxed_slice).collect();
        self.program.present = present.into_iter().map(Vec::into_boxed_slice).collect();
        self.program
    }

    /// The cheapest set of triggers of which one must be seen whenever `node` holds.
    fn cover(&self, node: &Node) -> Option<Cover> {
        match node {
            Node::Atom(atom) => self.cover_atom(*atom),
            Node::All(parts) => {
                parts.iter().filter_map(|part| self.cover(part)).min_by(|a, b| a.cost.total_cmp(&b.cost))
            }
            Node::Any(parts) | Node::AtLeast(_, parts) => {
                let mut sum = Cover { cost: 0.0, triggers: Vec::new() };
                for part in parts {
                    let cover = self.cover(part)?;
                    sum.cost += cover.cost;
                    sum.triggers.extend(cover.triggers);
                }
                sum.triggers.sort_unstable();
                sum.triggers.dedup();
                (!matches!(node, Node::AtLeast(0, _))).then_some(sum)
            }
            Node::Not(_) => None,
        }
    }

    /// How much alike the values of a field are: a factor on the chance that a pattern matches.
    fn sameness(&self, slot: SlotId) -> f64 {
        let few = FEW_VALUES.iter().any(|name| self.program.slots.get(*name) == Some(&slot));
        if few { 30.0 } else { 1.0 }
    }

    fn cover_atom(&self, atom: AtomId) -> Option<Cover> {
        let Atom { slot, test, .. } = &self.program.atoms[atom as usize];
        let one = |cost, trigger| Some(Cover { cost, triggers: vec![trigger] });
        match (slot, test) {
            (_, AtomTest::Plain(Test::Null | Test::Exists(false))) => None,
            (slot, AtomTest::Plain(Test::Text(pattern))) if IndexBuilder::can_hold(pattern) => {
                let factor = slot.map_or(8.0, |slot| self.sameness(slot));
                one(likelihood(pattern.needle(), pattern.shape()) * factor, Trigger::Atom(atom))
            }
            (slot, AtomTest::Plain(Test::Regex(search))) if search.required.is_some() => {
                let texts = search.required.iter().flatten();
                let sum: f64 = texts.map(|text| likelihood(text, &Shape::Contains(String::new()))).sum();
                one(sum * slot.map_or(8.0, |_| 1.0), Trigger::Atom(atom))
            }
            (Some(slot), _) => one(PRESENCE, Trigger::Present(*slot)),
            (None, _) => None,
        }
    }
}

/// Makes a test quicker that will be made event by event.
fn prepare(atom: &mut Atom) {
    if let Atom { slot: Some(_), test: AtomTest::Plain(Test::Text(pattern)), searched: false } = atom
        && let Shape::Contains(needle) = pattern.shape()
        && !pattern.is_cased()
    {
        atom.test = AtomTest::Contains(Box::new(Finder::new(needle).into_owned()));
    }
}

/// Puts what is quick to tell first, wherever the order of parts is free; returns the node's own cost.
fn order(node: &mut Node, atoms: &[Atom]) -> u32 {
    match node {
        Node::Atom(atom) => cost(&atoms[*atom as usize]),
        Node::Not(inner) => order(inner, atoms),
        Node::All(parts) | Node::Any(parts) | Node::AtLeast(_, parts) => {
            let costed = |mut part| (order(&mut part, atoms), part);
            let mut costed: Vec<(u32, Node)> = std::mem::take(parts).into_iter().map(costed).collect();
            costed.sort_by_key(|(cost, _)| *cost);
            let sum = costed.iter().map(|(cost, _)| *cost).sum();
            *parts = costed.into_iter().map(|(_, part)| part).collect();
            sum
        }
    }
}

/// Roughly how long a test takes, beside the others.
fn cost(atom: &Atom) -> u32 {
    let one = match &atom.test {
        _ if atom.searched => return 0,
        AtomTest::Plain(Test::Null | Test::Exists(_)) => 1,
        AtomTest::Plain(Test::Text(pattern)) if matches!(pattern.shape(), Shape::Glob(_)) => 8,
        AtomTest::Plain(Test::Text(_)) => 2,
        AtomTest::Contains(_) => 4,
        AtomTest::Plain(Test::Regex(_)) => 64,
        AtomTest::SameAs { .. } | AtomTest::Plain(_) => 16,
    };
    // A keyword asks all fields.
    if atom.slot.is_some() { one } else { one * 32 }
}

struct Cover {
    /// Rough chance that an event of the class shows one of the triggers.
    cost: f64,
    triggers: Vec<Trigger>,
}

/// A field is nearly always there; so much worse than any text.
const PRESENCE: f64 = 50.0;

/// How likely a value is to match, by what the pattern looks like: only the order matters.
fn likelihood(needle: &str, shape: &Shape) -> f64 {
    let by_length = match needle.len() {
        0 | 1 => 4.0,
        2 => 1.5,
        3 => 0.7,
        4 => 0.3,
        5 => 0.1,
        6..=9 => 0.04,
        _ => 0.02,
    };
    let by_shape = match shape {
        Shape::Is(_) => 0.3,
        Shape::EndsWith(_) | Shape::StartsWith(_) => 0.7,
        _ => 1.0,
    };
    let common = COMMON.iter().any(|text| text.contains(needle) || needle.ends_with(text));
    by_length * by_shape * if common { 20.0 } else { 1.0 }
}

/// Texts that ordinary events of a Windows machine hold.
const COMMON: [&str; 34] = [
    "c:\\windows\\system32\\",
    "c:\\program files\\",
    "c:\\program files (x86)\\",
    "c:\\users\\",
    "\\appdata\\local\\temp\\",
    "\\appdata\\roaming\\",
    "\\cmd.exe",
    "\\conhost.exe",
    "\\powershell.exe",
    "\\svchost.exe",
    "\\rundll32.exe",
    "\\explorer.exe",
    "\\services.exe",
    "\\lsass.exe",
    "\\msedge.exe",
    "\\whoami.exe",
    "\\software\\microsoft\\windows\\currentversion\\",
    "\\software\\microsoft\\office\\",
    "\\system\\currentcontrolset\\services\\",
    "\\registry\\machine\\system\\",
    "\\registry\\a\\",
    "nt authority\\system",
    "binary data",
    "dword (0x00000000)",
    "dword (0x00000001)",
    "microsoft corporation",
    "kernelbase.dll",
    "kernel32.dll",
    "ntdll.dll",
    "new-object",
    "http",
    "export",
    "firewall",
    ".exe",
];

/// Fields with a handful of values: any one of them is seen all the time.
const FEW_VALUES: [&str; 18] = [
    "IntegrityLevel",
    "EventType",
    "Initiated",
    "Details",
    "Company",
    "Signed",
    "SignatureStatus",
    "LogonId",
    "LogonType",
    "User",
    "ObjectServer",
    "ObjectType",
    "GrantedAccess",
    "AccessMask",
    "Protocol",
    "Status",
    "type",
    "Provider_Name",
];
