//! What live detection costs: how fast events go through spool, parsers and matcher beside parsers and matcher alone,
//! and how long it takes from an event over HTTP to its alert on the feed while thousands of others come in.
//!
//! Usage: `live CORPUS RULES [RUNS]`: a file of events, one a line, and a folder of Sigma rules; ends with 1 when a bar
//! is missed. The data directory is made in `COFFERDAM_BENCH_DIR`, or beside what cargo builds.

mod live {
    pub mod connection;
    pub mod latency;
    pub mod room;
    pub mod rules;
    pub mod site;
    pub mod sustained;
}

use live::{latency, rules, sustained};
use std::path::PathBuf;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let (Some(corpus), Some(folder)) = (args.next(), args.next()) else {
        println!("skipped: live CORPUS RULES [RUNS]");
        return std::process::ExitCode::SUCCESS;
    };
    let runs = args.next().and_then(|text| text.parse().ok()).unwrap_or(3);
    let rules = rules::Folder(PathBuf::from(folder));
    let bars = [sustained::run(&PathBuf::from(corpus), &rules, runs), latency::run(&rules)];
    std::process::ExitCode::from(u8::from(!bars.iter().all(|is_met| *is_met)))
}
