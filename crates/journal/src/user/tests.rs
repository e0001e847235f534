//! What is asked of users, as cases.

use super::roster;
use super::*;
use crate::view::UserRow;
use cofferdam_vocabulary::UserId;

fn time(day: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + day * 86_400).unwrap()
}

fn create(account: &str, roles: &[TeamRole]) -> UserIntent {
    UserIntent::Create {
        account: AccountName::parse(account).unwrap(),
        name: String::new(),
        roles: roles.iter().copied().collect(),
        origin: Origin::Local,
        break_glass: false,
    }
}

fn elsewhere(account: &str, subject: &str, break_glass: bool) -> UserIntent {
    let (issuer, subject) = ("https://id.example.org".to_owned(), Personal::of(subject));
    match create(account, &[]) {
        UserIntent::Create { account, name, roles, .. } => {
            let origin = Origin::Oidc { issuer, subject };
            UserIntent::Create { account, name, roles, origin, break_glass }
        }
        other => other,
    }
}

fn password(id: u8) -> UserIntent {
    UserIntent::SetPassword { credential: CredentialId([id; 8]) }
}

fn factor(id: u8) -> UserIntent {
    UserIntent::SetSecondFactor { credential: CredentialId([id; 8]) }
}

fn codes(count: u64) -> UserIntent {
    UserIntent::MakeRecoveryCodes { credential: CredentialId([9; 8]), count }
}

fn link(id: u8, issued: i64, expires: i64) -> UserIntent {
    let enrolment = Enrolment { hash: ContentHash([id; 32]), expires: time(expires) };
    UserIntent::IssueEnrolment { enrolment, now: time(issued) }
}

fn enrol(id: u8, at: i64) -> UserIntent {
    UserIntent::Enrol { hash: ContentHash([id; 32]), credential: CredentialId([id; 8]), now: time(at) }
}

/// A token that reads alerts, issued on one day and expiring on another.
fn token(id: u8, issued: i64, expires: i64) -> UserIntent {
    UserIntent::IssueToken {
        token: TokenId([id; 8]),
        name: "export".to_owned(),
        hash: ContentHash([id; 32]),
        scope: [Permission::AlertsRead].into(),
        expires: time(expires),
        now: time(issued),
    }
}

fn named(intent: UserIntent, text: &str) -> UserIntent {
    match intent {
        UserIntent::IssueToken { token, hash, scope, expires, now, .. } => {
            UserIntent::IssueToken { token, name: text.to_owned(), hash, scope, expires, now }
        }
        other => other,
    }
}

fn scoped(intent: UserIntent, scope: &[Permission]) -> UserIntent {
    match intent {
        UserIntent::IssueToken { token, name, hash, expires, now, .. } => {
            UserIntent::IssueToken { token, name, hash, scope: scope.iter().copied().collect(), expires, now }
        }
        other => other,
    }
}

fn state(intents: &[UserIntent]) -> User {
    intents.iter().fold(User::default(), |state, intent| {
        let facts = state.decide(intent.clone()).unwrap();
        facts.iter().fold(state, User::evolve)
    })
}

#[track_caller]
fn check(before: &[UserIntent], intent: UserIntent, want: &str) {
    let got = match state(before).decide(intent) {
        Ok(facts) => facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("refused: {refusal}"),
    };
    assert_eq!(got, want);
}

fn responder() -> UserIntent {
    create("ops1", &[TeamRole::Responder])
}

#[test]
fn nothing_can_be_asked_of_nobody() {
    let none = "refused: no such user was created";
    let rename = UserIntent::Rename { name: "Operations".to_owned() };
    let all = [
        rename,
        UserIntent::SetRoles { roles: [].into() },
        UserIntent::Disable,
        UserIntent::Enable,
        password(1),
        factor(1),
        UserIntent::RemoveSecondFactor,
        link(1, 0, 1),
        enrol(1, 0),
        codes(10),
        UserIntent::UseRecoveryCode,
        token(1, 0, 9),
        UserIntent::All(vec![UserIntent::Enable]),
        UserIntent::RevokeToken { token: TokenId([1; 8]) },
    ];
    for intent in all {
        check(&[], intent, none);
    }
}

#[test]
fn a_user_is_created_once_and_changed_as_asked() {
    check(&[], responder(), "user-created/1");
    check(&[responder()], responder(), "");
    check(&[responder()], create("ops2", &[]), "refused: a user of this id was created already");
    let rename = |name: &str| UserIntent::Rename { name: name.to_owned() };
    check(&[responder()], rename("Operations"), "user-renamed/1");
    check(&[responder()], rename(" ops1\u{202e}"), "");
    check(&[responder()], rename("\n"), "refused: the name is empty");
    let roles = |roles: &[TeamRole]| UserIntent::SetRoles { roles: roles.iter().copied().collect() };
    check(&[responder()], roles(&[TeamRole::Responder]), "");
    check(&[responder()], roles(&[]), "roles-changed/1");
    check(&[responder()], UserIntent::Enable, "");
    check(&[responder()], UserIntent::Disable, "user-disabled/1");
    check(&[responder(), UserIntent::Disable], UserIntent::Disable, "");
    check(&[responder(), UserIntent::Disable], UserIntent::Enable, "user-enabled/1");
}

