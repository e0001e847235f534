//! What a server does by itself, again and again: ends sessions whose time is over, records what was only counted, and
//! looks for sources that fell silent.

use crate::identity::Over;
use crate::listen::Ending;
use crate::live::silence::{self, Silence};
use crate::server::Server;
use cofferdam_journal::access::LoginsThrottled;
use cofferdam_journal::session::{Session, SessionEnd, SessionIntent};
use cofferdam_journal::{Fact, Personal, StreamId};
use std::sync::Arc;
use std::time::Duration;

/// How often sessions are looked through.
const OFTEN: Duration = Duration::from_millis(500);
/// Counters are recorded every so many rounds: once a minute.
const ROUNDS: u32 = 120;

/// Sources are looked at every so many rounds.
const LOOKS: u32 = 10;

/// Runs until the server ends, and records then what is left.
pub async fn run(server: Arc<Server>, mut ending: Ending) {
    let (mut round, mut silence) = (0_u32, Silence::default());
    loop {
        let ended = tokio::time::timeout(OFTEN, ending.wait_for(|ending| *ending)).await.is_ok();
        if ended {
            server.identity.end(None, SessionEnd::Restart, |_| true);
        }
        sessions(&server).await;
        // Reports that came right before the end before have their alerts, too.
        if round.is_multiple_of(ROUNDS) {
            server.alert_reports().await;
        }
        round += 1;
        if !ended && round.is_multiple_of(LOOKS) {
            silent(&server, &mut silence).await;
        }
        if ended || round.is_multiple_of(ROUNDS) {
            counters(&server).await;
        }
        if ended {
            return;
        }
    }
}

async fn silent(server: &Arc<Server>, silence: &mut Silence) {
    let now = (server.clock)();
    for fell in silence.look(&server.intake.sources.all(), now) {
        silence::raise(server, &fell, now).await;
    }
}

async fn sessions(server: &Arc<Server>) {
    let swept = server.identity.sessions.sweep((server.clock)());
    let why = |over| match over {
        Over::Idle => SessionEnd::Idle,
        Over::Expired => SessionEnd::Expired,
    };
    server.identity.has_ended(swept.into_iter().map(|(session, over)| (session, why(over))));
    for ended in server.identity.ended() {
        let (intent, by) =
            (SessionIntent::End { why: ended.why }, ended.by.unwrap_or_else(|| server.program()));
        let asked = server.ledger.ask::<Session>(StreamId::Session(ended.session.id), by, intent);
        if let Err(error) = asked.await {
            tracing::error!(failure = %error, "the end of a session could not be recorded");
        }
    }
}

async fn counters(server: &Arc<Server>) {
    for (account, place, count) in server.identity.attempts.turned_away() {
        let address = Personal::of(&place.to_string());
        let fact = Fact::LoginsThrottled(LoginsThrottled { account: Personal::of(&account), address, count });
        server.note(server.program(), fact).await;
    }
    for fact in server.refusals.take() {
        server.note(server.program(), fact).await;
    }
}
