//! The server's log: one event a line on standard error, as text or as JSON.
//!
//! Text of clients stands in it only as the value of a field, cleaned of whatever could begin a line of its own or
//! steer a terminal.

use crate::text::plain;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};
use std::io::Write as _;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// `TIME LEVEL message name=value …`
    Text,
    /// A JSON object.
    Json,
}

/// Events are written from now on, by all threads.
pub fn begin(format: LogFormat, level: LevelFilter) {
    // Only a second log in one process would be refused; then the first one stays.
    let _ = tracing_subscriber::registry().with(Lines(format).with_filter(Ours(level))).try_init();
}

/// Which events are ours: libraries tell their own, at levels of their own, and those may hold what clients sent.
struct Ours(LevelFilter);

impl<S> tracing_subscriber::layer::Filter<S> for Ours {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: &Context<'_, S>) -> bool {
        *metadata.level() <= self.0 && metadata.target().starts_with("cofferdam")
    }
}

struct Lines(LogFormat);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let now = Timestamp::now();
        let level = event.metadata().level().as_str();
        let line = match self.0 {
            LogFormat::Text => text(now, level, &said),
            LogFormat::Json => json(now, level, said),
        };
        // One write for each line, so that lines of several threads stay whole. A log that cannot be written
        // ends no server.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

#[derive(Default)]
struct Said {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Said {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            (name, value) => self.fields.push((name, value)),
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::String(value.to_owned()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

fn text(now: Timestamp, level: &str, said: &Said) -> String {
    let mut line = format!("{now:.3} {level:<5} {}", plain(&said.message));
    for (name, value) in &said.fields {
        let _ = match value {
            Value::String(text) if is_word(text) => write!(line, " {name}={text}"),
            // JSON quotes and escapes what is no word, and `plain` what JSON leaves.
            value => write!(line, " {name}={}", plain(&value.to_string())),
        };
    }
    line.push('\n');
    line
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:{}*+@".contains(&byte))
}

fn json(now: Timestamp, level: &str, said: Said) -> String {
    let mut object = Map::new();
    object.insert("time".to_owned(), format!("{now:.3}").into());
    object.insert("level".to_owned(), level.to_lowercase().into());
    object.insert("message".to_owned(), said.message.into());
    object.extend(said.fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    plain(&Value::Object(object).to_string()).into_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, want_text: &str, want_json: &str) {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let said =
            || Said { message: "request".to_owned(), fields: vec![("who", value.into()), ("n", 7.into())] };
        assert_eq!(
            text(now, "INFO", &said()),
            format!("2023-11-14T22:13:20.000Z INFO  request who={want_text} n=7\n")
        );
        let want = format!(
            "{{\"time\":\"2023-11-14T22:13:20.000Z\",\"level\":\"info\",\"message\":\"request\",\"who\":{want_json},\"n\":7}}\n"
        );
        assert_eq!(json(now, "INFO", said()), want);
    }

    #[test]
    fn no_value_begins_a_line_or_steers_a_terminal() {
        check("ops1", "ops1", "\"ops1\"");
        check("a b", "\"a b\"", "\"a b\"");
        check(
            "x\n2026-01-01T00:00:00Z INFO forged",
            "\"x\\n2026-01-01T00:00:00Z INFO forged\"",
            "\"x\\n2026-01-01T00:00:00Z INFO forged\"",
        );
        check("\u{1b}[2J", "\"\\u001b[2J\"", "\"\\u001b[2J\"");
        check("a\u{9b}b\u{202e}", "\"a\u{fffd}b\u{fffd}\"", "\"a\u{fffd}b\u{fffd}\"");
        check("a=b n=9", "\"a=b n=9\"", "\"a=b n=9\"");
        check("", "\"\"", "\"\"");
    }
}
