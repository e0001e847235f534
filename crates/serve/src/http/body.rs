//! Bodies that are read: JSON of a closed type, of the content type that the route names, within bounds.

use super::problem::Problem;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

/// Objects and arrays within each other; a closed type needs three or four.
const DEPTH: usize = 16;
/// Bytes of a body that is too large which are taken all the same, at most.
const THROWN_AWAY: usize = 4 << 20;

/// A body as JSON of a closed type.
///
/// Types that are read here refuse unknown members (`deny_unknown_fields`), so that nothing is set that the
/// route does not name; a test posts every field of every answer to every route.
pub struct Input<T>(pub T);

/// How large a body may be; an extension of each request.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(pub usize);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Input<T>, Problem> {
        is_json(request.headers())?;
        let limit = request.extensions().get::<BodyLimit>().map_or(64 * 1024, |limit| limit.0);
        let bytes = collect(request.into_body(), limit).await?;
        read(&bytes).map(Input)
    }
}

/// Only one content type is read, without parameters but UTF-8: what a form of another site can send never is.
fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let given = types.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = given.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let rest_is_utf8 = parts.all(|part| part.eq_ignore_ascii_case("charset=utf-8"));
    if is_json && rest_is_utf8 && types.next().is_none() && !headers.contains_key(header::CONTENT_ENCODING) {
        Ok(())
    } else {
        Err(Problem::unsupported_media_type().help("send `Content-Type: application/json`, not compressed"))
    }
}

/// Reads a body whole. Of one that is too large some more is taken and thrown away: whoever is still sending when the
/// connection ends does not hear why.
///
/// # Errors
///
/// 413 when it is too large, 400 when it broke off.
pub async fn collect(mut body: Body, limit: usize) -> Result<Bytes, Problem> {
    let (mut bytes, mut came) = (BytesMut::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::bad_request().detail("the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        came = came.saturating_add(data.len());
        if came <= limit {
            bytes.extend_from_slice(&data);
        } else if came > limit.saturating_add(THROWN_AWAY) {
            break;
        }
    }
    if came > limit {
        return Err(Problem::too_large().detail(format!("the body may have {limit} bytes")));
    }
    Ok(bytes.freeze())
}

/// Reads JSON of a closed type.
///
/// # Errors
///
/// 400 when it is not JSON, 422 when it is JSON of another shape.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if is_deep(bytes) {
        return Err(Problem::invalid().detail(format!("more than {DEPTH} objects or lists in each other")));
    }
    let read = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Problem::invalid().detail(error.to_string()),
        _ => Problem::bad_request().detail(format!("the body is not JSON: {error}")),
    })?;
    // A list whose members fit those of the type, in their order, would be taken for one.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::invalid().detail("the body is no JSON object"));
    }
    Ok(read)
}

/// Whether brackets open deeper than anything that is read here.
fn is_deep(bytes: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_text = false,
            (false, b'"') => in_text = true,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Name {
        name: String,
    }

    #[track_caller]
    fn check(body: &str, want: Result<&str, u16>) {
        let got = read::<Name>(body.as_bytes()).map(|name| name.name).map_err(|problem| problem.status);
        assert_eq!(got, want.map(ToOwned::to_owned), "{body}");
    }

    #[test]
    fn a_body_is_of_its_type_or_refused() {
        check(r#"{"name":"a"}"#, Ok("a"));
        check(r#"{"name":"[[[[[[[[[[[[[[[[[[[[[[\"[[[[["}"#, Ok("[[[[[[[[[[[[[[[[[[[[[[\"[[[[["));
        check(r#"{"name":"a","is_administrator":true}"#, Err(422));
        check(r#"{"name":"a","name":"b"}"#, Err(422));
        check("{}", Err(422));
        check(" [\"a\"]", Err(422));
        check("\n {\"name\":\"a\"}", Ok("a"));
        check("", Err(400));
        check("{\"name\":\"a\"}x", Err(400));
        check(&"[".repeat(100_000), Err(422));
    }

    #[test]
    fn only_json_that_is_called_json_is_read() {
        let types = [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("application/json; charset=utf-7", false),
            ("text/plain; application/json", false),
            ("application/jsonp", false),
        ];
        for (given, want) in types {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(given));
            assert_eq!(is_json(&headers).is_ok(), want, "{given}");
        }
        assert!(is_json(&HeaderMap::new()).is_err());
    }
}
