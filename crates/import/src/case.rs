//! A case as any product has it, in our words.

use crate::left::LeftOut;
use cofferdam_journal::incident::{EntityStatus, Pap, Phase, Resolution, TaskState, Tlp};
use cofferdam_vocabulary::{DedupKey, Entity, Level, TechniqueId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt;

/// A product that keeps cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    /// TheHive 4 or 5.
    TheHive,
    /// DFIR-IRIS.
    DfirIris,
}

/// A case, as far as we have a place for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The product that kept it.
    pub product: Product,
    /// What people call it there, such as `#42`.
    pub id: String,
    /// By which its alerts name it.
    pub called: Vec<String>,
    /// What tells it from all other cases of that product.
    pub key: DedupKey,
    /// What people call it.
    pub title: String,
    /// How bad they said that it is.
    pub severity: Level,
    /// With whom it may be shared, if they said so.
    pub tlp: Option<Tlp>,
    /// What may be done with it, if they said so.
    pub pap: Option<Pap>,
    /// When it began, as they said.
    pub first_seen: Option<Timestamp>,
    /// When it was over, as they said.
    pub last_seen: Option<Timestamp>,
    /// Hosts, accounts, addresses … that it touches.
    pub scope: Vec<Entity>,
    /// How people said that some of them stand.
    pub stands: Vec<Stands>,
    /// What people wrote and what has no place of its own, as Markdown; each fits a note.
    pub notes: Vec<String>,
    /// What was to be done.
    pub tasks: Vec<Task>,
    /// What happened when.
    pub moments: Vec<Moment>,
    /// Alerts that belong to it.
    pub alerts: Vec<ForeignAlert>,
    /// How it ended, if it did.
    pub closing: Option<Closing>,
    /// What of it was not imported.
    pub left: Vec<LeftOut>,
    /// Values that say something, of which those in `left` are a part.
    pub values: u64,
}

/// How an entity stands, as people said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// Which; it is in the scope, too.
    pub entity: Entity,
    /// How.
    pub status: EntityStatus,
    /// What says so.
    pub reason: String,
}

/// Something that was to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What.
    pub title: String,
    /// The phase to which its group belongs.
    pub phase: Phase,
    /// Until when.
    pub due: Option<Timestamp>,
    /// How far it was.
    pub state: TaskState,
    /// What came of it.
    pub outcome: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: String,
    /// The technique that it shows.
    pub technique: Option<TechniqueId>,
    /// It belongs in every short account.
    pub pinned: bool,
}

/// An alert of the product, or one that it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignAlert {
    /// The product.
    pub product: Product,
    /// What people call it there.
    pub id: String,
    /// What tells it from all other alerts of that product.
    pub key: DedupKey,
    /// The cases to which it belongs, as the product names them.
    pub of: Vec<String>,
    /// What it is called.
    pub title: String,
    /// How bad.
    pub level: Level,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// Whom and what it is about.
    pub entities: Vec<Entity>,
    /// What else it says, in lines.
    pub details: String,
    /// Nothing more was to be done about it.
    pub closed: bool,
    /// What of it was not imported.
    pub left: Vec<LeftOut>,
    /// Values that say something, of which those in `left` are a part.
    pub values: u64,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// When, if that is said.
    pub at: Option<Timestamp>,
    /// Our word for how; none where we have none.
    pub resolution: Option<Resolution>,
    /// What they said.
    pub said: String,
}

impl Product {
    /// As it is written where incidents are listed.
    pub fn as_str(self) -> &'static str {
        match self {
            Product::TheHive => "thehive",
            Product::DfirIris => "dfir-iris",
        }
    }

    /// What tells one of its objects from the others: SHA-256 of what never changes of it, cut.
    pub(crate) fn key(self, kind: &str, parts: &[&str]) -> DedupKey {
        let mut hash = Sha256::new().chain_update(b"cofferdam import 1\0");
        for part in [&[self.as_str(), kind], parts].concat() {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash: [u8; 32] = hash.finalize().into();
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        DedupKey(key)
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Product::TheHive => "TheHive",
            Product::DfirIris => "DFIR-IRIS",
        })
    }
}
