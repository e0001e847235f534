//! What is said of each thing that can be wrong with a bundle's form, or with who signed it.

use super::super::archive::header;
use super::super::form::Listed;
use super::super::{ABOUT, CHECKPOINT, ENTRIES, KEY, MANIFEST, README, SCRIPT, SIGNATURE, verify};
use super::log::signer;
use super::mutation::World;
use super::parts::Parts;
use crate::note::{SignedNote, Verifier};
use crate::stream::StreamId;
use cofferdam_vocabulary::AlertId;

fn told(bytes: &[u8], expected: Option<&Verifier>) -> String {
    verify(bytes, expected).expect_err("the bundle should not be believed").to_string()
}

#[track_caller]
fn file(change: impl FnOnce(&mut Vec<u8>), want: &str) {
    let mut file = World::of(5).bundle;
    change(&mut file);
    let told = told(&file, None);
    assert!(told.contains(want), "{told}");
}

/// Members changed by somebody who cannot sign.
#[track_caller]
pub(super) fn open(change: impl FnOnce(&World, &mut Parts), want: &str) {
    let world = World::of(5);
    let mut parts = world.parts.clone();
    change(&world, &mut parts);
    let told = told(&parts.pack(), None);
    assert!(told.contains(want), "{told}");
}

/// Members changed by somebody who can.
#[track_caller]
pub(super) fn sealed(change: impl FnOnce(&World, &mut Parts), want: &str) {
    let change = |world: &World, parts: &mut Parts| {
        change(world, parts);
        parts.seal(&world.log.signer);
    };
    open(change, want);
}

#[test]
fn the_archive() {
    file(|file| file.truncate(700), "the bundle is cut off after 700 bytes, within the member `README.html`");
    file(|file| file.truncate(file.len() - 1), "bytes, between members");
    file(Vec::clear, "the bundle is cut off after 0 bytes, between members");
    file(|file| file[136] = b'1', "the 512 bytes from byte 0 on are no header of a bundle's member");
    file(|file| file.push(0), "the archive does not end where it says: something stands before byte ");
    let size = World::of(5).parts.get(README).len();
    file(|file| file[512 + size] = 1, "bytes that are not zero follow the member `README.html`");
    let huge = |file: &mut Vec<u8>| file[..512].copy_from_slice(&header(README, 1 << 60));
    file(
        huge,
        "the member `README.html` says that it has 1152921504606846976 bytes; at most 16777216 are read",
    );
    let huge = |file: &mut Vec<u8>| {
        let parts = World::of(5).parts;
        let before = Parts(parts.0[..parts.at(ENTRIES).unwrap()].to_vec()).pack().len() - 1024;
        file[before..before + 512].copy_from_slice(&header(ENTRIES, u64::MAX));
    };
    file(huge, "the member `entries.ndjson` says that it has 18446744073709551615 bytes");
}

#[test]
fn the_members() {
    let swap = |_: &World, parts: &mut Parts| parts.0.swap(0, 1);
    open(swap, "the member `verify.py` stands where the member `README.html` should be");
    let drop = |_: &World, parts: &mut Parts| parts.0.truncate(parts.0.len() - 1);
    open(drop, "the archive ends where the member `manifest.sig` should be");
    let rename = |_: &World, parts: &mut Parts| parts.0[0].0 = "a\u{7}b".to_owned();
    open(rename, "the member `ab` stands where");
    let add = |_: &World, parts: &mut Parts| parts.0.push(("x".to_owned(), vec![]));
    open(add, "the member `x` stands where the archive should end");
    let upper = |_: &World, parts: &mut Parts| {
        let at = parts.at(ENTRIES).unwrap() + 1;
        parts.0[at].0 = parts.0[at].0.to_uppercase();
    };
    open(upper, "stands where the member `manifest` should be");
    open(|_, parts| parts.set(README, [0xff]), "`README.html` cannot be understood: invalid utf-8");
    open(|_, parts| parts.0[0].1.push(b' '), "line 1 of `manifest` is `");
}

