//! Getting a token for the commands of this machine, and giving it back.

use super::args::{Login, Setup};
use super::ask::{ask, json, percent};
use super::error::ClientError;
use super::kept::{self, Kept};
use super::print::cell;
use super::prompt;
use crate::text::plain;
use cofferdam_connect::{Api, With};
use serde_json::{Value, json as value};

const SESSION: &str = "/api/v1/session";
const TOKENS: &str = "/api/v1/tokens";

/// Signs in, has a token issued, keeps it, and leaves again.
///
/// # Errors
///
/// [`ClientError`].
pub fn login(args: &Login) -> Result<(), ClientError> {
    let api = args.server.without_token()?;
    let account = match &args.account {
        Some(account) => account.clone(),
        None => prompt::line("Account")?,
    };
    let password = prompt::password(args.password_file.as_deref(), "Password")?;
    let (who, cookie) = sign_in(&api, &account, &password, args.code.as_deref())?;
    let with = |body| With { body, cookie: Some(&cookie), ..With::default() };
    let scope = if args.scope.is_empty() { value!(usual(&who["permissions"])) } else { value!(args.scope) };
    let asked = value!({"name": name(), "scope": scope, "expires_days": args.days}).to_string();
    let made = json(&api, "POST", TOKENS, with(Some(&asked)));
    // The session was only for this; that it could not be ended harms nothing, since it ends by itself.
    let _ = ask(&api, "DELETE", SESSION, with(None));
    let made = made?;
    let text = |pointer| made.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
    let (Some(id), Some(token)) = (text("/token/id"), text("/secret")) else {
        return Err(ClientError::Strange { what: "a token without its secret".to_owned() });
    };
    let ca = args.server.ca.as_ref().map(|ca| std::path::absolute(ca).unwrap_or_else(|_| ca.clone()));
    let path = kept::write(&Kept { server: api.url().to_owned(), ca, id, token })?;
    let expires = cell(&made["token"]["expires"]);
    say!("signed in to {} as {}, until {expires}", api.url(), plain(&account));
    say!("the token is kept in {}", path.display());
    Ok(())
}

/// Signs in; asks for a code where one is needed and a person is there to give it.
fn sign_in(
    api: &Api,
    account: &str,
    password: &str,
    code: Option<&str>,
) -> Result<(Value, String), ClientError> {
    let given =
        |code: Option<&str>| value!({"account": account, "password": password, "code": code}).to_string();
    let body = given(code);
    let mut said = ask(api, "POST", SESSION, With { body: Some(&body), ..With::default() });
    if let Err(ClientError::Refused { refused }) = &said
        && refused.kind.ends_with("second-factor-required")
        && code.is_none()
        && let Ok(code) = prompt::line("Code")
    {
        let body = given(Some(&code));
        said = ask(api, "POST", SESSION, With { body: Some(&body), ..With::default() });
    }
    let said = said?;
    let who = serde_json::from_slice(&said.body).ok();
    who.zip(said.cookie).ok_or_else(|| ClientError::Strange { what: "a login without a session".to_owned() })
}

/// What a token is good for when nothing is said: all but what makes and changes people and what proves who they are,
/// since it lies in a file.
fn usual(permissions: &Value) -> Vec<&str> {
    let all = permissions.as_array().into_iter().flatten().filter_map(Value::as_str);
    all.filter(|name| !matches!(*name, "users:write" | "sessions:end" | "tokens:own" | "tokens:revoke"))
        .collect()
}

/// What the token is called: by whom and where it was asked for.
fn name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("cofferdam login on {}", if host.trim().is_empty() { "this machine" } else { host.trim() })
}

/// Ends the token that is kept, and forgets it.
///
/// # Errors
///
/// [`ClientError`]; what is kept is forgotten whatever the server says.
pub fn logout() -> Result<(), ClientError> {
    let Some(kept) = kept::read()? else {
        eprintln!("nobody is signed in");
        return Ok(());
    };
    let api = Api::new(&kept.server, Some(kept.token), kept.ca.as_deref())
        .map_err(|what| ClientError::Unusable { what })?;
    let ended = ask(&api, "DELETE", &format!("{TOKENS}/{}", percent(&kept.id)), With::default());
    kept::forget()?;
    match ended {
        // It had ended already.
        Err(ClientError::Refused { refused }) if refused.status == 401 => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Makes the first administrator.
///
/// # Errors
///
/// [`ClientError`].
pub fn setup(args: &Setup) -> Result<(), ClientError> {
    let parts = args.link.split_once("/setup#").filter(|(_, secret)| !secret.is_empty());
    let (server, secret) = parts.ok_or_else(|| ClientError::Input {
        what: "this is not the link that the server printed: it holds `/setup#` and a secret".to_owned(),
    })?;
    let api = Api::new(server, None, args.ca.as_deref()).map_err(|what| ClientError::Unusable { what })?;
    let password = prompt::password(args.password_file.as_deref(), "Password (at least 12 characters)")?;
    let body = value!({"secret": secret, "account": args.account, "password": password}).to_string();
    let made = json(&api, "POST", "/api/v1/setup", With { body: Some(&body), ..With::default() })?;
    let text = |name: &str| plain(made[name].as_str().unwrap_or_default()).into_owned();
    say!(
        "{} {} is the administrator; sign in with `cofferdam login --server {}`",
        text("id"),
        text("account"),
        api.url()
    );
    Ok(())
}
