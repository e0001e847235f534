//! Reads AWS CloudTrail: records as delivered, as EventBridge sends them, and as `LookupEvents` answers.
//! Source: AWS CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".

use super::cloud::{given, member, push_client, push_given, push_outcome, text, unwrap};
use super::json::{self, JsonFormat};
use crate::event::{Clock, ClockReading, Event, EventClass, Field, Origin, Value};
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || vec![CLASS], claim };

const CLASS: EventClass = EventClass { product: "aws", services: &["cloudtrail"], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "AWS CloudTrail",
    clocks: &[Clock { field: "eventTime", reading: ClockReading::Utc }],
    telling: &[
        &["user.name", "eventName", "sourceIPAddress", "errorCode", "requestParameters"],
        &["eventName", "eventSource", "sourceIPAddress", "errorCode", "requestParameters"],
    ],
};

fn claim(event: &mut Event<'_>) -> bool {
    let (mut marks, mut looked_up) = (0, None);
    for field in &event.fields {
        match &*field.name {
            "eventVersion" => marks |= 1,
            "eventTime" => marks |= 2,
            "awsRegion" => marks |= 4,
            "detail.eventVersion" => marks |= 8,
            "detail.awsRegion" => marks |= 16,
            "CloudTrailEvent" => looked_up = text(&field.value),
            _ => {}
        }
    }
    if let Some(record) = looked_up {
        return claim_looked_up(event, &record);
    }
    if marks & 24 == 24 {
        unwrap(event, "detail.");
        marks = 7;
    }
    if marks & 7 != 7 {
        return false;
    }
    read(event);
    true
}

/// `LookupEvents` gives the record as a string within its own.
fn claim_looked_up(event: &mut Event<'_>, record: &str) -> bool {
    let Ok(mut inner) = json::flat(record) else { return false };
    if inner.get("eventVersion").is_none() || inner.get("awsRegion").is_none() {
        return false;
    }
    read(&mut inner);
    let inner = inner.into_owned();
    (event.class, event.origin) = (inner.class, inner.origin);
    event.fields = inner.fields;
    true
}

/// What the record says of who called, and what came of it.
#[derive(Default)]
struct Seen<'a> {
    kind: Option<Value<'a>>,
    name: Option<Value<'a>>,
    arn: Option<Value<'a>>,
    principal: Option<Value<'a>>,
    issuer: Option<Value<'a>>,
    own_account: Option<Value<'a>>,
    account: Option<Value<'a>>,
    key: Option<Value<'a>>,
    new_key: Option<Value<'a>>,
    client: Option<Value<'a>>,
    agent: Option<Value<'a>>,
    region: Option<Value<'a>>,
    action: Option<Value<'a>>,
    service: Option<Value<'a>>,
    target: Option<Value<'a>>,
    error: Option<Value<'a>>,
    login: Option<Value<'a>>,
    has_parameters: bool,
    has_response: bool,
}

impl<'a> Seen<'a> {
    fn of(event: &Event<'a>) -> Seen<'a> {
        let mut seen = Seen::default();
        for field in &event.fields {
            let place = match &*field.name {
                "userIdentity.type" => &mut seen.kind,
                "userIdentity.userName" => &mut seen.name,
                "userIdentity.arn" => &mut seen.arn,
                "userIdentity.principalId" => &mut seen.principal,
                "userIdentity.sessionContext.sessionIssuer.userName" => &mut seen.issuer,
                "userIdentity.accountId" => &mut seen.own_account,
                "recipientAccountId" => &mut seen.account,
                "userIdentity.accessKeyId" => &mut seen.key,
                "responseElements.credentials.accessKeyId" | "responseElements.accessKey.accessKeyId" => {
                    &mut seen.new_key
                }
                "sourceIPAddress" => &mut seen.client,
                "userAgent" => &mut seen.agent,
                "awsRegion" => &mut seen.region,
                "eventName" => &mut seen.action,
                "eventSource" => &mut seen.service,
                "requestParameters.userName" => &mut seen.target,
                "errorCode" => &mut seen.error,
                "responseElements.ConsoleLogin" => &mut seen.login,
                name => {
                    seen.has_parameters |= name.starts_with("requestParameters.");
                    seen.has_response |= name.starts_with("responseElements.");
                    continue;
                }
            };
            place.get_or_insert_with(|| field.value.clone());
        }
        seen.has_parameters |= seen.target.is_some();
        seen.has_response |= seen.new_key.is_some() || seen.login.is_some();
        seen
    }

    /// The user's name; of a role, `ROLE/SESSION`; of the account itself, `root`.
    fn user(&self) -> Option<Cow<'a, str>> {
        if let Some(name) = given(self.name.as_ref()) {
            return Some(name);
        }
        let session = given(self.principal.as_ref());
        let session = session.as_deref().and_then(|id| id.split_once(':')).map(|(_, session)| session);
        if let (Some(role), Some(session)) = (given(self.issuer.as_ref()), session) {
            return Some(Cow::Owned(format!("{role}/{session}")));
        }
        let arn = given(self.arn.as_ref())?;
        let name = arn.rsplit(':').next()?;
        let name = name.split_once('/').map_or(name, |(_, name)| name);
        Some(Cow::Owned(name.to_owned()))
    }
}

fn read(event: &mut Event<'_>) {
    event.class = CLASS;
    event.origin = &ORIGIN;
    let seen = Seen::of(event);
    event.fields.reserve(14);
    push_given(event, "event.action", seen.action.as_ref());
    let success = match given(seen.login.as_ref()) {
        Some(login) => login == "Success",
        None => given(seen.error.as_ref()).is_none(),
    };
    push_outcome(event, success);
    // Rules that were written for another mapping ask for it so.
    event.push("status", if success { "success" } else { "failure" });
    if let Some(user) = seen.user() {
        event.push("user.name", user);
    }
    if given(seen.service.as_ref()).as_deref() == Some("iam.amazonaws.com") {
        push_given(event, "user.target.name", seen.target.as_ref());
    }
    if let Some(client) = given(seen.client.as_ref()) {
        push_client(event, client);
    }
    push_given(event, "user_agent.original", seen.agent.as_ref());
    push_keys(event, &seen);
    event.push("cloud.provider", "aws");
    let account = given(seen.account.as_ref()).map_or(seen.own_account.as_ref(), |_| seen.account.as_ref());
    push_given(event, "cloud.account.id", account);
    push_given(event, "cloud.region", seen.region.as_ref());
    for (name, is_there) in
        [("requestParameters", seen.has_parameters), ("responseElements", seen.has_response)]
    {
        let raw = || member(event, &[name]).or_else(|| member(event, &["detail", name]));
        if is_there && let Some(raw) = raw() {
            event.push(name, raw);
        }
    }
}

/// The key with which the call was signed is the closest tie between two calls; a key that was handed
/// out is that of the session, or the user, to come.
fn push_keys<'a>(event: &mut Event<'a>, seen: &Seen<'a>) {
    let keys = [&seen.key, &seen.new_key].into_iter().filter_map(|key| given(key.as_ref()));
    let mut keys: Vec<Value<'a>> = keys.map(Value::Text).collect();
    let value = match keys.len() {
        0 => return,
        1 => keys.remove(0),
        _ => Value::List(keys),
    };
    event.fields.push(Field { name: Cow::Borrowed("session.id"), value });
}
