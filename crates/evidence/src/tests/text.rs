//! Lines, long lines, encodings, and what is no text.

use std::io::{self, Read};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::{assert_told, check, check_within, small, told_of_stream};
use crate::{Content, Limits, Step, read_stream};

#[test]
fn lines_are_handed_out_whole() {
    check(
        b"a\nb\r\nc",
        r"opened log Text
          batch from 1: a\nb\r\nc
          closed after 6 bytes, 3 records
          file log of 6 bytes",
    );
}

#[test]
fn batches_end_at_newlines_and_count_lines() {
    check_within(
        &small(),
        b"one\ntwo\nthree\nfour\nfive\nsix\n\nlast",
        r"opened log Text
          batch from 1: one\ntwo\nthree\n
          batch from 4: four\nfive\nsix\n\n
          batch from 8: last
          closed after 33 bytes, 8 records
          file log of 33 bytes",
    );
}

#[test]
fn a_line_within_the_limit_is_whole_and_one_beyond_is_left_out_once() {
    let text =
        format!("{}\n{}\nshort\n{}\n{}", "a".repeat(20), "b".repeat(21), "c".repeat(300), "d".repeat(21));
    check_within(
        &small(),
        text.as_bytes(),
        &format!(
            r"opened log Text
              batch from 1: {}\n
              problem log line 2: long-line, goes on, 1 rejected
              batch from 3: short\n
              problem log line 5: long-line, goes on, 2 rejected
              closed after 371 bytes, 2 records, 3 rejected
              file log of 371 bytes",
            "a".repeat(20)
        ),
    );
}

#[test]
fn a_line_of_100_megabytes_is_left_out_in_bounded_memory() {
    let mut input = b"first\n".chain(io::repeat(b'x').take(100 << 20)).chain(&b"\nlast\n"[..]);
    assert_told(
        &told_of_stream(&mut input, &Limits::default()),
        r"opened - Text
          batch from 1: first\n
          problem - line 2: long-line, goes on, 1 rejected
          batch from 3: last\n
          closed after 104857612 bytes, 2 records, 1 rejected
          file - of 104857612 bytes",
    );
}

#[test]
fn bytes_that_are_no_utf8_pass_through() {
    check(
        b"caf\xe9 \xff\xfe\nnul \0 within a long enough line of plain text\n",
        r"opened log Text
          batch from 1: caf\xe9 \xff\xfe\nnul \x00 within a long enough line of plain text\n
          closed after 54 bytes, 2 records
          file log of 54 bytes",
    );
}

#[test]
fn a_utf8_mark_is_dropped() {
    check(
        b"\xef\xbb\xbfa\n",
        r"opened log Text
          batch from 1: a\n
          closed after 5 bytes, 1 records
          file log of 5 bytes",
    );
}

#[test]
fn utf16_is_decoded_by_its_mark() {
    let little: Vec<u8> = "\u{feff}é\nb\u{1f600}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "\u{feff}é\nb\u{1f600}".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        check(
            &bytes,
            r"opened log Utf16
              batch from 1: \xc3\xa9\nb\xf0\x9f\x98\x80
              closed after 12 bytes, 2 records
              file log of 12 bytes",
        );
    }
    let json: Vec<u8> = "\u{feff}[\n{},\n{}\n]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(
        &json,
        r"opened log Utf16
          batch from 1: {}\n{}\n
          closed after 22 bytes, 2 records
          file log of 22 bytes",
    );
    // Cut within a character.
    check(
        b"\xff\xfea\0\n\0b",
        r"opened log Utf16
          batch from 1: a\n\xef\xbf\xbd
          closed after 7 bytes, 2 records
          file log of 7 bytes",
    );
}

#[test]
fn an_empty_file_is_only_counted() {
    check(b"", "file log of 0 bytes");
}

#[test]
fn what_is_no_log_is_told_and_still_hashed() {
    let elf = [&b"\x7fELF\x02\x01\x01"[..], &[0; 90]].concat();
    let png = [&b"\x89PNG\r\n\x1a\n"[..], &[0; 89]].concat();
    let sqlite = [&b"SQLite format 3\0"[..], &[1; 81]].concat();
    let noise: Vec<u8> = (0..97_u32).map(|at| (at * 37 % 256) as u8).collect();
    let pdf = [&b"%PDF-1.7\n"[..], &[b'x'; 88]].concat();
    for bytes in [elf, png, sqlite, noise, pdf, vec![0; 97]] {
        check(&bytes, "problem log byte 0: not-a-log, fatal, 0 rejected\n file log of 97 bytes");
    }
}

/// Gives one piece for each read, after a pause.
struct Slow {
    pieces: Vec<&'static [u8]>,
    pause: Duration,
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pieces.is_empty() {
            return Ok(0);
        }
        let piece = self.pieces.remove(0);
        thread::sleep(self.pause);
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

#[test]
fn slow_input_is_handed_out_line_by_line() {
    for (pieces, expected) in [
        (vec![&b"a\n"[..], b"b", b"b\nc\nd", b"d\n"], "a\\n|bb\\nc\\n|dd\\n"),
        (vec![&b"{\"a\":1}\n"[..], b"{\"a\":2}\n"], "{\\\"a\\\":1}\\n|{\\\"a\\\":2}\\n"),
        (vec![&b"{\n"[..], b"\"a\":1}\n", b"{}"], "{ \\\"a\\\":1}\\n|{}\\n"),
        (vec![&b"\xff\xfea\0"[..], b"\n\0", b"b\0\n\0"], "a\\n|b\\n"),
    ] {
        let (sender, batches) = mpsc::channel();
        let pause = Duration::from_millis(40);
        let mut input = Slow { pieces, pause };
        read_stream("-", &mut input, &Limits::default(), &mut |step| {
            if let Step::Batch(batch) = step {
                sender.send((Instant::now(), batch.content)).unwrap();
            }
            std::ops::ControlFlow::Continue(())
        });
        drop(sender);
        let told: Vec<(Instant, Content)> = batches.iter().collect();
        let texts: Vec<String> = told
            .iter()
            .map(|(_, content)| match content {
                Content::Lines(lines) => lines.escape_ascii().to_string(),
                Content::EvtxChunk(_) => unreachable!(),
            })
            .collect();
        assert_eq!(texts.join("|"), expected);
        assert!(
            told.windows(2).all(|pair| pair[1].0 - pair[0].0 >= pause / 2),
            "each came before the next piece"
        );
    }
}

#[test]
fn a_stream_without_end_that_is_no_log_is_left() {
    assert_told(
        &told_of_stream(&mut io::repeat(0), &Limits::default()),
        "problem - byte 0: not-a-log, fatal, 0 rejected
         file - of 8192 bytes, not hashed",
    );
}
