//! Events over HTTP: each form with requests as programs send them, hostile bodies, and that nothing is acknowledged
//! that is not in the spool.

mod bulk;
mod hec;
mod lines;
mod otlp;

use super::site::{Answer, Client, Site};
use cofferdam_journal::source::SourceKind;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// A server, and a source that sends to it.
fn sending() -> (Site, Client) {
    let mut site = Site::new();
    let source = site.source("web", SourceKind::Events);
    (site, source)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// The events in the spool.
fn events(site: &Site) -> Vec<String> {
    site.spooled().into_iter().map(|(_, event)| event).collect()
}

#[track_caller]
fn post(client: &Client, path: &str, kind: &str, body: &[u8]) -> Answer {
    client.raw("POST", path, Some(kind), body)
}
