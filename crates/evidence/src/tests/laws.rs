//! What holds for any bytes: nothing panics, and the counts add up.

use std::fs;
use std::io::{self, Read};
use std::ops::ControlFlow;

use proptest::prelude::*;
use zip::CompressionMethod;

use super::containers::{gzip, tar, zip};
use super::event_logs::{empty_chunk, event_log};
use super::small;
use crate::evtx::ChunkReader;
use crate::{Content, Limits, SourceId, Step, Summary, read, read_stream};

/// One sample of each kind that is read.
fn samples() -> Vec<Vec<u8>> {
    let text = b"first line\nsecond line\n\nlast".to_vec();
    let json = b"[{\"a\": {\"b\": [1, 2]}},\n {\"c\": \"x\\\"y\"}]".to_vec();
    let wrapped = b"{\"kind\":\"x\",\"items\":[{\"a\":1},\n{}],\"etag\":\"]\"}{\"value\":[{}]}".to_vec();
    let utf16 = "\u{feff}a line\nand another\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let members: &[(&str, &[u8])] = &[("a", &text), ("b", &json)];
    let zipped = zip(members, CompressionMethod::Deflated);
    let tarred = tar(&[("a", b'0', &text), ("b", b'0', &json)]);
    let log = event_log(&[&empty_chunk(), b"ElfChnk\0"]);
    vec![
        gzip(&text),
        gzip(&tarred),
        gzip(&zipped),
        zstd::encode_all(&json[..], 1).unwrap(),
        zip(&[("in", &zipped), ("log", &log)], CompressionMethod::Zstd),
        tarred,
        zipped,
        log,
        utf16,
        text,
        json,
        wrapped,
    ]
}

/// Follows one reading and holds it to what it promises.
#[derive(Default)]
struct Ledger {
    batches: u64,
    sources: u32,
    open: Option<SourceId>,
    source_records: u64,
    source_rejected: u64,
    next_record: u64,
    records: u64,
    rejected: u64,
    problems: u64,
    files: u64,
    chunks: ChunkReader,
}

impl Ledger {
    fn step(&mut self, limits: &Limits, step: Step) {
        match step {
            Step::Opened(source) => {
                assert_eq!((self.open, source.id), (None, SourceId(self.sources)));
                (self.open, self.next_record) = (Some(source.id), 0);
                self.sources += 1;
            }
            Step::Batch(batch) => {
                assert_eq!((Some(batch.source), batch.sequence), (self.open, self.batches));
                assert!(batch.first_record >= self.next_record, "numbers only grow");
                self.batches += 1;
                let records = match batch.content {
                    Content::Lines(lines) => {
                        let longest = limits.line_bytes.max(limits.element_bytes);
                        let lines: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
                        assert!(!lines.is_empty() && lines.iter().all(|line| line.len() <= longest + 1));
                        lines.len() as u64
                    }
                    Content::EvtxChunk(chunk) => {
                        let mut handed_out = 0;
                        let report = self.chunks.records(chunk, &mut |_, _| handed_out += 1);
                        assert_eq!(report.parsed, handed_out);
                        1
                    }
                };
                self.next_record = batch.first_record + records;
                self.source_records += records;
            }
            Step::Closed(closed) => {
                assert_eq!(Some(closed.source), self.open.take());
                assert_eq!(closed.records, std::mem::take(&mut self.source_records));
                assert!(closed.rejected_records >= std::mem::take(&mut self.source_rejected));
                self.records += closed.records;
                self.rejected += closed.rejected_records;
            }
            Step::Problem(problem) => {
                self.problems += 1;
                self.source_rejected += problem.rejected_records;
            }
            Step::File(_) => self.files += 1,
        }
    }

    fn balance(&self, summary: &Summary) {
        assert_eq!(self.open, None);
        let told =
            (self.files, u64::from(self.sources), self.batches, self.records, self.rejected, self.problems);
        let Summary { files, sources, batches, records, rejected_records, problems, .. } = *summary;
        assert_eq!(told, (files, sources, batches, records, rejected_records, problems));
    }
}

