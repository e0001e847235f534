//! Sources of events that are configured: files that are followed, and sockets that are listened on.

pub use cofferdam_journal::source::Trust;

use crate::settings::TlsFiles;
use cofferdam_vocabulary::SourceName;
use ipnet::IpNet;
use jiff::tz::TimeZone;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfiguredSource {
    /// What it is called.
    pub name: SourceName,
    /// Where its events come from.
    pub inlet: Inlet,
    /// How its records are read; without it, each record is recognised.
    pub parser: Option<String>,
    /// How far what it says of its senders can be believed.
    pub trust: Trust,
    /// Events a minute below which it counts as silent.
    pub expected: Option<u32>,
    /// The zone of times that name none; without it, UTC.
    pub zone: Option<TimeZone>,
    /// The host of events that name none.
    pub host: Option<String>,
    /// Who may send; empty for everybody.
    pub from: Vec<IpNet>,
}

/// Where the events of a source come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Inlet {
    /// From files of one folder.
    File {
        /// The file; its name may hold `*` for any characters.
        pattern: PathBuf,
        /// Whether files that are there when the source is first followed are read from their beginning, instead of
        /// from their end.
        from_start: bool,
    },
    /// From syslog over UDP, a message a datagram (RFC 5426).
    Udp {
        /// Where it listens.
        address: SocketAddr,
    },
    /// From syslog over TCP (RFC 6587).
    Tcp {
        /// Where it listens.
        address: SocketAddr,
    },
    /// From syslog over TLS (RFC 5425).
    Tls {
        /// Where it listens.
        address: SocketAddr,
        /// Its certificate; without one, the server's.
        files: Option<TlsFiles>,
        /// Certificates of authorities, in PEM: with them, only whoever has a certificate of one of those may send.
        clients: Option<PathBuf>,
    },
}

impl Inlet {
    /// The word that names it in a configuration.
    pub fn word(&self) -> &'static str {
        match self {
            Inlet::File { .. } => "file",
            Inlet::Udp { .. } => "udp",
            Inlet::Tcp { .. } => "tcp",
            Inlet::Tls { .. } => "tls",
        }
    }

    /// Where it listens, if it is a socket.
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Inlet::File { .. } => None,
            Inlet::Udp { address } | Inlet::Tcp { address } | Inlet::Tls { address, .. } => Some(*address),
        }
    }

    /// What can be believed of it where nobody says more.
    pub fn trust(&self) -> Trust {
        match self {
            Inlet::File { .. } => Trust::LocalText,
            Inlet::Tls { clients: Some(_), .. } => Trust::Proven,
            Inlet::Udp { .. } | Inlet::Tcp { .. } | Inlet::Tls { .. } => Trust::Unproven,
        }
    }
}

impl ConfiguredSource {
    /// Whether somebody at this address may send.
    pub fn may_send(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.from.is_empty() || self.from.iter().any(|network| network.contains(&address))
    }
}
