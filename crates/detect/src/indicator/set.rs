//! All indicators, laid out so that a million of them are searched as quickly as ten.

use super::digests::Digests;
use super::filter::Filter;
use super::hash::Digest;
use super::network::Network;
use super::segments::Addresses;
use super::texts::Texts;
use super::url;
use super::value::{Kind, Value};
use cofferdam_vocabulary::{Tactic, TechniqueId};
use jiff::Timestamp;
use std::net::IpAddr;
use std::sync::Arc;

/// Values beyond this are not taken.
pub const MOST: usize = 10_000_000;

/// What a list says of an indicator beside its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Detail {
    /// Its id where it came from (`indicator--…`, a MISP UUID).
    pub id: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// From 0 to 100.
    pub confidence: Option<u8>,
    /// From when on it is known; older records match as well.
    pub valid_from: Option<Timestamp>,
    /// Records of this time and later do not match.
    pub valid_until: Option<Timestamp>,
    /// ATT&CK tactics, in matrix order.
    pub tactics: Vec<Tactic>,
    /// ATT&CK techniques.
    pub techniques: Vec<TechniqueId>,
}

/// One indicator: its list and what that says of it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    list: u32,
    detail: u32,
}

const NO_DETAIL: u32 = u32::MAX;

/// Indicators that can be searched for.
#[derive(Clone, Debug)]
pub struct IndicatorSet {
    lists: Vec<Arc<str>>,
    entries: Vec<Entry>,
    details: Vec<Arc<Detail>>,
    pub(super) texts: Texts,
    pub(super) addresses: Addresses,
    pub(super) digests: [Digests; 3],
    imphashes: Vec<u32>,
    /// Last labels of the names that are looked for.
    pub(super) last_labels: LastLabels,
    /// Hosts of URLs and of e-mail addresses.
    pub(super) url_hosts: Filter,
    pub(super) email_hosts: Filter,
    counts: [usize; 6],
}

impl Default for IndicatorSet {
    fn default() -> IndicatorSet {
        IndicatorSet {
            lists: Vec::new(),
            entries: Vec::new(),
            details: Vec::new(),
            texts: Texts::default(),
            addresses: Addresses::default(),
            digests: [Digests::new(16), Digests::new(20), Digests::new(32)],
            imphashes: Vec::new(),
            last_labels: LastLabels::default(),
            url_hosts: Filter::default(),
            email_hosts: Filter::default(),
            counts: [0; 6],
        }
    }
}

/// What became of a value that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is looked for.
    Taken,
    /// It is there already; the first list that named it counts.
    Duplicate,
    /// There are [`MOST`] already.
    Full,
}

impl IndicatorSet {
    /// Begins a list; what is added then is of this list.
    pub fn begin(&mut self, list: &str) {
        self.lists.push(list.into());
    }

    /// Adds a value to the list that was begun last.
    pub fn add(&mut self, value: &Value, detail: Option<&Arc<Detail>>) -> Added {
        if self.entries.len() >= MOST {
            return Added::Full;
        }
        let id = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let taken = match value {
            Value::Address(network) => {
                self.addresses.add(network, id);
                true
            }
            Value::Hash(digest) => {
                let taken = digests_for(&mut self.digests, digest.bytes().len())
                    .is_some_and(|digests| digests.add(digest.bytes(), id));
                if taken && digest.is_imphash() {
                    self.imphashes.push(id);
                }
                taken
            }
            Value::Domain(text) | Value::Url(text) | Value::Email(text) | Value::Path(text) => {
                self.texts.add(text, id)
            }
        };
        if !taken {
            return Added::Duplicate;
        }
        let list = u32::try_from(self.lists.len().saturating_sub(1)).unwrap_or(0);
        let detail = detail.map_or(NO_DETAIL, |detail| self.detail_number(detail));
        self.entries.push(Entry { list, detail });
        self.counts[value.kind() as usize] += 1;
        Added::Taken
    }