/// Reads `bytes` from disk and from a stream.
fn check_any(bytes: &[u8], limits: &Limits) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), bytes).unwrap();
    let mut ledger = Ledger::default();
    let summary = read(&[folder.path().join("log")], limits, &mut |step| {
        ledger.step(limits, step);
        ControlFlow::Continue(())
    });
    ledger.balance(&summary);
    assert_eq!(summary.bytes, bytes.len() as u64);

    let mut ledger = Ledger::default();
    let summary = read_stream("-", &mut &bytes[..], limits, &mut |step| {
        ledger.step(limits, step);
        ControlFlow::Continue(())
    });
    ledger.balance(&summary);
}

/// Gives at most so many bytes for each read.
struct Pieces<'b> {
    bytes: &'b [u8],
    most: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.most);
        self.bytes.read(&mut buffer[..most])
    }
}

/// All lines of a stream, and how many were left out.
fn lines_of(input: &mut dyn Read, limits: &Limits) -> (Vec<u8>, u64) {
    let mut lines = Vec::new();
    let summary = read_stream("-", input, limits, &mut |step| {
        if let Step::Batch(batch) = step
            && let Content::Lines(batch) = batch.content
        {
            lines.extend(batch);
        }
        ControlFlow::Continue(())
    });
    (lines, summary.rejected_records)
}

/// A JSON object of one field: a string with brackets and escapes, an array, or an object.
const ELEMENT: &str =
    "\\{\"[a-z]{1,3}\":(\"([a-z{}\\[\\] ]|\\\\[a-z\"\\\\]){0,30}\"|\\[\n?[0-9, ]{0,9}\\]|\\{\\})\\}";

proptest! {
    #[test]
    fn the_size_of_pieces_changes_nothing(
        elements in prop::collection::vec(ELEMENT, 1..8),
        array in any::<bool>(),
        wide in any::<bool>(),
        most in 1_usize..9,
        tight in any::<bool>(),
    ) {
        let text = if array { format!("[{}\n]", elements.join(", ")) } else { elements.join("\n") };
        let marked = format!("\u{feff}{text}");
        let wide_bytes = || marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bytes: Vec<u8> = if wide { wide_bytes() } else { marked.clone().into_bytes() };
        let limits = if tight { small() } else { Limits::default() };
        let whole = lines_of(&mut bytes.as_slice(), &limits);
        let pieces = lines_of(&mut Pieces { bytes: &bytes, most }, &limits);
        prop_assert_eq!(&pieces, &whole);
        if array && !tight {
            prop_assert_eq!(whole.0, (elements.join("\n") + "\n").replace("[\n", "[ ").into_bytes());
        }
    }

    #[test]
    fn mutated_samples_are_read_or_told(
        sample in prop::sample::select(samples()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        near_start in any::<bool>(),
        keep in any::<prop::sample::Index>(),
        cut in prop::bool::weighted(0.3),
        tight in any::<bool>(),
    ) {
        let mut bytes = sample;
        let reach = if near_start { bytes.len().min(600) } else { bytes.len() };
        for (at, value) in changes {
            let at = at.index(reach);
            bytes[at] = value;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        check_any(&bytes, &if tight { small() } else { Limits::default() });
    }

    #[test]
    fn any_bytes_are_read_or_told(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check_any(&bytes, &small());
    }

    #[test]
    fn lines_come_back_as_they_were(text in "([a-z{}\\[\\]\", ]{0,12}\n){0,30}[a-z]{0,12}") {
        let (lines, _) = lines_of(&mut text.as_bytes(), &Limits { line_bytes: 12, ..small() });
        let first = text.trim_start().as_bytes();
        if !first.starts_with(b"{") && !first.starts_with(b"[") {
            prop_assert_eq!(lines, text.as_bytes());
        }
    }
}

#[test]
fn mutated_real_event_logs_are_read_or_told() {
    let Some(data) = super::event_logs::test_data() else { return };
    let file = fs::read(data.join("evtx-attack-samples/UACME_59_Sysmon.evtx")).unwrap();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40);
    proptest!(ProptestConfig::default(), |(changes in changes)| {
        let mut bytes = file.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        check_any(&bytes, &Limits::default());
    });
}
