//! What all features of a running server share.

mod able;
mod alarm;
mod belonging;
mod credentials;
mod exceptions;
mod import;
mod import_intents;
mod incident;
mod look;
mod quoted;
mod report;
mod restrict;
mod sign_in;
mod similar;
mod similar_incidents;
mod sources;
mod triage;
mod users;

use crate::access::Caller;
use crate::calls::Calls;
use crate::counted::Counted;
use crate::desk::Desk;
use crate::exceptions::Exceptions;
use crate::http::{Hosts, Outgoing, Problem};
use crate::identity::Identity;
use crate::intake::Intake;
use crate::ledger::{Ledger, Lists, NeedToKnow, Sight};
use crate::listen::Ending;
use crate::live::dedup::Keys;
use crate::oidc::Oidc;
use crate::places::Places;
use crate::refusals::Refusals;
use crate::reports::Reports;
use crate::settings::Settings;
use axum::http::Method;
use cofferdam_journal::{Actor, Fact, Permission, StreamId};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;

pub use alarm::BREAK_GLASS_USED;
pub use belonging::{PLACED_AT_ONCE, Placement};
pub use exceptions::{Trial, WINDOW_DAYS};
pub use import::{Imported, ImportedAlert, ImportedCase, Importing};
pub use quoted::{Raised, Revised};
pub use report::Told;
pub use restrict::NamedPeople;
pub use sign_in::proven_again;
pub use similar::{Like, Shared, Similar};
pub use similar_incidents::Common;
pub use triage::{Act, Refused, Triaged};

/// Tells what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A running server.
pub struct Server {
    /// What it was told before it started.
    pub settings: Settings,
    /// What time it is.
    pub clock: Clock,
    /// The journal.
    pub ledger: Arc<Ledger>,
    /// Alerts, incidents and evidence, as their lists are now.
    pub lists: Arc<Lists>,
    /// Who may see restricted objects.
    pub need: Arc<NeedToKnow>,
    /// Who is told of what.
    pub calls: Arc<Calls>,
    /// What is to be done, by incident.
    pub desk: Arc<Desk>,
    /// The address by which people reach it, without a path.
    pub url: String,
    /// What hides alerts.
    pub exceptions: Arc<Exceptions>,
    /// What sends events and alerts, and the way into the spool.
    pub intake: Arc<Intake>,
    /// Users, sessions, tokens, and attempts to be somebody.
    pub identity: Arc<Identity>,
    /// The OpenID provider by which people may sign in, if there is one.
    pub oidc: Option<Oidc>,
    /// Names to which it answers.
    pub hosts: Hosts,
    /// What tells alerts apart that are told again.
    pub keys: Keys,
    /// Held while an alert gets the next free number.
    pub numbering: tokio::sync::Mutex<()>,
    /// Held while a file of another product is imported: one at a time.
    pub importing: Arc<tokio::sync::Mutex<()>>,
    /// How live detection is doing.
    pub live: crate::live::Status,
    /// What people report without an account.
    pub reports: Reports,
    /// Large answers under way.
    pub outgoing: Outgoing,
    /// What is counted for `/metrics`.
    pub counted: Counted,
    /// Live feeds.
    pub feeds: Arc<Places>,
    /// Whether the server ends.
    pub ending: Ending,
    /// Requests that were refused, recorded once a minute.
    pub refusals: Refusals,
}

impl Server {
    /// The journal as this caller sees it.
    pub fn sight<'s>(&'s self, caller: &'s Caller) -> Sight<'s> {
        Sight::of(&self.ledger, &self.lists, &self.need, caller)
    }

    /// The program, for facts that it brings about itself.
    pub fn program(&self) -> Actor {
        Actor::Program(self.settings.version.to_owned())
    }

    /// Today's stream of what concerns nobody's own.
    pub fn access_stream(&self) -> StreamId {
        StreamId::Access((self.clock)().to_zoned(TimeZone::UTC).date())
    }

    /// Records a security event; that it could not be is logged, since whoever caused it must not be told.
    pub async fn note(&self, actor: Actor, fact: Fact) {
        if let Err(error) = self.ledger.note(self.access_stream(), actor, fact).await {
            tracing::error!(failure = %error, "a security event could not be recorded");
        }
    }

    /// Does something to its end, even when whoever asked for it breaks off: half of it would be no one's.
    ///
    /// # Errors
    ///
    /// What the work says; 500 when it panicked.
    pub async fn whole<T: Send + 'static>(
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        let done = tokio::spawn(work).await;
        done.unwrap_or_else(|error| Err(Problem::from_failure("work was not done to its end", &error)))
    }

    /// Counts a request that lacked a permission.
    pub fn refused(&self, caller: &Caller, permission: Permission, method: &Method, route: &str) {
        self.refusals.count(caller.user, permission, method, route);
    }
}
