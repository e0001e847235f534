//! Processes, files, connections and logins of an audit event, under the names of Sigma's categories.

use super::record::Pair;
use super::{CLASSES, decode, first, push_list};
use crate::event::Event;
use crate::parser::address::is_ip;
use crate::parser::linux::push_given;
use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

type Pairs<'p, 'a> = &'p [(&'a str, Pair<'a>)];

/// What a PATH record says of one file.
pub(super) struct Path<'a> {
    pub name: Option<Cow<'a, str>>,
    pub nametype: &'a str,
}

/// Adds the fields of the categories the event of a call belongs to, and sets them.
pub(super) fn add_call<'a>(event: &mut Event<'a>, pairs: Pairs<'_, 'a>) {
    let call = event.text_of("syscall").unwrap_or_default();
    let is_process = matches!(&*call, "execve" | "execveat") || has(pairs, "EXECVE");
    let files = if is_process { vec![] } else { files(pairs, &call) };
    let is_connection = is_connect(pairs, &call) && event.get("destination.ip").is_some();
    event.class = CLASSES
        [usize::from(is_process) + 2 * usize::from(!files.is_empty()) + 4 * usize::from(is_connection)];

    if is_process || !files.is_empty() || is_connection {
        push_value(event, "Image", pairs, "exe");
        push_value(event, "ProcessId", pairs, "pid");
        push_user(event, pairs);
    }
    if is_process {
        push_process(event, pairs);
    }
    push_list(event, "TargetFilename", files);
    if is_connection {
        for (name, from) in [("DestinationIp", "destination.ip"), ("DestinationPort", "destination.port")] {
            let value = event.text_of(from).unwrap_or_default().into_owned();
            event.push(name, value);
        }
        event.push("Initiated", "true");
    }
}

/// Whether the event has a record of this kind.
pub(super) fn has(pairs: Pairs<'_, '_>, kind: &str) -> bool {
    pairs.iter().any(|(of, _)| *of == kind)
}

fn push_value<'a>(event: &mut Event<'a>, name: &'static str, pairs: Pairs<'_, 'a>, key: &str) {
    if let Some(pair) = first(pairs, key) {
        event.push(name, decode::value(pair));
    }
}

fn push_process<'a>(event: &mut Event<'a>, pairs: Pairs<'_, 'a>) {
    let arguments = decode::arguments(pairs);
    if !arguments.is_empty() {
        event.push("CommandLine", arguments.join(" "));
    } else if first(pairs, "success").is_none_or(|pair| pair.raw != "no") {
        // A program that could not be started leaves the title of its caller.
        push_value(event, "CommandLine", pairs, "proctitle");
    }
    push_value(event, "ParentProcessId", pairs, "ppid");
    push_value(event, "CurrentDirectory", pairs, "cwd");
    push_value(event, "LogonId", pairs, "ses");
}

/// Who logged in, by name or number; where nobody did (a daemon), who the process runs as.
fn push_user<'a>(event: &mut Event<'a>, pairs: Pairs<'_, 'a>) {
    let user = ["AUID", "auid", "UID", "uid"]
        .iter()
        .filter_map(|key| first(pairs, key))
        .find(|pair| !matches!(pair.raw, "unset" | "4294967295" | "-1" | "?" | "unknown" | ""));
    if let Some(user) = user {
        event.push("User", user.raw);
    }
}

/// The PATH records of the event. Every record starts with `item=`.
pub(super) fn paths<'p, 'a>(pairs: Pairs<'p, 'a>) -> impl Iterator<Item = Path<'a>> + 'p {
    pairs.split(|(kind, pair)| *kind == "PATH" && pair.key == "item").filter_map(|record| {
        let of_path = || record.iter().filter(|(kind, _)| *kind == "PATH").map(|(_, pair)| pair);
        let nametype = of_path().find(|pair| pair.key == "nametype")?.raw;
        let name =
            of_path().find(|pair| pair.key == "name").filter(|pair| pair.quoted || pair.raw != "(null)");
        Some(Path { name: name.map(decode::value), nametype })
    })
}

/// The files that the event created, deleted or, under a watch, changed; absolute where the
/// record tells the directory.
fn files<'a>(pairs: Pairs<'_, 'a>, call: &str) -> Vec<Cow<'a, str>> {
    let key = first(pairs, "key").is_some_and(|key| key.quoted || key.raw != "(null)");
    let watched = key && may_write(pairs, call);
    let changed = |path: &Path<'_>| match path.nametype {
        "CREATE" | "DELETE" => true,
        nametype => watched && nametype == "NORMAL",
    };
    let directory = first(pairs, "cwd").map(decode::value).unwrap_or_default();
    paths(pairs).filter(changed).filter_map(|path| Some(absolute(&directory, path.name?))).collect()
}

