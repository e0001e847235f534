//! The cookie that binds a login under way to the browser in which it began.

use axum::http::{HeaderMap, HeaderValue, header};
use std::time::Duration;

/// Its name. The prefix binds it to this host, to TLS and to every path.
const NAME: &str = "__Host-cofferdam-oidc";
/// How long a login may take.
pub const LIFE: Duration = Duration::from_secs(600);

/// What a request carries of it. More than one is none: somebody may have slipped one in.
pub fn pending_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value);
    ours.next().filter(|_| ours.next().is_none())
}

/// Sets it. It is sent when the provider's page leads back here, unlike the cookie of a session: it proves nothing
/// but that this browser asked.
pub fn set_pending(value: &str) -> HeaderValue {
    let life = LIFE.as_secs();
    // What is put in here is base64.
    HeaderValue::from_str(&format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={life}"))
        .unwrap_or_else(|_| clear_pending())
}

/// Takes it away.
pub fn clear_pending() -> HeaderValue {
    HeaderValue::from_static("__Host-cofferdam-oidc=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_login_is_under_way_in_a_browser_or_none() {
        let cases = [
            ("__Host-cofferdam-oidc=abc", Some("abc")),
            ("__Host-cofferdam=x; __Host-cofferdam-oidc=abc", Some("abc")),
            ("__Host-cofferdam-oidc=abc; __Host-cofferdam-oidc=def", None),
            ("__Host-cofferdam=abc", None),
        ];
        for (given, want) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(given));
            assert_eq!(pending_cookie(&headers), want, "{given}");
        }
        assert!(clear_pending().to_str().unwrap().starts_with(&format!("{NAME}=; ")));
    }
}
