//! Sends e-mail by one server, which the configuration names.
//!
//! What is sent may hold text that an attacker wrote: it is put into headers and body by the library, which encodes it,
//! after every control character was taken out of what goes into a header.

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};
use std::time::{Duration, SystemTime};

/// For each answer of the server.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// By TLS from the first byte on.
    Tls,
    /// By TLS that is asked for first, and insisted upon.
    StartTls,
    /// Not at all: for a server on this machine.
    Plain,
}

/// A server that takes e-mail.
#[derive(Clone)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub security: Security,
    /// Account and password, when it wants them.
    pub credentials: Option<(String, String)>,
    /// Certificates of authorities, as PEM, that vouch for it beside those that this machine trusts.
    pub authority: Option<Vec<u8>>,
}

/// Sends e-mail.
#[derive(Debug)]
pub struct Mailer {
    transport: SmtpTransport,
    from: Mailbox,
}

/// An e-mail.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'l> {
    /// Who gets it.
    pub to: &'l str,
    /// What it is about, in a line.
    pub subject: &'l str,
    /// What it says: plain text.
    pub body: &'l str,
    /// What tells it from others, however often it is sent: the part of its `Message-ID` before the `@`.
    pub id: &'l str,
    /// What comes behind it.
    pub domain: &'l str,
    /// Its date.
    pub date: SystemTime,
}

/// Why it was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Unsent {
    /// What the server or the system said.
    pub what: String,
    /// Whether it would be the same again.
    pub is_final: bool,
}

/// That a program wrote it, so that no other program answers. Source: RFC 3834, section 5.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<AutoSubmitted, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Reads an address, with or without a name: `Cofferdam <cofferdam@example.org>`.
///
/// # Errors
///
/// In words, when it is none.
pub fn mailbox(text: &str) -> Result<(), String> {
    parsed(text).map(drop)
}

fn parsed(text: &str) -> Result<Mailbox, String> {
    if text.contains(char::is_control) {
        return Err("it has control characters".to_owned());
    }
    text.parse().map_err(|error: lettre::address::AddressError| error.to_string())
}

impl Mailer {
    /// One that sends by this server, from this address.
    ///
    /// # Errors
    ///
    /// In words, when the address or a certificate is none.
    pub fn new(server: &MailServer, from: &str) -> Result<Mailer, String> {
        let mut builder =
            SmtpTransport::builder_dangerous(&server.host).port(server.port).timeout(Some(PATIENCE));
        if server.security != Security::Plain {
            let mut tls = TlsParameters::builder(server.host.clone());
            if let Some(pem) = &server.authority {
                tls =
                    tls.add_root_certificate(Certificate::from_pem(pem).map_err(|error| error.to_string())?);
            }
            let tls = tls.build_rustls().map_err(|error| error.to_string())?;
            builder = builder.tls(match server.security {
                Security::Tls => Tls::Wrapper(tls),
                _ => Tls::Required(tls),
            });
        }
        if let Some((account, password)) = &server.credentials {
            builder = builder.credentials(Credentials::new(account.clone(), password.clone()));
        }
        Ok(Mailer { transport: builder.build(), from: parsed(from)? })
    }

    /// Sends it; when it returns, the server has taken it.
    ///
    /// # Errors
    ///
    /// [`Unsent`].
    pub fn send(&self, letter: Letter<'_>) -> Result<(), Unsent> {
        let never = |what: String| Unsent { what, is_final: true };
        let subject: String = letter.subject.chars().filter(|c| !c.is_control()).collect();
        let message = Message::builder()
            .from(self.from.clone())
            .to(parsed(letter.to).map_err(never)?)
            .subject(subject)
            .date(letter.date)
            .message_id(Some(format!("<{}@{}>", letter.id, letter.domain)))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.to_owned())
            .map_err(|error| never(error.to_string()))?;
        self.transport
            .send(&message)
            .map(drop)
            .map_err(|error| Unsent { is_final: error.is_permanent(), what: said(&error) })
    }
}

/// What happened, with what lies behind it.
fn said(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut behind = error.source();
    while let Some(cause) = behind {
        let more = cause.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        behind = cause.source();
    }
    said
}