#[test]
fn what_the_bundle_is() {
    sealed(|_, parts| parts.edit(ABOUT, "1,", "2,"), "the bundle has the format 2, and this version reads 1");
    sealed(|_, parts| parts.edit(ABOUT, "{", "["), "`bundle.json` cannot be understood: ");
    sealed(
        |_, parts| parts.edit(ABOUT, "{", " {"),
        "`bundle.json` is not written as bundles are: it was edited",
    );
    let other = |_: &World, parts: &mut Parts| parts.edit(ABOUT, "log.example.org/1", "log.example.org/2");
    sealed(other, "entries of the log `log.example.org/2`, and the checkpoint of ");
    let listed = |_: &World, parts: &mut Parts| {
        let mut about = parts.about();
        about.streams.push(Listed { stream: StreamId::Alert(AlertId(999)), entries: 4 });
        about.streams.sort_by_key(|listed| listed.stream);
        parts.set_about(&about);
    };
    sealed(listed, "the bundle lists 4 entries of the stream `alert/ALR-000999` and has 0");
    let unlisted = |_: &World, parts: &mut Parts| {
        let mut about = parts.about();
        about.streams.retain(|listed| listed.stream != about.about);
        parts.set_about(&about);
    };
    sealed(unlisted, "is of the stream `incident/INC-0001`, which is not listed");
    let about = |_: &World, parts: &mut Parts| {
        parts.edit(ABOUT, "\"about\": \"incident/INC-0001\"", "\"about\": \"log\"");
    };
    sealed(about, "the bundle is about `log` and has no entry of it");
    let nothing = |_: &World, parts: &mut Parts| {
        let mut about = parts.about();
        about.streams.clear();
        parts.set_about(&about);
        parts.set(ENTRIES, "");
    };
    sealed(nothing, "the bundle is about `incident/INC-0001` and has no entry of it");
}

#[test]
fn whose_it_is() {
    sealed(
        |_, parts| parts.set(KEY, "a+b\n"),
        "the member `key` holds no usable key: the verifier key is not of the form",
    );
    sealed(|_, parts| parts.0[4].1.push(b'\n'), "`key` is not written as bundles are");
    let older = |world: &World, parts: &mut Parts| {
        parts.set(CHECKPOINT, world.log.checkpoint(world.log.size() - 1).to_string());
    };
    sealed(older, "`bundle.json` tells of ");
    let older_told = |world: &World, parts: &mut Parts| {
        older(world, parts);
        let mut about = parts.about();
        about.checkpoint_size -= 1;
        parts.set_about(&about);
    };
    sealed(older_told, "in the checkpoint's log: the proof ");
    let elsewhere = |world: &World, parts: &mut Parts| parts.set(CHECKPOINT, world.elsewhere.get(CHECKPOINT));
    sealed(elsewhere, "the checkpoint does not hold: the note bears no signature of `log.example.org/1`");
    let changed = |_: &World, parts: &mut Parts| parts.edit(CHECKPOINT, "\n", "\n1");
    sealed(changed, "the checkpoint does not hold: the signature of `log.example.org/1` is not of this text");

    let world = World::of(5);
    let other = signer("log.example.org/1", 8);
    assert_eq!(
        told(&world.bundle, Some(other.verifier())),
        format!(
            "the bundle is signed with the key `{}`, not with `{}`",
            world.log.signer.verifier(),
            other.verifier()
        )
    );
}

#[test]
fn manifest_and_signature() {
    open(|_, parts| parts.edit(SCRIPT, "def", "fed"), "line 2 of `manifest` is `");
    open(
        |_, parts| parts.set(MANIFEST, parts.text(MANIFEST) + "x"),
        "is `x`, and for the members in the bundle it is missing",
    );
    open(
        |_, parts| parts.set(MANIFEST, ""),
        "line 1 of `manifest` is missing, and for the members in the bundle it is `",
    );
    let listed = |_: &World, parts: &mut Parts| {
        parts.edit(README, "html", "HTML");
        parts.list();
    };
    open(listed, "`manifest.sig` is signed, but not for this bundle");
    let forged = |_: &World, parts: &mut Parts| parts.edit(SIGNATURE, "bundle 1", "bundle 2");
    open(
        forged,
        "the signature of the manifest does not hold: the signature of `log.example.org/1` is not of this text",
    );
    open(
        |world, parts| parts.seal(&world.stranger),
        "the signature of the manifest does not hold: the note bears no signature of `log.example.org/1`",
    );
    open(
        |_, parts| parts.set(SIGNATURE, "x"),
        "the signature of the manifest does not hold: not a signed note: no blank line",
    );
    let witnessed = |world: &World, parts: &mut Parts| {
        let mut note = SignedNote::parse(&parts.text(SIGNATURE)).unwrap();
        note.add(&world.stranger);
        parts.set(SIGNATURE, note.to_string());
    };
    open(witnessed, "`manifest.sig` is not written as bundles are");
}
