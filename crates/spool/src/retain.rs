//! What goes, by age and size, and whether there is room for more.

use crate::error::{AppendError, Full};
use crate::options::Options;
use crate::writer::{Writer, is_past};
use std::io;
use std::sync::Arc;

impl Writer {
    /// What is to be done in time, whether or not anything is appended.
    pub fn upkeep(&mut self) {
        self.roll_when_due();
        self.retire(0);
    }

    /// Whether so many bytes may be written.
    pub fn has_room(&mut self, bytes: u64) -> Result<(), AppendError> {
        let Options { keep_bytes: bound, floor_bytes: floor, .. } = self.shared.options;
        let mut held = self.held();
        if held + bytes > bound {
            self.retire(bytes);
            if self.held() + bytes > bound && self.is_all_processed() {
                self.roll();
                self.retire(bytes);
            }
            held = self.held();
            if held + bytes > bound {
                return Err(Full::Bound { bytes: held, bound }.into());
            }
        }
        let Some(active) = self.active.as_ref().filter(|_| floor > 0) else { return Ok(()) };
        let free = self.disk.free(&active.file);
        match free.map_err(|cause| AppendError::Storage { cause: Arc::new(cause) })? {
            free if free < floor.saturating_add(bytes) => Err(Full::Disk { free, floor }.into()),
            _ => Ok(()),
        }
    }

    fn held(&self) -> u64 {
        self.shared.state().catalogue.bytes()
    }

    fn is_all_processed(&self) -> bool {
        let state = self.shared.state();
        state.processed >= state.end
    }

    /// Removes segments that were processed and are too old, or too many when so many bytes are added.
    fn retire(&mut self, bytes: u64) {
        let now = (self.shared.options.now)();
        while let Some(first) = self.goes(bytes, now) {
            let mut state = self.shared.state();
            let Some(segment) = state.catalogue.remove(first) else { return };
            drop(state);
            // Whoever reads it has it open.
            let removed = self.disk.remove(&segment.path(&self.shared.folder));
            if removed.is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
                self.shared.state().catalogue.add(segment);
                return;
            }
            // The next one goes after this one, also on disk: a crash leaves no gap. If the folder cannot be synced now,
            // this one may be there again, and goes again.
            let _ = self.disk.sync_folder(&self.shared.folder);
        }
    }

    /// The oldest segment, when it may go and has to.
    fn goes(&self, bytes: u64, now: jiff::Timestamp) -> Option<u64> {
        let Options { keep_bytes, keep_age, .. } = self.shared.options;
        let state = self.shared.state();
        let oldest = state.catalogue.oldest()?;
        if state.catalogue.len() < 2 || oldest.end > state.processed {
            return None;
        }
        let is_old = oldest.arrivals.is_none_or(|(_, last)| is_past(now.duration_since(last), keep_age));
        (is_old || state.catalogue.bytes() + bytes > keep_bytes).then_some(oldest.first)
    }
}
