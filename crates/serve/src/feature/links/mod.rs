//! What else there is to read about an incident: other incidents, tickets, pages.

use crate::access::{Access, Caller};
use crate::http::{Id, Ids, Input, NoQuery, Problem, said};
use crate::ledger::plain_text;
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cofferdam_journal::incident::{Incident, IncidentIntent, IncidentRefusal, Link, LinkNumber, LinkTarget};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Aggregate, Fact, Permission, Personal};
use cofferdam_vocabulary::IncidentId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Characters of what is there.
const WHAT_CHARS: usize = 200;
/// Characters of an address.
const ADDRESS_CHARS: usize = 500;

/// All links of an incident.
#[derive(Serialize, ToSchema)]
pub struct LinkList {
    /// The links.
    items: Vec<LinkView>,
}

/// A link.
#[derive(Serialize, ToSchema)]
pub struct LinkView {
    /// Its number in the incident.
    link: u64,
    /// The incident to which it leads.
    #[schema(value_type = Option<String>, example = "INC-0001")]
    incident: Option<IncidentId>,
    /// The address to which it leads, as people wrote it: it is text, and not for clicking unseen. `null` when it leads
    /// to an incident, or was erased.
    address: Option<String>,
    /// What is there; `null` when it was erased.
    what: Option<String>,
}

/// Something else to read: an incident or an address, one of both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// Another incident.
    #[schema(value_type = Option<String>, example = "INC-0001")]
    incident: Option<IncidentId>,
    /// A page or a ticket: `https://`, `http://` or `mailto:`.
    #[schema(max_length = 500, pattern = r"^(https?://|mailto:)\S+$")]
    address: Option<String>,
    /// What is there, in a few words.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "the same actor in spring")]
    what: String,
}

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let work = Access::Needs(Permission::IncidentsWork);
    routes
        .add(Access::Needs(Permission::IncidentsRead), routes!(list))
        .add(work, routes!(add))
        .add(work, routes!(remove));
}

/// All links of an incident, at most 200.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/links",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    responses((status = 200, description = "all of them", body = LinkList))
)]
async fn list(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
) -> Result<Json<LinkList>, Problem> {
    Ok(Json(LinkList { items: links(&server, &caller, id).await? }))
}

/// Add a link.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/links",
    params(("id" = String, Path, description = "the incident's id", example = "INC-0003")),
    request_body = NewLink,
    responses(
        (status = 201, description = "the link", body = LinkView),
        (status = 409, description = "there is no such incident, or too many links", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "a value cannot be accepted", body = Problem, content_type = "application/problem+json")
    )
)]
async fn add(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(new): Input<NewLink>,
) -> Result<(StatusCode, Json<LinkView>), Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    let what = said("what", &new.what, WHAT_CHARS)?;
    let to = match (new.incident, new.address) {
        (Some(incident), None) => {
            let there = server.sight(&caller).row::<IncidentRow>(incident);
            there.map_err(|_| Problem::conflict().detail(format!("there is no incident {incident}")))?;
            LinkTarget::Incident(incident)
        }
        (None, Some(address)) => LinkTarget::Address(checked(&address)?),
        _ => return Err(Problem::invalid().detail("a link leads to an `incident` or to an `address`")),
    };
    let link = Link { to, what };
    let facts = server.ask_incident(&caller, id, IncidentIntent::Link(Box::new(link))).await?;
    let number = facts.iter().find_map(|fact| match fact {
        Fact::LinkAdded { number, .. } => Some(number.0),
        _ => None,
    });
    let all = links(&server, &caller, id).await?;
    let view = all.into_iter().find(|view| Some(view.link) == number).ok_or_else(Problem::internal)?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Remove a link.
#[utoipa::path(
    delete,
    path = "/api/v1/incidents/{id}/links/{link}",
    params(
        ("id" = String, Path, description = "the incident's id", example = "INC-0003"),
        ("link" = u64, Path, description = "the link's number", example = 1)
    ),
    responses((status = 204, description = "it is not there any more"))
)]
async fn remove(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Ids(id, number): Ids<IncidentId, LinkNumber>,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    match server.try_incident(&caller, id, IncidentIntent::Unlink { number }).await? {
        // Removed twice is removed.
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(IncidentRefusal::NoSuchLink { .. }) => Err(Problem::not_found()),
        Err(refusal) => Err(Problem::conflict().detail(refusal.to_string())),
    }
}

/// An address that leads somewhere, and does nothing else.
fn checked(address: &str) -> Result<Personal, Problem> {
    let schemes = ["https://", "http://", "mailto:"];
    let leads = |scheme: &&str| address.strip_prefix(*scheme).is_some_and(|rest| !rest.is_empty());
    if !schemes.iter().any(leads) || address.chars().any(|c| c.is_whitespace() || c.is_control()) {
        let detail = "`address` begins with https://, http:// or mailto:, and has no spaces";
        return Err(Problem::invalid().detail(detail));
    }
    said("address", address, ADDRESS_CHARS)
}

async fn links(server: &Arc<Server>, caller: &Caller, id: IncidentId) -> Result<Vec<LinkView>, Problem> {
    let (_, entries) = server.sight(caller).object::<IncidentRow>(id).await?;
    let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
    Ok(incident.links.iter().map(|(number, link)| view(*number, link)).collect())
}

fn view(number: LinkNumber, link: &Link) -> LinkView {
    let (incident, address) = match &link.to {
        LinkTarget::Incident(incident) => (Some(*incident), None),
        LinkTarget::Address(address) => (None, plain_text(address)),
    };
    LinkView { link: number.0, incident, address, what: plain_text(&link.what) }
}
