//! Reads a filter: what follows what, which fields there are, of which types values are.

use super::error::{FilterError, Problem, quoted};
use super::expr::Expr;
use super::field::Kind;
use super::operand::Operand;
use super::pattern::Pattern;
use super::scan::{Operator, Placed, Scanner, Token, Written};
use super::{DEPTH, TERMS};
use cofferdam_vocabulary::nearest;
use jiff::Timestamp;

/// A field of the list, whatever its rows are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    kind: Kind,
}

/// Reads one filter from its beginning to its end.
pub(super) struct Parser<'t> {
    text: &'t str,
    fields: &'t [Known],
    now: Timestamp,
    scanner: Scanner<'t>,
    /// The token to be read next.
    next: Placed,
    /// The word or parenthesis before it, for the message that something is missing.
    last: Option<&'static str>,
    terms: usize,
}

impl Known {
    pub(super) fn of(name: &'static str, kind: Kind) -> Known {
        Known { name, kind }
    }
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str, fields: &'t [Known], now: Timestamp) -> Result<Parser<'t>, FilterError> {
        let mut scanner = Scanner::new(text);
        let next = scanner.term()?;
        Ok(Parser { text, fields, now, scanner, next, last: None, terms: 0 })
    }

    /// All of it.
    pub(super) fn whole(mut self) -> Result<Expr, FilterError> {
        if self.next.token == Token::End {
            return Ok(Expr::All(Vec::new()));
        }
        let expr = self.any(0)?;
        match self.next.token {
            Token::End => Ok(expr),
            _ => Err(self.unexpected()),
        }
    }

    /// Comparisons with `or` between them.
    fn any(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let mut parts = vec![self.all(depth)?];
        while self.is_word("or") {
            self.step("or")?;
            parts.push(self.all(depth)?);
        }
        Ok(Expr::any(parts))
    }

    /// Comparisons with `and` between them, or nothing.
    fn all(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let mut parts = vec![self.one(depth)?];
        loop {
            match &self.next.token {
                Token::Text(word) if word.is("and") => self.step("and")?,
                Token::Text(word) if word.is("or") => break,
                Token::Text(_) | Token::Open => {}
                _ => break,
            }
            parts.push(self.one(depth)?);
        }
        Ok(Expr::all(parts))
    }

    /// One comparison, a group, or the opposite of one.
    fn one(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let mut is_negated = false;
        while self.is_word("not") {
            self.step("not")?;
            is_negated = !is_negated;
        }
        let expr = match &self.next.token {
            Token::Open if depth >= DEPTH => return Err(self.error(Problem::TooDeep)),
            Token::Open => self.group(depth)?,
            Token::Text(written) => {
                let written = written.clone();
                self.comparison(&written)?
            }
            _ => return Err(self.unexpected()),
        };
        Ok(if is_negated { expr.negated() } else { expr })
    }

    fn group(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let unclosed = self.error(Problem::Unclosed);
        self.step("(")?;
        if self.next.token == Token::End {
            return Err(unclosed);
        }
        let expr = self.any(depth + 1)?;
        match self.next.token {
            Token::Close => self.step(")")?,
            Token::End => return Err(unclosed),
            _ => return Err(self.unexpected()),
        }
        Ok(expr)
    }

    /// A field with its comparison, or a text to search for.
    fn comparison(&mut self, written: &Written) -> Result<Expr, FilterError> {
        if written.keyword().is_some_and(|keyword| !matches!(keyword, "none" | "erased")) {
            return Err(self.error(Problem::NoTerm { after: self.last }));
        }
        let place = self.next.clone();
        self.next = self.scanner.term()?;
        self.last = None;
        self.count(&place)?;
        if written.is_quoted {
            return self.search(written, &place);
        }
        if self.is_word("in") {
            let (field, known) = self.field(written, &place)?;
            return self.list(field, known);
        }
        match self.next.token {
            Token::Operator(operator) => {
                let (field, known) = self.field(written, &place)?;
                self.next = self.scanner.value()?;
                let operand = self.operand(known, operator, operator.as_str())?;
                Ok(compared(field, operator, operand))
            }
            _ => self.alone(written, &place),
        }
    }

    /// A word without a comparison: a flag, or a text to search for.
    fn alone(&mut self, written: &Written, place: &Placed) -> Result<Expr, FilterError> {
        let is_named = |known: &Known| known.name.eq_ignore_ascii_case(&written.text);
        match self.fields.iter().position(is_named).and_then(|at| Some((at, self.fields.get(at)?))) {
            Some((field, Known { kind: Kind::Flag, .. })) => {
                Ok(Expr::Is { field, operand: Operand::Flag(true) })
            }
            Some((_, Known { name, .. })) => Err(self.error_at(Problem::OnlyField { field: name }, place)),
            None => self.search(written, place),
        }
    }

