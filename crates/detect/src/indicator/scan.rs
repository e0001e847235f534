//! Finds indicators in text: one quick pass for what could be one, exact searches for the few that could.
//!
//! Addresses and names are found by their dots, IPv6 addresses by colons that stand close together, and
//! hashes by 16 digits from a multiple of 16 on, as each run of 32 has them.

use super::hash::Digest;
use super::marks::{self, Marks};
use super::network::Network;
use super::set::{IndicatorSet, LastLabels};
use super::url;
use super::value::{Kind, Value, is_local_part};
use crate::event::unescape;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// An indicator that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Which one.
    pub id: u32,
    /// As it is listed.
    pub listed: Value,
    /// What was seen: one address of a listed network, a name below a listed domain.
    pub seen: Value,
    /// Where it stands in the text.
    pub place: Range<usize>,
}

/// How the text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// As it is.
    Plain,
    /// JSON: what follows a backslash may be part of an escape.
    Json,
}

/// Longest name, and longest URL that is looked at.
const NAME: usize = 253;
const URL: usize = 4_096;

/// Part of an IPv6 address; of a name; a letter or digit.
const GROUP: u8 = 1;
const LABEL: u8 = 2;
const WORD: u8 = 4;

/// What each byte can be part of.
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let is = byte as u8;
        if is.is_ascii_hexdigit() {
            classes[byte] |= GROUP;
        }
        if is == b':' {
            classes[byte] |= GROUP;
        }
        if is.is_ascii_alphanumeric() {
            classes[byte] |= LABEL | WORD;
        }
        if is == b'-' || is == b'_' {
            classes[byte] |= LABEL;
        }
        byte += 1;
    }
    classes
}

fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

/// Searches text for the indicators of a set, and remembers what was none.
#[derive(Debug)]
pub struct Scanner<'s> {
    set: &'s IndicatorSet,
    v4: bool,
    urls: bool,
    digests: bool,
    v6: bool,
    /// Keys of names and addresses that are not listed, each in the place that its key says: the same
    /// ones come again and again, and to look into a large set is slow.
    strangers: Vec<u64>,
    marks: Marks,
}

/// Room for strangers.
const STRANGERS: usize = 4_096;

struct Text<'t, 'o> {
    bytes: &'t [u8],
    writing: Writing,
    out: &'o mut Vec<Sight>,
}

impl Text<'_, '_> {
    /// A value that was seen as it is listed.
    fn push(&mut self, id: u32, value: Value, place: Range<usize>) {
        self.out.push(Sight { id, listed: value.clone(), seen: value, place });
    }

    fn push_address(&mut self, id: u32, network: Network, address: IpAddr, place: Range<usize>) {
        let seen = Value::Address(Network::single(address));
        self.out.push(Sight { id, listed: Value::Address(network), seen, place });
    }
}

