//! Which version of an object somebody read, and which one they change.
//!
//! Source: RFC 9110, sections 8.8.3 and 13.1.1; RFC 6585, section 3.

use super::problem::Problem;
use axum::http::{HeaderMap, HeaderValue, header};

/// The entity tag of an object that has had so many facts.
pub fn etag(version: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

/// That a request says which version it changes.
///
/// # Errors
///
/// 428 when it does not, or names several.
pub fn has_version(headers: &HeaderMap) -> Result<&HeaderValue, Problem> {
    let mut tags = headers.get_all(header::IF_MATCH).iter();
    match (tags.next(), tags.next()) {
        (Some(tag), None) => Ok(tag),
        _ => {
            Err(Problem::precondition_required()
                .help("send If-Match with the ETag of the object as you read it"))
        }
    }
}

/// That a request changes the version that is there.
///
/// # Errors
///
/// 428 when it does not say which one it changes, 412 when it is another one.
pub fn check_version(headers: &HeaderMap, version: u64) -> Result<(), Problem> {
    let tag = has_version(headers)?;
    if *tag == etag(version) {
        Ok(())
    } else {
        Err(Problem::changed().help("read it again, and decide again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_that_is_there_is_changed() {
        let status = |tag: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.extend(tag.map(|tag| (header::IF_MATCH, HeaderValue::from_static(tag))));
            check_version(&headers, 7).map_or_else(|problem| problem.status, |()| 200)
        };
        assert_eq!(status(None), 428);
        assert_eq!(status(Some("\"7\"")), 200);
        for other in ["\"6\"", "7", "*", "W/\"7\"", "\"7\", \"8\"", ""] {
            assert_eq!(status(Some(other)), 412, "{other}");
        }
    }
}
