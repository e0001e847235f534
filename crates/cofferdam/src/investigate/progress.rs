//! How far the reading is, on standard error, for people who wait.

use crate::text;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A bar with bytes, records per second and time left. Nothing is drawn where nobody looks.
pub struct Progress {
    bar: ProgressBar,
    records: u64,
    begun: Instant,
}

impl Progress {
    /// Starts at nothing of all files under the paths.
    pub fn new(paths: &[PathBuf], quiet: bool) -> Progress {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        if !bar.is_hidden() {
            bar.set_length(paths.iter().map(|path| size(path, 0)).sum());
        }
        let style = ProgressStyle::with_template("{bytes}/{total_bytes} {bar:20} {eta} left  {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Progress { bar, records: 0, begun: Instant::now() }
    }

    /// A source was opened.
    pub fn source(&self, path: &str) {
        if !self.bar.is_hidden() {
            let rate = self.records as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
            let name = path.rsplit(['/', '!']).next().unwrap_or(path);
            self.bar.set_message(format!("{rate:.0} events/s  {}", text::cut(&text::plain(name), 24)));
        }
    }

    /// So many more records were matched.
    pub fn records(&mut self, count: u64) {
        self.records += count;
    }

    /// A file was read to its end.
    pub fn file(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Prints something above the bar.
    pub fn aside(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Bytes under a path, for the bar only: what cannot be seen counts nothing.
fn size(path: &Path, depth: usize) -> u64 {
    let Ok(meta) = std::fs::metadata(path) else { return 0 };
    if meta.is_file() {
        return meta.len();
    }
    if depth > 16 || !meta.is_dir() {
        return 0;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    entries.flatten().map(|entry| size(&entry.path(), depth + 1)).sum()
}
