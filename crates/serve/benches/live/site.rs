//! A server in this process, with its data in a folder that goes afterwards.

use super::rules::Folder;
use cofferdam_journal::Actor;
use cofferdam_serve::live::Rules;
use cofferdam_serve::settings::Limits;
use cofferdam_serve::{Running, Settings};
use cofferdam_store::{Store, World};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A server and its folder.
pub struct Site {
    /// The server.
    pub running: Running,
    folder: PathBuf,
}

/// Who fills the journal.
pub fn program() -> Actor {
    Actor::Program("bench".to_owned())
}

impl Site {
    /// A server with these rules and so many threads that match at most, after `fill` did something to its data directory.
    pub fn new(name: &str, rules: &Folder, threads: usize, fill: impl FnOnce(&Store)) -> Site {
        let base = std::env::var_os("COFFERDAM_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = base.join(format!("cofferdam-bench-live-{}-{name}", std::process::id()));
        let store =
            Store::create(&folder, &program(), World::real(World::offline())).expect("a data directory");
        fill(&store);
        let settings = Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            rules: Rules(Arc::new(rules.clone())),
            limits: Limits { feeds: 50, threads, ..Settings::default().limits },
            ..Settings::default()
        };
        let running = Running::start(store, settings, Arc::new(Timestamp::now)).expect("a server");
        let site = Site { running, folder };
        site.until(|site| site.live(|status| status.rules.load(Ordering::Relaxed)) > 0);
        site
    }

    /// A figure of the live pipeline.
    pub fn live(&self, figure: impl Fn(&cofferdam_serve::live::Status) -> u64) -> u64 {
        figure(&self.running.server().live)
    }

    /// Waits until the pipeline has read all that the spool holds.
    pub fn until_read(&self) {
        self.until_behind(0);
    }

    /// Until detection is at most so many events behind.
    pub fn until_behind(&self, events: u64) {
        self.until(|site| {
            site.live(|status| status.next.load(Ordering::Relaxed)) + events
                >= site.running.server().intake.spool.end().0
        });
    }

    fn until(&self, holds: impl Fn(&Site) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < Duration::from_secs(600), "the pipeline does not come to its end");
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Ends it and removes its folder.
    pub fn end(self) {
        self.running.stop();
        std::fs::remove_dir_all(&self.folder).expect("removed");
    }
}
