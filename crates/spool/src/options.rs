//! Bounds of a spool.

use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Tells what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Bounds of a spool.
#[derive(Clone)]
pub struct Options {
    /// A segment that has so many bytes is sealed, and another one begun.
    pub segment_bytes: u64,
    /// So is one whose first record arrived so long ago.
    pub segment_age: Duration,
    /// Segments that were processed go when all have more bytes than this. When they would have more with those that
    /// were not, appends are refused.
    pub keep_bytes: u64,
    /// Segments that were processed go when their last record arrived so long ago.
    pub keep_age: Duration,
    /// Appends are refused when they would leave less room than so many bytes on the file system.
    pub floor_bytes: u64,
    /// At most so many bytes wait to be written.
    pub waiting_bytes: usize,
    /// So many bytes that were just written are kept in memory for readers.
    pub tail_bytes: usize,
    /// So many identities are remembered; each takes about 40 bytes.
    pub identities: usize,
    /// And for so long, by the time of arrival.
    pub identity_age: Duration,
    /// So many places in followed files are remembered for each source; the one that has not moved for longest goes.
    pub places: usize,
    /// Tells what time it is, for what goes by age.
    pub now: Clock,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            segment_bytes: 64 << 20,
            segment_age: Duration::from_secs(3600),
            keep_bytes: 10 << 30,
            keep_age: Duration::from_secs(7 * 24 * 3600),
            floor_bytes: 512 << 20,
            waiting_bytes: 64 << 20,
            tail_bytes: 16 << 20,
            identities: 2_000_000,
            identity_age: Duration::from_secs(24 * 3600),
            places: 1024,
            now: Arc::new(Timestamp::now),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { segment_bytes, keep_bytes, floor_bytes, .. } = self;
        write!(
            f,
            "Options {{ segment_bytes: {segment_bytes}, keep_bytes: {keep_bytes}, floor_bytes: {floor_bytes}, .. }}"
        )
    }
}
