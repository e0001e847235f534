//! Runs programs with argument vectors and tells in one sentence what went wrong.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Runs `command` to its end and returns what it printed.
///
/// # Errors
///
/// A sentence with the program, its arguments and the end of its error output.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|cause| not_started(command, &cause))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` ended with {}: {}", line(command), output.status, complaint.trim()))
}

/// Runs `command` where its failure is expected or does not matter, such as a refused login or cleaning up.
pub fn attempt(command: &mut Command) {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(cause) = quiet.status() {
        eprintln!("warning: {}", not_started(command, &cause));
    }
}

/// Runs a program of this machine, outside the lab.
pub fn here(words: &[&str]) -> Result<String, String> {
    run(Command::new(words[0]).args(&words[1..]))
}

/// Why `command` could not be started.
pub fn not_started(command: &Command, cause: &std::io::Error) -> String {
    format!("failed to start `{}`: {cause}", line(command))
}

/// Waits until `is_so` holds.
pub fn wait_until(what: &str, within: Duration, mut is_so: impl FnMut() -> bool) -> Result<(), String> {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > within {
            return Err(format!("waited {} s in vain for {what}", within.as_secs()));
        }
        sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
