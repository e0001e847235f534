//! Where a message ends in a stream of syslog.
//! Source: RFC 6587, section 3.4: each message is counted (`31 <34>1 …`) or ends with a line feed. A sender may use
//! both, so that each message tells by itself. RFC 5425 uses the first of them over TLS.

use memchr::memchr;

/// Bytes of the longest message; the rest of a longer one is left out. Source: RFC 5425, section 4.3.1, asks for 2048
/// at the least and recommends 8192; a datagram has at most as much.
pub const LONGEST: usize = 64 * 1024;
/// Digits of the longest count. More are no count, so that nobody can have gigabytes skipped.
const DIGITS: usize = 8;

/// A message as it came, without what ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its bytes; never empty.
    pub bytes: Vec<u8>,
    /// Whether it was longer than [`LONGEST`], and its end was left out.
    pub is_cut: bool,
}

/// Takes messages out of a stream, in whatever pieces it arrives.
#[derive(Debug, Default)]
pub struct Framer {
    within: Within,
    /// What came of the message so far, at most [`LONGEST`] bytes.
    message: Vec<u8>,
    is_cut: bool,
}

/// Where in the stream it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Within {
    /// At the start of a message, or in what may be its count.
    #[default]
    Start,
    /// In a message of which so many bytes are to come.
    Counted(usize),
    /// In a message that a line feed ends.
    Line,
}

/// What the first bytes of a message say of how it ends.
enum Begun {
    /// A count, the space behind it, and the `<` with which every message begins.
    Counted(usize),
    /// It may become that.
    Open,
    /// It is no count.
    Line,
}

impl Framer {
    /// Takes what came next, and gives every message that it ends to `take`.
    pub fn push(&mut self, mut bytes: &[u8], mut take: impl FnMut(Message)) {
        while let Some(&first) = bytes.first() {
            match self.within {
                Within::Start => {
                    self.message.push(first);
                    bytes = bytes.get(1..).unwrap_or_default();
                    self.start(&mut take);
                }
                Within::Counted(left) => {
                    let (part, rest) = bytes.split_at(left.min(bytes.len()));
                    self.keep(part);
                    bytes = rest;
                    self.within = Within::Counted(left - part.len());
                    if left == part.len() {
                        self.end(&mut take);
                    }
                }
                Within::Line => {
                    let end = memchr(b'\n', bytes);
                    let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
                    self.keep(part);
                    bytes = rest.get(1..).unwrap_or_default();
                    if end.is_some() {
                        self.end(&mut take);
                    }
                }
            }
        }
    }

    /// What was left when the stream ended: a message without its end. The end of one that was counted is missing.
    pub fn finish(mut self) -> Option<Message> {
        let mut last = None;
        self.is_cut |= matches!(self.within, Within::Counted(_));
        self.end(&mut |message| last = Some(message));
        last
    }

    /// Decides how the message ends, once its first bytes tell.
    fn start(&mut self, take: &mut impl FnMut(Message)) {
        match begun(&self.message) {
            Begun::Open => {}
            Begun::Counted(length) => {
                self.message.clear();
                self.message.push(b'<');
                self.within = Within::Counted(length - 1);
                if length == 1 {
                    self.end(take);
                }
            }
            Begun::Line if self.message.last() == Some(&b'\n') => {
                self.message.pop();
                self.end(take);
            }
            Begun::Line => self.within = Within::Line,
        }
    }

    fn keep(&mut self, part: &[u8]) {
        let room = LONGEST - self.message.len().min(LONGEST);
        self.message.extend_from_slice(part.get(..room).unwrap_or(part));
        self.is_cut |= part.len() > room;
    }

    fn end(&mut self, take: &mut impl FnMut(Message)) {
        self.within = Within::Start;
        let is_cut = std::mem::take(&mut self.is_cut);
        if let Some(bytes) = trimmed(std::mem::take(&mut self.message)) {
            take(Message { bytes, is_cut });
        }
    }
}

/// The message of a datagram. Source: RFC 5426, section 3.1: one in each.
pub fn datagram(bytes: &[u8]) -> Option<Message> {
    let (kept, is_cut) = bytes.get(..LONGEST).map_or((bytes, false), |kept| (kept, bytes.len() > LONGEST));
    trimmed(kept.to_vec()).map(|bytes| Message { bytes, is_cut })
}

/// Without the line breaks and zeros that senders put at the end, also where nothing asks for them.
fn trimmed(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | 0)).map_or(0, |last| last + 1);
    bytes.truncate(end);
    (!bytes.is_empty()).then_some(bytes)
}

