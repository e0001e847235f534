//! The timeline as a picture, lanes by tactic, and as a table in which bursts are folded.

use super::writer::Page;
use super::{Days, View, cell, left_out, level, table};
use crate::figures::{clock, count, day, group, span};
use crate::fold::{Burst, bursts};
use crate::words;
use cofferdam_detect::correlation::TimelineEntry;
use cofferdam_vocabulary::{Level, Tactic};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Bursts in the table.
const SHOWN: usize = 80;
const WIDTH: f64 = 1008.0;
const LEFT: f64 = 172.0;
const RIGHT: f64 = 56.0;
const LANE: f64 = 34.0;
const TOP: f64 = 8.0;
/// Width of one bar with its gap.
const BAR: f64 = 6.0;
/// A silence longer than this share of the whole is cut out of the axis.
const SILENCE: f64 = 0.2;
/// Width of the mark where time was cut out.
const BREAK: f64 = 44.0;

/// The section with its heading.
pub(super) fn section(page: &mut Page, view: &View<'_>) {
    super::section(page, view.depth, &format!("{}-time", view.key), "Timeline", |page| {
        chart(page, view);
        story(page, &bursts(&view.alerts));
    });
}

fn story(page: &mut Page, bursts: &[Burst<'_>]) {
    let mut shown: Vec<&Burst<'_>> = bursts.iter().collect();
    shown.sort_by(|a, b| (b.level, a.first).cmp(&(a.level, b.first)));
    shown.truncate(SHOWN);
    shown.sort_by(|a, b| (a.first, b.level).cmp(&(b.first, a.level)));
    let caption = "What happened, in the order of time; what repeats within five minutes is one line";
    let columns = ["Time (UTC)", "Level", "What", "Times", "First record"];
    table(page, "story", caption, &columns, |page| {
        let mut days = Days::default();
        for burst in &shown {
            days.row(page, burst.first, columns.len());
            page.el("tr", &[], |page| {
                cell(page, "time", &clock(burst.first, burst.last));
                page.el("td", &[], |page| level(page, burst.level));
                page.el("th", &[("scope", "row")], |page| page.text(burst.title));
                cell(page, "number", &group(burst.matches));
                cell(page, "said", burst.evidence().map_or("", |evidence| &evidence.what));
            });
            page.newline();
        }
    });
    left_out(page, shown.len(), bursts.len(), "lines, the gravest,", "timeline.csv");
}

/// A lane's name and its entries.
struct Lane<'v> {
    name: &'static str,
    entries: Vec<(Timestamp, &'v TimelineEntry)>,
}

fn lanes<'v>(view: &'v View<'_>) -> Vec<Lane<'v>> {
    let mut lanes: BTreeMap<(bool, Option<Tactic>), Lane<'v>> = BTreeMap::new();
    for entry in &view.incident.timeline {
        let Some(time) = entry.evidence.time else { continue };
        let name = entry.tactic.map_or("Other", words::tactic);
        let lane = lanes.entry((entry.tactic.is_none(), entry.tactic));
        lane.or_insert(Lane { name, entries: Vec::new() }).entries.push((time, entry));
    }
    lanes.into_values().collect()
}

fn chart(page: &mut Page, view: &View<'_>) {
    let lanes = lanes(view);
    let times = lanes.iter().flat_map(|lane| lane.entries.iter().map(|(time, _)| seconds(*time)));
    let Some(axis) = Axis::of(times.collect()) else {
        page.line("p", "note", "The records name no time, so there is nothing to draw.");
        return;
    };
    let bottom = TOP + LANE * lanes.len() as f64;
    let height = bottom + 40.0;
    let title_id = format!("{}-chart", view.key);
    let size = [num(WIDTH), num(height)];
    let frame = format!("0 0 {} {}", size[0], size[1]);
    page.el("figure", &[("class", "drawing")], |page| {
        page.el("div", &[("class", "wide"), ("role", "group"), ("aria-label", "Timeline chart"), ("tabindex", "0")], |page| {
            let attributes = [("role", "img"), ("aria-labelledby", &*title_id), ("viewBox", &*frame), ("width", &*size[0]), ("height", &*size[1])];
            page.el("svg", &attributes, |page| {
                page.el("title", &[("id", &title_id)], |page| page.label("When which tactic was seen"));
                page.el("desc", &[], |page| page.label(&description(&lanes)));
                axis.draw(page, bottom);
                for (number, lane) in lanes.iter().enumerate() {
                    draw_lane(page, lane, TOP + LANE * number as f64, &axis);
                }
            });
        });
        page.el("figcaption", &[], |page| {
            page.text(
                "Each bar is a short stretch of time; the taller, the more records. The number at the right counts \
                 the records kept as evidence, at most 50 of an alert. The colour is that of the gravest rule:",
            );
            page.el("span", &[("class", "legend")], |page| {
                for grave in Level::ALL.into_iter().rev() {
                    level(page, grave);
                    page.text(" ");
                }
            });
        });
    });
}

fn description(lanes: &[Lane<'_>]) -> String {
    let told = lanes.iter().map(|lane| {
        let times = lane.entries.iter().map(|(time, _)| *time);
        let (first, last) = (times.clone().min(), times.max());
        format!(
            "{}: {}, {}",
            lane.name,
            count(lane.entries.len() as u64, "record", "records"),
            span(first, last)
        )
    });
    told.collect::<Vec<_>>().join(". ")
}

fn draw_lane(page: &mut Page, lane: &Lane<'_>, top: f64, axis: &Axis) {
    let base = top + LANE - 6.0;
    text(page, "lane", LEFT - 12.0, base - 6.0, lane.name);
    line(page, "base", (LEFT, base), (WIDTH - RIGHT, base));
    let mut bars: BTreeMap<i64, (u64, Level)> = BTreeMap::new();
    for (time, entry) in &lane.entries {
        let place = ((axis.place(seconds(*time)) - LEFT) / BAR).floor() as i64;
        let (count, worst) = bars.entry(place).or_insert((0, entry.level));
        *count += 1;
        *worst = entry.level.max(*worst);
    }
    for (place, (count, worst)) in bars {
        // A single record is seen well; ten times as many are one step taller.
        let height = (7.0 + 7.0 * (count as f64).log10()).min(LANE - 9.0);
        let x = LEFT + place as f64 * BAR;
        let attributes = [
            ("class", bar_class(worst)),
            ("x", &*num(x)),
            ("y", &*num(base - height)),
            ("width", &*num(BAR - 1.0)),
            ("height", &*num(height)),
        ];
        page.el("rect", &attributes, |_| ());
    }
    text(page, "total", WIDTH - 4.0, base - 6.0, &group(lane.entries.len() as u64));
}

fn bar_class(level: Level) -> &'static str {
    match level {
        Level::Critical => "bar critical",
        Level::High => "bar high",
        Level::Medium => "bar medium",
        Level::Low => "bar low",
        Level::Informational => "bar informational",
    }
}

fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1_000.0
}

