//! The cookie that carries a session.

use crate::routes::COOKIE;
use axum::http::{HeaderMap, HeaderValue, header};

/// The session that a request carries. More than one is none: somebody may have slipped one in.
pub fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value);
    ours.next().filter(|_| ours.next().is_none())
}

/// Sets it: to this host alone, over TLS alone, out of reach of scripts and of other sites.
pub fn set_cookie(value: &str) -> HeaderValue {
    // What is put in here is base64.
    HeaderValue::from_str(&format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict"))
        .unwrap_or_else(|_| clear_cookie())
}

/// Takes it away.
pub fn clear_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-cofferdam=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_carries_one_session_or_none() {
        let cases = [
            ("__Host-cofferdam=abc", Some("abc")),
            ("a=b; __Host-cofferdam=abc; c=d", Some("abc")),
            ("__Host-cofferdam=abc; __Host-cofferdam=def", None),
            ("cofferdam=abc", None),
            ("", None),
        ];
        for (given, want) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(given));
            assert_eq!(session_cookie(&headers), want, "{given}");
        }
        assert!(set_cookie("x").to_str().unwrap().starts_with("__Host-cofferdam=x; "));
        assert!(clear_cookie().to_str().unwrap().starts_with(&format!("{COOKIE}=; ")));
    }
}
