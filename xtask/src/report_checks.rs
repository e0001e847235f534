//! What the checks of reports need beside Rust: Chromium, node packages, OASIS's validator of STIX.

use crate::cargo;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The last release whose wheel holds its schemas.
const VALIDATOR: &str = "stix2-validator==3.2.0";

/// Brings what is missing and can be brought, and says what is not there. Returns variables for the
/// tests. Packages of the system are installed only on a machine that is made for it (`CI`), by root.
pub fn bring() -> Vec<(&'static str, String)> {
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    if is_ci && !on_path("chromium") {
        apt(&["update", "-qq"]);
        apt(&["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"]);
    }
    let folder = cargo::root().join("checks/report");
    if !is_newer(&folder.join("node_modules/.package-lock.json"), &folder.join("package-lock.json")) {
        told("npm", Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder));
    }
    validator().map(|path| vec![("COFFERDAM_STIX_VALIDATOR", path)]).unwrap_or_default()
}

/// The validator in an environment of its own below the target folder.
fn validator() -> Option<String> {
    let folder = cargo::target().join("stix2-validator-3.2.0");
    let program = folder.join("bin/stix2_validator");
    if !program.is_file() {
        told("python3", Command::new("python3").args(["-m", "venv"]).arg(&folder));
        told("pip", Command::new(folder.join("bin/pip")).args(["install", "--quiet", VALIDATOR]));
    }
    program.is_file().then(|| program.display().to_string())
}

fn apt(args: &[&str]) {
    told("apt-get", Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(args));
}

/// Runs the program. That it fails is said and no more: the test that misses it says so too.
fn told(name: &str, command: &mut Command) {
    eprintln!("+ {command:?}");
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => eprintln!("{name} failed ({status}); some checks of reports will be skipped"),
        Err(error) => eprintln!("{name} cannot be started ({error}); some checks of reports will be skipped"),
    }
}

fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder: PathBuf| folder.join(name)).any(|path| path.is_file())
}

fn is_newer(made: &Path, from: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    matches!((changed(made), changed(from)), (Some(made), Some(from)) if made >= from)
}