/// Time from left to right. Long silences are cut out, so that what happened can be seen.
struct Axis {
    /// Start and end in seconds, and where they are drawn.
    stretches: Vec<Stretch>,
}

struct Stretch {
    start: f64,
    end: f64,
    left: f64,
    right: f64,
}

impl Axis {
    fn of(mut times: Vec<f64>) -> Option<Axis> {
        times.sort_by(f64::total_cmp);
        let (first, last) = (*times.first()?, *times.last()?);
        let whole = (last - first).max(1.0);
        let mut stretches = vec![Stretch { start: first, end: first, left: 0.0, right: 0.0 }];
        for pair in times.windows(2) {
            if pair[1] - pair[0] > whole * SILENCE && pair[1] - pair[0] > 120.0 {
                stretches.push(Stretch { start: pair[1], end: pair[1], left: 0.0, right: 0.0 });
            } else if let Some(open) = stretches.last_mut() {
                open.end = pair[1];
            }
        }
        let room = WIDTH - LEFT - RIGHT - BAR - BREAK * (stretches.len() - 1) as f64;
        // However short, a stretch has room for its time of day.
        let least = 84.0;
        let spare = (room - least * stretches.len() as f64).max(0.0);
        let total: f64 = stretches.iter().map(|stretch| stretch.end - stretch.start).sum::<f64>().max(1.0);
        let mut left = LEFT;
        for stretch in &mut stretches {
            stretch.left = left;
            stretch.right = left + least + spare * (stretch.end - stretch.start) / total;
            left = stretch.right + BREAK;
        }
        Some(Axis { stretches })
    }

