//! Alerts are sent, read and changed.

use super::Feeder;
use super::change::{self, Assignee, Status};
use super::document::Document;
use super::form::{Form, Number, refusal};
use super::report::{key, report, revised};
use super::shown::Shown;
use crate::access::Caller;
use crate::http::{Id, Problem, collect};
use crate::server::{Raised, Revised, Server};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cofferdam_journal::alert::{Alert, AlertIntent};
use cofferdam_journal::incident::Incident;
use cofferdam_journal::view::AlertRow;
use cofferdam_journal::{Aggregate, Permission, StreamId};
use cofferdam_vocabulary::{AlertId, IncidentId, UserId};
use serde_json::Value;
use std::sync::Arc;

/// Bytes of a body.
const BODY_BYTES: usize = 1 << 20;

/// Takes an alert in. One that was sent before is told as TheHive does, so that it is not there twice.
pub async fn create(
    form: Form,
    State(server): State<Arc<Server>>,
    Feeder(caller): Feeder,
    request: Request,
) -> Result<Response, Problem> {
    let document = body(form, request).await?;
    let wanted = wanted(&server, &caller, &document, None)?;
    let report = report(&document, (server.clock)())?;
    let mut others = vec![AlertIntent::Quote { quotes: document.quotes() }];
    others.extend(wanted.intents(&Alert::default(), &document));
    let id = match server.raise_quoted(&caller, &key(&document)?, report, others).await? {
        Raised::New(id) => id,
        Raised::Known(_) => {
            let said = ["type", "source", "sourceRef"].map(|name| document.text(name).unwrap_or_default());
            let message = format!("Alert {} already exists", said.join(":"));
            return Ok(refusal(StatusCode::BAD_REQUEST, "CreateError", &message));
        }
    };
    let shown = shown(&server, &caller, id).await?;
    Ok((StatusCode::CREATED, Json(shown.json(form))).into_response())
}

/// One alert.
pub async fn one(
    form: Form,
    State(server): State<Arc<Server>>,
    Feeder(caller): Feeder,
    Id(id): Id<Number>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(shown(&server, &caller, id.alert()).await?.json(form)))
}

/// Changes an alert. v1 answers nothing then, v0 the alert.
pub async fn update(
    form: Form,
    State(server): State<Arc<Server>>,
    Feeder(caller): Feeder,
    Id(id): Id<Number>,
    request: Request,
) -> Result<Response, Problem> {
    // Whether it is there is said before its body is read.
    server.sight(&caller).row::<AlertRow>(id.alert())?;
    let given = body(form, request).await?;
    let wanted = wanted(&server, &caller, &given, Some(id.alert()))?;
    server.revise_quoted(&caller, id.alert(), move |alert| wanted.revised(alert, &given)).await?;
    match form {
        Form::V1 => Ok(StatusCode::NO_CONTENT.into_response()),
        Form::V0 => Ok(Json(shown(&server, &caller, id.alert()).await?.json(form)).into_response()),
    }
}

/// What somebody wants of an alert beside what they say of it.
#[derive(Clone, Copy)]
struct Wanted {
    status: Option<Status>,
    assignee: Assignee,
    caller: UserId,
}

impl Wanted {
    fn intents(self, alert: &Alert, given: &Document) -> Vec<AlertIntent> {
        change::intents(&alert.triage, self.status, self.assignee, self.caller, given.text("summary"))
    }

    /// What becomes of an alert by what is given.
    fn revised(self, alert: &Alert, given: &Document) -> Result<Revised, Problem> {
        let mut others = self.intents(alert, given);
        let mut given = given.clone();
        // They are ours to tell.
        given.members.retain(|name, _| !matches!(name.as_str(), "status" | "assignee"));
        let known = Document::of_quotes(&alert.quotes);
        let changes = known.changed(given);
        if let Some(name) = ["type", "source", "sourceRef"].iter().find(|name| changes.text(name).is_some()) {
            return Err(Problem::invalid().detail(format!("`{name}` stays as it is: it tells alerts apart")));
        }
        if changes == Document::default() {
            return Ok(Revised { report: None, others });
        }
        if alert.quotes.is_empty() {
            let detail = "this alert came another way; only `status` and `assignee` are set here";
            return Err(Problem::conflict().detail(detail));
        }
        others.insert(0, AlertIntent::Quote { quotes: changes.quotes() });
        // Of what follows from several members, all of them are looked at.
        let whole = known.with(&changes);
        let report = alert.known.as_ref().map(|known| revised(known, &whole));
        Ok(Revised { report: report.filter(|report| Some(report) != alert.known.as_ref()), others })
    }
}

