//! Whether a text is an IP address, asked of words of which most are, or are plainly not.

use crate::parser::cut::Cut;
use crate::parser::seek;
use std::net::Ipv6Addr;

/// Bytes of the longest IPv4 address.
const LONGEST_V4_BYTES: usize = 15;

/// Whether the text is an IPv4 or IPv6 address, with or without a zone (`fe80::1%eth0`).
pub(crate) fn is_ip(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Names have neither mark.
    is_v4(bytes) || seek::first_of_two(bytes, b':', b'%').is_some_and(|_| is_marked(text))
}

/// As [`is_ip`], of a text that may be an IPv6 address or have a zone.
fn is_marked(text: &str) -> bool {
    let address = text.cut(b'%').map_or(text, |(address, _)| address);
    is_v4(address.as_bytes()) || address.parse::<Ipv6Addr>().is_ok()
}

/// Whether these are four numbers to 255 with points between them and no zero before a digit, as the
/// library reads them.
fn is_v4(text: &[u8]) -> bool {
    if text.len() > LONGEST_V4_BYTES {
        return false;
    }
    let (mut points, mut digits, mut number) = (0, 0, 0_u16);
    for byte in text {
        match byte {
            b'0'..=b'9' if digits > 0 && number == 0 => return false,
            b'0'..=b'9' => {
                digits += 1;
                number = number * 10 + u16::from(byte - b'0');
                if number > 255 {
                    return false;
                }
            }
            b'.' if digits > 0 => (points, digits, number) = (points + 1, 0, 0),
            _ => return false,
        }
    }
    points == 3 && digits > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn check(text: &str) {
        let address = text.split_once('%').map_or(text, |(address, _)| address);
        assert_eq!(is_ip(text), address.parse::<IpAddr>().is_ok(), "{text}");
    }

    #[test]
    fn addresses_are_what_the_library_reads() {
        for text in [
            "192.0.2.1",
            "0.0.0.0",
            "255.255.255.255",
            "256.0.0.1",
            "192.0.2.01",
            "192.0.2",
            "192.0.2.1.",
            "",
            "1..2.3",
            "192.0.2.1%eth0",
            "fe80::1%eth0",
            "::",
            "::ffff:192.0.2.1",
            "%",
            "a:b",
            "www.example.org",
            "192.0.2.1:80",
            "00.0.0.0",
        ] {
            check(text);
        }
    }

    proptest! {
        #[test]
        fn any_address_is_one(v4: [u8; 4], v6: [u16; 8]) {
            check(&Ipv4Addr::from(v4).to_string());
            check(&Ipv6Addr::from(v6).to_string());
        }

        #[test]
        fn what_resembles_an_address_is_judged_as_the_library_does(text in "[0-25.:f%]{0,16}") {
            check(&text);
        }
    }
}
