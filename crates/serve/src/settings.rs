//! What the server is told before it starts; where each value comes from is the command line's affair.

pub use crate::call_settings::{CallSettings, Contact, MailSettings, Webhook};
pub use crate::source_settings::{ConfiguredSource, Inlet, Trust};

use crate::live::Rules;
use cofferdam_journal::TeamRole;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Settings of one server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Certificate chain and key, in PEM; without them, an address beyond this machine gets a certificate of its own.
    pub tls: Option<TlsFiles>,
    /// The address by which people reach it, such as `https://ir.example.org`; without a path.
    pub public_url: Option<String>,
    /// Networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub proxies: Vec<IpNet>,
    /// How sessions end.
    pub session: SessionLimits,
    /// How often somebody may try to sign in.
    pub login: LoginLimits,
    /// A provider by which people may sign in beside the accounts of the server.
    pub oidc: Option<OidcSettings>,
    /// Files that are followed and sockets that are listened on for events.
    pub sources: Vec<ConfiguredSource>,
    /// Whether people may report without an account.
    pub reports: ReportSettings,
    /// Who is told in time.
    pub calls: CallSettings,
    /// Whether alerts are taken in the form of TheHive's interface.
    pub thehive: bool,
    /// Bounds of requests.
    pub limits: Limits,
    /// How long somebody at the other end may be silent.
    pub pace: Pace,
    /// Whether anybody who reaches the server may read `/metrics`.
    pub open_metrics: bool,
    /// What it detects with.
    pub rules: Rules,
    /// This program's version.
    pub version: &'static str,
    /// All settings with their origins, as `config show` says them; secrets left out.
    pub shown: Vec<Shown>,
}

/// One setting as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
}

/// Files of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the server's own first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// How sessions end.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Without a request for so long.
    pub idle: Duration,
    /// So long after it began, whatever happens in it.
    pub absolute: Duration,
    /// How long a proof of who somebody is counts for sensitive acts.
    pub fresh: Duration,
}

/// How often somebody may try to sign in within `window`.
#[derive(Clone, Copy, Debug)]
pub struct LoginLimits {
    /// To one account from one address.
    pub attempts: u32,
    /// To one account from anywhere; also the bound for one address on all accounts.
    pub account_attempts: u32,
    /// In which time.
    pub window: Duration,
}

/// Whether people may report without an account, and how often within a quarter of an hour.
#[derive(Clone)]
pub struct ReportSettings {
    /// Who may.
    pub open: ReportsOpen,
    /// From one address: an office behind one address has many people.
    pub per_address: u32,
    /// From anywhere.
    pub overall: u32,
}

/// Who may report.
#[derive(Clone, PartialEq, Eq)]
pub enum ReportsOpen {
    /// Nobody: the page is not there.
    Off,
    /// Whoever reaches the server.
    Open,
    /// Whoever knows this code.
    Code(String),
}

/// Never tells the code, so that no log can.
impl fmt::Debug for ReportSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportSettings")
            .field("is_off", &(self.open == ReportsOpen::Off))
            .field("per_address", &self.per_address)
            .field("overall", &self.overall)
            .finish_non_exhaustive()
    }
}

/// An OpenID provider by which people may sign in.
#[derive(Clone)]
pub struct OidcSettings {
    /// Its address, as it says it itself.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// What proves to it that this is the server.
    pub client_secret: String,
    /// The claim of its ID tokens that lists somebody's groups.
    pub groups_claim: String,
    /// What part the people of a group have.
    pub roles: BTreeMap<String, BTreeSet<TeamRole>>,
    /// What people read on the button.
    pub label: String,
    /// Certificates of authorities, in PEM; with them the provider's must be of one of those, without them of one
    /// that this machine trusts.
    pub ca: Option<PathBuf>,
}

/// Never tells the secret, so that no log can.
impl fmt::Debug for OidcSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcSettings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("groups_claim", &self.groups_claim)
            .field("roles", &self.roles)
            .field("label", &self.label)
            .field("ca", &self.ca)
            .finish_non_exhaustive()
    }
}

/// Bounds of requests.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// How long a request may take until its answer begins.
    pub request: Duration,
    /// Live feeds open at once.
    pub feeds: usize,
    /// Bytes of a body with events or alerts, as it is sent.
    pub intake: usize,
    /// Bytes of such a body when it is unpacked.
    pub unpacked: usize,
    /// Bytes of all such bodies that are on their way into the spool at the same time.
    pub in_flight: usize,
    /// Threads that parse and match events, and never more than there are cores.
    pub threads: usize,
}

/// How long somebody at the other end may be silent. Nobody has to set these; tests do not wait so long.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long a client may take to send its headers, or to agree on keys.
    pub headers: Duration,
    /// How long a client may take none of what is sent to it.
    pub taking: Duration,
    /// How long a live feed says nothing, so that a connection that broke is noticed.
    pub heartbeat: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        let seconds = Duration::from_secs;
        Pace { headers: seconds(10), taking: seconds(30), heartbeat: seconds(15) }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 8484)),
            tls: None,
            public_url: None,
            proxies: Vec::new(),
            session: SessionLimits { idle: minutes(30), absolute: minutes(12 * 60), fresh: minutes(10) },
            login: LoginLimits { attempts: 10, account_attempts: 50, window: minutes(15) },
            oidc: None,
            reports: ReportSettings { open: ReportsOpen::Off, per_address: 30, overall: 100 },
            sources: Vec::new(),
            calls: CallSettings::default(),
            thehive: false,
            limits: Limits {
                body: 64 * 1024,
                request: Duration::from_secs(10),
                feeds: 500,
                intake: 8 << 20,
                unpacked: 64 << 20,
                in_flight: 256 << 20,
                threads: 8,
            },
            pace: Pace::default(),
            open_metrics: false,
            rules: Rules::default(),
            version: env!("CARGO_PKG_VERSION"),
            shown: Vec::new(),
        }
    }
}

impl Settings {
    /// Whether it speaks TLS itself: always, but on this machine without a certificate.
    pub fn is_encrypted(&self) -> bool {
        self.tls.is_some() || !self.listen.ip().is_loopback()
    }

    /// Whether an address is a proxy's that is believed.
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address))
    }

    /// The address to open, at the port where it really listens.
    pub fn url(&self, bound: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| {
            let scheme = if self.is_encrypted() { "https" } else { "http" };
            format!("{scheme}://{bound}")
        })
    }
}