/// Reads status and assignee. Both are triage, for which one needs the permission.
fn wanted(
    server: &Arc<Server>,
    caller: &Caller,
    given: &Document,
    alert: Option<AlertId>,
) -> Result<Wanted, Problem> {
    let status = given.text("status").map(Status::read).transpose()?;
    let assignee = match given.members.get("assignee") {
        None => Assignee::AsItIs,
        Some(Value::String(account)) => Assignee::User(user(server, account)?),
        Some(_) => Assignee::Nobody,
    };
    let is_triage = status.is_some_and(|status| alert.is_some() || status != Status::New)
        || !matches!((assignee, alert), (Assignee::AsItIs, _) | (Assignee::Nobody, None));
    if is_triage && !caller.may(Permission::AlertsTriage) {
        return Err(Problem::forbidden().detail(format!("it needs `{}`", Permission::AlertsTriage)));
    }
    if let Assignee::User(user) = assignee {
        let sees = alert.map(StreamId::Alert);
        server.check_able(user, Permission::AlertsTriage, "works on alerts", sees)?;
    }
    Ok(Wanted { status, assignee, caller: caller.user })
}

/// The user of an account, or of an id.
fn user(server: &Server, account: &str) -> Result<UserId, Problem> {
    let known = server.identity.roster.account(account).map(|user| user.id);
    known.or_else(|| UserId::parse(account).ok()).ok_or_else(|| {
        let account: String = account.chars().take(100).collect();
        Problem::invalid().detail(format!("there is no account `{account}`"))
    })
}

/// An alert as a caller sees it.
pub async fn shown(server: &Arc<Server>, caller: &Caller, id: AlertId) -> Result<Shown, Problem> {
    let (row, entries) = server.sight(caller).object::<AlertRow>(id).await?;
    let assignee = row.assignee.map(|user| account(server, user));
    let imported = imported(server, caller, &row).await?;
    Shown::of(row, &entries, imported, assignee).ok_or_else(Problem::not_found)
}

/// The incident that is an alert's case: the one that people led, or into which they put alerts. What live detection
/// joins by itself is a guess that it may take back, and no case yet. Whether it is one is told by what the caller sees of
/// it: what people did with alerts that are not there for them is not told.
pub async fn imported(
    server: &Arc<Server>,
    caller: &Caller,
    row: &AlertRow,
) -> Result<Option<IncidentId>, Problem> {
    let Some(id) = row.incident else { return Ok(None) };
    let entries = server.sight(caller).stream(StreamId::Incident(id)).await?;
    let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
    let is_held = incident.led || incident.commander.is_some() || incident.restricted.is_some();
    Ok(is_held.then_some(id))
}

/// What somebody is called: their account, or their id once that was erased.
pub fn account(server: &Server, user: UserId) -> String {
    let known = server.identity.roster.user(user);
    let account = known.and_then(|known| known.profile.account.known().map(str::to_owned));
    account.unwrap_or_else(|| user.to_string())
}

/// The body of a request, which holds no files.
pub async fn body(form: Form, request: Request) -> Result<Document, Problem> {
    is_json(request.headers())?;
    let bytes = collect(request.into_body(), BODY_BYTES).await?;
    // Some send nothing where nothing needs to be said.
    if bytes.trim_ascii().is_empty() {
        return Ok(Document::default());
    }
    Document::read(&bytes, form)
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        let help =
            "send the alert as `application/json`, the file to the evidence, and its hash as an observable";
        return Err(Problem::unsupported_media_type().detail("files are not taken here").help(help));
    }
    match essence.eq_ignore_ascii_case("application/json") || essence.is_empty() {
        true => Ok(()),
        false => Err(Problem::unsupported_media_type().help("send `application/json`")),
    }
}
