//! Incidents that are like another one, as clients read them.

use super::view::IncidentItem;
use crate::access::Caller;
use crate::http::{Id, NoQuery, Problem};
use crate::server::{Common, Server};
use axum::Json;
use axum::extract::State;
use cofferdam_journal::view::IncidentRow;
use cofferdam_vocabulary::{EntityKind, IncidentId};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What two incidents have in common is told up to so many.
const TOLD: usize = 50;

/// Incidents that are like another one.
#[derive(Serialize, ToSchema)]
pub struct IncidentsAlike {
    /// Those that are most like it, at most 20.
    items: Vec<IncidentAlike>,
    /// Incidents that were looked at: up to 500, the last first.
    looked_at: u64,
    /// Whether these were all.
    complete: bool,
}

/// An incident that is like another one.
#[derive(Serialize, ToSchema)]
pub struct IncidentAlike {
    /// The incident.
    incident: IncidentItem,
    /// What both touch, the rarest first; at most 50.
    shared: Vec<SharedScope>,
    /// Rules that raised alerts of both, by their ids, the rarest first; at most 50. None for who may see no alerts.
    rules: Vec<String>,
}

/// Something that two incidents touch.
#[derive(Serialize, ToSchema)]
pub struct SharedScope {
    /// What it is.
    #[schema(value_type = String, example = "account")]
    kind: EntityKind,
    /// Which one.
    #[schema(example = "svc-backup")]
    value: String,
}

/// Incidents that are like one, and why: they touch the same, or have alerts of the same rules.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/similar",
    params(("id" = String, Path, description = "its id", example = "INC-0003")),
    responses((status = 200, description = "the most alike first", body = IncidentsAlike))
)]
pub async fn similar(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<IncidentId>,
) -> Result<Json<IncidentsAlike>, Problem> {
    let found = server.similar_incidents(&caller, id).await?;
    let items = found.incidents.into_iter().map(|(row, common)| item(&row, common)).collect();
    Ok(Json(IncidentsAlike { items, looked_at: found.looked_at, complete: found.complete }))
}

fn item(row: &IncidentRow, common: Vec<Common>) -> IncidentAlike {
    let (mut shared, mut rules) = (Vec::new(), Vec::new());
    for one in common {
        match one {
            Common::Thing(kind, value) => shared.push(SharedScope { kind, value }),
            Common::Rule(rule) => rules.push(rule),
        }
    }
    shared.truncate(TOLD);
    rules.truncate(TOLD);
    IncidentAlike { incident: IncidentItem::of(row), shared, rules }
}
