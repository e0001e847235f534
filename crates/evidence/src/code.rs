//! The codes of problems, to search, alert on and look up.

/// The path names nothing.
pub const MISSING: &str = "evidence::missing";
/// Permission was refused, or the medium failed.
pub const UNREADABLE: &str = "evidence::unreadable";
/// A link leads back to where it came from.
pub const LINK_LOOP: &str = "evidence::link-loop";
/// A socket, FIFO or device, which is never opened.
pub const NOT_A_FILE: &str = "evidence::not-a-file";
/// The content is no log that this version reads.
pub const NOT_A_LOG: &str = "evidence::not-a-log";
/// The content ends before its format says.
pub const TRUNCATED: &str = "evidence::truncated";
/// The content contradicts its format.
pub const DAMAGED: &str = "evidence::damaged";
/// A member of an archive needs a password.
pub const ENCRYPTED: &str = "evidence::encrypted";
/// A member of an archive is packed by a method that is not read.
pub const METHOD: &str = "evidence::method";
/// It expands to far more than is plausible.
pub const RATIO: &str = "evidence::ratio";
/// It expands to more than [`crate::Limits::expanded_bytes`].
pub const EXPANDED: &str = "evidence::expanded";
/// Containers nest deeper than [`crate::Limits::depth`].
pub const DEPTH: &str = "evidence::depth";
/// An archive has more members than [`crate::Limits::members`].
pub const MEMBERS: &str = "evidence::members";
/// A zip archive inside another container is larger than [`crate::Limits::buffered_bytes`].
pub const BUFFERED: &str = "evidence::buffered";
/// A line is longer than [`crate::Limits::line_bytes`].
pub const LONG_LINE: &str = "evidence::long-line";
/// An element of a JSON document is larger or nests deeper than its limits.
pub const LARGE_ELEMENT: &str = "evidence::large-element";
/// Something other than elements stands in a JSON document.
pub const STRAY: &str = "evidence::stray";
/// A chunk of an EVTX file does not match its checksum; it is read all the same.
pub const CHECKSUM: &str = "evidence::checksum";
/// A record of an EVTX file was not understood.
pub const RECORD: &str = "evidence::record";
