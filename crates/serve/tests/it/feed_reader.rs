//! Reads a live feed as a browser does (HTML, section 9.2.6, "Interpreting an event stream").

use super::site::Client;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

/// Longer than any feed in a test says nothing.
const SILENCE: Duration = Duration::from_secs(20);

/// An open feed.
pub struct Feed {
    lines: BufReader<Box<dyn Read + Send>>,
    /// What to send as `Last-Event-ID` next time.
    pub last: Option<String>,
    id: Option<String>,
    kind: String,
    data: String,
}

/// What a feed said.
#[derive(Debug)]
pub enum Said {
    /// An event.
    Event {
        /// Its name.
        kind: String,
        /// What it carries.
        entry: Value,
    },
    /// A line that is no event: a comment, or where the feed is.
    Other,
    /// Nothing more: it ended.
    End,
    /// Nothing more: the connection broke.
    Broken,
}

impl Client {
    /// Opens the feed behind the last event, or tells the status with which it was refused; 0 when nobody answers.
    pub fn feed(&self, query: &str, last: Option<&str>) -> Result<Feed, u16> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_recv_response(Some(SILENCE))
            .build()
            .into();
        let mut request = agent.get(format!("{}/api/v1/feed{query}", self.url()));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.call().map_err(|_| 0_u16)?;
        if response.status() != 200 {
            return Err(response.status().as_u16());
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body: Box<dyn Read + Send> = Box::new(response.into_body().into_reader());
        Ok(Feed {
            lines: BufReader::new(body),
            last: last.map(ToOwned::to_owned),
            id: None,
            kind: String::new(),
            data: String::new(),
        })
    }
}

impl Feed {
    /// The next line, and what it makes. An event of which not all lines came is none.
    pub fn line(&mut self) -> Said {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(0) => return Said::End,
            Err(_) => return Said::Broken,
            Ok(_) if !line.ends_with('\n') => return Said::Broken,
            Ok(_) => {}
        }
        let line = line.trim_end_matches('\n');
        match line.split_once(": ") {
            Some(("id", id)) => self.id = Some(id.to_owned()),
            Some(("event", kind)) => self.kind = kind.to_owned(),
            Some(("data", data)) => self.data.push_str(data),
            Some(("retry", _)) => {}
            // Only here an event is complete, and counts as seen.
            None if line.is_empty() => {
                self.last = self.id.take().or(self.last.take());
                if self.data.is_empty() {
                    return Said::Other;
                }
                let (kind, data) = (std::mem::take(&mut self.kind), std::mem::take(&mut self.data));
                let entry: Value = serde_json::from_str(&data).unwrap();
                assert_eq!(self.last.as_deref(), Some(entry["position"].to_string().as_str()));
                return Said::Event { kind, entry };
            }
            None if line == ":" => {}
            _ => panic!("no line of a feed: {line}"),
        }
        Said::Other
    }

    /// The next event; none when the feed ends before.
    pub fn event(&mut self) -> Option<(String, Value)> {
        loop {
            match self.line() {
                Said::Event { kind, entry } => return Some((kind, entry)),
                Said::Other => {}
                Said::End | Said::Broken => return None,
            }
        }
    }

    /// Positions of the events that come until one of this kind, that one included.
    pub fn until(&mut self, last: &str) -> Vec<u64> {
        let mut seen = Vec::new();
        while let Some((kind, entry)) = self.event() {
            seen.push(entry["position"].as_u64().unwrap());
            if kind == last {
                return seen;
            }
        }
        panic!("the feed ended before {last}: {seen:?}")
    }
}
