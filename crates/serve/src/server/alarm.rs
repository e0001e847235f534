//! Alerts that the server raises itself, for everybody to see who sees alerts.

use super::Server;
use crate::http::{Problem, Source};
use crate::identity::Known;
use cofferdam_journal::alert::{
    Alert, AlertIntent, AlertReport, AlertSource, AlertStatus, Count, EntityRecord, Rule,
};
use cofferdam_journal::{Actor, Fact, Personal, StreamId};
use cofferdam_vocabulary::{AlertId, EntityKind, Level, Role};
use std::sync::Arc;

/// The rule that fires when a break-glass account is used.
pub const BREAK_GLASS_USED: &str = "cofferdam-break-glass-used";

impl Server {
    /// Raises an alert under the next free number.
    ///
    /// # Errors
    ///
    /// 500 when it cannot be recorded.
    pub async fn raise_alert(
        self: &Arc<Self>,
        actor: Actor,
        report: AlertReport,
    ) -> Result<AlertId, Problem> {
        let server = Arc::clone(self);
        Server::whole(async move {
            // Nobody else takes this number until the alert is in the list.
            let _numbering = server.numbering.lock().await;
            let id = AlertId(server.lists.last_alert().map_or(0, |last| last.0) + 1);
            let intent = AlertIntent::Report(Box::new(report));
            let asked = server.ledger.ask::<Alert>(StreamId::Alert(id), actor, intent).await;
            asked.map(|_| id).map_err(|error| Problem::from_failure("an alert cannot be raised", &error))
        })
        .await
    }

    /// A break-glass account was used: whoever watches is told.
    pub(super) async fn break_glass_used(self: &Arc<Self>, user: &Known, source: Source) {
        let (account, address) = (user.profile.account.clone(), Personal::of(&source.0.to_string()));
        tracing::warn!(user = %user.id, "a break-glass account was used");
        let fact = Fact::BreakGlassUsed { user: user.id, address: address.clone() };
        self.note(Actor::Person(account.clone()), fact).await;
        let entity = |kind, value| EntityRecord { kind, value, role: Role::Actor };
        let now = Some((self.clock)());
        let report = AlertReport {
            rule: Rule { id: BREAK_GLASS_USED.to_owned(), title: Personal::of("Break-glass account used") },
            level: Level::Critical,
            tactics: Vec::new(),
            techniques: Vec::new(),
            entities: [entity(EntityKind::Account, account), entity(EntityKind::Address, address)].into(),
            records: Vec::new(),
            count: Count { matches: 1, occurrences: 1, first_seen: now, last_seen: now, attempt: false },
            source: AlertSource::Rule,
            status: AlertStatus::Open,
            dedup: None,
        };
        // That it failed is logged; on the day of such an account, its user is let in all the same.
        let _ = self.raise_alert(self.program(), report).await;
    }
}
