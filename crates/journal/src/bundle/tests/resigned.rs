//! What somebody who holds the log's key can do to what is signed, and to how things are written.

use super::super::form::Listed;
use super::super::{ABOUT, CHECKPOINT, ENTRIES, KEY, MANIFEST, SIGNATURE};
use super::keyed::Forgery;
use crate::note::SignedNote;
use crate::stream::StreamId;
use cofferdam_vocabulary::ContentHash;
use sha2::{Digest, Sha256};

/// Forgeries of the two last members, which sealing would undo.
pub(super) const SIGNED_FORGERIES: &[(&str, Forgery)] = &[
    ("another text signed", |dice, world, parts| {
        let texts = ["a\n", "log.example.org/1\ncofferdam bundle 1\n00\n", "log.example.org/1\n7\nAAAA\n"];
        let note = SignedNote::sign(texts[dice.below(3)].to_owned(), &world.log.signer).unwrap();
        parts.set(SIGNATURE, note.to_string());
    }),
    ("checkpoint as signature", |_, _, parts| parts.set(SIGNATURE, parts.get(CHECKPOINT).to_vec())),
    ("another bundle's signature", |_, world, parts| parts.set(SIGNATURE, world.older.get(SIGNATURE))),
    ("another signature beside it", |_, world, parts| {
        let mut note = SignedNote::parse(&parts.text(SIGNATURE)).unwrap();
        note.add(if parts.0.len() % 2 == 0 { &world.log.signer } else { &world.stranger });
        parts.set(SIGNATURE, note.to_string());
    }),
    ("a manifest with another line, signed", |dice, world, parts| {
        let mut text = parts.text(MANIFEST);
        text.push_str(["\n", "x", "00 0 x\n"][dice.below(3)]);
        let hash = ContentHash(Sha256::digest(&text).into());
        let statement = format!("{}\ncofferdam bundle 1\n{hash}\n", world.log.signer.verifier().name());
        parts.set(MANIFEST, text);
        parts.set(SIGNATURE, SignedNote::sign(statement, &world.log.signer).unwrap().to_string());
    }),
];

/// What means the same, written in another way; whoever reads it less strictly than we do accepts it.
pub(super) const REWRITINGS: &[(&str, Forgery)] = &[
    ("blanks in bundle.json", |_, _, parts| parts.edit(ABOUT, ": ", ":  ")),
    ("blanks in a line", |_, _, parts| parts.edit(ENTRIES, "\":", "\": ")),
    ("a letter escaped", |_, _, parts| parts.edit(ENTRIES, "\"leaf\":", "\"l\\u0065af\":")),
    ("no line end after the key", |_, _, parts| parts.set(KEY, parts.text(KEY).trim().to_owned())),
    ("an unknown field", |_, _, parts| parts.edit(ABOUT, "{\n", "{\n  \"note\": 1,\n")),
    ("no line end after the last entry", |_, _, parts| {
        parts.set(ENTRIES, parts.text(ENTRIES).trim_end().to_owned());
    }),
    ("streams in another order", |dice, _, parts| {
        let mut about = parts.about();
        let (one, other) = dice.two(about.streams.len());
        about.streams.swap(one, other);
        parts.set_about(&about);
    }),
    ("a stream without entries", |_, _, parts| {
        let mut about = parts.about();
        about.streams.insert(0, Listed { stream: StreamId::Log, entries: 0 });
        parts.set_about(&about);
    }),
];
