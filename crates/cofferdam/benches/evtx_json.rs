//! The evtx crate alone: all EVTX files under the folders turned into JSON on two threads. Prints the
//! seconds it took.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut files = Vec::new();
    for folder in std::env::args().skip(1).filter(|arg| arg != "--bench") {
        find(Path::new(&folder), &mut files);
    }
    let (next, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    bytes.fetch_add(convert(path), Ordering::Relaxed);
                }
            });
        }
    });
    assert!(files.is_empty() || bytes.load(Ordering::Relaxed) > 0, "nothing was converted");
    println!("{:.6}", begun.elapsed().as_secs_f64());
}

fn convert(path: &Path) -> usize {
    let Ok(mut parser) = evtx::EvtxParser::from_path(path) else { return 0 };
    let settings = evtx::ParserSettings::new().num_threads(1).indent(false);
    parser = parser.with_configuration(settings);
    parser.records_json().filter_map(Result::ok).map(|record| record.data.len()).sum()
}

fn find(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            find(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "evtx") {
            out.push(path);
        }
    }
}
