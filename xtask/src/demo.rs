//! Investigates the recorded attack that ships with the repository.

use crate::cargo;
use std::error::Error;
use std::process::Command;

/// Builds the program and runs it on the recording. Nothing is written.
///
/// # Errors
///
/// When the build or the investigation fails.
pub fn run(_args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    cargo::build()?;
    let recording = "content/recordings/ssh-intrusion";
    println!("$ cofferdam investigate {recording}\n");
    let status = Command::new(cargo::program())
        .args(["investigate", recording])
        .current_dir(cargo::root())
        .status()?;
    if !status.success() {
        return Err(format!("the investigation ended with {status}").into());
    }
    println!("What really happened, minute by minute: {recording}/manifest.json");
    println!("The same as files: {} investigate {recording} --out DIR", cargo::program().display());
    Ok(())
}