#[test]
fn credentials_replace_each_other() {
    check(&[responder()], password(1), "password-set/1");
    check(&[responder(), password(1)], password(1), "");
    check(&[responder(), password(1)], password(2), "password-set/1");
    let no_factor = "refused: there is no second factor that recovery codes could stand in for";
    check(&[responder()], codes(10), no_factor);
    let with = [responder(), factor(1), codes(2)];
    check(&with[..2], factor(1), "");
    check(&with[..2], codes(2), "recovery-codes-made/1");
    check(&with[..2], codes(0), "refused: 1 to 50 recovery codes are made at once, not 0");
    check(&with, codes(2), "");
    check(&with, UserIntent::UseRecoveryCode, "recovery-code-used/1");
    let used: Vec<_> =
        with.iter().cloned().chain([UserIntent::UseRecoveryCode, UserIntent::UseRecoveryCode]).collect();
    let none_left = "refused: no recovery code is left; an administrator can remove the second factor";
    check(&used, UserIntent::UseRecoveryCode, none_left);
    check(&with, UserIntent::RemoveSecondFactor, "second-factor-removed/1");
    check(&[responder()], UserIntent::RemoveSecondFactor, "");
    let removed: Vec<_> = with.iter().cloned().chain([UserIntent::RemoveSecondFactor]).collect();
    check(&removed, UserIntent::UseRecoveryCode, none_left);
    assert_eq!(
        state(&removed).known.unwrap().credentials().count(),
        0,
        "codes go with what they stand in for"
    );
}

#[test]
fn a_link_sets_one_password_once_and_only_for_a_day() {
    check(&[responder()], link(1, 0, 1), "enrolment-issued/1");
    let lasts = "refused: a link to set a password is good for at most 24 hours";
    check(&[responder()], link(1, 0, 2), lasts);
    check(&[responder()], link(1, 1, 1), lasts);
    let issued = [responder(), link(1, 0, 1)];
    check(&issued, link(1, 0, 1), "");
    check(&issued, enrol(1, 0), "password-set/1");
    let not_good = "refused: the link is not good, or no longer";
    check(&[responder()], enrol(1, 0), not_good);
    check(&issued, enrol(2, 0), not_good);
    check(&issued, enrol(1, 1), not_good);
    let after = |intent| [responder(), link(1, 0, 1), intent];
    check(&after(enrol(1, 0)), enrol(1, 0), not_good);
    check(&after(link(2, 0, 1)), enrol(1, 0), not_good);
    check(&after(password(7)), enrol(1, 0), not_good);
    let enabled_again = [responder(), link(1, 0, 1), UserIntent::Disable, UserIntent::Enable];
    check(&enabled_again, enrol(1, 0), not_good);
}

#[test]
fn several_are_decided_one_after_the_other_and_all_or_none() {
    let both = UserIntent::All(vec![factor(1), codes(9)]);
    check(&[responder()], both.clone(), "second-factor-set/1, recovery-codes-made/1");
    check(&[responder(), factor(1), codes(9)], both, "");
    let no_factor = "refused: there is no second factor that recovery codes could stand in for";
    check(
        &[responder()],
        UserIntent::All(vec![UserIntent::Disable, UserIntent::Enable, codes(9)]),
        no_factor,
    );
}

#[test]
fn who_is_disabled_gets_no_credentials_and_may_do_nothing() {
    let disabled = [responder(), UserIntent::Disable];
    let (link, enrol) = (link(1, 0, 1), enrol(1, 0));
    for intent in [password(1), link, enrol, factor(1), codes(3), UserIntent::UseRecoveryCode, token(1, 0, 9)]
    {
        check(&disabled, intent, "refused: the user is disabled; enable them first");
    }
    check(&disabled, UserIntent::SetRoles { roles: [].into() }, "roles-changed/1");
    assert!(state(&disabled).known.unwrap().permissions().is_empty());
}

#[test]
fn who_logs_in_elsewhere_has_no_password_here() {
    let user = || elsewhere("dev1", "248289761001", false);
    check(&[], user(), "user-created/1");
    let refused =
        "refused: the user logs in at `https://id.example.org`, which keeps their password and second factor";
    for intent in [password(1), link(1, 0, 1), enrol(1, 0), factor(1), codes(3), UserIntent::UseRecoveryCode]
    {
        check(&[user()], intent, refused);
    }
    let glass = "refused: a break-glass account logs in here, not at `https://id.example.org`";
    check(&[], elsewhere("dev1", "x", true), glass);
    let odd = "refused: an OpenID issuer has 1 to 500 characters, a subject 1 to 255";
    check(&[], elsewhere("dev1", "", false), odd);
    check(&[], elsewhere("dev1", &"x".repeat(256), false), odd);
}

