//! Networks of addresses, as `192.0.2.0/24` names them.

use std::net::IpAddr;

/// All addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads an address and how many of its bits count; those behind must be zero, so that nobody means another one.
    ///
    /// Source: RFC 4632, section 3.1; RFC 4291, section 2.3.
    pub(super) fn parse(text: &str) -> Option<Network> {
        let (address, bits) = text.split_once('/')?;
        let is_number = !bits.starts_with('+') && (bits.len() == 1 || !bits.starts_with('0'));
        let network =
            Network { address: address.parse().ok()?, bits: bits.parse().ok().filter(|_| is_number)? };
        let most = if network.address.is_ipv4() { 32 } else { 128 };
        let is_whole = network.bits <= most && network.first() == number(network.address);
        is_whole.then_some(network)
    }

    /// Whether the address is one of its.
    pub(super) fn has(self, text: &str) -> bool {
        let Ok(address) = text.parse::<IpAddr>() else { return false };
        // An address of the old kind is the same, written as one of the new kind.
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && number(address) & self.mask() == self.first()
    }

    /// Whether no bit counts.
    pub(super) fn is_everything(self) -> bool {
        self.bits == 0
    }

    fn mask(self) -> u128 {
        let width = if self.address.is_ipv4() { 32 } else { 128 };
        let behind = u32::from(width - self.bits.min(width));
        u128::MAX.checked_shl(behind).unwrap_or(0)
    }

    fn first(self) -> u128 {
        number(self.address) & self.mask()
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_that_begin_as_it_does() {
        for (network, address, want) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.0/24", "::ffff:192.0.2.7", true),
            ("192.0.2.7/32", "192.0.2.7", true),
            ("192.0.2.7/32", "192.0.2.6", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("2001:db8::1/128", "2001:db8::1", true),
            ("::/0", "2001:db8::1", true),
            ("192.0.2.0/24", "web-01", false),
        ] {
            let network = Network::parse(network).unwrap();
            assert_eq!(network.has(address), want, "{network:?} {address}");
        }
        for bad in [
            "",
            "192.0.2.0",
            "192.0.2.1/24",
            "192.0.2.0/33",
            "192.0.2.0/+24",
            "192.0.2.0/024",
            "a/8",
            "::1/64",
        ] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }
}
