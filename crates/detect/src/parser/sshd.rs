//! Reads OpenSSH's messages: logins, and what knocks at the door before one.
//! Source: OpenSSH 9.9, auth.c (`auth_log`, `format_method_key`), packet.c, kex.c; older spellings
//! as loghub's OpenSSH sample holds them.
//!
//! User names, banners and disconnect texts are chosen by the other side. Whoever connects under
//! the name `x from 192.0.2.1 port 1 ssh2` must not move the blame, so addresses are read from the
//! side of the message that sshd itself wrote.

use crate::event::Event;
use crate::parser::address::is_ip;
use crate::parser::cut::Cut;
use crate::parser::linux::{act, end, push_given, push_number, push_source};

/// Adds what the message tells.
pub(crate) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    let message = message.strip_suffix(" [preauth]").unwrap_or(message);
    let severity = message.strip_prefix("error: ").or_else(|| message.strip_prefix("fatal: "));
    let message = severity.unwrap_or(message);
    let Some((verb, rest)) = message.cut(b' ') else { return };
    // A message that only resembles the shape keeps its common fields.
    let _ = match verb {
        "Accepted" => login(event, rest, true),
        "Failed" => login(event, rest, false),
        "Invalid" | "Illegal" => invalid_user(event, rest),
        "User" | "ROOT" => not_allowed(event, rest),
        "Connection" | "Disconnected" | "Received" | "Disconnecting" | "Disconnecting:" | "Timeout" => {
            disconnect(event, verb, rest)
        }
        "maximum" => max_attempts(event, rest),
        "PAM" | "PAM:" => pam(event, rest),
        "reverse" | "Address" => reverse_mapping(event, rest),
        "Server" => listening(event, rest),
        "drop" => dropped(event, rest),
        "ssh_dispatch_run_fatal:" => dispatch_failed(event, rest),
        // `Invalid user …` has told it already, so this one is no further attempt.
        "input_userauth_request:" => {
            push_user(event, rest);
            Some(())
        }
        "Bad" | "Did" | "banner" | "Unable" | "Protocol" => bad_protocol(event, message, rest),
        _ => None,
    };
}

/// `password for [invalid user ]USER from IP port N ssh2[: KEY]`
fn login<'a>(event: &mut Event<'a>, rest: &'a str, success: bool) -> Option<()> {
    let (method, rest) = rest.cut_at(" for ")?;
    let (from, key) = login_peer(rest)?;
    let invalid =
        from.before.strip_prefix("invalid user ").or_else(|| from.before.strip_prefix("illegal user "));
    end(event, "ssh_login", success);
    push_given(event, "user.name", invalid.unwrap_or(from.before));
    from.push(event);
    event.push("ssh.method", method);
    if invalid.is_some() {
        event.push("ssh.invalid_user", "true");
    }
    push_given(event, "ssh.key", key);
    Some(())
}

/// The peer of a login line and the key that follows it, if any.
///
/// Both the user name before it and, with certificates, the key's own id after it are foreign text:
/// the last peer counts that is followed by nothing or by a key as sshd writes one.
fn login_peer(rest: &str) -> Option<(Peer<'_>, &str)> {
    let bare = rest.strip_suffix(" ssh2").or_else(|| rest.strip_suffix(" ssh1")).unwrap_or(rest);
    if let Some(peer) = Peer::at_end(bare) {
        return Some((peer, ""));
    }
    let mut last = None;
    for (at, mark) in rest.rmatch_indices(" ssh2: ") {
        let key = &rest[at + mark.len()..];
        let Some(peer) = Peer::at_end(&rest[..at]) else { continue };
        if is_key(key) {
            return Some((peer, key));
        }
        last.get_or_insert((peer, key));
    }
    last
}

/// `ED25519 SHA256:…`, or a certificate: `RSA-CERT SHA256:… ID … (serial 0) CA RSA SHA256:…`.
fn is_key(text: &str) -> bool {
    let mut words = text.splitn(4, ' ');
    let is_type =
        |word: &str| word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    words.next().is_some_and(is_type)
        && words.next().is_some_and(|print| print.has(b':'))
        && words.next().is_none_or(|word| word == "ID")
}