    fn search(&self, written: &Written, place: &Placed) -> Result<Expr, FilterError> {
        if written.text.is_empty() {
            return Err(self.error_at(Problem::EmptyText, place));
        }
        let (mut texts, mut ids) = (Vec::new(), Vec::new());
        for (at, known) in self.fields.iter().enumerate() {
            match known.kind {
                Kind::Text => texts.push(at),
                Kind::Id(id) => ids.extend((id.parse)(&written.text).map(|id| (at, id))),
                _ => {}
            }
        }
        Ok(Expr::Search { pattern: Pattern::contained(written), texts, ids })
    }

    fn field(&self, written: &Written, place: &Placed) -> Result<(usize, Known), FilterError> {
        let is_named = |(_, known): &(usize, &Known)| known.name.eq_ignore_ascii_case(&written.text);
        if let Some((at, known)) = self.fields.iter().enumerate().find(is_named) {
            return Ok((at, *known));
        }
        let names = || self.fields.iter().map(|known| known.name);
        let problem = Problem::UnknownField {
            name: quoted(&written.text),
            nearest: nearest(&written.text, names()),
            fields: names().collect::<Vec<_>>().join(", "),
        };
        Err(self.error_at(problem, place))
    }

    /// The values of an `in`.
    fn list(&mut self, field: usize, known: Known) -> Result<Expr, FilterError> {
        let word = self.next.clone();
        self.next = self.scanner.term()?;
        if self.next.token != Token::Open {
            return Err(self.error_at(Problem::NoList, &word));
        }
        let unclosed = self.error(Problem::Unclosed);
        let (mut operands, mut after) = (Vec::new(), "(");
        loop {
            self.next = self.scanner.value()?;
            if self.next.token == Token::End {
                return Err(unclosed);
            }
            if !operands.is_empty() {
                self.count(&self.next.clone())?;
            }
            operands.push(self.operand(known, Operator::Like, after)?);
            match self.next.token {
                Token::Comma => after = ",",
                Token::Close => break,
                Token::End => return Err(unclosed),
                _ => return Err(self.error(Problem::NoComma)),
            }
        }
        self.next = self.scanner.term()?;
        Ok(match (operands.len(), operands.pop()) {
            (1, Some(only)) => Expr::Is { field, operand: only },
            (_, last) => {
                operands.extend(last);
                Expr::In { field, operands }
            }
        })
    }

    /// The value that stands here.
    fn operand(&mut self, known: Known, operator: Operator, after: &str) -> Result<Operand, FilterError> {
        let Token::Text(written) = &self.next.token else {
            return Err(self.error(Problem::NoValue { after: after.to_owned() }));
        };
        let operand = Operand::parse((known.name, known.kind), operator, written, self.now);
        let operand = operand.map_err(|problem| self.error(problem))?;
        self.next = self.scanner.term()?;
        Ok(operand)
    }

    fn count(&mut self, place: &Placed) -> Result<(), FilterError> {
        self.terms += 1;
        if self.terms > TERMS { Err(self.error_at(Problem::TooManyTerms, place)) } else { Ok(()) }
    }

    fn is_word(&self, keyword: &str) -> bool {
        matches!(&self.next.token, Token::Text(written) if written.is(keyword))
    }

    fn step(&mut self, over: &'static str) -> Result<(), FilterError> {
        self.next = self.scanner.term()?;
        self.last = Some(over);
        Ok(())
    }

    /// That the next token cannot stand where it does.
    fn unexpected(&self) -> FilterError {
        self.error(match self.next.token {
            Token::Operator(operator) => Problem::NoField { operator: operator.as_str() },
            Token::Comma => Problem::Comma,
            Token::Close if self.last.is_none_or(|last| last == ")") => Problem::Unopened,
            _ => Problem::NoTerm { after: self.last },
        })
    }

    fn error(&self, problem: Problem) -> FilterError {
        self.error_at(problem, &self.next)
    }

    fn error_at(&self, problem: Problem, place: &Placed) -> FilterError {
        FilterError::at(problem, self.text, place.start, place.end)
    }
}

fn compared(field: usize, operator: Operator, operand: Operand) -> Expr {
    match operator {
        Operator::Unequal => Expr::Is { field, operand }.negated(),
        Operator::Equal | Operator::Like | Operator::Contains => Expr::Is { field, operand },
        operator => Expr::Lies { field, operator, operand },
    }
}
