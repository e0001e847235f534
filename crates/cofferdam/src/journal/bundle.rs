//! Verifies a bundle that somebody handed out.

use super::error::JournalFailure;
use crate::text::{count, cut, group, plain};
use cofferdam_journal::bundle::{Verified, verify};
use cofferdam_journal::note::Verifier;
use serde_json::json;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Verifies and tells.
pub fn run(path: &Path, key: Option<&Verifier>, as_json: bool) -> Result<(), JournalFailure> {
    let file = File::open(path).map_err(|cause| JournalFailure::Source { path: path.to_owned(), cause })?;
    let found = verify(BufReader::with_capacity(1 << 20, file), key)
        .map_err(|cause| JournalFailure::Bundle { path: path.to_owned(), cause: Box::new(cause) })?;
    if as_json {
        say!("{:#}", json(&found));
    } else {
        tell(&found, key.is_some());
    }
    Ok(())
}

fn json(found: &Verified) -> serde_json::Value {
    let evidence = found.evidence.iter().map(|blob| json!({"sha256": blob.hash, "bytes": blob.bytes}));
    json!({
        "fits": true,
        "log": found.log.as_str(),
        "key": found.key.to_string(),
        "about": found.about,
        "entries": found.entries,
        "signed": found.checkpoint.size,
        "root": found.checkpoint.root.to_string(),
        "made": found.made,
        "by": found.by,
        "first_recorded": found.times.0,
        "last_recorded": found.times.1,
        "values": found.values_known,
        "erased": found.values_erased,
        "evidence": evidence.collect::<Vec<_>>(),
        "evidence_named": found.evidence_named,
        "absent": found.absent,
    })
}

fn tell(found: &Verified, is_given: bool) {
    let (first, last) = found.times;
    say!("about    {}", found.about);
    say!("log      {}", found.log);
    say!("key      {}", found.key);
    say!("made     {:.0} by {}", found.made, cut(&plain(&found.by), 40));
    let streams = count(found.streams.len() as u64, "stream", "streams");
    say!(
        "entries  {} in {streams}, of a log of {}",
        count(found.entries, "entry", "entries"),
        group(found.checkpoint.size)
    );
    say!("         recorded {first:.0} to {last:.0}");
    say!("values   {}, {} erased or not handed over", group(found.values_known), group(found.values_erased));
    let bytes = found.evidence.iter().map(|blob| blob.bytes).sum();
    say!(
        "evidence {} with {} bytes, {} by hash only",
        count(found.evidence.len() as u64, "piece", "pieces"),
        group(bytes),
        group(found.evidence_named.len() as u64)
    );
    if found.unread > 0 {
        say!("         {} entries of a later version, which hold and cannot be shown", group(found.unread));
    }
    say!("\nAll fits: every entry stands in the log that was signed.");
    if !is_given {
        say!("Whose key it is remains to be found out: compare it with one from elsewhere (--key).");
    }
}