fn begun(bytes: &[u8]) -> Begun {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_count = bytes.first().is_none_or(|first| *first != b'0') && digits <= DIGITS;
    match bytes.get(digits..).unwrap_or_default() {
        _ if !is_count => Begun::Line,
        [] => Begun::Open,
        [b' '] if digits > 0 => Begun::Open,
        [b' ', b'<'] if digits > 0 => {
            let count = bytes.iter().take(digits).fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
            Begun::Counted(count)
        }
        _ => Begun::Line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The messages of a stream that arrives in these pieces; `…` stands behind those that were cut.
    fn messages(pieces: &[&[u8]]) -> Vec<String> {
        let (mut framer, mut found) = (Framer::default(), Vec::new());
        pieces.iter().for_each(|piece| framer.push(piece, |message| found.push(message)));
        found.extend(framer.finish());
        let show = |Message { bytes, is_cut }: Message| {
            String::from_utf8_lossy(&bytes).into_owned() + if is_cut { "…" } else { "" }
        };
        found.into_iter().map(show).collect()
    }

    #[track_caller]
    fn check(stream: &str, want: &[&str]) {
        assert_eq!(messages(&[stream.as_bytes()]), want, "{stream:?}");
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(messages(&bytes), want, "{stream:?} byte by byte");
    }

    #[test]
    fn messages_end_where_they_say() {
        check("<34>a\n<34>b\r\n<34>c", &["<34>a", "<34>b", "<34>c"]);
        check("5 <34>a6 <34>b\n5 <34>c", &["<34>a", "<34>b", "<34>c"]);
        // Each tells by itself, and a line feed within a counted one is a part of it.
        check("8 <34>a\nb\n<34>c\n5 <34>d", &["<34>a\nb", "<34>c", "<34>d"]);
        check("\n\r\n\n<34>a\0\n\0\n", &["<34>a"]);
        check("", &[]);
        check("5 <34>", &["<34>…"]);
        check("1 <2 <3", &["<", "<3"]);
    }

    #[test]
    fn what_only_begins_like_a_count_is_a_line() {
        check("2026-11-22T00:00:00Z web-01 a\n", &["2026-11-22T00:00:00Z web-01 a"]);
        check("12 monkeys\n5 <34>a", &["12 monkeys", "<34>a"]);
        check("0 <34>a\n", &["0 <34>a"]);
        check("012 <34>a\n", &["012 <34>a"]);
        check("123456789 <34>a\nb", &["123456789 <34>a", "b"]);
        check("5  <34>a\n", &["5  <34>a"]);
        check("5\n<34>a\n", &["5", "<34>a"]);
        check(" <34>a\n", &[" <34>a"]);
        check("17", &["17"]);
        check("17 ", &["17 "]);
        check("{\"a\":1}\n{\"a\":2}\n", &["{\"a\":1}", "{\"a\":2}"]);
    }

    #[test]
    fn a_message_that_is_too_long_is_cut_and_what_follows_is_taken() {
        let long = "x".repeat(LONGEST + 9);
        let kept = |head: &str| format!("{head}{}…", "x".repeat(LONGEST - head.len()));
        check(&format!("<1>{long}\n<2>b\n"), &[&kept("<1>"), "<2>b"]);
        check(&format!("{} <1>{long}<2>b\n", long.len() + 3), &[&kept("<1>"), "<2>b"]);
        let whole = "x".repeat(LONGEST);
        check(&format!("{whole}\n<2>b\n"), &[&whole, "<2>b"]);
        // A count that promises more than ever comes holds nobody's messages but those of its own stream.
        check(&format!("99999999 <1>{long}"), &[&kept("<1>")]);
        let framer = &mut Framer::default();
        framer.push(format!("99999999 <1>{long}").repeat(20).as_bytes(), |_| {});
        assert!(framer.message.capacity() <= 4 * LONGEST);
    }

    #[test]
    fn a_datagram_is_a_message() {
        let text = |bytes: &[u8]| datagram(bytes).map(|message| String::from_utf8(message.bytes).unwrap());
        assert_eq!(text(b"<34>a\nb\n").as_deref(), Some("<34>a\nb"));
        assert_eq!(text(b"5 <34>a").as_deref(), Some("5 <34>a"));
        assert_eq!(text(b"\0"), None);
        assert_eq!(text(b""), None);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_messages(
            stream in "([0-9]{0,3} ?<?[a-c]{0,5}(\n|\r\n|\0)?){0,12}",
            cuts in proptest::collection::vec(0_usize..100, 0..8),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.sort_unstable();
            let ends = cuts.iter().copied().chain([stream.len()]);
            let starts = [0].into_iter().chain(cuts.iter().copied());
            let pieces: Vec<&[u8]> =
                starts.zip(ends).map(|(start, end)| &stream.as_bytes()[start..end]).collect();
            prop_assert_eq!(messages(&pieces), messages(&[stream.as_bytes()]));
        }

        #[test]
        fn what_was_framed_is_read_back(texts in proptest::collection::vec("<[0-9]{1,3}>[ -~]{0,40}[!-~]", 0..9), counted in any::<u16>()) {
            let framed: String = texts.iter().enumerate().map(|(at, text)| match counted >> (at % 16) & 1 {
                1 => format!("{} {text}", text.len()),
                _ => format!("{text}\n"),
            }).collect();
            prop_assert_eq!(messages(&[framed.as_bytes()]), texts);
        }
    }
}
