//! Objects that clouds put around the records of a file: finds the array of records in them.

/// Names under which the records stand: AWS CloudTrail as delivered, Azure's diagnostic logs, AWS
/// CloudTrail as looked up; Microsoft Graph and Azure's interfaces, Kubernetes' and Google's lists, AWS
/// GuardDuty's findings.
const RECORDS: &[&[u8]] = &[b"Records", b"records", b"Events", b"value", b"items", b"Findings"];

/// Names that may stand beside them. An object that holds anything else before its array is a record
/// itself.
const BESIDE: &[&[u8]] = &[
    b"@odata.context",
    b"@odata.count",
    b"@odata.nextLink",
    b"apiVersion",
    b"count",
    b"etag",
    b"kind",
    b"metadata",
    b"NextToken",
    b"nextLink",
    b"nextPageToken",
];

/// Longer names are none of the above.
const NAME_BYTES: usize = 24;

/// What a byte brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The array of records begins behind it.
    Array,
    /// The object ends with it.
    End,
}

/// Follows an object from behind its opening brace to its array of records, and from behind that to its
/// end. Memory is a name.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    /// Brackets open within the object.
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The next text at the object's own level is a name.
    expects_name: bool,
    name: Vec<u8>,
    /// Some name so far stands beside no records.
    is_foreign: bool,
    /// An array of records was found.
    pub found: bool,
}

impl Envelope {
    pub fn new() -> Envelope {
        Envelope {
            depth: 0,
            in_string: false,
            escaped: false,
            expects_name: true,
            name: Vec::new(),
            is_foreign: false,
            found: false,
        }
    }

    /// Whether `object`, from behind its opening brace on, is an envelope as far as it can be seen.
    pub fn begins(object: &[u8]) -> bool {
        let mut envelope = Envelope::new();
        match envelope.advance(object) {
            Some((used, Turn::Array)) if !envelope.is_foreign => {
                let first = object[used..].iter().find(|byte| !byte.is_ascii_whitespace());
                matches!(first, None | Some(b'{' | b']'))
            }
            _ => false,
        }
    }

    /// Goes on through `bytes`; returns how many it took and to what turn, if there is one in them.
    pub fn advance(&mut self, bytes: &[u8]) -> Option<(usize, Turn)> {
        let turn = bytes.iter().enumerate().find_map(|(at, &byte)| Some((at + 1, self.take(byte)?)));
        self.found |= matches!(turn, Some((_, Turn::Array)));
        turn
    }

    fn take(&mut self, byte: u8) -> Option<Turn> {
        if self.in_string {
            self.take_text(byte);
            return None;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if self.is_name() {
                    self.name.clear();
                }
            }
            b':' if self.is_name() => {
                self.expects_name = false;
                let known = |names: &[&[u8]]| names.contains(&&*self.name);
                self.is_foreign |= !known(RECORDS) && !known(BESIDE);
            }
            b',' if self.depth == 0 => self.expects_name = true,
            b'[' if self.depth == 0 && !self.expects_name && RECORDS.contains(&&*self.name) => {
                return Some(Turn::Array);
            }
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' if self.depth == 0 => return Some(Turn::End),
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        None
    }

    fn take_text(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            _ if self.is_name() && self.name.len() <= NAME_BYTES => self.name.push(byte),
            _ => {}
        }
    }

    fn is_name(&self) -> bool {
        self.depth == 0 && self.expects_name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_beside_records_may_come_before_them() {
        let cases = [
            (r#""Records":[{"a":1}]}"#, true),
            (r#" "value" : [ {"#, true),
            (r#""@odata.context":"https://example.org/$metadata#a[]","value":[]}"#, true),
            (r#""kind":"EventList","metadata":{"items":[{}]},"items":[{"kind":"Event"}]}"#, true),
            (r#""items":["#, true),
            (r#""items":[1,2]}"#, false),
            (r#""items":{"a":[{}]}}"#, false),
            (r#""name":"x","value":[{}]}"#, false),
            (r#""kind":"Event","verb":"list","items":[{}]}"#, false),
            (r#""kind":"\",\"items\":[{"}"#, false),
            (r#""kind":"items","#, false),
            ("", false),
        ];
        for (object, want) in cases {
            assert_eq!(Envelope::begins(object.as_bytes()), want, "{object}");
        }
    }
}
