//! `cofferdam serve`: the server, from its start to its end.

mod log;
mod rules;
mod settings;

use crate::configuration::args::SourceArgs;
use crate::configuration::{Configuration, LogFormat, LogLevel};
use crate::failure::Failure;
use crate::journal::{JournalFailure, folder, note_silent, world};
use crate::operator;
use crate::text::{group, plain};
use clap::Args;
use cofferdam_serve::Running;
use cofferdam_store::{DATABASE, Store};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tracing::level_filters::LevelFilter;

/// Where data goes when nothing is said and there is none here yet.
const USUAL: &str = "data";

/// `cofferdam serve`.
#[derive(Args, Debug)]
#[command(after_help = "Ends on SIGINT and SIGTERM.
Exit codes: 0 ended when asked to, 2 usage, 3 bad configuration, 5 environment.")]
pub struct ServeArgs {
    #[command(flatten)]
    pub sources: SourceArgs,
}

/// Runs the server until somebody asks it to end.
///
/// # Errors
///
/// [`Failure`] when it cannot start.
pub fn run(args: &ServeArgs) -> Result<(), Failure> {
    let began = Instant::now();
    let loaded = args.sources.load()?;
    let configuration = &loaded.configuration;
    begin_log(configuration);
    let store = Store::create(&data(&configuration.data), &operator::program(), world())
        .map_err(JournalFailure::from)?;
    note_silent(&store.silent);
    let (place, entries) = (store.path().to_owned(), store.found.size);
    let settings = settings::of(&loaded)?;
    let running = Running::start(store, settings, Arc::new(Timestamp::now)).map_err(Failure::Serve)?;
    tell(&running, &place, entries, began);
    running.wait();
    eprintln!("ending");
    running.stop();
    Ok(())
}

fn begin_log(configuration: &Configuration) {
    let format = match configuration.log_format {
        LogFormat::Text => log::LogFormat::Text,
        LogFormat::Json => log::LogFormat::Json,
    };
    let level = match configuration.log_level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    log::begin(format, level);
}

/// The data directory: what lies there, else what `investigate --out` left in it. Where nothing is said and
/// nothing lies, one gets a folder of its own.
fn data(given: &Path) -> PathBuf {
    let found = folder(given);
    if given == Path::new(".") && !found.join(DATABASE).is_file() { PathBuf::from(USUAL) } else { found }
}

/// Says where it is, and what has to be done first.
fn tell(running: &Running, place: &Path, entries: u64, began: Instant) {
    let ready = began.elapsed().as_secs_f64();
    say!("Cofferdam {} is ready at {} ({ready:.2} s)", env!("CARGO_PKG_VERSION"), running.url);
    say!("  data         {} ({} entries)", plain(&place.display().to_string()), group(entries));
    if let Some(own) = &running.own_certificate {
        say!("  certificate  its own; compare its SHA-256 fingerprint when you first connect:");
        for half in [&own.fingerprint[..48], &own.fingerprint[48..]] {
            say!("               {half}");
        }
    }
    if let Some(secret) = &running.setup {
        say!("  first        make the administrator: open this link, it is good once");
        say!("               {}/setup#{secret}", running.url);
    }
}
