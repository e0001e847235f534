//! People by their accounts, and how each of them is reached.

use super::super::file;
use super::super::given::{Given, Misread, Name, Spot};
use super::{Kind, Mailbox, Secret, SecretFile, Web, WebAddress};
use cofferdam_journal::user::AccountName;
use cofferdam_vocabulary::nearest;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Accounts, in an order.
pub struct Accounts;

/// Tables of people, by their accounts.
pub struct ContactTables;

/// How people are reached, by account.
pub type Contacts = BTreeMap<String, ContactEntry>;

/// How somebody is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactEntry {
    /// By e-mail.
    pub mail: Option<String>,
    /// By a signed request.
    pub webhook: Option<WebAddress>,
    /// The file with the key of its signatures.
    pub secret_file: Option<SecretFile>,
}

/// People who are told at most.
const MOST: usize = 50;
/// People who can be reached at most.
const MOST_CONTACTS: usize = 1000;
const NAMES: [&str; 3] = ["mail", "webhook", "secret_file"];
const EXAMPLE: &str = "{ ada = { mail = \"ada@example.org\" } }";
const ADDRESS: Web = Web { with_path: true };

fn account(text: &str) -> Result<String, Misread> {
    AccountName::parse(text).map(|name| name.to_string()).map_err(|error| {
        Misread::new(format!("`{}` is no account", crate::text::cut(text, 60))).help(error.to_string())
    })
}

impl Kind for Accounts {
    type Value = Vec<String>;

    fn name(&self) -> String {
        "list of accounts".to_owned()
    }

    fn read(&self, given: &Given, _: &Path) -> Result<Vec<String>, Misread> {
        let found: Vec<String> = match given {
            Given::Typed(text) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                parts.map(account).collect::<Result<_, Misread>>()?
            }
            Given::List(spots) => {
                let read = |spot: &Spot| {
                    spot.given.text("an account").and_then(account).map_err(|misread| misread.at(&spot.span))
                };
                spots.iter().map(read).collect::<Result<_, Misread>>()?
            }
            _ => return Err(given.other("a list of accounts, such as [\"ada\", \"grace\"]")),
        };
        if found.len() > MOST {
            return Err(Misread::new(format!("has more than {MOST} people")));
        }
        match found.iter().enumerate().find(|(at, name)| found[..*at].contains(name)) {
            Some((_, twice)) => Err(Misread::new(format!("names `{twice}` twice"))),
            None => Ok(found),
        }
    }

    fn show(&self, value: &Vec<String>) -> Value {
        json!(value)
    }
}

impl Kind for ContactTables {
    type Value = Contacts;

    fn name(&self) -> String {
        "tables of people, see below".to_owned()
    }

    fn read(&self, given: &Given, base: &Path) -> Result<Contacts, Misread> {
        match given {
            Given::Table(tables) => all(tables, base),
            // A table has no shape of its own in a variable: it is written there as in the file.
            Given::Typed(text) => match file::value(text) {
                Some(Given::Table(tables)) => all(&tables, base),
                _ => Err(Misread::new("is no table of people").help(format!("write it as `{EXAMPLE}`"))),
            },
            _ => Err(given.other("a table for each person").help(format!("write it as `{EXAMPLE}`"))),
        }
    }

    /// Where requests go is not shown: whoever has such an address can write there.
    fn show(&self, value: &Contacts) -> Value {
        let table = |contact: &ContactEntry| {
            let mut table = Map::new();
            table.extend(contact.mail.iter().map(|mail| ("mail".to_owned(), json!(mail))));
            table.extend(contact.webhook.iter().map(|_| ("webhook".to_owned(), json!("(set)"))));
            table
                .extend(contact.secret_file.iter().map(|file| ("secret_file".to_owned(), Secret.show(file))));
            Value::Object(table)
        };
        value.iter().map(|(name, contact)| (name.clone(), table(contact))).collect()
    }
}

/// All of them, or all that is wrong with them.
fn all(tables: &[(Name, Spot)], base: &Path) -> Result<Contacts, Misread> {
    let (mut contacts, mut wrong) = (Contacts::new(), Vec::new());
    if let Some((name, _)) = tables.get(MOST_CONTACTS) {
        wrong.push(Misread::new(format!("has more than {MOST_CONTACTS} people")).at(&name.span));
    }
    for (name, spot) in tables {
        match one(name, spot, base) {
            Ok((account, contact)) => {
                contacts.insert(account, contact);
            }
            Err(misread) => wrong.push(misread),
        }
    }
    Misread::all(wrong).map_or(Ok(contacts), Err)
}

fn one(name: &Name, spot: &Spot, base: &Path) -> Result<(String, ContactEntry), Misread> {
    let account = account(&name.text).map_err(|misread| misread.at(&name.span))?;
    let Given::Table(settings) = &spot.given else {
        let misread = spot.given.other("a table").help("write it as `{ mail = \"ada@example.org\" }`");
        return Err(misread.at(&spot.span).under(&name.text));
    };
    let mut contact = ContactEntry::default();
    let mut wrong = Vec::new();
    for (setting, spot) in settings {
        let read = match setting.text.as_str() {
            "mail" => Mailbox.read(&spot.given, base).map(|mail| contact.mail = Some(mail)),
            "webhook" => ADDRESS.read(&spot.given, base).map(|url| contact.webhook = Some(url)),
            "secret_file" => Secret.read(&spot.given, base).map(|file| contact.secret_file = Some(file)),
            other => {
                let cut = crate::text::cut(other, 60);
                let message = format!("there is no setting `contacts.{}.{cut}`", name.text);
                let near = nearest(other, NAMES).map(|near| format!("did you mean `{near}`?"));
                wrong.push(
                    Misread::unknown(setting, message)
                        .help(near.unwrap_or_else(|| format!("somebody has {}", NAMES.join(", ")))),
                );
                continue;
            }
        };
        wrong.extend(read.err().map(|misread| misread.at(&spot.span).under(&setting.text)));
    }
    if let (true, Some(misread)) = (wrong.is_empty(), incomplete(&contact)) {
        wrong.push(misread.at(&name.span));
    }
    Misread::all(wrong).map_or(Ok((account, contact)), |misread| Err(misread.under(&name.text)))
}

fn incomplete(contact: &ContactEntry) -> Option<Misread> {
    match (&contact.mail, &contact.webhook, &contact.secret_file) {
        (_, Some(_), None) => Some(
            Misread::new("has a `webhook` without `secret_file`")
                .help("requests are signed: name the file that holds the key"),
        ),
        (_, None, Some(_)) => {
            Some(Misread::new("has a `secret_file` without `webhook`").help("set both, or none"))
        }
        (None, None, None) => {
            Some(Misread::new("says not how to reach them").help("write `mail` or `webhook`"))
        }
        _ => None,
    }
}
