//! `manifest.json`: what the recording claims, in the words that the exercise and the demonstration read.

use super::keep::Recording;
use super::lab::{ATTACKER, WEB};
use super::program::here;
use super::share;
use super::victim::HOST;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::path::Path;

/// The manifest of a recording whose logs were written to `folder`.
pub fn manifest(recording: &Recording, folder: &Path) -> Result<String, String> {
    let manifest = json!({
        "name": "ssh-intrusion",
        "recorded": time(recording.diary.start),
        "ended": time(recording.diary.end),
        "host": { "name": HOST, "addresses": [WEB] },
        "attacker": { "addresses": [ATTACKER] },
        "files": files(recording, folder)?,
        "steps": steps(recording),
        "benign": benign(recording),
        "benign_share": benign_share(recording),
    });
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|cause| format!("failed to write the manifest: {cause}"))?;
    Ok(text + "\n")
}

fn files(recording: &Recording, folder: &Path) -> Result<Value, String> {
    let mut files = Map::new();
    for log in &recording.logs {
        let path = folder.join(log.name).display().to_string();
        let sum = here(&["sha256sum", &path])?;
        let sha256 = sum.split(' ').next().unwrap_or_default();
        files.insert(log.name.into(), json!({ "sha256": sha256, "lines": log.lines.len() }));
    }
    Ok(Value::Object(files))
}

fn steps(recording: &Recording) -> Vec<Value> {
    let step = |deed: &super::story::Deed<super::attack::Step>| {
        let step = deed.what;
        let mut visible_in: Vec<&str> = step.markers.iter().map(|(file, _)| *file).collect();
        visible_in.sort_unstable();
        visible_in.dedup();
        let markers: Vec<_> =
            step.markers.iter().map(|(file, text)| json!({ "file": file, "contains": text })).collect();
        json!({
            "id": step.id,
            "title": step.title,
            "tactic": step.tactic,
            "technique": step.technique,
            "start": time(deed.start),
            "end": time(deed.end),
            "visible_in": visible_in,
            "markers": markers,
            "invisible": step.invisible,
        })
    };
    recording.diary.attack.iter().map(step).collect()
}

fn benign(recording: &Recording) -> Vec<Value> {
    let deeds = recording.diary.benign.iter();
    let entry = |deed: &super::story::Deed<super::benign::Chore>| {
        let chore = deed.what;
        json!({ "id": chore.id, "title": chore.title, "actor": chore.actor, "start": time(deed.start), "end": time(deed.end) })
    };
    deeds.map(entry).collect()
}

fn benign_share(recording: &Recording) -> Value {
    let mut share = Map::new();
    share.insert("total".into(), json!(rounded(share::total(&recording.logs))));
    for log in &recording.logs {
        share.insert(log.name.into(), json!(rounded(share::of(log))));
    }
    share.insert("computed".into(), json!(share::METHOD));
    Value::Object(share)
}

fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

fn time(at: Timestamp) -> String {
    format!("{at:.6}")
}
