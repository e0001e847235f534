//! Takes connections in, each on its own: one that is slow or hostile delays nobody.

use super::taking::Taking;
use crate::http::{Encrypted, Peer};
use crate::settings::Pace;
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 2048;
/// How long answers that are under way may take when the server ends.
const GRACE: Duration = Duration::from_secs(5);
/// How long nothing is taken in after the system could give no connection.
const PAUSE: Duration = Duration::from_millis(50);
/// Bytes of headers of one request.
const HEADER_BYTES: usize = 64 * 1024;
/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 100;

/// Becomes true when the server ends.
pub type Ending = watch::Receiver<bool>;

/// Serves connections until `ending`, then lets those end that are under way.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    pace: Pace,
    mut ending: Ending,
) {
    let (places, graceful) = (Arc::new(Semaphore::new(CONNECTIONS)), GracefulShutdown::new());
    loop {
        let taken = tokio::select! {
            taken = take(&listener, &places) => taken,
            _ = ending.wait_for(|ending| *ending) => break,
        };
        let Some((stream, peer, place)) = taken else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // An answer of a few hundred bytes must not wait for more of it.
        let _ = stream.set_nodelay(true);
        let (watcher, tls) = (graceful.watcher(), tls.clone());
        let with = With { router: router.clone(), pace, peer, encrypted: tls.is_some() };
        tokio::spawn(async move {
            match tls {
                None => converse(stream, with, watcher).await,
                Some(tls) => {
                    // Whoever does not agree on keys in time is nobody's client.
                    if let Ok(Ok(stream)) = tokio::time::timeout(pace.headers, tls.accept(stream)).await {
                        converse(stream, with, watcher).await;
                    }
                }
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

async fn take(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            tracing::warn!(failure = %error, "a connection could not be taken in");
            None
        }
    }
}

/// What a connection is served with.
struct With {
    router: Router,
    pace: Pace,
    peer: SocketAddr,
    encrypted: bool,
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    with: With,
    watcher: Watcher,
) {
    let With { router, pace, peer, encrypted } = with;
    let has_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&has_asked);
    let service = router.map_request(move |mut request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(Encrypted(encrypted));
        request
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(pace.headers)
        .max_buf_size(HEADER_BYTES)
        .keep_alive(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX))
        .keep_alive_interval(Duration::from_secs(20));
    let stream = TokioIo::new(Taking::within(pace.taking, stream));
    let connection = builder.serve_connection(stream, TowerToHyperService::new(service));
    // Whoever connects and asks for nothing would hold a place for ever: which protocol it is, is only known from the
    // first bytes, and the bound for headers begins with them.
    let silent = async {
        tokio::time::sleep(pace.headers * 2).await;
        if has_asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        // A client that breaks off is no failure of ours.
        _ = watcher.watch(connection.into_owned()) => {}
        () = silent => {}
    }
}
