//! `cofferdam rules`: packs are added whole or not at all, rules are listed, checked and tested.

use crate::{Ran, program, ran, text};
use flate2::write::GzEncoder;
use serde_json::Value;
use std::ffi::OsStr;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

const ROOT_LOGIN: &str = "\
title: Root logged in
id: 11111111-0000-4000-8000-000000000001
author: Response team
license: Apache-2.0
level: high
tags: [attack.initial-access, attack.t1078.003]
logsource:
  product: linux
  service: sshd
detection:
  s:
    event.action: ssh_login
    user.name: root
  condition: s
examples:
  fire:
    - name: from outside
      count: 1
      lines: |
        Mar  2 09:00:01 web-01 sshd[2800]: Accepted password for root from 203.0.113.45 port 40122 ssh2
  quiet:
    - name: somebody else
      lines: |
        Mar  2 09:00:01 web-01 sshd[2800]: Accepted password for ops1 from 203.0.113.45 port 40122 ssh2
";

/// A folder for packs, and one for what is added.
struct Shelf {
    folder: TempDir,
}

impl Shelf {
    fn new() -> Shelf {
        Shelf { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// `cofferdam rules …` with the packs of this shelf.
    fn rules(&self, args: &[&OsStr]) -> Ran {
        let home = self.path("home");
        let args = [&["rules".as_ref()], args, &["--home".as_ref(), home.as_os_str()]].concat();
        ran(program(&args).output().unwrap())
    }

    fn add(&self, path: &Path) -> Ran {
        self.rules(&["add".as_ref(), path.as_os_str()])
    }

    /// Every file below the packs' folder, by its path there.
    fn kept(&self) -> Vec<String> {
        fn collect(folder: &Path, root: &Path, out: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, root, out);
                } else {
                    out.push(path.strip_prefix(root).unwrap().display().to_string());
                }
            }
        }
        let mut kept = Vec::new();
        collect(&self.path("home"), &self.path("home"), &mut kept);
        kept.sort();
        kept
    }
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A tar archive: name, kind, where a link leads, content.
fn tar(members: &[(&str, u8, &str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, kind, link, bytes) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].fill(b' ');
        header[156] = *kind;
        header[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend_from_slice(&header);
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}", ran.stdout))
}

#[test]
fn an_archive_becomes_a_pack_that_is_used() {
    let shelf = Shelf::new();
    let archive = shelf.file(
        "My Rules.zip",
        zip(&[
            ("my/LICENSE", b"Use it well.\n"),
            ("my/linux/root.yml", ROOT_LOGIN.as_bytes()),
            ("my/.github/build.yml", b"on: push\njobs: {}\n"),
            ("my/README.md", b"# Rules\n"),
        ]),
    );
    let added = shelf.add(&archive).expect(0);
    assert!(added.stdout.starts_with("Added 1 rule as `my-rules` from My Rules.zip.\n"), "{}", added.stdout);
    let kept = ["my-rules/pack.json", "my-rules/rules/my/LICENSE", "my-rules/rules/my/linux/root.yml"];
    assert_eq!(shelf.kept(), kept);
    let rule = std::fs::read_to_string(shelf.path("home/my-rules/rules/my/linux/root.yml")).unwrap();
    assert_eq!(rule, ROOT_LOGIN, "a file of which all is kept is kept as it is");
    let manifest: Value =
        serde_json::from_str(&std::fs::read_to_string(shelf.path("home/my-rules/pack.json")).unwrap())
            .unwrap();
    assert_eq!(manifest["rules"], 1);
    assert_eq!(manifest["source"], "My Rules.zip");
    assert_eq!(manifest["licenses"][0], "Apache-2.0");
    assert_eq!(manifest["license_files"][0], "my/LICENSE");
    assert_eq!(text(&manifest, "sha256").len(), 64);

    let listed =
        json(&shelf.rules(&["list", "--format", "json", "--level", "high"].map(OsStr::new)).expect(0));
    let ours: Vec<&Value> =
        listed.as_array().unwrap().iter().filter(|row| row["pack"] == "my-rules").collect();
    assert_eq!(ours.len(), 1);
    assert_eq!((text(ours[0], "title"), text(ours[0], "author")), ("Root logged in", "Response team"));
    assert_eq!(ours[0]["techniques"][0], "T1078.003");
}

