//! What one reading may cost, so that a hostile file cannot take the machine down.

/// Bounds on what is read; [`Limits::default`] holds the product's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest line that is handed out, without its newline: 1 MiB.
    pub line_bytes: usize,
    /// Longest element of a JSON document that is handed out as a line: 4 MiB.
    pub element_bytes: usize,
    /// Deepest nesting of an element of a JSON document: 128.
    pub element_depth: u32,
    /// Containers inside one another, a file on disk being at 0: 4. A `.tar.gz` counts as two.
    pub depth: u32,
    /// Members read of one archive: 100 000. A zip archive of more than four times as many is not read
    /// at all, since its directory is held in memory.
    pub members: u64,
    /// Expanded bytes to one packed byte: 1000. Judged once `ratio_after_bytes` were expanded, for
    /// each packed stream and for the whole file on disk.
    pub ratio: u64,
    /// Expanded bytes before which no ratio is judged: 64 MiB.
    pub ratio_after_bytes: u64,
    /// Bytes expanded from one file on disk, through all its layers: 64 GiB.
    pub expanded_bytes: u64,
    /// Memory for zip archives that cannot be read where they lie, since they come packed in another
    /// container or from standard input: 256 MiB, shared by the archives open at a time.
    pub buffered_bytes: usize,
    /// About how much one batch of lines holds: 256 KiB. A batch is larger only for one long line.
    pub batch_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            line_bytes: 1 << 20,
            element_bytes: 4 << 20,
            element_depth: 128,
            depth: 4,
            members: 100_000,
            ratio: 1000,
            ratio_after_bytes: 64 << 20,
            expanded_bytes: 64 << 30,
            buffered_bytes: 256 << 20,
            batch_bytes: 256 << 10,
        }
    }
}
