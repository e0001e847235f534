//! Texts that people write, as they come in a request.

use super::problem::Problem;
use cofferdam_journal::{Personal, VALUE_BYTES};

/// A text that says something, of at most so many characters.
///
/// # Errors
///
/// 422 for none, and for one that is too long; `name` is the field in which it stands.
pub fn said(name: &str, text: &str, chars: usize) -> Result<Personal, Problem> {
    if text.trim().is_empty() || text.chars().count() > chars || text.len() > VALUE_BYTES {
        let detail = format!("`{name}` is 1 to {chars} characters, not all of them spaces");
        return Err(Problem::invalid().detail(detail));
    }
    Ok(Personal::of(text.trim()))
}
