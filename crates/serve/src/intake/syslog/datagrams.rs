//! Syslog over UDP: a thread reads what comes at once, and what it read goes into the spool meanwhile.

use super::feed::Feed;
use super::framing::datagram;
use super::kernel;
use bytes::Bytes;
use futures_util::future::join_all;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Bytes of messages that wait until others are in the spool; more are lost, and counted.
const WAITING: usize = 16 << 20;
/// What a message takes in memory beside its bytes.
const BESIDE: usize = 64;
/// How often the thread looks whether the server ends.
const PULSE: Duration = Duration::from_millis(200);
/// How often it is asked what the system lost.
const ASKED: Duration = Duration::from_secs(1);
/// How often losses are told.
const TOLD: Duration = Duration::from_secs(60);
/// Bytes of the largest datagram.
const LARGEST: usize = 65_536;

/// What was read and is not in the spool yet.
#[derive(Default)]
pub struct Datagrams {
    waiting: Mutex<Waiting>,
    more: Notify,
    is_over: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    /// By those senders that are told apart.
    of: HashMap<Option<IpAddr>, Vec<Bytes>>,
    bytes: usize,
}

/// Reads datagrams until the server ends. It may wait, so it has a thread of its own.
pub fn receive(socket: &UdpSocket, feed: &Feed, datagrams: &Datagrams) {
    let mut buffer = vec![0; LARGEST];
    if let Err(error) = socket.set_read_timeout(Some(PULSE)) {
        tracing::error!(source = %feed.source.name, failure = %error, "datagrams cannot be read");
    }
    while !*feed.ending.borrow() {
        match socket.recv_from(&mut buffer) {
            Ok((length, sender)) => {
                let sender = sender.ip().to_canonical();
                if feed.admits(sender) {
                    datagrams.put(feed, sender, buffer.get(..length).unwrap_or_default());
                }
            }
            Err(error) if is_pause(&error) => {}
            Err(error) => {
                tracing::warn!(source = %feed.source.name, failure = %error, "a datagram could not be read");
                std::thread::sleep(PULSE);
            }
        }
    }
    datagrams.is_over.store(true, Ordering::Release);
    datagrams.more.notify_one();
}

fn is_pause(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

impl Datagrams {
    fn put(&self, feed: &Feed, sender: IpAddr, bytes: &[u8]) {
        let Some(message) = datagram(bytes) else { return };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let weight = message.bytes.len() + BESIDE;
        if waiting.bytes + weight > WAITING {
            feed.source.counters.dropped(1);
            return;
        }
        waiting.bytes += weight;
        waiting.of.entry(feed.senders.known(sender)).or_default().push(message.bytes.into());
        drop(waiting);
        self.more.notify_one();
    }

    /// Hands on what was read until there is no more of it, and counts what the system lost.
    pub async fn forward(&self, feed: &Feed, socket: &UdpSocket) {
        // The socket is ours from its beginning: what the system lost before this ran counts as well.
        let (mut asked, mut lost, mut told) = (Instant::now(), 0, None);
        loop {
            // Whether it is over is asked before what waits is taken: nothing comes after it.
            let is_over = self.is_over.load(Ordering::Acquire);
            let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            let is_empty = waiting.of.is_empty();
            join_all(waiting.of.into_iter().map(|(sender, messages)| feed.offer(sender, messages))).await;
            if is_over || asked.elapsed() >= ASKED {
                let now = kernel::drops(socket).unwrap_or(lost);
                feed.source.counters.dropped(now.saturating_sub(lost));
                (asked, lost) = (Instant::now(), now.max(lost));
                tell(feed, &mut told);
            }
            if is_over && is_empty {
                return;
            }
            if is_empty {
                let _ = tokio::time::timeout(ASKED, self.more.notified()).await;
            }
        }
    }
}

/// Says that datagrams were lost: at once, and then once a minute as long as there are more.
fn tell(feed: &Feed, told: &mut Option<(Instant, u64)>) {
    let dropped = feed.source.counters.now().dropped;
    let (before, is_due) = told.map_or((0, true), |(when, before)| (before, when.elapsed() >= TOLD));
    if dropped > before && is_due {
        tracing::warn!(source = %feed.source.name, datagrams = dropped - before, "datagrams were lost: more came than could be taken");
        *told = Some((Instant::now(), dropped));
    }
}
