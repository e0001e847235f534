//! `cofferdam rules list`: the rules that ship and those of packs.

use super::args::List;
use super::check::told;
use super::home::{self, Manifest};
use super::load::{self, RuleText};
use crate::cli::Format;
use crate::failure::Failure;
use crate::text::{count, cut, plain};
use anstyle::{AnsiColor, Style};
use cofferdam_detect::rule::{Meta, RuleSet};
use cofferdam_vocabulary::Level;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::process::ExitCode;

const WIDTH: usize = 80;

/// Lists rules.
///
/// # Errors
///
/// [`Failure`] when a pack cannot be read.
pub fn run(args: &List) -> Result<ExitCode, Failure> {
    let mut files = load::builtin();
    let mut manifests = BTreeMap::new();
    if let Some(home) = home::folder(args.home.home.as_deref()).filter(|_| !args.no_packs) {
        files.extend(load::packs(&home)?);
        manifests =
            home::packs(&home)?.into_iter().map(|pack| (pack.name.clone(), pack.manifest())).collect();
    }
    let set = load::assemble(&files);
    let mut rows = rows(&set, &files);
    rows.retain(|row| row.is_wanted(args));
    let mut out = anstream::stdout().lock();
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &rows).map_err(Into::into).and_then(|()| writeln!(out))
        }
        Format::Text => tell(&mut out, &rows, &manifests),
    };
    Ok(ExitCode::SUCCESS)
}

/// A rule in the list.
#[derive(Debug, Serialize)]
struct Row<'s> {
    id: &'s str,
    level: Level,
    title: &'s str,
    kind: &'static str,
    log_source: String,
    tactics: Vec<&'static str>,
    techniques: Vec<&'s str>,
    author: Option<&'s str>,
    license: Option<&'s str>,
    pack: &'s str,
    file: &'s str,
    #[serde(skip)]
    products: BTreeSet<&'s str>,
}

impl Row<'_> {
    fn is_wanted(&self, args: &List) -> bool {
        let technique = args.technique.as_ref().is_none_or(|wanted| {
            let of = |id: &&str| {
                let rest = id.strip_prefix(wanted.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            self.techniques.iter().any(of)
        });
        args.level.is_none_or(|level| self.level >= level)
            && args.tactic.is_none_or(|tactic| self.tactics.contains(&tactic.as_str()))
            && args
                .product
                .as_ref()
                .is_none_or(|product| self.products.contains(&*product.to_ascii_lowercase()))
            && technique
    }
}

/// Every rule and correlation, by pack, then the worst first, then by title.
fn rows<'s>(set: &'s RuleSet, files: &'s [RuleText]) -> Vec<Row<'s>> {
    let packs: BTreeMap<&str, &str> =
        files.iter().map(|file| (file.path.as_str(), file.pack.as_deref().unwrap_or_default())).collect();
    let row = |meta: &'s Meta, kind, log_source, products| Row {
        id: &meta.id,
        level: meta.level,
        title: &meta.title,
        kind,
        log_source,
        tactics: meta.tactics.iter().map(|tactic| tactic.as_str()).collect(),
        techniques: meta.techniques.iter().map(cofferdam_vocabulary::TechniqueId::as_str).collect(),
        author: meta.author.as_deref(),
        license: meta.license.as_deref(),
        pack: packs.get(&*meta.file).copied().unwrap_or_default(),
        file: &meta.file,
        products,
    };
    let detections = set.rules.iter().map(|rule| {
        let products = rule.logsource.product.as_deref().into_iter().collect();
        row(&rule.meta, "detection", told(&rule.logsource), products)
    });
    let correlations = set
        .correlations
        .iter()
        .map(|one| row(&one.meta, "correlation", "correlation".to_owned(), products_of(set, &one.rules)));
    let mut rows: Vec<Row<'_>> = detections.chain(correlations).collect();
    rows.sort_by(|a, b| (a.pack, b.level, a.title).cmp(&(b.pack, a.level, b.title)));
    rows
}

/// Products of the rules that a correlation counts, through other correlations as well.
fn products_of<'s>(set: &'s RuleSet, rules: &'s [String]) -> BTreeSet<&'s str> {
    let mut products = BTreeSet::new();
    let mut waiting: Vec<&String> = rules.iter().collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(reference) = waiting.pop() {
        if !seen.insert(reference) {
            continue;
        }
        let detections = set.rules.iter().filter(|rule| rule.meta.is_called(reference));
        products.extend(detections.filter_map(|rule| rule.logsource.product.as_deref()));
        let correlations = set.correlations.iter().filter(|one| one.meta.is_called(reference));
        waiting.extend(correlations.flat_map(|one| &one.rules));
    }
    products
}

fn tell(out: &mut impl Write, rows: &[Row<'_>], manifests: &BTreeMap<String, Manifest>) -> io::Result<()> {
    let dim = Style::new().dimmed();
    let mut pack = None;
    for row in rows {
        if pack != Some(row.pack) {
            pack = Some(row.pack);
            let of_pack = rows.iter().filter(|other| other.pack == row.pack).count() as u64;
            let bold = Style::new().bold();
            writeln!(out, "{bold}{}{bold:#}: {}", plain(row.pack), count(of_pack, "rule", "rules"))?;
            if let Some(Manifest { source, added, license_files, .. }) = manifests.get(row.pack) {
                let licences = license_files.join(", ");
                let from = [source.as_str(), added, &licences];
                let from: Vec<&str> = from.into_iter().filter(|part| !part.is_empty()).collect();
                writeln!(out, "{dim}{}{dim:#}", cut(&plain(&from.join(" · ")), WIDTH))?;
            }
            writeln!(out)?;
        }
        let colour = colour(row.level);
        let title = cut(&plain(row.title), WIDTH - 15);
        writeln!(out, "{colour}{:<13}{colour:#}  {title}", row.level.as_str())?;
        let techniques = row.techniques.join(" ");
        let about = [row.log_source.as_str(), techniques.as_str()];
        let by = [row.author.unwrap_or("no author"), row.license.unwrap_or("no licence")];
        for parts in [about, by, [row.id, ""]] {
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let line = cut(&plain(&parts.join(" · ")), WIDTH - 15);
            writeln!(out, "{:15}{dim}{line}{dim:#}", "")?;
        }
    }
    match rows.len() as u64 {
        0 => writeln!(out, "No rule is so."),
        rows => writeln!(out, "\n{}.", count(rows, "rule", "rules")),
    }
}

fn colour(level: Level) -> Style {
    match level {
        Level::Critical | Level::High => AnsiColor::Red.on_default(),
        Level::Medium => AnsiColor::Yellow.on_default(),
        Level::Low | Level::Informational => Style::new(),
    }
}
