//! Hands an incident out as one file.

use super::args::Export;
use super::error::JournalFailure;
use crate::operator;
use crate::text::{count, group, plain};
use cofferdam_journal::{StreamId, VALUE_BYTES};
use cofferdam_store::Going;
use cofferdam_vocabulary::IncidentId;
use jiff::Timestamp;
use std::fs::{self, File};
use std::io::{BufWriter, Write};

/// Writes the bundle and says what is in it.
pub fn run(args: &Export) -> Result<(), JournalFailure> {
    let id = IncidentId::parse(&args.incident)
        .map_err(|error| JournalFailure::Usage { what: error.to_string() })?;
    if args.to.as_ref().is_some_and(|to| to.trim().is_empty() || to.len() > VALUE_BYTES) {
        let what = format!("--to is empty, or has more than {VALUE_BYTES} bytes");
        return Err(JournalFailure::Usage { what });
    }
    let store = args.place.open()?;
    let unwritable = |cause| JournalFailure::Unwritable { path: args.out.clone(), cause };
    let file = File::create_new(&args.out).map_err(unwritable)?;
    let going = Going {
        about: StreamId::Incident(id),
        to: args.to.as_deref().unwrap_or("whoever has the bundle"),
        values: !args.without_values,
        evidence: !args.without_evidence,
        actor: &operator::person(),
        program: concat!("cofferdam ", env!("CARGO_PKG_VERSION")),
        now: Timestamp::now().round(jiff::Unit::Second).unwrap_or_else(|_| Timestamp::now()),
    };
    let mut out = BufWriter::new(file);
    let done = store.hand_out(&going, &mut out).map_err(JournalFailure::from).and_then(|done| {
        out.flush().and_then(|()| out.get_ref().sync_all()).map_err(unwritable)?;
        Ok(done)
    });
    let done = done.inspect_err(|_| {
        // Half a bundle is none.
        let _ = fs::remove_file(&args.out);
    })?;
    let written = done.written;
    say!(
        "{}: {}, {}, {}; {} bytes.",
        plain(&args.out.display().to_string()),
        count(written.entries, "entry", "entries"),
        count(written.values, "personal value", "personal values"),
        count(written.evidence, "piece of evidence", "pieces of evidence"),
        group(written.bytes)
    );
    for hash in &done.left_out {
        eprintln!("note[journal::evidence]: {hash} is damaged or missing here, and is not in the bundle");
    }
    say!("Tell whoever gets it the key by another way:\n  {}", store.journal.verifier());
    Ok(())
}
