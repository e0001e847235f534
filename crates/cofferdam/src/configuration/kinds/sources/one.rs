//! One table of a source: what it may hold, and what of it goes together.

use super::super::super::given::{Given, Misread, Name, Spot};
use super::super::network::{Address, network};
use super::super::{Count, Kind, PemFile, Switch, Text};
use super::pattern;
use crate::cli::zone;
use cofferdam_detect::parser::{named, names};
use cofferdam_journal::source::MOST_EXPECTED;
use cofferdam_serve::settings::{ConfiguredSource, Inlet, TlsFiles, Trust};
use cofferdam_vocabulary::{SourceName, nearest};
use ipnet::IpNet;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::path::Path;

/// Every name that a table may have, and of which inlets; of none named, of all.
const NAMES: [(&str, &[&str]); 14] = [
    ("file", &[]),
    ("udp", &[]),
    ("tcp", &[]),
    ("tls", &[]),
    ("certificate", &["tls"]),
    ("key", &["tls"]),
    ("clients", &["tls"]),
    ("from_start", &["file"]),
    ("from", &["udp", "tcp", "tls"]),
    ("parser", &[]),
    ("trust", &[]),
    ("expected", &[]),
    ("zone", &[]),
    ("host", &[]),
];

const INLETS: [&str; 4] = ["file", "udp", "tcp", "tls"];

/// Events a minute that can be expected.
const EXPECTED: Count = Count { least: 1, most: MOST_EXPECTED };

/// The settings of a table, and what was wrong with those that were read.
struct Table<'t> {
    settings: &'t [(Name, Spot)],
    base: &'t Path,
    wrong: Vec<Misread>,
}

/// Reads the source of this name.
///
/// # Errors
///
/// [`Misread`] with all that is wrong.
pub fn read(
    name: SourceName,
    place: &Name,
    settings: &[(Name, Spot)],
    base: &Path,
) -> Result<ConfiguredSource, Misread> {
    let mut table = Table { settings, base, wrong: Vec::new() };
    let inlet = table.inlet(place);
    let source = ConfiguredSource {
        name,
        parser: table.read("parser", |given, _| parser(given)),
        trust: table.trust(inlet.as_ref()),
        expected: table.read("expected", |given, base| EXPECTED.read(given, base)),
        zone: table.read("zone", |given, _| time_zone(given)),
        host: table.read("host", |given, base| Text.read(given, base)),
        from: table.read("from", |given, _| networks(given)).unwrap_or_default(),
        inlet: inlet.unwrap_or(Inlet::File { pattern: base.to_owned(), from_start: false }),
    };
    Misread::all(table.wrong).map_or(Ok(source), Err)
}