/// Who is at the other end, and what stands before.
struct Peer<'a> {
    before: &'a str,
    address: &'a str,
    port: &'a str,
}

impl<'a> Peer<'a> {
    /// `… from ADDRESS[ port N]` at the end of the text; nothing needs to stand before.
    fn at_end(text: &'a str) -> Option<Peer<'a>> {
        let (text, port) = split_port(text);
        let (before, address) = text.cut_last(b' ')?;
        let before = before.strip_suffix("from")?;
        (!address.is_empty()).then_some(Peer {
            before: before.strip_suffix(' ').unwrap_or(before),
            address,
            port,
        })
    }

    /// `… ADDRESS[ port N]` at the end of the text, where the address has no word before it.
    fn last_word(text: &'a str) -> Option<Peer<'a>> {
        let (text, port) = split_port(text);
        let (before, address) = text.cut_last(b' ').unwrap_or(("", text));
        is_ip(address).then_some(Peer { before, address, port })
    }

    /// `ADDRESS[ port N]` at the start of the text, and what follows it: the address ends at a
    /// blank or at `: `.
    fn first_word(text: &'a str) -> Option<(Peer<'a>, &'a str)> {
        let (word, after) = text.cut(b' ').unwrap_or((text, ""));
        let address = word.strip_suffix(':').unwrap_or(word);
        let Some(port) = after.strip_prefix("port ").filter(|_| word.len() == address.len()) else {
            return is_ip(address).then_some((Peer { before: "", address, port: "" }, after));
        };
        let end = port.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(port.len());
        is_ip(address).then_some((Peer { before: "", address, port: &port[..end] }, &port[end..]))
    }

    fn push(&self, event: &mut Event<'a>) {
        push_source(event, self.address);
        if !self.port.is_empty() {
            push_number(event, "source.port", self.port);
        }
    }
}

/// Splits ` port N` off the end; the port is empty where there is none.
fn split_port(text: &str) -> (&str, &str) {
    let parts = text.cut_last(b' ').and_then(|(before, port)| {
        let before = before.strip_suffix(" port")?;
        (!port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())).then_some((before, port))
    });
    parts.unwrap_or((text, ""))
}

/// `user NAME from IP[ port N]`
fn invalid_user<'a>(event: &mut Event<'a>, rest: &'a str) -> Option<()> {
    let from = Peer::at_end(rest.strip_prefix("user ")?)?;
    end(event, "ssh_invalid_user", false);
    push_given(event, "user.name", from.before);
    from.push(event);
    Some(())
}

/// `User NAME from HOST not allowed because REASON`, `ROOT LOGIN REFUSED FROM IP port N`.
fn not_allowed<'a>(event: &mut Event<'a>, rest: &'a str) -> Option<()> {
    if let Some(from) = rest.strip_prefix("LOGIN REFUSED FROM ") {
        let (from, _) = Peer::first_word(from)?;
        end(event, "ssh_not_allowed", false);
        event.push("user.name", "root");
        from.push(event);
        return Some(());
    }
    let (who, reason) = rest.cut_at_last(" not allowed because ")?;
    let from = Peer::at_end(who);
    end(event, "ssh_not_allowed", false);
    push_given(event, "user.name", from.as_ref().map_or(who, |from| from.before));
    if let Some(from) = from {
        from.push(event);
    }
    event.push("event.reason", reason);
    Some(())
}

/// The end of a connection, with or without a user who tried:
/// `Connection closed by [authenticating user NAME ]IP port N`, `Received disconnect from IP: 11: TEXT`.
fn disconnect<'a>(event: &mut Event<'a>, verb: &str, rest: &'a str) -> Option<()> {
    if rest.starts_with("Too many authentication failures")
        || rest.ends_with(": Too many authentication failures")
    {
        return too_many(event, rest);
    }
    let peer = match verb {
        "Connection" => {
            Peer::last_word(rest.strip_prefix("closed by ").or_else(|| rest.strip_prefix("reset by "))?)?
        }
        "Disconnected" => Peer::last_word(rest.strip_prefix("from ")?)?,
        "Received" => Peer::first_word(rest.strip_prefix("disconnect from ")?)?.0,
        "Timeout" => {
            let rest = rest.strip_prefix("before authentication for ")?;
            Peer::last_word(
                rest.strip_prefix("connection from ")
                    .map_or(rest, |rest| rest.cut_at(" to ").map_or(rest, |(peer, _)| peer)),
            )?
        }
        // `Disconnecting invalid user NAME IP port N: REASON`: the reason is sshd's own.
        _ => Peer::last_word(rest.cut_at_last(" port ").and_then(|(before, after)| {
            let port = after.bytes().position(|b| !b.is_ascii_digit())?;
            rest.get(..before.len() + " port ".len() + port)
        })?)?,
    };
    act(event, "ssh_disconnect");
    push_user(event, peer.before);
    peer.push(event);
    Some(())
}

