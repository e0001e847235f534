//! Whom the provider names is let in as who they are here, with the part that their groups give them now.

use super::callback::Refusal;
use crate::http::{Problem, Source};
use crate::identity::{Began, Known};
use crate::oidc::Person;
use crate::server::Server;
use crate::settings::OidcSettings;
use cofferdam_journal::access::LoginFailure;
use cofferdam_journal::session::SessionEnd;
use cofferdam_journal::user::{Origin, UserIntent, display_name};
use cofferdam_journal::{Personal, TeamRole};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Begins a session for somebody whom the provider names.
pub async fn admit(
    server: &Arc<Server>,
    settings: &OidcSettings,
    person: &Person,
    source: Source,
) -> Result<Began, Refusal> {
    let identity = &server.identity;
    let roles = person.roles(&settings.roles);
    // Until the session has begun: what they may do is what their groups give them now.
    let _changing = identity.changing.lock().await;
    let user = match identity.roster.subject(&settings.issuer, &person.subject) {
        Some(user) => update(server, &user, person, roles).await,
        None => create(server, settings, person, roles).await,
    };
    let user = user.map_err(|refusal| Refusal { account: called(person), ..refusal })?;
    let began = server.begin_session_by_provider(&user, person.proven, source).await;
    began.map_err(|problem| failed(problem, "the session cannot be recorded"))
}

/// Somebody who was here before.
async fn update(
    server: &Arc<Server>,
    user: &Known,
    person: &Person,
    roles: BTreeSet<TeamRole>,
) -> Result<Known, Refusal> {
    let of_user = |refusal: Refusal| Refusal { user: Some(user.id), ..refusal };
    if user.profile.disabled {
        return Err(of_user(Refusal { why: LoginFailure::Disabled, ..Refusal::of("the user is disabled") }));
    }
    let has_none = roles.is_empty();
    if roles != user.profile.roles
        && let Err(problem) =
            server.change_user(&server.program(), user.id, UserIntent::SetRoles { roles }).await
    {
        // They have a part here that their groups give them no more.
        server.identity.end(None, SessionEnd::RolesChanged, |session| session.user == user.id);
        return Err(of_user(failed(problem, "the roles cannot be set")));
    }
    if has_none {
        return Err(of_user(no_part(person)));
    }
    let name = person
        .name
        .as_deref()
        .filter(|name| display_name(name).is_some_and(|name| name != user.profile.name));
    if let Some(name) = name {
        let intent = UserIntent::Rename { name: name.to_owned() };
        let renamed = server.change_user(&server.program(), user.id, intent).await;
        renamed.map_err(|problem| of_user(failed(problem, "the name cannot be set")))?;
    }
    server.identity.roster.user(user.id).ok_or_else(|| Refusal::of("the user is gone"))
}

/// Somebody who was never here.
async fn create(
    server: &Arc<Server>,
    settings: &OidcSettings,
    person: &Person,
    roles: BTreeSet<TeamRole>,
) -> Result<Known, Refusal> {
    if roles.is_empty() {
        return Err(no_part(person));
    }
    let roster = &server.identity.roster;
    let account = person.free_account(|name| roster.account(name).is_some());
    let account = account.ok_or_else(|| Refusal::of("no account is free for them"))?;
    let origin = Origin::Oidc { issuer: settings.issuer.clone(), subject: Personal::of(&person.subject) };
    let name = person.name.clone().unwrap_or_default();
    let id = server.create_user(&server.program(), account, name, roles, origin, false).await;
    let id = id.map_err(|problem| failed(problem, "the user cannot be made"))?;
    roster.user(id).ok_or_else(|| Refusal::of("the user is gone"))
}

/// Known to the provider, and nobody here. They may be told so: they have proven who they are.
fn no_part(person: &Person) -> Refusal {
    let problem = Problem::forbidden()
        .detail("the provider knows you, but none of your groups has a part here")
        .help("ask whoever looks after this server");
    let reason = match person.groups.len() {
        0 => "the ID token names no groups; see whether the provider tells them".to_owned(),
        count => format!("none of {count} groups has a role"),
    };
    Refusal { problem, ..Refusal::of(reason) }
}

/// Something here stands against it. A failure is told as one, anything else as a refusal.
fn failed(problem: Problem, what: &str) -> Refusal {
    let refusal = Refusal::of(format!("{what}: {}", problem.detail.as_deref().unwrap_or(problem.title)));
    if problem.status >= 500 { Refusal { problem, ..refusal } } else { refusal }
}

/// What the provider calls them, for the record.
fn called(person: &Person) -> String {
    person.login.clone().unwrap_or_else(|| person.subject.clone())
}
