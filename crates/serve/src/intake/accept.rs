//! The one door to the spool: what goes through it is on disk when it is said to be taken.

use super::counters::Counters;
use super::origin::Origin;
use super::room::Room;
use super::source::Source;
use super::sources::Sources;
use crate::server::Clock;
use cofferdam_spool::{AppendError, Batch, Full, Receipt, Record, Spool};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// Bytes of records that are handed to the spool at once; more become several batches.
const BATCH_BYTES: usize = 4 << 20;
/// Records that are handed to the spool at once.
const BATCH_RECORDS: usize = 20_000;
/// What a record takes in memory beside its bytes.
const BESIDE: usize = 96;
/// Bytes of records that are handed to the spool and not written yet; it takes 64 MiB, some of them from others.
const WRITING_BYTES: usize = 48 << 20;
/// Bytes of bodies that are read before it is known whose they are.
const UNPROVEN_BYTES: usize = 32 << 20;
/// How long the door waits for those before it says that it is busy.
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes in what sources send.
pub struct Intake {
    /// Who may send.
    pub sources: Arc<Sources>,
    /// What it goes into.
    pub spool: Arc<Spool>,
    /// Memory for what is read, unpacked and taken apart on its way there.
    pub room: Room,
    /// Memory for what nobody has proven yet to be a source's.
    pub unproven: Room,
    /// What is handed to the spool and not written yet.
    writing: Room,
    /// Acknowledgements that were given out by number.
    acks: AtomicU64,
    clock: Clock,
}

/// Why nothing more was taken now. Records that were taken before it in the same call are doubled when they are sent
/// again, where they have an identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Too much is on its way already.
    #[error("too much is on its way")]
    Room,
    /// The spool has too much to write.
    #[error("the spool has too much to write")]
    Waiting,
    /// The disk has no room, or the spool may not become larger.
    #[error("there is no room in the spool: {what}")]
    Full {
        /// Which bound was met.
        what: String,
    },
    /// It cannot be written, or the server ends.
    #[error("the spool cannot be written: {what}")]
    Storage {
        /// What happened; for the log.
        what: String,
    },
}

impl Busy {
    /// Seconds after which it is worth trying again.
    pub fn retry_after_s(&self) -> u64 {
        match self {
            Busy::Room | Busy::Waiting => 1,
            Busy::Full { .. } => 30,
            Busy::Storage { .. } => 5,
        }
    }

    /// Whether it would go well in a moment: others only have to be done first.
    pub fn is_short(&self) -> bool {
        matches!(self, Busy::Room | Busy::Waiting)
    }
}

impl Intake {
    /// A door to this spool, before which at most `in_flight` bytes are on their way at the same time.
    pub fn new(sources: Arc<Sources>, spool: Arc<Spool>, in_flight: usize, clock: Clock) -> Intake {
        let (room, unproven) = (Room::new(in_flight), Room::new(UNPROVEN_BYTES));
        Intake {
            sources,
            spool,
            room,
            unproven,
            writing: Room::new(WRITING_BYTES),
            acks: AtomicU64::new(0),
            clock,
        }
    }

    /// A number for what was taken in, with which its sender asks again later.
    pub fn give_ack(&self) -> u64 {
        self.acks.fetch_add(1, Ordering::Relaxed)
    }

    /// All numbers below this one were given out since the start, each for what is on disk.
    pub fn acks_given(&self) -> u64 {
        self.acks.load(Ordering::Relaxed)
    }

    /// Takes records of a source in. They are on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Busy`] when there is no room for them within moments; it counts as refused.
    pub async fn accept(&self, source: &Source, records: Vec<Record>) -> Result<Receipt, Busy> {
        self.take(source, &Origin::of(source.name), records, Some(PATIENCE)).await
    }

    /// As [`Intake::accept`], of one of several logs that the source sends.
    ///
    /// # Errors
    ///
    /// As [`Intake::accept`].
    pub async fn accept_from(
        &self,
        source: &Source,
        origin: &Origin,
        records: Vec<Record>,
    ) -> Result<Receipt, Busy> {
        self.take(source, origin, records, Some(PATIENCE)).await
    }

    /// As [`Intake::accept`], for who lets their sender wait: it waits until others are done.
    ///
    /// # Errors
    ///
    /// [`Busy`] when the disk has no room, or cannot be written.
    pub async fn accept_when_room(&self, source: &Source, records: Vec<Record>) -> Result<Receipt, Busy> {
        self.take(source, &Origin::of(source.name), records, None).await
    }

