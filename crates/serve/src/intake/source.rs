//! One source as it is now.

use super::counters::Counters;
use cofferdam_journal::source::{SourceKind, SourceProfile, Trust};
use cofferdam_vocabulary::SourceName;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What sends events or alerts to the server.
#[derive(Clone, Debug)]
pub struct Source {
    /// What people call it; the spool names it so, too.
    pub name: SourceName,
    /// How it sends, and what.
    pub kind: Kind,
    /// How what it sends is read.
    pub terms: Terms,
    /// Who says that there is such a source.
    pub made: Made,
    /// What came from it. They stay when its terms change.
    pub counters: Arc<Counters>,
}

/// How a source sends, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Events over HTTP.
    Events,
    /// Alerts of another product over HTTP.
    Alerts,
    /// Events in a file that is followed.
    File,
    /// Syslog over UDP.
    Udp,
    /// Syslog over TCP.
    Tcp,
    /// Syslog over TLS.
    Tls,
}

/// How what a source sends is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What its events or alerts are written in; recognised from each of them where none is said.
    pub parser: Option<String>,
    /// How many events a minute it sends at the least.
    pub expected: Option<u32>,
    /// How far what it sends is believed.
    pub trust: Trust,
    /// The zone of times that name none; UTC where none is said.
    pub zone: Option<TimeZone>,
    /// The host of events that name none.
    pub host: Option<String>,
    /// Where in an alert of no known product its fields lie.
    pub mapping: BTreeMap<String, String>,
}

/// Who says that there is such a source.
#[derive(Clone, Debug)]
pub enum Made {
    /// The configuration.
    Configuration,
    /// People, in the journal.
    Journal {
        /// What its facts say.
        profile: SourceProfile,
        /// How many facts its stream has.
        version: u64,
        /// When it was added.
        added: Timestamp,
    },
}

impl Kind {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Events => "events",
            Kind::Alerts => "alerts",
            Kind::File => "file",
            Kind::Udp => "udp",
            Kind::Tcp => "tcp",
            Kind::Tls => "tls",
        }
    }
}

impl From<SourceKind> for Kind {
    fn from(kind: SourceKind) -> Kind {
        match kind {
            SourceKind::Events => Kind::Events,
            SourceKind::Alerts => Kind::Alerts,
        }
    }
}

impl Source {
    /// A source that the configuration names, of which nothing has come yet.
    pub fn configured(name: SourceName, kind: Kind, terms: Terms) -> Source {
        Source { name, kind, terms, made: Made::Configuration, counters: Arc::default() }
    }

    /// A source that people added.
    pub fn added(
        name: SourceName,
        profile: SourceProfile,
        version: u64,
        added: Timestamp,
        counters: Arc<Counters>,
    ) -> Source {
        let settings = profile.settings.clone();
        let terms = Terms {
            parser: settings.parser,
            expected: settings.expected,
            trust: settings.trust,
            // It was looked up when it was said; a machine that lost it since reads times as UTC.
            zone: settings.zone.and_then(|zone| TimeZone::get(&zone).ok()),
            host: None,
            mapping: settings.mapping,
        };
        let made = Made::Journal { profile, version, added };
        Source { name, kind: settings.kind.into(), terms, made, counters }
    }

    /// What its facts say; nothing of one that the configuration names.
    pub fn profile(&self) -> Option<&SourceProfile> {
        match &self.made {
            Made::Configuration => None,
            Made::Journal { profile, .. } => Some(profile),
        }
    }
}
