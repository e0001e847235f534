//! Proofs that an entry is in a tree, and that a tree begins with another.
//! Source: RFC 6962, sections 2.1.1 and 2.1.2; RFC 9162, sections 2.1.3.2 and 2.1.4.2 for verifying.

use super::hash::{Hash, node};

/// Where the roots of complete subtrees are kept.
pub trait Nodes {
    /// The root of the `index`th subtree of 2^`level` entries; `None` when it is not kept.
    fn node(&self, level: u8, index: u64) -> Option<Hash>;
}

/// Why there is no proof, or why one does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The place is outside the tree.
    #[error("there is no entry {index} in a tree of {size}")]
    Outside {
        /// The entry's position, from 0.
        index: u64,
        /// The tree's entries.
        size: u64,
    },
    /// An earlier tree cannot be larger than a later one.
    #[error("a log of {from} entries cannot grow to one of {to}")]
    Shrunk {
        /// The earlier size.
        from: u64,
        /// The later size.
        to: u64,
    },
    /// A hash that the proof needs is not kept.
    #[error("the hash of subtree {index} at level {level} is missing")]
    Missing {
        /// The level.
        level: u8,
        /// The subtree's number at its level.
        index: u64,
    },
    /// The proof has more or fewer hashes than one of this place and size.
    #[error("the proof has {got} hashes and should have {want}")]
    Length {
        /// What it has.
        got: usize,
        /// What it should have.
        want: usize,
    },
    /// The proof leads to another root.
    #[error("the proof leads to the root {got}, not to {want}")]
    Root {
        /// Where it leads.
        got: Hash,
        /// The root it should lead to.
        want: Hash,
    },
}

/// The root over the first `size` entries.
///
/// # Errors
///
/// [`ProofError::Missing`] when a hash is not kept.
pub fn root(nodes: &dyn Nodes, size: u64) -> Result<Hash, ProofError> {
    if size == 0 { Ok(Hash::of_nothing()) } else { subtree(nodes, 0, size) }
}

/// The hashes that lead from the entry at `index` to the root over the first `size` entries.
///
/// # Errors
///
/// [`ProofError`] when the entry is outside or a hash is not kept.
pub fn inclusion(nodes: &dyn Nodes, index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::Outside { index, size });
    }
    let mut path = Vec::new();
    let (mut start, mut end) = (0, size);
    // From the root down: at each fork the other side is part of the proof.
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The hashes that show that the tree of `to` entries begins with that of `from`.
///
/// # Errors
///
/// [`ProofError`] when `from` is larger or a hash is not kept.
pub fn consistency(nodes: &dyn Nodes, from: u64, to: u64) -> Result<Vec<Hash>, ProofError> {
    if from > to {
        return Err(ProofError::Shrunk { from, to });
    }
    let mut path = Vec::new();
    if from == 0 || from == to {
        return Ok(path);
    }
    let (mut start, mut end) = (0, to);
    // The old tree's root need not be told where it is a subtree of the new one.
    let mut is_whole = true;
    while from != end {
        let middle = start + split(end - start);
        if from <= middle {
            path.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(nodes, start, middle)?);
            start = middle;
            is_whole = false;
        }
    }
    if !is_whole {
        path.push(subtree(nodes, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks that the entry whose hash is `leaf` stands at `index` of the tree of `size` entries and this
/// root.
///
/// # Errors
///
/// [`ProofError`] says what does not fit.
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Outside { index, size });
    }
    let turns = turns(index, size);
    if turns.len() != path.len() {
        return Err(ProofError::Length { got: path.len(), want: turns.len() });
    }
    let got = path
        .iter()
        .zip(turns)
        .fold(leaf, |hash, (other, is_left)| if is_left { node(hash, *other) } else { node(*other, hash) });
    if got == root { Ok(()) } else { Err(ProofError::Root { got, want: root }) }
}

/// Checks that the tree of `to` entries and root `new` begins with the tree of `from` entries and root
/// `old`.
///
/// # Errors
///
/// [`ProofError`] says what does not fit.
pub fn verify_consistency(
    (from, old): (u64, Hash),
    (to, new): (u64, Hash),
    path: &[Hash],
) -> Result<(), ProofError> {
    if from > to {
        return Err(ProofError::Shrunk { from, to });
    }
    if from == 0 || from == to {
        let want = if from == 0 { Hash::of_nothing() } else { new };
        return match path.len() {
            0 if old == want => Ok(()),
            0 => Err(ProofError::Root { got: old, want }),
            got => Err(ProofError::Length { got, want: 0 }),
        };
    }
    let wrong_length = || ProofError::Length { got: path.len(), want: path.len() + 1 };
    let mut rest = path.iter().copied();
    let (mut at, mut last) = (from - 1, to - 1);
    while at % 2 == 1 {
        at /= 2;
        last /= 2;
    }
    let first = if at == 0 && from.is_power_of_two() { old } else { rest.next().ok_or_else(wrong_length)? };
    let (mut was, mut is) = (first, first);
    for other in rest.by_ref() {
        if last == 0 {
            return Err(ProofError::Length { got: path.len(), want: path.len() - 1 });
        }
        if at % 2 == 1 || at == last {
            was = node(other, was);
            is = node(other, is);
            while at != 0 && at % 2 == 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            is = node(is, other);
        }
        at /= 2;
        last /= 2;
    }
    match (last == 0, was == old, is == new) {
        (false, ..) => Err(wrong_length()),
        (_, false, _) => Err(ProofError::Root { got: was, want: old }),
        (_, _, false) => Err(ProofError::Root { got: is, want: new }),
        _ => Ok(()),
    }
}

