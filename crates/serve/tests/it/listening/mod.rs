//! What comes by syslog and from followed files, from outside: sockets, files, rsyslog and logrotate.

mod files;
mod logrotate;
mod overload;
mod rsyslog;
mod streams;

use crate::site::Site;
use cofferdam_serve::Settings;
use cofferdam_serve::settings::{ConfiguredSource, Inlet};
use cofferdam_spool::Seq;
use cofferdam_vocabulary::SourceName;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A free port of this machine.
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A source as a configuration that says nothing else has it.
fn source(name: &str, inlet: Inlet) -> ConfiguredSource {
    ConfiguredSource {
        name: SourceName::parse(name).unwrap(),
        parser: None,
        trust: inlet.trust(),
        expected: None,
        zone: None,
        host: None,
        from: Vec::new(),
        inlet,
    }
}

/// A followed file.
fn file(name: &str, pattern: &Path) -> ConfiguredSource {
    source(name, Inlet::File { pattern: pattern.to_owned(), from_start: false })
}

/// A server with these sources.
fn site(sources: Vec<ConfiguredSource>) -> Site {
    Site::with(Settings { sources, ..Settings::default() })
}

impl Site {
    /// Where a source listens.
    fn listens(&self, name: &str) -> SocketAddr {
        let mut sources = self.running().sources.iter();
        sources.find(|(known, _)| known.as_str() == name).unwrap().1
    }

    /// All that was taken of a source, in its order, with the name under which the spool has it.
    fn taken_as(&self, source: &str) -> Vec<(String, String)> {
        let spool = &self.server().intake.spool;
        let (mut reader, mut all) = (spool.reader(Seq(0)), Vec::new());
        loop {
            let records = reader.next(1 << 20).unwrap().records;
            if records.is_empty() {
                return all;
            }
            // Records without bytes only say how far a file was read.
            let ours = records
                .iter()
                .filter(|read| read.source.split('\t').next() == Some(source) && !read.bytes.is_empty());
            all.extend(
                ours.map(|read| (read.source.to_string(), String::from_utf8_lossy(&read.bytes).into_owned())),
            );
        }
    }

    /// All that was taken of a source.
    fn taken(&self, source: &str) -> Vec<String> {
        self.taken_as(source).into_iter().map(|(_, text)| text).collect()
    }

    /// Waits until so many records of a source are there.
    #[track_caller]
    fn wait_taken(&self, source: &str, count: usize) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let taken = self.taken(source);
            if taken.len() >= count || Instant::now() > until {
                assert_eq!(taken.len(), count, "{:?}", taken.last());
                return taken;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Counts of a source.
    fn counts(&self, source: &str) -> cofferdam_serve::intake::Counted {
        let name = SourceName::parse(source).unwrap();
        self.server().intake.sources.get(name).unwrap().counters.now()
    }
}
