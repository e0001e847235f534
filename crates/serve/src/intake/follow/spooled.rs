//! The spool as the door for the lines of one source.

use super::door::Door;
use crate::intake::{Busy, Intake, Origin, Source};
use cofferdam_spool::Record;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The way into the spool for one source, on a thread that may wait.
pub struct Spooled {
    intake: Arc<Intake>,
    source: Arc<Source>,
    runtime: Handle,
    /// How far each file was read: of all logs of the source, each of which has a name of its own in the spool.
    places: RefCell<HashMap<[u8; 16], u64>>,
}

impl Spooled {
    /// For this source; what the spool remembers of its files is known.
    pub fn of(intake: Arc<Intake>, source: Arc<Source>, runtime: Handle) -> Spooled {
        let ours = |name: &str| Origin::read(name).source == source.name.as_str();
        let status = intake.spool.status();
        let names = status.sources.iter().map(|known| known.source.as_ref()).filter(|name| ours(name));
        let mut places = HashMap::new();
        for place in names.flat_map(|name| intake.spool.places(name)) {
            // A file that was given the name of another log is known of both: it was read as far as the farther one says.
            let known = places.entry(place.file).or_insert(place.next);
            *known = place.next.max(*known);
        }
        Spooled { intake, source, runtime, places: RefCell::new(places) }
    }
}

impl Door for Spooled {
    type Busy = Busy;

    fn take(&self, log: Option<&str>, records: Vec<Record>) -> Result<(), Busy> {
        let log = log.map(ToOwned::to_owned);
        let origin = Origin { host: self.source.terms.host.clone(), log, ..Origin::of(self.source.name) };
        let places: Vec<_> = records.iter().filter_map(|record| record.place).collect();
        self.runtime.block_on(self.intake.accept_from_when_room(&self.source, &origin, records))?;
        self.places.borrow_mut().extend(places.into_iter().map(|place| (place.file, place.next)));
        Ok(())
    }

    fn place(&self, file: &[u8; 16]) -> Option<u64> {
        self.places.borrow().get(file).copied()
    }
}
