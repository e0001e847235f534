//! The kept logs as lines with their times.

use jiff::Timestamp;
use jiff::fmt::strtime;

/// A kept log.
pub struct Log {
    /// Its file name in the recording.
    pub name: &'static str,
    /// Its lines in order.
    pub lines: Vec<Line>,
}

/// A line of a log.
pub struct Line {
    /// When it says it was written.
    pub at: Timestamp,
    /// All of it, without the line break.
    pub text: String,
    /// Whether the attack caused it.
    pub is_attack: bool,
}

impl Log {
    /// Reads a log whose lines begin with a time as `time_of` understands it.
    ///
    /// # Errors
    ///
    /// When a line has no time: a log that we cannot place in time is no evidence.
    pub fn read(
        name: &'static str,
        text: &str,
        time_of: fn(&str) -> Option<Timestamp>,
    ) -> Result<Log, String> {
        let line = |line: &str| {
            let at = time_of(line).ok_or_else(|| format!("`{name}` has a line without a time: {line}"))?;
            Ok(Line { at, text: line.to_owned(), is_attack: false })
        };
        let lines: Result<Vec<_>, String> = text.lines().map(line).collect();
        Ok(Log { name, lines: lines? })
    }

    /// The whole log as a file has it.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{}\n", line.text)).collect()
    }

    /// How many lines the attack did not cause.
    pub fn benign(&self) -> usize {
        self.lines.iter().filter(|line| !line.is_attack).count()
    }
}

/// The time of a line that rsyslog wrote in its high-precision form.
pub fn syslog_time(line: &str) -> Option<Timestamp> {
    line.split(' ').next()?.parse().ok()
}

/// The time of an audit record: seconds and milliseconds in `msg=audit(1764000000.123:45)`.
pub fn audit_time(line: &str) -> Option<Timestamp> {
    let (seconds, rest) = line.split_once("msg=audit(")?.1.split_once('.')?;
    let millis: i64 = rest.split(':').next()?.parse().ok()?;
    Timestamp::from_millisecond(seconds.parse::<i64>().ok()? * 1000 + millis).ok()
}

/// The time of a line in nginx' combined format, to the second.
pub fn access_time(line: &str) -> Option<Timestamp> {
    let text = line.split_once('[')?.1.split_once(']')?.0;
    strtime::parse("%d/%b/%Y:%H:%M:%S %z", text).ok()?.to_timestamp().ok()
}

/// The number by which the records of one audit event belong together.
pub fn audit_serial(line: &str) -> Option<&str> {
    line.split_once("msg=audit(")?.1.split_once(')')?.0.split_once(':').map(|(_, serial)| serial)
}

/// A field of an audit record, such as `pid`, without quotation marks.
pub fn audit_field<'line>(line: &'line str, name: &str) -> Option<&'line str> {
    let ends_a_word = |at: &usize| line[..*at].ends_with([' ', '\'', '\u{1d}']);
    let pattern = format!("{name}=");
    let at = line.match_indices(&pattern).map(|(at, _)| at).find(ends_a_word)?;
    let value = &line[at + pattern.len()..];
    value.split([' ', '\'', '\u{1d}']).next().map(|value| value.trim_matches('"'))
}
