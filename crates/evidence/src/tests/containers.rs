//! Packed content, archives in one another, bombs, and archives that are cut.

use std::io::{Cursor, Read, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{assert_told, check, check_within, small, told, told_of_stream};
use crate::{Limits, Step, read};

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zip(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(super) fn tar(members: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, kind, bytes) in members {
        let mut block = [0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        block[136..147].copy_from_slice(format!("{:011o}", 1_700_000_000).as_bytes());
        block[148..156].copy_from_slice(b"        ");
        block[156] = *kind;
        block[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        archive.extend(block);
        archive.extend(*bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.extend([0; 1024]);
    archive
}

#[test]
fn packed_text_keeps_the_path_and_all_its_members() {
    let gzipped = [gzip(b"a\n"), gzip(b"b\n")].concat();
    let zstd =
        [zstd::encode_all(&b"a\n"[..], 1).unwrap(), zstd::encode_all(&b"b\n"[..], 1).unwrap()].concat();
    for bytes in [gzipped, zstd] {
        let length = bytes.len();
        check(
            &bytes,
            &format!(
                r"opened log Text
                  batch from 1: a\nb\n
                  closed after 4 bytes, 2 records
                  file log of {length} bytes"
            ),
        );
    }
}

#[test]
fn members_of_archives_are_named_by_their_path() {
    let members: &[(&str, &[u8])] = &[("dir/a", b"a\n"), ("b", b"{\n}")];
    let expected = |length: usize| {
        format!(
            r"opened log!dir/a Text
              batch from 1: a\n
              closed after 2 bytes, 1 records
              opened log!b JsonDocument
              batch from 1: {{ }}\n
              closed after 3 bytes, 1 records
              file log of {length} bytes"
        )
    };
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated, CompressionMethod::Zstd] {
        let bytes = zip(members, method);
        check(&bytes, &expected(bytes.len()));
        let gzipped = gzip(&bytes);
        check(&gzipped, &expected(gzipped.len()));
    }
    let tarred = tar(&[("dir/", b'5', b""), ("dir/a", b'0', b"a\n"), ("b", 0, b"{\n}")]);
    check(&tarred, &expected(tarred.len()));
    let gzipped = gzip(&tarred);
    check(&gzipped, &expected(gzipped.len()));
    let streamed = told_of_stream(&mut tarred.as_slice(), &Limits::default());
    assert_told(&streamed, &expected(tarred.len()).replace("log", "-"));
}

#[test]
fn long_names_in_tar_are_read() {
    let name = "d/".repeat(80) + "log";
    let record = format!(" path={name}\n");
    let pax = format!("{}{record}", record.len() + 3);
    let gnu = format!("{name}\0");
    for (kind, ahead) in [(b'x', pax), (b'L', gnu)] {
        let archive = tar(&[("ahead", kind, ahead.as_bytes()), ("cut", b'0', b"a\n")]);
        check(
            &archive,
            &format!(
                r"opened log!{name} Text
                  batch from 1: a\n
                  closed after 2 bytes, 1 records
                  file log of {} bytes",
                archive.len()
            ),
        );
    }
}

#[test]
fn members_have_their_own_time() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), tar(&[("a", b'0', b"a\n")])).unwrap();
    let mut times = Vec::new();
    read(&[folder.path().join("log")], &Limits::default(), &mut |step| {
        if let Step::Opened(source) = step {
            times.push(source.modified);
        }
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(times, [Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000))]);

    fs::write(folder.path().join("log"), zip(&[("a", b"a\n")], CompressionMethod::Stored)).unwrap();
    let mut times: Vec<Option<SystemTime>> = Vec::new();
    read(&[folder.path().join("log")], &Limits::default(), &mut |step| {
        if let Step::Opened(source) = step {
            times.push(source.modified);
        }
        std::ops::ControlFlow::Continue(())
    });
    assert!(
        times[0].is_some_and(|time| time >= UNIX_EPOCH + Duration::from_secs(315_532_800)),
        "1980 or later"
    );
}

#[test]
fn archives_nest_down_to_the_limit() {
    let mut bytes = b"a\n".to_vec();
    for _ in 0..4 {
        bytes = zip(&[("in", &bytes)], CompressionMethod::Stored);
    }
    let file = format!("file log of {} bytes", bytes.len());
    check(
        &bytes,
        &format!(
            r"opened log!in!in!in!in Text
              batch from 1: a\n
              closed after 2 bytes, 1 records
              {file}"
        ),
    );
    for pack in [gzip as fn(&[u8]) -> Vec<u8>, |bytes| tar(&[("in", b'0', bytes)])] {
        let mut bytes = b"a\n".to_vec();
        for _ in 0..5 {
            bytes = pack(&bytes);
        }
        let path = if bytes.starts_with(b"in") { "log!in!in!in!in" } else { "log" };
        let expected =
            format!("problem {path}: depth, fatal, 0 rejected\n file log of {} bytes", bytes.len());
        check(&bytes, &expected);
    }
}

#[test]
fn members_beyond_the_limit_are_not_read() {
    let names = ["a", "b", "c", "d", "e"];
    let zipped = zip(&names.map(|name| (name, &b""[..])), CompressionMethod::Stored);
    let tarred = tar(&names.map(|name| (name, b'0', &b""[..])));
    for bytes in [zipped, tarred] {
        let expected =
            format!("problem log member 3: members, fatal, 0 rejected\n file log of {} bytes", bytes.len());
        check_within(&small(), &bytes, &expected);
    }
}

#[test]
fn a_directory_too_large_to_hold_is_not_read() {
    let names: Vec<String> = (0..13).map(|n| n.to_string()).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let archive = zip(&members, CompressionMethod::Stored);
    for bytes in [gzip(&archive), archive] {
        let expected = format!("problem log: members, fatal, 0 rejected\n file log of {} bytes", bytes.len());
        check_within(&small(), &bytes, &expected);
    }
}

#[test]
fn a_zip_too_large_to_hold_is_told() {
    let archive = zip(&[("a", &[b'a'; 100 << 10])], CompressionMethod::Stored);
    let packed = gzip(&archive);
    check_within(
        &small(),
        &packed,
        &format!("problem log: buffered, fatal, 0 rejected\n file log of {} bytes", packed.len()),
    );
}

#[test]
fn a_cut_gzip_keeps_what_was_read() {
    let text: String = (0..200).map(|line| format!("line {line} {}\n", line * line * 7919)).collect();
    let whole = gzip(text.as_bytes());
    let cut = &whole[..whole.len() - 4];
    check(
        cut,
        &format!(
            "opened log Text
             batch from 1: {} bytes
             problem log byte {}: truncated, fatal, 0 rejected
             closed after {} bytes, 200 records
             file log of {} bytes",
            text.len(),
            text.len(),
            text.len(),
            cut.len()
        ),
    );
    let mut damaged = whole.clone();
    let crc = damaged.len() - 8;
    damaged[crc] ^= 1;
    let (told, _) = {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log"), &damaged).unwrap();
        told(folder.path(), &["log"], &Limits::default())
    };
    assert_eq!(told.matches("problem").count(), 1, "{told}");
    assert!(told.contains(": damaged, fatal"), "{told}");
}

#[test]
fn a_cut_document_in_a_cut_gzip_is_told_once() {
    let text: String = (0..99)
        .map(|n| format!("{},{{\"n\":{}}}", if n == 0 { "[{}" } else { "" }, n * 7919 % 1013))
        .collect();
    let whole = gzip(text.as_bytes());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), &whole[..whole.len() / 2]).unwrap();
    let (told, _) = told(folder.path(), &["log"], &Limits::default());
    assert_eq!(told.matches("problem").count(), 1, "{told}");
    assert!(told.contains("truncated, fatal"), "{told}");
}

