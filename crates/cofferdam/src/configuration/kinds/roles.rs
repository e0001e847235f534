//! Which roles a group of the identity provider gives.

use super::super::file;
use super::super::given::{Given, Misread, Name, Spot};
use super::Kind;
use cofferdam_journal::TeamRole;
use cofferdam_vocabulary::nearest;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Groups and their roles.
pub struct RolesByGroup;

/// The roles of each group.
pub type Roles = BTreeMap<String, BTreeSet<TeamRole>>;

const EXAMPLE: &str = "{ soc = [\"responder\"] }";

impl Kind for RolesByGroup {
    type Value = Roles;

    fn name(&self) -> String {
        "table of groups and lists of roles".to_owned()
    }

    fn read(&self, given: &Given, _: &Path) -> Result<Roles, Misread> {
        match given {
            Given::Table(groups) => groups.iter().map(of_group).collect(),
            // A table has no shape of its own in a variable: it is written there as in the file.
            Given::Typed(text) => match file::value(text) {
                Some(Given::Table(groups)) => groups
                    .iter()
                    .map(of_group)
                    .collect::<Result<Roles, Misread>>()
                    .map_err(|misread| Misread { span: None, ..misread }),
                _ => Err(Misread::new("is no table of groups").help(format!("write it as `{EXAMPLE}`"))),
            },
            _ => Err(given.other("a table of groups").help(format!("write it as `{EXAMPLE}`"))),
        }
    }

    fn show(&self, value: &Roles) -> Value {
        json!(value)
    }
}

fn of_group((group, roles): &(Name, Spot)) -> Result<(String, BTreeSet<TeamRole>), Misread> {
    let Given::List(list) = &roles.given else {
        return Err(roles.given.other("a list of roles").at(&roles.span));
    };
    let roles: Result<_, Misread> =
        list.iter().map(|spot| role(&spot.given).map_err(|misread| misread.at(&spot.span))).collect();
    Ok((group.text.clone(), roles?))
}

fn role(given: &Given) -> Result<TeamRole, Misread> {
    let text = given.text("a role")?;
    let roles = || TeamRole::ALL.iter().map(|role| role.as_str());
    TeamRole::parse(text).map_err(|_| {
        Misread::new(format!("`{text}` is no role")).help(match nearest(text, roles()) {
            Some(role) => format!("did you mean `{role}`?"),
            None => format!("roles are {}", roles().collect::<Vec<_>>().join(", ")),
        })
    })
}
