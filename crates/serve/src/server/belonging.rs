//! What people say belongs to which incident: opened by hand, attached, detached, split, merged and unmerged, each in one
//! commit or not at all.

use super::Server;
use crate::access::Caller;
use crate::http::Problem;
use crate::ledger::{Draft, Ledger};
use cofferdam_journal::alert::{Alert, EntityRecord};
use cofferdam_journal::incident::{Correction, Incident, IncidentIntent, Joined, Severity, Span};
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_journal::{Permission, Personal, StreamId};
use cofferdam_store::StorageError;
use cofferdam_vocabulary::{AlertId, IncidentId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Alerts that are put somewhere at once.
pub const PLACED_AT_ONCE: usize = 1000;

/// Alerts that people put into an incident.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Which.
    pub alerts: BTreeSet<AlertId>,
    /// Take them out of the incidents in which they are.
    pub moving: bool,
    /// Why they belong there.
    pub reason: Personal,
}

/// What is asked of incidents in one commit, each once.
type Steps = Vec<(IncidentId, Vec<IncidentIntent>)>;

impl Server {
    /// Opens an incident that people found, perhaps with alerts.
    ///
    /// # Errors
    ///
    /// As [`Server::attach`].
    pub async fn open_incident(
        self: &Arc<Self>,
        caller: &Caller,
        title: Personal,
        severity: Severity,
        placement: Placement,
    ) -> Result<IncidentId, Problem> {
        self.place_in_new(caller, (title, severity), placement, None).await
    }

    /// Makes an incident of some alerts of another.
    ///
    /// # Errors
    ///
    /// As [`Server::attach`]; 409 when the other is restricted, or has none of the alerts.
    pub async fn split_incident(
        self: &Arc<Self>,
        caller: &Caller,
        from: IncidentId,
        title: Personal,
        placement: Placement,
    ) -> Result<IncidentId, Problem> {
        let row = self.sight(caller).row::<IncidentRow>(from)?;
        if row.restricted.is_some() {
            let detail = "what is split off a restricted incident would be there for everybody";
            let help = "open it up first, or detach the alerts";
            return Err(Problem::conflict().detail(detail).help(help));
        }
        let reasons = vec![placement.reason.clone()];
        let severity = Severity { level: row.severity, reasons };
        self.place_in_new(caller, (title, severity), placement, Some(from)).await
    }

