//! The figures as text.

use super::intake;
use crate::counted::BOUNDS_S;
use crate::server::Server;
use std::fmt::Write;
use std::fs;

/// Bytes of a page of memory on the machines that this runs on.
const PAGE_BYTES: u64 = 4096;

/// Figures, one after the other.
pub struct Text(String);

impl Text {
    /// A figure's heading.
    pub fn begin(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// A value of the figure begun last.
    pub fn value(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    /// A figure of one value.
    pub fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.begin(name, kind, help);
        self.value(name, "", value);
    }
}

/// All figures. Labels are of closed sets: no text of clients stands in them.
pub fn text(server: &Server) -> String {
    let mut text = Text(String::with_capacity(4096));
    text.begin("cofferdam_build_info", "gauge", "The version that runs.");
    text.value("cofferdam_build_info", &format!("{{version=\"{}\"}}", server.settings.version), 1);
    requests(&mut text, server);
    let now = (server.clock)();
    text.one("cofferdam_feeds", "gauge", "Live feeds that are open.", server.feeds.taken());
    text.one("cofferdam_sessions", "gauge", "Sessions that are live.", server.identity.sessions.count(now));
    text.one(
        "cofferdam_users",
        "gauge",
        "Users, disabled ones included.",
        server.identity.roster.all().len(),
    );
    let entries = *server.ledger.grown().borrow();
    text.one("cofferdam_journal_entries", "gauge", "Entries in the journal.", entries);
    let bytes = fs::metadata(server.ledger.store().path().join(cofferdam_store::DATABASE))
        .map_or(0, |meta| meta.len());
    text.one("cofferdam_journal_bytes", "gauge", "Bytes of the journal's database.", bytes);
    let is_behind = u8::from(!server.ledger.is_current());
    text.one(
        "cofferdam_journal_behind",
        "gauge",
        "1 when what is in memory is behind the journal.",
        is_behind,
    );
    let turned_away = server.identity.attempts.turned_away_total();
    text.one(
        "cofferdam_logins_throttled_total",
        "counter",
        "Logins that were not even looked at.",
        turned_away,
    );
    intake::add(&mut text, server);
    process(&mut text);
    text.0
}

fn requests(text: &mut Text, server: &Server) {
    let (by_status, buckets, sum_s) = server.counted.requests();
    let name = "cofferdam_http_requests_total";
    text.begin(name, "counter", "Requests that were answered.");
    for ((method, status), count) in by_status {
        text.value(name, &format!("{{method=\"{method}\",status=\"{status}\"}}"), count);
    }
    let name = "cofferdam_http_request_duration_seconds";
    text.begin(name, "histogram", "Time until an answer began.");
    let bounds = BOUNDS_S.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
    for (bound, count) in bounds.zip(&buckets) {
        text.value(&format!("{name}_bucket"), &format!("{{le=\"{bound}\"}}"), count);
    }
    text.value(&format!("{name}_sum"), "", sum_s);
    text.value(&format!("{name}_count"), "", buckets.last().copied().unwrap_or(0));
}

/// Source: proc(5), `/proc/PID/statm` and `/proc/PID/fd`.
fn process(text: &mut Text) {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    if let Some(pages) = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()) {
        let help = "Memory of the process that is in use.";
        text.one("process_resident_memory_bytes", "gauge", help, pages * PAGE_BYTES);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        text.one("process_open_fds", "gauge", "Files and connections that are open.", open.count());
    }
}