    fn place(&self, at: f64) -> f64 {
        let stretch = self.stretches.iter().find(|stretch| at <= stretch.end).or(self.stretches.last());
        stretch.map_or(LEFT, |stretch| stretch.place(at))
    }

    fn draw(&self, page: &mut Page, bottom: f64) {
        let mut told = String::new();
        for (number, stretch) in self.stretches.iter().enumerate() {
            let mut free = stretch.left - 1.0;
            for tick in stretch.ticks() {
                let x = stretch.place(tick);
                if x < free {
                    continue;
                }
                line(page, "tick", (x, TOP), (x, bottom + 4.0));
                let Ok(time) = Timestamp::from_millisecond((tick * 1_000.0) as i64) else { continue };
                text(page, "when", x, bottom + 18.0, &time.strftime("%H:%M:%S").to_string());
                let day = day(Some(time));
                if day != told {
                    text(page, "day", x, bottom + 33.0, &day);
                    told = day;
                }
                free = x + 78.0;
            }
            if let Some(next) = self.stretches.get(number + 1) {
                let x = stretch.right + BREAK / 2.0 + 2.0;
                line(page, "cut", (x, TOP), (x, bottom + 4.0));
                text(page, "gap", x, bottom + 33.0, &silence(next.start - stretch.end));
            }
        }
    }
}

impl Stretch {
    fn place(&self, at: f64) -> f64 {
        let length = self.end - self.start;
        let share = if length > 0.0 { ((at - self.start) / length).clamp(0.0, 1.0) } else { 0.0 };
        self.left + share * (self.right - self.left)
    }

    /// The beginning, then round times that have room between them.
    fn ticks(&self) -> Vec<f64> {
        const STEPS: [f64; 19] = [
            1.0,
            2.0,
            5.0,
            10.0,
            15.0,
            30.0,
            60.0,
            120.0,
            300.0,
            600.0,
            900.0,
            1_800.0,
            3_600.0,
            7_200.0,
            21_600.0,
            43_200.0,
            86_400.0,
            604_800.0,
            2_592_000.0,
        ];
        let most = ((self.right - self.left) / 90.0).max(1.0);
        let length = self.end - self.start;
        let step = STEPS.into_iter().find(|step| length / step <= most).unwrap_or(length.max(1.0));
        let mut ticks = vec![self.start];
        let mut at = (self.start / step).floor() * step + step;
        while at <= self.end && ticks.len() < 16 {
            ticks.push(at);
            at += step;
        }
        ticks
    }
}

fn silence(seconds: f64) -> String {
    match seconds {
        ..7_200.0 => format!("{:.0} min", seconds / 60.0),
        7_200.0..172_800.0 => format!("{:.0} h", seconds / 3_600.0),
        _ => format!("{:.0} d", seconds / 86_400.0),
    }
}

/// A number as drawings have it: at most one digit after the point.
pub(super) fn num(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

pub(super) fn text(page: &mut Page, class: &'static str, x: f64, y: f64, text: &str) {
    page.el("text", &[("class", class), ("x", &num(x)), ("y", &num(y))], |page| page.label(text));
}

fn line(page: &mut Page, class: &'static str, from: (f64, f64), to: (f64, f64)) {
    let attributes = [
        ("class", class),
        ("x1", &*num(from.0)),
        ("y1", &*num(from.1)),
        ("x2", &*num(to.0)),
        ("y2", &*num(to.1)),
    ];
    page.el("line", &attributes, |_| ());
}
