//! Patterns that say no more than: one of these values.
//!
//! `[a = 'x' OR b = 'y'] OR [c IN ('z', 'w')]`, and `ISSUBSET` for networks. What needs several things at
//! once (`AND`, `FOLLOWEDBY`, `WITHIN`), or looks into values (`LIKE`, `MATCHES`), is not understood: a
//! part of such a pattern would match what the whole does not.
//!
//! Source: STIX 2.1, section 9.

use crate::indicator::hash::Digest;
use crate::indicator::value::{Kind, Refusal, Value};

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// `[`, `]`, `(`, `)`, `,`, `=`.
    Sign(char),
    /// A keyword or an object's path.
    Word(String),
    /// What stood in quotes.
    Text(String),
}

/// Values of one pattern.
const MOST: usize = 10_000;

/// The values of which one must be seen.
///
/// # Errors
///
/// What the pattern says beyond that, to be read after "the pattern".
pub(super) fn values(pattern: &str) -> Result<Vec<Result<Value, Refusal>>, String> {
    let tokens = tokens(pattern)?;
    let mut reader = Reader { tokens: &tokens, values: Vec::new() };
    reader.observations()?;
    Ok(reader.values)
}

struct Reader<'t> {
    tokens: &'t [Token],
    values: Vec<Result<Value, Refusal>>,
}

impl<'t> Reader<'t> {
    /// `[…] OR […]`, perhaps in parentheses.
    fn observations(&mut self) -> Result<(), String> {
        // Parentheses around alternatives mean nothing, as long as they are whole.
        let mut open = 0_usize;
        loop {
            while self.takes('(') {
                open += 1;
            }
            self.sign('[')?;
            self.comparisons()?;
            self.sign(']')?;
            while open > 0 && self.takes(')') {
                open -= 1;
            }
            match self.next() {
                None if open == 0 => return Ok(()),
                Some(Token::Word(word)) if word.eq_ignore_ascii_case("OR") => {}
                Some(Token::Word(word)) => return Err(format!("uses `{word}`")),
                _ => return Err("is broken".to_owned()),
            }
        }
    }

    fn comparisons(&mut self) -> Result<(), String> {
        let mut open = 0_usize;
        loop {
            while self.takes('(') {
                open += 1;
            }
            self.comparison()?;
            while open > 0 && self.takes(')') {
                open -= 1;
            }
            match self.tokens.first() {
                Some(Token::Sign(']')) if open == 0 => return Ok(()),
                Some(Token::Word(word)) if word.eq_ignore_ascii_case("OR") => drop(self.next()),
                Some(Token::Word(word)) => return Err(format!("uses `{word}`")),
                _ => return Err("is broken".to_owned()),
            }
        }
    }

    fn comparison(&mut self) -> Result<(), String> {
        let Some(Token::Word(path)) = self.next() else { return Err("is broken".to_owned()) };
        let kind = Looked::of(path).ok_or_else(|| format!("asks for `{path}`"))?;
        match self.next() {
            Some(Token::Sign('=')) => self.literal(&kind),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("ISSUBSET") && kind == Looked::Address => {
                self.literal(&kind)
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("IN") => {
                self.sign('(')?;
                loop {
                    self.literal(&kind)?;
                    if !self.takes(',') {
                        return self.sign(')');
                    }
                }
            }
            Some(Token::Word(word)) => Err(format!("uses `{word}`")),
            _ => Err("is broken".to_owned()),
        }
    }

    fn literal(&mut self, kind: &Looked) -> Result<(), String> {
        let Some(Token::Text(text)) = self.next() else {
            return Err("compares with what is no text".to_owned());
        };
        if self.values.len() >= MOST {
            return Err(format!("has more than {MOST} values"));
        }
        self.values.push(kind.value(text));
        Ok(())
    }

    fn next(&mut self) -> Option<&'t Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn takes(&mut self, sign: char) -> bool {
        let is = self.tokens.first() == Some(&Token::Sign(sign));
        if is {
            self.next();
        }
        is
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        if self.takes(sign) { Ok(()) } else { Err("is broken".to_owned()) }
    }
}

/// What an object's path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Looked {
    Address,
    Domain,
    Url,
    Email,
    Hash(String),
}

impl Looked {
    fn of(path: &str) -> Option<Looked> {
        match path {
            "ipv4-addr:value" | "ipv6-addr:value" => Some(Looked::Address),
            "network-traffic:src_ref.value" | "network-traffic:dst_ref.value" => Some(Looked::Address),
            "domain-name:value" => Some(Looked::Domain),
            "url:value" => Some(Looked::Url),
            "email-addr:value" | "email-message:from_ref.value" | "email-message:sender_ref.value" => {
                Some(Looked::Email)
            }
            _ => {
                let algorithm = path.strip_prefix("file:hashes.")?.trim_matches(['\'', '"']);
                let ours = ["md5", "sha-1", "sha1", "sha-256", "sha256", "imphash"];
                ours.iter()
                    .any(|known| algorithm.eq_ignore_ascii_case(known))
                    .then(|| Looked::Hash(algorithm.to_owned()))
            }
        }
    }