#[test]
fn a_cut_archive_in_a_gzip_is_told_once() {
    let archive = tar(&[("a", b'0', b"a\n"), ("b", b'0', b"b\nb\nb\n")]);
    let cut = gzip(&archive[..512 * 3 + 3]);
    check(
        &cut,
        &format!(
            r"opened log!a Text
              batch from 1: a\n
              closed after 2 bytes, 1 records
              opened log!b Text
              batch from 1: b\nb
              problem log!b byte 3: truncated, fatal, 0 rejected
              closed after 3 bytes, 2 records
              file log of {} bytes",
            cut.len()
        ),
    );
    let whole = gzip(&archive);
    let cut = &whole[..whole.len() / 2];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), cut).unwrap();
    let (told, _) = told(folder.path(), &["log"], &Limits::default());
    assert_eq!(told.matches("problem").count(), 1, "{told}");
}

#[test]
fn a_cut_zip_gives_the_members_before_the_cut() {
    let archive = zip(&[("a", b"a\n"), ("b", b"b\n")], CompressionMethod::Deflated);
    let directory = archive.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let cut = &archive[..directory];
    check(
        cut,
        &format!(
            r"problem log: damaged, goes on, 0 rejected
              opened log!a Text
              batch from 1: a\n
              closed after 2 bytes, 1 records
              opened log!b Text
              batch from 1: b\n
              closed after 2 bytes, 1 records
              file log of {} bytes",
            cut.len()
        ),
    );
}

