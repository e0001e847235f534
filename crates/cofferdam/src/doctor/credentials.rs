//! What users log in with and sources sign with: readable by its owner alone, understood, and there for all whom facts
//! say so of.

use super::Finding;
use crate::text::count;
use cofferdam_journal::source::Source;
use cofferdam_journal::{Aggregate, StreamId};
use cofferdam_store::{CREDENTIALS, Credentials, ReadOnly, entries};
use cofferdam_vocabulary::CredentialId;
use std::collections::BTreeSet;
use std::path::Path;

pub fn examine(data: &Path) -> Vec<Finding> {
    let what = "credentials";
    let help = "a backup has the file; put it back, readable by its owner alone";
    // What cannot be opened or read is told of where the journal is looked at.
    let users = ReadOnly::open(data).ok().and_then(|data| data.reader.users().ok()).unwrap_or_default();
    let of_users = users.iter().flat_map(|row| row.profile.credentials());
    let named: BTreeSet<CredentialId> = of_users.chain(of_sources(data)).collect();
    let held = match Credentials::look(&data.join(CREDENTIALS)) {
        Ok(held) => held,
        Err(error) => return vec![Finding::wrong(what, error.to_string(), error.help().unwrap_or(help))],
    };
    let missing = named.difference(held.as_ref().unwrap_or(&BTreeSet::new())).count();
    if missing > 0 {
        let missing = count(missing as u64, "credential", "credentials");
        let found =
            format!("missing: {missing} that users log in with or sources sign with, named in the journal");
        return vec![Finding::wrong(what, found, help)];
    }
    let found = |held: BTreeSet<CredentialId>| {
        let held = count(held.len() as u64, "credential", "credentials");
        Finding::well(what, format!("{held}, readable by its owner alone"))
    };
    held.map(found).into_iter().collect()
}

/// Secrets with which sources sign.
fn of_sources(data: &Path) -> Vec<CredentialId> {
    let Ok(data) = ReadOnly::open(data) else { return Vec::new() };
    let reader = data.reader.as_ref();
    let secret = |name| {
        let entries = entries(reader, StreamId::Source(name)).ok()?;
        let facts = entries.iter().map(|entry| &entry.fact);
        facts.fold(Source::default(), Source::evolve).known?.secret
    };
    reader.sources().unwrap_or_default().into_iter().filter_map(secret).collect()
}
