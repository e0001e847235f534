//! Sources of events: a table for each, with its name.

mod one;
mod pattern;
mod show;

use super::super::file;
use super::super::given::{Given, Misread, Name, Spot};
use super::Kind;
use cofferdam_serve::settings::ConfiguredSource;
use cofferdam_vocabulary::SourceName;
use serde_json::Value;
use std::path::Path;

/// Tables of sources, by their names.
pub struct SourceTables;

/// Sources, in the order of their names.
pub type Sources = Vec<ConfiguredSource>;

/// Sources at most; each has threads or connections of its own.
const MOST: usize = 128;

const EXAMPLE: &str = "{ auth = { file = \"/var/log/auth.log\" } }";

impl Kind for SourceTables {
    type Value = Sources;

    fn name(&self) -> String {
        "tables of sources, see below".to_owned()
    }

    fn read(&self, given: &Given, base: &Path) -> Result<Sources, Misread> {
        match given {
            Given::Table(tables) => all(tables, base),
            // A table has no shape of its own in a variable: it is written there as in the file.
            Given::Typed(text) => match file::value(text) {
                Some(Given::Table(tables)) => all(&tables, base),
                _ => Err(Misread::new("is no table of sources").help(format!("write it as `{EXAMPLE}`"))),
            },
            _ => Err(given.other("a table for each source").help(format!("write it as `{EXAMPLE}`"))),
        }
    }

    fn show(&self, value: &Sources) -> Value {
        value.iter().map(|source| (source.name.to_string(), show::table(source))).collect()
    }
}

/// Every source, or all that is wrong with them.
fn all(tables: &[(Name, Spot)], base: &Path) -> Result<Sources, Misread> {
    let (mut sources, mut wrong): (Vec<ConfiguredSource>, Vec<Misread>) = Default::default();
    if let Some((name, _)) = tables.get(MOST) {
        wrong.push(Misread::new(format!("has more than {MOST} sources")).at(&name.span));
    }
    for (name, spot) in tables {
        let read = one(name, spot, base);
        let read = read.and_then(|source| match taken(&sources, &source) {
            None => Ok(source),
            Some(by) => {
                let message = format!("listens where `{by}` does");
                Err(Misread::new(message).at(&name.span).under(&name.text))
            }
        });
        match read {
            Ok(source) => sources.push(source),
            Err(misread) => wrong.push(misread),
        }
    }
    Misread::all(wrong).map_or(Ok(sources), Err)
}

fn one(name: &Name, spot: &Spot, base: &Path) -> Result<ConfiguredSource, Misread> {
    let Ok(known) = SourceName::parse(&name.text) else {
        return Err(Misread::new(format!("`{}` is no name of a source", crate::text::cut(&name.text, 60)))
            .help("write 1 to 63 of the letters a to z, digits and `-`, not beginning with `-`")
            .at(&name.span));
    };
    let Given::Table(settings) = &spot.given else {
        let misread = spot.given.other("a table").help("write it as `{ file = \"/var/log/auth.log\" }`");
        return Err(misread.at(&spot.span).under(&name.text));
    };
    one::read(known, name, settings, base).map_err(|misread| misread.under(&name.text))
}

/// Which source already listens where this one would.
fn taken(sources: &[ConfiguredSource], new: &ConfiguredSource) -> Option<SourceName> {
    let place = |source: &ConfiguredSource| {
        source.inlet.address().map(|address| (address, source.inlet.word() == "udp"))
    };
    let wanted = place(new)?;
    // Port 0 is another one each time.
    let same = |source: &&ConfiguredSource| place(source) == Some(wanted) && wanted.0.port() != 0;
    sources.iter().find(same).map(|source| source.name)
}