impl Table<'_> {
    /// What a name stands for, if it is there and was read.
    fn read<T>(&mut self, name: &str, read: impl FnOnce(&Given, &Path) -> Result<T, Misread>) -> Option<T> {
        let (_, spot) = self.settings.iter().find(|(known, _)| known.text == name)?;
        match read(&spot.given, self.base) {
            Ok(value) => Some(value),
            Err(misread) => {
                self.wrong.push(misread.at(&spot.span).under(name));
                None
            }
        }
    }

    /// The one inlet; the names that nothing has, and those of other inlets, are told.
    fn inlet(&mut self, place: &Name) -> Option<Inlet> {
        let named: Vec<&Name> =
            self.settings.iter().map(|(name, _)| name).filter(|name| INLETS.contains(&&*name.text)).collect();
        let word = match named.as_slice() {
            [one] => Some(one.text.as_str()),
            [] => {
                let misread = Misread::new("says not where its events come from");
                self.wrong.push(misread.help("write `file`, `udp`, `tcp` or `tls`").at(&place.span));
                None
            }
            [first, second, ..] => {
                let misread = Misread::new(format!("has `{}` beside `{}`", second.text, first.text));
                self.wrong.push(misread.help("make a source of each").at(&second.span));
                None
            }
        };
        self.names(place, word);
        self.of_word(word?)
    }

    fn of_word(&mut self, word: &str) -> Option<Inlet> {
        let address = |given: &Given, base: &Path| Address.read(given, base);
        let pem = |given: &Given, base: &Path| PemFile.read(given, base);
        match word {
            "file" => {
                let from_start = self.read("from_start", |given, base| Switch.read(given, base));
                let pattern = self.read("file", pattern::read)?;
                Some(Inlet::File { pattern, from_start: from_start.unwrap_or(false) })
            }
            "udp" => self.read("udp", address).map(|address| Inlet::Udp { address }),
            "tcp" => self.read("tcp", address).map(|address| Inlet::Tcp { address }),
            _ => {
                let clients = self.read("clients", pem);
                let (certificate, key) = (self.read("certificate", pem), self.read("key", pem));
                self.pair();
                let files = certificate.zip(key).map(|(certificate, key)| TlsFiles { certificate, key });
                self.read("tls", address).map(|address| Inlet::Tls { address, files, clients })
            }
        }
    }

    /// A certificate without its key is none.
    fn pair(&mut self) {
        for (there, missing) in [("certificate", "key"), ("key", "certificate")] {
            let find = |name: &str| self.settings.iter().find(|(known, _)| known.text == name);
            if let (Some((name, _)), None) = (find(there), find(missing)) {
                let misread = Misread::new(format!("is set without `{missing}`"));
                self.wrong.push(misread.help("set both, or none of them").at(&name.span).under(there));
            }
        }
    }

    fn names(&mut self, place: &Name, word: Option<&str>) {
        for (name, _) in self.settings {
            match NAMES.iter().find(|(known, _)| *known == name.text) {
                None => {
                    let cut = crate::text::cut(&name.text, 60);
                    let message = format!("there is no setting `sources.{}.{cut}`", place.text);
                    let near = nearest(&name.text, NAMES.iter().map(|(known, _)| *known));
                    let help = near.map_or_else(all_names, |near| format!("did you mean `{near}`?"));
                    self.wrong.push(Misread::unknown(name, message).help(help));
                }
                Some((_, of)) => {
                    if let Some(word) = word.filter(|word| !of.is_empty() && !of.contains(word)) {
                        let message = format!("is nothing that a source with `{word}` has");
                        let help = format!("it goes with {}", of.join(", "));
                        self.wrong.push(Misread::new(message).help(help).at(&name.span).under(&name.text));
                    }
                }
            }
        }
    }

    /// What is said of it, within what its inlet can prove.
    fn trust(&mut self, inlet: Option<&Inlet>) -> Trust {
        let usual = inlet.map_or(Trust::Unproven, Inlet::trust);
        let proves = !matches!(usual, Trust::Unproven);
        let read = |given: &Given, _: &Path| {
            let trust = trust(given)?;
            if inlet.is_some() && trust == Trust::Proven && !proves {
                return Err(Misread::new("is more than its senders prove")
                    .help("only a certificate proves who sends: use `tls` with `clients`"));
            }
            Ok(trust)
        };
        self.read("trust", read).unwrap_or(usual)
    }
}

fn all_names() -> String {
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    format!("a source has {}", names.join(", "))
}

fn trust(given: &Given) -> Result<Trust, Misread> {
    let words = || Trust::ALL.iter().map(|trust| trust.as_str());
    let wanted = format!("one of {}", words().collect::<Vec<_>>().join(", "));
    let text = given.text(&wanted)?.trim();
    Trust::ALL.into_iter().find(|trust| trust.as_str() == text).ok_or_else(|| {
        Misread::new(format!("`{text}` is no choice")).help(match nearest(text, words()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write {wanted}"),
        })
    })
}

fn parser(given: &Given) -> Result<String, Misread> {
    let text = given.text("the name of a parser")?.trim();
    named(text).map(str::to_owned).ok_or_else(|| {
        let known: BTreeSet<&str> = names().collect();
        Misread::new(format!("`{}` is no name of a parser", crate::text::cut(text, 60))).help(
            match nearest(text, known.iter().copied()) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("write one of {}", known.into_iter().collect::<Vec<_>>().join(", ")),
            },
        )
    })
}

fn time_zone(given: &Given) -> Result<TimeZone, Misread> {
    let text = given.text("a zone such as Europe/Berlin")?.trim();
    zone(text).map_err(|help| Misread::new(format!("`{}` is no zone", crate::text::cut(text, 60))).help(help))
}

fn networks(given: &Given) -> Result<Vec<IpNet>, Misread> {
    let Given::List(spots) = given else {
        return Err(given.other("a list of networks, such as [\"192.0.2.0/24\"]"));
    };
    let read = |spot: &Spot| {
        let read = spot.given.text("a network such as 192.0.2.0/24").and_then(network);
        read.map_err(|misread| misread.at(&spot.span))
    };
    spots.iter().map(read).collect()
}
