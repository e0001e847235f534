//! Figures of what comes in and what is made of it.

use super::text::Text;
use crate::intake::Counted;
use crate::server::Server;
use std::sync::atomic::{AtomicU64, Ordering};

/// A figure of one source.
type OfSource = (&'static str, &'static str, fn(&Counted) -> u64);

const OF_SOURCES: [OfSource; 6] = [
    ("cofferdam_source_events_total", "Events that were taken in and are on disk.", |counted| counted.taken),
    ("cofferdam_source_doubled_total", "Events that had been delivered before.", |counted| counted.doubled),
    ("cofferdam_source_bytes_total", "Bytes of the events that were taken in.", |counted| counted.bytes),
    ("cofferdam_source_refused_total", "Requests, messages or items that were refused.", |counted| {
        counted.refused
    }),
    ("cofferdam_source_dead_letters_total", "Events that no parser understood.", |counted| {
        counted.dead_letters
    }),
    ("cofferdam_source_dropped_total", "Events that were lost before they could be taken.", |counted| {
        counted.dropped
    }),
];

/// Adds them. Names of sources are of a closed alphabet, and administrators choose them.
pub fn add(text: &mut Text, server: &Server) {
    let sources = server.intake.sources.all();
    for (name, help, figure) in OF_SOURCES {
        text.begin(name, "counter", help);
        for source in &sources {
            text.value(name, &format!("{{source=\"{}\"}}", source.name), figure(&source.counters.now()));
        }
    }
    let spool = server.intake.spool.status();
    text.one("cofferdam_spool_bytes", "gauge", "Bytes of all segments of the spool.", spool.bytes);
    text.one("cofferdam_spool_records_total", "counter", "Records that were ever spooled.", spool.end.0);
    let load = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
    let live = &server.live;
    let waiting = spool.end.0.saturating_sub(load(&live.next));
    text.one("cofferdam_live_waiting", "gauge", "Spooled events that were not looked at yet.", waiting);
    text.one(
        "cofferdam_live_events_total",
        "counter",
        "Events that were looked at since the start.",
        load(&live.read),
    );
    text.one(
        "cofferdam_live_matches_total",
        "counter",
        "Matches of rules since the start.",
        load(&live.matches),
    );
    text.one(
        "cofferdam_live_missing_total",
        "counter",
        "Events that went unread, or were damaged.",
        load(&live.missing),
    );
    let counts = live.counts();
    text.one(
        "cofferdam_live_kept",
        "gauge",
        "Matches kept, to be judged again with what comes late.",
        counts.kept,
    );
    text.one("cofferdam_live_kept_bytes", "gauge", "Bytes of matches kept, about.", counts.kept_bytes);
    text.one(
        "cofferdam_live_crowded_out_total",
        "counter",
        "Matches let go early because there were too many: what comes late is judged without them.",
        counts.crowded_out,
    );
    text.one(
        "cofferdam_live_late_total",
        "counter",
        "Matches of a time that was let go, judged among themselves.",
        counts.too_late,
    );
    text.one(
        "cofferdam_live_behind",
        "gauge",
        "1 while what was taken in is not judged to its end; alerts may still change.",
        u64::from(counts.is_behind),
    );
    text.one(
        "cofferdam_rules",
        "gauge",
        "Rules and correlations in use; 0 until they are read.",
        load(&live.rules),
    );
    text.one("cofferdam_rule_problems", "gauge", "What is wrong with rules.", load(&live.rule_problems));
}
