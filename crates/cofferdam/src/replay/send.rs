//! Sends records when they are due, in their order, and again until the server has them.

use super::recording::{Record, Recording};
use super::shift::Shift;
use crate::client::ClientError;
use crate::client::ask::{percent, refused};
use cofferdam_connect::{Api, Said, With};
use jiff::Timestamp;
use serde::Deserialize;
use std::path::Path;
use std::time::{Duration, Instant};

const PATH: &str = "/api/v1/events";
/// What is sent at once at most.
const AT_ONCE: usize = 2000;
const BYTES_AT_ONCE: usize = 1 << 20;
/// How often a server is asked again that does not answer, a second apart.
const AGAIN: u32 = 30;

/// Plays one recording.
pub struct Player<'p> {
    api: &'p Api,
    recording: &'p Recording,
    shift: Option<Shift>,
    /// Tells this run's requests from any other's.
    run: String,
    requests: u64,
    sent: Sent,
}

/// What became of it.
#[derive(Default)]
pub struct Sent {
    /// Records that the server took.
    pub taken: u64,
    /// Records that it had already.
    pub doubled: u64,
    /// How late a record was at worst.
    pub behind: Duration,
    /// Why it had to wait, each reason once.
    pub waited: Vec<String>,
}

#[derive(Deserialize)]
struct Taken {
    taken: u64,
    doubled: u64,
}

impl<'p> Player<'p> {
    pub fn new(api: &'p Api, recording: &'p Recording, shift: Option<Shift>) -> Player<'p> {
        let run = format!("replay-{}-{}", std::process::id(), Timestamp::now().as_nanosecond());
        Player { api, recording, shift, run, requests: 0, sent: Sent::default() }
    }

    /// Sends each record when `due` says so.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when the server refuses, or is silent for long.
    pub fn play(&mut self, due: impl Fn(Timestamp) -> Instant) -> Result<Sent, ClientError> {
        let records = &self.recording.records;
        let mut next = 0;
        while let Some(record) = records.get(next) {
            let when = due(record.at);
            let now = Instant::now();
            std::thread::sleep(when.saturating_duration_since(now));
            self.sent.behind = self.sent.behind.max(now.saturating_duration_since(when));
            let count = self.together(&records[next..], &due);
            self.send(&records[next..next + count])?;
            next += count;
        }
        Ok(std::mem::take(&mut self.sent))
    }

    /// How many records go in one request: those of one log that are due now.
    fn together(&self, records: &[Record], due: &impl Fn(Timestamp) -> Instant) -> usize {
        let now = Instant::now();
        let mut bytes = 0;
        let fits = |record: &&Record| {
            bytes += record.text.len() + 1;
            record.log == records[0].log && (bytes <= BYTES_AT_ONCE) && due(record.at) <= now
        };
        records.iter().take(AT_ONCE).take_while(fits).count().max(1)
    }

    fn send(&mut self, records: &[Record]) -> Result<(), ClientError> {
        let log = &self.recording.logs[records[0].log];
        let name =
            Path::new(&log.path).file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
        let mut path = format!("{PATH}?log={}", percent(&name));
        if let Some(host) = &log.host {
            path.push_str(&format!("&host={}", percent(host)));
        }
        let mut body = String::new();
        for record in records {
            let text =
                self.shift.as_ref().map_or_else(|| record.text.as_str().into(), |by| by.apply(&record.text));
            body.push_str(&text);
            body.push('\n');
        }
        self.requests += 1;
        let key = format!("{}-{}", self.run, self.requests);
        let with = With {
            body: Some(&body),
            content_type: Some("text/plain; charset=utf-8"),
            idempotency_key: Some(&key),
            ..With::default()
        };
        let said = self.until_taken(&path, with)?;
        let taken: Taken = serde_json::from_slice(&said.body).map_err(|_| ClientError::Strange {
            what: String::from_utf8_lossy(&said.body).chars().take(60).collect(),
        })?;
        self.sent.taken += taken.taken;
        self.sent.doubled += taken.doubled;
        Ok(())
    }

    /// Asks until the server has taken it; the key keeps it from being taken twice.
    fn until_taken(&mut self, path: &str, with: With<'_>) -> Result<Said, ClientError> {
        let mut silent = 0;
        loop {
            let pause = match self.api.ask("POST", path, with) {
                Ok(said) if (200..300).contains(&said.status) => return Ok(said),
                Ok(said) if matches!(said.status, 429 | 503) => {
                    self.note("the server was too busy for a while");
                    Duration::from_secs(said.retry_after.unwrap_or(1).clamp(1, 60))
                }
                Ok(said) => return Err(refused(said.status, &said.body)),
                Err(what) if silent >= AGAIN => return Err(ClientError::Silent { what }),
                Err(_) => {
                    silent += 1;
                    self.note("the server was away for a while");
                    Duration::from_secs(1)
                }
            };
            std::thread::sleep(pause);
        }
    }

    fn note(&mut self, what: &str) {
        if !self.sent.waited.iter().any(|known| known == what) {
            self.sent.waited.push(what.to_owned());
        }
    }
}
