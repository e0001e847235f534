//! The thread that follows the files of a source.

use super::door::Door;
use super::follower::{Follower, Step};
use super::names::Pattern;
use super::watch::Watch;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often everything is looked at, whatever the system tells: not every file system tells all.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is asked whether the server ends.
const PULSE: Duration = Duration::from_millis(200);
/// How long nothing is tried when lines could not be taken.
const PAUSE: Duration = Duration::from_millis(500);

/// Follows the files of a pattern until `is_ending`. `from_start`: files that are there when they are followed for the
/// first time are read from their beginning, else from their end.
pub fn run<D: Door>(path: &Path, from_start: bool, door: D, is_ending: impl Fn() -> bool) {
    let mut follower = Follower::new(Pattern::of(path), from_start, door);
    while let Err(busy) = follower.begin() {
        tracing::warn!(file = %path.display(), failure = %busy, "a file cannot be followed yet");
        if is_over(&is_ending, PAUSE) {
            return;
        }
    }
    let mut watch = Watch::new();
    let mut looked: Option<Instant> = None;
    let mut changes = super::watch::Changes { lost: true, ..Default::default() };
    while !is_ending() {
        let now = Instant::now();
        let is_due = changes.lost || looked.is_none_or(|looked| now.duration_since(looked) >= LOOK);
        if is_due || changes.names {
            follower.look(now);
            watch.set(follower.pattern(), follower.tails());
            looked = Some(now);
        }
        let only = Some(&changes.files).filter(|_| !is_due && !changes.names);
        let mut step = follower.read(now, only);
        while step == Step::More && !is_ending() {
            step = follower.read(Instant::now(), None);
            watch.set(follower.pattern(), follower.tails());
        }
        if step == Step::Busy && is_over(&is_ending, PAUSE) {
            return;
        }
        changes = watch.wait(follower.pattern(), PULSE);
        changes.lost |= step == Step::Busy;
    }
}

/// Waits; whether the server ended meanwhile.
fn is_over(is_ending: &impl Fn() -> bool, most: Duration) -> bool {
    let until = Instant::now() + most;
    while Instant::now() < until {
        if is_ending() {
            return true;
        }
        std::thread::sleep(PULSE.min(most));
    }
    is_ending()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_spool::Record;
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{Sender, channel};

    struct Told(Sender<Instant>);

    impl Door for Told {
        type Busy = &'static str;

        fn take(&self, _: Option<&str>, records: Vec<Record>) -> Result<(), &'static str> {
            let lines = records.iter().filter(|record| !record.bytes.is_empty());
            let told = lines.map(|_| self.0.send(Instant::now())).all(|sent| sent.is_ok());
            if told { Ok(()) } else { Err("nobody listens") }
        }

        fn place(&self, _: &[u8; 16]) -> Option<u64> {
            None
        }
    }

    #[test]
    fn a_line_is_at_the_door_before_anything_is_looked_for() {
        let (dir, over) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
        let path = dir.path().join("app.log");
        let mut file = std::fs::File::create(&path).unwrap();
        let (tell, told) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| run(&path, false, Told(tell), || over.load(Ordering::Relaxed)));
            std::thread::sleep(Duration::from_millis(300));
            let mut took: Vec<Duration> = (0..40)
                .map(|number| {
                    std::thread::sleep(Duration::from_millis(7));
                    let began = Instant::now();
                    writeln!(file, "line {number}").unwrap();
                    told.recv_timeout(10 * LOOK).unwrap().duration_since(began)
                })
                .collect();
            over.store(true, Ordering::Relaxed);
            took.sort();
            println!(
                "line written to line at the door: median {:?}, 90 % {:?}, most {:?}",
                took[20], took[36], took[39]
            );
            // Most come at once, however busy the machine is; the next look would be half a second away.
            assert!(took[20] < LOOK / 10, "{took:?}");
        });
    }
}
