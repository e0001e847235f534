//! Windows event logs: how they are cut, and what real ones hold.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::containers::gzip;
use super::{check, small};
use crate::evtx::{ChunkReader, ChunkReport};
use crate::{Content, Limits, Step, code, read};

const CHUNK_BYTES: usize = 64 << 10;

/// A file of these chunks, each given by its first bytes.
pub(super) fn event_log(chunks: &[&[u8]]) -> Vec<u8> {
    let mut file = b"ElfFile\0".to_vec();
    file.resize(4096, 0);
    for chunk in chunks {
        let end = file.len() + CHUNK_BYTES;
        file.extend(*chunk);
        file.resize(end, 0);
    }
    file
}

/// A chunk with a sound header and no record.
pub(super) fn empty_chunk() -> Vec<u8> {
    let mut chunk = b"ElfChnk\0".to_vec();
    chunk.resize(CHUNK_BYTES, 0);
    chunk[40..44].copy_from_slice(&128_u32.to_le_bytes());
    chunk[44..48].copy_from_slice(&512_u32.to_le_bytes());
    chunk[48..52].copy_from_slice(&512_u32.to_le_bytes());
    chunk
}

#[test]
fn chunks_are_handed_out_zeros_skipped_and_damage_told() {
    let file = event_log(&[b"ElfChnk\0", b"", b"junk", b"ElfChnk\0"]);
    let expected = |length: usize| {
        format!(
            "opened log Evtx
             chunk 0: 65536 bytes
             problem log chunk 2: damaged, goes on, 0 rejected
             chunk 3: 65536 bytes
             closed after 266240 bytes, 2 records
             file log of {length} bytes"
        )
    };
    check(&file, &expected(file.len()));
    let packed = gzip(&file);
    check(&packed, &expected(packed.len()));
}

#[test]
fn a_cut_chunk_is_told_and_padded() {
    let file = event_log(&[b"ElfChnk\0", b"ElfChnk\0"]);
    let cut = &file[..4096 + CHUNK_BYTES + 1000];
    check(
        cut,
        "opened log Evtx
         chunk 0: 65536 bytes
         problem log chunk 1: truncated, goes on, 0 rejected
         chunk 1: 65536 bytes
         closed after 70632 bytes, 2 records
         file log of 70632 bytes",
    );
    check(
        &file[..100],
        "opened log Evtx
         problem log byte 100: truncated, fatal, 0 rejected
         closed after 100 bytes, 0 records
         file log of 100 bytes",
    );
}

#[test]
fn a_chunk_that_is_none_is_told_and_nothing_panics() {
    let mut reader = ChunkReader::new();
    for chunk in [Vec::new(), b"ElfChnk\0".to_vec(), vec![0; CHUNK_BYTES], vec![0xff; CHUNK_BYTES]] {
        let report = reader.records(chunk, &mut |_, _| unreachable!());
        assert_eq!((report.parsed, report.rejected, report.problems.len()), (0, 0, 1));
        assert_eq!(report.problems[0].code, code::DAMAGED);
    }
    let report = reader.records(empty_chunk(), &mut |_, _| unreachable!());
    assert_eq!((report.parsed, report.rejected), (0, 0));
    assert_eq!(report.problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [code::CHECKSUM]);
}

/// Where third-party data lies, if it was named.
pub(super) fn test_data() -> Option<PathBuf> {
    let named = std::env::var_os("COFFERDAM_TEST_DATA").map(PathBuf::from);
    if named.is_none() {
        println!("skipped: COFFERDAM_TEST_DATA names no folder");
    }
    named
}

/// Reads all event logs under `path`: records parsed by path, and everything that went wrong.
fn count_records(path: &Path) -> (BTreeMap<String, u64>, Vec<String>) {
    let mut parsed: BTreeMap<String, u64> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut reader = ChunkReader::new();
    let mut source = String::new();
    read(&[path.to_owned()], &Limits::default(), &mut |step| {
        match step {
            Step::Opened(opened) => source = opened.path,
            Step::Batch(batch) => {
                if let Content::EvtxChunk(chunk) = batch.content {
                    let ChunkReport { parsed: count, problems, .. } =
                        reader.records(chunk, &mut |_, json| {
                            assert!(json.starts_with(b"{\"Event\":"), "{}", json.escape_ascii());
                            assert!(!json.contains(&b'\n'));
                        });
                    *parsed.entry(source.clone()).or_default() += count;
                    let problems =
                        problems.into_iter().map(|problem| problem.at(&source, batch.first_record));
                    wrong.extend(problems.map(|problem| format!("{problem:?}")));
                }
            }
            Step::Problem(problem) => wrong.push(format!("{problem:?}")),
            Step::Closed(_) | Step::File(_) => {}
        }
        ControlFlow::Continue(())
    });
    (parsed, wrong)
}

#[test]
fn real_event_logs_give_as_many_records_as_their_index_says() {
    let Some(data) = test_data() else { return };
    for set in ["evtx-attack-samples", "evtx-more"] {
        let folder = data.join(set);
        let (parsed, wrong) = count_records(&folder);
        wrong.iter().for_each(|wrong| println!("{wrong}"));
        let index = fs::read_to_string(folder.join("index.csv")).unwrap();
        let mut files = 0;
        for line in index.lines().skip(1) {
            // The only quoted column is the file.
            let (file, rest) = match line.strip_prefix('"') {
                Some(quoted) => quoted.split_once("\",").unwrap(),
                None => line.split_once(',').unwrap(),
            };
            let events: u64 = rest.split(',').nth(1).unwrap().parse().unwrap();
            let path = folder.join(file);
            let found = parsed.get(path.to_str().unwrap()).copied().unwrap_or(0);
            assert_eq!(found, events, "{}", path.display());
            files += 1;
        }
        println!("{set}: {files} files, {} records, {} notes", parsed.values().sum::<u64>(), wrong.len());
        assert!(files > 0);
    }
}

#[test]
fn small_limits_do_not_touch_chunks() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), event_log(&[b"ElfChnk\0"])).unwrap();
    let (told, _) = super::told(folder.path(), &["log"], &small());
    assert!(told.contains("chunk 0: 65536 bytes"), "{told}");
}
