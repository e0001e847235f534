//! From a socket into the spool: what all ways of sending syslog have in common.

use super::senders::Senders;
use crate::intake::{Busy, Intake, Source};
use crate::listen::Ending;
use crate::settings::ConfiguredSource;
use bytes::Bytes;
use cofferdam_spool::Record;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Messages that are handed to the spool at once.
const MOST: usize = 10_000;
/// How long a stream stands still when nothing could be taken.
const PAUSE: Duration = Duration::from_millis(500);

/// What a socket is for.
pub struct Feed {
    /// The way into the spool.
    pub intake: Arc<Intake>,
    /// Whose messages they are.
    pub source: Arc<Source>,
    /// What is said of it.
    pub settings: ConfiguredSource,
    /// Becomes true when the server ends.
    pub ending: Ending,
    /// Who sends.
    pub senders: Senders,
}

impl Feed {
    /// A feed of this source.
    pub fn of(
        intake: Arc<Intake>,
        source: Arc<Source>,
        settings: ConfiguredSource,
        ending: Ending,
    ) -> Arc<Feed> {
        let senders = Senders::of(&settings);
        Arc::new(Feed { intake, source, settings, ending, senders })
    }

    /// Whether somebody may send; who may not is counted.
    pub fn admits(&self, sender: IpAddr) -> bool {
        let may = self.settings.may_send(sender);
        if !may {
            self.source.counters.refused(1);
        }
        may
    }

    /// Takes messages of one sender in, who waits as long as there is no room. False when the server ends before.
    pub async fn deliver(&self, sender: IpAddr, messages: &[Bytes]) -> bool {
        let origin = self.senders.origin(self.senders.known(sender));
        for part in messages.chunks(MOST) {
            loop {
                let accepted = self.intake.accept_from_when_room(&self.source, &origin, records(part)).await;
                if accepted.is_ok() {
                    break;
                }
                // Why is in the log already.
                let mut ending = self.ending.clone();
                let ended = ending.wait_for(|ending| *ending);
                if tokio::time::timeout(PAUSE, ended).await.is_ok() {
                    return false;
                }
            }
        }
        true
    }

    /// Takes messages in of a sender who does not wait, one of those that are told apart or of all others: messages for
    /// which there is no room are lost, and counted.
    pub async fn offer(&self, sender: Option<IpAddr>, messages: Vec<Bytes>) {
        let origin = self.senders.origin(sender);
        for part in messages.chunks(MOST) {
            let accepted: Result<_, Busy> =
                self.intake.accept_from(&self.source, &origin, records(part)).await;
            if accepted.is_err() {
                self.source.counters.dropped(part.len() as u64);
            }
        }
    }
}

fn records(messages: &[Bytes]) -> Vec<Record> {
    messages.iter().map(|bytes| Record { bytes: bytes.clone(), ..Record::default() }).collect()
}
