//! Users, sessions and what happens at the door, as the world could bring them.

use crate::generated::{known, number, personal, text};
use cofferdam_journal::access::{LoginFailed, LoginFailure, LoginsThrottled, RequestRefused};
use cofferdam_journal::session::{LoginMethod, SessionEnd, SessionIntent, Started};
use cofferdam_journal::user::{AccountName, Created, Enrolment, Origin, Token, UserIntent};
use cofferdam_journal::{Fact, Permission, Personal, TeamRole};
use cofferdam_vocabulary::{ContentHash, CredentialId, SessionId, TokenId, UserId};
use jiff::Timestamp;
use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn user() -> impl Strategy<Value = UserId> {
    number().prop_map(UserId)
}

fn credential() -> impl Strategy<Value = CredentialId> {
    (0_u8..4).prop_map(|id| CredentialId([id; 8]))
}

fn token_id() -> impl Strategy<Value = TokenId> {
    (0_u8..4).prop_map(|id| TokenId([id; 8]))
}

fn roles() -> impl Strategy<Value = BTreeSet<TeamRole>> {
    btree_set(prop::sample::select(TeamRole::ALL.to_vec()), 0..4)
}

fn scope() -> impl Strategy<Value = BTreeSet<Permission>> {
    let often = prop::sample::select(vec![Permission::AlertsRead, Permission::IncidentsRead]);
    prop_oneof![btree_set(often, 0..2), btree_set(prop::sample::select(Permission::ALL.to_vec()), 0..20)]
}

fn account() -> impl Strategy<Value = AccountName> {
    let names = prop_oneof![Just("ops1".to_owned()), "[a-zA-Z0-9._@+-]{1,64}"];
    names.prop_map(|name| AccountName::parse(&name).unwrap())
}

fn origin(subject: BoxedStrategy<Personal>) -> impl Strategy<Value = Origin> {
    let issuer = prop_oneof![4 => Just("https://id.example.org".to_owned()), 1 => text()];
    prop_oneof![
        3 => Just(Origin::Local),
        1 => (issuer, subject).prop_map(|(issuer, subject)| Origin::Oidc { issuer, subject }),
    ]
}

/// Days apart, so that some tokens have expired and some would count for too long.
fn time() -> impl Strategy<Value = Timestamp> {
    (0_i64..500).prop_map(|day| Timestamp::from_second(1_760_000_000 + day * 86_400).unwrap())
}

fn enrolment() -> impl Strategy<Value = Enrolment> {
    time().prop_map(|expires| Enrolment { hash: ContentHash([7; 32]), expires })
}

pub fn user_intent() -> impl Strategy<Value = UserIntent> {
    let create = (account(), text(), roles(), origin(known().boxed()), any::<bool>()).prop_map(
        |(account, name, roles, origin, break_glass)| UserIntent::Create {
            account,
            name,
            roles,
            origin,
            break_glass,
        },
    );
    let issue =
        (token_id(), text(), scope(), time(), time()).prop_map(|(token, name, scope, expires, now)| {
            UserIntent::IssueToken { token, name, hash: ContentHash([7; 32]), scope, expires, now }
        });
    prop_oneof![
        6 => create,
        1 => text().prop_map(|name| UserIntent::Rename { name }),
        1 => roles().prop_map(|roles| UserIntent::SetRoles { roles }),
        1 => Just(UserIntent::Disable),
        2 => Just(UserIntent::Enable),
        1 => credential().prop_map(|credential| UserIntent::SetPassword { credential }),
        1 => (enrolment(), time()).prop_map(|(enrolment, now)| UserIntent::IssueEnrolment { enrolment, now }),
        1 => credential().prop_map(|credential| UserIntent::SetSecondFactor { credential }),
        1 => Just(UserIntent::RemoveSecondFactor),
        1 => (credential(), number())
            .prop_map(|(credential, count)| UserIntent::MakeRecoveryCodes { credential, count }),
        1 => Just(UserIntent::UseRecoveryCode),
        4 => issue,
        1 => token_id().prop_map(|token| UserIntent::RevokeToken { token }),
    ]
}

fn started(address: BoxedStrategy<Personal>) -> impl Strategy<Value = Started> {
    use LoginMethod::{Oidc, Password, RecoveryCode, SecondFactor, SetupLink};
    let methods = prop::sample::select(vec![SetupLink, Password, SecondFactor, RecoveryCode, Oidc]);
    (0_u64..2, methods, address).prop_map(|(user, method, address)| Started {
        user: UserId(user),
        method,
        address,
    })
}

