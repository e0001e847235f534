//! What somebody who holds the log's key can do to a bundle, and sign.

use super::super::form::{Listed, Placed};
use super::super::{ABOUT, CHECKPOINT, ENTRIES, KEY, MANIFEST};
use super::dice::Dice;
use super::log::signer;
use super::mutation::World;
use super::parts::Parts;
use crate::entry::Head;
use crate::merkle::{Hash, inclusion};
use crate::note::{Checkpoint, SignedNote};
use crate::stream::StreamId;
use cofferdam_vocabulary::{AlertId, ContentHash};
use sha2::{Digest, Sha256};

/// Changes the members of a bundle that is sealed afterwards.
pub(super) type Forgery = fn(&mut Dice, &World, &mut Parts);

/// All of them, by name.
pub(super) const FORGERIES: &[(&str, Forgery)] = &[
    ("forked checkpoint", |dice, world, parts| {
        let mut root = [0; 32];
        dice.fill(&mut root);
        let origin = world.log.signer.verifier().name().clone();
        let fork = Checkpoint { origin, size: world.log.size(), root: Hash(root) };
        parts.set(CHECKPOINT, fork.sign(&world.log.signer).unwrap().to_string());
    }),
    ("checkpoint of the fork", |_, world, parts| parts.set(CHECKPOINT, world.fork.get(CHECKPOINT))),
    ("older checkpoint", |dice, world, parts| {
        let size = 1 + dice.below(world.log.entries.len() - 1) as u64;
        parts.set(CHECKPOINT, world.log.checkpoint(size).to_string());
        if !dice.one_in(4) {
            let mut about = parts.about();
            about.checkpoint_size = size;
            parts.set_about(&about);
        }
    }),
    ("checkpoint of another log", |dice, world, parts| {
        parts.set(CHECKPOINT, world.elsewhere.get(CHECKPOINT));
        if dice.one_in(2) {
            parts.set(KEY, world.elsewhere.get(KEY));
        }
    }),
    ("checkpoint that names another log", |_, world, parts| {
        let text = parts.text(CHECKPOINT).replacen("log.example.org", "other.example.org", 1);
        let text = text.split("\n\n").next().unwrap().to_owned() + "\n";
        parts.set(CHECKPOINT, SignedNote::sign(text, &world.log.signer).unwrap().to_string());
    }),
    ("entry of another log", |dice, world, parts| {
        let other = pick(dice, world.elsewhere.lines());
        replace(dice, parts, other);
    }),
    ("entry of the fork", |dice, world, parts| {
        let (mut ours, theirs) = (parts.lines(), world.fork.lines());
        let changed = ours.iter().zip(&theirs).position(|(ours, theirs)| ours.leaf != theirs.leaf).unwrap();
        let at = changed + dice.below(ours.len().min(theirs.len()) - changed);
        ours[at] = theirs[at].clone();
        if ours[at].leaf == parts.lines()[at].leaf {
            ours[changed] = theirs[changed].clone();
        }
        parts.set_lines(&ours);
    }),
    ("entry dropped", |dice, _, parts| {
        let mut lines = parts.lines();
        let at = dice.below(lines.len());
        let dropped = lines.remove(at);
        let stream = stream(&dropped);
        let is_last = !lines[at..].iter().any(|line| self::stream(line) == stream);
        // The last entry of a stream can be kept back only by whoever lists one fewer, which is allowed.
        if !is_last && dice.one_in(2) {
            let mut about = parts.about();
            about
                .streams
                .iter_mut()
                .filter(|listed| listed.stream == stream)
                .for_each(|one| one.entries -= 1);
            parts.set_about(&about);
        }
        parts.set_lines(&lines);
    }),
    ("entry twice", |dice, _, parts| {
        each(dice, parts, |dice, lines| {
            let again = pick(dice, lines.clone());
            lines.insert(dice.below(lines.len() + 1), again);
        });
    }),
    ("entries swapped", |dice, _, parts| {
        each(dice, parts, |dice, lines| {
            let (one, other) = dice.two(lines.len());
            lines.swap(one, other);
        });
    }),
    ("entry of a stream that is not listed", |dice, world, parts| {
        let position = world.log.heads.iter().find(|head| head.stream == StreamId::Log).unwrap().position;
        let sealed = &world.log.entries[position as usize];
        let proof = inclusion(&world.log.tree, position, world.log.size()).unwrap();
        let placed = Placed { position, leaf: sealed.leaf.clone(), proof, secrets: vec![] };
        each(dice, parts, |_, lines| {
            let at = lines.partition_point(|line| line.position < position);
            lines.insert(at, placed);
        });
    }),
    ("proof of another position", |dice, world, parts| {
        let size = world.log.entries.len();
        one(dice, parts, |dice, line| {
            let other = (line.position as usize + 1 + dice.below(size - 1)) % size;
            line.proof = inclusion(&world.log.tree, other as u64, size as u64).unwrap();
        });
    }),
    ("proof of another size", |dice, world, parts| {
        each(dice, parts, |dice, lines| {
            let at = dice.below(lines.len() - 1);
            let position = lines[at].position;
            let size = position + 1 + dice.below((world.log.size() - position - 1) as usize) as u64;
            lines[at].proof = inclusion(&world.log.tree, position, size).unwrap();
        });
    }),
    ("hash of a proof changed", |dice, _, parts| {
        one(dice, parts, |dice, line| {
            let at = dice.below(line.proof.len());
            line.proof[at].0[dice.below(32)] ^= 1 << dice.below(8);
        });
    }),
    ("proof too short or too long", |dice, _, parts| {
        one(dice, parts, |dice, line| {
            let at = dice.below(line.proof.len());
            if dice.one_in(2) { line.proof.truncate(at) } else { line.proof.insert(at, Hash([7; 32])) }
        });
    }),
    ("leaf changed", |dice, _, parts| {
        one(dice, parts, |dice, line| {
            let at = dice.below(line.leaf.len());
            line.leaf[at] ^= 1 << dice.below(8);
        });
    }),
    ("position changed", |dice, world, parts| {
        one(dice, parts, |dice, line| {
            let end = world.log.entries.len();
            line.position =
                [(line.position + 1 + dice.below(end) as u64), u64::MAX, world.log.size()][dice.below(3)];
        });
    }),
    ("values swapped between entries", |dice, _, parts| {
        each(dice, parts, |dice, lines| {
            let having: Vec<usize> = (0..lines.len()).filter(|at| !lines[*at].secrets.is_empty()).collect();
            let (one, other) = dice.two(having.len());
            let (one, other) = (having[one], having[other]);
            let first = lines[one].secrets[0].clone();
            if dice.one_in(2) {
                lines[one].secrets[0] = std::mem::replace(&mut lines[other].secrets[0], first);
            } else {
                let second = lines[other].secrets[0].clone();
                (lines[one].secrets[0].salt, lines[one].secrets[0].value) = (second.salt, second.value);
                (lines[other].secrets[0].salt, lines[other].secrets[0].value) = (first.salt, first.value);
            }
        });
    }),
    ("value changed", |dice, _, parts| {
        valued(dice, parts, |dice, line| {
            let at = dice.below(line.secrets.len());
            let secret = &mut line.secrets[at];
            match dice.below(3) {
                0 => secret.value.push(' '),
                1 => secret.salt[dice.below(16)] ^= 1,
                _ => secret.commitment.0[dice.below(32)] ^= 1,
            }
        });
    }),
    ("value twice", |dice, _, parts| {
        valued(dice, parts, |dice, line| {
            let at = dice.below(line.secrets.len());
            line.secrets.insert(at, line.secrets[at].clone());
        });
    }),
    ("a stream listed that is not there", |dice, _, parts| {
        let mut about = parts.about();
        about.streams.push(Listed { stream: StreamId::Alert(AlertId(999)), entries: 1 });
        about.streams.sort_by_key(|listed| listed.stream);
        if dice.one_in(2) {
            about.streams.retain(|listed| listed.stream != about.about);
        }
        parts.set_about(&about);
    }),
    ("another count of entries", |dice, _, parts| {
        let mut about = parts.about();
        let at = dice.below(about.streams.len());
        about.streams[at].entries += 1 + dice.below(5) as u64;
        parts.set_about(&about);
    }),
    ("about another incident", |_, _, parts| {
        let mut about = parts.about();
        about.about = StreamId::Alert(AlertId(999));
        parts.set_about(&about);
    }),
    ("another log's name", |_, _, parts| {
        let mut about = parts.about();
        about.log.push('x');
        parts.set_about(&about);
    }),
    ("evidence of which nobody tells", |dice, _, parts| {
        let bytes = dice.bytes(9);
        let name = format!("evidence/{}", ContentHash(Sha256::digest(&bytes).into()));
        let manifest = parts.at(MANIFEST).unwrap();
        let at =
            (parts.at(ENTRIES).unwrap() + 1..manifest).find(|at| parts.0[*at].0 > name).unwrap_or(manifest);
        parts.0.insert(at, (name, bytes));
    }),
    ("evidence changed", |dice, _, parts| {
        let (start, end) = (parts.at(ENTRIES).unwrap() + 1, parts.at(MANIFEST).unwrap());
        parts.0[start + dice.below(end - start)].1.push(b'x');
    }),
    ("another format", |_, _, parts| parts.edit(ABOUT, "\"format\": 1", "\"format\": 2")),
    ("another key", |_, world, parts| {
        let other = signer(world.log.signer.verifier().name().as_str(), 66);
        parts.set(KEY, format!("{}\n", other.verifier()));
    }),
];

