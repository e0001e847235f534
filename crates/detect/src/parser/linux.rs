//! Reads the message of a Linux program: the program says who reads it, the message what it tells.
//!
//! Syslog lines come here, and journald records, which carry the same messages.

use crate::event::{Event, EventClass};
use crate::parser::address::is_ip;
use crate::parser::cut::Cut;
use crate::parser::{account, bind, cron, haproxy, netfilter, pam, resolver, sshd, su, sudo, systemd};

const fn class(services: &'static [&'static str]) -> EventClass {
    EventClass { product: "linux", services, categories: &[] }
}

const SYSLOG: EventClass = class(&["syslog"]);
const AUTH: EventClass = class(&["auth", "syslog"]);
const CRON: EventClass = class(&["cron", "syslog"]);
const CRON_AUTH: EventClass = class(&["cron", "auth", "syslog"]);
const SSHD: EventClass = class(&["sshd", "auth", "syslog"]);
const SUDO: EventClass = class(&["sudo", "auth", "syslog"]);
const SU: EventClass = class(&["su", "auth", "syslog"]);
const SYSTEMD: EventClass = class(&["systemd", "syslog"]);
const SYSTEMD_AUTH: EventClass = class(&["systemd", "auth", "syslog"]);
const CLAMAV: EventClass = class(&["clamav", "syslog"]);
const GUACAMOLE: EventClass = class(&["guacamole", "syslog"]);
const VSFTPD: EventClass = class(&["vsftpd", "syslog"]);
const DHCP: EventClass = class(&["dhcp", "syslog"]);
const HAPROXY: EventClass = class(&["haproxy", "syslog"]);
/// Requests are no Linux program's affair: rules for web servers ask for no product.
pub(super) const HAPROXY_HTTP: EventClass =
    EventClass { product: "", services: &["haproxy"], categories: &["webserver"] };
pub(super) const NAMED: EventClass =
    EventClass { categories: &["dns"], ..class(&["named", "bind", "syslog"]) };
const RESOLVER: EventClass = EventClass { categories: &["dns"], ..class(&["resolver", "syslog"]) };

/// Reads the messages of one program.
type Reader = for<'a> fn(&mut Event<'a>, &'a str);

/// A program as syslog and the journal name it.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    class: EventClass,
    reader: Reader,
}

impl Program {
    /// Every class of a message.
    pub fn classes() -> [EventClass; 18] {
        [
            SYSLOG,
            AUTH,
            CRON,
            CRON_AUTH,
            SSHD,
            SUDO,
            SU,
            SYSTEMD,
            SYSTEMD_AUTH,
            CLAMAV,
            GUACAMOLE,
            VSFTPD,
            NAMED,
            RESOLVER,
            DHCP,
            HAPROXY,
            HAPROXY_HTTP,
            netfilter::CLASS,
        ]
    }

    /// The program of this name; the path before the name is of no matter.
    pub fn named(name: &str) -> Program {
        let name = name.cut_at_last("/").map_or(name, |(_, name)| name);
        let (class, reader): (EventClass, Reader) = match name {
            "sshd" | "sshd-session" | "sshd-auth" => (SSHD, sshd::read),
            "sudo" | "sudo-rs" => (SUDO, sudo::read),
            "su" | "su-l" => (SU, su::read),
            "login" | "-- root" => (AUTH, su::read_login),
            "cron" | "CRON" | "crond" | "CROND" | "crontab" | "anacron" => (CRON, cron::read),
            "useradd" | "userdel" | "usermod" | "groupadd" | "groupdel" | "groupmod" | "gpasswd"
            | "passwd" | "chpasswd" | "chage" | "chsh" | "chfn" | "newusers" | "adduser" => {
                (AUTH, account::read)
            }
            "systemd" => (SYSTEMD, systemd::read),
            "systemd-logind" | "elogind" => (SYSTEMD_AUTH, systemd::read_logind),
            "pkexec" => (AUTH, sudo::read_pkexec),
            "polkitd" | "polkitd(authority=local)" | "polkit-agent-helper-1" | "gdm-password]" => {
                (AUTH, nothing)
            }
            "clamd" | "clamscan" | "freshclam" | "clamav" => (CLAMAV, nothing),
            "guacd" => (GUACAMOLE, nothing),
            "vsftpd" => (VSFTPD, nothing),
            "named" => (NAMED, bind::read),
            "dnsmasq" => (RESOLVER, resolver::read_dnsmasq),
            "unbound" => (RESOLVER, resolver::read_unbound),
            "dhcpd" | "dnsmasq-dhcp" => (DHCP, resolver::read_dhcp),
            "haproxy" => (HAPROXY, haproxy::read),
            "kernel" => (SYSLOG, netfilter::read),
            _ => (SYSLOG, nothing),
        };
        Program { class, reader }
    }