impl<'s> Scanner<'s> {
    /// For the indicators of this set, which must be sealed.
    pub fn new(set: &'s IndicatorSet) -> Scanner<'s> {
        Scanner {
            set,
            v4: set.addresses.has_v4() || set.has_names(),
            urls: set.count(Kind::Url) > 0,
            digests: set.digests.iter().any(|digests| !digests.is_empty()),
            v6: set.addresses.has_v6(),
            strangers: vec![0; STRANGERS],
            marks: Marks::default(),
        }
    }

    /// Adds what is found to `out`, in no particular order; the same indicator may come more than once.
    pub fn scan(&mut self, text: &str, writing: Writing, out: &mut Vec<Sight>) {
        let mut text = Text { bytes: text.as_bytes(), writing, out };
        let mut run = 0;
        let mut marks = std::mem::take(&mut self.marks);
        marks.each(text.bytes, |at| match text.bytes.get(at) {
            Some(b'.') => self.dot(&mut text, at),
            Some(b':') if self.v6 => self.v6_around(&mut text, at),
            Some(b':') => {}
            _ if self.digests && at >= run => run = self.digest_around(&mut text, at),
            _ => {}
        });
        self.marks = marks;
    }

    #[inline]
    fn dot(&mut self, text: &mut Text<'_, '_>, dot: usize) {
        match text.bytes.get(dot + 1..).and_then(<[u8]>::first_chunk::<3>) {
            // Most numbers with a dot are versions and parts of seconds.
            Some([first, second, third]) if first.is_ascii_digit() => {
                let soon = *second == b'.' || *third == b'.' || text.bytes.get(dot + 4) == Some(&b'.');
                if soon {
                    self.octets(text, dot);
                }
            }
            Some(label) if !self.set.last_labels.may_begin(*label) => {}
            Some(_) => self.last_label(text, dot),
            None => {
                self.last_label(text, dot);
                self.octets(text, dot);
            }
        }
    }

    /// Looks at the IPv4 address of which `dot` may be the first.
    fn octets(&mut self, text: &mut Text<'_, '_>, dot: usize) {
        if self.v4
            && let Some((address, place)) = v4_at(text, dot)
        {
            self.v4(text, address, place);
        }
    }

    /// Looks at the label behind `dot`: it may be the last one of a name.
    fn last_label(&mut self, text: &mut Text<'_, '_>, dot: usize) {
        let label = text.bytes.get(dot + 1..).unwrap_or_default();
        let (mut key, mut len) = (0, 0);
        while let Some(&byte) = label.get(len).filter(|byte| is(**byte, LABEL)) {
            key = LastLabels::step(key, byte);
            len += 1;
        }
        // Addresses end in digits, the last label of a name does not begin with one.
        let is_name = label.first().is_some_and(|byte| !byte.is_ascii_digit());
        if is_name && len > 0 && self.set.last_labels.may_hold(key) {
            self.name(text, dot, dot + 1 + len);
        }
    }

    fn v4(&mut self, text: &mut Text<'_, '_>, address: Ipv4Addr, place: Range<usize>) {
        // The lowest bit tells it from every other: names' keys are even.
        let key = u64::from(u32::from(address)).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        if self.is_stranger(key) {
            return;
        }
        let host = text.bytes.get(place.clone()).unwrap_or_default();
        match self.set.addresses.find_v4(address) {
            Some((network, id)) => text.push_address(id, network, address.into(), place.clone()),
            None if !self.may_be_host(host) => self.remember(key),
            None => {}
        }
        self.url(text, host, place.start);
    }

    fn is_stranger(&self, key: u64) -> bool {
        self.strangers.get(place_of(key)) == Some(&key)
    }

    fn remember(&mut self, key: u64) {
        if let Some(place) = self.strangers.get_mut(place_of(key)) {
            *place = key;
        }
    }

    /// Whether a URL or an e-mail address is listed that has this host.
    fn may_be_host(&self, host: &[u8]) -> bool {
        let hash = self.set.texts.hash(host);
        (self.urls && self.set.url_hosts.may_hold(hash)) || self.set.email_hosts.may_hold(hash)
    }

    /// The name whose last label begins behind `dot` and ends at `end`.
    fn name(&mut self, text: &mut Text<'_, '_>, dot: usize, end: usize) {
        let goes_on = text.bytes.get(end) == Some(&b'.')
            && text.bytes.get(end + 1).is_some_and(|byte| is(*byte, LABEL));
        if goes_on {
            return;
        }
        let reach = end.saturating_sub(NAME);
        let before = text.bytes.get(reach..dot).unwrap_or_default();
        let len = before.iter().rev().take_while(|byte| is(**byte, LABEL) || **byte == b'.').count();
        let start = dot - len;
        let (escape, certain) = escape_before(text, start);
        let token = text.bytes.get(start..end).unwrap_or_default();
        let key = (self.set.texts.hash(token) ^ (escape as u64) << 60 ^ u64::from(certain) << 59) & !1;
        if self.is_stranger(key) {
            return;
        }
        let mut known = false;
        if escape == 0 || !certain {
            known = self.named(text, &token.to_ascii_lowercase(), start..end);
        }
        if escape > 0 && start + escape < dot && !known {
            let token = text.bytes.get(start + escape..end).unwrap_or_default();
            known = self.named(text, &token.to_ascii_lowercase(), start + escape..end);
        }
        if !known {
            self.remember(key);
        }
    }

    /// Looks for a name, and for the URL or e-mail address that it may be the host of. `false` says that
    /// the name will never be anything.
    fn named(&self, text: &mut Text<'_, '_>, name: &[u8], place: Range<usize>) -> bool {
        let Ok(name) = std::str::from_utf8(name) else { return false };
        let name = name.trim_start_matches(['.', '-']);
        let start = place.end - name.len();
        let domain = self.set.find_domain(name);
        if let Some((listed, id)) = domain {
            let (listed, seen) = (Value::Domain(listed.to_owned()), Value::Domain(name.to_owned()));
            text.out.push(Sight { id, listed, seen, place: start..place.end });
        }
        self.url(text, name.as_bytes(), start);
        let is_host = start.checked_sub(1).and_then(|at| text.bytes.get(at)) == Some(&b'@');
        if is_host && self.set.email_hosts.may_hold(self.set.texts.hash(name.as_bytes())) {
            self.email(text, start, place.end);
        }
        domain.is_some() || self.may_be_host(name.as_bytes())
    }

    /// Looks for the e-mail address of which the host begins at `host`.
    fn email(&self, text: &mut Text<'_, '_>, host: usize, end: usize) {
        let at = host.saturating_sub(1);
        let local = text.bytes.get(at.saturating_sub(64)..at).unwrap_or_default();
        let start = at - local.iter().rev().take_while(|byte| is_local_part(**byte)).count();
        let (escape, _) = escape_before(text, start);
        for start in [start, start + escape] {
            let email = text.bytes.get(start..end).unwrap_or_default();
            let email = String::from_utf8_lossy(email).to_ascii_lowercase();
            if let Some(id) = self.set.find_text(&email) {
                return text.push(id, Value::Email(email), start..end);
            }
        }
    }

    /// Looks for the URL of which the host, in lower case, begins at `start`.
    fn url(&self, text: &mut Text<'_, '_>, host: &[u8], start: usize) {
        if !self.urls || !self.set.url_hosts.may_hold(self.set.texts.hash(host)) {
            return;
        }
        let rest = text.bytes.get(start..text.bytes.len().min(start + URL)).unwrap_or_default();
        let is_end = |byte: &u8| {
            byte.is_ascii_whitespace()
                || byte.is_ascii_control()
                || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'^')
                || (*byte == b'\\' && text.writing == Writing::Plain)
        };
        let end = rest.iter().position(is_end).unwrap_or(rest.len());
        let mut url = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).into_owned();
        if url.contains('\\') {
            let cut = |url: &str| {
                url.find(|ch: char| ch.is_whitespace() || ch == '"' || ch == '\\' || ch == '<' || ch == '>')
                    .unwrap_or(url.len())
            };
            url = unescape(&url);
            url.truncate(cut(&url));
        }
        // A URL in a sentence is followed by what is not part of it.
        let shorter = url.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']).len();
        for len in [url.len(), shorter] {
            let Some(canonical) = url.get(..len).and_then(url::canonical) else { continue };
            if let Some(id) = self.set.find_text(&canonical) {
                text.push(id, Value::Url(canonical), start..start + host.len());
                return;
            }
        }
    }

    /// Looks for the hash that covers `at`; returns where the run of digits ends.
    fn digest_around(&self, text: &mut Text<'_, '_>, at: usize) -> usize {
        let bytes = text.bytes;
        // The sixteen bytes before are not all digits, or this would have been called for them.
        let back = bytes.get(at.saturating_sub(16)..at).unwrap_or_default();
        let mut start = at - marks::digits_before(back);
        let end = at + marks::digits_ahead(bytes.get(at..).unwrap_or_default());
        let escape = escape_before(text, start).0;
        // The letter of `\n` is no digit and stands before the run, that of `\b` and `\u` is in it.
        let before = start.checked_sub(1).and_then(|at| bytes.get(at)).copied();
        match before {
            Some(b'u') if escape_before(text, start - 1).0 > 0 => start += 4,
            Some(byte) if is(byte, WORD) && escape_before(text, start - 1).0 == 0 => return end,
            _ => {}
        }
        if !matches!(end - start.min(end), 32 | 40 | 64) {
            start += escape;
        }
        let hex = bytes.get(start..end).unwrap_or_default();
        let follows = bytes.get(end).is_some_and(|byte| is(*byte, WORD));
        if !follows && matches!(hex.len(), 32 | 40 | 64) {
            self.digest(text, hex, start..end);
        }
        end
    }

    fn digest(&self, text: &mut Text<'_, '_>, hex: &[u8], place: Range<usize>) {
        let Some(digests) = self.set.digests.iter().find(|digests| digests.len() * 2 == hex.len()) else {
            return;
        };
        if !hex.first_chunk().is_some_and(|first| digests.may_hold(marks::number(first))) {
            return;
        }
        if let Some(digest) = Digest::decode(hex)
            && let Some(id) = digests.find(digest.bytes())
        {
            let digest = Digest::from_bytes(digest.bytes(), self.set.is_imphash(id));
            text.push(id, Value::Hash(digest), place);
        }
    }

    /// Looks for the IPv6 address that covers `at`.
    fn v6_around(&self, text: &mut Text<'_, '_>, at: usize) {
        const LONGEST: usize = 45;
        let part = |byte: &&u8| is(**byte, GROUP) || **byte == b'.';
        let back = text.bytes.get(at.saturating_sub(LONGEST)..at).unwrap_or_default();
        let start = at - back.iter().rev().take_while(part).count();
        let ahead = text.bytes.get(at..text.bytes.len().min(at + LONGEST)).unwrap_or_default();
        let end = at + ahead.iter().take_while(part).count();
        // What an escape ends with may be digits: `\b`, `\u003d`, `%2F`.
        let escape = match start.checked_sub(1).map(|before| escape_before(text, before)) {
            Some((5, _)) => 4,
            _ => escape_before(text, start).0,
        };
        if escape == 0 || !self.v6(text, start + escape..end) {
            self.v6(text, start..end);
        }
    }

    /// Looks for the IPv6 address in a run of its characters; `false` when none is listed.
    fn v6(&self, text: &mut Text<'_, '_>, place: Range<usize>) -> bool {
        let mut start = place.start;
        let run = text.bytes.get(place).unwrap_or_default();
        let Ok(run) = std::str::from_utf8(run) else { return false };
        // `addr:2001:db8::1:` has colons of the sentence around it.
        let mut inner = run.trim_end_matches('.');
        if inner.ends_with(':') && !inner.ends_with("::") {
            inner = &inner[..inner.len() - 1];
        }
        if inner.starts_with(':') && !inner.starts_with("::") {
            inner = &inner[1..];
            start += 1;
        }
        let end = start + inner.len();
        let letter =
            |at: Option<usize>| at.and_then(|at| text.bytes.get(at)).is_some_and(|byte| is(*byte, WORD));
        if letter(Some(end)) || (letter(start.checked_sub(1)) && !ends_escape(text, start)) {
            return false;
        }
        // Times have two colons, hardware addresses five.
        if !inner.contains("::") && inner.bytes().filter(|byte| *byte == b':').count() != 7 {
            return false;
        }
        let Ok(address) = inner.parse::<Ipv6Addr>() else { return false };
        if let Some((network, id)) = self.set.addresses.find(address.into()) {
            text.push_address(id, network, address.into(), start..end);
            return true;
        }
        false
    }
}

