//! Recognises content by its first bytes.

use crate::tar;

/// What a content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Empty,
    Gzip,
    Zstd,
    Zip,
    Tar,
    Evtx,
    Utf16,
    /// Text, after so many bytes of a byte order mark.
    Text {
        mark_bytes: usize,
    },
    /// What it is instead, as a noun with its article.
    NotALog(&'static str),
}

const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

const READ: &[(&[u8], Format)] = &[
    (&[0x1f, 0x8b, 8], Format::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Format::Zstd),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"ElfFile\0", Format::Evtx),
    (&[0xff, 0xfe], Format::Utf16),
    (&[0xfe, 0xff], Format::Utf16),
];

const NAMED: &[(&[u8], &str)] = &[
    (b"\x7fELF", "an ELF program"),
    (b"MZ\x90\0", "a Windows program"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (&[0xff, 0xd8, 0xff], "a JPEG image"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"%PDF-", "a PDF document"),
    (b"\xfd7zXZ\0", "an xz archive, which this version does not unpack"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive, which this version does not unpack"),
    (b"Rar!\x1a\x07", "a RAR archive, which this version does not unpack"),
    (&[0, 5, 0x16, 7], "what macOS keeps beside a file (AppleDouble)"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture"),
    (&[0x30, 0, 0, 0, b'L', b'f', b'L', b'e'], "an event log of Windows XP"),
    (b"LPKSHHRH", "a binary journal of systemd, which `journalctl -o json` turns into lines"),
];

const NAMED_UNLESS_TEXT: &[(&[u8], &str)] = &[
    (b"BZh", "a bzip2 archive, which this version does not unpack"),
    (b"PAR1", "a Parquet file"),
    (b"regf", "a Windows registry hive"),
];

/// Recognises content by `head`, its first bytes.
pub(crate) fn recognise(head: &[u8]) -> Format {
    if head.is_empty() {
        return Format::Empty;
    }
    if let Some((_, format)) = READ.iter().find(|(signature, _)| head.starts_with(signature)) {
        return *format;
    }
    if let Some((_, name)) = NAMED.iter().find(|(signature, _)| head.starts_with(signature)) {
        return Format::NotALog(name);
    }
    // A log line may begin like these; the bytes behind it tell.
    if let Some((_, name)) = NAMED_UNLESS_TEXT.iter().find(|(signature, _)| head.starts_with(signature))
        && !is_text(head)
    {
        return Format::NotALog(name);
    }
    if tar::is_header(head) {
        return Format::Tar;
    }
    if !is_text(head) {
        return Format::NotALog("binary content");
    }
    Format::Text { mark_bytes: if head.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 } }
}

/// At most one byte in twenty is a control character that logs do not have, or three in the shortest.
pub(crate) fn is_text(head: &[u8]) -> bool {
    let is_odd = |byte: &&u8| matches!(byte, 0..=7 | 14..=26 | 28..=31);
    head.iter().filter(is_odd).count() * 20 <= head.len().max(64)
}
