//! Evidence: what there is, who had it, who may see it, and its bytes.

mod content;
mod restrict;
mod view;

use crate::access::{Access, Caller};
use crate::http::{Id, NoQuery, Page, PageQuery, Problem, Query, etag};
use crate::ledger::{EntryPage, EntryQuery};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use cofferdam_journal::evidence::Evidence;
use cofferdam_journal::view::EvidenceRow;
use cofferdam_journal::{Aggregate, Permission};
use cofferdam_vocabulary::ContentHash;
use std::sync::Arc;
use utoipa_axum::routes;
use view::{EvidenceItem, EvidenceView};

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let read = Access::Needs(Permission::EvidenceRead);
    let restrict = Access::NeedsFresh(Permission::EvidenceRestrict);
    routes
        .add(read, routes!(list))
        .add(read, routes!(one))
        .add(read, routes!(entries))
        .add(Access::Needs(Permission::EvidenceExport), routes!(content::content))
        .add(restrict, routes!(restrict::restrict))
        .add(restrict, routes!(restrict::open_up));
}

/// Evidence, page by page, in the order of hashes.
#[utoipa::path(
    get,
    path = "/api/v1/evidence",
    params(PageQuery),
    responses((status = 200, description = "a page of it", body = Page<EvidenceItem>))
)]
async fn list(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<EvidenceItem>>, Problem> {
    server.sight(&caller).list_page::<EvidenceRow, _>(&query, (server.clock)(), EvidenceItem::of).map(Json)
}

/// One piece of evidence.
#[utoipa::path(
    get,
    path = "/api/v1/evidence/{hash}",
    params(("hash" = String, Path, description = "its SHA-256")),
    responses((
        status = 200,
        description = "all that is known of it",
        body = EvidenceView,
        headers(("ETag" = String, description = "its version; to be sent back as If-Match by whoever changes it"))
    ))
)]
async fn one(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Id(hash): Id<ContentHash>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<EvidenceView>), Problem> {
    let (row, entries) = server.sight(&caller).object::<EvidenceRow>(hash).await?;
    let evidence = Evidence::replay(entries.iter().map(|entry| &entry.fact));
    Ok(([(header::ETAG, etag(entries.len() as u64))], Json(EvidenceView::of(&row, &evidence))))
}

/// Who had a piece of evidence: what was recorded of it.
#[utoipa::path(
    get,
    path = "/api/v1/evidence/{hash}/entries",
    params(("hash" = String, Path, description = "its SHA-256"), EntryQuery),
    responses((status = 200, description = "a page of entries, the first first", body = EntryPage))
)]
async fn entries(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(hash): Id<ContentHash>,
    Query(query): Query<EntryQuery>,
) -> Result<Json<EntryPage>, Problem> {
    server.sight(&caller).object_page::<EvidenceRow>(hash, &query, (server.clock)()).await.map(Json)
}
