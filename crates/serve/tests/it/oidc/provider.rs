//! A small provider in this process: it says what a test wants it to say.

use super::token::{self, encoded};
use super::{CLIENT, SECRET, form};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The access token that comes with every ID token.
pub const ACCESS: &str = "SlAV32hkKG";

/// A provider on this machine, as long as the test lasts.
pub struct Provider {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub struct State {
    /// Members of its own description that are other than usual; null takes one away.
    pub metadata: HashMap<String, Value>,
    /// Its keys.
    pub keys: Value,
    /// It answers everything with this status, if one is set.
    pub broken: Option<u16>,
    /// What its next answer about a code is, if it is another than usual.
    pub answer: Option<Value>,
    /// Claims of whoever signs in with a browser, less the nonce.
    pub person: Value,
    /// Paths for which it was asked.
    pub asked: Vec<String>,
    codes: HashMap<String, (String, String)>,
    count: u32,
}

impl Provider {
    pub fn start() -> Provider {
        Provider::called("127.0.0.1")
    }

    /// By another name of this machine it is another site, as browsers see it.
    pub fn called(name: &str) -> Provider {
        Provider::serve("http", name, answer)
    }

    /// Over TLS; returns the certificate, too, which is of no authority.
    pub fn over_tls() -> (Provider, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let pem = certificate.pem();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let secret = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = rustls::ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret.into())
            .unwrap();
        let config = Arc::new(config);
        let provider = Provider::serve("https", "localhost", move |stream, own, state| {
            let connection =
                rustls::ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
            answer(rustls::StreamOwned::new(connection, stream), own, state)
        });
        (provider, pem)
    }

    fn serve(
        scheme: &str,
        name: &str,
        each: impl Fn(TcpStream, &str, &Mutex<State>) -> std::io::Result<()> + Send + 'static,
    ) -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{name}:{}", listener.local_addr().unwrap().port());
        let state = Arc::new(Mutex::new(State { keys: token::keys(), ..State::default() }));
        let (own, shared) = (url.clone(), Arc::clone(&state));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = each(stream, &own, &shared);
            }
        });
        Provider { url, state }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Changes what it says.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    /// How often it was asked for a path.
    pub fn asked(&self, path: &str) -> usize {
        self.state.lock().unwrap().asked.iter().filter(|asked| *asked == path).count()
    }

    /// A code that stands for this token, for whoever knows what the challenge was made of.
    pub fn grant(&self, challenge: &str, token: &str) -> String {
        let mut state = self.state.lock().unwrap();
        state.count += 1;
        let code = format!("code-{}", state.count);
        state.codes.insert(code.clone(), (challenge.to_owned(), token.to_owned()));
        code
    }
}

fn answer(stream: impl Read + Write, url: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => authorization = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, kind, answer) = match path.strip_prefix("/authorize?") {
        Some(query) => (200, "text/html", page(&form(query), state)),
        None => {
            let (status, answer) = said(&path, &String::from_utf8_lossy(&body), &authorization, url, state);
            (status, "application/json", answer.to_string())
        }
    };
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes())?;
    stream.write_all(answer.as_bytes())
}

/// The page on which somebody signs in: it leads a browser back by itself.
fn page(asked: &HashMap<String, String>, state: &Mutex<State>) -> String {
    let mut state = state.lock().unwrap();
    let mut claims = state.person.clone();
    claims["nonce"] = json!(asked["nonce"]);
    state.codes.insert("by-page".to_owned(), (asked["code_challenge"].clone(), token::rs256(&claims)));
    let back = format!("{}?code=by-page&amp;state={}", asked["redirect_uri"], asked["state"]);
    format!("<!doctype html><title>Provider</title><meta http-equiv=\"refresh\" content=\"0;url={back}\">")
}

fn said(path: &str, body: &str, authorization: &str, url: &str, state: &Mutex<State>) -> (u16, Value) {
    let mut state = state.lock().unwrap();
    state.asked.push(path.to_owned());
    if let Some(status) = state.broken {
        return (status, json!({"error": "server_error"}));
    }
    match path {
        "/.well-known/openid-configuration" => (200, description(url, &state.metadata)),
        "/jwks" => (200, state.keys.clone()),
        "/token" => redeemed(&form(body), authorization, &mut state),
        _ => (404, Value::Null),
    }
}

fn description(url: &str, other: &HashMap<String, Value>) -> Value {
    let mut said = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "profile", "groups"],
        // Providers name those, too; they are not taken up.
        "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256"],
    });
    for (name, value) in other {
        if value.is_null() {
            said.as_object_mut().unwrap().remove(name);
        } else {
            said[name] = value.clone();
        }
    }
    said
}

fn redeemed(form: &HashMap<String, String>, authorization: &str, state: &mut State) -> (u16, Value) {
    let is_server = authorization
        == format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{}", SECRET.replace(' ', "+"))));
    let known = state.codes.remove(form.get("code").map_or("", String::as_str));
    let (Some((challenge, token)), true) = (known, is_server) else {
        return (400, json!({"error": "invalid_grant"}));
    };
    let verifier = form.get("code_verifier").map_or("", String::as_str);
    if encoded(Sha256::digest(verifier)) != challenge {
        return (400, json!({"error": "invalid_grant", "error_description": "PKCE"}));
    }
    let usual = json!({"access_token": ACCESS, "token_type": "Bearer", "expires_in": 300, "id_token": token});
    (200, state.answer.take().unwrap_or(usual))
}
