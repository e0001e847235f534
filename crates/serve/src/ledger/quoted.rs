//! Alerts that another product raised and tells of in its own words, one at a time, and not as a stream of events.

use cofferdam_journal::alert::AlertSource;
use cofferdam_journal::view::AlertRow;

/// How the rule of such an alert begins. No rule that comes with an event of a product does: the product's name and a
/// colon stand first there.
pub const QUOTED_RULE: &str = "thehive/";

/// Whether an alert is one of those.
pub fn is_quoted(row: &AlertRow) -> bool {
    matches!(row.source, AlertSource::Product(_)) && row.rule.starts_with(QUOTED_RULE)
}
