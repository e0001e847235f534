//! Starts a server, and ends it.

use crate::calls::{self, Calls};
use crate::counted::Counted;
use crate::desk::Desk;
use crate::exceptions::Exceptions;
use crate::feature;
use crate::http::{Hosts, Outgoing, Problem, front};
use crate::identity::Identity;
use crate::intake::{self, BindError, Intake, Sources};
use crate::ledger::{Fold, Ledger, Lists, NeedToKnow};
use crate::listen::{self, Own, TlsError};
use crate::live;
use crate::live::dedup::Keys;
use crate::oidc::Oidc;
use crate::places::Places;
use crate::refusals::Refusals;
use crate::reports::Reports;
use crate::routes::{Declared, Routes};
use crate::server::{Clock, Server};
use crate::settings::Settings;
use crate::upkeep;
use axum::Router;
use axum::middleware::from_fn_with_state;
use cofferdam_journal::Fact;
use cofferdam_spool::{Opened, Options, Spool, SpoolError};
use cofferdam_store::{StorageError, Store};
use cofferdam_vocabulary::SourceName;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use utoipa::openapi::OpenApi;

/// Threads that serve requests; what waits for the disk has threads of its own.
const THREADS: usize = 2;
/// Threads for what waits.
const WAITING: usize = 32;
/// Live feeds of one user at once.
const FEEDS_OF_ONE: usize = 20;
/// The folder of accepted events in a data directory.
const SPOOL: &str = "spool";
/// How far live detection is, in the data directory.
const LIVE: &str = "live";
/// How long the last work may take when the server ends.
const LAST: Duration = Duration::from_secs(10);

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there, or it is no address of this machine.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// There is no TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A source that the configuration names cannot listen.
    #[error(transparent)]
    Source(#[from] BindError),
    /// The OpenID provider cannot be used as it is configured.
    #[error("the OpenID provider: {what}")]
    Oidc {
        /// What is wrong with it.
        what: String,
    },
    /// The journal cannot be read.
    #[error("the journal cannot be read: {0}")]
    Journal(#[from] StorageError),
    /// Events that were taken in cannot be read, or no more can be taken.
    #[error("the spool: {0}")]
    Spool(#[from] SpoolError),
    /// The system gives no threads, or a library refuses to work.
    #[error("the server cannot run here: {what}")]
    System {
        /// What happened.
        what: String,
    },
}

impl StartError {
    /// To search, alert and look up.
    pub fn code(&self) -> &'static str {
        match self {
            StartError::Listen { .. } => "serve::listen",
            StartError::Tls(_) => "serve::tls",
            StartError::Source(_) => "serve::source",
            StartError::Oidc { .. } => "serve::oidc",
            StartError::Journal(_) => "serve::journal",
            StartError::Spool(_) => "serve::spool",
            StartError::System { .. } => "serve::system",
        }
    }

    /// What can be done about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            StartError::Listen { cause, .. } if cause.kind() == io::ErrorKind::AddrInUse => {
                Some("another program listens there; choose another port with --listen")
            }
            StartError::Listen { .. } => Some("choose an address of this machine with --listen"),
            StartError::Source(BindError::Address { .. }) => {
                Some("see who else listens there; ports below 1024 need the right to bind them")
            }
            StartError::Source(BindError::Tls(_)) => Some("`config check` looks at certificates and keys"),
            StartError::Oidc { .. } => Some("docs/oidc.md says what the settings `oidc.*` are"),
            StartError::Tls(_) => Some("`config check` looks at certificate and key"),
            StartError::Journal(_) | StartError::Spool(_) => {
                Some("`doctor` says what is wrong with the data directory")
            }
            StartError::System { .. } => None,
        }
    }
}

/// A server that runs.
pub struct Running {
    runtime: Option<Runtime>,
    server: Arc<Server>,
    ending: watch::Sender<bool>,
    work: Vec<tokio::task::JoinHandle<()>>,
    /// Live detection, and what tells it to end.
    live: Option<(std::thread::JoinHandle<()>, Arc<AtomicBool>)>,
    /// All its routes, with what they ask.
    pub declared: Vec<Declared>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where the sources listen that the configuration names.
    pub sources: Vec<(SourceName, SocketAddr)>,
    /// The address to open.
    pub url: String,
    /// The certificate that it made for itself, if it uses that.
    pub own_certificate: Option<Own>,
    /// The secret of the one-time link with which the first administrator is made, if there is none yet.
    pub setup: Option<String>,
}

