//! URLs in the form in which they are compared: without scheme, account, default port and fragment.

/// `Evil.example:443/Pay?x=1#top` is `evil.example/Pay?x=1`: what follows `://`, the host in lower case.
/// `None` when there is no host or a character that no URL holds.
pub(super) fn canonical(rest: &str) -> Option<String> {
    if rest.chars().any(|ch| ch.is_whitespace() || ch.is_control() || matches!(ch, '"' | '<' | '>')) {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = host_and_port(authority);
    let host = host.trim_end_matches('.');
    if host.is_empty() {
        return None;
    }
    let port = if matches!(port, "" | ":" | ":80" | ":443") { "" } else { port };
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some(format!("{}{port}{slash}{path}", host.to_ascii_lowercase()))
}

/// The host of a URL in that form; an IPv6 address is in brackets.
pub(super) fn host_of(canonical: &str) -> &str {
    let authority = canonical.split('/').next().unwrap_or_default();
    host_and_port(authority).0
}

fn host_and_port(authority: &str) -> (&str, &str) {
    let inside = if authority.starts_with('[') { authority.find(']').unwrap_or(0) } else { 0 };
    match authority.get(inside..).and_then(|rest| rest.find(':')) {
        Some(colon) => authority.split_at(inside + colon),
        None => (authority, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_mean_the_same_look_the_same() {
        for (rest, want) in [
            ("Evil.example", Some("evil.example/")),
            ("evil.example:443/a", Some("evil.example/a")),
            ("evil.example:8443/A?b=C#d", Some("evil.example:8443/A?b=C")),
            ("evil.example?b", Some("evil.example/?b")),
            ("user:pw@evil.example./", Some("evil.example/")),
            ("[2001:db8::1]:8080/x", Some("[2001:db8::1]:8080/x")),
            ("", None),
            ("/x", None),
            ("evil.example/a b", None),
        ] {
            assert_eq!(canonical(rest).as_deref(), want, "{rest}");
        }
        assert_eq!(host_of("[2001:db8::1]:8080/x"), "[2001:db8::1]");
        assert_eq!(host_of("evil.example:81/x"), "evil.example");
    }
}
