//! Lists and single objects.

use super::args::{Asking, Listing, One};
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::{self, Column};
use crate::cli::Format;
use cofferdam_connect::{Api, With};
use serde_json::{Value, json as value};
use std::io;

/// Rows that the server gives at once.
const PAGE: usize = 200;

/// Prints a list, page by page until there is enough.
pub fn run(path: &str, columns: &[Column], args: &Listing) -> Result<(), ClientError> {
    run_with(path, columns, args, |_| {})
}

/// As [`run`], each row with what is only for people added.
pub fn run_with(
    path: &str,
    columns: &[Column],
    args: &Listing,
    add: impl Fn(&mut Value),
) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let (mut rows, more) = pages(&api, path, args)?;
    match args.asking.format {
        Format::Json => say!("{}", value!({"items": rows, "more": more})),
        Format::Text if rows.is_empty() => {
            eprintln!("there are none{}", if args.filter.is_some() { " of these" } else { "" });
        }
        Format::Text => {
            rows.iter_mut().for_each(add);
            // Whoever reads may have enough of it; that is no failure of ours.
            let _ = print::table(&mut io::stdout().lock(), columns, &rows);
            if more {
                eprintln!("there are more; ask for them with --limit, or for fewer with --filter");
            }
        }
    }
    Ok(())
}

fn pages(api: &Api, path: &str, args: &Listing) -> Result<(Vec<Value>, bool), ClientError> {
    let (mut rows, mut cursor): (Vec<Value>, Option<String>) = (Vec::new(), None);
    while rows.len() < args.limit {
        let mut query = format!("{path}?limit={}", (args.limit - rows.len()).min(PAGE));
        query.push_str(if args.oldest { "&order=oldest" } else { "&order=newest" });
        for (name, text) in [("filter", &args.filter), ("cursor", &cursor)] {
            if let Some(text) = text {
                query.push_str(&format!("&{name}={}", percent(text)));
            }
        }
        let mut page = json(api, "GET", &query, With::default())?;
        match page["items"].take() {
            Value::Array(items) => rows.extend(items),
            _ => return Err(ClientError::Strange { what: "a page without items".to_owned() }),
        }
        cursor = page["next"].as_str().map(ToOwned::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    Ok((rows, cursor.is_some()))
}

/// Prints one object.
pub fn show(path: &str, args: &One) -> Result<(), ClientError> {
    let api = args.asking.server.api()?;
    let object = json(&api, "GET", &format!("{path}/{}", percent(&args.id)), With::default())?;
    tell(&object, &args.asking);
    Ok(())
}

/// Prints what the server answered.
pub fn tell(object: &Value, asking: &Asking) {
    match asking.format {
        Format::Json => say!("{object}"),
        Format::Text => {
            let _ = print::object(&mut io::stdout().lock(), object, 0);
        }
    }
}