/// All routes with what they ask, and the document that describes them.
pub struct Interface {
    /// The routes.
    pub declared: Vec<Declared>,
    /// The document.
    pub document: OpenApi,
}

impl Running {
    /// Starts a server on a data directory.
    ///
    /// # Errors
    ///
    /// [`StartError`].
    pub fn start(store: Store, settings: Settings, clock: Clock) -> Result<Running, StartError> {
        let system = |error: io::Error| StartError::System { what: error.to_string() };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(WAITING)
            .thread_name("serve")
            .enable_all()
            .build()
            .map_err(system)?;
        let address = settings.listen;
        let listener = runtime
            .block_on(TcpListener::bind(address))
            .map_err(|cause| StartError::Listen { address, cause })?;
        let address = listener.local_addr().map_err(system)?;
        let own_certificate = own(&settings, &store)?;
        let files = settings.tls.as_ref().or(own_certificate.as_ref().map(|own| &own.files));
        let tls = files.map(listen::acceptor).transpose()?;
        let url = settings.url(address);
        let certificate = || match files {
            Some(files) => Ok(files.clone()),
            None => listen::own_certificate(store.path(), address.ip(), &machine()).map(|own| own.files),
        };
        let bound = runtime.block_on(intake::bind(&settings.sources, certificate))?;
        let sources = bound.iter().filter_map(|bound| Some((bound.name(), bound.address()?))).collect();
        let (ending, ends) = watch::channel(false);
        let server = Arc::new(server(store, settings, clock, address, ends.clone())?);
        sweep(&server);
        let setup = server.identity.setup.begin(&server.identity.roster);
        let (router, interface) = router(&server);
        let started = Fact::ServerStarted { version: server.settings.version.to_owned() };
        runtime
            .block_on(server.ledger.note(server.access_stream(), server.program(), started))
            .map_err(|what| StartError::System { what })?;
        let mut work = intake::begin(bound, &server.intake, &ends, runtime.handle());
        work.extend([
            runtime.spawn(upkeep::run(Arc::clone(&server), ends.clone())),
            runtime.spawn(calls::run(Arc::clone(&server), ends.clone())),
            runtime.spawn(listen::serve(listener, tls, router, server.settings.pace, ends)),
        ]);
        let runtime = Some(runtime);
        let declared = interface.declared;
        let live = Some(detect(&server).map_err(system)?);
        Ok(Running {
            runtime,
            server,
            ending,
            work,
            live,
            declared,
            address,
            sources,
            url,
            own_certificate,
            setup,
        })
    }

    /// What its features share; for tests, which record facts as features will.
    #[doc(hidden)]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Ends the server: nothing new is taken in, what is under way is done, and what is left is recorded.
    pub fn stop(mut self) {
        let _ = self.ending.send(true);
        let Some(runtime) = self.runtime.take() else { return };
        let work = std::mem::take(&mut self.work);
        if let Some((thread, ends)) = self.live.take() {
            ends.store(true, Ordering::Relaxed);
            // It panicked, and said so: what it had not recorded is read again at the next start.
            let _ = thread.join();
        }
        runtime.block_on(async {
            for part in work {
                let _ = tokio::time::timeout(LAST, part).await;
            }
        });
        runtime.shutdown_timeout(LAST);
    }

    /// Waits until the system asks the program to end (SIGINT or SIGTERM).
    pub fn wait(&self) {
        let Some(runtime) = &self.runtime else { return };
        runtime.block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        });
    }
}

/// Tells what a crash, or a disk, left of the spool.
fn tell(opened: &Opened) {
    for torn in &opened.torn {
        let (file, bytes) = (torn.path.display(), torn.bytes);
        tracing::warn!(%file, bytes, "what a crash had left unfinished was cut off; none of it was acknowledged");
    }
    for damage in &opened.damaged {
        let (file, offset) = (damage.path.display(), damage.offset);
        tracing::error!(%file, offset, "the spool is not as it was written: {}", damage.what);
    }
}

/// Begins live detection, on a thread of its own.
fn detect(server: &Arc<Server>) -> io::Result<(std::thread::JoinHandle<()>, Arc<AtomicBool>)> {
    let ends = Arc::new(AtomicBool::new(false));
    let (told, server, folder) =
        (Arc::clone(&ends), Arc::clone(server), server.ledger.store().path().join(LIVE));
    let run = move || live::run(&server, &folder, &told);
    Ok((std::thread::Builder::new().name("live".to_owned()).spawn(run)?, ends))
}

