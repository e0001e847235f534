//! Cloudflare's libraries accept what is in a bundle; nothing of ours is in them.

use super::super::{CHECKPOINT, KEY};
use super::mutation::World;
use crate::merkle::leaf;

#[test]
fn others_accept_checkpoint_and_proofs_of_a_bundle() {
    for seed in 0..20 {
        let parts = World::of(seed).parts;
        let key = signed_note::StandardVerifier::new(parts.text(KEY).trim()).unwrap();
        let note = signed_note::Note::from_bytes(parts.get(CHECKPOINT)).unwrap();
        note.verify(&signed_note::VerifierList::new(vec![Box::new(key)])).unwrap();
        let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
        let lines = parts.lines();
        assert!(lines.len() > 5);
        for line in lines {
            let proof = line.proof.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect();
            let hash = tlog_tiles::Hash(leaf(&line.leaf).0);
            tlog_tiles::check_record(&proof, checkpoint.size(), *checkpoint.hash(), line.position, hash)
                .unwrap();
        }
    }
}

#[test]
fn others_accept_the_signature_of_a_bundle() {
    let parts = World::of(1).parts;
    let key = signed_note::StandardVerifier::new(parts.text(KEY).trim()).unwrap();
    let note = signed_note::Note::from_bytes(parts.get(super::super::SIGNATURE)).unwrap();
    note.verify(&signed_note::VerifierList::new(vec![Box::new(key)])).unwrap();
}
