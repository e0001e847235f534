//! What makes an event the same when it is delivered again.
//!
//! A protocol that names its events says so itself. Elsewhere an event is its bytes, and the how-manieth of equal ones
//! within its request it is: a request that is sent twice counts once, and two equal lines of one request stay two.

use cofferdam_vocabulary::SourceName;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Identities of the events of one request.
pub struct Identities {
    /// What begins each hash, by how the identity is known.
    source: SourceName,
    key: Option<String>,
    /// How often equal bytes have come in this request.
    equal: HashMap<[u8; 16], u64>,
    /// Events so far.
    index: u64,
}

/// How an identity came about, so that none is taken for another.
#[derive(Clone, Copy)]
enum How {
    Bytes = 0,
    Key = 1,
    Named = 2,
}

impl Identities {
    /// Of a request of this source; the one with an `Idempotency-Key` is the same as any other with it.
    pub fn of(source: SourceName, key: Option<String>) -> Identities {
        Identities { source, key, equal: HashMap::new(), index: 0 }
    }

    /// Of the next event, which its sender names nothing.
    pub fn next(&mut self, bytes: &[u8]) -> [u8; 16] {
        let index = self.index;
        self.index += 1;
        if let Some(key) = &self.key {
            return self.hash(How::Key, &[key.as_bytes(), &index.to_be_bytes()]);
        }
        let first = self.hash(How::Bytes, &[bytes, &0_u64.to_be_bytes()]);
        let before = self.equal.entry(first).or_default();
        let times = *before;
        *before += 1;
        if times == 0 { first } else { self.hash(How::Bytes, &[bytes, &times.to_be_bytes()]) }
    }

    /// Of the next event, which its sender calls this.
    pub fn named(&mut self, name: &[&[u8]]) -> [u8; 16] {
        self.index += 1;
        self.hash(How::Named, name)
    }

    fn hash(&self, how: How, parts: &[&[u8]]) -> [u8; 16] {
        let mut hash = Sha256::new();
        hash.update([how as u8]);
        for part in [&[self.source.as_str().as_bytes()][..], parts].concat() {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut identity = [0; 16];
        identity.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
        identity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn of(source: &str, key: Option<&str>, lines: &[&str]) -> Vec<[u8; 16]> {
        let mut identities = Identities::of(SourceName::parse(source).unwrap(), key.map(str::to_owned));
        lines.iter().map(|line| identities.next(line.as_bytes())).collect()
    }

    #[test]
    fn a_request_sent_twice_counts_once_and_equal_lines_stay_two() {
        let lines = ["a", "b", "a", "a"];
        let once = of("web", None, &lines);
        assert_eq!(once, of("web", None, &lines));
        assert_eq!(once.iter().collect::<BTreeSet<_>>().len(), 4);
        assert!(of("mail", None, &lines).iter().all(|identity| !once.contains(identity)));
        assert!(once.contains(&of("web", None, &["b"])[0]), "an event is the same in another request");
    }

    #[test]
    fn a_key_stands_for_the_request() {
        let one = of("web", Some("k1"), &["a", "a"]);
        assert_eq!(one, of("web", Some("k1"), &["a", "a"]));
        assert!(of("web", Some("k2"), &["a", "a"]).iter().all(|identity| !one.contains(identity)));
        assert!(of("web", None, &["a", "a"]).iter().all(|identity| !one.contains(identity)));
    }

    #[test]
    fn a_name_is_no_other_name() {
        let mut identities = Identities::of(SourceName::parse("web").unwrap(), None);
        let one = identities.named(&[b"logs", b"17"]);
        assert_eq!(one, identities.named(&[b"logs", b"17"]));
        assert_ne!(one, identities.named(&[b"logs1", b"7"]));
        assert_ne!(one, identities.next(b"17"));
    }
}
