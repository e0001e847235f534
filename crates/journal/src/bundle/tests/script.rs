//! The script that goes with a bundle really verifies it.

use super::super::{BundleError, SCRIPT, verify};
use super::dice::Dice;
use super::mutation::World;
use std::fs;
use std::process::Command;

/// Verifies every file named, with a list of keys expected, and prints a line for each.
const DRIVER: &str = "
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import verify
for path in sys.argv[2:]:
    try:
        print('believed', verify.verify(path).replace('\\n', ' '))
    except Exception as error:
        print('refused', repr(error).replace('\\n', ' '))
";

#[test]
fn the_script_in_a_bundle_believes_what_we_believe() {
    let python = std::env::var("COFFERDAM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import cryptography"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("skipped: python3 with the package `cryptography` is not here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::of(11);
    fs::write(folder.path().join(SCRIPT), world.parts.get(SCRIPT)).unwrap();
    let whole = folder.path().join("whole.tar");
    fs::write(&whole, &world.bundle).unwrap();
    let mut ways = vec!["as it is"];
    let mut paths = vec![whole.clone()];
    let mut dice = Dice(11);
    while paths.len() < 400 {
        let (way, bytes) = world.mutant(&mut dice);
        // The script is less strict than we are in how the same thing may be written.
        let error = verify(bytes.as_slice(), None).unwrap_err();
        if matches!(error, BundleError::Canonical { .. } | BundleError::Form { .. }) {
            continue;
        }
        let path = folder.path().join(format!("{}.tar", paths.len()));
        fs::write(&path, bytes).unwrap();
        paths.push(path);
        ways.push(way);
    }
    let output = Command::new(&python).args(["-c", DRIVER]).arg(folder.path()).args(&paths).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), paths.len(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(lines[0].starts_with("believed verified: "), "{}", lines[0]);
    for (line, way) in lines.iter().zip(&ways).skip(1) {
        assert!(line.starts_with("refused "), "{way}: {line}");
    }
    let run = |key: &str| {
        let script = folder.path().join(SCRIPT);
        Command::new(&python).arg(script).arg(&whole).arg(key).output().unwrap()
    };
    assert!(run(&world.log.signer.verifier().to_string()).status.success());
    let other = run(&world.stranger.verifier().to_string());
    let told = String::from_utf8(other.stderr).unwrap();
    assert_eq!(
        (other.status.code(), told.as_str()),
        (Some(1), "NOT VERIFIED: the bundle is signed with another key\n")
    );
}
