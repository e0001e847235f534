//! Tokens of one's own.

use super::args::TokenCommand;
use super::ask::{ask, json, percent};
use super::error::ClientError;
use super::print::{self, Column};
use crate::cli::Format;
use cofferdam_connect::With;
use std::io;

const PATH: &str = "/api/v1/tokens";
const COLUMNS: [Column; 4] = [("ID", "id"), ("EXPIRES", "expires"), ("NAME", "name"), ("SCOPE", "scope")];

/// Does what was asked.
pub fn run(command: &TokenCommand) -> Result<(), ClientError> {
    match command {
        TokenCommand::List(args) => {
            let page = json(&args.server.api()?, "GET", PATH, With::default())?;
            match args.format {
                Format::Json => say!("{page}"),
                Format::Text => {
                    let rows = page["items"].as_array().cloned().unwrap_or_default();
                    let _ = print::table(&mut io::stdout().lock(), &COLUMNS, &rows);
                }
            }
        }
        TokenCommand::Revoke(args) => {
            let path = format!("{PATH}/{}", percent(&args.id));
            ask(&args.asking.server.api()?, "DELETE", &path, With::default())?;
        }
    }
    Ok(())
}
