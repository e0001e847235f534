//! Identifiers that follow from what they name, and the properties that all objects share.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The namespace of observables. Source: STIX 2.1, section 2.9.
const OBSERVABLES: Uuid = Uuid::from_u128(0x00abedb4_aa42_466c_9c01_fed23315a9b7);
/// Sets our ids apart from those of others who draw theirs the same way.
const OURS: &str = "cofferdam";

/// The id of an observable: UUIDv5 over the canonical JSON (RFC 8785) of the properties that make it
/// what it is.
pub(super) fn observable(kind: &str, contributing: &[(&str, Value)]) -> String {
    let mut sorted: Vec<&(&str, Value)> = contributing.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    // Names are ASCII and values are strings or objects of one string: sorted and without blanks, this
    // is RFC 8785's form.
    let object: Map<String, Value> =
        sorted.into_iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    format!("{kind}--{}", Uuid::new_v5(&OBSERVABLES, Value::Object(object).to_string().as_bytes()))
}

/// The id of everything else, in the form of a random one as the standard asks, drawn from what it is:
/// the same parts always give the same id.
pub(super) fn own(kind: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in [OURS, kind].iter().chain(parts) {
        // The length keeps two parts from looking like two others.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    format!("{kind}--{}", Builder::from_random_bytes(bytes).into_uuid())
}

/// An object with the properties that all of ours share.
pub(super) fn sdo(
    kind: &str,
    id: &str,
    at: &str,
    producer: &str,
    marking: &str,
    properties: Map<String, Value>,
) -> Value {
    let mut object = Map::new();
    object.insert("type".to_owned(), json!(kind));
    object.insert("spec_version".to_owned(), json!("2.1"));
    object.insert("id".to_owned(), json!(id));
    object.insert("created_by_ref".to_owned(), json!(producer));
    object.insert("created".to_owned(), json!(at));
    object.insert("modified".to_owned(), json!(at));
    object.extend(properties);
    object.insert("object_marking_refs".to_owned(), json!([marking]));
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observables_have_the_ids_that_everybody_gives_them() {
        // Ids that stix2 3.0, the OASIS library, gives to the same objects.
        let cases = [
            (
                "ipv4-addr",
                vec![("value", json!("198.51.100.3"))],
                "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4",
            ),
            (
                "domain-name",
                vec![("value", json!("example.com"))],
                "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7",
            ),
            (
                "user-account",
                vec![("account_type", json!("windows-domain")), ("account_login", json!("example\\ops1"))],
                "user-account--d2e8f7d4-df5a-5f05-a9c9-c81556fb479d",
            ),
            (
                "file",
                vec![(
                    "hashes",
                    json!({"SHA-256": "fe90a7e910cb3a4739bed9180e807e93fa70c90f25a8915476f5e4bfbac681db"}),
                )],
                "file--b91bcf06-0d11-5a89-9c3a-8d4279aefe56",
            ),
        ];
        for (kind, contributing, want) in cases {
            assert_eq!(observable(kind, &contributing), want);
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(own("report", &["ab", "c"]), own("report", &["a", "bc"]));
        assert_eq!(own("report", &["a"]), own("report", &["a"]));
    }
}
