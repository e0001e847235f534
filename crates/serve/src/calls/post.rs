//! What goes out: how much somebody is told, what is under way, and what became of it.

use super::message::Message;
use crate::call_settings::{CallSettings, Webhook};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cofferdam_connect::{Letter, Mailer, Posted, post_as};
use cofferdam_journal::Personal;
use cofferdam_journal::call::{CallIntent, Channel, WHAT_CHARS};
use cofferdam_vocabulary::{CallId, DeliveryId, UserId};
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Messages to one person within [`WINDOW`]; what comes on top waits, and is told in one.
const AT_ONCE: usize = 5;
const WINDOW: SignedDuration = SignedDuration::from_secs(60);
/// How long to wait before it is tried again.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];
/// Before a secret that is written in base64. Source: Standard Webhooks 1.0.0, "Signature scheme".
const SECRET: &str = "whsec_";

/// Where messages go out.
pub struct Office {
    mailer: Option<Result<Arc<Mailer>, String>>,
    /// When somebody was told something, the first first.
    told: HashMap<UserId, VecDeque<Timestamp>>,
    /// What this round tells whom, and how.
    now: BTreeMap<(UserId, Channel), DeliveryId>,
    /// What is under way, or came to an end that is not recorded yet: each with its calls and their steps.
    under_way: HashMap<DeliveryId, Vec<(CallId, u32)>>,
    ended: Vec<(DeliveryId, Result<(), String>)>,
    /// Calls that a message should have told, and why it does not: that is not recorded yet.
    left_out: Vec<(CallId, CallIntent)>,
}

/// Something that is to be sent.
pub struct Parcel {
    /// What.
    pub delivery: DeliveryId,
    /// Where to.
    pub way: Way,
    /// What it says.
    pub message: Message,
    /// When.
    pub at: Timestamp,
}

/// Where to.
pub enum Way {
    /// To this address, by that server.
    Mail(Result<Arc<Mailer>, String>, String),
    /// There.
    Webhook(Webhook),
}

