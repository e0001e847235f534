//! What users log in with: readable by its owner alone, understood, and there for every user whom facts say so of.

use super::Finding;
use crate::text::count;
use cofferdam_store::{CREDENTIALS, Credentials, ReadOnly};
use cofferdam_vocabulary::CredentialId;
use std::collections::BTreeSet;
use std::path::Path;

pub fn examine(data: &Path) -> Vec<Finding> {
    let what = "credentials";
    let help = "a backup has the file; put it back, readable by its owner alone";
    // What cannot be opened or read is told of where the journal is looked at.
    let users = ReadOnly::open(data).ok().and_then(|data| data.reader.users().ok()).unwrap_or_default();
    let named: BTreeSet<CredentialId> = users.iter().flat_map(|row| row.profile.credentials()).collect();
    let held = match Credentials::look(&data.join(CREDENTIALS)) {
        Ok(held) => held,
        Err(error) => return vec![Finding::wrong(what, error.to_string(), error.help().unwrap_or(help))],
    };
    let missing = named.difference(held.as_ref().unwrap_or(&BTreeSet::new())).count();
    if missing > 0 {
        let missing = count(missing as u64, "credential", "credentials");
        let found = format!("missing: {missing} that users log in with, named in the journal");
        return vec![Finding::wrong(what, found, help)];
    }
    let found = |held: BTreeSet<CredentialId>| {
        let held = count(held.len() as u64, "credential", "credentials");
        Finding::well(what, format!("{held}, readable by its owner alone"))
    };
    held.map(found).into_iter().collect()
}