/// `Connection from [user NAME ]IP port N: REASON`
fn dispatch_failed<'a>(event: &mut Event<'a>, rest: &'a str) -> Option<()> {
    let (peer, reason) = rest.strip_prefix("Connection from ")?.cut_at_last(": ")?;
    let peer = Peer::last_word(peer)?;
    act(event, "ssh_disconnect");
    push_user(event, peer.before);
    peer.push(event);
    event.push("event.reason", reason);
    Some(())
}

/// `user NAME`, `authenticating user NAME`, `invalid user NAME`, or nothing.
fn push_user<'a>(event: &mut Event<'a>, text: &'a str) {
    let invalid = text.strip_prefix("invalid user ").or_else(|| text.strip_prefix("illegal user "));
    let known = || text.strip_prefix("authenticating user ").or_else(|| text.strip_prefix("user "));
    push_given(event, "user.name", invalid.or_else(known).unwrap_or(""));
    if invalid.is_some() {
        event.push("ssh.invalid_user", "true");
    }
}

/// `authentication attempts exceeded for [invalid user ]NAME from IP port N ssh2`
fn max_attempts<'a>(event: &mut Event<'a>, rest: &'a str) -> Option<()> {
    let rest = rest.strip_prefix("authentication attempts exceeded for ")?;
    let from = Peer::at_end(rest.strip_suffix(" ssh2").unwrap_or(rest))?;
    let invalid = from.before.strip_prefix("invalid user ");
    end(event, "ssh_max_attempts", false);
    push_given(event, "user.name", invalid.unwrap_or(from.before));
    if invalid.is_some() {
        event.push("ssh.invalid_user", "true");
    }
    from.push(event);
    Some(())
}

/// `Too many authentication failures[ for NAME]`, or since OpenSSH 7.5 with the peer before it.
fn too_many<'a>(event: &mut Event<'a>, rest: &'a str) -> Option<()> {
    end(event, "ssh_max_attempts", false);
    if let Some(text) = rest.strip_prefix("Too many authentication failures") {
        push_given(event, "user.name", text.strip_prefix(" for ").unwrap_or(""));
    } else if let Some(peer) =
        rest.strip_suffix(": Too many authentication failures").and_then(Peer::last_word)
    {
        push_user(event, peer.before);
        peer.push(event);
    }
    Some(())
}

/// `3 more authentication failures; logname= …`, and FreeBSD's `Authentication error for NAME from HOST`.
fn pam<'a>(event: &mut Event<'a>, rest: &'a str) -> Option<()> {
    if let Some((failures, details)) = rest.cut_at(" more authentication failure") {
        if failures.is_empty() || !failures.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        end(event, "pam_more_failures", false);
        push_number(event, "pam.failures", failures);
        super::pam::read_peer(event, details);
        return Some(());
    }
    let (_, who) = rest.strip_prefix("Authentication ")?.cut_at(" for ")?;
    let from = Peer::at_end(who)?;
    end(event, "pam_auth_failure", false);
    let invalid =
        from.before.strip_prefix("illegal user ").or_else(|| from.before.strip_prefix("invalid user "));
    push_given(event, "user.name", invalid.unwrap_or(from.before));
    from.push(event);
    Some(())
}

