//! Memory for what is on its way into the spool: all requests and connections together have so much, and no more.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is given in parts of so many bytes.
const PART: usize = 1024;

/// Memory for what is on its way.
#[derive(Clone, Debug)]
pub struct Room {
    parts: Arc<Semaphore>,
    all: usize,
}

/// A piece of it, given back when this is dropped.
#[derive(Debug)]
pub struct Held {
    room: Room,
    permit: OwnedSemaphorePermit,
}

impl Room {
    /// So many bytes.
    pub fn new(bytes: usize) -> Room {
        let all = bytes.div_ceil(PART).min(Semaphore::MAX_PERMITS).min(u32::MAX as usize);
        Room { parts: Arc::new(Semaphore::new(all)), all }
    }

    /// A piece of at least so many bytes, if there is one now.
    pub fn hold(&self, bytes: usize) -> Option<Held> {
        let permit = Arc::clone(&self.parts).try_acquire_many_owned(parts(bytes)?).ok()?;
        Some(Held { room: self.clone(), permit })
    }

    /// A piece of at least so many bytes, once there is one; none when there never will be.
    pub async fn wait(&self, bytes: usize) -> Option<Held> {
        let wanted = parts(bytes).filter(|parts| *parts as usize <= self.all)?;
        let permit = Arc::clone(&self.parts).acquire_many_owned(wanted).await.ok()?;
        Some(Held { room: self.clone(), permit })
    }

    /// Bytes that are held now.
    pub fn held(&self) -> usize {
        (self.all - self.parts.available_permits().min(self.all)) * PART
    }
}

impl Held {
    /// Makes the piece one of at least so many bytes; it stays as it was when there is no room for that.
    #[must_use]
    pub fn grow_to(&mut self, bytes: usize) -> bool {
        let Some(wanted) = parts(bytes) else { return false };
        let more = wanted as usize - self.permit.num_permits().min(wanted as usize);
        let Ok(more) = u32::try_from(more) else { return false };
        match Arc::clone(&self.room.parts).try_acquire_many_owned(more) {
            Ok(permit) => {
                self.permit.merge(permit);
                true
            }
            Err(_) => false,
        }
    }
}

fn parts(bytes: usize) -> Option<u32> {
    u32::try_from(bytes.div_ceil(PART)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_so_much_and_no_more() {
        let room = Room::new(10 * 1024);
        let mut one = room.hold(4000).unwrap();
        assert_eq!(room.held(), 4096);
        assert!(room.hold(6 * 1024 + 1).is_none());
        let two = room.hold(3 * 1024).unwrap();
        assert!(one.grow_to(7 * 1024) && !one.grow_to(7 * 1024 + 1), "what is there, and no more");
        assert!(one.grow_to(10), "it never shrinks");
        assert_eq!(room.held(), 10 * 1024);
        drop((one, two));
        assert_eq!(room.held(), 0);
        assert!(room.hold(usize::MAX).is_none());
    }
}
