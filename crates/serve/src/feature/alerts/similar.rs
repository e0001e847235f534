//! Alerts that are like another one, as clients read them.

use super::view::AlertItem;
use crate::access::Caller;
use crate::http::{Id, NoQuery, Problem};
use crate::server::{Like, Server, Shared, Similar};
use axum::Json;
use axum::extract::State;
use cofferdam_vocabulary::{AlertId, EntityKind};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Alerts that are like another one.
#[derive(Serialize, ToSchema)]
pub struct SimilarAlerts {
    /// Those that are most like it, at most 20.
    items: Vec<SimilarAlert>,
    /// How many of all that are like it people found to be what; those without a verdict are left out.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({"benign-positive": 11}))]
    verdicts: BTreeMap<&'static str, u64>,
    /// Alerts that were looked at: up to 1,000 of the same rule and 1,000 others, the last first.
    looked_at: u64,
    /// Whether these were all.
    complete: bool,
}

/// An alert that is like another one.
#[derive(Serialize, ToSchema)]
pub struct SimilarAlert {
    /// The alert.
    alert: AlertItem,
    /// The same rule raised it.
    same_rule: bool,
    /// It tells of the same, by its key.
    same_key: bool,
    /// What both are about, the rarest first.
    shared: Vec<SharedThing>,
}

/// Something that two alerts are about.
#[derive(Serialize, ToSchema)]
pub struct SharedThing {
    /// What it is.
    #[schema(value_type = String, example = "address")]
    kind: EntityKind,
    /// Which one.
    #[schema(example = "203.0.113.66")]
    value: String,
}

/// Alerts that are like one, and why: raised by the same rule, telling of the same, or about the same.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}/similar",
    params(("id" = String, Path, description = "its id", example = "ALR-000017")),
    responses((status = 200, description = "the most alike first", body = SimilarAlerts))
)]
pub async fn similar(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<AlertId>,
) -> Result<Json<SimilarAlerts>, Problem> {
    let Similar { looked_at, complete, alerts, verdicts } = server.similar(&caller, id).await?;
    let verdicts = verdicts.into_iter().map(|(verdict, count)| (verdict.as_str(), count)).collect();
    Ok(Json(SimilarAlerts { items: alerts.into_iter().map(item).collect(), verdicts, looked_at, complete }))
}

fn item(like: Like) -> SimilarAlert {
    let thing = |(kind, value): Shared| SharedThing { kind, value };
    SimilarAlert {
        alert: AlertItem::of(&like.row),
        same_rule: like.same_rule,
        same_key: like.same_key,
        shared: like.shared.into_iter().map(thing).collect(),
    }
}