/// At each step from the entry up: whether it is the left side.
fn turns(index: u64, size: u64) -> Vec<bool> {
    let (mut start, mut end) = (0, size);
    let mut turns = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        let is_left = index < middle;
        if is_left {
            end = middle;
        } else {
            start = middle;
        }
        turns.push(is_left);
    }
    turns.reverse();
    turns
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The root over the entries from `start` to `end`; `start` is a multiple of the power of two that
/// holds them.
fn subtree(nodes: &dyn Nodes, start: u64, end: u64) -> Result<Hash, ProofError> {
    let mut parts = Vec::new();
    let mut at = start;
    while at < end {
        let level = 63 - (end - at).leading_zeros();
        let level = u8::try_from(level).unwrap_or(63);
        let index = at >> level;
        parts.push(nodes.node(level, index).ok_or(ProofError::Missing { level, index })?);
        at += 1 << level;
    }
    let mut parts = parts.into_iter().rev();
    let last = parts.next().unwrap_or_else(Hash::of_nothing);
    Ok(parts.fold(last, |right, left| node(left, right)))
}

#[cfg(test)]
mod tests {
    use super::super::{Frontier, leaf};
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[derive(Default)]
    struct Kept(HashMap<(u8, u64), Hash>);

    impl Nodes for Kept {
        fn node(&self, level: u8, index: u64) -> Option<Hash> {
            self.0.get(&(level, index)).copied()
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|at| leaf(&at.to_be_bytes())).collect()
    }

    fn grown(leaves: &[Hash]) -> (Frontier, Kept) {
        let (mut frontier, mut kept) = (Frontier::default(), Kept::default());
        for leaf in leaves {
            frontier.push(*leaf, &mut |level, index, hash| {
                assert_eq!(kept.0.insert((level, index), hash), None, "a subtree is complete once");
            });
        }
        (frontier, kept)
    }

    /// The definition, word by word: MTH of RFC 6962, section 2.1.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::of_nothing(),
            [leaf] => *leaf,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node(by_definition(&leaves[..k]), by_definition(&leaves[k..]))
            }
        }
    }

    #[test]
    fn every_root_is_that_of_the_definition() {
        let leaves = leaves(200);
        for size in 0..=leaves.len() {
            let (frontier, kept) = grown(&leaves[..size]);
            let want = by_definition(&leaves[..size]);
            assert_eq!(frontier.root(), want);
            assert_eq!(root(&kept, size as u64), Ok(want));
        }
    }

    #[test]
    fn every_proof_of_small_trees_holds() {
        let leaves = leaves(70);
        let (_, kept) = grown(&leaves);
        for size in 0..=70_u64 {
            let new = root(&kept, size).unwrap();
            for index in 0..size {
                let path = inclusion(&kept, index, size).unwrap();
                assert_eq!(verify_inclusion(leaves[index as usize], index, size, &path, new), Ok(()));
            }
            for from in 0..=size {
                let path = consistency(&kept, from, size).unwrap();
                let old = root(&kept, from).unwrap();
                assert_eq!(verify_consistency((from, old), (size, new), &path), Ok(()), "{from} to {size}");
            }
        }
        assert_eq!(inclusion(&kept, 70, 70), Err(ProofError::Outside { index: 70, size: 70 }));
        assert_eq!(consistency(&kept, 5, 4), Err(ProofError::Shrunk { from: 5, to: 4 }));
    }

    proptest! {
        #[test]
        fn a_proof_that_was_changed_does_not_hold(
            size in 2_u64..400,
            index in any::<prop::sample::Index>(),
            other in any::<prop::sample::Index>(),
            change in 0_u8..6,
            bit in 0_usize..256,
        ) {
            let leaves = leaves(size);
            let (frontier, kept) = grown(&leaves);
            let index = index.index(leaves.len());
            let mut path = inclusion(&kept, index as u64, size).unwrap();
            let (mut leaf, mut at, mut root) = (leaves[index], index as u64, frontier.root());
            let place = other.index(path.len());
            match change {
                0 => path[place].0[bit / 8] ^= 1 << (bit % 8),
                1 => { path.remove(place); }
                2 => path.insert(place, leaf),
                3 => leaf.0[bit / 8] ^= 1 << (bit % 8),
                4 => root.0[bit / 8] ^= 1 << (bit % 8),
                _ => at = (at + 1 + other.index(leaves.len() - 1) as u64) % size,
            }
            prop_assert!(verify_inclusion(leaf, at, size, &path, root).is_err());
        }

        #[test]
        fn a_history_that_was_changed_does_not_fit(
            size in 2_u64..400,
            from in any::<prop::sample::Index>(),
            place in any::<prop::sample::Index>(),
            change in 0_u8..4,
            bit in 0_usize..256,
        ) {
            let leaves = leaves(size);
            let (frontier, kept) = grown(&leaves);
            let from = 1 + from.index(leaves.len() - 1) as u64;
            let mut path = consistency(&kept, from, size).unwrap();
            let (mut old, mut new) = (root(&kept, from).unwrap(), frontier.root());
            let place = place.index(path.len());
            match change {
                0 => path[place].0[bit / 8] ^= 1 << (bit % 8),
                1 => { path.remove(place); }
                2 => old.0[bit / 8] ^= 1 << (bit % 8),
                _ => new.0[bit / 8] ^= 1 << (bit % 8),
            }
            prop_assert!(verify_consistency((from, old), (size, new), &path).is_err());
        }
    }
}
