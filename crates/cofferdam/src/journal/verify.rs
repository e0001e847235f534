//! Verifies a whole journal, or a bundle that somebody handed out.

use super::args::Verify;
use super::bundle;
use super::error::JournalFailure;
use super::place::folder;
use super::witness::{Heard, heard};
use crate::text::{count, plain};
use cofferdam_journal::note::Verifier;
use cofferdam_store::{ReadOnly, Verification};
use serde_json::json;
use std::path::Path;

/// Verifies and tells.
pub fn run(args: &Verify) -> Result<(), JournalFailure> {
    let key = args.key.as_deref().map(|key| {
        Verifier::parse(key.trim()).map_err(|error| JournalFailure::Usage { what: error.to_string() })
    });
    let key = key.transpose()?;
    if args.path.is_file() {
        if !args.witness.is_empty() {
            let what = "a witness knows a whole journal; a bundle is compared by its --key".to_owned();
            return Err(JournalFailure::Usage { what });
        }
        return bundle::run(&args.path, key.as_ref(), args.json);
    }
    let path = folder(&args.path);
    let data = ReadOnly::open(&path)?;
    if let Some(key) = key.as_ref().filter(|key| **key != data.verifier) {
        let own = data.verifier.to_string();
        return Err(JournalFailure::OtherKey { path, own, given: key.to_string() });
    }
    let verifier = &data.verifier;
    let found = cofferdam_store::verify(data.reader.as_ref(), verifier)?;
    // A log that does not even fit itself is not shown to anybody.
    let Heard { lines, against } = match found.misfits {
        0 => heard(&path, data.reader.as_ref(), verifier, &args.witness, false)?,
        _ => Heard::default(),
    };
    if args.json {
        say!("{:#}", as_json(&found, verifier, &lines));
    } else {
        tell(&found, verifier, key.is_some(), &lines);
    }
    misfits(&found, &path)?;
    match against {
        None => Ok(()),
        Some((witness, cause)) => Err(JournalFailure::Against { witness, cause }),
    }
}

fn misfits(found: &Verification, path: &Path) -> Result<(), JournalFailure> {
    match found.misfits {
        0 => Ok(()),
        number => {
            let misfits = count(number, "misfit", "misfits");
            Err(JournalFailure::Misfit { misfits, path: path.to_owned() })
        }
    }
}

fn as_json(found: &Verification, verifier: &Verifier, heard: &[String]) -> serde_json::Value {
    json!({
        "fits": found.misfits == 0,
        "log": verifier.name().as_str(),
        "key": verifier.to_string(),
        "entries": found.entries,
        "streams": found.streams,
        "values": found.values,
        "erased": found.erased,
        "root": found.root.map(|root| root.to_string()),
        "signed": found.checkpoint.as_ref().map(|checkpoint| checkpoint.size),
        "misfits": found.misfits,
        "problems": found.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "witnesses": heard,
    })
}

fn tell(found: &Verification, verifier: &Verifier, is_given: bool, heard: &[String]) {
    say!("log      {}", verifier.name());
    say!("key      {verifier}");
    let entries = count(found.entries, "entry", "entries");
    say!("entries  {entries} in {}", count(found.streams as u64, "stream", "streams"));
    if let Some(root) = found.root {
        say!("root     {root}");
    }
    match &found.checkpoint {
        Some(signed) if signed.size == found.entries => say!("signed   all of them"),
        Some(signed) => say!("signed   the first {}", signed.size),
        None => say!("signed   none of them"),
    }
    let erased = if found.erased > 0 { format!(", {} erased by order", found.erased) } else { String::new() };
    say!("values   {}{erased}", count(found.values, "personal value", "personal values"));
    say!();
    for problem in &found.problems {
        say!("does not fit: {}", plain(&problem.to_string()));
    }
    if found.misfits > found.problems.len() as u64 {
        say!("… and {} more", found.misfits - found.problems.len() as u64);
    }
    if found.misfits == 0 {
        say!("All fits: every entry is what was signed.");
    }
    if is_given {
        say!("The key is the one that you gave.");
    } else {
        say!("The key is the one that lies beside the log; compare it with one from elsewhere.");
    }
    for line in heard {
        say!("Witness {}", plain(line));
    }
    if heard.is_empty() {
        say!("No witness: whoever owns this machine can rewrite the log.");
    }
}
