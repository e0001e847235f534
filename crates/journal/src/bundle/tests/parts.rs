//! A bundle taken apart and put together again, by whoever wants to.

use super::super::archive::{Unpacker, header, padding};
use super::super::form::{About, Placed};
use super::super::manifest::Manifest;
use super::super::{ABOUT, ENTRIES, MANIFEST, SIGNATURE};
use crate::note::{SignedNote, Signer};
use cofferdam_vocabulary::ContentHash;
use sha2::{Digest, Sha256};

/// Name and content of each member, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts(pub Vec<(String, Vec<u8>)>);

impl Parts {
    pub(super) fn of(bundle: &[u8]) -> Parts {
        let mut unpacker = Unpacker::new(bundle);
        let mut parts = Vec::new();
        while let Some(member) = unpacker.next().unwrap() {
            let mut bytes = Vec::new();
            let mut take = |part: &[u8]| {
                bytes.extend_from_slice(part);
                Ok(())
            };
            unpacker.body(&member, &mut take).unwrap();
            parts.push((member.name, bytes));
        }
        Parts(parts)
    }

    pub(super) fn pack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, bytes) in &self.0 {
            let size = bytes.len() as u64;
            out.extend_from_slice(&header(name, size));
            out.extend_from_slice(bytes);
            out.resize(out.len() + padding(size), 0);
        }
        out.resize(out.len() + 1024, 0);
        out
    }

    pub(super) fn at(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(other, _)| other == name)
    }

    pub(super) fn get(&self, name: &str) -> &[u8] {
        &self.0[self.at(name).unwrap()].1
    }

    pub(super) fn text(&self, name: &str) -> String {
        String::from_utf8(self.get(name).to_vec()).unwrap()
    }

    pub(super) fn set(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        let at = self.at(name).unwrap();
        self.0[at].1 = bytes.into();
    }

    pub(super) fn edit(&mut self, name: &str, old: &str, new: &str) {
        let text = self.text(name);
        assert!(text.contains(old), "{old}");
        self.set(name, text.replacen(old, new, 1));
    }

    pub(super) fn lines(&self) -> Vec<Placed> {
        let lines = self.get(ENTRIES).split_inclusive(|byte| *byte == b'\n');
        lines.zip(1..).map(|(line, number)| Placed::parse(line, number).unwrap()).collect()
    }

    pub(super) fn set_lines(&mut self, lines: &[Placed]) {
        self.set(ENTRIES, lines.iter().flat_map(Placed::line).collect::<Vec<u8>>());
    }

    pub(super) fn about(&self) -> About {
        About::parse(&self.text(ABOUT)).unwrap()
    }

    pub(super) fn set_about(&mut self, about: &About) {
        self.set(ABOUT, about.text());
    }

    /// Makes the manifest anew, if there still is one.
    pub(super) fn list(&mut self) -> Manifest {
        let mut manifest = Manifest::default();
        for (name, bytes) in self.0.iter().filter(|(name, _)| name != MANIFEST && name != SIGNATURE) {
            manifest.add(name, bytes.len() as u64, ContentHash(Sha256::digest(bytes).into()));
        }
        if self.at(MANIFEST).is_some() {
            self.set(MANIFEST, manifest.text.clone());
        }
        manifest
    }

    /// Makes manifest and signature anew, as whoever holds the key can.
    pub(super) fn seal(&mut self, signer: &Signer) {
        let statement = self.list().statement(signer.verifier().name());
        if self.at(SIGNATURE).is_some() {
            self.set(SIGNATURE, SignedNote::sign(statement, signer).unwrap().to_string());
        }
    }
}
