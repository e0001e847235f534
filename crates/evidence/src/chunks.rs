//! Cuts Windows event logs into their chunks.
//!
//! Source: libevtx, "Windows XML Event Log (EVTX) format": a file header of 4096 bytes, then chunks
//! of 65 536 bytes. The header's own count of chunks is not believed: a log that was copied while
//! in use has a stale one.

use std::io;

use crate::input::Input;
use crate::log::Log;
use crate::reading::Halt;
use crate::stream::read_full;
use crate::{Content, Place, code};

pub(crate) const CHUNK_BYTES: usize = 64 << 10;
const FILE_HEADER_BYTES: usize = 4096;
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";

/// Space that Windows has reserved and not used yet.
static EMPTY: [u8; CHUNK_BYTES] = [0; CHUNK_BYTES];

/// Hands out each chunk in the order of the file. In a circular log that wrapped around, the oldest
/// records therefore do not come first.
pub(crate) fn cut(log: &mut Log<'_, '_>, input: &mut Input<'_>) -> Result<io::Result<()>, Halt> {
    match read_full(input, &mut [0; FILE_HEADER_BYTES]) {
        (FILE_HEADER_BYTES, Ok(())) => {}
        (_, outcome) => return Ok(outcome.and(Err(io::ErrorKind::UnexpectedEof.into()))),
    }
    let mut spare = Vec::new();
    for number in 0.. {
        // What was not handed out is filled again; half of many logs is space not used yet.
        let mut chunk = std::mem::take(&mut spare);
        chunk.resize(CHUNK_BYTES, 0);
        let (filled, outcome) = read_full(input, &mut chunk);
        // A shorter last chunk is padded with zeros, not with what an earlier one held.
        chunk[filled..].fill(0);
        if chunk.starts_with(CHUNK_MAGIC) {
            if filled < CHUNK_BYTES && outcome.is_ok() {
                let message = format!("the file ends after {filled} of the chunk's {CHUNK_BYTES} bytes");
                log.problem(Place::Chunk(number), code::TRUNCATED, 0, message)?;
            }
            log.hand_out(number, 1, Content::EvtxChunk(chunk))?;
        } else {
            if chunk[..filled] != EMPTY[..filled] {
                let message = "a chunk does not begin as chunks do and is left out".to_owned();
                log.problem(Place::Chunk(number), code::DAMAGED, 0, message)?;
            }
            spare = chunk;
        }
        if filled < CHUNK_BYTES {
            return Ok(outcome);
        }
    }
    Ok(Ok(()))
}
