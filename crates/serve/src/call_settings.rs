//! Who is told in time, how, and after how long the next one is.

use cofferdam_connect::MailServer;
use cofferdam_vocabulary::Level;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Who is told of what waits for somebody.
#[derive(Clone, Debug)]
pub struct CallSettings {
    /// Accounts of those who are on call, in the order in which they are told.
    pub people: Vec<String>,
    /// How long one of them has to acknowledge, until the next one is told.
    pub after: Duration,
    /// How often all of them are told.
    pub rounds: u32,
    /// How bad an incident must be that they are told of it while nobody leads it.
    pub from: Level,
    /// How people are reached, by account.
    pub contacts: BTreeMap<String, Contact>,
    /// What takes e-mail, and from whom it is.
    pub mail: Option<MailSettings>,
}

/// How somebody is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// By e-mail.
    pub mail: Option<String>,
    /// By a request to an address.
    pub webhook: Option<Webhook>,
}

/// Where requests go, and what proves that they are ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where to.
    pub url: String,
    /// The key of their signatures.
    pub secret: String,
}

/// What takes e-mail.
#[derive(Clone)]
pub struct MailSettings {
    /// The server.
    pub server: MailServer,
    /// From whom it is.
    pub from: String,
}

impl Default for CallSettings {
    fn default() -> CallSettings {
        CallSettings {
            people: Vec::new(),
            after: Duration::from_secs(5 * 60),
            rounds: 3,
            from: Level::High,
            contacts: BTreeMap::new(),
            mail: None,
        }
    }
}

/// Never tells the secret nor the address, with which others could write there, so that no log can.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").finish_non_exhaustive()
    }
}

/// Never tells the password, so that no log can.
impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MailServer { host, port, security, .. } = &self.server;
        f.debug_struct("MailSettings")
            .field("host", host)
            .field("port", port)
            .field("security", security)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}
