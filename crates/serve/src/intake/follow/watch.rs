//! Tells at once when a file grows, or a folder changes.
//! Source: inotify(7).

use super::known::Id;
use super::names::Pattern;
use super::tail::Tail;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// Bytes for events that are read at once.
const EVENTS: usize = 16 * 1024;

/// Watches a folder and open files. Without the system's help it only waits.
pub struct Watch {
    system: Option<OwnedFd>,
    folder: Option<i32>,
    files: HashMap<i32, Id>,
}

/// What changed.
#[derive(Debug, Default)]
pub struct Changes {
    /// Files of the folder came, went, or have other names.
    pub names: bool,
    /// These files were written.
    pub files: HashSet<Id>,
    /// It is not known what changed.
    pub lost: bool,
}

impl Watch {
    /// Begins to watch nothing. Where the system gives no watches, that is told.
    pub fn new() -> Watch {
        let system = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK);
        let system = system.inspect_err(|error| {
            tracing::warn!(failure = %error, "changes of files are not told by the system; they are looked for each second");
        });
        Watch { system: system.ok(), folder: None, files: HashMap::new() }
    }

    /// Watches these files, and the folder, as far as it does not yet.
    pub fn set(&mut self, pattern: &Pattern, tails: &[Tail]) {
        let Some(system) = &self.system else { return };
        if self.folder.is_none() {
            let flags = WatchFlags::CREATE
                | WatchFlags::MOVE
                | WatchFlags::DELETE
                | WatchFlags::ATTRIB
                | WatchFlags::DELETE_SELF
                | WatchFlags::MOVE_SELF
                | WatchFlags::ONLYDIR;
            self.folder = inotify::add_watch(system, pattern.folder(), flags).ok();
        }
        let open: HashSet<Id> = tails.iter().map(|tail| tail.id).collect();
        self.files.retain(|watch, id| {
            let is_open = open.contains(id);
            if !is_open {
                let _ = inotify::remove_watch(system, *watch);
            }
            is_open
        });
        let watched: HashSet<Id> = self.files.values().copied().collect();
        for tail in tails.iter().filter(|tail| !watched.contains(&tail.id)) {
            // The open file itself is meant, whatever it is called now.
            let path = format!("/proc/self/fd/{}", tail.file.as_raw_fd());
            if let Ok(watch) = inotify::add_watch(system, path, WatchFlags::MODIFY) {
                self.files.insert(watch, tail.id);
            }
        }
    }

    /// Waits until something changes, at most so long.
    pub fn wait(&mut self, pattern: &Pattern, most: Duration) -> Changes {
        let mut changes = Changes::default();
        let Some(system) = &self.system else {
            std::thread::sleep(most);
            return Changes { lost: true, ..changes };
        };
        let timeout = Timespec { tv_sec: most.as_secs().cast_signed(), tv_nsec: most.subsec_nanos().into() };
        let mut ready = [PollFd::new(system, PollFlags::IN)];
        if !poll(&mut ready, Some(&timeout)).is_ok_and(|ready| ready > 0) {
            return changes;
        }
        let mut space = [MaybeUninit::uninit(); EVENTS];
        let mut events = inotify::Reader::new(system, &mut space);
        // Whatever keeps it from being read, it would block, ends this turn.
        while let Ok(event) = events.next() {
            let flags = event.events();
            if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
                changes.lost = true;
            } else if Some(event.wd()) == self.folder {
                let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
                changes.names |= name.is_none_or(|name| pattern.names(name).is_some());
                if flags.intersects(ReadFlags::IGNORED | ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF) {
                    self.folder = None;
                }
            } else if flags.contains(ReadFlags::IGNORED) {
                self.files.remove(&event.wd());
            } else {
                changes.files.extend(self.files.get(&event.wd()));
            }
        }
        changes
    }
}
