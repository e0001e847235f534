//! Syslog over TCP, encrypted or not.

use super::feed::Feed;
use super::framing::Framer;
use super::places::{Place, Places};
use crate::listen::Ending;
use bytes::Bytes;
use rustix::net::sockopt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Connections of a source at once, and those from one address.
const CONNECTIONS: usize = 512;
const OF_ONE: usize = 128;
/// How long a client may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long nothing is taken in after the system could give no connection.
const PAUSE: Duration = Duration::from_millis(50);
/// Bytes that are read at once: at first, and from who sends much.
const LEAST: usize = 8 * 1024;
const MOST: usize = 256 * 1024;
/// How long a connection is silent before the system asks whether its other end is still there.
const ALIVE: Duration = Duration::from_secs(120);

/// Takes connections in until the server ends.
pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, feed: Arc<Feed>) {
    let places = Places::new(CONNECTIONS, OF_ONE);
    let (mut ending, mut connections) = (feed.ending.clone(), JoinSet::new());
    loop {
        let taken = tokio::select! {
            taken = listener.accept() => taken,
            _ = ending.wait_for(|ending| *ending) => break,
        };
        match taken {
            Ok((stream, peer)) => {
                // Those that ended are let go, so that they are not kept until the end.
                while connections.try_join_next().is_some() {}
                let sender = peer.ip().to_canonical();
                let place = feed.admits(sender).then(|| places.take(sender, Instant::now())).flatten();
                match place {
                    Some(place) => drop(connections.spawn(converse(
                        stream,
                        tls.clone(),
                        Arc::clone(&feed),
                        place,
                        sender,
                    ))),
                    None => refuse(&feed, peer),
                }
            }
            Err(error) => {
                tracing::warn!(source = %feed.source.name, failure = %error, "a connection could not be taken in");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

fn refuse(feed: &Feed, peer: SocketAddr) {
    tracing::debug!(source = %feed.source.name, from = %peer, "a connection was refused");
}

async fn converse(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    feed: Arc<Feed>,
    place: Place,
    sender: IpAddr,
) {
    // Whoever is gone without a word would hold a place for ever. Where the system knows no such question, they do.
    let _ = sockopt::set_socket_keepalive(&stream, true);
    let _ = sockopt::set_tcp_keepidle(&stream, ALIVE);
    let Some(tls) = tls else { return take(stream, &feed, &place, sender).await };
    let mut ending: Ending = feed.ending.clone();
    let agreed = tokio::select! {
        agreed = tokio::time::timeout(HANDSHAKE, tls.accept(stream)) => agreed,
        _ = ending.wait_for(|ending| *ending) => return,
    };
    match agreed {
        Ok(Ok(stream)) => take(stream, &feed, &place, sender).await,
        Ok(Err(error)) => {
            feed.source.counters.refused(1);
            tracing::debug!(source = %feed.source.name, from = %sender, failure = %error, "no keys were agreed on");
        }
        Err(_) => feed.source.counters.refused(1),
    }
}

/// Takes what comes, until it ends. Nothing more is read before what was read is in the spool: then the sender waits.
async fn take(mut stream: impl AsyncRead + Unpin, feed: &Feed, place: &Place, sender: IpAddr) {
    let (mut framer, mut buffer) = (Framer::default(), vec![0; LEAST]);
    let mut ending: Ending = feed.ending.clone();
    loop {
        let read = tokio::select! {
            read = stream.read(&mut buffer) => read,
            () = place.leave.notified() => break,
            _ = ending.wait_for(|ending| *ending) => break,
        };
        // A client that breaks off is no failure of ours.
        let Ok(length @ 1..) = read else { break };
        place.heard(Instant::now());
        let (mut messages, mut cut) = (Vec::new(), 0);
        framer.push(buffer.get(..length).unwrap_or_default(), |message| {
            cut += u64::from(message.is_cut);
            messages.push(Bytes::from(message.bytes));
        });
        tell_cut(feed, sender, cut);
        if !feed.deliver(sender, &messages).await {
            return;
        }
        if length == buffer.len() && length < MOST {
            buffer.resize(length * 2, 0);
        }
    }
    if let Some(last) = framer.finish() {
        tell_cut(feed, sender, last.is_cut.into());
        feed.deliver(sender, &[last.bytes.into()]).await;
    }
}

fn tell_cut(feed: &Feed, sender: IpAddr, cut: u64) {
    if cut > 0 {
        tracing::warn!(source = %feed.source.name, from = %sender, messages = cut, "messages were too long or incomplete, and were cut");
    }
}