#[test]
fn an_encrypted_member_is_told_and_the_others_are_read() {
    let mut archive = zip(&[("a", b"a\n"), ("b", b"b\n")], CompressionMethod::Stored);
    // The first flag of a member says that it is encrypted.
    archive[6] |= 1;
    let directory = archive.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    archive[directory + 8] |= 1;
    check(
        &archive,
        &format!(
            r"problem log!a member 0: encrypted, fatal, 0 rejected
              opened log!b Text
              batch from 1: b\n
              closed after 2 bytes, 1 records
              file log of {} bytes",
            archive.len()
        ),
    );
}

#[test]
fn a_damaged_member_is_told_once_and_the_others_are_read() {
    let mut archive = zip(&[("a", b"abcdef\n"), ("b", b"b\n")], CompressionMethod::Stored);
    let content = archive.windows(6).position(|window| window == b"abcdef").unwrap();
    archive[content] = b'X';
    check(
        &archive,
        &format!(
            r"opened log!a Text
              batch from 1: Xbcdef\n
              problem log!a byte 7: damaged, fatal, 0 rejected
              closed after 7 bytes, 1 records
              opened log!b Text
              batch from 1: b\n
              closed after 2 bytes, 1 records
              file log of {} bytes",
            archive.len()
        ),
    );
}

#[test]
fn an_office_document_is_no_log() {
    let archive = zip(&[("[Content_Types].xml", b"<Types/>"), ("a", b"a\n")], CompressionMethod::Stored);
    check(
        &archive,
        &format!("problem log: not-a-log, fatal, 0 rejected\n file log of {} bytes", archive.len()),
    );
}

fn lines_of(bytes: u64) -> impl Read {
    io::repeat(b'\n').take(bytes)
}

#[test]
fn a_bomb_is_told_once_and_what_was_read_stays() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    io::copy(&mut lines_of(3 << 20), &mut packed).unwrap();
    let packed = packed.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gz"), &packed).unwrap();
    fs::write(folder.path().join("gz.gz"), gzip(&packed)).unwrap();
    let text = vec![b'\n'; 3 << 20];
    fs::write(folder.path().join("zip"), zip(&[("a", &text), ("b", b"b\n")], CompressionMethod::Deflated))
        .unwrap();
    fs::write(folder.path().join("zst"), zstd::encode_all(&text[..], 1).unwrap()).unwrap();
    let limits = Limits { batch_bytes: 64 << 10, line_bytes: 1 << 20, ..small() };
    for name in ["gz", "gz.gz", "zip", "zst"] {
        let (told, summary) = told(folder.path(), &[name], &limits);
        assert_eq!(told.matches("problem").count(), 1, "{told}");
        assert!(told.contains(": ratio, fatal"), "{told}");
        assert!(summary.records >= 900_000, "what came before stays: {}", summary.records);
        assert!(told.ends_with(" bytes\n"), "the file is still hashed: {told}");
    }
}

#[test]
fn no_file_expands_without_end() {
    let noise: Vec<u8> =
        (0..600_000_u32).map(|n| b'a' + (n.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
    let members: Vec<(String, &[u8])> = (0..10).map(|n| (n.to_string(), noise.as_slice())).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("zip"), zip(&members, CompressionMethod::Deflated)).unwrap();
    let limits = Limits { members: 100, line_bytes: 1 << 20, ..small() };
    let (told, _) = told(folder.path(), &["zip"], &limits);
    assert_eq!(told.matches("problem").count(), 1, "{told}");
    assert!(told.contains("problem zip!6 byte"), "4 MiB end in the seventh: {told}");
    assert!(told.contains(": expanded, fatal"), "{told}");
}