    /// Values of one STIX object come one after the other and share what is said of them.
    fn detail_number(&mut self, detail: &Arc<Detail>) -> u32 {
        if !self.details.last().is_some_and(|last| Arc::ptr_eq(last, detail)) {
            self.details.push(Arc::clone(detail));
        }
        u32::try_from(self.details.len() - 1).unwrap_or(NO_DETAIL)
    }

    /// Makes the indexes; nothing is added afterwards. Returns how many addresses were duplicates, by
    /// list.
    pub fn seal(&mut self) -> Vec<u64> {
        let mut duplicates = vec![0; self.lists.len()];
        for id in self.addresses.seal() {
            self.counts[Kind::Address as usize] -= 1;
            let list = self.entries.get(id as usize).map_or(0, |entry| entry.list as usize);
            if let Some(count) = duplicates.get_mut(list) {
                *count += 1;
            }
        }
        self.texts.shrink();
        self.digests.iter_mut().for_each(Digests::seal);
        let (mut url_hosts, mut email_hosts) = (Vec::new(), Vec::new());
        for (text, _) in self.texts.iter() {
            let Ok(text) = std::str::from_utf8(text) else { continue };
            let host = match kind_of(text) {
                Kind::Url => {
                    url_hosts.push(self.texts.hash(url::host_of(text).as_bytes()));
                    url::host_of(text)
                }
                Kind::Email => {
                    let host = text.rsplit('@').next().unwrap_or_default();
                    email_hosts.push(self.texts.hash(host.as_bytes()));
                    host
                }
                Kind::Path => continue,
                _ => text,
            };
            self.last_labels.add(host.rsplit('.').next().unwrap_or_default().as_bytes());
        }
        self.url_hosts = Filter::of(url_hosts.into_iter());
        self.email_hosts = Filter::of(email_hosts.into_iter());
        duplicates
    }

    /// How many values are looked for.
    pub fn len(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values of a kind are looked for.
    pub fn count(&self, kind: Kind) -> usize {
        self.counts[kind as usize]
    }

    /// The list that an indicator came from.
    pub fn list(&self, id: u32) -> Option<&Arc<str>> {
        self.lists.get(self.entries.get(id as usize)?.list as usize)
    }

    /// What the list says of it.
    pub fn detail(&self, id: u32) -> Option<&Arc<Detail>> {
        self.details.get(self.entries.get(id as usize)?.detail as usize)
    }

    /// Whether the value is listed, or part of what is.
    pub fn holds(&self, value: &Value) -> bool {
        let host_is_listed = |host: &str| match host.trim_matches(['[', ']']).parse() {
            Ok(address) => self.find_address(address).is_some(),
            Err(_) => self.find_domain(host).is_some(),
        };
        match value {
            Value::Address(network) => self.find_address(network.ends().0).is_some(),
            Value::Domain(name) => self.find_domain(name).is_some(),
            Value::Hash(digest) => self.find_digest(digest).is_some(),
            Value::Path(path) => self.find_text(path).is_some(),
            Value::Url(url) => self.find_text(url).is_some() || host_is_listed(url::host_of(url)),
            Value::Email(email) => {
                self.find_text(email).is_some() || email.rsplit('@').next().is_some_and(host_is_listed)
            }
        }
    }

    /// Whether a hash that was found is listed as an imphash.
    pub fn is_imphash(&self, id: u32) -> bool {
        self.imphashes.binary_search(&id).is_ok()
    }

    /// The narrowest listed network that holds the address.
    pub fn find_address(&self, address: IpAddr) -> Option<(Network, u32)> {
        self.addresses.find(address)
    }

    /// The listed domain that is the name, which must be in lower case, or holds it.
    pub fn find_domain<'n>(&self, name: &'n str) -> Option<(&'n str, u32)> {
        let mut rest = Some(name);
        // No list names anything deeper; a hostile name may have more than a hundred labels.
        let labels = name.split('.').count();
        for _ in 0..labels.saturating_sub(LABELS) {
            rest = rest.and_then(|rest| Some(rest.split_once('.')?.1));
        }
        while let Some(name) = rest.filter(|name| name.contains('.')) {
            if let Some(id) = self.texts.find(name.as_bytes()) {
                return Some((name, id));
            }
            rest = name.split_once('.').map(|(_, parent)| parent);
        }
        None
    }

