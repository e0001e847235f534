//! Who and what an incident touches, and what was seen together: laid out in columns, always the same.

use cofferdam_detect::correlation::{Alert, Incident};
use cofferdam_vocabulary::{EntityKind, Level};
use std::collections::BTreeMap;

/// Entities drawn in one column; more would be no picture.
const COLUMN: usize = 12;

/// Columns from outside to inside: a kind stands in the first that names it.
const COLUMNS: [(&str, &[EntityKind]); 5] = [
    ("Addresses, domains", &[EntityKind::Address, EntityKind::Domain]),
    ("Accounts", &[EntityKind::Account]),
    ("Hosts", &[EntityKind::Host]),
    ("Programs", &[EntityKind::Process]),
    (
        "Files, services, keys",
        &[EntityKind::File, EntityKind::Service, EntityKind::Registry, EntityKind::Url],
    ),
];

/// An entity in the picture.
#[derive(Debug)]
pub(crate) struct Node<'r> {
    pub(crate) kind: EntityKind,
    pub(crate) value: &'r str,
    /// The gravest alert that names it.
    pub(crate) level: Level,
    pub(crate) alerts: u64,
}

/// A column of [`Graph::columns`] and a row in it.
pub(crate) type Place = (usize, usize);

/// Two entities that alerts name together.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) from: Place,
    pub(crate) to: Place,
    pub(crate) alerts: u64,
    pub(crate) level: Level,
}

/// The picture: columns that hold something, and links between them.
#[derive(Debug, Default)]
pub(crate) struct Graph<'r> {
    pub(crate) columns: Vec<(&'static str, Vec<Node<'r>>)>,
    pub(crate) links: Vec<Link>,
    /// By column: entities for which there was no room.
    pub(crate) left_out: Vec<(&'static str, usize)>,
}

/// Chooses what is drawn, the gravest first, and where.
pub(crate) fn graph<'r>(incident: &'r Incident, alerts: &[&Alert]) -> Graph<'r> {
    let mut graph = Graph::default();
    let levels = levels(alerts);
    for (name, kinds) in COLUMNS {
        let mut nodes: Vec<Node<'r>> = incident
            .scope
            .iter()
            .filter(|entry| kinds.contains(&entry.kind))
            .map(|entry| Node {
                kind: entry.kind,
                value: &entry.value,
                level: levels.get(&(entry.kind, &*entry.value)).copied().unwrap_or(Level::Informational),
                alerts: entry.alerts,
            })
            .collect();
        // Paths that a scan asked for would crowd out everything else.
        nodes.retain(|node| node.kind != EntityKind::Url || node.level >= Level::Medium);
        nodes.sort_by(|a, b| (b.level, b.alerts, a.value).cmp(&(a.level, a.alerts, b.value)));
        if nodes.len() > COLUMN {
            graph.left_out.push((name, nodes.len() - COLUMN));
            nodes.truncate(COLUMN);
        }
        if !nodes.is_empty() {
            graph.columns.push((name, nodes));
        }
    }
    graph.links = links(&graph, alerts);
    untangle(&mut graph);
    graph
}

fn levels<'a>(alerts: &[&'a Alert]) -> BTreeMap<(EntityKind, &'a str), Level> {
    let mut levels = BTreeMap::new();
    for alert in alerts {
        for entity in &alert.entities {
            let level = levels.entry((entity.kind, &*entity.value)).or_insert(alert.level);
            *level = alert.level.max(*level);
        }
    }
    levels
}

/// In each alert, what stands in one column is linked with what stands in the next that it names.
fn links(graph: &Graph<'_>, alerts: &[&Alert]) -> Vec<Link> {
    let mut places = BTreeMap::new();
    for (column, (_, nodes)) in graph.columns.iter().enumerate() {
        for (row, node) in nodes.iter().enumerate() {
            places.insert((node.kind, node.value), (column, row));
        }
    }
    let mut found: BTreeMap<(Place, Place), (u64, Level)> = BTreeMap::new();
    for alert in alerts {
        let named = alert.entities.iter().filter_map(|entity| places.get(&(entity.kind, &*entity.value)));
        let mut by_column: BTreeMap<usize, Vec<Place>> = BTreeMap::new();
        for &place in named {
            let column = by_column.entry(place.0).or_default();
            if !column.contains(&place) {
                column.push(place);
            }
        }
        let columns: Vec<_> = by_column.into_values().collect();
        for pair in columns.windows(2) {
            for &from in &pair[0] {
                for &to in &pair[1] {
                    let (count, level) = found.entry((from, to)).or_insert((0, alert.level));
                    *count += 1;
                    *level = alert.level.max(*level);
                }
            }
        }
    }
    found.into_iter().map(|((from, to), (alerts, level))| Link { from, to, alerts, level }).collect()
}

/// Orders each column by where its neighbours stand, a few times to and fro, so that lines cross less.
fn untangle(graph: &mut Graph<'_>) {
    for round in 0..6 {
        let width = graph.columns.len();
        for step in 0..width {
            let column = if round % 2 == 0 { step } else { width - 1 - step };
            order(graph, column);
        }
    }
}

fn order(graph: &mut Graph<'_>, column: usize) {
    let height = |at: usize| graph.columns[at].1.len().max(1) as f64;
    let rows = graph.columns[column].1.len();
    let mut wanted: Vec<(f64, usize)> = Vec::with_capacity(rows);
    for row in 0..rows {
        let (mut sum, mut count) = (0.0, 0.0);
        for link in &graph.links {
            let other = match (link.from == (column, row), link.to == (column, row)) {
                (true, _) => link.to,
                (_, true) => link.from,
                _ => continue,
            };
            sum += (other.1 as f64 + 0.5) / height(other.0);
            count += 1.0;
        }
        let own = (row as f64 + 0.5) / height(column);
        wanted.push((if count > 0.0 { sum / count } else { own }, row));
    }
    wanted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut now = vec![0; rows];
    for (place, (_, row)) in wanted.iter().enumerate() {
        now[*row] = place;
    }
    let mut nodes: Vec<(usize, Node<'_>)> =
        std::mem::take(&mut graph.columns[column].1).into_iter().enumerate().collect();
    nodes.sort_by_key(|(row, _)| now[*row]);
    graph.columns[column].1 = nodes.into_iter().map(|(_, node)| node).collect();
    for link in &mut graph.links {
        for end in [&mut link.from, &mut link.to] {
            if end.0 == column {
                end.1 = now[end.1];
            }
        }
    }
}
