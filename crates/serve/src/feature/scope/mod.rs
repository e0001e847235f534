//! What an incident touches, and how each host, account, address … of it stands.

use crate::access::{Access, Caller};
use crate::http::{EntityStatusName, Id, Input, NoQuery, Problem, said};
use crate::ledger::plain_text;
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::incident::{EntityName, EntityStatus, Incident, IncidentIntent};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Aggregate, Permission};
use cofferdam_vocabulary::{EntityKind, IncidentId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Characters of a reason, and of the value of an entity.
const REASON_CHARS: usize = 500;
/// Entities that are told, and named at once.
const ENTITIES: usize = 1000;

/// What an incident touches.
#[derive(Serialize, ToSchema)]
pub struct Scope {
    /// How many entities of each state there are.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({"suspected": 4, "contained": 1}))]
    counts: BTreeMap<&'static str, u64>,
    /// Each of them, the least advanced first; the first 1,000.
    entities: Vec<EntityView>,
}

/// How an entity stands.
#[derive(Serialize, ToSchema)]
pub struct EntityView {
    /// What it is.
    #[schema(value_type = String, example = "host")]
    kind: EntityKind,
    /// Which one; `null` when it was erased.
    value: Option<String>,
    /// How it stands.
    status: EntityStatusName,
    /// The evidence for it; `null` as long as nobody said, or when it was erased.
    reason: Option<String>,
}

/// How entities stand from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StandOrder {
    /// How.
    status: EntityStatusName,
    /// The evidence for it.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "its memory was looked at")]
    reason: String,
    /// Which, by name; what the incident was not known to touch, it touches from now on. Up to 1,000.
    #[serde(default)]
    #[schema(max_items = 1000)]
    entities: Vec<NamedEntity>,
    /// Which, by how they stand now: all of these.
    #[serde(default)]
    which: Option<Which>,
}

/// A host, account, address …
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedEntity {
    /// What it is.
    kind: KindName,
    /// Which one.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "web-01")]
    value: String,
}

/// Entities that stand so now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// How they stand now.
    status: EntityStatusName,
    /// Only of this kind.
    kind: Option<KindName>,
}

/// What an entity is.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KindName {
    /// A machine.
    Host,
    /// An account.
    Account,
    /// An IP address.
    Address,
    /// A program by its path.
    Process,
    /// A file by its path.
    File,
    /// A file's hash.
    Hash,
    /// A DNS name.
    Domain,
    /// A path on a web server.
    Url,
    /// A Windows registry key or value.
    Registry,
    /// A service, scheduled task, cron job or systemd unit.
    Service,
}

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes
        .add(Access::Needs(Permission::IncidentsRead), routes!(scope))
        .add(Access::Needs(Permission::IncidentsWork), routes!(stand));
}

/// What an incident touches, and how each of it stands.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/scope",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    responses((status = 200, description = "all of it", body = Scope))
)]
async fn scope(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
) -> Result<Json<Scope>, Problem> {
    Ok(Json(view(&known(&server, &caller, id).await?)))
}

/// Say how entities stand, and by which evidence.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/scope",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = StandOrder,
    responses(
        (status = 200, description = "all of it", body = Scope),
        (status = 409, description = "it is closed, or part of another", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn stand(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<StandOrder>,
) -> Result<Json<Scope>, Problem> {
    let incident = known(&server, &caller, id).await?;
    let reason = said("reason", &order.reason, REASON_CHARS)?;
    if order.entities.len() > ENTITIES {
        return Err(Problem::invalid().detail(format!("at most {ENTITIES} entities are named at once")));
    }
    if order.entities.is_empty() && order.which.is_none() {
        let help = "name them in `entities`, or say in `which` how they stand now";
        return Err(Problem::invalid().detail("it is not said which entities stand so").help(help));
    }
    let named = order.entities.iter().map(|entity| {
        let value = said("value", &entity.value, REASON_CHARS)?;
        Ok(EntityName { kind: entity.kind.kind(), value })
    });
    let mut entities = named.collect::<Result<std::collections::BTreeSet<_>, Problem>>()?;
    if let Some(Which { status, kind }) = order.which {
        let is_meant = |(name, now): &(EntityName, EntityStatus)| {
            *now == status.0 && kind.is_none_or(|kind| kind.kind() == name.kind)
        };
        entities.extend(incident.standing().into_iter().filter(is_meant).map(|(name, _)| name));
    }
    let intent = IncidentIntent::Stand { entities, status: order.status.0, reason };
    server.ask_incident(&caller, id, intent).await?;
    Ok(Json(view(&known(&server, &caller, id).await?)))
}

async fn known(server: &Arc<Server>, caller: &Caller, id: IncidentId) -> Result<Incident, Problem> {
    let (_, entries) = server.sight(caller).object::<IncidentRow>(id).await?;
    Ok(Incident::replay(entries.iter().map(|entry| &entry.fact)))
}

fn view(incident: &Incident) -> Scope {
    let mut standing: Vec<(EntityName, EntityStatus)> = incident.standing().into_iter().collect();
    standing.sort_by_key(|(_, status)| *status);
    let mut counts = BTreeMap::new();
    for (_, status) in &standing {
        *counts.entry(status.as_str()).or_default() += 1;
    }
    let entities = standing.into_iter().take(ENTITIES).map(|(name, status)| EntityView {
        kind: name.kind,
        reason: incident.standings.get(&name).and_then(|standing| plain_text(&standing.reason)),
        value: plain_text(&name.value),
        status: status.into(),
    });
    Scope { counts, entities: entities.collect() }
}

impl KindName {
    fn kind(self) -> EntityKind {
        match self {
            KindName::Host => EntityKind::Host,
            KindName::Account => EntityKind::Account,
            KindName::Address => EntityKind::Address,
            KindName::Process => EntityKind::Process,
            KindName::File => EntityKind::File,
            KindName::Hash => EntityKind::Hash,
            KindName::Domain => EntityKind::Domain,
            KindName::Url => EntityKind::Url,
            KindName::Registry => EntityKind::Registry,
            KindName::Service => EntityKind::Service,
        }
    }
}
