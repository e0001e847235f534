//! The bytes of a piece of evidence. Who took them is recorded before the first one is sent, and the last ones are
//! sent only when all of them are what was acquired.

use crate::access::Caller;
use crate::http::{Gone, Id, NoQuery, PART, Parts, Problem, attachment};
use crate::ledger::RecordError;
use crate::server::Server;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cofferdam_journal::evidence::{Evidence, EvidenceIntent, EvidenceRefusal, Transfer};
use cofferdam_journal::view::EvidenceRow;
use cofferdam_journal::{Personal, StreamId};
use cofferdam_vocabulary::ContentHash;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use utoipa::ToSchema;

/// What custody says of it.
const PURPOSE: &str = "read through the server";

/// The bytes of evidence.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct EvidenceBytes(#[expect(dead_code, reason = "it is described, and sent in parts")] Vec<u8>);

/// Take the bytes of a piece of evidence out. That you did is recorded first. An answer that breaks off was not what
/// was acquired: nothing of it is to be used.
#[utoipa::path(
    get,
    path = "/api/v1/evidence/{hash}/content",
    params(("hash" = String, Path, description = "its SHA-256")),
    responses(
        (status = 200, description = "its bytes", body = EvidenceBytes, content_type = "application/octet-stream"),
        (
            status = 409,
            description = "its bytes are not here, or not what was acquired",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub async fn content(
    State(server): State<Arc<Server>>,
    caller: Caller,
    method: Method,
    _: NoQuery,
    Id(hash): Id<ContentHash>,
) -> Result<Response, Problem> {
    let row = server.sight(&caller).row::<EvidenceRow>(hash)?;
    if !row.kept {
        return Err(Problem::conflict().detail(EvidenceRefusal::NotKept.to_string()));
    }
    let mut headers = attachment("application/octet-stream", &format!("{hash}.bin"));
    if method == Method::HEAD {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(row.bytes));
        return Ok((headers, Body::empty()).into_response());
    }
    let room = server.outgoing.room()?;
    let Some(file) = open(&server, &row).await? else {
        report(&server, hash, "its file is missing or has another size").await;
        return Err(Problem::conflict().detail("its bytes are damaged or missing here"));
    };
    let transfer = Transfer { to: Personal::of(&caller.account), purpose: Personal::of(PURPOSE) };
    let intent = EvidenceIntent::Export(transfer);
    let asked = server.ledger.ask::<Evidence>(StreamId::Evidence(hash), caller.actor(), intent).await;
    asked.map_err(|error| match error {
        RecordError::Refused(refusal) => Problem::conflict().detail(refusal.to_string()),
        RecordError::Failed { .. } => Problem::from_failure("custody cannot be recorded", &error),
    })?;
    let (parts, body) = room.body(Some(row.bytes));
    tokio::spawn(async move {
        if let Sent::Damaged = send(file, hash, &parts).await {
            parts.break_off().await;
            report(&server, hash, "its bytes have another hash").await;
        }
    });
    Ok((headers, body).into_response())
}

/// The file, if it is there and as large as it should be.
async fn open(server: &Arc<Server>, row: &EvidenceRow) -> Result<Option<File>, Problem> {
    let (hash, bytes) = (row.id, row.bytes);
    let opened = server.ledger.run(move |ledger| match File::open(ledger.store().blobs.path(hash)) {
        Ok(file) => Ok(Some(file).filter(|file| file.metadata().is_ok_and(|data| data.len() == bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    });
    let failed = |what: String| Problem::from_failure("evidence cannot be read", &what);
    opened.await.map_err(failed)?.map_err(failed)
}

enum Sent {
    /// All of it, or until the client went away.
    Well,
    Damaged,
}

/// Sends the file, each part when the next one was read: the last one waits until the hash is known.
async fn send(mut file: File, hash: ContentHash, parts: &Parts) -> Sent {
    let (mut hasher, mut waiting) = (Sha256::new(), None::<Bytes>);
    loop {
        let read = tokio::task::spawn_blocking(move || {
            let mut part = vec![0; PART];
            let read = file.read(&mut part);
            part.truncate(read.as_ref().copied().unwrap_or(0));
            hasher.update(&part);
            read.map(|_| (file, hasher, Bytes::from(part)))
        });
        let Ok(Ok((rest, so_far, part))) = read.await else { return Sent::Damaged };
        if part.is_empty() && <[u8; 32]>::from(so_far.clone().finalize()) != hash.0 {
            return Sent::Damaged;
        }
        let is_last = part.is_empty();
        if let Some(ready) = waiting.replace(part)
            && let Err(Gone) = parts.send(ready).await
        {
            return Sent::Well;
        }
        if is_last {
            return Sent::Well;
        }
        (file, hasher) = (rest, so_far);
    }
}

async fn report(server: &Arc<Server>, hash: ContentHash, found: &str) {
    tracing::error!(evidence = %hash, found, "evidence is damaged");
    let intent = EvidenceIntent::ReportDamage { found: found.to_owned() };
    let asked = server.ledger.ask::<Evidence>(StreamId::Evidence(hash), server.program(), intent).await;
    if let Err(error) = asked {
        tracing::error!(failure = %error, "damage of evidence could not be recorded");
    }
}
