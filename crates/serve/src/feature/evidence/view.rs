//! Evidence as clients read it. A text that may tell of a person is `null` when it was erased.

use crate::ledger::{ActorView, plain_text};
use cofferdam_journal::evidence::Evidence;
use cofferdam_journal::view::EvidenceRow;
use cofferdam_vocabulary::{ContentHash, UserId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A piece of evidence in a list.
#[derive(Serialize, ToSchema)]
pub struct EvidenceItem {
    /// SHA-256 of its bytes, by which it is named.
    #[schema(value_type = String)]
    hash: ContentHash,
    /// Where it was read last; `null` when it was erased.
    source: Option<String>,
    /// How many bytes.
    bytes: u64,
    /// Its bytes are kept.
    kept: bool,
    /// The bytes kept are not what was acquired.
    damaged: bool,
    /// When it was first acquired.
    acquired: Timestamp,
    /// Who acquired it first.
    by: ActorView,
    /// Facts of custody after that.
    custody: u64,
    /// Only these see it; none when everybody with the permission does.
    #[schema(value_type = Option<Vec<String>>, example = json!(["USR-0001"]))]
    restricted: Option<BTreeSet<UserId>>,
}

/// A piece of evidence, whole.
#[derive(Serialize, ToSchema)]
pub struct EvidenceView {
    #[serde(flatten)]
    item: EvidenceItem,
    /// Everybody it was given to, the first first.
    given: Vec<Given>,
    /// How often somebody looked at it.
    views: u64,
}

/// It was given to somebody.
#[derive(Serialize, ToSchema)]
pub struct Given {
    /// To whom; `null` when it was erased.
    to: Option<String>,
    /// What for; `null` when it was erased.
    purpose: Option<String>,
}

impl EvidenceItem {
    /// A row of the list.
    pub fn of(row: &EvidenceRow) -> EvidenceItem {
        EvidenceItem {
            hash: row.id,
            source: plain_text(&row.source),
            bytes: row.bytes,
            kept: row.kept,
            damaged: row.damaged,
            acquired: row.acquired,
            by: ActorView::of(&row.by),
            custody: row.custody,
            restricted: row.restricted.clone(),
        }
    }
}

impl EvidenceView {
    /// Evidence as its facts tell, with its row.
    pub fn of(row: &EvidenceRow, evidence: &Evidence) -> EvidenceView {
        let given = evidence.given.iter();
        EvidenceView {
            item: EvidenceItem::of(row),
            given: given
                .map(|given| Given { to: plain_text(&given.to), purpose: plain_text(&given.purpose) })
                .collect(),
            views: evidence.views,
        }
    }
}
