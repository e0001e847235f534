//! Sends one request and reads one answer, within bounds of time and size.

use std::time::Duration;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// From the first byte sent to the last byte read.
const PATIENCE: Duration = Duration::from_secs(10);
/// An answer is read no further.
const ANSWER_BYTES: u64 = 64 << 10;

/// What somebody answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, whatever it is.
    pub status: u16,
    /// The body; bytes that are no UTF-8 are replaced.
    pub body: String,
}

/// What is posted beside its body.
#[derive(Clone, Copy, Debug)]
pub struct Posted<'p> {
    /// What the body is.
    pub content_type: &'p str,
    /// Headers besides that one, by name.
    pub headers: &'p [(&'p str, &'p str)],
}

/// Posts a text. The other side's certificate must be one that this machine trusts; redirects are not
/// followed, for nobody but the one who was named shall get it.
///
/// # Errors
///
/// In words, when there is no answer within ten seconds.
pub fn post(url: &str, body: &str) -> Result<Answer, String> {
    post_as(url, Posted { content_type: "text/plain; charset=utf-8", headers: &[] }, body)
}

/// As [`post`], with what else is said of the body.
///
/// # Errors
///
/// As [`post`], and when a header cannot be sent.
pub fn post_as(url: &str, posted: Posted<'_>, body: &str) -> Result<Answer, String> {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .tls_config(tls)
        .user_agent(concat!("cofferdam/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let request = agent.post(url).content_type(posted.content_type);
    let request = posted.headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let mut answer = request.send(body).map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec();
    let body = body.map_err(|error| error.to_string())?;
    Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// Answers one request with these bytes, and returns the request.
    fn answering(answer: &'static [u8]) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/add-checkpoint", listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut chunk = [0; 1024];
            while !request.ends_with(b"the end") {
                let read = stream.read(&mut chunk).unwrap();
                request.extend_from_slice(&chunk[..read]);
            }
            stream.write_all(answer).unwrap();
            String::from_utf8(request).unwrap()
        });
        (url, thread)
    }

    #[test]
    fn any_status_is_an_answer() {
        let (url, asked) = answering(b"HTTP/1.1 409 Conflict\r\ncontent-length: 3\r\n\r\n12\n");
        assert_eq!(post(&url, "old 0\n\nthe end"), Ok(Answer { status: 409, body: "12\n".to_owned() }));
        let request = asked.join().unwrap();
        assert!(request.starts_with("POST /add-checkpoint HTTP/1.1\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\nold 0\n\nthe end"), "{request}");
    }

    #[test]
    fn a_redirect_is_not_followed_and_odd_bytes_do_no_harm() {
        let (url, asked) =
            answering(b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 2\r\n\r\n\xff!");
        assert_eq!(post(&url, "the end"), Ok(Answer { status: 302, body: "\u{fffd}!".to_owned() }));
        asked.join().unwrap();
    }

    #[test]
    fn nobody_there_is_told_in_words() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = post(&format!("http://{free}/"), "the end").unwrap_err();
        assert!(error.to_lowercase().contains("refused"), "{error}");
        assert!(post("not an address", "").is_err());
    }
}
