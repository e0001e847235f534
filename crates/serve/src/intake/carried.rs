//! A line with what its sender says of it, as one record (`detect`, `parser/forwarded.rs`): parsers read the line as if
//! it had come alone, and take host and time from beside it where the line names none.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A line that comes with more than itself.
pub struct Carried {
    /// The line.
    pub line: String,
    /// When it was written, as its sender says.
    pub time: Option<Timestamp>,
    /// On which host.
    pub host: Option<String>,
    /// What else is said of it.
    pub fields: Map<String, Value>,
}

impl Carried {
    /// The record: the line itself when nothing is said of it. When nobody says when it was written, it is of now.
    pub fn bytes(self, now: Timestamp) -> Vec<u8> {
        let Carried { line, time, host, fields } = self;
        if time.is_none() && host.is_none() && fields.is_empty() {
            return line.into_bytes();
        }
        // Members stand in the order in which they are looked for: `carried` is the first.
        let mut bytes = b"{\"carried\":".to_vec();
        bytes.extend(json!(line).to_string().into_bytes());
        bytes.extend(format!(",\"time\":{}", json!(time.unwrap_or(now))).into_bytes());
        if let Some(host) = host {
            bytes.extend(format!(",\"host\":{}", json!(host)).into_bytes());
        }
        if !fields.is_empty() {
            bytes.extend(format!(",\"fields\":{}", Value::Object(fields)).into_bytes());
        }
        bytes.push(b'}');
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_alone_stays_itself() {
        let of = |time: Option<i64>, host: Option<&str>, fields: Value| {
            let time = time.and_then(|second| Timestamp::from_second(second).ok());
            let fields = fields.as_object().cloned().unwrap_or_default();
            let (line, host) = ("a \"b\"\n".to_owned(), host.map(str::to_owned));
            String::from_utf8(Carried { line, time, host, fields }.bytes(Timestamp::UNIX_EPOCH)).unwrap()
        };
        assert_eq!(of(None, None, json!({})), "a \"b\"\n");
        let other = of(None, Some("web-01"), json!({}));
        assert_eq!(other, r#"{"carried":"a \"b\"\n","time":"1970-01-01T00:00:00Z","host":"web-01"}"#);
        let whole = of(Some(0), Some("web-01"), json!({"x": 1}));
        let want =
            r#"{"carried":"a \"b\"\n","time":"1970-01-01T00:00:00Z","host":"web-01","fields":{"x":1}}"#;
        assert_eq!(whole, want);
    }
}
