//! Numbers and texts as bytes: little-endian, lengths before what they count.

use jiff::Timestamp;

/// Writes a moment: seconds and nanoseconds since 1970.
pub fn put_time(out: &mut Vec<u8>, time: Timestamp) {
    out.extend_from_slice(&time.as_second().to_le_bytes());
    out.extend_from_slice(&time.subsec_nanosecond().to_le_bytes());
}

/// Writes a count.
pub fn put_count(out: &mut Vec<u8>, count: usize) {
    // What is counted here lies in memory and is bounded far below.
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

/// Writes a text of at most 255 bytes.
pub fn put_name(out: &mut Vec<u8>, name: &str) {
    let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
    out.push(length);
    out.extend_from_slice(&name.as_bytes()[..usize::from(length)]);
}

/// Takes from the front of bytes; none when they end before.
pub struct Take<'b>(pub &'b [u8]);

impl<'b> Take<'b> {
    pub fn bytes(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]: [u8; 1]| byte)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn time(&mut self) -> Option<Timestamp> {
        let seconds = i64::from_le_bytes(self.array()?);
        Timestamp::new(seconds, i32::from_le_bytes(self.array()?)).ok()
    }

    /// How many things follow, each of at least so many bytes; none when there is no room for them, so that nobody
    /// sets memory aside for what cannot be there.
    pub fn count(&mut self, each: usize) -> Option<usize> {
        let count = usize::try_from(self.u32()?).ok()?;
        (count.checked_mul(each)? <= self.0.len()).then_some(count)
    }

    pub fn text(&mut self) -> Option<&'b str> {
        let length = usize::from(self.u8()?);
        std::str::from_utf8(self.bytes(length)?).ok()
    }

    pub fn name(&mut self) -> Option<&'b str> {
        self.text().filter(|name| !name.is_empty())
    }
}