/// Removes secrets that no facts of users or sources name any more. Without users there is nothing that could say so.
fn sweep(server: &Server) {
    if server.identity.roster.all().is_empty() {
        return;
    }
    let named = server.credentials_that_count();
    let credentials = &server.ledger.store().credentials;
    let lost = named.iter().filter(|id| credentials.get(**id).is_none()).count();
    if lost > 0 {
        tracing::error!(
            lost,
            "passwords or second factors of users, or secrets of sources, are not in the file `credentials`; restore it"
        );
    }
    if let Err(error) = credentials.sweep(&named) {
        tracing::warn!(failure = %error, "old credentials could not be removed");
    }
}

fn own(settings: &Settings, store: &Store) -> Result<Option<Own>, TlsError> {
    if settings.tls.is_some() || !settings.is_encrypted() {
        return Ok(None);
    }
    listen::own_certificate(store.path(), settings.listen.ip(), &machine()).map(Some)
}

/// What this machine calls itself.
fn machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

fn server(
    store: Store,
    settings: Settings,
    clock: Clock,
    address: SocketAddr,
    ending: listen::Ending,
) -> Result<Server, StartError> {
    let identity = Arc::new(Identity::new(&settings).map_err(|what| StartError::System { what })?);
    let oidc = settings.oidc.as_ref().map(|oidc| Oidc::new(oidc, &settings.url(address))).transpose();
    let oidc = oidc.map_err(|what| StartError::Oidc { what })?;
    let need = Arc::new(NeedToKnow::default());
    let lists = Arc::new(Lists::default());
    let exceptions = Arc::new(Exceptions::default());
    let calls = Arc::new(Calls::new(!settings.calls.contacts.is_empty()));
    let (url, desk) = (settings.url(address), Arc::new(Desk::default()));
    let sources = Arc::new(Sources::of(settings.sources.iter().map(intake::source)));
    let options = Options { now: Arc::clone(&clock), ..Options::default() };
    let (spool, opened) = Spool::open(&store.path().join(SPOOL), options)?;
    tell(&opened);
    let in_flight = settings.limits.in_flight;
    let intake = Intake::new(Arc::clone(&sources), Arc::new(spool), in_flight, Arc::clone(&clock));
    // Who may see what is known before anything new can be seen.
    let folds: Vec<Arc<dyn Fold>> = vec![
        Arc::clone(&identity) as _,
        Arc::clone(&need) as _,
        Arc::clone(&lists) as _,
        Arc::clone(&exceptions) as _,
        Arc::clone(&calls) as _,
        Arc::clone(&desk) as _,
        sources,
    ];
    let ledger = Arc::new(Ledger::open(store, folds)?);
    let feeds = Places::new(settings.limits.feeds, FEEDS_OF_ONE);
    let hosts = Hosts::of(address, &machine(), settings.public_url.as_deref());
    let reports = Reports::new(&settings.reports);
    let keys = keys(&ledger.store().path().join(LIVE))
        .map_err(|error| StartError::System { what: format!("what tells alerts apart: {error}") })?;
    Ok(Server {
        settings,
        clock,
        ledger,
        lists,
        need,
        calls,
        desk,
        url,
        exceptions,
        intake: Arc::new(intake),
        identity,
        oidc,
        hosts,
        keys,
        numbering: tokio::sync::Mutex::new(()),
        importing: Arc::default(),
        live: live::Status::default(),
        reports,
        outgoing: Outgoing::default(),
        counted: Counted::default(),
        feeds,
        ending,
        refusals: Refusals::default(),
    })
}

/// What tells alerts apart, as live detection has it.
fn keys(folder: &Path) -> io::Result<Keys> {
    std::fs::create_dir_all(folder)?;
    Keys::open(folder)
}

/// All routes of a server, and their description.
pub fn router(server: &Arc<Server>) -> (Router, Interface) {
    let mut routes = Routes::new(Arc::clone(server));
    for feature in feature::ALL {
        (feature.routes)(routes.of(feature.name));
    }
    let (router, declared, document) = routes.done();
    let router = router
        .merge(feature::description(&document))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn_with_state(Arc::clone(server), front))
        .with_state(Arc::clone(server));
    (router, Interface { declared, document })
}
