//! What all forms share: a body is unpacked, taken apart off the threads that serve requests, and taken in.

use crate::http::{Problem, key};
use crate::intake::{Proven, Records, unpack};
use crate::server::Server;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use cofferdam_spool::Receipt;
use std::sync::Arc;

/// What came of a request.
pub struct Taken<T> {
    /// What the spool says; nothing was taken in when there was nothing to take.
    pub receipt: Receipt,
    /// What taking it apart says.
    pub told: T,
}

/// Takes the events of a request in. `apart` finds them in the unpacked body.
///
/// # Errors
///
/// As [`unpack`] and [`Records::accept`], and what `apart` says; then nothing of the request is acknowledged.
pub async fn take<T: Send + 'static>(
    server: &Arc<Server>,
    proven: &Proven,
    request: Request,
    apart: impl FnOnce(&[u8], &mut Records) -> Result<T, Problem> + Send + 'static,
) -> Result<Taken<T>, Problem> {
    let counters = &proven.source.counters;
    let found = found(server, proven, request, apart).await;
    let (records, told) = found.inspect_err(|_| counters.refused(1))?;
    // Where there is no room, the door counts it.
    let receipt = if records.is_empty() {
        Receipt { first: None, taken: 0, doubled: 0 }
    } else {
        records.accept(server).await?
    };
    Ok(Taken { receipt, told })
}

/// Events of a request that are not taken in yet.
async fn found<T: Send + 'static>(
    server: &Arc<Server>,
    proven: &Proven,
    request: Request,
    apart: impl FnOnce(&[u8], &mut Records) -> Result<T, Problem> + Send + 'static,
) -> Result<(Records, T), Problem> {
    let (parts, body) = request.into_parts();
    let key = key(&parts.headers)?;
    let unpacked = unpack(server, &parts.headers, body).await?;
    let mut records = Records::of(proven, key, unpacked.bytes.clone(), unpacked.held);
    let apart = tokio::task::spawn_blocking(move || {
        let told = apart(&unpacked.bytes, &mut records)?;
        Ok((records, told))
    });
    apart.await.map_err(|error| Problem::from_failure("events were not taken apart", &error))?
}

/// Lines of a body without their ends, with their numbers from 1; those with nothing in them are left out.
pub fn lines(body: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = body.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.map(|(at, line)| (at + 1, line.strip_suffix(b"\r").unwrap_or(line)));
    lines.filter(|(_, line)| !line.trim_ascii().is_empty())
}

/// The type of a body without its parameters, in lower case; empty when it is not said, or said twice.
pub fn content_type(headers: &HeaderMap) -> String {
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    match (given.next().and_then(|value| value.to_str().ok()), given.next()) {
        (Some(value), None) => value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// Whether these bytes are one JSON object.
pub fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_and_empty_ones_left_out() {
        let found: Vec<_> = lines(b"a\r\n\n  \nb\0\xff\n\nc").collect();
        assert_eq!(found, [(1, &b"a"[..]), (4, &b"b\0\xff"[..]), (6, &b"c"[..])]);
        assert_eq!(lines(b"\n\r\n").count(), 0);
    }

    #[test]
    fn an_object_is_whole() {
        for good in ["{}", " {\"a\":[1,{\"b\":null}]} "] {
            assert!(is_object(good.as_bytes()), "{good}");
        }
        let deep = format!("{{\"a\":{}", "[".repeat(200_000));
        for bad in ["", "[]", "1", "{", "{} {}", "{'a':1}", "{\"a\":\"\u{1}\"}", &deep] {
            assert!(!is_object(bad.as_bytes()), "{}", &bad[..bad.len().min(20)]);
        }
    }
}