    async fn place_in_new(
        self: &Arc<Self>,
        caller: &Caller,
        new: (Personal, Severity),
        placement: Placement,
        from: Option<IncidentId>,
    ) -> Result<IncidentId, Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            let _changing = server.ledger.changing.lock().await;
            let _numbering = server.numbering.lock().await;
            let id = IncidentId(server.lists.last_incident().map_or(1, |last| last.0 + 1));
            let homes = server.homes(&caller, id, &placement)?;
            if let Some(from) = from
                && homes.keys().any(|home| *home != from)
            {
                return Err(Problem::conflict().detail(format!("not all of these alerts are in {from}")));
            }
            let (title, severity) = new;
            let open = IncidentIntent::Correct(Correction::Open { title, severity });
            server.place(&caller, id, vec![open], homes, placement).await?;
            Ok(id)
        })
        .await
    }

    /// Says that alerts belong to an incident.
    ///
    /// # Errors
    ///
    /// 404 when the incident is not there for the caller, 403 when somebody else leads, 409 when an alert is not there,
    /// or is in another incident and is not to be moved, 500 when it cannot be recorded.
    pub async fn attach(
        self: &Arc<Self>,
        caller: &Caller,
        id: IncidentId,
        placement: Placement,
    ) -> Result<(), Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            // Nobody restricts any of them between the look at them and the change.
            let _changing = server.ledger.changing.lock().await;
            server.may_correct(&caller, id)?;
            let homes = server.homes(&caller, id, &placement)?;
            server.place(&caller, id, Vec::new(), homes, placement).await
        })
        .await
    }

    /// Says that alerts belong to no incident.
    ///
    /// # Errors
    ///
    /// As [`Server::attach`]; 409 when an alert is not in it, 403 when the incident is restricted and the caller may
    /// restrict none.
    pub async fn detach(
        self: &Arc<Self>,
        caller: &Caller,
        id: IncidentId,
        alerts: BTreeSet<AlertId>,
        reason: Personal,
    ) -> Result<(), Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            let _changing = server.ledger.changing.lock().await;
            let row = server.may_correct(&caller, id)?;
            may_show(&caller, &row)?;
            for alert in &alerts {
                if server.alert_there(&caller, *alert)?.incident != Some(id) {
                    return Err(Problem::conflict().detail(format!("{alert} is not in {id}")));
                }
            }
            let detach = IncidentIntent::Correct(Correction::Detach { alerts, to: None, reason });
            server.carry(&caller, move |_| Ok(vec![(id, vec![detach.clone()])])).await
        })
        .await
    }

    /// Makes an incident part of another.
    ///
    /// # Errors
    ///
    /// As [`Server::attach`].
    pub async fn merge_incidents(
        self: &Arc<Self>,
        caller: &Caller,
        part: IncidentId,
        into: IncidentId,
        reason: Personal,
    ) -> Result<(), Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            let _changing = server.ledger.changing.lock().await;
            server.may_correct(&caller, part)?;
            if part == into {
                return Err(Problem::conflict().detail("an incident is no part of itself"));
            }
            let there = server.sight(&caller).row::<IncidentRow>(into);
            there.map_err(|_| Problem::conflict().detail(format!("there is no incident {into}")))?;
            server.may_correct(&caller, into)?;
            let lists = Arc::clone(&server.lists);
            server
                .carry(&caller, move |ledger| {
                    let (known, _) = ledger.store().journal.state::<Incident>(StreamId::Incident(part))?;
                    let mut steps = Vec::new();
                    if let Some(known) = known.known {
                        let own =
                            known.alerts.into_iter().filter(|(id, _)| lists.incident_of(*id) == Some(part));
                        let alerts = own.map(|(alert, join)| Joined { alert, join }).collect();
                        let (scope, span, reason) = (known.scope, known.span, reason.clone());
                        let attach = Correction::Attach { alerts, scope, span, reason };
                        steps.push((into, vec![IncidentIntent::Correct(attach)]));
                    }
                    steps.push((part, vec![IncidentIntent::MergeByPeople { into }]));
                    Ok(steps)
                })
                .await
        })
        .await
    }

    /// Takes a merge back: the incident has its alerts again, as far as they were not moved since.
    ///
    /// # Errors
    ///
    /// As [`Server::attach`]; 409 when it is part of no other.
    pub async fn unmerge_incident(
        self: &Arc<Self>,
        caller: &Caller,
        part: IncidentId,
        reason: Personal,
    ) -> Result<(), Problem> {
        let (server, caller) = (Arc::clone(self), caller.clone());
        Server::whole(async move {
            let _changing = server.ledger.changing.lock().await;
            let row = server.sight(&caller).row::<IncidentRow>(part)?;
            if row.merged_into.is_none() {
                return Err(Problem::conflict().detail(format!("{part} is part of no other incident")));
            }
            // All that it ended in: alerts may have gone further with those.
            let mut wholes = BTreeSet::new();
            let mut next = row.merged_into;
            while let Some(whole) = next.filter(|whole| wholes.insert(*whole)) {
                let whole = server.may_correct(&caller, whole)?;
                may_show(&caller, &whole)?;
                next = whole.merged_into;
            }
            let lists = Arc::clone(&server.lists);
            server
                .carry(&caller, move |ledger| {
                    let (known, _) = ledger.store().journal.state::<Incident>(StreamId::Incident(part))?;
                    let mut back: BTreeMap<IncidentId, BTreeSet<AlertId>> = BTreeMap::new();
                    for alert in known.known.into_iter().flat_map(|known| known.alerts.into_keys()) {
                        if let Some(home) = lists.incident_of(alert).filter(|home| wholes.contains(home)) {
                            back.entry(home).or_default().insert(alert);
                        }
                    }
                    let unmerge = Correction::Unmerge { reason: reason.clone() };
                    let mut steps = vec![(part, vec![IncidentIntent::Correct(unmerge)])];
                    for (home, alerts) in back {
                        let detach = Correction::Detach { alerts, to: Some(part), reason: reason.clone() };
                        steps.push((home, vec![IncidentIntent::Correct(detach)]));
                    }
                    Ok(steps)
                })
                .await
        })
        .await
    }

    /// An incident about which the caller may say what belongs to it: whoever leads decides.
    fn may_correct(&self, caller: &Caller, id: IncidentId) -> Result<IncidentRow, Problem> {
        let row = self.sight(caller).row::<IncidentRow>(id)?;
        match row.commander {
            Some(who) if !caller.may(Permission::IncidentsCommand) => {
                let detail = format!("{who} leads {id}: whoever leads decides what belongs to it");
                Err(Problem::forbidden().detail(detail).help("propose it to them"))
            }
            _ => Ok(row),
        }
    }

    fn alert_there(&self, caller: &Caller, alert: AlertId) -> Result<AlertRow, Problem> {
        let row = self.sight(caller).row::<AlertRow>(alert);
        let row = row.map_err(|_| Problem::conflict().detail(format!("there is no alert {alert}")))?;
        match row.merged_into {
            Some(into) => Err(Problem::conflict().detail(format!("{alert} is part of {into}"))),
            None => Ok(row),
        }
    }

    /// The incidents in which alerts are that shall be in another, and which of them in each.
    fn homes(
        &self,
        caller: &Caller,
        to: IncidentId,
        placement: &Placement,
    ) -> Result<BTreeMap<IncidentId, BTreeSet<AlertId>>, Problem> {
        let mut homes: BTreeMap<IncidentId, BTreeSet<AlertId>> = BTreeMap::new();
        for alert in &placement.alerts {
            let Some(home) = self.alert_there(caller, *alert)?.incident.filter(|home| *home != to) else {
                continue;
            };
            if !placement.moving {
                let detail = format!("{alert} is in {home}");
                return Err(Problem::conflict().detail(detail).help("say that it shall be moved"));
            }
            homes.entry(home).or_default().insert(*alert);
        }
        for home in homes.keys() {
            let row = self.may_correct(caller, *home)?;
            may_show(caller, &row)?;
        }
        Ok(homes)
    }

    /// Puts alerts into an incident, out of those in which they are.
    async fn place(
        self: &Arc<Self>,
        caller: &Caller,
        to: IncidentId,
        before: Vec<IncidentIntent>,
        homes: BTreeMap<IncidentId, BTreeSet<AlertId>>,
        placement: Placement,
    ) -> Result<(), Problem> {
        let Placement { alerts, reason, .. } = placement;
        self.carry(caller, move |ledger| {
            let mut intents = before.clone();
            if !alerts.is_empty() {
                let (scope, span) = about(ledger, &alerts)?;
                let alerts = alerts.iter().map(|alert| Joined { alert: *alert, join: None }).collect();
                let attach = Correction::Attach { alerts, scope, span, reason: reason.clone() };
                intents.push(IncidentIntent::Correct(attach));
            }
            let mut steps = vec![(to, intents)];
            for (home, alerts) in homes.clone() {
                let detach = Correction::Detach { alerts, to: Some(to), reason: reason.clone() };
                steps.push((home, vec![IncidentIntent::Correct(detach)]));
            }
            Ok(steps)
        })
        .await
    }

    /// Carries intents of several incidents through in one commit, or none of them when one is refused.
    async fn carry(
        self: &Arc<Self>,
        caller: &Caller,
        steps: impl Fn(&Ledger) -> Result<Steps, StorageError> + Send + 'static,
    ) -> Result<(), Problem> {
        let actor = caller.actor();
        let done = self.ledger.run(move |ledger| {
            ledger.together(|draft: &mut Draft<'_>| {
                for (incident, intents) in steps(ledger)? {
                    draft.ask::<Incident>(StreamId::Incident(incident), &actor, |_| intents)?;
                }
                let refused = draft.refused.first().map(|(stream, why)| format!("{stream}: {why}"));
                if refused.is_some() {
                    draft.refused.clear();
                    draft.discard();
                }
                Ok(refused)
            })
        });
        let failed = |what| Problem::from_failure("incidents cannot be changed", &StorageError::Io { what });
        match done.await.and_then(|done| done).map_err(failed)? {
            (Some(why), _) => Err(Problem::conflict().detail(why)),
            (None, _) => Ok(()),
        }
    }
}

/// What leaves a restricted incident is there for everybody.
fn may_show(caller: &Caller, row: &IncidentRow) -> Result<(), Problem> {
    if row.restricted.is_some() && !caller.may(Permission::IncidentsRestrict) {
        let detail = format!("{} is restricted: what leaves it would be there for everybody", row.id);
        return Err(Problem::forbidden().detail(detail).help("ask somebody who may restrict incidents"));
    }
    Ok(())
}

/// What alerts are about, and from when to when they were seen.
fn about(
    ledger: &Ledger,
    alerts: &BTreeSet<AlertId>,
) -> Result<(BTreeSet<EntityRecord>, Span), StorageError> {
    let (mut scope, mut span) = (BTreeSet::new(), Span { first_seen: None, last_seen: None });
    for alert in alerts {
        let (state, _) = ledger.store().journal.state::<Alert>(StreamId::Alert(*alert))?;
        if let Some(known) = state.known {
            scope.extend(known.entities);
            span = span.with(Span { first_seen: known.count.first_seen, last_seen: known.count.last_seen });
        }
    }
    Ok((scope, span))
}
