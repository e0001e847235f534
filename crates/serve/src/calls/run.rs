//! Tells people, as long as the server runs.

use super::message::{Item, Message};
use super::plan::Planner;
use super::post::{Office, Parcel, Way};
use crate::listen::Ending;
use crate::server::Server;
use cofferdam_journal::StreamId;
use cofferdam_journal::call::{Call, Channel};
use cofferdam_vocabulary::{CallId, DeliveryId, UserId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// How often it is looked whose turn it is.
const OFTEN: Duration = Duration::from_millis(200);
/// How long what is under way is waited for when the server ends; what is not known to have arrived is sent again.
const LAST: Duration = Duration::from_secs(3);

type Ended = (DeliveryId, Result<(), String>);

/// What is under way for one person, by one way.
type Bundles = BTreeMap<DeliveryId, (UserId, Channel, Vec<(CallId, u32)>)>;

/// Runs until the server ends.
pub async fn run(server: Arc<Server>, mut ending: Ending) {
    if server.settings.calls.contacts.is_empty() {
        return;
    }
    let (told, mut ended) = unbounded_channel();
    let mut grown = server.ledger.grown();
    let mut office = Office::new(&server.settings.calls);
    loop {
        office = round(&server, office, &told).await;
        tokio::select! {
            _ = ending.wait_for(|ending| *ending) => break,
            _ = grown.changed() => {}
            Some((delivery, outcome)) = ended.recv() => office.came(delivery, outcome),
            () = tokio::time::sleep(OFTEN) => {}
        }
    }
    let last = tokio::time::Instant::now() + LAST;
    while office.is_busy() {
        let Ok(Some((delivery, outcome))) = tokio::time::timeout_at(last, ended.recv()).await else { return };
        office.came(delivery, outcome);
        office = recorded(&server, office).await;
    }
}

/// Records what is to be done, and does it.
async fn round(server: &Arc<Server>, office: Office, told: &UnboundedSender<Ended>) -> Office {
    let mut office = recorded(server, office).await;
    let of = Arc::clone(server);
    let packed = tokio::task::spawn_blocking(move || {
        let parcels = pack(&of, &mut office);
        (office, parcels)
    });
    let (office, parcels) = match packed.await {
        Ok(packed) => packed,
        Err(failure) => {
            tracing::error!(%failure, "nobody could be told");
            return Office::new(&server.settings.calls);
        }
    };
    for parcel in parcels {
        let told = told.clone();
        tokio::task::spawn_blocking(move || {
            let outcome = parcel.send();
            if let Err(failure) = &outcome {
                tracing::warn!(delivery = %parcel.delivery, %failure, "somebody could not be told");
            }
            // Whoever would hear of it is gone: it is sent again after the next start.
            let _ = told.send((parcel.delivery, outcome));
        });
    }
    office
}

/// Records what is to be done and what became of what was done.
async fn recorded(server: &Arc<Server>, mut office: Office) -> Office {
    let of = Arc::clone(server);
    let recorded = server.ledger.run(move |ledger| {
        office.next_round();
        let now = (of.clock)();
        let plan = match Planner::new(&of, &mut office, now).plan() {
            Ok(plan) => plan,
            Err(failure) => {
                tracing::error!(%failure, "it cannot be said who is to be told");
                return office;
            }
        };
        let (program, intents) = (of.program(), plan.intents);
        let written = ledger.together(|draft| {
            for (call, intents) in &intents {
                draft.ask::<Call>(StreamId::Call(*call), &program, |_| intents.clone())?;
            }
            Ok(())
        });
        match written {
            Ok(_) => {
                of.calls.forget(&plan.forget);
                office.recorded();
            }
            Err(failure) => tracing::error!(%failure, "who is told of what could not be recorded"),
        }
        office
    });
    match recorded.await {
        Ok(office) => office,
        Err(failure) => {
            tracing::error!(%failure, "it cannot be said who is to be told");
            Office::new(&server.settings.calls)
        }
    }
}

/// Everything that was recorded as being sent and is not under way: what was recorded just now, and what nobody knows to
/// have arrived since the server ran last.
fn pack(server: &Server, office: &mut Office) -> Vec<Parcel> {
    let mut bundles = Bundles::new();
    for (id, known) in server.calls.open() {
        let Some(spec) = known.call.spec.as_ref().filter(|_| known.call.is_open() && !known.over) else {
            continue;
        };
        for (delivery, sent) in &known.call.deliveries {
            if sent.outcome.is_some() || office.has(*delivery) {
                continue;
            }
            if let Some(user) = spec.told_by(sent.step) {
                let bundle = bundles.entry(*delivery).or_insert_with(|| (user, sent.channel, Vec::new()));
                bundle.2.push((id, sent.step));
            }
        }
    }
    let parcel = |(delivery, (user, channel, calls)): (DeliveryId, (UserId, Channel, Vec<_>))| {
        let (mut items, mut told) = (Vec::new(), Vec::new());
        for (call, step) in calls {
            match Item::of(server, user, call, step) {
                Ok(item) => {
                    items.push(item);
                    told.push((call, step));
                }
                Err(what) => office.leave_out(delivery, call, step, what),
            }
        }
        if items.is_empty() {
            return None;
        }
        office.goes(delivery, told);
        match way(server, office, user, channel) {
            Ok(way) => {
                Some(Parcel { delivery, way, message: Message::of(server, &items), at: (server.clock)() })
            }
            Err(what) => {
                office.came(delivery, Err(what));
                None
            }
        }
    };
    bundles.into_iter().filter_map(parcel).collect()
}

fn way(server: &Server, office: &Office, user: UserId, channel: Channel) -> Result<Way, String> {
    let known = server.identity.roster.user(user).ok_or("there is no such user any more")?;
    let account = known.profile.account.known().unwrap_or_default();
    let contact = server.settings.calls.contacts.get(account).ok_or("there is no address of theirs")?;
    let none = || "there is no address of theirs".to_owned();
    match channel {
        Channel::Mail => contact.mail.clone().map(|to| Way::Mail(office.mailer(), to)).ok_or_else(none),
        Channel::Webhook => contact.webhook.clone().map(Way::Webhook).ok_or_else(none),
    }
}
