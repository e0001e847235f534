//! Cuts the text of a filter into words, quoted texts, operators and parentheses.

use super::error::{FilterError, Problem};

/// Words that are no values and no text to search for unless they stand in quotes.
const KEYWORDS: [&str; 6] = ["and", "or", "not", "in", "none", "erased"];

/// What stands at one place of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    Comma,
    Operator(Operator),
    Text(Written),
    End,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
    Like,
}

/// A word or a quoted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Without quotes and backslashes.
    pub(super) text: String,
    /// Bytes at which a `*` stands for any characters.
    stars: Vec<usize>,
    /// It stood in quotes.
    pub(super) is_quoted: bool,
}

/// A token, and the bytes from which and to which it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads tokens one by one.
#[derive(Debug)]
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Operator {
    /// Longer ones first.
    const ALL: [(&'static str, Operator); 9] = [
        ("!=", Operator::Unequal),
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("==", Operator::Equal),
        ("=", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("~", Operator::Contains),
        (":", Operator::Like),
    ];

    /// As it is written.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::Unequal => "!=",
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::Greater => ">",
            Operator::AtLeast => ">=",
            Operator::Contains => "~",
            Operator::Like => ":",
        }
    }

    fn at_start(text: &str) -> Option<(&'static str, Operator)> {
        Operator::ALL.into_iter().find(|(operator, _)| text.starts_with(operator))
    }
}

impl Written {
    /// A word as it stands there: a backslash is one, `*` stands for any characters.
    pub(super) fn word(text: &str) -> Written {
        let stars = text.match_indices('*').map(|(at, _)| at).collect();
        Written { text: text.to_owned(), stars, is_quoted: false }
    }

    /// What stands between the stars, with empty texts for those at the ends.
    pub(super) fn pieces(&self) -> Vec<&str> {
        let (mut pieces, mut from) = (Vec::new(), 0);
        for star in &self.stars {
            pieces.extend(self.text.get(from..*star));
            from = star + 1;
        }
        pieces.extend(self.text.get(from..));
        pieces
    }

    /// Whether it is this word of the language.
    pub(super) fn is(&self, keyword: &str) -> bool {
        !self.is_quoted && self.text.eq_ignore_ascii_case(keyword)
    }

    /// The word of the language that it is.
    pub(super) fn keyword(&self) -> Option<&'static str> {
        KEYWORDS.into_iter().find(|keyword| self.is(keyword))
    }
}

/// Whether it is a word of the language when it stands without quotes.
pub(super) fn is_keyword(text: &str) -> bool {
    KEYWORDS.iter().any(|keyword| text.eq_ignore_ascii_case(keyword))
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Scanner<'t> {
        Scanner { text, at: 0 }
    }

    /// The next token where a comparison may begin: operators end a word.
    pub(super) fn term(&mut self) -> Result<Placed, FilterError> {
        self.next(|rest| Operator::at_start(rest).is_some())
    }

    /// The next token where a value should stand: operators end a word no more, so that times and addresses need no
    /// quotes.
    pub(super) fn value(&mut self) -> Result<Placed, FilterError> {
        self.next(|_| false)
    }

    fn next(&mut self, ends: fn(&str) -> bool) -> Result<Placed, FilterError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let rest = rest.trim_start();
        let start = self.text.len() - rest.len();
        let (token, length) = match rest.chars().next() {
            None => (Token::End, 0),
            Some('(') => (Token::Open, 1),
            Some(')') => (Token::Close, 1),
            Some(',') => (Token::Comma, 1),
            Some(quote @ ('"' | '\'')) => self.quoted(start, rest, quote)?,
            Some(_) => match Operator::at_start(rest) {
                Some((operator, token)) => (Token::Operator(token), operator.len()),
                None => word(rest, ends),
            },
        };
        self.at = start + length;
        Ok(Placed { token, start, end: self.at })
    }

    fn quoted(&self, start: usize, rest: &str, quote: char) -> Result<(Token, usize), FilterError> {
        let mut written = Written { text: String::new(), stars: Vec::new(), is_quoted: true };
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, ch)) = chars.next() {
            match ch {
                '\\' => match chars.next() {
                    Some((_, escaped @ ('\\' | '"' | '\'' | '*'))) => written.text.push(escaped),
                    Some((end, escaped)) => {
                        let (from, to) = (start + at, start + end + escaped.len_utf8());
                        return Err(FilterError::at(Problem::Escape { escaped }, self.text, from, to));
                    }
                    None => break,
                },
                '*' => {
                    written.stars.push(written.text.len());
                    written.text.push(ch);
                }
                _ if ch == quote => return Ok((Token::Text(written), at + 1)),
                _ => written.text.push(ch),
            }
        }
        Err(FilterError::at(Problem::UnclosedQuote, self.text, start, start + 1))
    }
}

fn word(rest: &str, ends: fn(&str) -> bool) -> (Token, usize) {
    let is_end = |(at, ch): &(usize, char)| {
        ch.is_whitespace() || matches!(ch, '(' | ')' | ',' | '"') || ends(rest.get(*at..).unwrap_or_default())
    };
    let length = rest.char_indices().find(is_end).map_or(rest.len(), |(at, _)| at);
    (Token::Text(Written::word(rest.get(..length).unwrap_or_default())), length)
}
