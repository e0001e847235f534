//! Far more than can be taken in: memory stays flat, and every message is accounted for.
//!
//! `COFFERDAM_OVERLOAD_SECONDS` says how long; the usual few seconds show that it works at all.

use super::{ANY, PATIENCE, site, source};
use cofferdam_serve::settings::Inlet;
use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn seconds() -> u64 {
    std::env::var("COFFERDAM_OVERLOAD_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

/// Bytes of memory that this process has.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[test]
fn overload_is_borne_and_accounted_for() {
    let site =
        site(vec![source("edge", Inlet::Udp { address: ANY }), source("app", Inlet::Tcp { address: ANY })]);
    let (edge, app) = (site.listens("edge"), site.listens("app"));
    let until = Instant::now() + Duration::from_secs(seconds());
    let message = format!("<86>1 2026-11-22T10:00:00Z web-01 app 7 - - {}", "x".repeat(200));
    let (by_udp, by_tcp) = (AtomicU64::new(0), AtomicU64::new(0));
    let (early, most) = std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let socket = UdpSocket::bind(ANY).unwrap();
                while Instant::now() < until {
                    let sent = (0..100).filter(|_| socket.send_to(message.as_bytes(), edge).is_ok()).count();
                    by_udp.fetch_add(sent as u64, Ordering::Relaxed);
                }
            });
            scope.spawn(|| {
                let mut stream = TcpStream::connect(app).unwrap();
                let framed = format!("{} {message}", message.len()).repeat(100);
                while Instant::now() < until {
                    stream.write_all(framed.as_bytes()).unwrap();
                    by_tcp.fetch_add(100, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(Duration::from_secs(1));
        let early = resident();
        let mut most = early;
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(100));
            most = most.max(resident());
        }
        (early, most)
    });
    let (by_udp, by_tcp) = (by_udp.into_inner(), by_tcp.into_inner());
    let until = Instant::now() + PATIENCE;
    let accounted = || {
        let edge = site.counts("edge");
        (edge.taken + edge.dropped, site.counts("app").taken)
    };
    while accounted() != (by_udp, by_tcp) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
    }
    let (edge, app) = (site.counts("edge"), site.counts("app"));
    println!(
        "{} s: UDP {by_udp} sent = {} taken + {} dropped; TCP {by_tcp} sent = {} taken; memory {} MiB early, {} MiB most",
        seconds(),
        edge.taken,
        edge.dropped,
        app.taken,
        early >> 20,
        most >> 20,
    );
    assert_eq!(accounted(), (by_udp, by_tcp));
    // What the queues may hold: 64 MiB of the spool, its tail, 16 MiB of datagrams.
    assert!(most < early + (192 << 20), "{} MiB, {} MiB", early >> 20, most >> 20);
}
