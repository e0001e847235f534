//! What tests need beside Rust: Chromium, node packages, OASIS's validator of STIX, Python's cryptography, strace,
//! groff, systemd-analyze, curl, schemathesis, rsyslog, logrotate, an OpenID provider, and clients of TheHive with the
//! library that one of them needs (libmagic).

use crate::cargo;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The last release whose wheel holds its schemas.
const VALIDATOR: &str = "stix2-validator==3.2.0";
/// With which the script in a bundle checks signatures.
const CRYPTOGRAPHY: &str = "cryptography==50.0.2";
/// Tests an interface with its own description.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// The clients of TheHive 5, and of TheHive 3 and 4, with which tests send alerts.
const THEHIVE: &str = "thehive4py==2.1.0";
const THEHIVE_V0: &str = "thehive4py==1.8.2";
/// A provider by which tests sign in.
const PROVIDER: &str = "oidc-provider-mock==0.3.4";
/// Programs that tests start, and the Debian packages that hold them.
const PACKAGES: [(&str, &[&str]); 8] = [
    ("chromium", &["chromium", "fonts-dejavu-core"]),
    ("curl", &["curl"]),
    ("strace", &["strace"]),
    ("groff", &["groff-base"]),
    ("systemd-analyze", &["systemd"]),
    ("rsyslogd", &["rsyslog", "rsyslog-gnutls", "rsyslog-elasticsearch"]),
    ("logrotate", &["logrotate"]),
    // Its library is what counts; whoever has the program has that.
    ("file", &["file", "libmagic1"]),
];

/// Brings what is missing and can be brought, and says what is not there. Returns variables for the
/// tests. Packages of the system are installed only on a machine that is made for it (`CI`), by root.
pub fn bring() -> Vec<(&'static str, String)> {
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    let missing =
        PACKAGES.iter().filter(|(program, _)| !on_path(program)).flat_map(|(_, packages)| *packages);
    let missing: Vec<&str> = missing.copied().collect();
    if is_ci && !missing.is_empty() {
        apt(&["update", "-qq"]);
        apt(&[&["install", "-y", "-qq", "--no-install-recommends"][..], &missing].concat());
    }
    let folder = cargo::root().join("checks/report");
    if !is_newer(&folder.join("node_modules/.package-lock.json"), &folder.join("package-lock.json")) {
        let _ = told("npm", Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder));
    }
    let validator = environment("stix2-validator-3.2.0", VALIDATOR, "bin/stix2_validator")
        .map(|program| ("COFFERDAM_STIX_VALIDATOR", program));
    let script = environment("cryptography-50.0.2", CRYPTOGRAPHY, "bin/python3")
        .map(|program| ("COFFERDAM_PYTHON", program));
    let schemathesis = environment("schemathesis-4.32.5", SCHEMATHESIS, "bin/st")
        .map(|program| ("COFFERDAM_SCHEMATHESIS", program));
    let provider = environment("oidc-provider-mock-0.3.4", PROVIDER, "bin/python3")
        .map(|program| ("COFFERDAM_OIDC_PYTHON", program));
    let thehive = environment("thehive4py-2.1.0", THEHIVE, "bin/python3")
        .map(|program| ("COFFERDAM_THEHIVE4PY", program));
    let thehive_v0 = environment("thehive4py-1.8.2", THEHIVE_V0, "bin/python3")
        .map(|program| ("COFFERDAM_THEHIVE4PY_V0", program));
    let clients = thehive.into_iter().chain(thehive_v0);
    validator.into_iter().chain(script).chain(schemathesis).chain(provider).chain(clients).collect()
}

/// A program of a Python environment of its own below the target folder, with this package in it.
fn environment(name: &str, package: &str, program: &str) -> Option<String> {
    let folder = cargo::target().join(name);
    let done = folder.join("brought");
    if !done.is_file() {
        let pip = folder.join("bin/pip");
        let is_done = told("python3", Command::new("python3").args(["-m", "venv"]).arg(&folder))
            && told("pip", Command::new(pip).args(["install", "--quiet", package]))
            && std::fs::write(&done, package).is_ok();
        if !is_done {
            return None;
        }
    }
    let program = folder.join(program);
    program.is_file().then(|| program.display().to_string())
}

fn apt(args: &[&str]) {
    let _ = told("apt-get", Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(args));
}

/// Runs the program, and tells whether it did what it should. That it fails is said and no more: the test that
/// misses it says so too.
fn told(name: &str, command: &mut Command) -> bool {
    eprintln!("+ {command:?}");
    match command.status() {
        Ok(status) if status.success() => return true,
        Ok(status) => eprintln!("{name} failed ({status}); some tests will be skipped"),
        Err(error) => eprintln!("{name} cannot be started ({error}); some tests will be skipped"),
    }
    false
}

fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder: PathBuf| folder.join(name)).any(|path| path.is_file())
}

fn is_newer(made: &Path, from: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    matches!((changed(made), changed(from)), (Some(made), Some(from)) if made >= from)
}