#[test]
fn packs_are_used_unless_they_are_left_out() {
    let shelf = Shelf::new();
    shelf.file("mine/root.yml", ROOT_LOGIN);
    let data = shelf.path("data");
    let home = data.join("cofferdam/rules");
    let mine = shelf.path("mine");
    let add: [&OsStr; 5] =
        ["rules".as_ref(), "add".as_ref(), mine.as_ref(), "--home".as_ref(), home.as_ref()];
    ran(program(&add).output().unwrap()).expect(0);
    let log = shelf.file(
        "auth.log",
        "2026-03-02T09:00:01Z web-01 sshd[2800]: Accepted password for root from 203.0.113.45 port 40122 ssh2\n",
    );
    let detect = |further: &[&str]| {
        let mut command = program(&["detect", "--no-builtin-rules"]);
        command.args(further).arg(&log).env("XDG_DATA_HOME", &data);
        ran(command.output().unwrap())
    };
    assert!(detect(&[]).expect(0).stdout.contains("Root logged in"));
    let without = detect(&["--no-packs"]).expect(2);
    assert!(without.stderr.contains("cofferdam::no-rules"), "{}", without.stderr);
}

#[test]
fn what_is_there_is_not_replaced() {
    let shelf = Shelf::new();
    shelf.file("mine/root.yml", ROOT_LOGIN);
    shelf.add(&shelf.path("mine")).expect(0);
    let again = shelf.add(&shelf.path("mine")).expect(2);
    assert!(again.stderr.contains("error[rules::pack-exists]"), "{}", again.stderr);
    // Under another name, the same ids are refused one by one, and nothing is left.
    let other = shelf
        .rules(&["add".as_ref(), shelf.path("mine").as_os_str(), "--pack".as_ref(), "other".as_ref()])
        .expect(3);
    assert!(other.stderr.contains("note[detect::rule-twice]"), "{}", other.stderr);
    assert!(other.stderr.contains("error[rules::nothing-to-add]"), "{}", other.stderr);
    assert_eq!(shelf.kept(), ["mine/pack.json", "mine/rules/root.yml"]);
    for name in ["../x", "a/b", "", ".x", "builtin"] {
        let path = shelf.path("mine");
        let refused =
            shelf.rules(&["add".as_ref(), path.as_os_str(), "--pack".as_ref(), name.as_ref()]).expect(2);
        assert!(refused.stderr.contains("error[rules::pack-name]"), "{}", refused.stderr);
    }
}

#[test]
fn a_pack_is_replaced_and_removed_when_asked() {
    let shelf = Shelf::new();
    shelf.file("mine/root.yml", ROOT_LOGIN);
    shelf.add(&shelf.path("mine")).expect(0);
    shelf.file("next/mine/other.yml", ROOT_LOGIN);
    let next = shelf.path("next/mine");
    shelf.rules(&["add".as_ref(), next.as_os_str(), "--replace".as_ref()]).expect(0);
    assert_eq!(shelf.kept(), ["mine/pack.json", "mine/rules/other.yml"]);
    let without = shelf.rules(&["list".as_ref(), "--no-packs".as_ref()]).expect(0);
    assert!(!without.stdout.contains("Root logged in"), "{}", without.stdout);
    for name in ["theirs", "..", "mine/rules", ""] {
        let refused = shelf.rules(&["remove".as_ref(), name.as_ref()]).expect(2);
        assert!(refused.stderr.contains("error[rules::no-pack]"), "{}", refused.stderr);
    }
    shelf.rules(&["remove".as_ref(), "mine".as_ref()]).expect(0);
    assert!(shelf.kept().is_empty(), "{:?}", shelf.kept());
}

#[test]
fn only_the_broken_documents_of_a_file_are_left_out() {
    let shelf = Shelf::new();
    let broken =
        "---\ntitle: Nothing\nlogsource: {product: linux}\ndetection: {s: {a|nosuch: x}, condition: s}\n";
    let good = ROOT_LOGIN.replace("000001", "000002").replace("Root logged in", "Second");
    shelf.file("mine/all.yml", format!("{ROOT_LOGIN}{broken}---\n{good}"));
    let added = shelf.add(&shelf.path("mine")).expect(0);
    assert!(added.stdout.starts_with("Added 2 rules"), "{}", added.stdout);
    assert!(added.stderr.contains("note[detect::rule-unreadable]: rule `Nothing`"), "{}", added.stderr);
    let kept = std::fs::read_to_string(shelf.path("home/mine/rules/all.yml")).unwrap();
    assert!(
        kept.contains("Root logged in") && kept.contains("Second") && !kept.contains("Nothing"),
        "{kept}"
    );
    let listed = json(&shelf.rules(&["list", "--format", "json"].map(OsStr::new)).expect(0));
    assert_eq!(listed.as_array().unwrap().iter().filter(|row| row["pack"] == "mine").count(), 2);
}