#[test]
fn a_token_does_no_more_than_its_user_and_not_for_ever() {
    let of = |intent| check(&[responder()], intent, "token-issued/1");
    of(token(1, 0, 9));
    of(token(1, 0, 366));
    let refused = |intent, want: &str| check(&[responder()], intent, &format!("refused: {want}"));
    refused(token(1, 0, 367), "a token counts for at most 366 days");
    refused(token(1, 9, 9), "the token would have expired already");
    refused(named(token(1, 0, 9), "\n"), "the name is empty");
    refused(scoped(token(1, 0, 9), &[]), "a token needs a scope: at least one permission");
    let beyond =
        scoped(token(1, 0, 9), &[Permission::AlertsRead, Permission::UsersWrite, Permission::JournalRead]);
    refused(beyond, "the user's roles do not permit journal:read, users:write");
    let issued = [responder(), token(1, 0, 9)];
    check(&issued, token(1, 0, 9), "");
    let known = "refused: the token 0101010101010101 was issued already, with another name, scope or expiry";
    check(&issued, token(1, 0, 8), known);
    let revoke = |id| UserIntent::RevokeToken { token: TokenId([id; 8]) };
    check(&issued, revoke(1), "token-revoked/1");
    check(&issued, revoke(2), "refused: the user has no token 0202020202020202");
}

#[test]
fn there_are_few_tokens_and_expired_ones_make_room() {
    let mut many = vec![responder()];
    many.extend((0..50).map(|id| token(id, 0, 9 + i64::from(id % 2))));
    check(&many, token(99, 1, 9), "refused: the user has 50 tokens; revoke one that is not used any more");
    let want = ["token-revoked/1"; 25].join(", ") + ", token-issued/1";
    check(&many, token(99, 9, 20), &want);
}

#[test]
fn a_token_is_good_for_what_both_permit() {
    let before = [responder(), scoped(token(1, 0, 9), &[Permission::AlertsRead, Permission::EvidenceRead])];
    let demoted = UserIntent::SetRoles { roles: [TeamRole::Observer].into() };
    let user = state(&[before[0].clone(), before[1].clone(), demoted]).known.unwrap();
    let token = &user.tokens[&TokenId([1; 8])];
    assert_eq!(user.permissions_with(token), [Permission::AlertsRead].into());
}

fn row(id: u64, intents: &[UserIntent]) -> UserRow {
    let profile = state(intents).known.unwrap();
    UserRow { id: UserId(id), profile, version: intents.len() as u64, created: time(0) }
}

#[track_caller]
fn among(users: &[UserRow], user: u64, intent: &UserIntent, want: &str) {
    let got = roster::check(users, UserId(user), intent);
    assert_eq!(got.map_or_else(|refusal| refusal.to_string(), |()| "fine".to_owned()), want);
}

#[test]
fn an_account_and_a_subject_belong_to_one() {
    let users = [row(1, &[responder()]), row(2, &[elsewhere("dev1", "248289761001", false)])];
    among(&users, 3, &create("OPS1", &[]), "the account `ops1` belongs to USR-0001 already");
    among(
        &users,
        3,
        &elsewhere("dev2", "248289761001", false),
        "USR-0002 is who the provider `https://id.example.org` means by this subject already",
    );
    among(&users, 3, &elsewhere("dev2", "2", false), "fine");
    among(&users, 1, &responder(), "fine");
    assert_eq!(roster::next_id(&users), UserId(3));
    assert_eq!(roster::next_id(&[]), UserId(1));
    let found = |text| roster::by_account(&users, &AccountName::parse(text).unwrap()).map(|row| row.id);
    assert_eq!((found("Dev1"), found("dev3")), (Some(UserId(2)), None));
}

#[test]
fn the_last_administrator_stays() {
    let administrator = |account| create(account, &[TeamRole::Administrator]);
    let demote = UserIntent::SetRoles { roles: [TeamRole::Observer].into() };
    let keep = UserIntent::SetRoles { roles: [TeamRole::Administrator, TeamRole::Observer].into() };
    let last = "USR-0001 is the last administrator who is enabled; make another one first";
    let password = || UserIntent::SetPassword { credential: CredentialId([1; 8]) };
    let alone = [
        row(1, &[administrator("ops1"), password()]),
        row(2, &[administrator("ops2"), password(), UserIntent::Disable]),
        // Who has set no password cannot come in.
        row(3, &[administrator("ops3")]),
    ];
    for intent in [&UserIntent::Disable, &demote] {
        among(&alone, 1, intent, last);
        among(&alone, 2, intent, "fine");
        among(&alone, 3, intent, "fine");
        let two =
            [row(1, &[administrator("ops1"), password()]), row(2, &[administrator("ops2"), password()])];
        among(&two, 1, intent, "fine");
    }
    among(&alone, 1, &keep, "fine");
    among(&alone, 1, &UserIntent::All(vec![keep, UserIntent::Disable]), last);
}