/// A name that does not lead back to the address: `… for NAME [IP] failed - POSSIBLE BREAK-IN ATTEMPT!`
fn reverse_mapping<'a>(event: &mut Event<'a>, rest: &'a str) -> Option<()> {
    let (name, address) = if let Some((address, text)) = rest.cut_at(" maps to ") {
        (text.split_once([',', ' ']).map_or(text, |(name, _)| name), address)
    } else {
        let (_, text) = rest.cut_at(" for ")?;
        let (name, text) = text.cut_at(" [").or_else(|| Some((text.cut(b' ')?.0, "")))?;
        (name, text.cut(b']').map_or("", |(address, _)| address))
    };
    if !rest.contains("POSSIBLE BREAK-IN ATTEMPT") && !rest.starts_with("mapping checking getaddrinfo") {
        return None;
    }
    act(event, "ssh_reverse_mapping");
    push_given(event, "source.domain", name);
    push_source(event, address);
    Some(())
}

/// Since OpenSSH 9.8 those who failed too often are not let in: `connection #N from [IP]:PORT on
/// [IP]:PORT penalty: failed authentication`, or `past MaxStartups` when too many are at the door.
fn dropped<'a>(event: &mut Event<'a>, rest: &'a str) -> Option<()> {
    let (_, from) = rest.strip_prefix("connection #")?.cut_at(" from [")?;
    let (address, from) = from.cut_at("]:")?;
    let (port, from) = from.cut(b' ')?;
    let (_, reason) = from.strip_prefix("on [")?.cut(b' ')?;
    end(event, "ssh_dropped", false);
    Peer { before: "", address, port }.push(event);
    event.push("event.reason", reason.strip_prefix("penalty: ").unwrap_or(reason));
    Some(())
}

/// `Server listening on ADDRESS port N.`
fn listening<'a>(event: &mut Event<'a>, rest: &'a str) -> Option<()> {
    let (address, port) = rest.strip_prefix("listening on ")?.cut_at(" port ")?;
    act(event, "ssh_listening");
    event.push("server.ip", address);
    push_number(event, "server.port", port.cut(b'.').map_or(port, |(port, _)| port));
    Some(())
}

/// Scanners and clients that speak something else. Banners are quoted in the middle, so the
/// address is read at the end, or right after sshd's own words.
fn bad_protocol<'a>(event: &mut Event<'a>, message: &'a str, rest: &'a str) -> Option<()> {
    let peer = if message.starts_with("Bad protocol version identification ") {
        Peer::at_end(rest)?
    } else {
        const OPENINGS: [&str; 4] = [
            "Did not receive identification string from ",
            "banner exchange: Connection from ",
            "Unable to negotiate with ",
            "Protocol major versions differ for ",
        ];
        let after = OPENINGS.iter().find_map(|opening| message.strip_prefix(opening))?;
        Peer::first_word(after)?.0
    };
    act(event, "ssh_bad_protocol");
    peer.push(event);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventClass;
    use proptest::prelude::*;

    /// Names put together from what sshd's own messages are made of.
    fn hostile_name() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "x",
            " ",
            " from ",
            "192.0.2.1",
            " port ",
            "22",
            " ssh2",
            ": ",
            "RSA SHA256:AAAA",
            "invalid user ",
            "é",
            "\0",
            " for ",
            " [preauth]",
            "from",
            "ssh2: ED25519 SHA256:B ID ",
            " (serial 0) CA ",
        ]);
        prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        /// No name under which somebody connects puts the blame on another address.
        #[test]
        fn the_address_is_the_one_that_sshd_wrote(name in hostile_name()) {
            let cases = [
                format!("Failed password for invalid user {name} from 203.0.113.9 port 4711 ssh2"),
                format!("Failed publickey for invalid user {name} from 203.0.113.9 port 4711 ssh2: RSA SHA256:CCCC"),
                format!("Invalid user {name} from 203.0.113.9 port 4711"),
                format!("Connection closed by invalid user {name} 203.0.113.9 port 4711 [preauth]"),
                format!("error: maximum authentication attempts exceeded for invalid user {name} from 203.0.113.9 port 4711 ssh2"),
            ];
            for message in &cases {
                let mut event = Event::new(EventClass::UNKNOWN, "");
                read(&mut event, message);
                let got = ["source.ip", "source.port", "user.name"].map(|field| event.text_of(field).unwrap_or_default());
                prop_assert_eq!(got, ["203.0.113.9", "4711", name.as_str()], "{}", message);
            }
        }
    }
}
