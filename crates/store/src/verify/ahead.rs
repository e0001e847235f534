//! Entries taken apart on another core, while those before them are put together.
//!
//! What can be said of an entry alone (what its bytes say, what it commits to, its hash) is more than half of the
//! work of verifying a log, and needs nothing of the others.

use crate::storage::Stored;
use cofferdam_journal::merkle::{Hash, leaf};
use cofferdam_journal::{Commitment, EntryError, Head, commitments};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;

/// Entries handed over at once, at most.
const ENTRIES: usize = 512;
/// About so many bytes are handed over at once.
const BYTES: usize = 1 << 20;
/// So often entries may be handed over before those taken apart are asked for: memory is bounded.
const AHEAD: usize = 4;

/// An entry, and what it says of itself.
pub struct Apart {
    pub stored: Stored,
    /// Where it says that it stands.
    pub head: Result<Head, EntryError>,
    /// The personal values to which it commits.
    pub stand: Result<Vec<Commitment>, EntryError>,
    /// Its hash in the tree.
    pub hash: Hash,
}

impl Apart {
    fn of(stored: Stored) -> Apart {
        let (head, stand, hash) = (Head::read(&stored.leaf), commitments(&stored.leaf), leaf(&stored.leaf));
        Apart { stored, head, stand, hash }
    }
}

/// Takes entries apart, and gives them back in their order.
pub struct Ahead {
    to: Sender<Vec<Stored>>,
    from: Receiver<Vec<Apart>>,
    filling: Vec<Stored>,
    bytes: usize,
    /// Handed over and not given back.
    out: usize,
}

impl Ahead {
    /// Begins a thread, which ends when this is dropped.
    pub fn begin<'scope>(scope: &'scope Scope<'scope, '_>) -> Ahead {
        let ((to, wanted), (done, from)) = (channel::<Vec<Stored>>(), channel());
        scope.spawn(move || {
            for some in wanted {
                if done.send(some.into_iter().map(Apart::of).collect()).is_err() {
                    return;
                }
            }
        });
        Ahead { to, from, filling: Vec::new(), bytes: 0, out: 0 }
    }

    /// Takes an entry; gives back earlier ones that are ready, all at once, or none.
    pub fn put(&mut self, stored: Stored) -> Vec<Apart> {
        self.bytes += stored.leaf.len();
        self.filling.push(stored);
        if self.filling.len() < ENTRIES && self.bytes < BYTES {
            return Vec::new();
        }
        self.hand_over();
        if self.out < AHEAD { Vec::new() } else { self.next().unwrap_or_default() }
    }

    /// What is left, a part at a time.
    pub fn rest(&mut self) -> Option<Vec<Apart>> {
        if !self.filling.is_empty() {
            self.hand_over();
        }
        self.next()
    }

    fn hand_over(&mut self) {
        self.bytes = 0;
        let some = std::mem::replace(&mut self.filling, Vec::with_capacity(ENTRIES));
        // It fails only when the other thread has panicked, which ends the scope as well.
        if self.to.send(some).is_ok() {
            self.out += 1;
        }
    }

    fn next(&mut self) -> Option<Vec<Apart>> {
        let some = (self.out > 0).then(|| self.from.recv().ok()).flatten();
        self.out = self.out.saturating_sub(1);
        some
    }
}
