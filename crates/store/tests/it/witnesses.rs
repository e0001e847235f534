//! Witnesses notice a log that was rolled back or forked.

use crate::sample::{alert, program, world};
use cofferdam_store::{Answer, OpenError, Store, Witness, WitnessError, World, set_witnesses};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// A log of some entries with this witness.
    fn new(witness: &str) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(desk.path("witness")).unwrap();
        drop(Store::create(&desk.data(), &program(), world(3)).unwrap());
        let witness = witness.replace("FOLDER", desk.path("witness").to_str().unwrap());
        set_witnesses(&desk.data(), &[Witness::parse(&witness)]).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Adds alerts and lets the witness see them.
    fn add(&self, ids: std::ops::Range<u64>, world: World) -> Vec<WitnessError> {
        let store = Store::open(&self.data(), world).unwrap();
        for id in ids {
            store.journal.append(alert(id, "kim")).unwrap();
        }
        store.witness().unwrap().into_iter().map(|(_, error)| error).collect()
    }

    fn copy(&self, from: &str, to: &str) {
        let _ = std::fs::remove_dir_all(self.path(to));
        std::fs::create_dir(self.path(to)).unwrap();
        for entry in std::fs::read_dir(self.path(from)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, self.path(to).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
}

fn refusal(data: &Path, world: World) -> String {
    match Store::open(data, world) {
        Ok(_) => panic!("it was opened"),
        Err(error @ OpenError::Against { .. }) => error.to_string(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_folder_notices_a_rollback_and_a_fork() {
    let desk = Desk::new("FOLDER");
    assert_eq!(desk.add(0..20, world(4)), []);
    desk.copy("data", "saved");
    assert_eq!(desk.add(20..300, world(5)), []);
    desk.copy("data", "later");
    desk.copy("saved", "data");
    let said = refusal(&desk.data(), world(6));
    assert!(said.contains("the witness saw 301 entries, and the log has 21: it was rolled back"), "{said}");
    // Whoever takes the witness away for a while can go on in another way, but not unnoticed.
    std::fs::rename(desk.path("witness"), desk.path("away")).unwrap();
    let errors = desk.add(500..900, world(7));
    assert!(matches!(errors[..], [WitnessError::Unreachable { .. }]), "{errors:?}");
    std::fs::rename(desk.path("away"), desk.path("witness")).unwrap();
    let said = refusal(&desk.data(), world(8));
    assert!(said.contains("its first 301 entries had the root"), "{said}");
    desk.copy("later", "data");
    assert_eq!(desk.add(300..310, world(9)), []);
}

#[test]
fn a_folder_that_was_tampered_with_is_not_believed() {
    let desk = Desk::new("FOLDER");
    desk.add(0..20, world(4));
    let folder = std::fs::read_dir(desk.path("witness")).unwrap().next().unwrap().unwrap().path();
    let newest = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let note = std::fs::read_to_string(&newest).unwrap();
    std::fs::write(&newest, note.replace("\n21\n", "\n22\n")).unwrap();
    let said = refusal(&desk.data(), world(5));
    assert!(said.contains("is not what this log signed"), "{said}");
}

/// A witness made of others' code: what C2SP tlog-witness says it does.
#[derive(Default)]
struct Network {
    seen: Mutex<Option<(u64, tlog_tiles::tlog::Hash)>>,
    asked: Mutex<u32>,
}

impl Network {
    fn answer(&self, url: &str, body: &str, key: &str) -> Answer {
        assert_eq!(url, "https://witness.example.org/log/add-checkpoint");
        *self.asked.lock().unwrap() += 1;
        let (head, note) = body.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let old: u64 = lines.next().unwrap().strip_prefix("old ").unwrap().parse().unwrap();
        let proof: Vec<_> = lines.map(|line| tlog_tiles::tlog::Hash::parse_hash(line).unwrap()).collect();
        let verifier = signed_note::StandardVerifier::new(key).unwrap();
        let note = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
        if note.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).is_err() {
            return Answer { status: 403, body: String::new() };
        }
        let new = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
        let mut seen = self.seen.lock().unwrap();
        let known = seen.map_or(0, |(size, _)| size);
        if old != known {
            return Answer { status: 409, body: format!("{known}\n") };
        }
        if let Some((size, root)) = *seen
            && size > 0
            && (size, root) != (new.size(), *new.hash())
            && tlog_tiles::tlog::check_tree(&proof, new.size(), *new.hash(), size, root).is_err()
        {
            return Answer { status: 422, body: "no proof".to_owned() };
        }
        *seen = Some((new.size(), *new.hash()));
        Answer { status: 200, body: "— witness.example.org AAAA\n".to_owned() }
    }
}

#[test]
fn a_witness_on_the_network_is_asked_as_the_standard_says() {
    let desk = Desk::new("https://witness.example.org/log/");
    let network = Arc::new(Network::default());
    let key = std::fs::read_to_string(desk.data().join("log.pub")).unwrap().trim().to_owned();
    let with_network = |seed| {
        let (network, key) = (Arc::clone(&network), key.clone());
        World { post: Box::new(move |url, body| Ok(network.answer(url, body, &key))), ..world(seed) }
    };
    assert_eq!(desk.add(0..20, with_network(4)), []);
    desk.copy("data", "saved");
    assert_eq!(desk.add(20..700, with_network(5)), []);
    assert_eq!(desk.add(700..701, with_network(6)), []);
    assert!(*network.asked.lock().unwrap() >= 6);
    desk.copy("saved", "data");
    let said = refusal(&desk.data(), with_network(7));
    assert!(said.contains("the witness saw 702 entries, and the log has 21"), "{said}");
    // Offline it goes on in another way; the witness has another log then.
    assert!(matches!(desk.add(1000..1900, world(8))[..], [WitnessError::Unreachable { .. }]));
    let said = refusal(&desk.data(), with_network(9));
    assert!(said.contains("the log does not go on from what it saw"), "{said}");
}

#[test]
fn answers_that_are_none_are_told_apart() {
    let desk = Desk::new("https://witness.example.org");
    let cases = [
        (404, "unknown origin", "the witness does not take this log: it answered 404 unknown origin"),
        (403, "\u{1b}[31m", "the witness does not take this log: it answered 403 [31m"),
        (502, "", "the witness cannot be reached: it answered 502"),
        (
            409,
            "what?",
            "the witness cannot be reached: it answered 409 what?; somebody else asks at the same time",
        ),
    ];
    for (status, body, want) in cases {
        let post = Box::new(move |_: &str, _: &str| Ok(Answer { status, body: body.to_owned() }));
        let store = Store::open(&desk.data(), World { post, ..world(4) }).unwrap();
        assert_eq!(store.silent.iter().map(|(_, error)| error.to_string()).collect::<Vec<_>>(), [want]);
    }
}
