//! The entities of an incident as a picture: who and what was seen together.

use super::View;
use super::chart::{num, text};
use super::writer::Page;
use crate::figures::{count, group};
use crate::graph::{Graph, Link, Node, graph};
use crate::show::middle;
use cofferdam_vocabulary::Level;

const NODE: f64 = 168.0;
const GAP: f64 = 40.0;
const HEIGHT: f64 = 26.0;
const ROW: f64 = 34.0;
const TOP: f64 = 34.0;
/// Characters of a name that have room.
const NAME: usize = 20;

/// The section.
pub(super) fn section(page: &mut Page, view: &View<'_>) {
    super::section(page, view.depth, &format!("{}-graph", view.key), "Who and what was involved", |page| {
        let graph = graph(view.incident, &view.alerts);
        if graph.columns.is_empty() {
            page.line("p", "note", "The records name nobody and nothing.");
            return;
        }
        draw(page, view, &graph);
        if !graph.left_out.is_empty() {
            let told = graph.left_out.iter().map(|(name, n)| format!("{} of “{name}”", group(*n as u64)));
            let told = told.collect::<Vec<_>>().join(", ");
            page.line(
                "p",
                "more",
                &format!("Not drawn for want of room: {told}. The scope below lists more."),
            );
        }
    });
}

fn draw(page: &mut Page, view: &View<'_>, graph: &Graph<'_>) {
    let columns = graph.columns.len() as f64;
    let rows = graph.columns.iter().map(|(_, nodes)| nodes.len()).max().unwrap_or(1) as f64;
    let size = [num(columns * NODE + (columns - 1.0) * GAP + 2.0), num(TOP + rows * ROW + 4.0)];
    let frame = format!("0 0 {} {}", size[0], size[1]);
    let title_id = format!("{}-drawing", view.key);
    page.el("figure", &[("class", "drawing")], |page| {
        page.el("div", &[("class", "wide"), ("role", "group"), ("aria-label", "Entity graph"), ("tabindex", "0")], |page| {
            let attributes = [("role", "img"), ("aria-labelledby", &*title_id), ("viewBox", &*frame), ("width", &*size[0]), ("height", &*size[1])];
            page.el("svg", &attributes, |page| {
                page.el("title", &[("id", &title_id)], |page| page.label("Entities and what was seen together"));
                page.el("desc", &[], |page| page.label(&description(graph)));
                for link in &graph.links {
                    draw_link(page, graph, link);
                }
                for (column, (name, nodes)) in graph.columns.iter().enumerate() {
                    text(page, "column", left(column), 14.0, name);
                    for (row, node) in nodes.iter().enumerate() {
                        draw_node(page, node, left(column), top(graph, column, row));
                    }
                }
            });
        });
        page.line(
            "figcaption",
            "",
            "A line joins what one alert names; the thicker, the more alerts. The bar at the left of a name has the \
             colour of the gravest alert that names it.",
        );
    });
}

fn description(graph: &Graph<'_>) -> String {
    let told = graph.columns.iter().map(|(name, nodes)| {
        let values: Vec<&str> = nodes.iter().map(|node| node.value).collect();
        format!("{name}: {}", values.join(", "))
    });
    told.collect::<Vec<_>>().join(". ")
}

fn left(column: usize) -> f64 {
    1.0 + column as f64 * (NODE + GAP)
}

/// Shorter columns stand in the middle of the height.
fn top(graph: &Graph<'_>, column: usize, row: usize) -> f64 {
    let rows = graph.columns.iter().map(|(_, nodes)| nodes.len()).max().unwrap_or(1);
    let own = graph.columns[column].1.len();
    TOP + ((rows - own) as f64 / 2.0 + row as f64) * ROW
}

fn draw_link(page: &mut Page, graph: &Graph<'_>, link: &Link) {
    let (x1, y1) = (left(link.from.0) + NODE, top(graph, link.from.0, link.from.1) + HEIGHT / 2.0);
    let (x2, y2) = (left(link.to.0), top(graph, link.to.0, link.to.1) + HEIGHT / 2.0);
    let bend = ((x2 - x1) / 2.0).min(60.0);
    let path = format!(
        "M{} {}C{} {} {} {} {} {}",
        num(x1),
        num(y1),
        num(x1 + bend),
        num(y1),
        num(x2 - bend),
        num(y2),
        num(x2),
        num(y2)
    );
    let width = num((1.0 + (link.alerts as f64).log2() * 0.6).min(5.0));
    let class = if link.level >= Level::High { "link grave" } else { "link" };
    page.el("path", &[("class", class), ("d", &path), ("stroke-width", &width)], |_| ());
}

fn draw_node(page: &mut Page, node: &Node<'_>, x: f64, y: f64) {
    page.el("g", &[("class", "node")], |page| {
        let told =
            format!("{} {}, {}", node.kind.as_str(), node.value, count(node.alerts, "alert", "alerts"));
        page.el("title", &[], |page| page.label(&told));
        rect(page, "box", x, y, NODE);
        rect(page, mark(node.level), x, y, 4.0);
        // A drawing of its own cuts off what is wider than reckoned.
        let attributes = [
            ("x", &*num(x + 10.0)),
            ("y", &*num(y)),
            ("width", &*num(NODE - 14.0)),
            ("height", &*num(HEIGHT)),
        ];
        page.el("svg", &attributes, |page| text(page, "name", 0.0, 17.0, &middle(node.value, NAME)));
    });
}

fn rect(page: &mut Page, class: &'static str, x: f64, y: f64, width: f64) {
    let attributes = [
        ("class", class),
        ("x", &*num(x)),
        ("y", &*num(y)),
        ("width", &*num(width)),
        ("height", &*num(HEIGHT)),
    ];
    page.el("rect", &attributes, |_| ());
}

fn mark(level: Level) -> &'static str {
    match level {
        Level::Critical => "bar critical",
        Level::High => "bar high",
        Level::Medium => "bar medium",
        Level::Low => "bar low",
        Level::Informational => "bar informational",
    }
}
