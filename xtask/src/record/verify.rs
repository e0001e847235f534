//! Whether the logs show what the manifest claims, and nothing of the machine on which they were made.

use super::keep::Recording;
use super::lab::OWN_MARKS;
use super::logs::Log;
use super::program::here;
use super::share;
use jiff::SignedDuration;

const LEAST_BENIGN: f64 = 0.30;
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
const LARGEST_BYTES: usize = 1_500_000;

/// Everything that is wrong with `recording`; nothing when it may be published.
pub fn findings(recording: &Recording) -> Vec<String> {
    let mut findings = missing_markers(recording);
    findings.extend(foreign_words(&recording.logs));
    let share = share::total(&recording.logs);
    if share < LEAST_BENIGN {
        findings.push(format!("only {:.1} % of the lines are benign", share * 100.0));
    }
    if recording.diary.end.duration_since(recording.diary.start) > LONGEST {
        findings.push("the recording is longer than 15 minutes".into());
    }
    if recording.logs.iter().map(|log| log.text().len()).sum::<usize>() > LARGEST_BYTES {
        findings.push("the logs are larger than 1.5 MB".into());
    }
    findings
}

/// Markers that do not occur in their log within their step's times, with 1 s before and 2 s after.
fn missing_markers(recording: &Recording) -> Vec<String> {
    let mut findings = Vec::new();
    for deed in &recording.diary.attack {
        let (from, to) = (deed.start - SignedDuration::from_secs(1), deed.end + SignedDuration::from_secs(2));
        for (name, text) in deed.what.markers {
            let shows = |log: &Log| {
                log.lines.iter().any(|line| line.at >= from && line.at <= to && line.text.contains(text))
            };
            if !recording.log(name).is_some_and(shows) {
                findings.push(format!("step `{}`: `{name}` does not show `{text}`", deed.what.id));
            }
        }
        if deed.what.markers.is_empty() != deed.what.invisible.is_some() {
            findings
                .push(format!("step `{}` must either have markers or say why it is invisible", deed.what.id));
        }
    }
    findings
}

/// Lines that name this machine: its host name, its people's accounts, our own tools and folders.
fn foreign_words(logs: &[Log]) -> Vec<String> {
    let mut foreign: Vec<String> = OWN_MARKS.iter().map(|&word| word.to_owned()).collect();
    foreign.push(env!("CARGO_MANIFEST_DIR").to_owned());
    foreign.extend(here(&["hostname"]).ok().map(|name| name.trim().to_owned()));
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    foreign.extend(passwd.lines().filter_map(persons_account));
    let mut findings = Vec::new();
    for log in logs {
        for line in &log.lines {
            let words: Vec<&str> =
                line.text.split(|c: char| !c.is_alphanumeric() && !"/._-".contains(c)).collect();
            let is_foreign = |word: &&String| {
                words.contains(&word.as_str()) || (word.contains('/') && line.text.contains(*word))
            };
            findings.extend(
                foreign
                    .iter()
                    .find(is_foreign)
                    .map(|word| format!("`{}` names this machine's `{word}`: {}", log.name, line.text)),
            );
        }
    }
    findings
}

fn persons_account(line: &str) -> Option<String> {
    let mut fields = line.split(':');
    let name = fields.next()?;
    let uid: u32 = fields.nth(1)?.parse().ok()?;
    (1000..60_000).contains(&uid).then(|| name.to_owned())
}
