//! Runs cargo and what it built.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

/// The repository's root folder: as cargo says now, since a cache that several clones share may hold a program that was
/// built in another.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let here = PathBuf::from(here);
    here.parent().map_or_else(|| here.clone(), PathBuf::from)
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The optimised program.
pub fn program() -> PathBuf {
    target().join("release").join("cofferdam")
}

/// Builds the optimised program.
///
/// # Errors
///
/// When cargo fails.
pub fn build() -> Result<(), Box<dyn Error>> {
    run(&["build", "--release", "--locked", "--package", "cofferdam"], &[])
}

/// Runs cargo in the root with these arguments and environment variables.
///
/// # Errors
///
/// When cargo cannot be started or fails.
pub fn run(args: &[&str], env: &[(&str, &str)]) -> Result<(), Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    eprintln!("+ cargo {}", args.join(" "));
    let status = Command::new(cargo).args(args).envs(env.iter().copied()).current_dir(root()).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`cargo {}` failed ({status})", args.join(" ")).into())
    }
}
