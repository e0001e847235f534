//! Syslog over UDP, TCP and TLS, as any program sends it.

use super::{ANY, site, source};
use cofferdam_serve::settings::{Inlet, TlsFiles};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn messages_come_in_by_udp_and_tcp() {
    let mut edge = source("edge", Inlet::Udp { address: ANY });
    edge.from = vec!["127.0.0.1/32".parse().unwrap()];
    let site = site(vec![edge, source("app", Inlet::Tcp { address: ANY })]);
    let udp = UdpSocket::bind(ANY).unwrap();
    for message in ["<34>su: one\n", "<34>su: two\nlines", "\0"] {
        udp.send_to(message.as_bytes(), site.listens("edge")).unwrap();
    }
    assert_eq!(site.wait_taken("edge", 2), ["<34>su: one", "<34>su: two\nlines"]);
    // The sender is beside the message.
    assert_eq!(site.taken_as("edge")[0].0, "edge\t127.0.0.1\t");

    let mut tcp = TcpStream::connect(site.listens("app")).unwrap();
    tcp.write_all(b"<13>a\n6 <13>bc<13>d").unwrap();
    assert_eq!(site.wait_taken("app", 2), ["<13>a", "<13>bc"]);
    tcp.shutdown(Shutdown::Write).unwrap();
    assert_eq!(site.wait_taken("app", 3)[2], "<13>d");
    assert_eq!(tcp.read(&mut [0; 1]).unwrap(), 0, "the connection ends when its other end does");

    // A message that is far too long is cut, and those after it come in.
    let mut tcp = TcpStream::connect(site.listens("app")).unwrap();
    tcp.write_all(format!("<13>{}\n<13>e\n", "x".repeat(1 << 20)).as_bytes()).unwrap();
    let taken = site.wait_taken("app", 5);
    assert_eq!((taken[3].len(), taken[4].as_str()), (64 * 1024, "<13>e"));
}

#[test]
fn who_may_not_send_is_refused_and_counted() {
    let from = |mut source: super::ConfiguredSource| {
        source.from = vec!["192.0.2.0/24".parse().unwrap()];
        source
    };
    let site = site(vec![
        from(source("edge", Inlet::Udp { address: ANY })),
        from(source("app", Inlet::Tcp { address: ANY })),
    ]);
    UdpSocket::bind(ANY).unwrap().send_to(b"<13>a", site.listens("edge")).unwrap();
    let mut tcp = TcpStream::connect(site.listens("app")).unwrap();
    let _ = tcp.write_all(b"<13>a\n");
    let _ = tcp.read(&mut [0; 1]);
    for name in ["edge", "app"] {
        let until = std::time::Instant::now() + super::PATIENCE;
        while site.counts(name).refused == 0 && std::time::Instant::now() < until {
            std::thread::yield_now();
        }
        assert_eq!((site.counts(name).refused, site.taken(name).len()), (1, 0));
    }
}

/// Makes an authority, and certificates of it for the server and a client.
pub fn certificates(dir: &Path) -> Option<()> {
    let openssl = |args: &str| {
        let made =
            Command::new("openssl").args(args.split(' ')).current_dir(dir).stdin(Stdio::null()).output();
        made.ok().filter(|made| made.status.success())
    };
    let request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    openssl(&format!(
        "{request} -keyout ca.key -out ca.pem -subj /CN=authority -addext basicConstraints=critical,CA:TRUE"
    ))?;
    openssl(&format!(
        "{request} -keyout other.key -out other.pem -subj /CN=other -addext basicConstraints=critical,CA:TRUE"
    ))?;
    for (name, host) in [("server", "cofferdam.example.org"), ("client", "web-01.example.org")] {
        openssl(&format!(
            "{request} -keyout {name}.key -out {name}.pem -subj /CN={host} -CA ca.pem -CAkey ca.key \
             -addext subjectAltName=DNS:{host},IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE"
        ))?;
    }
    Some(())
}

/// Sends by TLS; whether it was agreed on keys is for the caller to see by what came.
fn send_tls(dir: &Path, to: std::net::SocketAddr, with: &[&str], text: &str) {
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-no_ign_eof", "-CAfile", "ca.pem", "-connect", &to.to_string()])
        .args(with)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = client.stdin.take().unwrap();
    let _ = input.write_all(text.as_bytes());
    // It ends with its input, and takes time to agree on keys before.
    std::thread::sleep(std::time::Duration::from_millis(500));
    drop(input);
    let _ = client.wait();
}

#[test]
fn tls_takes_those_in_who_have_a_certificate() {
    let dir = tempfile::tempdir().unwrap();
    if certificates(dir.path()).is_none() {
        println!("skipped: there is no openssl that makes certificates");
        return;
    }
    let at = |name: &str| dir.path().join(name);
    let files = Some(TlsFiles { certificate: at("server.pem"), key: at("server.key") });
    let site = site(vec![
        source("open", Inlet::Tls { address: ANY, files: files.clone(), clients: None }),
        source("hosts", Inlet::Tls { address: ANY, files, clients: Some(at("ca.pem")) }),
        // Without one of its own, it has the server's.
        source("own", Inlet::Tls { address: ANY, files: None, clients: None }),
    ]);
    for (name, with, want) in [
        ("open", &[][..], 1),
        ("own", &[][..], 1),
        ("hosts", &["-cert", "client.pem", "-key", "client.key"][..], 1),
        ("hosts", &[][..], 1),
        ("hosts", &["-cert", "other.pem", "-key", "other.key"][..], 1),
    ] {
        send_tls(dir.path(), site.listens(name), with, "9 <34>1 - a");
        assert_eq!(site.wait_taken(name, want).last().unwrap(), "<34>1 - a", "{name} {with:?}");
    }
    assert_eq!(site.counts("hosts").refused, 2);
    // Whoever speaks no TLS is refused, too.
    let mut tcp = TcpStream::connect(site.listens("open")).unwrap();
    tcp.write_all(b"<34>1 - plain\n").unwrap();
    let _ = tcp.read_to_end(&mut Vec::new());
    assert_eq!(site.taken("open").len(), 1);
}