#[test]
fn names_that_lead_out_of_the_archive_are_refused() {
    let shelf = Shelf::new();
    let rule = |number: u32| ROOT_LOGIN.replace("000001", &format!("{number:06}")).into_bytes();
    let rules: Vec<Vec<u8>> = (1..=5).map(rule).collect();
    let members: [(&str, u8, &str, &[u8]); 7] = [
        ("good.yml", b'0', "", &rules[0]),
        ("../../up.yml", b'0', "", &rules[1]),
        ("/tmp/root.yml", b'0', "", &rules[2]),
        ("a\\..\\b.yml", b'0', "", &rules[3]),
        ("esc\x1b[31m.yml", b'0', "", &rules[4]),
        ("link.yml", b'2', "/etc/passwd", b""),
        ("LICENSE", b'2', "/etc/passwd", b""),
    ];
    let archive = shelf.file("pack.tar.gz", gzip(&tar(&members)));
    let added = shelf.add(&archive).expect(0);
    assert_eq!(shelf.kept(), ["pack/pack.json", "pack/rules/good.yml"]);
    assert_eq!(added.stderr.matches("note[rules::left-out]").count(), 4, "{}", added.stderr);
    assert!(!added.stderr.contains('\u{1b}') && !added.stdout.contains('\u{1b}'));
    assert!(!shelf.path("up.yml").exists());

    let archive = shelf.file("pack2.zip", zip(&[("../up.yml", &rules[1]), ("ok/x.yml", &rules[2])]));
    shelf.add(&archive).expect(0);
    assert!(shelf.kept().contains(&"pack2/rules/ok/x.yml".to_owned()), "{:?}", shelf.kept());
    assert!(!shelf.path("home/pack2/up.yml").exists() && !shelf.path("home/up.yml").exists());
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_not_followed() {
    let shelf = Shelf::new();
    shelf.file("mine/root.yml", ROOT_LOGIN);
    let secret = shelf.file("secret/LICENSE", "a secret\n");
    std::os::unix::fs::symlink(&secret, shelf.path("mine/LICENSE")).unwrap();
    std::os::unix::fs::symlink(shelf.path("secret"), shelf.path("mine/more")).unwrap();
    let added = shelf.add(&shelf.path("mine")).expect(0);
    assert_eq!(shelf.kept(), ["mine/pack.json", "mine/rules/root.yml"]);
    assert!(added.stderr.contains("it is a link, or lies behind one"), "{}", added.stderr);
}

#[test]
fn a_bomb_or_a_broken_archive_adds_nothing() {
    let shelf = Shelf::new();
    // What expands a thousandfold is told from what is merely empty after the first 64 MiB.
    let empty_lines = vec![b'\n'; 80 << 20];
    let members: [(&str, u8, &str, &[u8]); 2] =
        [("a.yml", b'0', "", ROOT_LOGIN.as_bytes()), ("b.yml", b'0', "", &empty_lines)];
    let whole = gzip(&tar(&members));
    let cut = gzip(&tar(&[("a.yml", b'0', "", ROOT_LOGIN.as_bytes())]));
    for (name, bytes) in [("bomb.tar.gz", &whole[..]), ("cut.tar.gz", &cut[..cut.len() / 2])] {
        let ran = shelf.add(&shelf.file(name, bytes)).expect(3);
        assert!(ran.stderr.contains("error[rules::incomplete]"), "{name}: {}", ran.stderr);
        assert_eq!(shelf.kept(), [""; 0], "{name}");
    }
    let ran = shelf.add(&shelf.file("picture.zip", b"\x89PNG\r\n\x1a\n")).expect(3);
    assert!(ran.stderr.contains("error[rules::nothing-to-add]"), "{}", ran.stderr);
    shelf.add(&shelf.path("missing.zip")).expect(3);
}

#[test]
fn check_shows_what_keeps_a_rule_from_firing() {
    let shelf = Shelf::new();
    let odd = ROOT_LOGIN
        .replace("title: Root logged in", "title: \"Odd \\e[31m title\"")
        .replace("    user.name: root", "    user.nmae: root");
    let path = shelf.file("odd.yml", odd);
    let checked = shelf.rules(&["check".as_ref(), path.as_os_str()]).expect(1);
    assert!(!checked.stdout.contains('\u{1b}'), "{}", checked.stdout);
    let words = checked.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("no event of its log source has the field `user.nmae`"), "{}", checked.stdout);
    let place = ":13:5\n13 |     user.nmae: root\n   |     ^^^^^^^^^ help: did you mean `user.name`?";
    assert!(checked.stdout.contains(place), "{}", checked.stdout);
    assert!(checked.stdout.contains("error[detect::never-true]"), "{}", checked.stdout);
    assert!(checked.stdout.lines().all(|line| line.chars().count() <= 80), "{}", checked.stdout);

    for (wrong, right, code) in [
        ("service: sshd", "service: ssh", "detect::no-such-events"),
        ("condition: s", "condition: s or not s", "detect::always-true"),
        ("condition: s", "condition: s and not s", "detect::never-true"),
        ("condition: s", "condition: t", "detect::rule-unknown-name"),
        ("condition: s", "condition: s | count() > 5", "detect::rule-unreadable"),
        ("user.name: root", "user.name|nosuch: root", "detect::rule-unreadable"),
    ] {
        let path = shelf.file("case.yml", ROOT_LOGIN.replace(wrong, right));
        let found = json(
            &shelf
                .rules(&["check".as_ref(), path.as_os_str(), "--format".as_ref(), "json".as_ref()])
                .expect(1),
        );
        let codes: Vec<&str> =
            found["findings"].as_array().unwrap().iter().map(|one| text(one, "code")).collect();
        assert!(codes.contains(&code), "{right}: {found}");
    }
}

