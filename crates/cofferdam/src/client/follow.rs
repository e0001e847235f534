//! The live feed on a terminal: what is recorded, as it is recorded.

use super::args::Follow;
use super::ask::{percent, refused};
use super::error::ClientError;
use super::print::cell;
use crate::cli::Format;
use crate::text::cut;
use cofferdam_connect::{Api, With};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::thread::sleep;
use std::time::Duration;

/// Longer lines are none of a server of ours.
const LINE_BYTES: u64 = 1 << 20;
/// How long to wait before it is tried again, at first and at most.
const WAIT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
const WIDTH: usize = 80;

/// Prints entries as they come, and goes on where it stopped when the connection breaks.
///
/// # Errors
///
/// [`ClientError`] when the server refuses, or never answered.
pub fn run(args: &Follow) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let mut following = Following { args, last: args.after.map(|after| after.to_string()), left: args.limit };
    let (mut wait, mut has_answered) = (WAIT.0, false);
    loop {
        match following.once(&api) {
            Ok(End::Enough) => return Ok(()),
            Ok(End::Broke) => (has_answered, wait) = (true, WAIT.0),
            Err(ClientError::Silent { what }) if has_answered => {
                eprintln!("note[client::follow]: {what}; trying again in {} s", wait.as_secs_f32());
            }
            Err(error) => return Err(error),
        }
        sleep(wait);
        wait = (wait * 2).min(WAIT.1);
    }
}

enum End {
    /// As many as were asked for, or nobody reads any more.
    Enough,
    /// The connection broke, or the server ended.
    Broke,
}

struct Following<'f> {
    args: &'f Follow,
    last: Option<String>,
    left: Option<u64>,
}

impl Following<'_> {
    fn once(&mut self, api: &Api) -> Result<End, ClientError> {
        let filter = self.args.filter.as_ref().map(|filter| format!("filter={}", percent(filter)));
        // Where to begin is asked for as a parameter the first time: `-1` is before the first entry.
        let after = self.last.as_ref().map(|last| format!("after={last}"));
        let query: Vec<String> = filter.into_iter().chain(after).collect();
        let path = format!("/api/v1/feed?{}", query.join("&"));
        let (status, mut body) = api
            .open("GET", path.trim_end_matches('?'), With::default(), None)
            .map_err(|what| ClientError::Silent { what })?;
        if status != 200 {
            let mut text = Vec::new();
            let _ = body.take(64 << 10).read_to_end(&mut text);
            let error = refused(status, &text);
            return if status == 503 && self.last.is_some() { Ok(End::Broke) } else { Err(error) };
        }
        self.read(BufReader::new(&mut body))
    }

    fn read(&mut self, mut body: impl BufRead) -> Result<End, ClientError> {
        let mut data = String::new();
        loop {
            if self.left == Some(0) {
                return Ok(End::Enough);
            }
            let mut line = Vec::new();
            match body.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return Ok(End::Broke),
                Ok(_) => {}
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            if let Some(id) = line.strip_prefix("id:") {
                self.last = Some(id.trim().to_owned());
            } else if let Some(more) = line.strip_prefix("data:") {
                data.push_str(more.trim_start());
            } else if line.is_empty() && !data.is_empty() {
                let entry = std::mem::take(&mut data);
                if self.tell(&entry).is_err() {
                    return Ok(End::Enough);
                }
                self.left = self.left.map(|left| left - 1);
            }
        }
    }

    fn tell(&self, entry: &str) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let parsed: Value = match (self.args.asking.format, serde_json::from_str(entry)) {
            (Format::Text, Ok(parsed)) => parsed,
            _ => {
                writeln!(out, "{}", crate::text::plain(entry))?;
                return out.flush();
            }
        };
        let part = |name: &str| cell(&parsed[name]);
        writeln!(out, "{:>7}  {}  {}  {}", part("position"), part("time"), part("kind"), part("stream"))?;
        let said = cell(&parsed["fact"]);
        if !said.is_empty() {
            writeln!(out, "         {}", cut(&said, WIDTH - 9))?;
        }
        out.flush()
    }
}