    /// The class of the program's messages. Where the program says nothing, syslog's facility may:
    /// `auth` (4) and `authpriv` (10).
    pub fn class(&self, facility: Option<u8>) -> EventClass {
        match self.class {
            SYSLOG if matches!(facility, Some(4 | 10)) => AUTH,
            class => class,
        }
    }

    /// Adds `message` and what it tells to the event.
    ///
    /// `module` is the PAM module when the tag names it (`sshd(pam_unix)`), else empty. Of
    /// `message repeated 3 times: [ …]` the inner message is read, and the event stands for 3.
    pub fn read<'a>(&self, event: &mut Event<'a>, module: &'a str, message: &'a str) {
        let mut message = message.trim();
        if let Some((times, inner)) = repeated(message) {
            event.repeated = times;
            message = inner;
        }
        event.push("message", message);
        if !module.is_empty() {
            event.push("pam.module", module);
            event.class = with_auth(event.class);
            pam::read_text(event, message);
        } else if message.starts_with("pam_") {
            event.class = with_auth(event.class);
            pam::read(event, message);
        } else {
            (self.reader)(event, message);
        }
    }
}

fn nothing<'a>(_: &mut Event<'a>, _: &'a str) {}

/// The count and the inside of `message repeated 3 times: [ …]`.
fn repeated(message: &str) -> Option<(u32, &str)> {
    let (times, inner) = message.strip_prefix("message repeated ")?.cut_at(" times: [")?;
    let times = times.parse().ok().filter(|times| *times > 0)?;
    Some((times, inner.strip_suffix(']')?.trim()))
}

/// PAM speaks of authentication whatever the program.
fn with_auth(class: EventClass) -> EventClass {
    match class {
        _ if class.services.contains(&"auth") => class,
        CRON => CRON_AUTH,
        SYSTEMD => SYSTEMD_AUTH,
        _ => AUTH,
    }
}

/// Adds `event.action`.
pub(crate) fn act(event: &mut Event<'_>, action: &'static str) {
    event.push("event.action", action);
}

/// Adds `event.action` and `event.outcome`.
pub(crate) fn end(event: &mut Event<'_>, action: &'static str, success: bool) {
    act(event, action);
    event.push("event.outcome", if success { "success" } else { "failure" });
}

/// Adds a field that is there only when it says something.
pub(crate) fn push_given<'a>(event: &mut Event<'a>, name: &'static str, value: &'a str) {
    if !value.is_empty() {
        event.push(name, value);
    }
}

/// Adds a number as it was written; where a message forges something else in its place, as text.
pub(crate) fn push_number<'a>(event: &mut Event<'a>, name: &'static str, value: &'a str) {
    let is_number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    match is_number {
        true => event.push_number(name, value),
        false => event.push(name, value),
    }
}

/// Adds where somebody came from: `source.ip`, or `source.address` when it is a name.
pub(crate) fn push_source<'a>(event: &mut Event<'a>, source: &'a str) {
    push_given(event, if is_ip(source) { "source.ip" } else { "source.address" }, source);
}
