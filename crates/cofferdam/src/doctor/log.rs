//! The journal itself: readable, whole, signed, in time, witnessed; evidence where it should be.

use super::Finding;
use crate::journal::world;
use crate::text::{count, group};
use cofferdam_journal::Head;
use cofferdam_journal::note::Checkpoint;
use cofferdam_store::{ReadOnly, Reader, StorageError, compared, end, witnesses};
use jiff::{SignedDuration, Timestamp};
use std::ops::ControlFlow;
use std::path::Path;

/// Clocks differ by so much without anything being wrong.
const SKEW: SignedDuration = SignedDuration::from_secs(5);
/// Rows of evidence read at once.
const PAGE: usize = 500;

pub fn examine(data: &Path) -> Vec<Finding> {
    let opened = match ReadOnly::open(data) {
        Ok(opened) => opened,
        Err(error) => {
            return vec![Finding::wrong(
                "journal",
                error.to_string(),
                "restore a backup into another folder",
            )];
        }
    };
    let reader = opened.reader.as_ref();
    let mut findings = vec![database(reader)];
    let checks = [signed(&opened), clock(reader), evidence(&opened), witnessed(data, &opened)];
    for check in checks {
        findings.push(check.unwrap_or_else(|error| {
            Finding::wrong("journal", error.to_string(), "restore a backup into another folder")
        }));
    }
    findings
}

fn database(reader: &dyn Reader) -> Finding {
    let help = "keep a copy of it, and restore a backup into another folder";
    match reader.self_check() {
        Ok(None) => Finding::well("database", "the database says that it is whole"),
        Ok(Some(what)) => Finding::wrong("database", what, help),
        Err(error) => Finding::wrong("database", error.to_string(), help),
    }
}

fn signed(data: &ReadOnly) -> Result<Finding, StorageError> {
    let (what, size) = ("journal", data.reader.size()?);
    let entries = count(size, "entry", "entries");
    let Some(note) = data.reader.checkpoint()? else {
        return Ok(Finding::wrong(
            what,
            format!("{entries}, none of them signed"),
            "keep a copy; a backup or a witness tells what was there",
        ));
    };
    if let Err(error) = end(data.reader.as_ref(), &data.verifier) {
        return Ok(Finding::wrong(
            what,
            error.to_string(),
            "keep a copy; `journal verify` says more, a backup or a witness what was there",
        ));
    }
    Ok(match Checkpoint::verified(&note, &data.verifier) {
        Ok(signed) if signed.size == size => {
            Finding::well(what, format!("{entries}, all signed; `journal verify` reads them all"))
        }
        Ok(signed) => {
            let rest = size.saturating_sub(signed.size);
            let found = format!(
                "{entries}, the last {} not signed: whoever wrote them did not end as it should, or writes now",
                group(rest)
            );
            Finding::look(what, found, "none is lost; the next command that writes signs them")
        }
        Err(error) => Finding::wrong(
            what,
            format!("the last checkpoint is not believed: {error}"),
            "`journal verify` says more; compare with a backup",
        ),
    })
}

fn clock(reader: &dyn Reader) -> Result<Finding, StorageError> {
    let size = reader.size()?;
    let mut last: Option<Timestamp> = None;
    reader.entries(size.saturating_sub(1)..size, &mut |stored| {
        last = Head::read(&stored.leaf).ok().map(|head| head.time);
        ControlFlow::Break(())
    })?;
    let now = Timestamp::now();
    Ok(match last {
        Some(last) if last.duration_since(now) > SKEW => {
            let found = format!("it is {now:.0}, and the last entry is from {last:.0}");
            Finding::wrong("clock", found, "set this machine's clock, and let it follow a time server")
        }
        _ => Finding::well("clock", format!("{now:.0}, after the last entry")),
    })
}

fn evidence(data: &ReadOnly) -> Result<Finding, StorageError> {
    let (mut all, mut kept, mut wrong, mut after) = (0_u64, 0_u64, 0_u64, None);
    loop {
        let rows = data.reader.evidence(after, PAGE)?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        for row in &rows {
            all += 1;
            kept += u64::from(row.kept);
            let size = || data.blobs.path(row.id).metadata().map(|file| file.len());
            wrong += u64::from(row.damaged || row.kept && size().ok() != Some(row.bytes));
        }
    }
    let pieces = count(all, "piece of evidence", "pieces of evidence");
    let found = format!("{pieces}, {} kept here", group(kept));
    Ok(match wrong {
        0 => Finding::well("evidence", found),
        _ => Finding::wrong(
            "evidence",
            format!("{found}; {} missing or damaged", group(wrong)),
            "`evidence check` says which; a backup has them",
        ),
    })
}

fn witnessed(data: &Path, opened: &ReadOnly) -> Result<Finding, StorageError> {
    let what = "witness";
    let help = "name a folder on other storage with `journal witness add`";
    let known = match witnesses(data) {
        Ok(known) => known,
        Err(error) => {
            return Ok(Finding::wrong(what, format!("the list of witnesses cannot be read: {error}"), help));
        }
    };
    if known.is_empty() {
        return Ok(Finding::look(what, "none: whoever owns this machine can rewrite the log", help));
    }
    let heard = compared(opened.reader.as_ref(), &opened.verifier, &known, &world().post, false)?;
    let errors: Vec<_> =
        heard.into_iter().filter_map(|(witness, said)| Some((witness, said.err()?))).collect();
    Ok(match errors.iter().max_by_key(|(_, error)| error.is_against()) {
        None => {
            Finding::well(what, format!("borne out by {}", count(known.len() as u64, "witness", "witnesses")))
        }
        Some((witness, error)) if error.is_against() => Finding::wrong(
            what,
            format!("{witness}: {error}"),
            "keep a copy of it all, and compare with a backup",
        ),
        Some((witness, error)) => {
            Finding::look(what, format!("{witness}: {error}"), "until it answers, a rollback is not noticed")
        }
    })
}
