//! One source while it is read: what its records are handed out through.

use crate::reading::{At, Halt, Reading};
use crate::{Batch, Closed, Content, Limits, Place, Problem, SourceId, Step};

/// The source that is being read.
pub(crate) struct Log<'r, 'a> {
    reading: &'r mut Reading<'a>,
    pub at: &'r At,
    id: SourceId,
    records: u64,
    rejected_records: u64,
}

impl<'r, 'a> Log<'r, 'a> {
    pub fn new(reading: &'r mut Reading<'a>, at: &'r At, id: SourceId) -> Log<'r, 'a> {
        Log { reading, at, id, records: 0, rejected_records: 0 }
    }

    /// What it came to, after `bytes` bytes.
    pub fn close(self, bytes: u64) -> Closed {
        let Log { id: source, records, rejected_records, .. } = self;
        Closed { source, bytes, records, rejected_records }
    }

    pub fn limits(&self) -> &Limits {
        self.reading.limits
    }

    /// Hands out `records` records, the first of which has the number `first_record`.
    pub fn hand_out(&mut self, first_record: u64, records: u64, content: Content) -> Result<(), Halt> {
        let sequence = self.reading.summary.batches;
        self.reading.summary.batches += 1;
        self.reading.summary.records += records;
        self.records += records;
        self.reading.tell(Step::Batch(Batch { source: self.id, sequence, first_record, content }))
    }

    /// Counts a record that is left out for a reason that is told of the whole source.
    pub fn leave_out(&mut self) {
        self.rejected_records += 1;
        self.reading.summary.rejected_records += 1;
    }

    /// Tells of records that are left out while the rest goes on.
    pub fn problem(
        &mut self,
        place: Place,
        code: &'static str,
        rejected_records: u64,
        message: String,
    ) -> Result<(), Halt> {
        self.rejected_records += rejected_records;
        let at = self.at.problem(code, message);
        self.reading.problem(Problem { place: Some(place), fatal_for_source: false, rejected_records, ..at })
    }
}

/// Problems of one kind in one source: the first is told with its place, the others as a count.
pub(crate) struct Repeated {
    code: &'static str,
    what: &'static str,
    last: Option<Place>,
    further: u64,
}

impl Repeated {
    pub fn new(code: &'static str, what: &'static str) -> Repeated {
        Repeated { code, what, last: None, further: 0 }
    }

    pub fn reject(&mut self, log: &mut Log<'_, '_>, place: Place) -> Result<(), Halt> {
        if self.last.replace(place.clone()).is_some() {
            self.further += 1;
            return Ok(());
        }
        log.problem(place, self.code, 1, format!("{} is left out", self.what))
    }

    /// Tells the count, if there were further ones.
    pub fn close(self, log: &mut Log<'_, '_>) -> Result<(), Halt> {
        match self.last {
            Some(place) if self.further > 0 => {
                let message =
                    format!("{} further times {} was left out, the last one here", self.further, self.what);
                log.problem(place, self.code, self.further, message)
            }
            _ => Ok(()),
        }
    }
}
