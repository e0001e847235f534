//! Hands the records under some paths to several threads.

use cofferdam_detect::event::Event;
use cofferdam_detect::parser::json;
use cofferdam_evidence::evtx::ChunkReader;
use cofferdam_evidence::{Content, Limits, Step};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};

/// Where a record stands.
pub struct Place {
    pub path: Arc<str>,
    /// The line, or the record id of an event log.
    pub record: u64,
    /// Counts the records of one batch.
    pub in_batch: u64,
    /// Counts the batches of the whole reading.
    pub batch: u64,
}

/// Reads the events of all files, each batch in one of the threads that `workers` live in.
pub fn read<W: Send>(paths: &[PathBuf], workers: &mut [W], each: impl Fn(&mut W, &Event<'_>, &Place) + Sync) {
    let (sender, receiver) = sync_channel::<(Place, Content)>(16);
    let receiver = Mutex::new(receiver);
    std::thread::scope(|scope| {
        for worker in workers {
            scope.spawn(|| work(&receiver, |event, place| each(worker, event, place)));
        }
        let mut path: Arc<str> = "".into();
        cofferdam_evidence::read(paths, &Limits::default(), &mut |step| {
            match step {
                Step::Opened(source) => path = source.path.into(),
                Step::Batch(batch) => {
                    let place = Place {
                        path: Arc::clone(&path),
                        record: batch.first_record,
                        in_batch: 0,
                        batch: batch.sequence,
                    };
                    if sender.send((place, batch.content)).is_err() {
                        return ControlFlow::Break(());
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
        drop(sender);
    });
}

fn work(receiver: &Mutex<Receiver<(Place, Content)>>, mut each: impl FnMut(&Event<'_>, &Place)) {
    let mut chunks = ChunkReader::new();
    loop {
        let received = receiver.lock().expect("no thread panics while it waits").recv();
        let Ok((mut place, content)) = received else { return };
        let mut line = |text: &[u8], place: &Place| {
            // What is not JSON is no event here: notes, tables, Zeek's own format.
            if let Ok(Ok(event)) = std::str::from_utf8(text).map(json::parse) {
                each(&event, place);
            }
        };
        match content {
            Content::Lines(lines) => {
                for text in lines.split(|byte| *byte == b'\n').filter(|text| !text.is_empty()) {
                    line(text, &place);
                    place.record += 1;
                    place.in_batch += 1;
                }
            }
            Content::EvtxChunk(chunk) => {
                chunks.records(chunk, &mut |record, text| {
                    place.record = record;
                    line(text, &place);
                    place.in_batch += 1;
                });
            }
        }
    }
}
