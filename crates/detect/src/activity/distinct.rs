//! How many different values there were: exactly while they are few, by an estimate when they are many.
//!
//! The estimate is HyperLogLog's (Flajolet et al., 2007) with 256 registers, of which the standard error is
//! 6.5 per cent.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Values told by name.
pub(super) const NAMED: usize = 16;
const REGISTERS: usize = 256;

/// Different values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Distinct {
    /// The first of them, with their hashes.
    named: Vec<(u64, Arc<str>)>,
    /// All of them, once they are more than can be named.
    registers: Option<Box<[u8]>>,
}

impl Distinct {
    /// Takes a value in. `name` makes its text, if that is to be kept.
    pub(super) fn insert(&mut self, hash: u64, name: impl FnOnce() -> Arc<str>) {
        if self.named.iter().any(|(known, _)| *known == hash) {
            return;
        }
        if self.named.len() < NAMED {
            self.named.push((hash, name()));
            return;
        }
        let named = &self.named;
        let registers = self.registers.get_or_insert_with(|| {
            let mut registers = vec![0; REGISTERS].into_boxed_slice();
            named.iter().for_each(|(hash, _)| enter(&mut registers, *hash));
            registers
        });
        enter(registers, hash);
    }

    /// Takes in what another knows.
    pub(super) fn add(&mut self, other: &Distinct) {
        for (hash, name) in &other.named {
            self.insert(*hash, || Arc::clone(name));
        }
        if let Some(theirs) = &other.registers {
            let named = &self.named;
            let ours = self.registers.get_or_insert_with(|| {
                let mut registers = vec![0; REGISTERS].into_boxed_slice();
                named.iter().for_each(|(hash, _)| enter(&mut registers, *hash));
                registers
            });
            for (ours, theirs) in ours.iter_mut().zip(theirs) {
                *ours = (*ours).max(*theirs);
            }
        }
    }

    /// How many there are, about; exactly if the second value says so.
    pub(super) fn count(&self) -> (u64, bool) {
        match &self.registers {
            None => (self.named.len() as u64, true),
            Some(registers) => (estimate(registers).max(self.named.len() as u64), false),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.named.iter().map(|(_, name)| name)
    }
}

fn enter(registers: &mut [u8], hash: u64) {
    let rank = ((hash << 8) | 1 << 7).leading_zeros() as u8 + 1;
    if let Some(register) = registers.get_mut((hash >> 56) as usize) {
        *register = (*register).max(rank);
    }
}

fn estimate(registers: &[u8]) -> u64 {
    let m = registers.len() as f64;
    let sum: f64 = registers.iter().map(|rank| 0.5_f64.powi(i32::from(*rank))).sum();
    let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
    let empty = registers.iter().filter(|rank| **rank == 0).count() as f64;
    // Few values leave registers empty, and how many says more than the ranks do.
    let told = if raw <= 2.5 * m && empty > 0.0 { m * (m / empty).ln() } else { raw };
    told.round() as u64
}