/// Whether the call can change a file. Reading under a watch is no change; of the calls that open,
/// the flags tell.
fn may_write(pairs: Pairs<'_, '_>, call: &str) -> bool {
    /// `O_WRONLY`, `O_RDWR`, `O_CREAT`, `O_TRUNC`.
    const WRITE: u64 = 0x1 | 0x2 | 0o100 | 0o1000;
    let flags = match call {
        "open" => "a1",
        "openat" => "a2",
        "connect" | "bind" | "stat" | "access" | "readlink" | "getxattr" => return false,
        _ => return true,
    };
    first(pairs, flags)
        .and_then(|pair| u64::from_str_radix(pair.raw, 16).ok())
        .is_none_or(|bits| bits & WRITE != 0)
}

fn absolute<'a>(directory: &str, name: Cow<'a, str>) -> Cow<'a, str> {
    if name.starts_with('/') || directory.is_empty() {
        return name;
    }
    let name = name.strip_prefix("./").unwrap_or(&name);
    Cow::Owned(format!("{}/{name}", directory.trim_end_matches('/')))
}

/// `connect`, or on 32-bit PC `socketcall` with 3 for it.
fn is_connect(pairs: Pairs<'_, '_>, call: &str) -> bool {
    call == "connect" || (call == "socketcall" && first(pairs, "a0").is_some_and(|pair| pair.raw == "3"))
}

/// Adds `saddr` as people write it, and the two ends' names for it where the call tells which it is.
pub(super) fn push_address<'a>(event: &mut Event<'a>, pairs: Pairs<'_, 'a>, raw: &'a str) {
    let Some((address, port)) = decode::bytes(raw).as_deref().and_then(socket_address) else {
        event.push("saddr", raw);
        return;
    };
    let call = event.text_of("syscall").unwrap_or_default().into_owned();
    let names = match call.as_str() {
        "accept" | "accept4" | "recvfrom" => Some(("source.ip", "source.port")),
        "sendto" => Some(("destination.ip", "destination.port")),
        _ if is_connect(pairs, &call) => Some(("destination.ip", "destination.port")),
        _ => None,
    };
    let Some(port) = port else {
        event.push("saddr", address);
        return;
    };
    event.push(
        "saddr",
        if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") },
    );
    if let Some((ip_name, port_name)) = names {
        event.push(ip_name, address);
        event.push(port_name, port.to_string());
    }
}

/// The address and, for the internet families, the port of a `struct sockaddr`. The family is in
/// the byte order of the machine, which is little-endian wherever auditd runs today but on s390x.
fn socket_address(bytes: &[u8]) -> Option<(String, Option<u16>)> {
    let family = u16::from_le_bytes([*bytes.first()?, *bytes.get(1)?]);
    let port = || Some(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
    match family {
        1 | 256 => {
            let path = bytes.get(2..)?;
            // An abstract name starts with NUL, which people write as `@`.
            let (mark, path) = path.strip_prefix(b"\0").map_or(("", path), |path| ("@", path));
            let end = path.iter().position(|b| *b == 0).unwrap_or(path.len());
            Some((format!("{mark}{}", decode::text(&path[..end])), None))
        }
        2 | 512 => {
            let octets: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
            Some((Ipv4Addr::from(octets).to_string(), Some(port()?)))
        }
        10 | 2560 => {
            let octets: [u8; 16] = bytes.get(8..24)?.try_into().ok()?;
            Some((Ipv6Addr::from(octets).to_string(), Some(port()?)))
        }
        _ => None,
    }
}

/// What programs report of logins and accounts: `acct`, `addr` and `res` under common names.
pub(super) fn push_login<'a>(event: &mut Event<'a>, pairs: Pairs<'_, 'a>) {
    let [mut account, mut address, mut host, mut outcome] = [None; 4];
    for (_, pair) in pairs {
        let place = match pair.key {
            "acct" => &mut account,
            "addr" => &mut address,
            "hostname" => &mut host,
            "res" => &mut outcome,
            _ => continue,
        };
        place.get_or_insert(pair);
    }
    if let Some(account) = account.map(decode::value).filter(|account| account != "?") {
        event.push("user.name", account);
    }
    let source = [address, host].into_iter().flatten().find(|pair| is_ip(pair.raw));
    push_given(event, "source.ip", source.map_or("", |pair| pair.raw));
    let outcome = match outcome.map_or("", |pair| pair.raw) {
        "success" | "1" => "success",
        "failed" | "0" => "failure",
        _ => "",
    };
    push_given(event, "event.outcome", outcome);
}
