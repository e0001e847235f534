//! The sources that the configuration names: what they are, and what runs for each.

use super::follow::{self, Spooled};
use super::syslog::{self, Datagrams, Feed};
use super::{Intake, Kind, Source, Terms};
use crate::listen::{Ending, TlsError, syslog_acceptor};
use crate::settings::{ConfiguredSource, Inlet, TlsFiles};
use cofferdam_vocabulary::SourceName;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A source whose socket is bound, if it has one.
pub struct Bound {
    settings: ConfiguredSource,
    socket: Socket,
}

enum Socket {
    /// Files have none.
    None,
    Udp(UdpSocket),
    Tcp(TcpListener, Option<TlsAcceptor>),
}

/// Why a source cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Its address cannot be had.
    #[error("source `{source_name}` cannot listen at {address}: {cause}")]
    Address {
        /// Which source.
        source_name: SourceName,
        /// Where.
        address: SocketAddr,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// It has no certificate that can be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// What a configured source is.
pub fn source(settings: &ConfiguredSource) -> Source {
    let kind = match settings.inlet {
        Inlet::File { .. } => Kind::File,
        Inlet::Udp { .. } => Kind::Udp,
        Inlet::Tcp { .. } => Kind::Tcp,
        Inlet::Tls { .. } => Kind::Tls,
    };
    let terms = Terms {
        parser: settings.parser.clone(),
        expected: settings.expected,
        trust: settings.trust,
        zone: settings.zone.clone(),
        host: settings.host.clone(),
        ..Terms::default()
    };
    Source::configured(settings.name, kind, terms)
}

impl Bound {
    /// Which source.
    pub fn name(&self) -> SourceName {
        self.settings.name
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::None => None,
            Socket::Udp(socket) => socket.local_addr().ok(),
            Socket::Tcp(listener, _) => listener.local_addr().ok(),
        }
    }
}

/// Binds the sockets of all of them. `certificate` is the server's, for those that have none of their own.
///
/// # Errors
///
/// [`BindError`] of the first that cannot listen.
pub async fn bind(
    sources: &[ConfiguredSource],
    certificate: impl Fn() -> Result<TlsFiles, TlsError>,
) -> Result<Vec<Bound>, BindError> {
    let mut all = Vec::with_capacity(sources.len());
    for settings in sources {
        let failed = |address: SocketAddr| {
            let source_name = settings.name;
            move |cause| BindError::Address { source_name, address, cause }
        };
        let socket = match &settings.inlet {
            Inlet::File { .. } => Socket::None,
            Inlet::Udp { address } => Socket::Udp(UdpSocket::bind(address).map_err(failed(*address))?),
            Inlet::Tcp { address } => {
                Socket::Tcp(TcpListener::bind(address).await.map_err(failed(*address))?, None)
            }
            Inlet::Tls { address, files, clients } => {
                let files = files.clone().map_or_else(&certificate, Ok)?;
                let acceptor = syslog_acceptor(&files, clients.as_deref())?;
                Socket::Tcp(TcpListener::bind(address).await.map_err(failed(*address))?, Some(acceptor))
            }
        };
        all.push(Bound { settings: settings.clone(), socket });
    }
    Ok(all)
}

/// Begins to take in what they bring; it ends with the server.
pub fn begin(
    bound: Vec<Bound>,
    intake: &Arc<Intake>,
    ending: &Ending,
    runtime: &Handle,
) -> Vec<JoinHandle<()>> {
    bound.into_iter().filter_map(|bound| run(bound, intake, ending, runtime)).collect()
}

fn run(bound: Bound, intake: &Arc<Intake>, ending: &Ending, runtime: &Handle) -> Option<JoinHandle<()>> {
    let Bound { settings, socket } = bound;
    let source = intake.sources.get(settings.name)?;
    let (intake, ending) = (Arc::clone(intake), ending.clone());
    Some(match socket {
        Socket::None => {
            let Inlet::File { pattern, from_start } = settings.inlet else { return None };
            let door = Spooled::of(intake, source, runtime.clone());
            on_thread("follow", runtime, move || follow::run(&pattern, from_start, door, || *ending.borrow()))
        }
        Socket::Udp(socket) => {
            let feed = Feed::of(intake, source, settings, ending);
            runtime.spawn(datagrams(socket, feed, runtime.clone()))
        }
        Socket::Tcp(listener, tls) => {
            let feed = Feed::of(intake, source, settings, ending);
            runtime.spawn(syslog::serve(listener, tls, feed))
        }
    })
}

async fn datagrams(socket: UdpSocket, feed: Arc<Feed>, runtime: Handle) {
    let granted = syslog::enlarge(&socket);
    tracing::debug!(source = %feed.source.name, bytes = granted, "datagrams are kept by the system until they are read");
    let (socket, datagrams) = (Arc::new(socket), Arc::new(Datagrams::default()));
    let reading = {
        let (socket, feed, datagrams) = (Arc::clone(&socket), Arc::clone(&feed), Arc::clone(&datagrams));
        on_thread("syslog-udp", &runtime, move || syslog::receive(&socket, &feed, &datagrams))
    };
    datagrams.forward(&feed, &socket).await;
    let _ = reading.await;
}

/// Does work that waits for disks or sockets on a thread of its own; the handle ends when it does.
fn on_thread(name: &str, runtime: &Handle, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    let (done, ends) = oneshot::channel::<()>();
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        work();
        drop(done);
    });
    if let Err(error) = thread {
        tracing::error!(failure = %error, "there is no thread for a source");
    }
    runtime.spawn(async move { drop(ends.await) })
}
