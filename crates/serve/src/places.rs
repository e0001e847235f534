//! How many of something there may be at once, in all and for one user: whoever opens many leaves room for others.

use cofferdam_vocabulary::UserId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Places that can be taken.
#[derive(Debug)]
pub struct Places {
    most: usize,
    of_one: usize,
    taken: Mutex<HashMap<UserId, usize>>,
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    user: UserId,
}

impl Places {
    /// So many in all, so many for one user.
    pub fn new(most: usize, of_one: usize) -> Arc<Places> {
        Arc::new(Places { most, of_one, taken: Mutex::default() })
    }

    /// Takes one, if there is one.
    pub fn take(self: &Arc<Self>, user: UserId) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let own = taken.get(&user).copied().unwrap_or(0);
        if all >= self.most || own >= self.of_one {
            return None;
        }
        taken.insert(user, own + 1);
        Some(Place { places: Arc::clone(self), user })
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_leaves_room_for_others_and_places_come_back() {
        let places = Places::new(3, 2);
        let (one, other) = (UserId(1), UserId(2));
        let first = places.take(one).unwrap();
        let _second = places.take(one).unwrap();
        assert!(places.take(one).is_none(), "two are enough for one");
        let _third = places.take(other).unwrap();
        assert!(places.take(other).is_none(), "three are all");
        drop(first);
        assert_eq!(places.taken(), 2);
        assert!(places.take(other).is_some());
    }
}
