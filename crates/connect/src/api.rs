//! A Cofferdam server as its command line speaks to it.

use std::io::Read;
use std::path::Path;
use std::time::Duration;
use ureq::http::{Request, Response};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

/// Until an answer begins.
const PATIENCE: Duration = Duration::from_secs(30);
/// Until there is a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// JSON is read no further.
const ANSWER_BYTES: u64 = 64 << 20;

/// A server, and who asks it.
#[derive(Clone, Debug)]
pub struct Api {
    agent: Agent,
    url: String,
    token: Option<String>,
}

/// What the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// The version of the object, where it has one.
    pub etag: Option<String>,
    /// The cookie that was set, as `name=value`.
    pub cookie: Option<String>,
    /// Seconds after which to ask again, where the server is too busy now.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is sent beside the token.
#[derive(Clone, Copy, Debug, Default)]
pub struct With<'w> {
    /// JSON, or what `content_type` says.
    pub body: Option<&'w str>,
    /// What the body is.
    pub content_type: Option<&'w str>,
    /// By which the server knows a request that it has carried out already.
    pub idempotency_key: Option<&'w str>,
    /// The version that is changed.
    pub if_match: Option<&'w str>,
    /// A session's cookie, as `name=value`, instead of a token.
    pub cookie: Option<&'w str>,
}

impl Api {
    /// A server at this address. With `ca`, its certificate must be one of that file, or signed by one of it;
    /// without, one that this machine trusts.
    ///
    /// # Errors
    ///
    /// In words, when the address or the file cannot be used.
    pub fn new(url: &str, token: Option<String>, ca: Option<&Path>) -> Result<Api, String> {
        let url = url.trim_end_matches('/');
        let host = url
            .split_once("://")
            .filter(|(scheme, host)| matches!(*scheme, "http" | "https") && !host.is_empty());
        let Some((scheme, host)) = host else {
            return Err(format!("`{url}` is no address of a server: it begins with https:// or http://"));
        };
        if scheme == "http" && !is_here(host) {
            return Err(format!("`{url}` is not encrypted, and not on this machine: use https://"));
        }
        let roots = match ca {
            Some(path) => RootCerts::new_with_certs(&certificates(path)?),
            None => RootCerts::PlatformVerifier,
        };
        let agent = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("cofferdam/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Ok(Api { agent, url: url.to_owned(), token })
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks, and reads the whole answer.
    ///
    /// # Errors
    ///
    /// In words, when there is none.
    pub fn ask(&self, method: &str, path: &str, with: With<'_>) -> Result<Said, String> {
        let mut response = self.send(method, path, with, None)?;
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let (etag, cookie) = (header("etag"), header("set-cookie"));
        let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok());
        let cookie = cookie.map(|cookie| cookie.split(';').next().unwrap_or_default().to_owned());
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec();
        Ok(Said { status, etag, cookie, retry_after, body: body.map_err(|error| error.to_string())? })
    }

    /// Asks for what goes on for long: the status, and the body as it comes.
    ///
    /// # Errors
    ///
    /// In words, when there is no answer.
    pub fn open(
        &self,
        method: &str,
        path: &str,
        with: With<'_>,
        last_event: Option<&str>,
    ) -> Result<(u16, Box<dyn Read + Send>), String> {
        let response = self.send(method, path, with, last_event)?;
        Ok((response.status().as_u16(), Box::new(response.into_body().into_reader())))
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        with: With<'_>,
        last_event: Option<&str>,
    ) -> Result<Response<Body>, String> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        match (with.cookie, &self.token) {
            (Some(cookie), _) => request = request.header("cookie", cookie).header("origin", &self.url),
            (None, Some(token)) => request = request.header("authorization", format!("Bearer {token}")),
            (None, None) => {}
        }
        if let Some(version) = with.if_match {
            request = request.header("if-match", version);
        }
        if let Some(id) = last_event {
            request = request.header("last-event-id", id);
        }
        if let Some(key) = with.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let sent = match with.body {
            Some(body) => {
                let content_type = with.content_type.unwrap_or("application/json");
                let request = request.header("content-type", content_type).body(body.to_owned());
                self.agent.run(request.map_err(|error| error.to_string())?)
            }
            None => self.agent.run(request.body(()).map_err(|error| error.to_string())?),
        };
        sent.map_err(|error| format!("{} does not answer: {error}", self.url))
    }
}

/// Whether a host with its port is this machine: what is sent there crosses no network.
fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let failed = |what: String| format!("`{}` holds no certificate in PEM: {what}", path.display());
    let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| failed(error.to_string()))? {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(failed("there is none".to_owned())) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_crosses_no_network_in_the_clear() {
        for here in
            ["http://127.0.0.1:8484", "http://localhost:8484/", "http://[::1]:8484", "https://ir.example.org"]
        {
            assert!(Api::new(here, None, None).is_ok(), "{here}");
        }
        for away in [
            "http://ir.example.org",
            "http://192.0.2.1:8484",
            "ir.example.org",
            "ftp://localhost",
            "http://",
            "http://localhost.example.org",
        ] {
            assert!(Api::new(away, None, None).is_err(), "{away}");
        }
    }
}
