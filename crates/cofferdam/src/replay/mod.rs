//! `cofferdam replay`: plays a recording into a running server, as if it happened now.

mod recording;
mod send;
mod shift;

use crate::client::ClientError;
use crate::client::args::ServerArgs;
use crate::failure::Failure;
use crate::text::{count, plain};
use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use recording::Recording;
use send::{Player, Sent};
use shift::Shift;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// `cofferdam replay`.
#[derive(Args, Debug)]
#[command(after_help = "\
Times are moved so that the last record is of now when it is sent; between them they stay as far
apart as they were, however fast they are played. The token is one of a source (`source token`).
Exit codes: 0 played, 2 usage, 3 nothing could be read, 5 environment.")]
pub struct ReplayArgs {
    /// Files, folders or archives to play
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The server, such as http://127.0.0.1:8484
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// How many times as fast as it happened; 0 sends as fast as the server takes it
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Leave the times as they are
    #[arg(long)]
    pub keep_times: bool,
    /// Zone of times that name none, such as Europe/Berlin or +02:00 [default: UTC]
    #[arg(long, value_name = "Z", value_parser = crate::cli::zone)]
    pub timezone: Option<TimeZone>,
    /// Print nothing but failures
    #[arg(long, short)]
    pub quiet: bool,
    /// The file that holds the source's token [default: $COFFERDAM_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The server's certificate, or one that signed it, in PEM [default: those that this machine trusts]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

fn speed(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    if number.is_finite() && (0.0..=1e6).contains(&number) {
        Ok(number)
    } else {
        Err("it is a number from 0 to 1000000".to_owned())
    }
}

/// Plays.
///
/// # Errors
///
/// [`Failure`] when nothing can be read, or the server takes nothing.
pub fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let zone = args.timezone.clone().unwrap_or(TimeZone::UTC);
    let recording = Recording::read(&args.paths, zone.clone())?;
    let server =
        ServerArgs { server: args.to.clone(), token_file: args.token_file.clone(), ca: args.ca.clone() };
    let api = server.api().map_err(Failure::Client)?;
    let (first, last) = span(&recording);
    let lasts = last.duration_since(first);
    let shift = shift(args, first, last, zone);
    if !args.quiet {
        eprintln!(
            "playing {} of {} over {}",
            count(recording.records.len() as u64, "record", "records"),
            count(recording.logs.len() as u64, "log", "logs"),
            spoken(playing(lasts, args.speed))
        );
    }
    let began = Instant::now();
    let mut player = Player::new(&api, &recording, shift);
    let sent = player.play(|at| due(at.duration_since(first), args.speed, began)).map_err(Failure::Client)?;
    if !args.quiet {
        tell(&sent, began.elapsed());
    }
    Ok(())
}

/// The first and the last moment that some record names.
fn span(recording: &Recording) -> (Timestamp, Timestamp) {
    let mut times = recording.records.iter().map(|record| record.at).filter(|at| *at != Timestamp::MIN);
    let first = times.next().unwrap_or_else(Timestamp::now);
    (first, times.next_back().unwrap_or(first))
}

/// How long it takes to play what lasted so long.
fn playing(lasted: SignedDuration, speed: f64) -> Duration {
    if speed == 0.0 {
        Duration::ZERO
    } else {
        Duration::from_secs_f64((lasted.as_secs_f64() / speed).max(0.0))
    }
}

/// When something is due that happened so long after the first record.
fn due(after: SignedDuration, speed: f64, began: Instant) -> Instant {
    began + playing(after, speed)
}

fn shift(args: &ReplayArgs, first: Timestamp, last: Timestamp, zone: TimeZone) -> Option<Shift> {
    let ends = SignedDuration::try_from(playing(last.duration_since(first), args.speed)).ok()?;
    let by = Timestamp::now().checked_add(ends).ok()?.duration_since(last);
    (!args.keep_times).then(|| Shift::new(by, first, last, zone))
}

fn spoken(time: Duration) -> String {
    match time.as_secs() {
        0 => "less than a second".to_owned(),
        seconds @ 1..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

fn tell(sent: &Sent, took: Duration) {
    let twice = match sent.doubled {
        0 => String::new(),
        doubled => format!("; {} there already", count(doubled, "was", "were")),
    };
    let late = match sent.behind.as_secs() {
        0 => String::new(),
        seconds => format!("; {seconds} s behind at worst"),
    };
    say!("{} taken in {:.1} s{twice}{late}", count(sent.taken, "record", "records"), took.as_secs_f64());
    for what in &sent.waited {
        say!("  {}", plain(what));
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Failure {
        Failure::Client(error)
    }
}
