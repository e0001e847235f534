//! Sources: what sends events and alerts to a server.

use super::args::{
    Asking, One, SourceAdd, SourceChange, SourceCommand, SourceSecret, SourceTerms, SourceTokenCommand,
};
use super::ask::{ask, json, percent, secret};
use super::error::ClientError;
use super::list;
use super::print::{self, Column, cell};
use crate::cli::Format;
use crate::text::plain;
use cofferdam_connect::{Api, With};
use serde_json::{Map, Value, json as value};
use std::io;

const PATH: &str = "/api/v1/sources";
const COLUMNS: [Column; 6] = [
    ("NAME", "name"),
    ("KIND", "kind"),
    ("TAKEN", "taken"),
    ("PER MINUTE", "per_minute"),
    ("DEAD LETTERS", "dead_letters"),
    ("LAST ARRIVAL", "last_arrival"),
];

/// Does what was asked.
pub fn run(command: &SourceCommand) -> Result<(), ClientError> {
    match command {
        SourceCommand::List(args) => all(args),
        SourceCommand::Show(args) => list::show(PATH, args),
        SourceCommand::Add(args) => add(args),
        SourceCommand::Change(args) => change(args),
        SourceCommand::Remove(args) => remove(args),
        SourceCommand::Token(SourceTokenCommand::Issue(args)) => {
            token(&args.asking.server.api()?, &args.name, args.days, &args.asking)
        }
        SourceCommand::Token(SourceTokenCommand::Revoke(args)) => {
            let path = format!("{PATH}/{}/tokens/{}", percent(&args.name), percent(&args.token));
            ask(&args.asking.server.api()?, "DELETE", &path, With::default()).map(|_| ())
        }
        SourceCommand::Secret(args) => set_secret(args),
    }
}

fn all(asking: &Asking) -> Result<(), ClientError> {
    let mut page = json(&asking.server.api()?, "GET", PATH, With::default())?;
    match asking.format {
        Format::Json => say!("{page}"),
        Format::Text => {
            let mut rows = page["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
            for row in &mut rows {
                for count in ["taken", "dead_letters"] {
                    row[count] = row["counts"][count].clone();
                }
            }
            if rows.is_empty() {
                eprintln!("there are none; add one with `cofferdam source add`");
            }
            let _ = print::table(&mut io::stdout().lock(), &COLUMNS, &rows);
        }
    }
    Ok(())
}

fn add(args: &SourceAdd) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let mut body = terms(&args.terms, &Value::Null)?;
    body.insert("name".to_owned(), value!(args.name));
    body.insert("kind".to_owned(), value!(args.kind.as_str()));
    let body = Value::Object(body).to_string();
    let made = json(&api, "POST", PATH, With { body: Some(&body), ..With::default() })?;
    if args.no_token {
        list::tell(&made, &args.asking);
        return Ok(());
    }
    token(&api, &args.name, args.days, &args.asking)
}

/// Prints a new token; it is shown this once.
fn token(api: &Api, name: &str, days: u16, asking: &Asking) -> Result<(), ClientError> {
    let body = value!({"expires_days": days}).to_string();
    let path = format!("{PATH}/{}/tokens", percent(name));
    let made = json(api, "POST", &path, With { body: Some(&body), ..With::default() })?;
    match asking.format {
        Format::Json => say!("{made}"),
        Format::Text => {
            eprintln!(
                "The token of {}, shown this once; it is good until {}:",
                plain(name),
                cell(&made["token"]["expires"])
            );
            say!("{}", plain(made["secret"].as_str().unwrap_or_default()));
        }
    }
    Ok(())
}

