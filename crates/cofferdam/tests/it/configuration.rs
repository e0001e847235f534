//! `cofferdam config`: settings from file, environment and flags, and what is said of them.

use crate::{Ran, program, ran};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Runs `cofferdam config` with a file, variables and more arguments.
fn config(folder: &Path, file: &str, verb: &str, variables: &[(&str, &str)], more: &[&str]) -> Ran {
    let path = folder.join("cofferdam.toml");
    fs::write(&path, file).unwrap();
    let mut command = program(&["config", verb, "--config", path.to_str().unwrap()]);
    ran(command.args(more).envs(variables.iter().copied()).output().unwrap())
}

#[test]
fn every_value_has_its_origin() {
    let folder = TempDir::new().unwrap();
    let file = "# ours\n[session]\nidle = '5min'\nfresh = '2min'\n";
    let variables = [("COFFERDAM_SESSION_FRESH", "3min")];
    let shown = config(folder.path(), file, "show", &variables, &["--listen", "[::1]:1"]).expect(0);
    let squeezed: Vec<String> =
        shown.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for want in [
        "data . default",
        "listen [::1]:1 flag --listen",
        "session.fresh 3min environment COFFERDAM_SESSION_FRESH",
        "session.absolute 12h default",
        "oidc.issuer - default",
    ] {
        assert!(squeezed.iter().any(|line| line == want), "{want}\n{}", shown.stdout);
    }
    assert!(shown.stdout.contains("cofferdam.toml:3\n"), "{}", shown.stdout);

    let shown = config(folder.path(), file, "show", &variables, &["--format", "json"]).expect(0);
    let rows: Vec<Value> = serde_json::from_str(&shown.stdout).unwrap();
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap();
    assert_eq!(row("session.idle")["origin"]["from"], "file");
    assert_eq!(row("session.idle")["origin"]["line"], 3);
    assert_eq!(row("session.fresh")["origin"]["name"], "COFFERDAM_SESSION_FRESH");
    assert_eq!(row("tls.key")["value"], Value::Null);
}

#[test]
fn what_is_wrong_ends_with_3_and_its_place() {
    let folder = TempDir::new().unwrap();
    for verb in ["show", "check"] {
        let told =
            config(folder.path(), "\n[session]\nidel = '5min'\nabsolute = 5\n", verb, &[], &[]).expect(3);
        assert!(told.stdout.is_empty());
        for want in ["cofferdam.toml:3:1\n", "cofferdam.toml:4:12\n", "did you mean `session.idle`?", "^^^^"]
        {
            assert!(told.stderr.contains(want), "{}", told.stderr);
        }
        assert!(told.stderr.lines().all(|line| line.chars().count() <= 80 || line.starts_with(" --> ")));
    }
    let missing = folder.path().join("none.toml");
    ran(program(&["config", "check", "--config", missing.to_str().unwrap()]).output().unwrap()).expect(3);
    let other = folder.path().join("other.toml");
    fs::write(&other, b"data = '.'\n# \xff\n").unwrap();
    let told =
        ran(program(&["config", "check", "--config", other.to_str().unwrap()]).output().unwrap()).expect(3);
    assert!(told.stderr.contains("line 2 is not UTF-8"), "{}", told.stderr);
    fs::write(&other, "#".repeat((1 << 20) + 1)).unwrap();
    ran(program(&["config", "check", "--config", other.to_str().unwrap()]).output().unwrap()).expect(3);
}

#[test]
#[cfg(unix)]
fn the_files_that_are_named_are_looked_at() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str, mode: u32| {
        fs::write(at(name), text).unwrap();
        fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    let file = "tls = { certificate = 'cert.pem', key = 'key.pem' }\n[oidc]\n\
                issuer = 'https://idp.example.org'\nclient_id = 'c'\nclient_secret_file = 'secret'\n";
    let check = || config(folder.path(), file, "check", &[], &[]);
    let told = check().expect(3).stderr;
    assert_eq!(told.matches("cannot be read").count(), 3, "{told}");

    write("cert.pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", 0o644);
    write("key.pem", "-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n", 0o600);
    write("secret", "hunter2-canary\n", 0o640);
    let told = check().expect(0).stdout;
    assert!(told.starts_with("The configuration is sound: 5 settings from "), "{told}");

    for (name, text, mode, want) in [
        ("cert.pem", "", 0o644, "holds no certificate"),
        ("key.pem", "-----BEGIN CERTIFICATE-----\n", 0o600, "holds no private key"),
        ("key.pem", "-----BEGIN PRIVATE KEY-----\n", 0o604, "can be read by everybody"),
        ("secret", "\n", 0o600, "holds no secret"),
        ("secret", "hunter2-canary\nhunter2-canary", 0o600, "holds no secret"),
        ("secret", "hunter2-canary", 0o644, "can be read by everybody"),
    ] {
        let before = fs::read_to_string(at(name)).unwrap();
        write(name, text, mode);
        let told = check().expect(3).stderr;
        assert!(told.replace("\n  ", " ").contains(want) && !told.contains("hunter2"), "{told}");
        write(name, &before, 0o600);
    }
    assert!(!config(folder.path(), file, "show", &[], &[]).expect(0).stdout.contains("hunter2"));
}
