//! An incident on its way out: a bundle that proves itself, written to a file without a name and sent from there.

use crate::access::Caller;
use crate::http::{Id, Input, NoQuery, PART, Parts, Problem, attachment};
use crate::server::Server;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Permission, StreamId, VALUE_BYTES};
use cofferdam_store::{Going, HandOutError};
use cofferdam_vocabulary::IncidentId;
use jiff::Unit;
use serde::Deserialize;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use utoipa::ToSchema;

/// How long the answer waits for the bundle. After that it begins without one, and is broken off should there be
/// none: what is large takes longer than any request may.
const PROMPT: Duration = Duration::from_secs(3);

/// What goes out, and to whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportOrder {
    /// To whom; recorded with the incident and with each piece of evidence.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", example = "the public prosecutor")]
    to: String,
    /// With names, addresses and lines of logs, not only what they were committed to.
    values: bool,
    /// With the bytes of evidence that is kept; needs `evidence:export`, too.
    evidence: bool,
}

/// A bundle of an incident.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Bundle(#[expect(dead_code, reason = "it is described, and sent in parts")] Vec<u8>);

/// Take an incident out: everything recorded of it and of what it speaks of, with proofs, in one tar archive. That it
/// goes out is recorded before it does.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{id}/exports",
    params(("id" = String, Path, description = "its id", example = "INC-0003")),
    request_body = ExportOrder,
    responses((status = 200, description = "the bundle", body = Bundle, content_type = "application/x-tar"))
)]
pub async fn export(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Id(id): Id<IncidentId>,
    _: NoQuery,
    Input(order): Input<ExportOrder>,
) -> Result<Response, Problem> {
    server.sight(&caller).row::<IncidentRow>(id)?;
    if order.to.trim().is_empty() || order.to.chars().count() > 500 || order.to.len() > VALUE_BYTES {
        return Err(Problem::invalid().detail("`to` is 1 to 500 characters, not all of them spaces"));
    }
    if order.evidence && !caller.may(Permission::EvidenceExport) {
        let detail = format!("with evidence it needs `{}`, too", Permission::EvidenceExport);
        return Err(Problem::forbidden().detail(detail).help("ask for it without evidence"));
    }
    let room = server.outgoing.room()?;
    let mut written = tokio::spawn(bundle(Arc::clone(&server), caller, id, order));
    let (parts, body) = room.body(None);
    match tokio::time::timeout(PROMPT, &mut written).await {
        Ok(done) => {
            let file = done.map_err(|error| failed(&error))??;
            tokio::spawn(send(file, parts));
        }
        Err(_) => drop(tokio::spawn(send_late(written, parts))),
    }
    Ok((attachment("application/x-tar", &format!("{id}.tar")), body).into_response())
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    Problem::from_failure("an incident cannot go out", error)
}

/// Writes the bundle, when all of it is for the caller to see.
async fn bundle(
    server: Arc<Server>,
    caller: Caller,
    id: IncidentId,
    order: ExportOrder,
) -> Result<File, Problem> {
    let now = (server.clock)();
    let program = format!("cofferdam {}", server.settings.version);
    let need = Arc::clone(&server.need);
    let written = server.ledger.run(move |ledger| {
        let going = Going {
            about: StreamId::Incident(id),
            to: &order.to,
            values: order.values,
            evidence: order.evidence,
            actor: &caller.actor(),
            program: &program,
            now: now.round(Unit::Second).unwrap_or(now),
        };
        let mut out = BufWriter::new(ledger.store().outgoing().map_err(|error| failed(&error))?);
        let done = ledger.store().hand_out_to(&going, &|stream| need.allows(caller.user, stream), &mut out);
        // What was recorded is known here even when no bundle came of it.
        let followed = ledger.follow();
        match done {
            Ok(_) => {}
            Err(HandOutError::Hidden) => {
                return Err(Problem::conflict().detail("the bundle would hold what is restricted to others"));
            }
            Err(HandOutError::Unknown { .. }) => return Err(Problem::not_found()),
            Err(error) => return Err(failed(&error)),
        }
        followed.map_err(|error| failed(&error))?;
        let mut file = out.into_inner().map_err(|error| failed(&error))?;
        file.flush().and_then(|()| file.rewind()).map_err(|error| failed(&error))?;
        Ok(file)
    });
    written.await.map_err(|what| failed(&what))?
}

async fn send_late(written: JoinHandle<Result<File, Problem>>, parts: Parts) {
    match written.await {
        Ok(Ok(file)) => send(file, parts).await,
        // Told in the log already, or it ended with the server.
        Ok(Err(_)) | Err(_) => parts.break_off().await,
    }
}

async fn send(mut file: File, parts: Parts) {
    loop {
        let read = tokio::task::spawn_blocking(move || {
            let mut part = vec![0; PART];
            let read = file.read(&mut part);
            part.truncate(read.as_ref().copied().unwrap_or(0));
            read.map(|_| (file, Bytes::from(part)))
        });
        match read.await {
            Ok(Ok((_, part))) if part.is_empty() => return,
            Ok(Ok((rest, part))) => {
                if parts.send(part).await.is_err() {
                    return;
                }
                file = rest;
            }
            Ok(Err(_)) | Err(_) => return parts.break_off().await,
        }
    }
}
