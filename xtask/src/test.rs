//! Lints and tests.

use crate::cargo;
use crate::test_needs;
use crate::verify;
use std::error::Error;

/// Checks format and lints, then runs every test, then, where test data is there, the short form of
/// the long checks.
///
/// # Errors
///
/// When one of them fails.
pub fn run(_args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    lint()?;
    let brought = test_needs::bring();
    let brought: Vec<(&str, &str)> = brought.iter().map(|(name, value)| (*name, value.as_str())).collect();
    cargo::run(&["test", "--workspace", "--locked", "--no-fail-fast"], &brought)?;
    match verify::data() {
        Some(data) => verify::against_data(&data, true),
        None => {
            println!(
                "skipped: checks against third-party data; set COFFERDAM_TEST_DATA to its folder to run them"
            );
            Ok(())
        }
    }
}

/// Checks format and lints; a warning fails.
///
/// # Errors
///
/// When something is not as it should be.
pub fn lint() -> Result<(), Box<dyn Error>> {
    cargo::run(&["fmt", "--all", "--check"], &[])?;
    cargo::run(&["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"], &[])
}