impl Office {
    /// One that has sent nothing.
    pub fn new(settings: &CallSettings) -> Office {
        let mailer = |mail: &crate::call_settings::MailSettings| {
            Mailer::new(&mail.server, &mail.from).map(Arc::new).inspect_err(|failure| {
                tracing::error!(%failure, "no e-mail can be sent");
            })
        };
        Office {
            mailer: settings.mail.as_ref().map(mailer),
            told: HashMap::new(),
            now: BTreeMap::new(),
            under_way: HashMap::new(),
            ended: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Whether somebody can be told something now, or was told enough for a while.
    pub fn may_tell(&mut self, user: UserId, now: Timestamp) -> bool {
        let told = self.told.entry(user).or_default();
        while told.front().is_some_and(|at| now.duration_since(*at) >= WINDOW) {
            told.pop_front();
        }
        told.len() < AT_ONCE || self.now.keys().any(|(told, _)| *told == user)
    }

    /// What tells somebody in this round, by this way: one for all of which they are told.
    pub fn delivery(&mut self, user: UserId, channel: Channel, now: Timestamp) -> DeliveryId {
        if !self.now.keys().any(|(told, _)| *told == user) {
            self.told.entry(user).or_default().push_back(now);
        }
        *self.now.entry((user, channel)).or_insert_with(|| {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes)
                .expect("the system gives no random bytes; nothing could be kept secret");
            DeliveryId(bytes)
        })
    }

    /// The next round begins.
    pub fn next_round(&mut self) {
        self.now.clear();
    }

    /// What became of what was sent, for its calls.
    pub fn outcomes(&self) -> Vec<(CallId, CallIntent)> {
        let mut found = self.left_out.clone();
        for (delivery, outcome) in &self.ended {
            for (call, step) in self.under_way.get(delivery).into_iter().flatten() {
                let intent = match outcome {
                    Ok(()) => CallIntent::Told { delivery: *delivery },
                    Err(what) => {
                        let what: String = what.chars().take(WHAT_CHARS).collect();
                        let what = Personal::of(&what);
                        CallIntent::Fail { step: *step, delivery: Some(*delivery), what }
                    }
                };
                found.push((*call, intent));
            }
        }
        found
    }

    /// What became of it is recorded.
    pub fn recorded(&mut self) {
        self.left_out.clear();
        for (delivery, _) in self.ended.drain(..) {
            self.under_way.remove(&delivery);
        }
    }

    /// Whether it is under way.
    pub fn has(&self, delivery: DeliveryId) -> bool {
        self.under_way.contains_key(&delivery)
    }

    /// Whether anything is under way.
    pub fn is_busy(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// It does not tell of this call.
    pub fn leave_out(&mut self, delivery: DeliveryId, call: CallId, step: u32, what: &str) {
        let fail = CallIntent::Fail { step, delivery: Some(delivery), what: Personal::of(what) };
        self.left_out.push((call, fail));
    }

    /// It goes out now.
    pub fn goes(&mut self, delivery: DeliveryId, calls: Vec<(CallId, u32)>) {
        self.under_way.insert(delivery, calls);
    }

    /// It arrived, or did not.
    pub fn came(&mut self, delivery: DeliveryId, outcome: Result<(), String>) {
        self.ended.push((delivery, outcome));
    }

    /// What takes e-mail.
    pub fn mailer(&self) -> Result<Arc<Mailer>, String> {
        self.mailer.clone().unwrap_or_else(|| Err("no server takes e-mail".to_owned()))
    }
}

impl Parcel {
    /// Sends it, and again when that may help. Waits meanwhile.
    pub fn send(&self) -> Result<(), String> {
        let mut pauses = AGAIN.iter();
        loop {
            let (what, is_final) = match self.try_once() {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            match pauses.next().filter(|_| !is_final) {
                Some(pause) => std::thread::sleep(*pause),
                None => return Err(what),
            }
        }
    }

    /// Sends it; what failed, and whether it would fail again.
    fn try_once(&self) -> Result<(), (String, bool)> {
        match &self.way {
            Way::Mail(mailer, to) => {
                let mailer = mailer.as_ref().map_err(|what| (what.clone(), true))?;
                let id = self.delivery.to_string();
                let letter = Letter {
                    to,
                    subject: &self.message.subject,
                    body: &self.message.text,
                    id: &id,
                    domain: &self.message.domain,
                    date: self.at.into(),
                };
                mailer.send(letter).map_err(|unsent| (unsent.what, unsent.is_final))
            }
            Way::Webhook(webhook) => self.post(webhook),
        }
    }

    fn post(&self, webhook: &Webhook) -> Result<(), (String, bool)> {
        let (id, time) = (format!("msg_{}", self.delivery), self.at.as_second().to_string());
        let signature = signature(&webhook.secret, &id, &time, &self.message.json);
        let headers = [
            ("webhook-id", id.as_str()),
            ("webhook-timestamp", time.as_str()),
            ("webhook-signature", signature.as_str()),
        ];
        let posted = Posted { content_type: "application/json", headers: &headers };
        match post_as(&webhook.url, posted, &self.message.json) {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => {
                // What is asked wrongly now is asked wrongly later, unless there was only too much of it.
                let is_final =
                    (300..500).contains(&answer.status) && !matches!(answer.status, 408 | 425 | 429);
                Err((format!("it answered {}", answer.status), is_final))
            }
            Err(what) => Err((what, false)),
        }
    }
}

/// What proves that a message is ours. Source: Standard Webhooks 1.0.0, "Signature scheme".
fn signature(secret: &str, id: &str, time: &str, body: &str) -> String {
    let decoded = secret.strip_prefix(SECRET).and_then(|text| STANDARD.decode(text).ok());
    let key = decoded.unwrap_or_else(|| secret.as_bytes().to_vec());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: Standard Webhooks 1.0.0, the example of its reference libraries.
    #[test]
    fn messages_are_signed_as_others_check_them() {
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn somebody_is_told_so_much_and_the_rest_in_one() {
        let mut office = Office::new(&CallSettings::default());
        let (user, start) = (UserId(1), Timestamp::from_second(1_800_000_000).unwrap());
        for _ in 0..AT_ONCE {
            assert!(office.may_tell(user, start));
            office.delivery(user, Channel::Mail, start);
            office.next_round();
        }
        assert!(!office.may_tell(user, start + SignedDuration::from_secs(59)));
        let later = start + SignedDuration::from_secs(60);
        assert!(office.may_tell(user, later));
        let one = office.delivery(user, Channel::Mail, later);
        assert!((0..100).all(|_| office.delivery(user, Channel::Mail, later) == one));
        assert_ne!(office.delivery(user, Channel::Webhook, later), one);
        assert!(office.may_tell(UserId(2), start));
    }
}
