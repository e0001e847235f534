//! Connections of one source: so many in all, so many from one address; who is silent makes room for others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Places for connections.
pub struct Places {
    most: usize,
    of_one: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    taken: HashMap<u64, Taken>,
}

struct Taken {
    sender: IpAddr,
    heard: Instant,
    leave: Arc<Notify>,
}

/// A place, given back when it is dropped.
pub struct Place {
    places: Arc<Places>,
    number: u64,
    /// Told when the place is needed for somebody else.
    pub leave: Arc<Notify>,
}

/// How long a connection is silent at least before it has to make room.
pub const SILENT: Duration = Duration::from_secs(60);

impl Places {
    /// So many in all, so many for one address.
    pub fn new(most: usize, of_one: usize) -> Arc<Places> {
        Arc::new(Places { most, of_one, state: Mutex::default() })
    }

    /// A place for a connection from this address. When all are taken, the one that was silent for longest makes room,
    /// if it was for a minute; of one address, its own.
    pub fn take(self: &Arc<Places>, sender: IpAddr, now: Instant) -> Option<Place> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let own = state.taken.values().filter(|taken| taken.sender == sender).count();
        let is_own = own >= self.of_one;
        if is_own || state.taken.len() >= self.most {
            let silent = state.taken.iter().filter(|(_, taken)| !is_own || taken.sender == sender);
            let silent =
                silent.min_by_key(|(_, taken)| taken.heard).map(|(number, taken)| (*number, taken.heard));
            let (number, _) = silent.filter(|(_, heard)| now.saturating_duration_since(*heard) >= SILENT)?;
            state.taken.remove(&number)?.leave.notify_one();
        }
        let (number, leave) = (state.next, Arc::new(Notify::new()));
        state.next += 1;
        state.taken.insert(number, Taken { sender, heard: now, leave: Arc::clone(&leave) });
        drop(state);
        Some(Place { places: Arc::clone(self), number, leave })
    }
}

impl Place {
    /// Something came.
    pub fn heard(&self, now: Instant) {
        let mut state = self.places.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = state.taken.get_mut(&self.number) {
            taken.heard = now;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.state.lock().unwrap_or_else(PoisonError::into_inner).taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_silent_makes_room_and_nobody_takes_all() {
        let (places, start) = (Places::new(3, 2), Instant::now());
        let [one, other, third] = [1, 2, 3].map(|last| IpAddr::from([192, 0, 2, last]));
        let first = places.take(one, start).unwrap();
        let _second = places.take(one, start).unwrap();
        assert!(places.take(one, start).is_none(), "two are enough for one");
        let held = places.take(other, start).unwrap();
        assert!(places.take(third, start).is_none(), "three are all");
        let later = start + SILENT;
        first.heard(later);
        held.heard(later);
        let _new = places.take(third, later).unwrap();
        assert!(places.take(third, later).is_none(), "nobody is silent any more");
        drop(held);
        assert!(places.take(other, later).is_some());
    }
}
