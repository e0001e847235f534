//! Users: who may work with a server.

use super::args::{Asking, Create, UserCommand};
use super::ask::{ask, json, percent};
use super::error::ClientError;
use super::list;
use super::print::{Column, cell};
use crate::cli::Format;
use crate::text::plain;
use cofferdam_connect::{Api, With};
use serde_json::{Value, json as value};

const PATH: &str = "/api/v1/users";
const COLUMNS: [Column; 5] =
    [("ID", "id"), ("ACCOUNT", "account"), ("DISABLED", "disabled"), ("NAME", "name"), ("ROLES", "roles")];

/// Does what was asked.
pub fn run(command: &UserCommand) -> Result<(), ClientError> {
    match command {
        UserCommand::List(args) => list::run(PATH, &COLUMNS, args),
        UserCommand::Show(args) => list::show(PATH, args),
        UserCommand::Create(args) => create(args),
        UserCommand::Link(args) => {
            let api = args.asking.server.api()?;
            link(&api, &args.id, &args.asking)
        }
        UserCommand::Roles(args) => change(&args.id, &value!({"roles": args.roles}), &args.asking),
        UserCommand::Disable(args) => change(&args.id, &value!({"disabled": true}), &args.asking),
        UserCommand::Enable(args) => change(&args.id, &value!({"disabled": false}), &args.asking),
    }
}

fn create(args: &Create) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let name = args.name.as_ref().unwrap_or(&args.account);
    let body = value!({
        "account": args.account,
        "name": name,
        "roles": args.roles,
        "break_glass": args.break_glass,
    });
    let body = body.to_string();
    let made = json(&api, "POST", PATH, With { body: Some(&body), ..With::default() })?;
    if matches!(args.asking.format, Format::Text) {
        list::tell(&made, &args.asking);
    }
    let id = made["id"]
        .as_str()
        .ok_or_else(|| ClientError::Strange { what: "a user without an id".to_owned() })?;
    link(&api, id, &args.asking)
}

/// Prints a link with which a user sets their password.
fn link(api: &Api, id: &str, asking: &Asking) -> Result<(), ClientError> {
    let made = json(api, "POST", &format!("{PATH}/{}/enrolment", percent(id)), With::default())?;
    match asking.format {
        Format::Json => say!("{made}"),
        Format::Text => {
            let link = plain(made["link"].as_str().unwrap_or_default()).into_owned();
            // A server that was told no address of its own says only the path.
            let link = if link.starts_with('/') { format!("{}{link}", api.url()) } else { link };
            say!("Give them this link; it is good once, until {}:", cell(&made["expires"]));
            say!("{link}");
        }
    }
    Ok(())
}

fn change(id: &str, change: &Value, asking: &Asking) -> Result<(), ClientError> {
    let api = asking.server.api()?;
    let path = format!("{PATH}/{}", percent(id));
    let etag = ask(&api, "GET", &path, With::default())?.etag;
    let body = change.to_string();
    let with = With { body: Some(&body), if_match: etag.as_deref(), ..With::default() };
    list::tell(&json(&api, "PATCH", &path, with)?, asking);
    Ok(())
}
