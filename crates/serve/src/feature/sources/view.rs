//! A source as clients read it.

use super::terms::TrustName;
use crate::http::etag;
use crate::intake::{Made, Source};
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use cofferdam_journal::source::{SourceToken, Trust};
use cofferdam_vocabulary::{SourceName, TokenId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A source.
#[derive(Serialize, ToSchema)]
#[schema(as = Source)]
pub struct SourceView {
    /// What it is called.
    #[schema(value_type = String, example = "web-proxy")]
    name: SourceName,
    /// What it sends, and how: `events` or `alerts` over HTTP, `file`, `udp`, `tcp`, `tls`.
    #[schema(example = "events")]
    kind: &'static str,
    /// Who says that there is such a source: the `configuration`, or people, in the `journal`.
    #[schema(example = "journal")]
    origin: &'static str,
    /// When it was added.
    added: Option<Timestamp>,
    /// What its events or alerts are written in; none when that is recognised from each.
    parser: Option<String>,
    /// How many events a minute it sends at the least.
    expected: Option<u32>,
    /// How far what it sends is believed.
    #[schema(value_type = TrustName)]
    trust: Trust,
    /// The zone of times that name none; none for UTC.
    zone: Option<String>,
    /// Where in an alert of no known product its fields lie.
    mapping: BTreeMap<String, String>,
    /// Tokens that prove that it is it; never what they are.
    tokens: Vec<SourceTokenView>,
    /// It has a secret with which it signs what it sends.
    signs: bool,
    /// What came since the server was started.
    counts: SourceCounts,
    /// Events in the last whole minute.
    per_minute: u64,
    /// When something last arrived, since the server was started.
    last_arrival: Option<Timestamp>,
}

/// A token of a source.
#[derive(Serialize, ToSchema)]
#[schema(as = SourceToken)]
pub struct SourceTokenView {
    /// Its id, which opens nothing.
    #[schema(value_type = String, example = "0123456789abcdef")]
    id: TokenId,
    /// From when on it counts no more.
    expires: Timestamp,
    /// It counts no more.
    expired: bool,
}

/// What came from a source since the server was started.
#[derive(Serialize, ToSchema)]
pub struct SourceCounts {
    /// Records that were taken in.
    taken: u64,
    /// Records that had been delivered before.
    doubled: u64,
    /// Bytes of those that were taken in.
    bytes: u64,
    /// Requests, messages or items that were refused.
    refused: u64,
    /// Records that no parser understood.
    dead_letters: u64,
    /// Records that were lost before they could be taken in, such as datagrams.
    dropped: u64,
}

impl SourceTokenView {
    /// A token as it is now.
    pub fn of(token: &SourceToken, now: Timestamp) -> SourceTokenView {
        SourceTokenView { id: token.token, expires: token.expires, expired: !token.is_live(now) }
    }
}

impl SourceView {
    /// A source as it is now.
    pub fn of(source: &Source, now: Timestamp) -> SourceView {
        let counted = source.counters.now();
        let (origin, added) = match source.made {
            Made::Configuration => ("configuration", None),
            Made::Journal { added, .. } => ("journal", Some(added)),
        };
        let profile = source.profile();
        let mut tokens: Vec<&SourceToken> = profile.iter().flat_map(|known| known.tokens.values()).collect();
        tokens.sort_by_key(|token| std::cmp::Reverse(token.expires));
        SourceView {
            name: source.name,
            kind: source.kind.as_str(),
            origin,
            added,
            parser: source.terms.parser.clone(),
            expected: source.terms.expected,
            trust: source.terms.trust,
            zone: source.terms.zone.as_ref().and_then(|zone| zone.iana_name().map(str::to_owned)),
            mapping: source.terms.mapping.clone(),
            tokens: tokens.into_iter().map(|token| SourceTokenView::of(token, now)).collect(),
            signs: profile.is_some_and(|known| known.secret.is_some()),
            counts: SourceCounts {
                taken: counted.taken,
                doubled: counted.doubled,
                bytes: counted.bytes,
                refused: counted.refused,
                dead_letters: counted.dead_letters,
                dropped: counted.dropped,
            },
            per_minute: source.counters.in_last(1, now),
            last_arrival: counted.last_arrival,
        }
    }

    /// The answer with a source, and the version that a change must name.
    pub fn answer(source: &Source, now: Timestamp) -> Response {
        let mut response = Json(SourceView::of(source, now)).into_response();
        if let Made::Journal { version, .. } = source.made {
            response.headers_mut().insert(header::ETAG, etag(version));
        }
        response
    }
}
