//! Everything is tested through [`read`] and [`read_stream`], as one text of what they told.

mod containers;
mod disk;
mod documents;
mod event_logs;
mod laws;
mod text;

use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::{Content, Limits, Step, Summary, read, read_stream};

/// Small enough that a test reaches every limit.
fn small() -> Limits {
    Limits {
        line_bytes: 20,
        element_bytes: 40,
        element_depth: 4,
        depth: 4,
        members: 3,
        ratio: 100,
        ratio_after_bytes: 1 << 20,
        expanded_bytes: 4 << 20,
        buffered_bytes: 64 << 10,
        batch_bytes: 16,
    }
}

/// Reads a file `log` that holds `bytes` and compares what was told.
#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    check_within(&Limits::default(), bytes, expected);
}

#[track_caller]
fn check_within(limits: &Limits, bytes: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), bytes).unwrap();
    assert_told(&told(folder.path(), &["log"], limits).0, expected);
}

#[track_caller]
fn assert_told(told: &str, expected: &str) {
    let lines = |text: &str| {
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(lines(told), lines(expected), "told:\n{told}");
}

/// Reads `names` in `folder`; returns what was told, line by line, with paths from `folder` on. Of
/// a file only its path and size are shown.
fn told(folder: &Path, names: &[&str], limits: &Limits) -> (String, Summary) {
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    let mut told = String::new();
    let summary = read(&paths, limits, &mut |step| {
        show(&mut told, &step);
        ControlFlow::Continue(())
    });
    assert_eq!(summary.problems, told.lines().filter(|line| line.starts_with("problem")).count() as u64);
    (told.replace(&format!("{}/", folder.display()), ""), summary)
}

/// Reads a stream; returns what was told.
fn told_of_stream(input: &mut dyn Read, limits: &Limits) -> String {
    let mut told = String::new();
    read_stream("-", input, limits, &mut |step| {
        show(&mut told, &step);
        ControlFlow::Continue(())
    });
    told
}

fn show(told: &mut String, step: &Step) {
    match step {
        Step::Opened(source) => writeln!(told, "opened {} {:?}", source.path, source.kind),
        Step::Batch(batch) => match &batch.content {
            Content::Lines(lines) if lines.len() > 200 => {
                writeln!(told, "batch from {}: {} bytes", batch.first_record, lines.len())
            }
            Content::Lines(lines) => {
                writeln!(told, "batch from {}: {}", batch.first_record, lines.escape_ascii())
            }
            Content::EvtxChunk(chunk) => {
                writeln!(told, "chunk {}: {} bytes", batch.first_record, chunk.len())
            }
        },
        Step::Closed(closed) => {
            let rejected = match closed.rejected_records {
                0 => String::new(),
                count => format!(", {count} rejected"),
            };
            writeln!(told, "closed after {} bytes, {} records{rejected}", closed.bytes, closed.records)
        }
        Step::File(file) => {
            let hashed = if file.sha256.is_some() { "" } else { ", not hashed" };
            writeln!(told, "file {} of {} bytes{hashed}", file.path, file.bytes)
        }
        Step::Problem(problem) => {
            let place = problem.place.as_ref().map(|place| format!(" {place}")).unwrap_or_default();
            let rest = if problem.fatal_for_source { "fatal" } else { "goes on" };
            let code = problem.code.trim_start_matches("evidence::");
            writeln!(
                told,
                "problem {}{place}: {code}, {rest}, {} rejected",
                problem.path, problem.rejected_records
            )
        }
    }
    .unwrap();
}
