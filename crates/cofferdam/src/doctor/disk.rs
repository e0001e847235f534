//! What lies on disk: who may read it, how much room there is, who uses it.

use super::Finding;
use crate::text::group;
use cofferdam_store::{LOCK, SIGNING_KEY};
use std::fs::{self, File, TryLockError};
use std::path::Path;

/// Less room than this will not last.
const LITTLE_MIB: u64 = 1024;
/// Less room than this is none.
const NONE_MIB: u64 = 64;

pub fn examine(data: &Path) -> Vec<Finding> {
    let mut findings = permissions(data);
    findings.extend(room(data));
    findings.push(lock(data));
    findings
}

#[cfg(unix)]
fn permissions(data: &Path) -> Vec<Finding> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let what = "permissions";
    let own = rustix::process::geteuid().as_raw();
    let mut findings = Vec::new();
    for (path, name) in [(data.to_owned(), "the data directory"), (data.join(SIGNING_KEY), "the signing key")]
    {
        let Ok(known) = fs::metadata(&path) else {
            let found = format!("{name} is missing or cannot be looked at: {}", path.display());
            findings.push(Finding::wrong(
                what,
                found,
                "restore it from a backup; run as the account that owns it",
            ));
            continue;
        };
        let mode = known.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let found = format!("{name} is open to others ({mode:o})");
            let command = format!("chmod go= {}", path.display());
            findings.push(Finding::wrong(what, found, &command));
        }
        if known.uid() != own && own != 0 {
            let found = format!("{name} belongs to another account ({})", known.uid());
            findings.push(Finding::look(what, found, "run as the account that owns it"));
        }
    }
    if let Err(error) = cofferdam_store::signer(data) {
        findings.push(Finding::wrong("key", error.to_string(), "a backup holds the key as log.key"));
    }
    if findings.is_empty() {
        findings.push(Finding::well(what, "only its owner can read it"));
    }
    findings
}

#[cfg(not(unix))]
fn permissions(_: &Path) -> Vec<Finding> {
    vec![Finding::look("permissions", "not checked on this system", "let only its owner read it")]
}

#[cfg(unix)]
fn room(data: &Path) -> Vec<Finding> {
    let what = "disk";
    let Ok(disk) = rustix::fs::statvfs(data) else { return Vec::new() };
    let mib = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    let found = format!("{} MiB are free", group(mib));
    let help = "make room: without it nothing more can be recorded";
    vec![match mib {
        ..NONE_MIB => Finding::wrong(what, found, help),
        NONE_MIB..LITTLE_MIB => Finding::look(what, found, help),
        _ => Finding::well(what, found),
    }]
}

#[cfg(not(unix))]
fn room(_: &Path) -> Vec<Finding> {
    Vec::new()
}

fn lock(data: &Path) -> Finding {
    let what = "in use";
    let file = match File::open(data.join(LOCK)) {
        Ok(file) => file,
        Err(error) => {
            return Finding::look(
                what,
                format!("cannot be told: {error}"),
                "run as the account that owns it",
            );
        }
    };
    match file.try_lock() {
        Ok(()) => Finding::well(what, "no process writes to it now"),
        Err(TryLockError::WouldBlock) => Finding::well(what, "a process writes to it now"),
        Err(TryLockError::Error(error)) => Finding::look(
            what,
            format!("cannot be told: {error}"),
            "keep it on a local disk: locks must work",
        ),
    }
}