#[test]
fn a_clean_rule_is_clean_and_no_rule_is_bad_input() {
    let shelf = Shelf::new();
    let path = shelf.file("root.yml", ROOT_LOGIN);
    let checked = shelf.rules(&["check".as_ref(), path.as_os_str()]).expect(0);
    assert!(
        checked.stdout.ends_with("1 rule and 0 correlations checked, nothing found.\n"),
        "{}",
        checked.stdout
    );
    assert!(checked.stdout.contains("linux sshd"), "{}", checked.stdout);
    let empty = shelf.path("empty");
    std::fs::create_dir(&empty).unwrap();
    for verb in ["check", "test"] {
        let ran = shelf.rules(&[verb.as_ref(), empty.as_os_str()]).expect(3);
        assert!(ran.stderr.contains("error[rules::no-rules]"), "{}", ran.stderr);
        shelf.rules(&[verb.as_ref(), shelf.path("missing").as_os_str()]).expect(3);
    }
}

#[test]
fn rules_are_tested_on_their_examples() {
    let shelf = Shelf::new();
    let path = shelf.file("root.yml", ROOT_LOGIN);
    let tested = shelf.rules(&["test".as_ref(), path.as_os_str()]).expect(0);
    assert!(
        tested.stdout.ends_with("2 examples as they say, 0 not; 0 rules without one.\n"),
        "{}",
        tested.stdout
    );
    let wrong = ROOT_LOGIN.replace("count: 1", "count: 2").replace("for ops1", "for root");
    let path = shelf.file("wrong.yml", wrong);
    let tested = shelf.rules(&["test".as_ref(), path.as_os_str()]).expect(1);
    assert!(tested.stdout.contains("`Root logged in` fired once, not 2 times"), "{}", tested.stdout);
    assert!(tested.stdout.contains("it fired `Root logged in`"), "{}", tested.stdout);
    assert!(
        tested.stdout.ends_with("0 examples as they say, 2 not; 0 rules without one.\n"),
        "{}",
        tested.stdout
    );
}

#[test]
fn what_ships_is_clean_and_does_as_its_examples_say() {
    let shelf = Shelf::new();
    let checked = shelf.rules(&["check".as_ref()]);
    assert_eq!(checked.code, 0, "{}", checked.stdout);
    let tested = shelf.rules(&["test".as_ref()]).expect(0);
    assert!(tested.stdout.contains(", 0 not; 0 rules without one."), "{}", tested.stdout);
}

#[test]
fn the_list_is_filtered_and_fits_a_terminal() {
    let shelf = Shelf::new();
    let count = |further: &[&str]| {
        let mut args: Vec<&OsStr> = vec!["list".as_ref(), "--format".as_ref(), "json".as_ref()];
        args.extend(further.iter().map(OsStr::new));
        json(&shelf.rules(&args).expect(0)).as_array().unwrap().len()
    };
    let all = count(&[]);
    for narrower in [
        &["--level", "high"][..],
        &["--product", "windows"],
        &["--tactic", "Credential Access"],
        &["--technique", "T1110"],
        &["--technique", "T1078.003"],
    ] {
        let some = count(narrower);
        assert!(some > 0 && some < all, "{narrower:?}: {some} of {all}");
    }
    let listed = shelf.rules(&["list".as_ref()]).expect(0);
    assert!(listed.stdout.lines().all(|line| line.chars().count() <= 80), "{}", listed.stdout);
    let fields = shelf.rules(&["fields".as_ref(), "sshd".as_ref()]);
    // `fields` knows no packs.
    assert_eq!(fields.code, 2);
    let fields = ran(program(&["rules", "fields", "auditbeat"]).output().unwrap()).expect(0);
    assert!(fields.stdout.contains("process.executable"), "{}", fields.stdout);
    let fields = ran(program(&["rules", "fields"]).output().unwrap()).expect(0);
    assert!(!fields.stdout.contains("category.value.a"), "what hostile samples hold is no field");
    let fields = ran(program(&["rules", "fields", "sshd"]).output().unwrap()).expect(0);
    assert!(
        fields.stdout.contains("source.ip") && !fields.stdout.contains("CommandLine"),
        "{}",
        fields.stdout
    );
}
