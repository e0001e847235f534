//! Networks laid out so that the narrowest one around an address is found by halving.

use super::network::Network;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A number that an address is.
pub(super) trait Position: Copy + Ord + std::fmt::Debug + Default {
    /// The next address.
    fn next(self) -> Option<Self>;
    /// The address before.
    fn before(self) -> Self;
    /// The number of addresses up to `last`, less one.
    fn width(self, last: Self) -> u128;
    /// The first 16 bits.
    fn prefix(self) -> usize;
}

impl Position for u32 {
    fn next(self) -> Option<u32> {
        self.checked_add(1)
    }
    fn before(self) -> u32 {
        self.saturating_sub(1)
    }
    fn width(self, last: u32) -> u128 {
        u128::from(last.saturating_sub(self))
    }
    fn prefix(self) -> usize {
        (self >> 16) as usize
    }
}

impl Position for u128 {
    fn next(self) -> Option<u128> {
        self.checked_add(1)
    }
    fn before(self) -> u128 {
        self.saturating_sub(1)
    }
    fn width(self, last: u128) -> u128 {
        last.saturating_sub(self)
    }
    fn prefix(self) -> usize {
        usize::try_from(self >> 112).unwrap_or(0)
    }
}

/// Addresses in a row, all of whose narrowest network is the same.
#[derive(Clone, Copy, Debug)]
struct Segment<T> {
    first: T,
    last: T,
    /// Its place in `ranges`.
    range: u32,
}

/// Disjoint segments in order, with an index by the first 16 bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Segments<T> {
    /// First and last address, and id.
    ranges: Vec<(T, T, u32)>,
    segments: Vec<Segment<T>>,
    /// By prefix: the first segment that ends in it or later; one more for the end.
    index: Vec<u32>,
}

impl<T: Position> Segments<T> {
    /// Lays out the ranges that were added. Returns the ids of those that were added before.
    fn seal(&mut self) -> Vec<u32> {
        let mut duplicates = Vec::new();
        if self.ranges.is_empty() {
            return duplicates;
        }
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|again, kept| {
            let same = (again.0, again.1) == (kept.0, kept.1);
            duplicates.extend(same.then_some(again.2));
            same
        });
        self.ranges.shrink_to_fit();
        let segments = disjoint(&self.ranges);
        let mut index = Vec::with_capacity((1 << 16) + 1);
        let mut at = 0;
        for prefix in 0..=(1 << 16) {
            while segments.get(at).is_some_and(|segment: &Segment<T>| segment.last.prefix() < prefix) {
                at += 1;
            }
            index.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        (self.segments, self.index) = (segments, index);
        duplicates
    }

    /// The narrowest range that holds the address, with its id.
    fn find(&self, address: T) -> Option<(T, T, u32)> {
        let from = *self.index.get(address.prefix())? as usize;
        // The segment that ends in a later prefix may begin in this one.
        let to = (*self.index.get(address.prefix() + 1)? as usize + 1).min(self.segments.len());
        let near = self.segments.get(from..to)?;
        let at = near.partition_point(|segment| segment.last < address);
        let segment = near.get(at).filter(|segment| segment.first <= address)?;
        self.ranges.get(segment.range as usize).copied()
    }

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// Sweeps over the ranges, which must be sorted: at each address the narrowest open range counts.
fn disjoint<T: Position>(ranges: &[(T, T, u32)]) -> Vec<Segment<T>> {
    let mut out: Vec<Segment<T>> = Vec::with_capacity(ranges.len());
    // Narrowest first; a range by its place.
    let mut open: BinaryHeap<Reverse<(u128, u32, T)>> = BinaryHeap::new();
    let mut coming = (0_u32..).zip(ranges).peekable();
    let mut at = T::default();
    loop {
        while open.peek().is_some_and(|Reverse((_, _, last))| *last < at) {
            open.pop();
        }
        if open.is_empty() {
            let Some((_, (first, ..))) = coming.peek() else { return out };
            at = at.max(*first);
        }
        while let Some((range, (first, last, _))) = coming.next_if(|(_, (first, ..))| *first <= at) {
            open.push(Reverse((first.width(*last), range, *last)));
        }
        let Some(&Reverse((_, range, last))) = open.peek() else { return out };
        let next = coming.peek().map(|(_, (first, ..))| *first).filter(|first| *first <= last);
        let end = next.map_or(last, Position::before);
        match out.last_mut() {
            Some(before) if before.range == range && before.last.next() == Some(at) => before.last = end,
            _ => out.push(Segment { first: at, last: end, range }),
        }
        match end.next() {
            Some(after) => at = after,
            None => return out,
        }
    }
}

/// Networks of both families.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    v4: Segments<u32>,
    v6: Segments<u128>,
}

impl Addresses {
    /// Adds a network.
    pub(super) fn add(&mut self, network: &Network, id: u32) {
        match network.ends() {
            (IpAddr::V4(first), IpAddr::V4(last)) => self.v4.ranges.push((first.into(), last.into(), id)),
            (IpAddr::V6(first), IpAddr::V6(last)) => self.v6.ranges.push((first.into(), last.into(), id)),
            _ => {}
        }
    }

    /// Makes them searchable. Returns the ids of networks that were added before.
    pub(super) fn seal(&mut self) -> Vec<u32> {
        let mut duplicates = self.v4.seal();
        duplicates.extend(self.v6.seal());
        duplicates
    }

    /// The narrowest network that holds the address, with its id.
    pub(super) fn find(&self, address: IpAddr) -> Option<(Network, u32)> {
        match address.to_canonical() {
            IpAddr::V4(address) => self.find_v4(address),
            IpAddr::V6(address) => {
                let (first, last, id) = self.v6.find(address.into())?;
                Some((Network::between(Ipv6Addr::from(first).into(), Ipv6Addr::from(last).into()), id))
            }
        }
    }

    pub(super) fn find_v4(&self, address: Ipv4Addr) -> Option<(Network, u32)> {
        let (first, last, id) = self.v4.find(address.into())?;
        Some((Network::between(Ipv4Addr::from(first).into(), Ipv4Addr::from(last).into()), id))
    }

    pub(super) fn has_v4(&self) -> bool {
        !self.v4.is_empty()
    }

    pub(super) fn has_v6(&self) -> bool {
        !self.v6.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealed<T: Position>(ranges: Vec<(T, T, u32)>) -> Segments<T> {
        let mut segments = Segments { ranges, ..Segments::default() };
        segments.seal();
        segments
    }

    proptest! {
        /// Beside the plain search through all ranges.
        #[test]
        fn the_narrowest_range_is_found(
            ranges in prop::collection::vec((0_u32..400, 0_u32..60), 0..40),
            shift in prop::sample::select(vec![0_u32, 65_400, u32::MAX - 460]),
        ) {
            let ranges: Vec<(u32, u32, u32)> = (0..)
                .zip(&ranges)
                .map(|(id, (first, width))| (first + shift, first + width + shift, id))
                .collect();
            let wide = ranges.iter().map(|r| (u128::from(r.0) << 90, u128::from(r.1) << 90, r.2)).collect();
            let (segments, wide) = (sealed(ranges.clone()), sealed(wide));
            for address in shift..=shift + 460 {
                let around = ranges.iter().filter(|(first, last, _)| (first..=last).contains(&&address));
                let want = around.map(|(first, last, id)| (last - first, *first, *id)).min();
                let found = segments.find(address).map(|(first, last, id)| (last - first, first, id));
                prop_assert_eq!(found, want);
                prop_assert_eq!(wide.find(u128::from(address) << 90).map(|range| range.2), want.map(|w| w.2));
            }
        }
    }
}