    /// As [`Intake::accept_when_room`], of one of several logs that the source sends.
    ///
    /// # Errors
    ///
    /// As [`Intake::accept_when_room`].
    pub async fn accept_from_when_room(
        &self,
        source: &Source,
        origin: &Origin,
        records: Vec<Record>,
    ) -> Result<Receipt, Busy> {
        self.take(source, origin, records, None).await
    }

    async fn take(
        &self,
        source: &Source,
        origin: &Origin,
        records: Vec<Record>,
        patience: Option<Duration>,
    ) -> Result<Receipt, Busy> {
        let name: Arc<str> = Arc::from(origin.name());
        let mut all = Receipt { first: None, taken: 0, doubled: 0 };
        for records in batches(records) {
            let taken = self.append(&source.counters, &name, records, patience).await;
            let receipt = taken.inspect_err(|busy| {
                source.counters.refused(1);
                if !busy.is_short() {
                    tracing::error!(source = %source.name, failure = %busy, "what was sent could not be taken");
                }
            })?;
            all.first = all.first.or(receipt.first);
            all.taken += receipt.taken;
            all.doubled += receipt.doubled;
        }
        Ok(all)
    }

    async fn append(
        &self,
        counters: &Arc<Counters>,
        name: &Arc<str>,
        records: Vec<Record>,
        patience: Option<Duration>,
    ) -> Result<Receipt, Busy> {
        let weight = weight(&records);
        let held = match patience {
            Some(patience) => tokio::time::timeout(patience, self.writing.wait(weight)).await.ok().flatten(),
            None => self.writing.wait(weight).await,
        };
        let held = held.ok_or(Busy::Room)?;
        let bytes: usize = records.iter().map(|record| record.bytes.len()).sum();
        // Records without bytes only say how far a followed file was read, and are no events.
        let marks = records.iter().filter(|record| record.bytes.is_empty()).count() as u64;
        let (arrival, counters) = ((self.clock)(), Arc::clone(counters));
        let batch = Batch { source: Arc::clone(name), arrival, records };
        let (done, answer) = oneshot::channel();
        // Counted, and given back, where it is done: whoever asked may have gone away meanwhile.
        let submitted = self.spool.submit(batch, move |receipt: Result<Receipt, AppendError>| {
            drop(held);
            if let Ok(receipt) = &receipt {
                let bytes = if receipt.taken == 0 { 0 } else { bytes as u64 };
                counters.accepted(
                    u64::from(receipt.taken).saturating_sub(marks),
                    u64::from(receipt.doubled),
                    bytes,
                    arrival,
                );
            }
            let _ = done.send(receipt);
        });
        submitted.map_err(|full| failed(AppendError::Full(full)))?;
        match answer.await {
            Ok(receipt) => receipt.map_err(failed),
            Err(_) => Err(Busy::Storage { what: "the spool gave no answer".to_owned() }),
        }
    }
}

fn failed(error: AppendError) -> Busy {
    match error {
        AppendError::Full(Full::Waiting { .. }) => Busy::Waiting,
        AppendError::Full(full) => Busy::Full { what: full.to_string() },
        other => Busy::Storage { what: other.to_string() },
    }
}

fn weight(records: &[Record]) -> usize {
    records.iter().map(|record| record.bytes.len() + BESIDE).sum()
}

/// Records in batches of a size that the spool takes.
fn batches(records: Vec<Record>) -> Vec<Vec<Record>> {
    let (mut batches, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0);
    for record in records {
        if !batch.is_empty() && (bytes + record.bytes.len() > BATCH_BYTES || batch.len() >= BATCH_RECORDS) {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += record.bytes.len();
        batch.push(record);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_bounded_and_lose_nothing() {
        let record = |bytes: usize| Record { bytes: vec![b'x'; bytes].into(), place: None, identity: None };
        let sizes = |lengths: &[usize]| -> Vec<Vec<usize>> {
            let records = lengths.iter().map(|bytes| record(*bytes)).collect();
            let length = |record: &Record| record.bytes.len();
            batches(records).iter().map(|batch| batch.iter().map(length).collect()).collect()
        };
        assert_eq!(sizes(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(sizes(&[1, 2, 0]), [vec![1, 2, 0]]);
        let half = BATCH_BYTES / 2;
        assert_eq!(sizes(&[half, half, 1]), [vec![half, half], vec![1]]);
        assert_eq!(sizes(&[BATCH_BYTES + 9, 1]), [vec![BATCH_BYTES + 9], vec![1]]);
        let many = sizes(&vec![0; BATCH_RECORDS + 1]);
        assert_eq!((many.len(), many[0].len()), (2, BATCH_RECORDS));
    }
}
