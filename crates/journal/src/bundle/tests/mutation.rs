//! A bundle that was changed in any single way is refused, with a reason.

use super::super::verify;
use super::change::CHANGES;
use super::dice::Dice;
use super::keyed::{FORGERIES, Forgery};
use super::log::{ABOUT, Log, signer};
use super::parts::Parts;
use super::resigned::{REWRITINGS, SIGNED_FORGERIES};
use crate::entry::Entry;
use crate::fact::Fact;
use crate::note::Signer;
use crate::personal::{Commitment, Personal};
use std::collections::BTreeMap;

/// Which variants of the error were seen at least.
const KINDS: usize = 28;

/// A bundle, and others that somebody could take something from.
pub(super) struct World {
    pub(super) log: Log,
    pub(super) bundle: Vec<u8>,
    pub(super) parts: Parts,
    /// The same log's bundle when that was smaller.
    pub(super) older: Parts,
    /// A bundle of another log with the same key.
    pub(super) elsewhere: Parts,
    /// A bundle of the same log and key that tells another story from some entry on.
    pub(super) fork: Parts,
    pub(super) stranger: Signer,
}

impl World {
    pub(super) fn of(seed: u64) -> World {
        let ours = || signer("log.example.org/1", 7);
        let mut log = Log::generated(ours(), seed);
        let older = Parts::of(&log.bundle());
        log.add(ABOUT, Fact::IncidentRenamed { title: Personal::of("Later") });
        let mut fork = Log::empty(ours(), seed ^ 1);
        for (head, sealed) in log.heads.iter().zip(&log.entries).take(log.entries.len() / 3) {
            fork.add_sealed(head.clone(), sealed.clone());
        }
        fork.blobs.clone_from(&log.blobs);
        for at in fork.entries.len()..log.entries.len() {
            // The same facts, and another random number in each leaf.
            let known = |_: &Commitment| Some("somebody".to_owned());
            let entry = Entry::read(&log.entries[at].leaf, &known).unwrap();
            fork.add(entry.head.stream, entry.fact);
        }
        let bundle = log.bundle();
        World {
            parts: Parts::of(&bundle),
            bundle,
            older,
            elsewhere: Parts::of(&Log::generated(signer("other.example.org/1", 7), seed ^ 2).bundle()),
            fork: Parts::of(&fork.bundle()),
            stranger: signer("witness.example.org", 9),
            log,
        }
    }

    /// The bundle changed in one way, and the name of that.
    pub(super) fn mutant(&self, dice: &mut Dice) -> (&'static str, Vec<u8>) {
        loop {
            let (name, bytes) = match dice.below(10) {
                0..=5 => {
                    let (name, change) = CHANGES[dice.below(CHANGES.len())];
                    (name, change(dice, self))
                }
                6..=7 => self.forged(dice, FORGERIES, true),
                8 => self.forged(dice, SIGNED_FORGERIES, false),
                _ => self.forged(dice, REWRITINGS, true),
            };
            // Two bytes that were swapped may be the same, and a line may stand there twice.
            if bytes != self.bundle {
                return (name, bytes);
            }
        }
    }

    pub(super) fn forged(
        &self,
        dice: &mut Dice,
        list: &'static [(&'static str, Forgery)],
        seal: bool,
    ) -> (&'static str, Vec<u8>) {
        let (name, forge) = list[dice.below(list.len())];
        let mut parts = self.parts.clone();
        forge(dice, self, &mut parts);
        if seal {
            parts.seal(&self.log.signer);
        }
        (name, parts.pack())
    }
}

#[test]
fn every_changed_bundle_is_refused_with_a_reason() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let mutations = number("COFFERDAM_MUTATIONS").unwrap_or(2_000);
    let seed = number("COFFERDAM_SEED").unwrap_or(1);
    let worlds: Vec<World> = (0..8).map(|at| World::of(seed.wrapping_mul(1000) + at)).collect();
    for world in &worlds {
        verify(world.bundle.as_slice(), Some(world.log.signer.verifier())).unwrap();
    }
    let mut dice = Dice(seed);
    let mut ways = BTreeMap::<&str, u64>::new();
    let mut kinds = BTreeMap::<String, u64>::new();
    for at in 0..mutations {
        let world = &worlds[dice.below(worlds.len())];
        let (way, bytes) = world.mutant(&mut dice);
        let Err(error) = verify(bytes.as_slice(), None) else {
            panic!("mutation {at} of seed {seed} was believed: {way}");
        };
        let told = error.to_string();
        assert!(!told.trim().is_empty() && !told.contains(char::is_control), "{way}: {told:?}");
        let kind = format!("{error:?}").chars().take_while(char::is_ascii_alphanumeric).collect();
        *ways.entry(way).or_default() += 1;
        *kinds.entry(kind).or_default() += 1;
    }
    println!("{mutations} mutations in {} ways, seed {seed}, all refused: {kinds:?}", ways.len());
    if mutations >= 2_000 {
        let all = CHANGES.len() + FORGERIES.len() + SIGNED_FORGERIES.len() + REWRITINGS.len();
        assert_eq!(ways.len(), all, "some way was never gone: {ways:?}");
        assert!(kinds.len() >= KINDS, "{} kinds: {kinds:?}", kinds.len());
    }
}