    /// The value, which must be of the kind that the path asks for.
    fn value(&self, text: &str) -> Result<Value, Refusal> {
        let kind = match self {
            Looked::Address => Kind::Address,
            Looked::Domain => Kind::Domain,
            Looked::Url => Kind::Url,
            Looked::Email => Kind::Email,
            Looked::Hash(algorithm) => {
                let fits = Digest::parse(Some(algorithm), text.trim()).is_some();
                let text = if fits { format!("{algorithm}:{text}") } else { String::new() };
                return Value::parse(&text);
            }
        };
        match Value::parse(text) {
            Ok(value) if value.kind() == kind => Ok(value),
            Ok(_) => Err(Refusal::NotUnderstood { text: crate::indicator::value::short(text) }),
            Err(refusal) => Err(refusal),
        }
    }
}

fn tokens(pattern: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            _ if ch.is_whitespace() => {}
            '[' | ']' | '(' | ')' | ',' | '=' => tokens.push(Token::Sign(ch)),
            '\'' => tokens.push(Token::Text(quoted(&mut chars)?)),
            _ if ch.is_ascii_alphanumeric() => {
                let mut word = String::from(ch);
                // A path may hold a quoted step: `file:hashes.'SHA-256'`.
                while let Some(&next) = chars.peek() {
                    match next {
                        _ if next.is_ascii_alphanumeric() || matches!(next, ':' | '.' | '_' | '-') => {
                            word.push(next);
                            chars.next();
                        }
                        '\'' if word.ends_with('.') => {
                            chars.next();
                            word.push_str(&quoted(&mut chars)?);
                        }
                        _ => break,
                    }
                }
                tokens.push(Token::Word(word));
            }
            _ => return Err(format!("uses `{ch}`")),
        }
    }
    Ok(tokens)
}

fn quoted(chars: &mut impl Iterator<Item = char>) -> Result<String, String> {
    let mut text = String::new();
    while let Some(ch) = chars.next() {
        match ch {
            '\'' => return Ok(text),
            '\\' => text.extend(chars.next()),
            _ => text.push(ch),
        }
    }
    Err("has a quote that is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, want: &str) {
        let got = match values(pattern) {
            Ok(values) => {
                let told: Vec<String> = values
                    .into_iter()
                    .map(|value| {
                        value.map_or_else(
                            |refusal| refusal.to_string(),
                            |value| format!("{} {value}", value.word()),
                        )
                    })
                    .collect();
                told.join("; ")
            }
            Err(reason) => format!("not understood: {reason}"),
        };
        assert_eq!(got, want, "{pattern}");
    }

    #[test]
    fn one_of_these_values() {
        check("[ipv4-addr:value = '203.0.113.66']", "address 203.0.113.66");
        check("[ipv6-addr:value='2001:db8::66']", "address 2001:db8::66");
        check("[ipv4-addr:value ISSUBSET '203.0.113.0/24']", "network 203.0.113.0/24");
        check(
            "[domain-name:value = 'evil.example' OR url:value = 'https://evil.example/a']",
            "domain evil.example; URL evil.example/a",
        );
        check(
            "([email-addr:value IN ('a@evil.example', 'b@evil.example')]) OR [domain-name:value = 'evil.example']",
            "e-mail address a@evil.example; e-mail address b@evil.example; domain evil.example",
        );
        check(
            "[file:hashes.'SHA-256' = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef']",
            "sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        );
        check(
            "[file:hashes.MD5 = '0123456789abcdef0123456789abcdef' OR (file:hashes.'SHA-1' = '0123456789abcdef0123456789abcdef01234567')]",
            "md5 0123456789abcdef0123456789abcdef; sha1 0123456789abcdef0123456789abcdef01234567",
        );
    }

    #[test]
    fn a_pattern_is_never_understood_in_part() {
        for (pattern, want) in [
            ("[ipv4-addr:value = '203.0.113.66' AND domain-name:value = 'evil.example']", "uses `AND`"),
            (
                "[ipv4-addr:value = '203.0.113.66'] FOLLOWEDBY [domain-name:value = 'evil.example']",
                "uses `FOLLOWEDBY`",
            ),
            ("[ipv4-addr:value = '203.0.113.66'] WITHIN 5 SECONDS", "uses `WITHIN`"),
            ("[domain-name:value LIKE 'evil%']", "uses `LIKE`"),
            ("[ipv4-addr:value != '203.0.113.66']", "uses `!`"),
            ("[ipv4-addr:value NOT = '203.0.113.66']", "uses `NOT`"),
            ("[process:name = 'x']", "asks for `process:name`"),
            ("[file:hashes.ssdeep = 'x']", "asks for `file:hashes.ssdeep`"),
            ("[ipv4-addr:value = 5]", "compares with what is no text"),
            ("[ipv4-addr:value = '203.0.113.66", "has a quote that is not closed"),
            ("[ipv4-addr:value = '203.0.113.66'", "is broken"),
            ("([ipv4-addr:value = '203.0.113.66']", "is broken"),
            ("", "is broken"),
        ] {
            check(pattern, &format!("not understood: {want}"));
        }
        check(
            "[ipv4-addr:value = 'evil.example']",
            "`evil.example` is no address, network, domain, URL, hash or e-mail address",
        );
    }
}