fn session_id() -> impl Strategy<Value = SessionId> {
    (0_u8..3).prop_map(|id| SessionId([id; 8]))
}

fn end() -> impl Strategy<Value = SessionEnd> {
    use SessionEnd::{
        CredentialChanged, Disabled, EndedByAdministrator, Expired, Idle, Logout, Replaced, Restart,
        RolesChanged,
    };
    prop::sample::select(vec![
        CredentialChanged,
        Disabled,
        EndedByAdministrator,
        Expired,
        Idle,
        Logout,
        Replaced,
        Restart,
        RolesChanged,
    ])
}

pub fn session_intent() -> impl Strategy<Value = SessionIntent> {
    prop_oneof![
        // An address that is the same twice says nothing new.
        4 => started(Just(Personal::of("192.0.2.7")).boxed()).prop_map(SessionIntent::Start),
        1 => started(known().boxed()).prop_map(SessionIntent::Start),
        2 => session_id().prop_map(|to| SessionIntent::Raise { to }),
        2 => end().prop_map(|why| SessionIntent::End { why }),
    ]
}

/// Any fact of a user, a session or the door.
pub fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![4 => of_user(), 1 => of_session(), 1 => of_door()]
}

fn of_user() -> impl Strategy<Value = Fact> {
    let created = (personal(), personal(), roles(), origin(personal().boxed()), any::<bool>());
    let token = (token_id(), personal(), scope(), time());
    prop_oneof![
        4 => created.prop_map(|(account, name, roles, origin, break_glass)| {
            Fact::UserCreated(Box::new(Created { account, name, roles, origin, break_glass }))
        }),
        1 => personal().prop_map(|name| Fact::UserRenamed { name }),
        1 => roles().prop_map(|roles| Fact::RolesChanged { roles }),
        1 => Just(Fact::UserDisabled),
        1 => Just(Fact::UserEnabled),
        1 => credential().prop_map(|credential| Fact::PasswordSet { credential }),
        1 => enrolment().prop_map(Fact::EnrolmentIssued),
        1 => credential().prop_map(|credential| Fact::SecondFactorSet { credential }),
        1 => Just(Fact::SecondFactorRemoved),
        1 => (credential(), number())
            .prop_map(|(credential, count)| Fact::RecoveryCodesMade { credential, count }),
        1 => number().prop_map(|left| Fact::RecoveryCodeUsed { left }),
        2 => token.prop_map(|(token, name, scope, expires)| {
            let hash = ContentHash([7; 32]);
            Fact::TokenIssued(Box::new(Token { token, name, hash, scope, expires }))
        }),
        1 => token_id().prop_map(|token| Fact::TokenRevoked { token }),
    ]
}

fn of_session() -> impl Strategy<Value = Fact> {
    prop_oneof![
        started(personal().boxed()).prop_map(Fact::SessionStarted),
        session_id().prop_map(|to| Fact::SessionRaised { to }),
        end().prop_map(|why| Fact::SessionEnded { why }),
    ]
}

fn of_door() -> impl Strategy<Value = Fact> {
    use LoginFailure::{Disabled, Oidc, Password, SecondFactor, Unknown};
    let why = prop::sample::select(vec![Disabled, Oidc, Password, SecondFactor, Unknown]);
    let permission = option::of(prop::sample::select(Permission::ALL.to_vec()));
    prop_oneof![
        (personal(), option::of(user()), personal(), why).prop_map(|(account, user, address, why)| {
            Fact::LoginFailed(LoginFailed { account, user, address, why })
        }),
        (personal(), personal(), number()).prop_map(|(account, address, count)| {
            Fact::LoginsThrottled(LoginsThrottled { account, address, count })
        }),
        (option::of(user()), permission, text(), text(), number()).prop_map(
            |(user, permission, method, route, count)| {
                Fact::RequestRefused(RequestRefused { user, permission, method, route, count })
            }
        ),
        (user(), personal()).prop_map(|(user, address)| Fact::BreakGlassUsed { user, address }),
        text().prop_map(|version| Fact::ServerStarted { version }),
        Just(Fact::ServerStopped),
    ]
}