#[cfg(test)]
impl Scanner<'_> {
    /// As [`Scanner::scan`], without any of what makes that quick: looks at every byte.
    pub(super) fn scan_slowly(&mut self, text: &str, writing: Writing, out: &mut Vec<Sight>) {
        let mut text = Text { bytes: text.as_bytes(), writing, out };
        for at in 0..text.bytes.len() {
            self.strangers.fill(0);
            let hex = |at: Option<usize>| at.is_some_and(|at| text.bytes[at].is_ascii_hexdigit());
            if hex(Some(at)) && !hex(at.checked_sub(1)) {
                self.digest_around(&mut text, at);
            } else if text.bytes[at] == b'.' {
                self.last_label(&mut text, at);
                self.octets(&mut text, at);
            } else if text.bytes[at] == b':' {
                self.v6_around(&mut text, at);
            }
        }
    }
}

fn place_of(key: u64) -> usize {
    // The upper bits are spread best.
    usize::try_from(key >> 52).unwrap_or(0)
}

/// The IPv4 address whose first dot this is.
fn v4_at(text: &Text<'_, '_>, dot: usize) -> Option<(Ipv4Addr, Range<usize>)> {
    let bytes = text.bytes;
    let back = bytes.get(dot.saturating_sub(4)..dot)?;
    let digits = back.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let start = dot - digits;
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let in_word = before.is_some_and(|byte| is(*byte, WORD)) && !ends_escape(text, start);
    if !(1..=3).contains(&digits) || in_word || before == Some(&b'.') {
        return None;
    }
    let mut octets = [0_u8; 4];
    let mut at = start;
    for (number, octet) in octets.iter_mut().enumerate() {
        if number > 0 {
            if bytes.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
        let ahead = bytes.get(at..bytes.len().min(at + 4))?;
        let digits = ahead.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = std::str::from_utf8(ahead.get(..digits)?).ok()?;
        if digits > 1 && text.starts_with('0') {
            return None;
        }
        *octet = text.parse().ok()?;
        at += digits;
    }
    let goes_on = bytes.get(at).is_some_and(|byte| {
        is(*byte, WORD) || (*byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
    });
    (!goes_on).then_some((Ipv4Addr::from(octets), start..at))
}

/// Whether an escape ends where `start` is, so that the letters before it are none.
fn ends_escape(text: &Text<'_, '_>, start: usize) -> bool {
    let of_len = |len: usize| start.checked_sub(len).is_some_and(|at| escape_before(text, at).0 == len);
    of_len(1) || of_len(2) || of_len(5)
}

/// How many of the bytes from `start` on belong to an escape that began before them, and whether that is
/// certain: after two backslashes, JSON within JSON may mean an escape, or a path its name.
fn escape_before(text: &Text<'_, '_>, start: usize) -> (usize, bool) {
    let Some(first) = text.bytes.get(start) else { return (0, true) };
    let before = text.bytes.get(start.saturating_sub(16)..start).unwrap_or_default();
    match before.last() {
        // `%2F%2Fevil.example`
        Some(b'%')
            if text.bytes.get(start..start + 2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)) =>
        {
            (2, false)
        }
        Some(b'\\') if text.writing == Writing::Json => {
            let slashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
            let len = match first {
                b'n' | b't' | b'r' | b'b' | b'f' => 1,
                b'u' => 5,
                _ => 0,
            };
            (len, slashes % 2 == 1)
        }
        _ => (0, true),
    }
}
