//! Alerts become cases, or part of one: incidents here.

use super::Feeder;
use super::case::Case;
use super::document::Document;
use super::feed::{account, body, imported, shown};
use super::form::{Form, Number};
use super::marks::{level, marking, pap, severity, tlp};
use crate::access::Caller;
use crate::http::{Id, Ids, Problem};
use crate::server::{Placement, Server};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use cofferdam_journal::alert::Alert;
use cofferdam_journal::incident::{Incident, IncidentIntent, Marking, Severity, Steering};
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_journal::{Aggregate, Permission, Personal, StreamId};
use cofferdam_vocabulary::{AlertId, IncidentId, Level};
use serde_json::Value;
use std::sync::Arc;

/// Alerts whose documents are looked at for tags and description of a case.
const LOOKED_AT: usize = 50;
/// Bytes of what is kept of an order to promote, as a note.
const NOTE_BYTES: usize = 16 * 1024;

/// Opens an incident of an alert. One that people put into an incident already is answered with that: whoever did not get
/// the answer asks again.
pub async fn promote(
    form: Form,
    State(server): State<Arc<Server>>,
    Feeder(caller): Feeder,
    Id(id): Id<Number>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), Problem> {
    may_work(&caller)?;
    let id = id.alert();
    server.sight(&caller).row::<AlertRow>(id)?;
    let given = body(form, request).await?;
    let incident = match held(&server, &caller, id).await? {
        Some(incident) => incident,
        None => match opened(&server, &caller, id, given).await {
            Ok(incident) => incident,
            // Somebody else was first.
            Err(problem) => held(&server, &caller, id).await?.ok_or(problem)?,
        },
    };
    Ok((StatusCode::CREATED, Json(case(&server, &caller, incident).await?.json(form))))
}

/// Says that an alert belongs to an incident, wherever it was.
pub async fn merge(
    form: Form,
    State(server): State<Arc<Server>>,
    Feeder(caller): Feeder,
    Ids(id, into): Ids<Number, Number>,
) -> Result<Json<Value>, Problem> {
    may_work(&caller)?;
    let (id, into) = (id.alert(), into.incident());
    server.sight(&caller).row::<AlertRow>(id)?;
    if server.sight(&caller).row::<AlertRow>(id)?.incident != Some(into) {
        server.attach(&caller, into, placement(id)).await?;
    }
    Ok(Json(case(&server, &caller, into).await?.json(form)))
}

/// One incident.
pub async fn one(
    form: Form,
    State(server): State<Arc<Server>>,
    Feeder(caller): Feeder,
    Id(id): Id<Number>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(case(&server, &caller, id.incident()).await?.json(form)))
}

fn may_work(caller: &Caller) -> Result<(), Problem> {
    match caller.may(Permission::IncidentsWork) {
        true => Ok(()),
        false => Err(Problem::forbidden().detail(format!("it needs `{}`", Permission::IncidentsWork))),
    }
}

async fn held(server: &Arc<Server>, caller: &Caller, alert: AlertId) -> Result<Option<IncidentId>, Problem> {
    let row = server.sight(caller).row::<AlertRow>(alert)?;
    imported(server, caller, &row).await
}

fn reason() -> Personal {
    Personal::of("said over TheHive's interface")
}

fn placement(alert: AlertId) -> Placement {
    Placement { alerts: [alert].into(), moving: true, reason: reason() }
}

/// As [`open`], to its end, even when whoever asked breaks off: an incident that is to be marked is marked.
async fn opened(
    server: &Arc<Server>,
    caller: &Caller,
    id: AlertId,
    given: Document,
) -> Result<IncidentId, Problem> {
    let (server, caller) = (Arc::clone(server), caller.clone());
    Server::whole(async move { open(&server, &caller, id, &given).await }).await
}

/// Opens an incident of an alert, called, rated and marked as the alert is, or as the order says. What live detection had
/// joined with it comes along.
async fn open(
    server: &Arc<Server>,
    caller: &Caller,
    id: AlertId,
    given: &Document,
) -> Result<IncidentId, Problem> {
    let alert = shown(server, caller, id).await?.json(Form::V1);
    let number = |name: &str| given.number(name).or_else(|| alert.get(name)?.as_i64());
    let title = given.text("title").or_else(|| alert.get("title")?.as_str()).unwrap_or_default();
    let title: String = title.chars().take(200).collect();
    // What is informational here has no number there.
    let row = server.sight(caller).row::<AlertRow>(id)?;
    let own = severity(row.level).0;
    let level: Level =
        given.number("severity").filter(|given| *given != own).map_or(row.level, |given| level(Some(given)));
    let reasons = vec![Personal::of(&format!("promoted from {id} over TheHive's interface"))];
    let severity = Severity { level, reasons };
    let incident = server.open_incident(caller, Personal::of(&title), severity, placement(id)).await?;
    if let Some(found) = row.incident {
        // The case is there without them as well.
        if let Err(problem) = server.merge_incidents(caller, found, incident, reason()).await {
            tracing::warn!(%found, %incident, ?problem, "what was joined with an alert stays where it is");
        }
    }
    let marking = marking(tlp(number("tlp")), pap(number("pap")));
    if marking != Marking::default() {
        let mark = IncidentIntent::Steer(Box::new(Steering::Mark(marking)));
        server.ask_incident(caller, incident, mark).await?;
    }
    if let Some(text) = note(given) {
        server.ask_incident(caller, incident, IncidentIntent::WriteNote { text }).await?;
    }
    Ok(incident)
}

/// What an order says beyond what incidents have words for, so that it is not lost.
fn note(given: &Document) -> Option<Vec<Personal>> {
    let understood = ["title", "severity", "tlp", "pap"];
    let rest = given.members.iter().filter(|(name, _)| !understood.contains(&name.as_str()));
    let lines: Vec<String> = rest
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}: {text}"),
            other => format!("{name}: {other}"),
        })
        .collect();
    let mut text = format!("Told when it was promoted over TheHive's interface:\n\n{}", lines.join("\n"));
    if text.len() > NOTE_BYTES {
        let end = (0..=NOTE_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    (!lines.is_empty()).then(|| Personal::parts(&text))
}

/// An incident as a caller sees it.
async fn case(server: &Arc<Server>, caller: &Caller, id: IncidentId) -> Result<Case, Problem> {
    let (row, entries) = server.sight(caller).object::<IncidentRow>(id).await?;
    let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
    let mut documents = Vec::new();
    for alert in incident.known.iter().flat_map(|known| known.alerts.keys()).take(LOOKED_AT) {
        let entries = server.sight(caller).stream(StreamId::Alert(*alert)).await?;
        let alert = Alert::replay(entries.iter().map(|entry| &entry.fact));
        documents.push(Document::of_quotes(&alert.quotes));
    }
    let leads = row.commander.map(|user| account(server, user));
    Case::of(row, &entries, leads, documents).ok_or_else(Problem::not_found)
}