fn set_secret(args: &SourceSecret) -> Result<(), ClientError> {
    let body = match &args.secret_file {
        Some(path) => value!({"secret": secret(path)?}),
        None => value!({}),
    };
    let (api, body) = (args.asking.server.api()?, body.to_string());
    let path = format!("{PATH}/{}/secret", percent(&args.name));
    let made = json(&api, "POST", &path, With { body: Some(&body), ..With::default() })?;
    match (args.asking.format, &args.secret_file) {
        (Format::Json, _) => say!("{made}"),
        (Format::Text, Some(_)) => eprintln!("{} signs with it from now on", plain(&args.name)),
        (Format::Text, None) => {
            eprintln!("The secret with which {} signs, shown this once:", plain(&args.name));
            say!("{}", plain(made["secret"].as_str().unwrap_or_default()));
        }
    }
    Ok(())
}

/// Changes what was named, and keeps the rest as it is.
fn change(args: &SourceChange) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let path = format!("{PATH}/{}", percent(&args.name));
    let said = ask(&api, "GET", &path, With::default())?;
    let known: Value = serde_json::from_slice(&said.body)
        .map_err(|_| ClientError::Strange { what: "a source that is no JSON".to_owned() })?;
    let body = Value::Object(terms(&args.terms, &known)?).to_string();
    let with = With { body: Some(&body), if_match: said.etag.as_deref(), ..With::default() };
    list::tell(&json(&api, "PUT", &path, with)?, &args.asking);
    Ok(())
}

fn remove(args: &One) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let path = format!("{PATH}/{}", percent(&args.id));
    let etag = ask(&api, "GET", &path, With::default())?.etag;
    let with = With { if_match: etag.as_deref(), ..With::default() };
    ask(&api, "DELETE", &path, with).map(|_| ())
}

/// How what it sends is read: what was named, and else what was known.
fn terms(terms: &SourceTerms, known: &Value) -> Result<Map<String, Value>, ClientError> {
    let mut body = Map::new();
    let named = [
        ("parser", terms.parser.as_ref().map(|parser| value!(parser))),
        ("expected", terms.expected.map(|expected| value!(expected))),
        ("trust", terms.trust.as_ref().map(|trust| value!(trust))),
        ("zone", terms.zone.as_ref().map(|zone| value!(zone))),
        ("mapping", mapping(&terms.map)?),
    ];
    for (name, given) in named {
        match (given, &known[name]) {
            // An empty word takes back what was said.
            (Some(Value::String(text)), _) if text.is_empty() => {}
            (Some(given), _) => {
                body.insert(name.to_owned(), given);
            }
            (None, Value::Null) => {}
            (None, known) => {
                body.insert(name.to_owned(), known.clone());
            }
        }
    }
    Ok(body)
}

fn mapping(given: &[String]) -> Result<Option<Value>, ClientError> {
    let wrong = |pair: &String| ClientError::Input { what: format!("`{}` is not FIELD=PATH", plain(pair)) };
    let mut mapping = Map::new();
    for pair in given {
        let (field, path) = pair.split_once('=').ok_or_else(|| wrong(pair))?;
        mapping.insert(field.to_owned(), value!(path));
    }
    Ok((!mapping.is_empty()).then_some(Value::Object(mapping)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays_as_it_is() {
        let known = value!({"parser": "squid", "expected": 60, "trust": "proven", "zone": null, "mapping": {}, "name": "web"});
        let none = SourceTerms { parser: None, expected: None, trust: None, zone: None, map: Vec::new() };
        let kept = Value::Object(terms(&none, &known).unwrap());
        assert_eq!(kept, value!({"parser": "squid", "expected": 60, "trust": "proven", "mapping": {}}));
        let given = SourceTerms {
            parser: Some(String::new()),
            zone: Some("Europe/Berlin".to_owned()),
            map: vec!["title=/alert/name".to_owned()],
            ..none
        };
        let changed = Value::Object(terms(&given, &known).unwrap());
        let mapping = value!({"title": "/alert/name"});
        assert_eq!(
            changed,
            value!({"expected": 60, "trust": "proven", "zone": "Europe/Berlin", "mapping": mapping})
        );
        assert!(mapping_of("title").is_err() && mapping_of("a=b=c").is_ok());
    }

    fn mapping_of(pair: &str) -> Result<Option<Value>, ClientError> {
        mapping(&[pair.to_owned()])
    }
}
