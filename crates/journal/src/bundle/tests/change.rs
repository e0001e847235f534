//! What somebody without the log's key can do to a bundle.

use super::super::{ENTRIES, FOLDER};
use super::dice::Dice;
use super::log::signer;
use super::mutation::World;
use super::parts::Parts;

/// Makes another file of a bundle.
pub(super) type Change = fn(&mut Dice, &World) -> Vec<u8>;

/// All of them, by name.
pub(super) const CHANGES: &[(&str, Change)] = &[
    ("bit flipped", |dice, world| {
        bytes(world, |file| {
            let at = dice.below(file.len());
            file[at] ^= 1 << dice.below(8);
        })
    }),
    ("bytes swapped", |dice, world| {
        bytes(world, |file| {
            let (one, other) = dice.two(file.len());
            file.swap(one, other);
        })
    }),
    ("bytes removed", |dice, world| bytes(world, |file| drop(file.drain(range(dice, file.len(), 600))))),
    ("bytes inserted", |dice, world| {
        bytes(world, |file| {
            let (at, count) = (dice.below(file.len()), 1 + dice.below(600));
            file.splice(at..at, dice.bytes(count));
        })
    }),
    ("bytes repeated", |dice, world| {
        bytes(world, |file| {
            let range = range(dice, file.len(), 600);
            let again = file[range.clone()].to_vec();
            file.splice(range.start..range.start, again);
        })
    }),
    ("bytes set to zero", |dice, world| {
        bytes(world, |file| {
            let range = range(dice, file.len(), 600);
            file[range].fill(0);
        })
    }),
    ("truncated", |dice, world| bytes(world, |file| file.truncate(dice.below(file.len())))),
    ("truncated at a block", |dice, world| {
        bytes(world, |file| file.truncate(dice.below(file.len() / 512) * 512))
    }),
    ("random bytes appended", |dice, world| {
        bytes(world, |file| {
            let count = 1 + dice.below(1200);
            file.extend(dice.bytes(count));
        })
    }),
    ("zeros appended", |dice, world| bytes(world, |file| file.resize(file.len() + 1 + dice.below(1200), 0))),
    ("the bundle twice", |_, world| bytes(world, |file| file.extend_from_within(..))),
    ("blocks swapped", |dice, world| {
        bytes(world, |file| {
            let (one, other) = dice.two(file.len() / 512);
            let block = file[one * 512..][..512].to_vec();
            file.copy_within(other * 512..(other + 1) * 512, one * 512);
            file[other * 512..][..512].copy_from_slice(&block);
        })
    }),
    ("a header's size changed", |dice, world| {
        bytes(world, |file| {
            let places: Vec<usize> = (0..file.len() / 512)
                .map(|at| at * 512)
                .filter(|at| file[*at..].starts_with(FOLDER.as_bytes()))
                .collect();
            let at = places[dice.below(places.len())];
            let name = String::from_utf8(file[at + FOLDER.len()..at + 100].to_vec()).unwrap();
            let size = dice.next() >> dice.below(64);
            let header = super::super::archive::header(name.trim_end_matches('\0'), size);
            file[at..at + 512].copy_from_slice(&header);
        })
    }),
    ("members swapped", |dice, world| {
        parts(dice, world, |dice, parts| {
            let (one, other) = dice.two(parts.0.len());
            parts.0.swap(one, other);
        })
    }),
    ("a member dropped", |dice, world| {
        parts(dice, world, |dice, parts| drop(parts.0.remove(dice.below(parts.0.len()))))
    }),
    ("a member twice", |dice, world| {
        parts(dice, world, |dice, parts| {
            let again = parts.0[dice.below(parts.0.len())].clone();
            parts.0.insert(dice.below(parts.0.len() + 1), again);
        })
    }),
    ("a member renamed", |dice, world| {
        parts(dice, world, |dice, parts| {
            let (one, other) = dice.two(parts.0.len());
            parts.0[one].0 = match dice.below(4) {
                0 => parts.0[other].0.clone(),
                1 => parts.0[one].0.to_uppercase() + "x",
                2 => format!("../{}", parts.0[one].0),
                _ => format!("evidence/{}", "0".repeat(64)),
            };
        })
    }),
    ("a member emptied", |dice, world| {
        parts(dice, world, |dice, parts| {
            let at = dice.below(parts.0.len());
            parts.0[at].1.clear();
        })
    }),
    ("a member of another bundle", |dice, world| {
        parts(dice, world, |dice, parts| {
            let others = [&world.older, &world.elsewhere, &world.fork];
            let other = others[dice.below(others.len())];
            let (name, bytes) = &other.0[dice.below(other.0.len())];
            match parts.at(name) {
                Some(at) => parts.0[at].1.clone_from(bytes),
                None => parts.0.push((name.clone(), bytes.clone())),
            }
        })
    }),
    ("a byte of a member changed", |dice, world| {
        parts(dice, world, |dice, parts| {
            let member = dice.below(parts.0.len());
            let bytes = &mut parts.0[member].1;
            if bytes.is_empty() {
                bytes.push(0);
            } else {
                let at = dice.below(bytes.len());
                bytes[at] = bytes[at].wrapping_add(1 + dice.below(255) as u8);
            }
        })
    }),
    ("lines swapped", |dice, world| {
        lines(dice, world, |dice, lines| {
            let (one, other) = dice.two(lines.len());
            lines.swap(one, other);
        })
    }),
    ("a line dropped", |dice, world| {
        lines(dice, world, |dice, lines| drop(lines.remove(dice.below(lines.len()))))
    }),
    ("a line twice", |dice, world| {
        lines(dice, world, |dice, lines| {
            let again = lines[dice.below(lines.len())].clone();
            lines.insert(dice.below(lines.len() + 1), again);
        })
    }),
];

fn bytes(world: &World, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = world.bundle.clone();
    change(&mut file);
    file
}

/// Changes members; then the manifest is left as it was, or made anew, or signed with a key of one's own.
fn parts(dice: &mut Dice, world: &World, change: impl FnOnce(&mut Dice, &mut Parts)) -> Vec<u8> {
    let mut parts = world.parts.clone();
    change(dice, &mut parts);
    match dice.below(3) {
        0 => {}
        1 => drop(parts.list()),
        _ => parts.seal(&signer(world.log.signer.verifier().name().as_str(), 66)),
    }
    parts.pack()
}

/// Changes the lines of a member that has several.
fn lines(dice: &mut Dice, world: &World, change: impl FnOnce(&mut Dice, &mut Vec<Vec<u8>>)) -> Vec<u8> {
    let names =
        ["README.html", "bundle.json", "checkpoint", ENTRIES, ENTRIES, ENTRIES, "manifest", "manifest.sig"];
    let name = names[dice.below(names.len())];
    parts(dice, world, |dice, parts| {
        let mut lines: Vec<Vec<u8>> =
            parts.get(name).split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        change(dice, &mut lines);
        parts.set(name, lines.concat());
    })
}

fn range(dice: &mut Dice, end: usize, most: usize) -> std::ops::Range<usize> {
    let start = dice.below(end);
    start..(start + 1 + dice.below(most)).min(end)
}