fn stream(line: &Placed) -> StreamId {
    Head::read(&line.leaf).unwrap().stream
}

fn pick<T>(dice: &mut Dice, mut items: Vec<T>) -> T {
    items.swap_remove(dice.below(items.len()))
}

fn replace(dice: &mut Dice, parts: &mut Parts, line: Placed) {
    one(dice, parts, |_, old| *old = line);
}

fn each(dice: &mut Dice, parts: &mut Parts, change: impl FnOnce(&mut Dice, &mut Vec<Placed>)) {
    let mut lines = parts.lines();
    change(dice, &mut lines);
    parts.set_lines(&lines);
}

fn one(dice: &mut Dice, parts: &mut Parts, change: impl FnOnce(&mut Dice, &mut Placed)) {
    each(dice, parts, |dice, lines| {
        let at = dice.below(lines.len());
        change(dice, &mut lines[at]);
    });
}

/// Changes a line that has values.
fn valued(dice: &mut Dice, parts: &mut Parts, change: impl FnOnce(&mut Dice, &mut Placed)) {
    each(dice, parts, |dice, lines| {
        let mut having: Vec<&mut Placed> = lines.iter_mut().filter(|line| !line.secrets.is_empty()).collect();
        let at = dice.below(having.len());
        change(dice, having[at]);
    });
}
