//! Names of address ranges that are not just somebody's: private, documentation, multicast and so on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// First address, length of the prefix, name; the narrower of two ranges comes first.
///
/// Source: the IANA IPv4 Special-Purpose Address Registry, RFC 6890 and the RFCs named there.
const V4: [(Ipv4Addr, u32, &str); 20] = [
    (Ipv4Addr::new(255, 255, 255, 255), 32, "broadcast"),
    (Ipv4Addr::new(0, 0, 0, 0), 32, "unspecified"),
    (Ipv4Addr::new(0, 0, 0, 0), 8, "this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private range"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private range"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private range"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared range of carriers"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local range"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation range"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation range"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation range"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking range"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "6to4 relay, deprecated"),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "AS112"),
    (Ipv4Addr::new(192, 175, 48, 0), 24, "AS112"),
    (Ipv4Addr::new(192, 52, 193, 0), 24, "multicast tunnels (AMT)"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "protocol assignments"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

/// As [`V4`]. Source: the IANA IPv6 Special-Purpose Address Registry.
const V6: [(Ipv6Addr, u32, &str); 15] = [
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified"),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, "NAT64"),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, "NAT64, local"),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "discard-only"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, "Teredo"),
    (Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0), 48, "benchmarking range"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "documentation range"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "documentation range"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "protocol assignments"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "6to4"),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16, "segment routing (SRv6)"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "unique local range"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "link-local range"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "multicast"),
];

/// The name of the special range that an address lies in; `None` for the world's ordinary addresses. An
/// IPv4 address written as IPv6 is the IPv4 address.
pub fn special_range(address: IpAddr) -> Option<&'static str> {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let holds = |first: Ipv4Addr, len: u32| {
                let mask = u32::MAX.checked_shl(32 - len).unwrap_or(0);
                u32::from(address) & mask == u32::from(first)
            };
            V4.iter().find(|(first, len, _)| holds(*first, *len)).map(|(.., name)| *name)
        }
        IpAddr::V6(address) => {
            let holds = |first: Ipv6Addr, len: u32| {
                let mask = u128::MAX.checked_shl(128 - len).unwrap_or(0);
                u128::from(address) & mask == u128::from(first)
            };
            V6.iter().find(|(first, len, _)| holds(*first, *len)).map(|(.., name)| *name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_their_names() {
        for (address, want) in [
            ("10.255.255.255", Some("private range")),
            ("172.15.255.255", None),
            ("172.16.0.0", Some("private range")),
            ("172.32.0.0", None),
            ("100.127.255.255", Some("shared range of carriers")),
            ("100.128.0.0", None),
            ("203.0.113.66", Some("documentation range")),
            ("203.0.114.0", None),
            ("198.19.255.255", Some("benchmarking range")),
            ("224.0.0.251", Some("multicast")),
            ("239.255.255.255", Some("multicast")),
            ("240.0.0.1", Some("reserved")),
            ("255.255.255.255", Some("broadcast")),
            ("0.0.0.0", Some("unspecified")),
            ("8.8.8.8", None),
            ("::ffff:192.168.0.1", Some("private range")),
            ("::1", Some("loopback")),
            ("2001:db8::66", Some("documentation range")),
            ("3fff:0fff::1", Some("documentation range")),
            ("3fff:1000::1", None),
            ("2001:0:1::1", Some("Teredo")),
            ("2002:c000:204::1", Some("6to4")),
            ("64:ff9b::c000:221", Some("NAT64")),
            ("64:ff9b:1::1", Some("NAT64, local")),
            ("fd00::1", Some("unique local range")),
            ("fe80::1", Some("link-local range")),
            ("febf::1", Some("link-local range")),
            ("fec0::1", None),
            ("ff02::fb", Some("multicast")),
            ("2606:4700::1111", None),
        ] {
            assert_eq!(special_range(address.parse().unwrap()), want, "{address}");
        }
    }

    #[test]
    fn every_range_is_written_by_its_first_address() {
        for (first, _, name) in V4 {
            assert!(special_range(first.into()).is_some(), "{first} {name}");
        }
        for (first, _, name) in V6 {
            assert!(special_range(first.into()).is_some(), "{first} {name}");
        }
    }
}
