//! What the product that raised an alert says of it in its own words, kept so that it can be given back as it came.
//!
//! The words are those of another product's document, member by member: what one of them says can be erased, and the
//! others stay readable.

use super::{Alert, AlertRefusal};
use crate::fact::Fact;
use crate::personal::Personal;

/// Parts of one quote, and of one fact; each has room for [`crate::VALUE_BYTES`].
pub const QUOTE_PARTS: usize = 80;
/// Parts that are kept of all that is said of one alert.
pub const QUOTED_PARTS: usize = 5000;

/// One member of a product's document as parts of one text. What the text means is known to whoever speaks for the
/// product; a later quote stands beside the earlier ones.
pub type Quote = Vec<Personal>;

impl Alert {
    /// As many facts as it takes, each within its bounds; none when it is what was said last.
    pub(super) fn quote(&self, quotes: Vec<Quote>) -> Result<Vec<Fact>, AlertRefusal> {
        if self.quotes.ends_with(&quotes) {
            return Ok(vec![]);
        }
        let parts = |quotes: &[Quote]| quotes.iter().map(Vec::len).sum::<usize>();
        let is_too_long = quotes.iter().any(|quote| quote.len() > QUOTE_PARTS);
        if is_too_long || parts(&self.quotes) + parts(&quotes) > QUOTED_PARTS {
            return Err(AlertRefusal::TooMuchQuoted);
        }
        let (mut facts, mut of_fact) = (Vec::new(), Vec::new());
        for quote in quotes {
            if parts(&of_fact) + quote.len() > QUOTE_PARTS {
                facts.push(Fact::AlertQuoted { quotes: std::mem::take(&mut of_fact) });
            }
            of_fact.push(quote);
        }
        if !of_fact.is_empty() {
            facts.push(Fact::AlertQuoted { quotes: of_fact });
        }
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::super::{AlertIntent, AlertRefusal};
    use super::*;
    use crate::aggregate::Aggregate;

    fn raised() -> Alert {
        let facts = Alert::default().decide(AlertIntent::Report(Box::new(report("kim", 1)))).unwrap();
        facts.iter().fold(Alert::default(), Alert::evolve)
    }

    fn quote(parts: usize) -> Quote {
        vec![Personal::of("[\"title\",\"odd login\"]"); parts]
    }

    /// What an alert that was raised says to these quotes: how many of them each fact has, and the alert after it.
    fn check(alert: &Alert, quotes: Vec<Quote>) -> Result<(Vec<usize>, Alert), AlertRefusal> {
        let facts = alert.decide(AlertIntent::Quote { quotes })?;
        let counts = facts.iter().map(|fact| match fact {
            Fact::AlertQuoted { quotes } => quotes.len(),
            other => panic!("{other:?}"),
        });
        Ok((counts.collect(), facts.iter().fold(alert.clone(), Alert::evolve)))
    }

    #[test]
    fn what_a_product_says_is_kept_in_its_order() {
        let first = vec![quote(1); 3];
        let (counts, alert) = check(&raised(), first.clone()).unwrap();
        assert_eq!((counts, &alert.quotes), (vec![3], &first));
        let (counts, alert) = check(&alert, vec![quote(QUOTE_PARTS), quote(2)]).unwrap();
        assert_eq!(counts, [1, 1], "a fact has its bounds");
        assert_eq!(alert.quotes.len(), 5);
        assert_eq!(check(&alert, vec![quote(2)]).unwrap().0, [0; 0], "it was said last");
        assert_eq!(check(&alert, vec![quote(1)]).unwrap().0, [1], "what was said before that is news");
    }

    #[test]
    fn there_is_a_bound_to_what_is_kept() {
        let full = check(&raised(), vec![quote(1); QUOTED_PARTS]).unwrap().1;
        assert_eq!(check(&full, vec![quote(2)]), Err(AlertRefusal::TooMuchQuoted));
        assert_eq!(check(&raised(), vec![quote(QUOTE_PARTS + 1)]), Err(AlertRefusal::TooMuchQuoted));
        let none = Alert::default();
        assert_eq!(check(&none, vec![quote(1)]), Err(AlertRefusal::NotRaised));
    }

    #[test]
    fn the_largest_fact_fits_into_a_leaf() {
        const LEAF_BYTES: usize = 32 * 1024;
        let erased = Personal::Erased(crate::Commitment([0xff; 32]));
        let fact = Fact::AlertQuoted { quotes: vec![vec![erased]; QUOTE_PARTS] };
        assert!(serde_json::to_vec(&fact).unwrap().len() < LEAF_BYTES / 2);
    }
}
