//! JSON that is not one object a line.

use super::{check, check_within, small};

#[test]
fn objects_a_line_stay_lines() {
    check(
        b"{\"a\":{}}\n{\"a\":2}\n",
        r#"opened log Text
           batch from 1: {\"a\":{}}\n{\"a\":2}\n
           closed after 17 bytes, 2 records
           file log of 17 bytes"#,
    );
}

#[test]
fn text_that_only_looks_like_json_stays_lines() {
    for text in ["[main] ready\n", "{thread-1} on\n", "[] nothing to do\n"] {
        let length = text.len();
        let shown = text.escape_default();
        check(
            text.as_bytes(),
            &format!(
                "opened log Text
                 batch from 1: {shown}
                 closed after {length} bytes, 1 records
                 file log of {length} bytes"
            ),
        );
    }
}

#[test]
fn an_array_is_handed_out_element_by_element() {
    check(
        b" [ {\"a\": \"]}\\\"[\"},\n {\"b\":\n [1,\n2]}, {} ]\n",
        r#"opened log JsonDocument
           batch from 1: {\"a\": \"]}\\\"[\"}\n{\"b\":  [1, 2]}\n{}\n
           closed after 41 bytes, 3 records
           file log of 41 bytes"#,
    );
    check(b"[]", "opened log JsonDocument\n closed after 2 bytes, 0 records\n file log of 2 bytes");
}

#[test]
fn pretty_printed_objects_are_handed_out_one_a_line() {
    check(
        b"{\n  \"a\": \"raw\nnewline\"\n}\n{\n}\n",
        r#"opened log JsonDocument
           batch from 1: {   \"a\": \"raw newline\" }\n{ }\n
           closed after 29 bytes, 2 records
           file log of 29 bytes"#,
    );
}

#[test]
fn records_wrapped_by_a_cloud_are_unwrapped() {
    for name in ["Records", "records", "Events", "value", "items", "Findings"] {
        let text = format!("{{ \"{name}\" : [{{\"a\":1}},{{\"a\":2}}]}}\n");
        let length = text.len();
        check(
            text.as_bytes(),
            &format!(
                r#"opened log JsonDocument
                   batch from 1: {{\"a\":1}}\n{{\"a\":2}}\n
                   closed after {length} bytes, 2 records
                   file log of {length} bytes"#
            ),
        );
    }
}

#[test]
fn what_stands_around_the_records_is_passed_over() {
    check(
        br#"{"kind":"EventList","metadata":{"x":[{}]},"items":[{"a":1},
{"a":2}],"nextPageToken":"]}","etag":{"b":[1]}}
{"items":[],"kind":"EventList"} {"items":[{"a":3}]}"#,
        r#"opened log JsonDocument
           batch from 1: {\"a\":1}\n{\"a\":2}\n{\"a\":3}\n
           closed after 159 bytes, 3 records
           file log of 159 bytes"#,
    );
}

#[test]
fn a_record_that_resembles_an_envelope_stays_a_record() {
    check(
        b"{\"name\":\"x\",\"value\":[{\"a\":1}]}\n",
        r#"opened log Text
           batch from 1: {\"name\":\"x\",\"value\":[{\"a\":1}]}\n
           closed after 31 bytes, 1 records
           file log of 31 bytes"#,
    );
}

#[test]
fn an_envelope_without_records_among_others_is_told() {
    check(
        br#"{"value":[{"a":1}]}{"error":"throttled"}{"value":[{"a":2}"#,
        r#"opened log JsonDocument
           problem log element 2: stray, goes on, 1 rejected
           batch from 1: {\"a\":1}\n{\"a\":2}\n
           problem log element 3: truncated, goes on, 0 rejected
           closed after 57 bytes, 2 records, 1 rejected
           file log of 57 bytes"#,
    );
}

#[test]
fn elements_beyond_the_limits_are_left_out() {
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(60));
    let text = format!("[{{}},{large},{{\"n\":2}},[[[[[]]]]],{large},{{}}]");
    check_within(
        &small(),
        text.as_bytes(),
        r#"opened log JsonDocument
           batch from 1: {}\n
           problem log element 2: large-element, goes on, 1 rejected
           batch from 3: {\"n\":2}\n
           batch from 6: {}\n
           problem log element 5: large-element, goes on, 2 rejected
           closed after 164 bytes, 3 records, 3 rejected
           file log of 164 bytes"#,
    );
}

#[test]
fn a_truncated_document_keeps_its_whole_elements() {
    check(
        b"[{\"a\":1},{\"a\":",
        r#"opened log JsonDocument
           batch from 1: {\"a\":1}\n
           problem log element 2: truncated, goes on, 1 rejected
           closed after 14 bytes, 1 records, 1 rejected
           file log of 14 bytes"#,
    );
    check(
        b"[{\"a\":1},",
        r#"opened log JsonDocument
           batch from 1: {\"a\":1}\n
           problem log element 2: truncated, goes on, 0 rejected
           closed after 9 bytes, 1 records
           file log of 9 bytes"#,
    );
}

#[test]
fn stray_text_is_told_once() {
    check(
        b"[{\"a\":1} oops, {\"a\":2}\nand\nmore\n]",
        r#"opened log JsonDocument
           problem log element 2: stray, goes on, 1 rejected
           batch from 1: {\"a\":1}\n{\"a\":2}\n
           problem log element 3: stray, goes on, 2 rejected
           closed after 33 bytes, 2 records, 3 rejected
           file log of 33 bytes"#,
    );
}

#[test]
fn a_line_longer_than_lines_may_be_is_still_an_element() {
    let text = format!("{{\"a\":\"{}\"}}\n{{}}\n", "x".repeat(22));
    check_within(
        &small(),
        text.as_bytes(),
        r#"opened log JsonDocument
           batch from 1: {\"a\":\"xxxxxxxxxxxxxxxxxxxxxx\"}\n
           batch from 2: {}\n
           closed after 34 bytes, 2 records
           file log of 34 bytes"#,
    );
}
