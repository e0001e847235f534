//! The long checks, and their short form for every day.

use crate::cargo;
use crate::test_needs;
use std::error::Error;
use std::path::{Path, PathBuf};

/// The folder of third-party test data, if there is one.
pub fn data() -> Option<PathBuf> {
    std::env::var_os("COFFERDAM_TEST_DATA").map(PathBuf::from).filter(|folder| folder.is_dir())
}

/// Runs the long checks: 200,000 mutations of logs and 100,000 of exported bundles, 10,000,000 distinct keys,
/// 1,000 kills and 10,000 power cuts of the journal and of the spool, 2,000 disks that fail under the spool, 200 clients of the live feed, 2,000
/// shuffled histories and 500 kills of live detection, and the matcher against its oracle over all test data.
///
/// # Errors
///
/// When a check fails, when the test data is missing, or `strace`, with which the power cuts are recorded.
pub fn run(_args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    release_test("cofferdam-detect", &["--test", "mutations"], ("COFFERDAM_MUTATIONS", "200000"))?;
    release_test("cofferdam-detect", &["--lib", "correlation::sigma"], ("COFFERDAM_KEYS", "10000000"))?;
    release_test("cofferdam-journal", &["bundle"], ("COFFERDAM_MUTATIONS", "100000"))?;
    release_test("cofferdam-store", &["--test", "it", "kill"], ("COFFERDAM_KILLS", "1000"))?;
    release_test("cofferdam-store", &["--test", "it", "power"], ("COFFERDAM_CUTS", "10000"))?;
    release_test("cofferdam-spool", &["--test", "it", "kill"], ("COFFERDAM_KILLS", "1000"))?;
    release_test("cofferdam-spool", &["--test", "it", "power"], ("COFFERDAM_CUTS", "10000"))?;
    release_test("cofferdam-spool", &["--lib", "faults"], ("COFFERDAM_FAULTS", "2000"))?;
    release_test("cofferdam-serve", &["--test", "it", "feed_all"], ("COFFERDAM_FEEDS", "200"))?;
    release_test("cofferdam-detect", &["--lib", "live::simulation"], ("COFFERDAM_SEEDS", "2000"))?;
    release_test("cofferdam", &["--test", "it", "live::kills"], ("COFFERDAM_LIVE_KILLS", "500"))?;
    release_test("cofferdam", &["--test", "it", "live::room"], ("COFFERDAM_LIVE_KILLS", "500"))?;
    described()?;
    let data = data().ok_or("set COFFERDAM_TEST_DATA to the folder of test data")?;
    against_data(&data, false)
}

/// Tests the server with its own description, 200 examples an operation.
fn described() -> Result<(), Box<dyn Error>> {
    let brought = test_needs::bring();
    let mut variables: Vec<(&str, &str)> =
        brought.iter().map(|(name, value)| (*name, value.as_str())).collect();
    variables.push(("COFFERDAM_EXAMPLES", "200"));
    let test = ["test", "--release", "--locked", "--package", "cofferdam", "--test", "it", "the_interface"];
    cargo::run(&[&test[..], &["--", "--nocapture"]].concat(), &variables)
}

/// Runs some of a crate's tests, optimised and with as many cases as the variable says.
fn release_test(package: &str, which: &[&str], count: (&str, &str)) -> Result<(), Box<dyn Error>> {
    let start = ["test", "--release", "--locked", "--package", package];
    let args: Vec<&str> =
        start.into_iter().chain(which.iter().copied()).chain(["--", "--nocapture"]).collect();
    cargo::run(&args, &[count])
}

/// Runs the matcher against its oracle, SigmaHQ's regression data and rsigma-eval.
///
/// # Errors
///
/// When it differs.
pub fn against_data(data: &Path, short: bool) -> Result<(), Box<dyn Error>> {
    let data = data.to_str().ok_or("the path of the test data is not valid UTF-8")?;
    let mut args = vec!["bench", "--locked", "--package", "cofferdam", "--bench", "verify", "--", data];
    if short {
        args.push("--short");
    }
    cargo::run(&args, &[])
}
