//! Sends a request to an address that the configuration names, or that leads on from there: over TLS, within
//! bounds of time and size, and to nobody but the one who was named.

use std::time::Duration;
use ureq::Agent;
use ureq::http::{Request, Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Longer answers are none.
const ANSWER_BYTES: u64 = 1 << 20;

/// Why there is no answer, in words for a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct FetchError {
    /// What happened.
    pub what: String,
}

/// Sends requests whose answers are documents, such as those of an OpenID provider.
pub struct Fetcher {
    agent: Agent,
    plain: bool,
}

impl Fetcher {
    /// Trusts the authorities of this machine, or, where `authority` has certificates as PEM, those alone.
    /// `plain` lets it speak to this very machine without TLS, for trials; to others it never does.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when there is no certificate in `authority`.
    pub fn new(authority: Option<&[u8]>, plain: bool) -> Result<Fetcher, FetchError> {
        let roots = match authority {
            Some(pem) => RootCerts::new_with_certs(&certificates(pem)?),
            None => RootCerts::PlatformVerifier,
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("cofferdam/", env!("CARGO_PKG_VERSION")));
        // What stays on this machine goes through no proxy.
        let agent = if plain { config.proxy(None).build().into() } else { config.build().into() };
        Ok(Fetcher { agent, plain })
    }

    /// Whether it would send anything to this address.
    pub fn reaches(&self, address: &str) -> bool {
        let Ok(uri) = address.parse::<Uri>() else { return false };
        let Some(authority) = uri.authority().filter(|authority| !authority.as_str().contains('@')) else {
            return false;
        };
        match uri.scheme_str() {
            Some("https") => true,
            Some("http") => self.plain && is_here(authority.host()),
            _ => false,
        }
    }

    /// Sends a request and reads the answer, whatever its status. A redirect is an answer like others.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when the address is none that it sends to, nobody answers within `patience` from the first
    /// byte to the last, or the answer has more than 1 MiB.
    pub fn fetch(
        &self,
        request: Request<Vec<u8>>,
        patience: Duration,
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let address = request.uri().to_string();
        let failed = |what: String| FetchError { what: format!("{address}: {what}") };
        if !self.reaches(&address) {
            return Err(failed("only https is spoken".to_owned()));
        }
        let request = self.agent.configure_request(request).timeout_global(Some(patience)).build();
        let answer = self.agent.run(request).map_err(|error| failed(error.to_string()))?;
        let (head, body) = answer.into_parts();
        let bytes = body.into_with_config().limit(ANSWER_BYTES).read_to_vec();
        bytes.map(|bytes| Response::from_parts(head, bytes)).map_err(|error| failed(error.to_string()))
    }
}

/// Whether a host is this machine, by name or address.
pub fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>, FetchError> {
    let failed = |what: String| FetchError { what };
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        match item.map_err(|error| failed(error.to_string()))? {
            PemItem::Certificate(certificate) => found.push(certificate),
            _ => return Err(failed("there is something beside certificates in it".to_owned())),
        }
    }
    if found.is_empty() { Err(failed("there is no certificate in it".to_owned())) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Instant;

    const PATIENCE: Duration = Duration::from_secs(5);

    /// Answers one request with these bytes, after a while.
    fn answering(answer: Vec<u8>, after: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            std::thread::sleep(after);
            let _ = stream.write_all(&answer);
        });
        url
    }

    fn get(url: &str) -> Result<Response<Vec<u8>>, FetchError> {
        let fetcher = Fetcher::new(None, true).unwrap();
        fetcher.fetch(Request::get(url).body(Vec::new()).unwrap(), PATIENCE)
    }

    #[test]
    fn an_answer_is_read_whatever_it_is_and_a_redirect_leads_nowhere() {
        let url = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec(), Duration::ZERO);
        assert_eq!(get(&url).unwrap().body(), b"{}");
        let moved = b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(get(&answering(moved.to_vec(), Duration::ZERO)).unwrap().status(), 302);
    }

    #[test]
    fn an_answer_without_end_is_none() {
        let mut huge = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        huge.resize(3 << 20, b' ');
        assert!(get(&answering(huge, Duration::ZERO)).is_err());
    }

    #[test]
    fn nobody_waits_longer_than_they_said() {
        let url = answering(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), Duration::from_secs(3));
        let began = Instant::now();
        let fetcher = Fetcher::new(None, true).unwrap();
        let request = Request::get(url).body(Vec::new()).unwrap();
        assert!(fetcher.fetch(request, Duration::from_millis(200)).is_err());
        assert!(began.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn without_tls_it_speaks_to_this_machine_at_most() {
        let (strict, plain) = (Fetcher::new(None, false).unwrap(), Fetcher::new(None, true).unwrap());
        let cases = [
            ("https://id.example.org/token", true, true),
            ("http://127.0.0.1:9400/token", false, true),
            ("http://[::1]:9400/token", false, true),
            ("http://localhost/token", false, true),
            ("http://id.example.org/token", false, false),
            ("http://localhost.example.org/", false, false),
            ("http://127.0.0.1@id.example.org/", false, false),
            ("https://user:word@id.example.org/", false, false),
            ("file:///etc/passwd", false, false),
            ("ftp://127.0.0.1/", false, false),
            ("/token", false, false),
            ("", false, false),
        ];
        for (address, want, want_plain) in cases {
            assert_eq!((strict.reaches(address), plain.reaches(address)), (want, want_plain), "{address}");
        }
        let request = Request::get("http://127.0.0.1:1/").body(Vec::new()).unwrap();
        assert!(strict.fetch(request, PATIENCE).unwrap_err().what.contains("only https"));
    }

    #[test]
    fn an_authority_is_certificates_and_nothing_else() {
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for wrong in ["", "no certificate", key] {
            assert!(Fetcher::new(Some(wrong.as_bytes()), false).is_err(), "{wrong}");
        }
    }
}