    pub(super) fn has_names(&self) -> bool {
        [Kind::Domain, Kind::Url, Kind::Email].iter().any(|kind| self.count(*kind) > 0)
    }

    /// A URL, e-mail address or path in the form in which it is compared.
    pub fn find_text(&self, text: &str) -> Option<u32> {
        self.texts.find(text.as_bytes())
    }

    /// A hash.
    pub fn find_digest(&self, digest: &Digest) -> Option<u32> {
        self.digests.iter().find_map(|digests| digests.find(digest.bytes()))
    }
}

/// Labels of a name that are looked at, from its end.
const LABELS: usize = 16;

fn digests_for(all: &mut [Digests; 3], len: usize) -> Option<&mut Digests> {
    all.iter_mut().find(|digests| digests.len() == len)
}

/// What a text is can be seen from it: names have neither `/` nor `@`, URLs begin with a host.
fn kind_of(text: &str) -> Kind {
    match text.find(['/', '\\', '@']) {
        None => Kind::Domain,
        Some(0) => Kind::Path,
        Some(at) if text.get(at..at + 1) == Some("@") => Kind::Email,
        Some(at) if text.get(at..at + 1) == Some("\\") => Kind::Path,
        Some(_) => Kind::Url,
    }
}

/// Last labels of names. Of most words after a dot their first three bytes tell that they are none.
#[derive(Clone, Debug)]
pub(super) struct LastLabels {
    /// By three folded bytes: whether a label begins so.
    starts: Vec<u64>,
    /// By 16 bits of a hash: whether there may be such a label.
    whole: Vec<u64>,
}

/// Letters of either case as 1 to 26, what else may stand in a label as 27, and 0 for the rest.
static FOLDED: [u8; 256] = folded();

const fn folded() -> [u8; 256] {
    let mut folded = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let is = byte as u8;
        if is.is_ascii_alphabetic() {
            folded[byte] = is & 31;
        } else if is.is_ascii_digit() || is == b'-' || is == b'_' {
            folded[byte] = 27;
        }
        byte += 1;
    }
    folded
}

impl Default for LastLabels {
    fn default() -> LastLabels {
        LastLabels { starts: vec![0; (1 << 15) / 64], whole: vec![0; (1 << 16) / 64] }
    }
}

impl LastLabels {
    fn add(&mut self, label: &[u8]) {
        let key = label.iter().fold(0, |key, byte| LastLabels::step(key, *byte));
        set(&mut self.whole, whole(key));
        let byte = |at: usize| label.get(at).copied().unwrap_or(0);
        // Behind a label of one letter a word may begin.
        let thirds = if label.len() == 1 { &b"\0abcdefghijklmnopqrstuvwxyz-"[..] } else { &[byte(2)] };
        for third in thirds {
            set(&mut self.starts, start([byte(0), byte(1), *third]));
        }
    }

    /// Whether a last label may begin with these bytes; a shorter one has other bytes behind it.
    pub(super) fn may_begin(&self, bytes: [u8; 3]) -> bool {
        holds(&self.starts, start(bytes))
    }

    /// Takes one more byte of a label into its key; letters of either case are the same.
    pub(super) fn step(key: u64, byte: u8) -> u64 {
        key.rotate_left(8) ^ u64::from(byte | 0x20)
    }

    /// Whether a name may end in the label of this key.
    pub(super) fn may_hold(&self, key: u64) -> bool {
        holds(&self.whole, whole(key))
    }
}

fn start([first, second, third]: [u8; 3]) -> usize {
    let folded = |byte: u8| usize::from(FOLDED[usize::from(byte)]);
    folded(first) << 10 | folded(second) << 5 | folded(third)
}

fn whole(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as usize
}

fn set(bits: &mut [u64], bit: usize) {
    if let Some(word) = bits.get_mut(bit >> 6) {
        *word |= 1 << (bit & 63);
    }
}

fn holds(bits: &[u64], bit: usize) -> bool {
    bits.get(bit >> 6).is_some_and(|word| word >> (bit & 63) & 1 == 1)
}
