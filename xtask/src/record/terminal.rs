//! A person at a terminal: an interactive `ssh` whose keys we press and whose screen we read.

use super::program::{not_started, wait_until};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// An open terminal.
pub struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: PathBuf,
}

impl Terminal {
    /// Starts `command` and waits for the first prompt; what it shows goes to the file `screen`.
    pub fn open(mut command: Command, screen: &Path) -> Result<Terminal, String> {
        let failed = |cause: std::io::Error| format!("failed to open `{}`: {cause}", screen.display());
        let output = File::create(screen).map_err(failed)?;
        let errors = output.try_clone().map_err(failed)?;
        command.stdin(Stdio::piped()).stdout(output).stderr(errors);
        let mut child = command.spawn().map_err(|cause| not_started(&command, &cause))?;
        let keys = child.stdin.take().ok_or("the terminal has no keyboard")?;
        let terminal = Terminal { child, keys, screen: screen.to_owned() };
        terminal.wait_for(&["$ ", "# "], 0)?;
        Ok(terminal)
    }

    /// Types a line.
    pub fn type_line(&mut self, line: &str) -> Result<(), String> {
        let typed = self.keys.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.keys.flush());
        typed.map_err(|cause| format!("failed to type `{line}`: {cause}; see `{}`", self.screen.display()))
    }

    /// Types a line, and `secret` once a password is asked for.
    pub fn type_with_secret(&mut self, line: &str, secret: &str) -> Result<(), String> {
        let seen = self.text().len();
        self.type_line(line)?;
        self.wait_for(&["assword: ", "assword for "], seen)?;
        sleep(Duration::from_millis(1200));
        self.type_line(secret)
    }

    /// Leaves all shells, inner ones first.
    pub fn leave(mut self) -> Result<(), String> {
        for _ in 0..4 {
            if self.type_line("exit").is_err() {
                break;
            }
            sleep(Duration::from_millis(600));
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return Ok(());
            }
        }
        wait_until("a terminal to close", Duration::from_secs(10), || {
            matches!(self.child.try_wait(), Ok(Some(_)))
        })
    }

    fn wait_for(&self, prompts: &[&str], from: usize) -> Result<(), String> {
        let is_shown = || {
            let text = self.text();
            let new = text.get(from..).unwrap_or_default();
            prompts.iter().any(|prompt| new.contains(prompt))
        };
        let waited =
            wait_until(&format!("one of {prompts:?} on a terminal"), Duration::from_secs(20), is_shown);
        waited.map_err(|error| format!("{error}; it shows: {}", self.text()))
    }

    fn text(&self) -> String {
        std::fs::read(&self.screen)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None))
            && let Err(cause) = self.child.kill().and_then(|()| self.child.wait().map(drop))
        {
            eprintln!("warning: a terminal did not end: {cause}");
        }
    }
}
